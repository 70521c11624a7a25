"""What the API answers of the watch: feeds, the books, gaps, digests, an address, who is asking."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from monitor.web.api.frame import Instant, Told
from monitor.web.api.shapes import Article, Page, Sighting
from store.desk import Role
from store.watch import HoleState, HoleWhy


class Feed(Told):
    """A feed as configured and as observed."""

    feed: str = Field(description="Its key, as in feeds.yaml.")
    url: str
    outlet: str
    side: str
    language: str
    kind: str
    condition: str = Field(description="new, ok, failing, silent, stale, thin, paused, disabled.")
    condition_since: Instant | None
    reason: str
    newest_entry_at: Instant | None
    last_ok_at: Instant | None
    last_polled_at: Instant | None
    next_poll_at: Instant | None = Field(description="null: at once, or never while it is off.")
    failures: int = Field(description="In a row.")


class Feeds(Page):
    """One page of feeds, by key."""

    feeds: list[Feed]


class Day(Told):
    """A feed's books of a day of UTC; ``found`` is the sum of the rest."""

    feed: str
    day_on: date
    found: int
    waiting: int
    queued: int
    rejected: int
    duplicate: int
    dropped: dict[str, int] = Field(description="By reason.")
    failed: dict[str, int] = Field(description="By reason.")
    asked: int | None = Field(description="How often it was asked; null: not remembered.")
    answered: int


class Ledger(Page):
    """One page of the books, the newest day first, by feed."""

    days: list[Day]


class Gap(Told):
    """A span of which a feed may have shown nothing."""

    gap: int
    feed: str
    outlet: str
    since_at: Instant
    until_at: Instant
    opened_at: Instant
    why: HoleWhy
    state: HoleState
    tried_at: Instant | None
    found: int = Field(description="Items that filling it brought.")
    usual: int | None = Field(description="What the feed usually brings in so long.")
    said: str = Field(description="The same in a sentence, in the team's time.")


class Gaps(Page):
    """One page of gaps, those noticed last first."""

    gaps: list[Gap]


class Digest(Told):
    """An edition of a digest."""

    name: str = Field(description="Which digest: `daily`, or the name of a further one.")
    day_on: date
    title: str
    made_at: Instant
    since_at: Instant
    until_at: Instant
    messages: int = Field(description="To how many channels it goes.")
    sent: int = Field(description="To how many it has gone.")


class Digests(Page):
    """One page of digests, the newest day first."""

    digests: list[Digest]


class DigestWhole(Told):
    """One edition with its page."""

    name: str = Field(description="Which digest: `daily`, or the name of a further one.")
    day_on: date
    title: str
    made_at: Instant
    since_at: Instant
    until_at: Instant
    html: str = Field(description="A fragment of HTML, as it was mailed.")


class Why(Told):
    """What is known of an address."""

    url: str
    canonical_url: str
    seen: bool
    sightings: list[Sighting]
    article: Article | None
    feeds: list[str] = Field(description="Feeds that carry its host and are asked.")
    gap: Gap | None = Field(description="Never seen: the gap it may lie in.")


class Me(Told):
    """Who is asking."""

    name: str = Field(description="What decisions are signed with.")
    role: Role
    by_token: bool
    version: str = Field(description="Of Torkham.")
    now: Instant
