"""What a page may tell somebody who is still to read an article without knowing its first answer.

Every page's facts pass here on their way to the template, so that no page can forget: of such an
article whatever says what was decided, by whom and when is taken out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any, Final

from store.inquiry import FacetLine, Teacher
from store.kinds import GenreLine

_TOLD: Final = frozenset({"decision", "decided_by", "decided_at", "overruled_by"})
_LINES: Final = (FacetLine, GenreLine)  # of people's corrections: without one the machine's stands
# Fields of these kinds hold no record, and a page can have thousands of them.
_PLAIN: Final = frozenset(
    {"int", "str", "float", "bool", "bytes", "None", "datetime", "date", "timedelta", "tuple"}
    | {"list", "dict", "Sequence", "Mapping", "Literal", "Answer", "Disposition", "Genre"}
)


def veiled(value: Any, hidden: Collection[int], by: str) -> Any:
    """Return ``value`` as ``by`` may see it, where ``hidden`` are the articles blind to them.

    Lists, tuples, mappings and records are gone through; what holds nothing to hide comes back
    itself. Lines of others about a hidden article leave their list; rows of it stay, undecided.
    """
    if type(value) in {list, tuple}:
        seen = [veiled(one, hidden, by) for one in value if not _of_others(one, hidden, by)]
        same = len(seen) == len(value) and all(a is b for a, b in zip(seen, value, strict=True))
        return value if same else type(value)(seen)
    if isinstance(value, Mapping):
        return {name: veiled(one, hidden, by) for name, one in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return _record(value, hidden, by)
    return value


def _record(value: Any, hidden: Collection[int], by: str) -> Any:
    changed: dict[str, Any] = {}
    if _article(value) in hidden:
        if isinstance(value, Teacher):
            return replace(value, by="", relevant=None, at=None)
        changed = {name: None for name in _names(value.__class__) & _TOLD if getattr(value, name)}
    for name in _holding(value.__class__):
        held = getattr(value, name)
        shown = None if _hides(held, hidden, by) else veiled(held, hidden, by)
        if shown is not held:
            changed[name] = shown
    return replace(value, **changed) if changed else value


def _hides(held: object, hidden: Collection[int], by: str) -> bool:
    return isinstance(held, _LINES) and held.article in hidden and held.by != by


def _of_others(one: object, hidden: Collection[int], by: str) -> bool:
    signed = getattr(one, "by", None)
    if not isinstance(signed, str) or signed == by or isinstance(one, Teacher):
        return False
    return _article(one) in hidden


def _article(value: object) -> int | None:
    """Return the article a record is about; None where it is about none."""
    for part in (value, getattr(value, "row", None), getattr(value, "item", None)):
        number = getattr(part, "article", None)
        if isinstance(number, int):
            return number
    name = getattr(value, "id", None)
    told = re.fullmatch(r"article:(\d{1,18})", name) if isinstance(name, str) else None
    return int(told[1]) if told else None


@cache
def _names(kind: type) -> frozenset[str]:
    return frozenset(one.name for one in fields(kind))


@cache
def _holding(kind: type) -> tuple[str, ...]:
    """The fields of a record that can hold records: by the words of their annotations."""
    return tuple(
        one.name
        for one in fields(kind)
        if one.init and not set(re.findall(r"[A-Za-z_]\w*", str(one.type))) <= _PLAIN
    )
