"""The values that reach people, in the order of the pipeline: rules, the books, what is sent.

Frozen and complete at birth, as those of ``monitor.model``, which come before them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from monitor.model import When


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A keyword rule, ready to match: patterns are RE2 expressions over folded text."""

    name: str
    any_of: tuple[str, ...] = ()
    all_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    parts: tuple[str, ...] = ("title", "lead", "body")
    outlets: tuple[str, ...] = ()
    minimum_score: float | None = None
    channels: tuple[str, ...] = ()
    sides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertHit:
    """A rule met a text: where, and the passage around it as plain text."""

    rule: str
    part: str
    start: int
    end: int
    matched: str
    passage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What became of every item. ``found`` is counted apart from the rest, so it can disagree."""

    found: int = 0
    waiting: int = 0
    queued: int = 0
    rejected: int = 0
    duplicate: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict)
    failed: Mapping[str, int] = field(default_factory=dict)

    @property
    def balanced(self) -> bool:
        """True when every item found has exactly one disposition."""
        parts = self.waiting + self.queued + self.rejected + self.duplicate
        return self.found == parts + sum(self.dropped.values()) + sum(self.failed.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestEntry:
    """One story of a digest: the best article, and who else tells it."""

    article: int
    title: str
    sentences: tuple[str, ...]  # taken from the article, never composed
    outlet: str
    url: str
    published: When
    score: float
    decision: str | None
    topic: str
    language: str | None
    also: tuple[tuple[str, str], ...] = ()  # (outlet, url)
    matched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """The content of one day's digest; ``edge.render`` makes it text and HTML."""

    day_on: date
    time_zone: str
    title: str
    sections: tuple[tuple[str, tuple[DigestEntry, ...]], ...]
    more: int  # stories counted but not told
    ledger: Ledger
    feeds_asked: int
    feeds_silent: tuple[str, ...]
    gaps: tuple[str, ...]
    waiting_for_review: int
    model: str
    threshold: float
    missed_runs: int
    feeds_answered: int = 0
    since_at: datetime | None = None  # the window told of; None: not known
    until_at: datetime | None = None
    threshold_why: str = ""  # a sentence: which threshold, and what it follows from
    missed: str = ""  # a sentence: how many relevant items it cost, and how surely that is known


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """The content of one alert: one rule, one article; ``edge.render`` makes it a message."""

    key: str
    rule: str
    article: int
    title: str
    outlet: str
    url: str
    published: When
    time_zone: str
    hits: tuple[AlertHit, ...]
    score: float | None
    language: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message to deliver. ``key`` is unique for ever; it becomes the Message-ID."""

    key: str
    subject: str
    text: str
    html: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How a delivery went. ``unknown``: the other side may have it (it died after DATA)."""

    state: Literal["sent", "failed", "unknown"]
    detail: str = ""
    permanent: bool = False
    retry_after: float | None = None
    refused: tuple[str, ...] = ()  # recipients the server would not take, of several
