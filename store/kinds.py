"""Records of what kind of thing a page is: refused as no article, overruled, op-ed or report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Genre = Literal["report", "op_ed", "analysis", "statement", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A page that was refused as no article, with the text that was read from it."""

    article: int
    refused_at: datetime
    reason: str  # of the ledger
    kind: str  # of page: "consent", "login"; empty where there was no kind
    detail: str  # a sentence
    title: str
    body: str
    author: str | None = None
    language: str | None = None
    published_at: datetime | None = None
    published_original: str | None = None
    published_source: str | None = None
    extractor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """A refused page in a list; ``overruled_by`` is the person who said it is an article."""

    article: int
    title: str
    outlet: str
    url: str
    refused_at: datetime
    kind: str
    detail: str
    characters: int  # of the text kept
    overruled_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overruling:
    """A line of the append-only history: somebody said it is an article, or took that back."""

    id: int
    article: int
    version: int  # of the text that came of it
    stands: bool
    reason: str
    detail: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GenreLine:
    """What a person said an article is; ``genre`` None: back to the machine's guess."""

    id: int
    article: int
    genre: Genre | None
    machine: str  # the guess at the time
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GenreGuess:
    """The machine's guess with its reason, and the line of a person that stands, if any."""

    genre: str
    why: str
    corrected: GenreLine | None
