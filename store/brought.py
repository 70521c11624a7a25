"""Records of what people bring in: a text with where it comes from, its twins, and the occasion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from store.learned import Label

Outcome = Literal["kept", "known", "version", "linked", "left", "refused"]
"""What became of a text: kept; there already, word for word; kept beside the text it is another
version of; only noted beside it; left out by choice; unreadable."""
Way = Literal["command", "desk"]
How = Literal["same_text", "near_text", "same_url"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where an imported text comes from, and what makes it comparable."""

    author: str = ""
    published_original: str = ""  # the date as the file writes it
    published_source: str = ""  # where it stands there, in words
    canonical_url: str | None = None
    text_hash: str = ""
    title_key: str = ""
    sketch: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of an import: a text, what it was made of, and what became of it.

    ``label`` and ``source`` are there when the text is to be kept. ``same_as`` names the text that
    this one repeats. ``cut`` says how many passages of each kind were taken out.
    """

    file: str
    sha256: str
    title: str
    outcome: Outcome
    why: str = ""
    label: Label | None = None
    source: Source = Source()
    same_as: str = ""
    words_before: int = 0
    words_after: int = 0
    cut: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """A line as it stands in the history."""

    id: int
    file: str
    sha256: str
    title: str
    outcome: Outcome
    why: str
    imported: str | None
    same_as: str
    relevant: bool | None
    words_before: int
    words_after: int
    cut: Mapping[str, int]
    held: bool  # whether the text is still there


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """An occasion on which somebody brought texts in; ``undone_at``: all of it was taken back."""

    id: int
    at: datetime
    by: str
    way: Way
    cleaning: str
    counts: Mapping[str, int]
    files: tuple[str, ...] = ()  # the first few
    undone_at: datetime | None = None
    undone_by: str = ""
    undone_why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A text that is here already and may be the same: what is needed to compare and to say so.

    ``id`` is "article:12" or "import:<hash>"; ``relevant`` None: nobody decided.
    """

    id: str
    title: str
    outlet: str
    at: datetime | None  # published, else first seen
    relevant: bool | None
    text_hash: str
    title_key: str
    sketch: tuple[int, ...]
    canonical_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """An upload that somebody has not yet looked at; it is forgotten at ``until_at``."""

    id: int
    by: str
    at: datetime
    until_at: datetime
    file: str
    sha256: str
    bytes: int
    value: str  # JSON; what it holds is the reader's affair
