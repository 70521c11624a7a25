"""Figures of the store for those who draw curves of them: few rows each, by index."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from store import health, ledger
from store.rows import instant_or_none
from store.sql import Db, fetch, one, pragma
from store.types import LedgerCounts
from store.upkeep import Tally

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauges:
    """The figures as of one moment. ``lanes`` are messages that wait, by channel."""

    day: LedgerCounts
    feeds: tuple[tuple[str, int], ...]
    queue: int
    queued_since: datetime | None
    pending: int
    lanes: tuple[tuple[str, int], ...]
    tallies: tuple[Tally, ...]
    schema: int


def gauges(db: Db, now: datetime) -> Gauges:
    """Read them. The books are those of the last 24 hours, whatever the store holds."""
    queue = fetch(db, QUEUE)[0]
    return Gauges(
        day=ledger.ledger(db, since=now - DAY),
        feeds=tuple((row["state"], row["n"]) for row in fetch(db, _FEEDS)),
        queue=queue["n"],
        queued_since=instant_or_none(queue["since"]),
        pending=int(one(db, PENDING)),
        lanes=tuple((row["lane"], row["n"]) for row in fetch(db, LANES)),
        tallies=tuple(health.tallies(db)),
        schema=pragma(db, "user_version"),
    )


_FEEDS = """
SELECT CASE WHEN enabled = 0 OR configured = 0 THEN 'disabled' ELSE condition END AS state,
    count(*) AS n
FROM feeds GROUP BY 1 ORDER BY 1
"""
QUEUE = """
SELECT count(*) AS n, min(queued_at) AS since FROM articles INDEXED BY articles_queue
WHERE route IN ('queue', 'sample') AND copy_of IS NULL AND decision IS NULL
"""
PENDING = "SELECT count(*) FROM articles INDEXED BY articles_pending WHERE state = 'found'"
LANES = """
SELECT lane, count(*) AS n FROM outbox INDEXED BY outbox_lane
WHERE state IN ('queued', 'sending') GROUP BY lane
"""
