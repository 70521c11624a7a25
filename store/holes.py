"""Holes: spans of which a feed may have shown us nothing, and what filling them brought.

A poll opens them in its own write, so no gap is known to the history and not to this table.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from store.identity import host_of
from store.polls import FoundEntry, PollRecord
from store.rows import as_json, ids_json, instant, instant_or_none, stamp, stamp_or_none
from store.sightings import remember
from store.sql import Db, Row, add_row, fetch, fetch_in, one, run, write
from store.watch import Asked, Hole, HoleState, HoleWhy

REST = timedelta(minutes=15)
"""A hole that grows is asked about again, but not at every poll that makes it grow."""
USUAL_DAYS = 28
LATE = 2.0
"""So many intervals after its last answer a feed was not asked, or did not answer: an outage."""


# --- a poll opens them ----------------------------------------------------------------------


_BEFORE = """
SELECT f.last_ok_at, f.newest_entry_at, f.interval_seconds, f.failures,
    (SELECT max(at) FROM polls WHERE feed = f.key AND at < :at
        AND outcome IN ('ok', 'not_modified', 'same_body')) AS answered_at
FROM feeds f WHERE f.key = :feed
"""


def note_poll(db: Db, record: PollRecord) -> int | None:
    """Open the hole of a poll that reports a possible gap, before its state is written.

    Inside the caller's transaction. Returns the hole's number; None where there is none: without a
    gap, and for a feed that never answered before.
    """
    if not record.possible_gap:
        return None
    feed = record.state.spec.key
    rows = fetch(db, _BEFORE, {"feed": feed, "at": stamp(record.at)})
    if not rows:
        return None
    span = _span(record, rows[0])
    if span is None:
        return None
    why: HoleWhy = "outage" if _was_out(record.at, rows[0]) else "possible_gap"
    return open_hole(db, feed, *span, why=why, now=record.at)


def _span(record: PollRecord, before: Row) -> tuple[datetime, datetime] | None:
    """From the newest entry known before to the oldest of this poll; else from poll to poll."""
    answered = instant_or_none(before["last_ok_at"] or before["answered_at"])
    newest = instant_or_none(before["newest_entry_at"])
    dates = [entry.published_at for entry in record.found if entry.published_at]
    since = record.gap_since_at or newest or answered
    until = min(record.gap_until_at or min(dates, default=record.at), record.at)
    if since and since < until:
        return since, until
    return (answered, record.at) if answered and answered < record.at else None


def _was_out(at: datetime, before: Row) -> bool:
    answered = instant_or_none(before["last_ok_at"])
    if answered is None or before["interval_seconds"] is None:
        return bool(before["failures"])
    late = LATE * float(before["interval_seconds"])
    return bool(before["failures"]) or (at - answered).total_seconds() > late


def open_hole(
    db: Db, feed: str, since: datetime, until: datetime, *, why: HoleWhy, now: datetime
) -> int:
    """Open a hole, or widen those of the feed that it overlaps into one, to be asked about anew.

    Inside the caller's transaction. A span that lies in one already filled changes nothing, unless
    people asked. Returns the number of the hole that holds the span.
    """
    overlapping = _overlapping(db, feed, since, until)
    if not overlapping:
        return add_row(db, "holes", _new(db, feed, since, until, why, now))
    holder = overlapping[0]
    inside = holder.since_at <= since and until <= holder.until_at
    if inside and why != "asked" and (holder.state == "filled" or holder.waits):
        return holder.id
    since = min(since, *(hole.since_at for hole in overlapping))
    until = max(until, *(hole.until_at for hole in overlapping))
    _join(db, holder.id, [hole.id for hole in overlapping[1:]])
    rested = None if why == "asked" or holder.tried_at is None else holder.tried_at + REST
    run(
        db,
        "UPDATE holes SET since_at = ?, until_at = ?, state = 'open', attempts = 0,"
        " next_try_at = ?, usual = ? WHERE id = ?",
        (stamp(since), stamp(until), stamp(rested) if rested else "",
         _usual(db, feed, since, until), holder.id),
    )  # fmt: skip
    return holder.id


def _new(db: Db, feed: str, since: datetime, until: datetime, why: str, now: datetime) -> Row:
    return {
        "feed": feed, "since_at": stamp(since), "until_at": stamp(until), "opened_at": stamp(now),
        "why": why, "next_try_at": "", "usual": _usual(db, feed, since, until),
    }  # fmt: skip


def _overlapping(db: Db, feed: str, since: datetime, until: datetime) -> list[Hole]:
    where = "h.feed = ? AND h.until_at > ? AND h.since_at < ?"
    return _read(db, f"WHERE {where} ORDER BY h.id", (feed, stamp(since), stamp(until)))


def _join(db: Db, holder: int, others: Sequence[int]) -> None:
    """Let one hole stand for others that it has come to overlap."""
    gone = ids_json(others)
    run(db, f"UPDATE items SET filled = ? WHERE filled IN ({_EACH})", (holder, gone))  # noqa: S608
    run(db, f"UPDATE holes SET found = found + coalesce({_FOUND}, 0) WHERE id = ?", (gone, holder))  # noqa: S608
    run(db, f"DELETE FROM holes WHERE id IN ({_EACH})", (gone,))  # noqa: S608


_EACH = "SELECT value FROM json_each(?)"
_FOUND = f"(SELECT sum(o.found) FROM holes o WHERE o.id IN ({_EACH}))"  # noqa: S608
_USUAL = """
SELECT sum(n) AS n, min(day_on) AS first FROM ledger_days
WHERE feed = ? AND day_on >= ? AND day_on < ?
"""


def _usual(db: Db, feed: str, since: datetime, until: datetime) -> int | None:
    """How many items the feed brings in such a span; None without a week of it to go by."""
    day = since.astimezone(UTC).date()
    first = day - timedelta(days=USUAL_DAYS)
    (row,) = fetch(db, _USUAL, (feed, str(first), str(day)))
    days = (day - date.fromisoformat(row["first"])).days if row["first"] else 0
    if days < 7:
        return None
    return round(int(row["n"]) / days * ((until - since) / timedelta(days=1)))


def ask_since(db: Db, since: datetime, now: datetime, feed: str | None = None) -> list[int]:
    """Open a hole from ``since`` to ``now`` for every feed that is asked, or for one alone."""
    keys = [feed] if feed else [row["key"] for row in fetch(db, _ENABLED)]
    with write(db, durable=True):
        return [open_hole(db, key, since, now, why="asked", now=now) for key in keys]


_ENABLED = "SELECT key FROM feeds WHERE enabled = 1 AND configured = 1 ORDER BY key"


def ask_again(db: Db, hole: int) -> bool:
    """Have a hole asked about at the next poll job, with all its tries; False: there is none."""
    with write(db, durable=True):
        sql = "UPDATE holes SET next_try_at = '', attempts = 0 WHERE id = ?"
        return bool(run(db, sql, (hole,)))


# --- reading them ---------------------------------------------------------------------------


_HOLES = """
SELECT h.*, coalesce(f.outlet, h.feed) AS outlet FROM holes h LEFT JOIN feeds f ON f.key = h.feed
"""


def _read(db: Db, tail: str, params: Sequence[Any] = ()) -> list[Hole]:
    return [_hole(row) for row in fetch(db, f"{_HOLES} {tail}", params)]


def _hole(row: Row) -> Hole:
    return Hole(
        id=row["id"],
        feed=row["feed"],
        outlet=row["outlet"],
        since_at=instant(row["since_at"]),
        until_at=instant(row["until_at"]),
        opened_at=instant(row["opened_at"]),
        why=row["why"],
        state=row["state"],
        tried_at=instant_or_none(row["tried_at"]),
        next_try_at=instant_or_none(row["next_try_at"]),
        waits=row["next_try_at"] is not None,
        attempts=row["attempts"],
        asked=tuple(
            Asked(**(asked | {"at": instant(asked["at"])})) for asked in json.loads(row["asked"])
        ),
        found=row["found"],
        usual=row["usual"],
    )


def due(db: Db, now: datetime, limit: int, only: Sequence[int] | None = None) -> list[Hole]:
    """Return the holes to ask about now, the newest first: sitemaps look back two days at most.

    ``only`` names those that may be among them.
    """
    tail = (
        "WHERE h.next_try_at <= ? AND f.enabled = 1 AND f.configured = 1"
        f" AND (? IS NULL OR h.id IN ({_EACH})) ORDER BY h.until_at DESC, h.id LIMIT ?"
    )
    ids = None if only is None else ids_json(only)
    return _read(db, tail, (stamp(now), ids, ids, limit))


def get(db: Db, hole: int) -> Hole | None:
    """Return a hole by its number."""
    return next(iter(_read(db, "WHERE h.id = ?", (hole,))), None)


def some(db: Db, ids: Sequence[int]) -> list[Hole]:
    """Return holes by their numbers, the newest first."""
    return _read(db, f"WHERE h.id IN ({_EACH}) ORDER BY h.until_at DESC, h.id", (ids_json(ids),))


def between(
    db: Db, since: datetime, until: datetime, *, feed: str | None = None, limit: int = 2000
) -> list[Hole]:
    """Return the holes that have a part in [since, until), the newest first."""
    where, params = "h.until_at > ? AND h.since_at < ?", [stamp(since), stamp(until)]
    if feed is not None:
        where, params = f"h.feed = ? AND {where}", [feed, *params]
    return _read(db, f"WHERE {where} ORDER BY h.until_at DESC, h.id LIMIT ?", [*params, limit])


def newest(db: Db, limit: int, *, beginning: int | None = None) -> list[Hole]:
    """Return the newest holes; from the one of the number ``beginning`` on, if it is there."""
    tail = "ORDER BY h.until_at DESC, h.id LIMIT ?"
    first = fetch(db, "SELECT id, until_at FROM holes WHERE id = ?", (beginning,))
    if not first:
        return _read(db, tail, (limit,))
    place = (first[0]["until_at"], first[0]["until_at"], first[0]["id"])
    where = "WHERE (h.until_at < ? OR (h.until_at = ? AND h.id >= ?))"
    return _read(db, f"{where} {tail}", (*place, limit))


def still_asked(db: Db) -> int:
    """Count the holes that are still asked about."""
    sql = "SELECT count(*) FROM holes WHERE state IN ('open', 'partly')"
    return int(one(db, f"{sql} AND next_try_at IS NOT NULL"))


def told_since(db: Db, since: datetime, until: datetime | None = None) -> list[Hole]:
    """Return the holes opened or asked about in [since, until), the oldest span first."""
    span = (stamp(since), stamp(until) if until else "~")
    tail = """WHERE (h.opened_at >= ? AND h.opened_at < ?) OR (h.tried_at >= ? AND h.tried_at < ?)
        ORDER BY h.since_at, h.feed"""
    return _read(db, tail, (*span, *span))


def nearest(db: Db, feeds: Sequence[str], day_on: date | None) -> Hole | None:
    """Return the hole of these feeds nearest to a day, or the newest where no day is known."""
    keys = ids_json(feeds)
    if day_on is None:
        tail = f"WHERE h.feed IN ({_EACH}) ORDER BY h.until_at DESC LIMIT 1"
        return next(iter(_read(db, tail, (keys,))), None)
    noon = datetime.combine(day_on, time(12), UTC)
    ends = {"keys": keys, "at": stamp(noon)}
    rows = [*fetch(db, _BEFORE_DAY, ends), *fetch(db, _AFTER_DAY, ends)]
    found = [_hole(row) for row in rows]
    return min(found, key=lambda hole: distance(hole, noon), default=None)


_OF_FEEDS = "WHERE h.feed IN (SELECT value FROM json_each(:keys))"
_BEFORE_DAY = f"{_HOLES} {_OF_FEEDS} AND h.since_at <= :at ORDER BY h.until_at DESC LIMIT 1"
_AFTER_DAY = f"{_HOLES} {_OF_FEEDS} AND h.since_at > :at ORDER BY h.since_at LIMIT 1"


def distance(hole: Hole, at: datetime) -> timedelta:
    """How far an instant lies from a hole; nothing, inside it."""
    if hole.since_at <= at <= hole.until_at:
        return timedelta(0)
    return hole.since_at - at if at < hole.since_at else at - hole.until_at


# --- where to ask ---------------------------------------------------------------------------


_SITEMAPS = """
SELECT key, url, outlet FROM feeds WHERE kind = 'news-sitemap' AND configured = 1 ORDER BY key
"""
_LATEST = "SELECT url FROM articles WHERE feed = ? AND url LIKE 'http%' ORDER BY id DESC LIMIT 40"


def latest_urls(db: Db, feed: str) -> list[str]:
    """Return where the newest articles of a feed stand, which tells its outlet's own host."""
    return [row["url"] for row in fetch(db, _LATEST, (feed,))]


def sitemaps_of(db: Db, feed: str, host: str) -> list[str]:
    """Return the configured news sitemaps of a feed's outlet, else of its host; disabled ones too.

    Several outlets may live on one host, so the name comes first.
    """
    outlet = one(db, "SELECT outlet FROM feeds WHERE key = ?", (feed,))
    rows = [row for row in fetch(db, _SITEMAPS) if row["key"] != feed]
    named = [row["url"] for row in rows if row["outlet"] == outlet]
    return named or [row["url"] for row in rows if host_of(row["url"]) == host.removeprefix("www.")]


# --- filling --------------------------------------------------------------------------------


def known_urls(db: Db, urls: Sequence[str]) -> set[str]:
    """Return those of canonical URLs that are known, whichever feed showed them."""
    sql = "SELECT canonical_url FROM articles WHERE canonical_url IN ({marks})"
    return {row["canonical_url"] for row in fetch_in(db, sql, urls)}


_TITLES = """
SELECT DISTINCT i.title FROM items i JOIN feeds f ON f.key = i.feed
WHERE i.first_seen_at >= ? AND i.first_seen_at < ?
    AND f.outlet = (SELECT outlet FROM feeds WHERE key = ?)
"""


def titles_around(db: Db, hole: Hole, *, margin: timedelta) -> list[str]:
    """Return the titles that feeds of a hole's outlet showed around it."""
    span = (stamp(hole.since_at - margin), stamp(hole.until_at + margin), hole.feed)
    return [row["title"] for row in fetch(db, _TITLES, span)]


def fill(
    db: Db,
    hole: int,
    entries: Sequence[FoundEntry],
    *,
    state: HoleState,
    asked: Sequence[Asked],
    next_try_at: datetime | None,
    now: datetime,
) -> int:
    """Keep what was found for a hole as items of its feed, and how the hole stands; one write.

    They go the way of any entry, so the books count them. ``next_try_at`` None: not tried again.
    Returns how many items are new.
    """
    with write(db):
        row = next(iter(fetch(db, "SELECT feed FROM holes WHERE id = ?", (hole,))), None)
        if row is None:  # it became part of another meanwhile, which is asked about again
            return 0
        new = _remember(db, hole, row["feed"], entries, now)
        run(
            db,
            "UPDATE holes SET state = ?, asked = ?, next_try_at = ?, tried_at = ?,"
            " attempts = attempts + 1, found = found + ? WHERE id = ?",
            (state, as_json([_cells(one) for one in asked]), stamp_or_none(next_try_at),
             stamp(now), new, hole),
        )  # fmt: skip
    return new


def _remember(db: Db, hole: int, feed: str, entries: Sequence[FoundEntry], now: datetime) -> int:
    new = remember(db, feed, entries, now).new
    if new:
        run(db, _MARK, {"hole": hole, "feed": feed, "at": stamp(now), "keys": f"{FILLED}*"})
    return new


FILLED = "filled:"
"""Begins the keys of what filling brought, so that they never meet a key of the feed's own."""
_MARK = """
UPDATE items SET filled = :hole
WHERE first_seen_at = :at AND feed = :feed AND filled IS NULL AND key GLOB :keys
"""


def _cells(asked: Asked) -> Row:
    return asdict(asked) | {"at": stamp(asked.at)}
