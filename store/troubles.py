"""Feeds that are unwell, and what people were told of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from store.rows import instant, instant_or_none, stamp, stamp_or_none
from store.sql import Db, Row, fetch, one, run_many, write
from store.watch import Trouble

# A pause of people leaves enabled = 0; "paused" here is the server's own, after a 410.
UNWELL = """
SELECT key AS feed, condition, coalesce(condition_since, last_polled_at) AS since_at, reason,
    NULL AS told_at, NULL AS well_since_at
FROM feeds INDEXED BY feeds_unwell
WHERE condition NOT IN ('new', 'ok', 'disabled') AND enabled = 1 AND configured = 1
"""


def unwell(db: Db) -> dict[str, Trouble]:
    """Return what is wrong with the feeds that are asked and unwell, by feed."""
    return {row["feed"]: _trouble(row) for row in fetch(db, UNWELL) if row["since_at"]}


def troubles(db: Db) -> dict[str, Trouble]:
    """Return the troubles that are open, by feed."""
    return {row["feed"]: _trouble(row) for row in fetch(db, "SELECT * FROM troubles")}


def left_out(db: Db) -> set[str]:
    """Return the feeds with an open trouble that nobody wants asked any more."""
    sql = (
        "SELECT t.feed FROM troubles t JOIN feeds f ON f.key = t.feed"
        " WHERE f.enabled = 0 OR f.configured = 0"
    )
    return {row["feed"] for row in fetch(db, sql)}


_KEEP = """
INSERT INTO troubles (feed, since_at, condition, reason, told_at, well_since_at)
VALUES (:feed, :since_at, :condition, :reason, :told_at, :well_since_at)
ON CONFLICT (feed) DO UPDATE SET since_at = :since_at, condition = :condition, reason = :reason,
    told_at = :told_at, well_since_at = :well_since_at
"""


def keep(db: Db, open_: Sequence[Trouble], over: Sequence[str]) -> None:
    """Keep troubles as they stand now and drop those that are over."""
    with write(db):
        run_many(db, _KEEP, [_cells(trouble) for trouble in open_])
        run_many(db, "DELETE FROM troubles WHERE feed = ?", [(feed,) for feed in over])


def last_told_at(db: Db) -> datetime | None:
    """Return when the last notice was made."""
    sql = "SELECT max(created_at) FROM outbox WHERE kind = 'notice'"
    return instant_or_none(one(db, sql))


def _cells(trouble: Trouble) -> Row:
    return {
        "feed": trouble.feed,
        "since_at": stamp(trouble.since_at),
        "condition": trouble.condition,
        "reason": trouble.reason,
        "told_at": stamp_or_none(trouble.told_at),
        "well_since_at": stamp_or_none(trouble.well_since_at),
    }


def _trouble(row: Row) -> Trouble:
    return Trouble(
        feed=row["feed"],
        since_at=instant(row["since_at"]),
        condition=row["condition"],
        reason=row["reason"],
        told_at=instant_or_none(row["told_at"]),
        well_since_at=instant_or_none(row["well_since_at"]),
    )
