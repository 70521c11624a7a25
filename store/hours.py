"""The hours in which feeds publish: small rows that a trigger on ``items`` counts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

from store.rows import day_or_none
from store.sql import Db, fetch_in, run, write
from store.watch import Rhythm

WINDOW = timedelta(days=400)
CLOSE = timedelta(days=35)
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


def rhythms(db: Db, feeds: Sequence[str], now: datetime) -> dict[str, Rhythm]:
    """Return when each of these feeds published, as far as it is kept; all of them are in it."""
    bounds = [hour_of(now - WINDOW), hour_of(now)]
    hours = {
        row["feed"]: tuple((hour, n) for hour, n in json.loads(row["hours"]))
        for row in fetch_in(db, _HOURS, feeds, before=bounds)
    }
    first_on = {row["key"]: day_or_none(row["day_on"]) for row in fetch_in(db, _SINCE, feeds)}
    return {
        feed: Rhythm(
            hours=hours.get(feed, ()),
            known_since=datetime.combine(day, time(), UTC) if (day := first_on.get(feed)) else None,
        )
        for feed in feeds
    }


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
