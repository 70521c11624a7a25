"""The watch, by API: feeds, the books, gaps, why, and who is asking."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from typing import Any

from pydantic import Field

from monitor.stages import fill
from monitor.web.api import watch_shapes
from monitor.web.api.articles import Word
from monitor.web.api.frame import Asked, Operation, Paged, Problem
from monitor.web.api.paging import cut, key_of
from monitor.web.api.rows import articles_told, gap_told, sighting_told
from monitor.web.desk import Visit
from store import articles, changes, days, feeds, listing
from store.polls import FeedState
from store.rescues import BY_HAND
from store.watch import FeedDay, HoleState

MOST_DAYS = 92


# --- feeds ----------------------------------------------------------------------------------


class FeedsAsked(Paged):
    """Which feeds."""

    condition: Word | None = Field(None, description="new, ok, failing, silent, stale, thin ...")
    outlet: Word | None = None


def many_feeds(visit: Visit, asked: FeedsAsked, _sent: None) -> watch_shapes.Feeds:
    """List feeds by key, each with its health."""
    off = {c.path for c in changes.changes(visit.db) if c.value == "false"}
    key = key_of(asked, str)
    told = [
        _feed(state, paused=f"feeds.{state.spec.key}.enabled" in off)
        for state in feeds.states(visit.db)
        if state.spec.key != BY_HAND and (key is None or state.spec.key > str(key[0]))
    ]
    rows = [
        feed
        for feed in told
        if asked.condition in {None, feed.condition} and asked.outlet in {None, feed.outlet}
    ]
    shown, onward = cut(asked, rows, lambda feed: (feed.feed,))
    return watch_shapes.Feeds(feeds=list(shown), next=onward)


def _feed(state: FeedState, *, paused: bool) -> watch_shapes.Feed:
    spec = state.spec
    return watch_shapes.Feed(
        feed=spec.key,
        url=spec.url,
        outlet=spec.outlet,
        side=spec.side,
        language=spec.language,
        kind=spec.kind,
        condition="paused" if paused else state.condition,
        condition_since=state.condition_since,
        reason=state.reason,
        newest_entry_at=state.newest_entry_at,
        last_ok_at=state.last_ok_at,
        last_polled_at=state.last_polled_at,
        next_poll_at=state.next_poll_at,
        failures=state.failures,
    )


# --- the books ------------------------------------------------------------------------------


class LedgerAsked(Paged):
    """Which days of the books; both ends included, a day is one of UTC."""

    feed: Word | None = None
    since: date | None = Field(None, description="The first day; 13 before `until` if left out.")
    until: date | None = Field(None, description="The last day; today if left out.")


def ledger(visit: Visit, asked: LedgerAsked, _sent: None) -> watch_shapes.Ledger:
    """List the books by day and feed, the newest day first."""
    until = asked.until or visit.now.astimezone(UTC).date()
    since = asked.since or until - timedelta(days=13)
    if not date(2000, 1, 1) <= since <= until <= date(2200, 1, 1):
        raise Problem(400, "since: it must be a day before until.", parameter="since")
    if until - since >= timedelta(days=MOST_DAYS):
        raise Problem(400, f"since: at most {MOST_DAYS} days are told at once.", parameter="since")
    key = key_of(asked, (str, str))
    held = days.feed_days(visit.db, since, until, feed=asked.feed)
    rows = sorted(held, key=_place)
    if key is not None:
        rows = [row for row in rows if _place(row) > (_back(str(key[0])), str(key[1]))]
    shown, onward = cut(asked, rows, lambda row: (row.day_on.isoformat(), row.feed))
    return watch_shapes.Ledger(days=[_day(row) for row in shown], next=onward)


def _place(row: FeedDay) -> tuple[int, str]:
    return _back(row.day_on.isoformat()), row.feed


def _back(day: str) -> int:
    """Return a number by which later days come first."""
    try:
        return -date.fromisoformat(day).toordinal()
    except ValueError:
        raise Problem(400, "next: this was not given out here.", parameter="next") from None


def _day(row: FeedDay) -> watch_shapes.Day:
    counts = row.counts
    return watch_shapes.Day(
        feed=row.feed,
        day_on=row.day_on,
        found=counts.found,
        waiting=counts.waiting,
        queued=counts.queued,
        rejected=counts.rejected,
        duplicate=counts.duplicate,
        dropped=dict(counts.dropped),
        failed=dict(counts.failed),
        asked=row.asked,
        answered=row.answered,
    )


# --- gaps, and why --------------------------------------------------------------------------


class GapsAsked(Paged):
    """Which gaps."""

    feed: Word | None = None
    state: HoleState | None = None


def gaps(visit: Visit, asked: GapsAsked, _sent: None) -> watch_shapes.Gaps:
    """List the spans of which a feed may have shown nothing, those noticed last first."""
    key = key_of(asked, int)
    before = int(key[0]) if key else None
    rows = listing.gaps(
        visit.db, feed=asked.feed, state=asked.state, limit=asked.limit + 1, before=before
    )
    shown, onward = cut(asked, rows, lambda hole: (hole.id,))
    return watch_shapes.Gaps(gaps=[gap_told(visit, hole) for hole in shown], next=onward)


class WhyAsked(Asked):
    """Which address."""

    url: str = Field(min_length=1, max_length=2000, description="Of an article.")


def why(visit: Visit, asked: WhyAsked, _sent: None) -> watch_shapes.Why:
    """Say whether an address was seen, what became of it, and if never where it may lie."""
    canonical = visit.desk.canonical(asked.url)
    if canonical is None:
        raise Problem(400, "url: this is no address of a page.", parameter="url")
    known = articles.why(visit.db, canonical, asked.url, fill.day_in(asked.url))
    article = articles_told(visit, [known.article])[0] if known.article else None
    return watch_shapes.Why(
        url=asked.url,
        canonical_url=canonical,
        seen=bool(known.items),
        sightings=[sighting_told(item) for item in known.items],
        article=article,
        feeds=list(known.feeds),
        gap=gap_told(visit, known.hole) if known.hole and not known.items else None,
    )


def me(visit: Visit, _asked: Asked, _sent: None) -> watch_shapes.Me:
    """Say who is asking, and what they may do."""
    facts: dict[str, Any] = {"role": visit.session.role, "name": visit.session.by}
    return watch_shapes.Me(
        **facts, by_token=visit.session.by_token, version=visit.desk.version, now=visit.now
    )


OPERATIONS = (
    Operation(
        name="listFeeds",
        path="/api/feeds",
        summary="Feeds by key, each with its health.",
        does=many_feeds,
        asks=FeedsAsked,
        answers=watch_shapes.Feeds,
    ),
    Operation(
        name="listLedger",
        path="/api/ledger",
        summary="The books by day and feed, the newest day first.",
        does=ledger,
        asks=LedgerAsked,
        answers=watch_shapes.Ledger,
    ),
    Operation(
        name="listGaps",
        path="/api/gaps",
        summary="Spans of which a feed may have shown nothing, those noticed last first.",
        does=gaps,
        asks=GapsAsked,
        answers=watch_shapes.Gaps,
    ),
    Operation(
        name="why",
        path="/api/why",
        summary="Whether an address was seen, and what became of it.",
        does=why,
        asks=WhyAsked,
        answers=watch_shapes.Why,
    ),
    Operation(
        name="me",
        path="/api/me",
        summary="Who is asking.",
        does=me,
        answers=watch_shapes.Me,
    ),
)
