"""The values that reach people, in the order of the pipeline: rules, the books, what is sent.

Frozen and complete at birth, as those of ``monitor.model``, which come before them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Literal

from monitor.model import When
from store.messages import ToldArticle, ToldFact


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
    words: tuple[str, ...] = ()  # all that was met within this passage, the first of them first


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
    listed: int = 0  # of those found: brought by a backfill, so that they are no news

    @property
    def balanced(self) -> bool:
        """True when every item found has exactly one disposition."""
        parts = self.waiting + self.queued + self.rejected + self.duplicate
        return self.found == parts + sum(self.dropped.values()) + sum(self.failed.values())


DigestPart = Literal["new", "changed", "developing", "audit"]
"""Why a story stands in a digest: told first, told again because a fact changed, told again because
something was added though no fact changed, or drawn from what was rejected and found to be ours."""

ChangeKind = Literal["toll", "claim", "sides", "headline", "reaction", "added"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestChange:
    """What a story told before says otherwise now, with the sentence that says it.

    ``told`` is ours, a clause that could end in a full stop: "killed: 9, before 6". ``sentence``
    stands letter for letter in the article named.
    """

    kind: ChangeKind
    told: str
    sentence: str
    article: int
    outlet: str
    url: str
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimTold:
    """One telling of a figure: who says it, as it was written, and the sentence."""

    value: str  # the figure as the text writes it
    speaker: str  # to whom the text ascribes it; "" where to nobody
    outlet: str
    sentence: str  # empty where it stands elsewhere in the entry, or was told before
    article: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferingClaim:
    """One question on which the tellings of a story differ, side by side, the earliest first."""

    what: str  # "killed, security forces, Bannu"
    said: tuple[ClaimTold, ...]  # two at least, of different values


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestEntry:
    """One story of a digest: the best article, what is new in it, and who else tells it.

    ``facts`` are the keys of what the entry tells; what was told once is not told again.
    """

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
    story: int | None = None
    part: DigestPart = "new"
    first: tuple[str, str, When] | None = None  # (outlet, url, when): who told it first, if another
    changes: tuple[DigestChange, ...] = ()
    claims: tuple[DifferingClaim, ...] = ()
    told_on: date | None = None  # the last day on which this digest told of the story
    facts: tuple[str, ...] = ()
    remembered: tuple[ToldFact, ...] = ()  # the same with their sentences, for the next digest
    members: tuple[ToldArticle, ...] = ()  # the story's articles as they stood


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A story for which there was no room: it stays untold, and may come tomorrow."""

    story: int | None
    article: int
    part: DigestPart


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestSection:
    """A part of the digest, its entries by topic; topics stand in the order of their best entry."""

    part: DigestPart
    title: str
    topics: tuple[tuple[str, tuple[DigestEntry, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayTold:
    """One day of the small picture: what was found and what of it was ours."""

    day_on: date
    found: int
    queued: int
    hole: bool  # a gap may have swallowed something


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestTable:
    """Figures of a week or a month: a heading, what it says in words, and rows of plain text."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""  # a sentence under the heading: breaks in what was looked at, how to read it
    numbers_from: int = 1  # the columns from here on are figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """The content of one digest; ``edge.render`` makes it text, HTML, Markdown and PDF."""

    day_on: date
    time_zone: str
    title: str
    sections: tuple[DigestSection, ...]
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
    name: str = "daily"
    left: tuple[LeftOut, ...] = ()
    met: tuple[tuple[int, ...], ...] = ()  # the articles of told stories that went on unchanged
    unchanged: int = 0  # stories told before that went on without anything new; counted, not told
    days: tuple[DayTold, ...] = ()  # the last 28, oldest first
    every: Literal["day", "week", "month"] = "day"
    tables: tuple[DigestTable, ...] = ()  # of a week or a month


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """The content of one alert: an article, and the rules that met its story.

    ``rule`` names them all. ``changes`` are what was told of the story before and says otherwise
    now; with ``update`` the alert is about them, and no rule met anything new.
    """

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
    rules: tuple[str, ...] = ()
    changes: tuple[DigestChange, ...] = ()
    update: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLine:
    """One line of several: the story or article, the rules, and what is to be said of it."""

    title: str
    article: int | None = None
    outlet: str = ""
    url: str = ""
    rules: tuple[str, ...] = ()
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertList:
    """A message about several things: what was held back, a storm of one rule, a spike.

    ``lead`` says it all in one sentence; ``page`` is the page of the desk that shows the rest.
    """

    key: str
    subject: str
    lead: str
    lines: tuple[AlertLine, ...]
    more: int  # that stand on the desk and not here
    page: str
    created_at: datetime
    notes: tuple[str, ...] = ()  # sentences under the lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message to deliver. ``key`` is unique for ever; it becomes the Message-ID."""

    key: str
    subject: str
    text: str
    html: str | None
    created_at: datetime
    follows: str | None = None  # the key of the first message of its thread


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How a delivery went. ``unknown``: the other side may have it (it died after DATA)."""

    state: Literal["sent", "failed", "unknown"]
    detail: str = ""
    permanent: bool = False  # this message will never be taken
    closed: bool = False  # nothing will, until somebody mends the way: a wrong password
    retry_after: float | None = None
    refused: tuple[str, ...] = ()  # recipients the server would not take, of several


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """A span of every week, or of every day, in which a reader is told of no alert.

    ``days`` are the weekdays on which it begins, Monday 0; where ``until`` is the earlier of the
    two clocks, it ends on the day after.
    """

    from_: time
    until: time
    days: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One way out for a message: under which name it waits in the outbox, and when it may go.

    ``way`` is unique among the recipients of a message. ``hourly`` is the most alerts in an hour;
    ``zone`` the clock of the quiet hours; until ``paused_until``, in UTC, no alert is told.
    """

    way: str
    reader: str | None = None
    quiet: QuietHours | None = None
    hourly: int | None = None
    zone: str = "UTC"
    paused_until: datetime | None = None
