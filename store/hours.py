"""The hours in which feeds publish: small rows that a trigger on ``items`` counts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import islice

from store.rows import day_or_none
from store.sql import Db, fetch_in, run, write
from store.watch import Rhythm

WINDOW = timedelta(days=400)
CLOSE = timedelta(days=35)
_AT_ONCE = 200  # feeds that are read together
PLENTY = 60  # hours with entries in the close past; a feed with fewer keeps its longer past

# One row a feed: a busy feed has hundreds of hours, and this is read at every poll.
_HOURS = """
SELECT feed, json_group_array(json_array(hour, n)) AS hours FROM (
    SELECT * FROM feed_hours WHERE hour BETWEEN ? AND ? AND feed IN ({marks}) ORDER BY feed, hour
) GROUP BY feed
"""
_SINCE = """
SELECT key, (SELECT min(day_on) FROM ledger_days WHERE feed = key) AS day_on
FROM feeds WHERE key IN ({marks})
"""


class Rhythms(Mapping[str, Rhythm]):
    """When feeds published, read some hundred feeds at a time, and made where it is asked for.

    A busy feed has 700 hours, which take 3 KB as text and 60 KB as numbers: of 5,000 feeds at once
    that is the difference between 15 and 300 MB.
    """

    def __init__(self, db: Db, feeds: Sequence[str], now: datetime) -> None:
        self._db = db
        self._feeds = {feed: at for at, feed in enumerate(feeds)}
        self._bounds = [hour_of(now - WINDOW), hour_of(now)]
        self._hours: dict[str, str] = {}
        self._first_on: dict[str, str | None] = {}

    def __getitem__(self, feed: str) -> Rhythm:
        if feed not in self._first_on:
            self._read(self._feeds[feed] // _AT_ONCE * _AT_ONCE)
        day = day_or_none(self._first_on[feed])
        return Rhythm(
            hours=tuple(map(tuple, json.loads(self._hours.get(feed, "[]")))),
            known_since=datetime.combine(day, time(), UTC) if day else None,
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._feeds)

    def __len__(self) -> int:
        return len(self._feeds)

    def _read(self, start: int) -> None:
        feeds = list(islice(self._feeds, start, start + _AT_ONCE))
        rows = fetch_in(self._db, _HOURS, feeds, before=self._bounds)
        self._hours |= {row["feed"]: row["hours"] for row in rows}
        first_on = {row["key"]: row["day_on"] for row in fetch_in(self._db, _SINCE, feeds)}
        self._first_on |= dict.fromkeys(feeds) | first_on


def rhythms(db: Db, feeds: Sequence[str], now: datetime) -> Mapping[str, Rhythm]:
    """Return when each of these feeds published, as far as it is kept; all of them are in it."""
    return Rhythms(db, feeds, now)


def hour_of(at: datetime) -> int:
    """Return the hour of an instant, counted from 1970."""
    return int(at.timestamp() // 3600)


_FORGET = """
DELETE FROM feed_hours WHERE hour < :longest OR hour < :close AND feed IN (
    SELECT feed FROM feed_hours WHERE hour >= :close GROUP BY feed HAVING count(*) >= :plenty)
"""


def forget(db: Db, now: datetime) -> int:
    """Drop the hours that no rhythm needs: a busy feed's after five weeks, all after 400 days."""
    bounds = {"longest": hour_of(now - WINDOW), "close": hour_of(now - CLOSE), "plenty": PLENTY}
    with write(db):
        return run(db, _FORGET, bounds)
