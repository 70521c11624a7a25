"""Records of feeds: as they are configured, what is remembered of them, what a poll brought."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from store.memory import FeedMemory

FeedCondition = Literal["new", "ok", "failing", "silent", "stale", "thin", "paused", "disabled"]


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
    item_hashes: tuple[str, ...] = ()  # of the last document, in order; of a list, its past too
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
    outlined: bool = False
    """Its item hashes and the entries of its memory were not read, and are not written either."""


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
