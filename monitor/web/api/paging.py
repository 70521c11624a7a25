"""Pages of long lists: where one ended, written so that nobody is tempted to count in it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Sequence
from typing import TypeVar

from monitor.web.api.frame import Paged, Problem

Row = TypeVar("Row")
Key = int | str


def key_of(asked: Paged, shape: type[Key] | tuple[type[Key], ...]) -> tuple[Key, ...] | None:
    """Return where the page before ended; None for the first page.

    ``shape`` is what the key is made of. A mark that is not ours, or that belongs to a list asked
    for otherwise, is refused.
    """
    if not asked.next:
        return None
    wanted = shape if isinstance(shape, tuple) else (shape,)
    try:
        padded = asked.next + "=" * (-len(asked.next) % 4)
        question, *key = json.loads(base64.urlsafe_b64decode(padded))
    except (ValueError, binascii.Error, TypeError, RecursionError):
        raise Problem(400, "next: this was not given out here.", parameter="next") from None
    fits = len(key) == len(wanted) and all(
        type(part) is kind for part, kind in zip(key, wanted, strict=True)
    )
    if not fits or any(type(part) is int and not 0 < part < 2**63 for part in key):
        raise Problem(400, "next: this was not given out here.", parameter="next")
    if question != _question(asked):
        sentence = "next: it belongs to a list that was asked for with other parameters."
        raise Problem(400, sentence, parameter="next")
    return tuple(key)


def cut(
    asked: Paged,
    rows: Sequence[Row],
    key: Callable[[Row], tuple[Key, ...]],
    ended: tuple[Key, ...] | None = None,
) -> tuple[Sequence[Row], str | None]:
    """Return one page of ``rows`` and the mark of the next; ask for one row more than its limit.

    ``ended`` is where looking ended, when there is more to look at though these are too few.
    """
    shown = rows[: asked.limit]
    if len(rows) > asked.limit:
        return shown, _mark(asked, key(shown[-1]))
    return shown, _mark(asked, ended) if ended else None


def _mark(asked: Paged, key: tuple[Key, ...]) -> str:
    text = json.dumps([_question(asked), *key], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _question(asked: Paged) -> str:
    """Return a mark of what is asked for, whatever the page and its size."""
    asked_for = asked.model_dump_json(exclude={"next", "limit"})
    return hashlib.sha256(f"{type(asked).__name__} {asked_for}".encode()).hexdigest()[:12]
