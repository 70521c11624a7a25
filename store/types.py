"""The records in the store's signatures.

Instants are aware datetimes in UTC here and ISO text with ``+00:00`` in the file.
Importing this module opens nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from store.memory import FeedMemory

Disposition = Literal["waiting", "queued", "rejected", "duplicate", "dropped", "failed"]
Answer = Literal["relevant", "not_relevant", "unsure", "skip"]
FeedCondition = Literal["new", "ok", "failing", "silent", "stale", "thin", "paused", "disabled"]


# --- feeds ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSpec:
    """A feed as configured. ``key`` is its stable name; the URL may change under it."""

    key: str
    url: str
    outlet: str
    side: str
    language: str
    section: str = ""
    kind: Literal["rss", "google-news", "news-sitemap", "page"] = "rss"
    body: Literal["full", "page", "headline"] = "page"
    note: str = ""
    enabled: bool = True
    every_minutes: int = 15
    user_agent: str | None = None
    links: str = ""  # of a watched page: which of its links are wanted, as an RE2 pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """What is remembered of a feed between polls."""

    spec: FeedSpec
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    item_hashes: tuple[str, ...] = ()  # of the last document, in order
    condition: FeedCondition = "new"
    condition_since: datetime | None = None
    reason: str = ""  # a sentence: why the condition is what it is
    failures: int = 0  # in a row
    polls: int = 0  # ever; the shell asks unconditionally now and then
    last_polled_at: datetime | None = None
    last_ok_at: datetime | None = None
    newest_entry_at: datetime | None = None
    next_poll_at: datetime | None = None
    interval_seconds: float | None = None
    memory: FeedMemory = field(default_factory=FeedMemory)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundEntry:
    """An entry to remember. Without ``canonical_url`` it is refused at once, with ``refused``."""

    key: str
    item_hash: str
    guid: str | None
    url: str | None
    canonical_url: str | None
    title: str
    summary: str
    content_html: str | None
    author: str | None
    published_at: datetime | None
    published_original: str | None
    language: str | None
    refused: str | None = None  # reason, when it cannot become an article
    refused_detail: str = ""
    headline: str = ""  # a mark of its headline; empty where that is too general to tell by
    source_name: str = ""  # who publishes it, where the feed is a search over many outlets
    source_host: str = ""
    wrapped: bool = False  # its link does not say where it leads, so its headline must


@dataclass(frozen=True, slots=True, kw_only=True)
class PollRecord:
    """One poll's outcome, written whole or not at all: entries, event and next state."""

    state: FeedState  # the state after the poll
    at: datetime
    outcome: str  # "ok", "not_modified", "same_body", or a fault
    detail: str = ""
    status: int | None = None
    seconds: float = 0.0
    listed: int = 0  # entries in the document
    found: tuple[FoundEntry, ...] = ()
    problems: tuple[tuple[str, str], ...] = ()
    possible_gap: bool = False
    gap_since_at: datetime | None = None  # what was published between these may be unseen
    gap_until_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PollResult:
    """What a poll brought: items never seen, items edited since, items already known."""

    new: int = 0
    edited: int = 0
    known: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PollEvent:
    """A line of a feed's history."""

    feed: str
    at: datetime
    outcome: str
    detail: str
    listed: int
    new: int
    possible_gap: bool
    gap_since_at: datetime | None = None
    gap_until_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedsAsked:
    """How many feeds were asked and answered; ``silent`` are the keys of those that did not."""

    asked: int
    answered: int
    silent: tuple[str, ...] = ()


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

    @property
    def own(self) -> str:
        """The body with blanks where other stories stand beside it, so that places stay."""
        body = self.body
        for start, end in self.aside:
            body = f"{body[:start]}{' ' * (end - start)}{body[end:]}"
        return body


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


# --- the audit ------------------------------------------------------------------------------


# --- outbox ---------------------------------------------------------------------------------

OutboxState = Literal["queued", "sending", "sent", "failed", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message for one channel. ``key`` is unique for ever: putting it twice changes nothing."""

    key: str
    kind: Literal["digest", "alert", "notice"]
    channel: str
    subject: str
    text: str
    html: str | None
    created_at: datetime
    article: int | None = None
    rule: str | None = None
    day_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """A message and how its delivery stands."""

    id: int
    message: Outgoing
    state: OutboxState
    attempts: int
    next_try_at: datetime | None
    sent_at: datetime | None
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One day's digest as it was made: its window and, as a fragment of HTML, all it said."""

    day_on: date
    made_at: datetime
    since_at: datetime
    until_at: datetime
    title: str
    page: str


# --- corpus, models, health -----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A labelled text of the corpus, whatever brought it."""

    id: str  # "article:12" or "import:<hash>"
    title: str
    body: str
    outlet: str
    language: str | None
    side: str | None
    relevant: bool
    origin: Literal["seed", "import", "review"]
    by: str
    at: datetime
    url: str | None = None
    published_at: datetime | None = None
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The corpus at one moment: its hash, and how many of each answer."""

    id: str
    created_at: datetime
    relevant: int
    not_relevant: int
    origins: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """A trained model. At most one is live; none live means the cold start judges."""

    id: str
    trainer: str
    snapshot: str
    created_at: datetime
    live: bool
    why: str
    figures: Mapping[str, float]
    artifact: str  # JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun:
    """The last run of a job: how it went and what it counted."""

    job: str
    started_at: datetime
    finished_at: datetime | None
    ok: bool | None
    detail: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something the service noticed of itself; ``job_missed`` is a run that did not happen."""

    at: datetime
    kind: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A setting people changed on the desk, laid over feeds.yaml. ``value`` is JSON."""

    id: int
    path: str  # "feeds.dawn-home.enabled", "thresholds.queue"
    value: str
    by: str
    at: datetime


# --- names ----------------------------------------------------------------------------------

NameAnswer = Literal["no_name", "later", "added", "open"]
