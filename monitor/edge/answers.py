"""Answers of web servers as archives hold them: status, head and body, however they were written.

Lines may end in LF alone, an interim answer may stand before the one that counts, and a head may
be of any length: what a browser reads is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_STATUS = re.compile(rb"HTTP/\d+(?:\.\d+)?[ \t]+([1-9]\d\d)(?!\d)", re.IGNORECASE)
_GAP = re.compile(rb"\r?\n\r?\n")
_MOST_INTERIM = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server sent; names of ``head`` are in small letters, and the last of two counts."""

    status: int
    head: Mapping[str, str]
    body: bytes


def is_answer(block: bytes) -> bool:
    """Tell whether something begins as an answer does."""
    return block[:5].upper() == b"HTTP/"


def answer(block: bytes) -> Answer | None:
    """Return the answer that a block holds; None: it has no status."""
    for _ in range(_MOST_INTERIM):
        found = _STATUS.match(block)
        if found is None:
            return None
        gap = _GAP.search(block)
        top, body = (block[: gap.start()], block[gap.end() :]) if gap else (block, b"")
        if not (found[1].startswith(b"1") and is_answer(body)):
            return Answer(status=int(found[1]), head=dict(_fields(top)), body=body)
        block = body
    return None


def _fields(top: bytes) -> Iterator[tuple[str, str]]:
    lines = top.decode("utf-8", "replace").replace("\n ", " ").replace("\n\t", " ").split("\n")
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon:
            yield name.strip().lower(), " ".join(value.split("\r")).strip()
