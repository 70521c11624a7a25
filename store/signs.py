"""What the store knows of how the service does: few rows, by index, whatever the store holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from store import ailments, health, outbox, restores, ways
from store.messages import OutboxRow
from store.rows import instant, instant_or_none, stamp
from store.sql import Db, Row, fetch, one
from store.upkeep import Failing, Held, JobRun, Signs

LOOKED_AT = 400  # of the newest articles: how many were read is a share, not a count
MOST_DOUBTS = 1_000  # messages that are looked through, where a store was restored
DAY = timedelta(days=1)
LASTING = timedelta(minutes=20)  # a line that is down for a moment is no ailment


def signs(db: Db, now: datetime) -> Signs:
    """Read them all. Costs the same at a thousand and at a million articles."""
    day = stamp(now - DAY)
    runs = tuple(health.last_runs(db))
    feeds, failing, since = _feeds(db, now)
    tried = [row["state"] for row in fetch(db, TRIED, (day, LOOKED_AT))]
    gone = [row for row in outbox.listed(db) if _failed_lately(row, now)]
    return Signs(
        runs=runs,
        failing=tuple(_failing(db, run) for run in health.ended(db, runs) if not run.ok),
        first_run_at=instant_or_none(one(db, "SELECT started_at FROM runs ORDER BY id LIMIT 1")),
        notes=tuple(health.notes(db, now - DAY)),
        feeds=feeds,
        feeds_failing=failing,
        feeds_failing_since=since,
        tried=len(tried),
        unread=tried.count("failed"),
        waiting_since=_since(fetch(db, WAITS)),
        unjudged_since=_since(fetch(db, UNJUDGED)),
        ways=tuple(ways.failing(db)),
        held=_held(db, now),
        failed_messages=len(gone),
        failed_message=gone[0].error if gone else "",
        in_doubt=restores.in_doubt(db, newest=MOST_DOUBTS),
        known=tuple(ailments.known(db).values()),
    )


TRIED = """
SELECT state FROM articles INDEXED BY articles_seen
WHERE first_seen_at >= ? AND state IN ('text', 'failed') ORDER BY first_seen_at DESC LIMIT ?
"""
_ASKED = """
SELECT condition = 'failing' AND condition_since <= ? AS failing, count(*) AS n,
    max(condition_since) AS since
FROM feeds WHERE enabled = 1 AND configured = 1 GROUP BY 1
"""
WAITS = """
SELECT max(next_try_at, first_seen_at, coalesce(last_try_at, '')) AS since FROM articles
INDEXED BY articles_pending
WHERE state = 'found' AND removed = 0 ORDER BY next_try_at, id LIMIT 1
"""
UNJUDGED = """
SELECT max(first_seen_at, coalesce(last_try_at, '')) AS since
FROM articles INDEXED BY articles_judged
WHERE version > 0 AND judged_model = '' ORDER BY first_seen_at LIMIT 1
"""
_LAST_WELL = "SELECT max(id) FROM runs WHERE job = ? AND ok = 1"
_SINCE = "SELECT started_at FROM runs WHERE job = ? AND id > ? ORDER BY id LIMIT 1"
_TIMES = "SELECT n FROM tallies WHERE job = ? AND what = 'in_a_row'"
FIRST_HELD = """
SELECT max(due_at, created_at) AS since FROM outbox INDEXED BY outbox_lane
WHERE lane = :lane AND state IN ('queued', 'sending') AND due_at <= :now
ORDER BY due_at, id LIMIT 1
"""


def _feeds(db: Db, now: datetime) -> tuple[int, int, datetime | None]:
    rows = fetch(db, _ASKED, (stamp(now - LASTING),))
    bad = [row for row in rows if row["failing"]]
    since = instant_or_none(bad[0]["since"]) if bad else None
    return sum(row["n"] for row in rows), sum(row["n"] for row in bad), since


def _failing(db: Db, run: JobRun) -> Failing:
    """Return since when a job whose last run broke has broken at every run."""
    last = one(db, _LAST_WELL, (run.job,)) or 0
    began = instant_or_none(one(db, _SINCE, (run.job, last)))
    return Failing(
        job=run.job,
        since_at=began or run.started_at,
        times=max(1, int(one(db, _TIMES, (run.job,)) or 0)),
        detail=run.detail,
    )


def _since(rows: Sequence[Row]) -> datetime | None:
    return instant(rows[0]["since"]) if rows else None


def _held(db: Db, now: datetime) -> tuple[Held, ...]:
    found = []
    for row in fetch(db, outbox.LANES):
        since = _since(fetch(db, FIRST_HELD, {"lane": row["lane"], "now": stamp(now)}))
        if since is not None:
            found.append(Held(lane=row["lane"], since_at=since))
    return tuple(found)


def _failed_lately(row: OutboxRow, now: datetime) -> bool:
    return row.state == "failed" and now - row.message.created_at < DAY
