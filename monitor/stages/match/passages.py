"""The parts of a text, and the passage around a place in it as people are shown it."""

from __future__ import annotations

import re
import unicodedata
from itertools import islice

_WORD = re.compile(r"\S+")
LEAD_WORDS = 90
PASSAGE = 200  # characters


def split_lead(text: str, words: int = LEAD_WORDS) -> tuple[str, str]:
    """Split ``text`` into its lead and the rest: whole words, a sentence kept whole if it can be.

    ``lead + rest == text`` always; the lead has about ``words`` words, at most half as many more.
    """
    ends = _word_ends(text, words + words // 2)
    if len(ends) <= words:
        return text, ""
    cut = next((end for end in ends[words - 1 :] if text[end - 1] in ".!?؟۔"), ends[words - 1])
    return text[:cut], text[cut:]


def _word_ends(text: str, most: int) -> list[int]:
    """The offsets just after each of the first ``most`` words."""
    return [found.end() for found in islice(_WORD.finditer(text), most)]


def passage(text: str, start: int, end: int, width: int = PASSAGE) -> str:
    """Return about ``width`` characters of ``text`` around a place: whole words, one line, plain.

    A cut is shown by an ellipsis. A place longer than ``width`` is cut at its end.
    """
    end = min(end, start + width)
    room = width - (end - start)
    left = max(0, start - room // 2)
    right = min(len(text), end + room - (start - left))
    left = max(0, min(left, right - width))
    left = _forward(text, left, start)
    right = _backward(text, right, end)
    before = "… " if text[max(0, left - width) : left].strip() else ""
    after = " …" if text[right : right + width].strip() else ""
    return f"{before}{plain(text[left:right])}{after}"


def _forward(text: str, at: int, limit: int) -> int:
    """The start of the first whole word from ``at``; ``at`` itself where there is none."""
    if at == 0 or text[at - 1].isspace():
        return at
    return next((here + 1 for here in range(at, limit) if text[here].isspace()), at)


def _backward(text: str, at: int, limit: int) -> int:
    """The end of the last whole word before ``at``; ``at`` itself where there is none."""
    if at >= len(text) or text[at].isspace():
        return at
    return next((here for here in range(at - 1, limit - 1, -1) if text[here].isspace()), at)


def plain(text: str) -> str:
    """Return ``text`` as one line without control and direction characters.

    The joiners stay: Persian and Urdu spell with them.
    """
    line = " ".join(text.split())
    if line.isprintable():  # nothing is to be taken out; sign by sign takes fifty times as long
        return line
    kept = (_shown(char) for char in text)
    return " ".join("".join(kept).split())


def _shown(char: str) -> str:
    if char.isspace():
        return " "
    if char in "\u200c\u200d":
        return char
    return "" if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co"} else char
