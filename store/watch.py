"""Records that answer for the watch: what was seen on which day, what moved, what was missed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from store.polls import PollEvent
from store.types import ArticleRow, ItemRow, LedgerCounts

HoleWhy = Literal["possible_gap", "outage", "asked"]
HoleState = Literal["open", "filled", "partly", "unfillable"]
Source = Literal["sitemap", "google-news"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDay:
    """A feed's books of a day of UTC, and how often it was asked and answered.

    ``asked`` is None where no poll of that day is remembered.
    """

    feed: str
    day_on: date
    counts: LedgerCounts
    asked: int | None = None
    answered: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one source said of a hole, all tries taken together.

    ``listed`` are its entries of that time; of these ``known`` were known and ``added`` were not.
    """

    source: Source
    where: str  # the address asked
    at: datetime
    said: str = ""  # a sentence, where there is more to say than numbers
    listed: int = 0
    known: int = 0
    added: int = 0
    covers: bool = False  # it lists entries from before the hole to its end
    again: bool = False  # a later try may bring more


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """A span of which a feed may have shown us nothing, and what was done about it."""

    id: int
    feed: str
    outlet: str
    since_at: datetime
    until_at: datetime
    opened_at: datetime
    why: HoleWhy
    state: HoleState = "open"
    tried_at: datetime | None = None
    next_try_at: datetime | None = None
    waits: bool = True  # it is to be tried: at ``next_try_at``, or at once where that is None
    attempts: int = 0
    asked: tuple[Asked, ...] = ()
    found: int = 0  # items that filling added
    usual: int | None = None  # what the feed brings in so long, by the 28 days before


# --- how a feed keeps its time, and its address ---------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """When a feed published: ``hours`` are (hours since 1970 in UTC, entries), ascending.

    ``known_since`` is when it was first looked at; None while it never was.
    """

    hours: tuple[tuple[int, int], ...] = ()
    known_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """A feed's address answers from another for good, it says; how often in a row it said so."""

    feed: str
    from_url: str
    to_url: str
    first_at: datetime
    last_at: datetime
    answers: int = 1
    days: int = 1  # of UTC on which it said so
    shared: bool = False  # the new address lists an entry that the old one listed
    why_not: str = ""  # a sentence: why the address is kept all the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A feed's address was changed. Lines are only added; one that takes another back names it."""

    id: int
    feed: str
    from_url: str
    to_url: str
    at: datetime
    by: str
    why: str
    undoes: int | None = None
    undone: bool = False  # a later line takes it back


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A feed is unwell since then; ``told_at``: when people were told, None: not yet."""

    feed: str
    since_at: datetime
    condition: str
    reason: str
    told_at: datetime | None = None
    well_since_at: datetime | None = None  # well again since, but not for long


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """All that is known of a URL. With no items, ``gap`` is its host's nearest possible gap.

    ``hole`` is that gap's span with what was asked to fill it; of a URL that was seen, the hole in
    whose filling it was found. ``feeds`` carry its host, ``feeds_off`` did and are not asked now.
    """

    items: tuple[ItemRow, ...]
    article: ArticleRow | None
    gap: PollEvent | None
    polls_around: tuple[PollEvent, ...] = ()
    hole: Hole | None = None
    feeds: tuple[str, ...] = ()
    feeds_off: tuple[str, ...] = ()
