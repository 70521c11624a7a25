"""Whether a page that was read again tells the same, and if not, what has become of it.

A page never comes back byte for byte: the time of day, the number of comments and the boxes beside
the article move on. So paragraphs are compared, other stories left out, and lines too short to say
anything are not looked at.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

LEAST_WORDS = 4
"""A line of fewer words tells nothing: "2 min read", "Updated", a name."""
ENOUGH = 40  # words: of less, nobody can tell another article from an edited one
SHINGLE = 4
ANOTHER, CUT = 0.1, 0.5

Fate = Literal["same", "changed", "cut", "another"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What has become of a text, and a sentence for people where it is not the same."""

    fate: Fate
    why: str = ""


def weigh(title: str, body: str, now_title: str, now_body: str) -> Edit:
    """Say what became of a text, its page read again; other stories are blank in both bodies.

    ``cut``: the page shows a part of it and nothing new, as behind a wall. ``another``: the page
    tells something else altogether. Neither may take the place of the text that is held.
    """
    if _folded(title) == _folded(now_title) and _told(body) == _told(now_body):
        return Edit(fate="same")
    before, after = _shingles(body), _shingles(now_body)
    if not before or not after:
        return Edit(fate="same") if not after else Edit(fate="changed")
    held = len(before & after) / len(before)
    if held < ANOTHER and min(_words(body), _words(now_body)) >= ENOUGH:
        return Edit(fate="another", why="The address shows another text now.")
    if _words(now_body) < CUT * _words(body) and len(before & after) >= (1 - CUT) * len(after):
        left, whole = _words(now_body), _words(body)
        return Edit(fate="cut", why=f"The page shows {left} of the {whole} words it had.")
    return Edit(fate="changed")


def holds(body: str, page: str) -> bool:
    """Tell whether a page holds, word for word, a text that came from elsewhere."""
    return _shingles(body) <= _shingles(page)


def mark(body: str) -> str:
    """Return a mark of what a page tells, the same while no paragraph of it changes."""
    lines = "\n".join(sorted(_told(body).elements()))
    return blake2b(lines.encode("utf-8", "replace"), digest_size=8).hexdigest()


def _told(body: str) -> Counter[str]:
    """The paragraphs that say something, whatever their order."""
    lines = (_folded(line) for line in body.split("\n"))
    return Counter(line for line in lines if len(line.split()) >= LEAST_WORDS)


def _folded(text: str) -> str:
    return " ".join(text.split())


def _words(text: str) -> int:
    return len(text.split())


def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    size = min(SHINGLE, len(words))
    return (
        frozenset(tuple(words[at : at + size]) for at in range(len(words) - size + 1))
        if (size)
        else frozenset()
    )
