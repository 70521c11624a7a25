"""The records that every part of the store speaks of: articles, their texts, their verdicts.

Records of one part stand beside it: ``polls``, ``watch``, ``lineage``, ``kinds``, ``messages``,
``learned``, ``upkeep``, ``desk``, ``inquiry``.

Instants are aware datetimes in UTC here and ISO text with ``+00:00`` in the file.
Importing this module opens nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from store.asides import blanked

Disposition = Literal["waiting", "queued", "rejected", "duplicate", "dropped", "failed"]
Answer = Literal["relevant", "not_relevant", "unsure", "skip"]


# --- articles -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """An article whose text is wanted, with all its feed said of it."""

    article: int
    url: str
    feed: str
    outlet: str
    side: str
    language: str | None
    body: Literal["full", "page", "headline"]
    title: str
    summary: str
    content_html: str | None
    author: str | None
    published_at: datetime | None
    published_original: str | None
    first_seen_at: datetime
    attempts: int
    version: int  # versions already stored; 0: never read
    user_agent: str | None = None
    section: str = ""  # what its feed carries: "opinion", "national"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredText:
    """The text of an article as harvested, to become its next version."""

    article: int
    title: str
    body: str
    author: str | None
    language: str | None
    published_at: datetime | None
    published_original: str | None
    published_source: Literal["feed", "page", "url", "text", "first_seen"]
    extractor: str
    text_from: Literal["page", "feed", "headline"]
    text_hash: str
    title_key: str
    scheme: str
    sketch: tuple[int, ...]
    copy_of: int | None = None
    copy_how: str | None = None
    refused: str | None = None  # why the page was refused, when only the headline is judged
    refused_detail: str = ""
    final_url: str | None = None
    tails: tuple[int, ...] = ()  # marks of sentences after the lead that its outlet may repeat
    aside: tuple[tuple[int, int], ...] = ()  # of the body: boxes of other stories, lists of links
    text_choice: str = ""  # a sentence: why this text, where the page and the feed both had one
    page_length: int | None = None  # characters; None: no text of the page
    feed_length: int | None = None
    published_flag: str = ""  # "future", "ancient", "disagree", "unreadable", "unsure"
    published_note: str = ""  # the same in a sentence
    genre: str = "unknown"  # the machine's first guess: report, op_ed, analysis, statement
    genre_why: str = ""  # a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An article that may be the original of a copy."""

    article: int
    text_hash: str
    title_key: str
    sketch: tuple[int, ...]
    first_seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Unjudged:
    """A text without a verdict of the live model."""

    article: int
    version: int
    title: str
    body: str
    outlet: str
    side: str
    language: str | None
    url: str
    text_from: str
    copy_of: int | None
    refused: str | None
    first_seen_at: datetime
    published_at: datetime | None
    published_original: str | None
    refused_detail: str = ""
    repeated: tuple[tuple[int, int, int], ...] = ()
    """Stretches of the body that stand in so many articles of the outlet: start, end, articles.

    Of none: other stories' in this page alone, a box or a list of links.
    """
    canonical_url: str = ""
    earlier: Draw | None = None  # it was rejected before, and had its draw then
    genre: str = ""  # the machine's guess when the text was read


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """How an article fared in the audit, when it was first rejected; it has no second draw."""

    chance: float
    band: int
    drawn: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictRow:
    """A verdict and where it sent the article. ``evidence`` is JSON text."""

    article: int
    version: int
    topic: str
    model: str
    lexicon: str
    score: float
    relevant: bool
    topics: tuple[str, ...]
    evidence: str
    route: Literal["queue", "sample", "reject"]
    route_why: str
    probability: float
    disposition: Disposition
    reason: str | None = None
    reason_detail: str = ""
    band: int | None = None  # of the audit, from the lowest; None: queued
    threshold: float | None = None  # of the queue, in force at the time
    calibrated: bool | None = None  # whether the score could be read as a probability
    given: str = ""  # JSON: what the judge was told of the text beside title and body


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRow:
    """An article as people see it in a list."""

    article: int
    url: str
    title: str
    outlet: str
    side: str
    language: str | None
    feed: str
    summary: str
    first_seen_at: datetime
    published_at: datetime | None
    published_original: str | None
    published_source: str | None
    disposition: Disposition
    reason: str | None
    text_from: str | None
    version: int
    score: float | None
    topics: tuple[str, ...]
    model: str | None
    route: str | None
    evidence: str | None  # JSON
    decision: Answer | None
    decided_by: str | None
    decided_at: datetime | None
    copy_of: int | None
    copies: int  # how many articles are copies of this one
    genre: str = "unknown"  # as people put it, else the machine's guess
    published_flag: str = ""  # what is odd of its date, where something is
    published_note: str = ""  # the same in a sentence
    story: int | None = None  # None while it has no text


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleVersion:
    """One version of an article's text; the highest number is the latest."""

    version: int
    title: str
    body: str
    author: str | None
    extractor: str
    text_from: str
    text_hash: str
    seen_at: datetime
    aside: tuple[tuple[int, int], ...] = ()  # start, end: boxes of other stories, lists of links
    text_choice: str = ""  # a sentence: why this text, where the page and the feed both had one
    page_length: int | None = None  # characters; None: no text of the page
    feed_length: int | None = None
    removed_at: datetime | None = None  # since when the body is empty because it was removed
    removed_by: str = ""
    removed_why: str = ""  # a sentence

    @property
    def own(self) -> str:
        """The body with blanks where other stories stand beside it, so that places stay."""
        return blanked(self.body, self.aside)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """One sighting: an entry of one feed, and what became of it."""

    item: int
    feed: str
    outlet: str
    key: str
    guid: str | None
    url: str | None
    title: str
    first_seen_at: datetime
    disposition: Disposition
    reason: str | None
    reason_detail: str
    article: int | None
    filled: int | None = None  # the hole it was found for, where the feed itself never showed it


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerCounts:
    """The books. ``found`` is counted on its own; the rest by disposition."""

    found: int
    waiting: int
    queued: int
    rejected: int
    duplicate: int
    dropped: Mapping[str, int] = field(default_factory=dict)
    failed: Mapping[str, int] = field(default_factory=dict)


# --- reviews --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A line of the append-only history. An undo is a line of its own that names what it undoes."""

    id: int
    article: int
    version: int
    answer: Answer | None  # None: an undo
    undoes: int | None
    by: str
    at: datetime
    note: str
    model: str | None
    score: float | None
    reasons: tuple[str, ...] = ()  # those that stand beside it
    reading: str | None = None  # what it is to an article that two people read
