"""What a file holds, in its own order: the passages that are kept and those that are cut."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

CLEANING = "cleaning 2"
"""Names the way in which texts are read and cut; it changes whenever the same file would give
another text."""

Cut = Literal[
    "", "head", "foot", "page number", "share", "navigation", "bio", "box", "notice", "note",
    "page", "title",
]  # fmt: skip
"""Why a passage is cut; "": it is kept. "page": it stands on the web page outside the article."""

About = Literal["title", "author", "outlet", "published", "language", "url", "made", "label"]
"""``made``: when the file itself was made, which tells nothing of when its text was published.
``label``: whether it is an example of what is wanted, as whoever labelled it before wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A paragraph or a line, and why it is not part of the text; ``cut`` empty: it is."""

    text: str
    cut: Cut = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a file says of itself, as it writes it, and where: "PDF information", "first line"."""

    about: About
    text: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file read. ``said`` has the most trusted first. ``joined`` are words that were hyphenated.

    ``notes`` are sentences on how it was read, such as a layout in columns.
    """

    kind: str
    passages: tuple[Passage, ...]
    said: tuple[Said, ...] = ()
    joined: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    pages: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One entry of a list of references. ``files`` are paths as written, the likeliest first."""

    id: str
    kind: str
    said: tuple[Said, ...]
    abstract: str = ""
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """A list of references, in order, and sentences on what of it could not be read."""

    entries: tuple[Reference, ...]
    problems: tuple[str, ...] = ()


def kept(passages: Iterable[Passage]) -> str:
    """Return the text that is kept, a passage a line."""
    return "\n".join(passage.text for passage in passages if not passage.cut)


def words_of(passages: Iterable[Passage]) -> int:
    """Count the words of passages, whatever becomes of them."""
    return sum(len(passage.text.split()) for passage in passages)
