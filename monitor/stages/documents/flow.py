"""From the lines of printed pages to paragraphs, parted words made whole."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from monitor.stages.documents.values import Passage

_PARTED = re.compile(r"([^\W\d_]{2,})(\u00ad|\u2010|-)$")
_BEGINS = re.compile(r"^([^\W\d_]+)")
_ENDED = re.compile(r"[.!?۔؟…:][\"'”’»)\]]{0,3}$")
_NEAR_FULL = 0.85  # of a usual line; a shorter one that ends a sentence ends a paragraph
_HEADING = 0.7


def flowed(pages: Sequence[Sequence[Passage]]) -> tuple[tuple[Passage, ...], tuple[str, ...]]:
    """Return pages of lines as paragraphs, and the words that a hyphen had parted at a line's end.

    What is cut stays a passage of its own where it stood; a paragraph goes on across it and across
    the end of a page. An empty line always ends a paragraph.
    """
    lines = [line for page in pages for line in page]
    words = Counter(
        word.casefold()
        for line in lines
        for word in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)+", line.text)
    )
    width = _usual(line.text for line in lines if not line.cut)
    found: list[Passage] = []
    joined: list[str] = []
    open_ = ""
    waiting: list[Passage] = []  # cut lines inside an open paragraph: they follow it
    for at, line in enumerate(lines):
        if line.cut:
            waiting.append(line)
            continue
        if line.text:
            open_ = _joined(open_, line.text, words, joined)
        if open_ and (not line.text or _ends(line.text, _next(lines, at), width)):
            found += [Passage(text=open_), *waiting]
            open_, waiting = "", []
    if open_:
        found.append(Passage(text=open_))
    return (*found, *waiting), tuple(joined)


def _usual(texts: Iterable[str]) -> int:
    """The length of a full line: of ten, nine are no longer."""
    lengths = sorted(len(text) for text in texts if text)
    return lengths[int(0.9 * (len(lengths) - 1))] if lengths else 0


def _next(lines: Sequence[Passage], at: int) -> str:
    return next((line.text for line in lines[at + 1 :] if not line.cut), "")


def _ends(text: str, following: str, width: int) -> bool:
    """Whether a paragraph ends with this line: it is a sentence's end, and short, or a heading.

    A heading is short and without a stop, above a line that begins anew.
    """
    if not following:
        return True
    if _ENDED.search(text):
        return len(text) < _NEAR_FULL * width
    short = len(text) < _HEADING * width and not _PARTED.search(text)
    return short and not text.endswith((",", ";", "،")) and not following[:1].islower()


def _joined(open_: str, line: str, words: Counter[str], joined: list[str]) -> str:
    """The open paragraph with one more line, a parted word made whole."""
    if not open_:
        return line
    parted, begins = _PARTED.search(open_), _BEGINS.match(line)
    if not parted or not begins or not begins[1][0].islower():
        return f"{open_[:-1]}-{line}" if open_.endswith("\u2010") else f"{open_} {line}"
    if words[f"{parted[1]}-{begins[1]}".casefold()]:  # elsewhere in this text it has its hyphen
        return f"{open_[:-1]}-{line}"
    joined.append(parted[1] + begins[1])
    return open_[: parted.start(2)] + line
