"""What was done while the clock was ahead is due by the clock as it stands now.

A machine may run for minutes on a clock that is a year ahead. Each feed asked meanwhile is due a
year on, and each page that waits; once the clock is right again nothing of that would be read, and
every job would end well all the same.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from store.rows import stamp
from store.sql import Db, one, run, write

SLACK = timedelta(minutes=2)
"""Clocks are set back by seconds all the time, and no feed is late by that."""

# The clock may be set in the middle of a round: its last answers are then written in time.
_LATELY = "SELECT max(at) FROM (SELECT at FROM polls ORDER BY id DESC LIMIT 500)"
_FEEDS = """
UPDATE feeds SET next_poll_at = :now, last_polled_at = :now, last_ok_at = min(last_ok_at, :now),
    condition_since = min(condition_since, :now)
WHERE last_polled_at > :soon
"""
_PAGES = "UPDATE articles SET next_try_at = :now WHERE state = 'found' AND next_try_at > :now"
_HOLES = "UPDATE holes SET next_try_at = :now WHERE next_try_at > :now"
_TROUBLES = """
UPDATE troubles SET since_at = min(since_at, :now), well_since_at = min(well_since_at, :now)
WHERE since_at > :now OR well_since_at > :now
"""


def set_right(db: Db, now: datetime) -> int:
    """Make due what was asked at a time that is yet to come; return how many feeds that were.

    Nothing is written where no feed was. A page or a hole that waits on purpose is tried early
    beside them.
    """
    given = {"now": stamp(now), "soon": stamp(now + SLACK)}
    if (one(db, _LATELY) or "") <= given["soon"]:
        return 0
    if one(db, "SELECT 1 FROM feeds WHERE last_polled_at > ?", (given["soon"],)) is None:
        return 0
    with write(db):
        for sql in (_PAGES, _HOLES, _TROUBLES):
            run(db, sql, given)
        return run(db, _FEEDS, given)
