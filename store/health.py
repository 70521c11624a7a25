"""Health: what ran, how it went, and what the service noticed about itself."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from store.rows import as_json, instant, instant_or_none, stamp
from store.sql import Db, Row, add_missing, add_row, fetch, one, run, run_many, write
from store.upkeep import JobRun, Note, Tally

MISSED = ("missed", "job_missed")


def started(db: Db, job: str, now: datetime) -> int:
    """Note that a job began and return the number of the run."""
    with write(db):
        return add_row(db, "runs", {"job": job, "started_at": stamp(now)})


def finished(
    db: Db, run_id: int, *, ok: bool, detail: str, counts: Mapping[str, int], now: datetime
) -> None:
    """Note how a run went and what it counted; zeros are left out.

    Of runs in a row that found nothing to do only the last stays, and of runs that broke on the
    very same thing the first and the last: ticks come every few seconds, and two years of them, or
    a night on a full disk, would outgrow the articles.
    """
    counted = {key: n for key, n in counts.items() if n}
    cells = {
        "id": run_id,
        "ok": int(ok),
        "detail": detail,
        "counts": as_json(counted),
        "at": stamp(now),
    }
    with write(db):
        run(
            db,
            "UPDATE runs SET finished_at = :at, ok = :ok, detail = :detail, counts = :counts"
            " WHERE id = :id",
            cells,
        )
        if ok and not counted:
            run(db, _IDLE_BEFORE, cells)
        elif not ok:
            run(db, _SAME_BEFORE, cells)
        _tally(db, run_id, ok=ok, counts=counted, now=now)


_IDLE_BEFORE = """
DELETE FROM runs WHERE id = (
    SELECT max(id) FROM runs WHERE job = (SELECT job FROM runs WHERE id = :id) AND id < :id
) AND ok = 1 AND counts = '{}'
"""
_SAME_BEFORE = """
DELETE FROM runs WHERE id IN (
    SELECT a.id FROM runs r
    JOIN runs a ON a.id = (SELECT max(id) FROM runs WHERE job = r.job AND id < r.id)
    JOIN runs b ON b.id = (SELECT max(id) FROM runs WHERE job = r.job AND id < a.id)
    WHERE r.id = :id AND a.ok = 0 AND b.ok = 0 AND a.detail = :detail AND b.detail = :detail
)
"""

# --- what was counted so far ----------------------------------------------------------------

_ADD = """
INSERT INTO tallies (job, what, n) VALUES (?, ?, ?)
ON CONFLICT (job, what) DO UPDATE SET n = n + excluded.n
"""


def _tally(db: Db, run_id: int, *, ok: bool, counts: Mapping[str, int], now: datetime) -> None:
    found = fetch(db, "SELECT job, started_at FROM runs WHERE id = ?", (run_id,))
    if not found:  # forgotten while it ran
        return
    began = found[0]
    took = max(0.0, (now - instant(began["started_at"])).total_seconds())  # a clock may go back
    sums: dict[str, float] = {"runs": 1, "seconds": took}
    if ok:
        run(db, _FORGET_STREAK, (began["job"],))
    else:
        sums |= {"failures": 1, "in_a_row": 1}
    sums |= {f"n:{key}": n for key, n in counts.items()}
    run_many(db, _ADD, [(began["job"], what, n) for what, n in sums.items() if n])


_FORGET_STREAK = "DELETE FROM tallies WHERE job = ? AND what = 'in_a_row'"


def tallies(db: Db) -> list[Tally]:
    """Return what every job has counted since this store was made, by job and name."""
    rows = fetch(db, "SELECT * FROM tallies ORDER BY job, what")
    return [Tally(job=row["job"], what=row["what"], n=row["n"]) for row in rows]


def last_runs(db: Db) -> list[JobRun]:
    """Return the last run of every job, by name; one that has not finished has no ``ok``."""
    sql = "SELECT * FROM runs WHERE id IN (SELECT max(id) FROM runs GROUP BY job) ORDER BY job"
    return [_job_run(row) for row in fetch(db, sql)]


def ended(db: Db, last: Iterable[JobRun]) -> list[JobRun]:
    """Return the last run that ended of each job whose last runs these are; one at work is none."""
    sql = "SELECT * FROM runs WHERE job = ? AND ok IS NOT NULL ORDER BY id DESC LIMIT 1"
    asked = [
        [_job_run(row) for row in fetch(db, sql, (run.job,))] for run in last if run.ok is None
    ]
    return [run for run in last if run.ok is not None] + [run for found in asked for run in found]


def _job_run(row: Row) -> JobRun:
    return JobRun(
        job=row["job"],
        started_at=instant(row["started_at"]),
        finished_at=instant_or_none(row["finished_at"]),
        ok=None if row["ok"] is None else bool(row["ok"]),
        detail=row["detail"],
        counts=json.loads(row["counts"]),
    )


def note(db: Db, kind: str, detail: str, now: datetime) -> None:
    """Remember something worth telling; the very same note is kept once."""
    with write(db):
        row = {"at": stamp(now), "kind": kind, "detail": detail}
        add_missing(db, "notes", [row])


def notes(db: Db, since: datetime) -> list[Note]:
    """Return what was noted since then, oldest first."""
    rows = fetch(db, "SELECT * FROM notes WHERE at >= ? ORDER BY at, id", (stamp(since),))
    return [Note(at=instant(row["at"]), kind=row["kind"], detail=row["detail"]) for row in rows]


def missed_since(db: Db, since: datetime, until: datetime | None = None) -> int:
    """Count the runs that did not happen although they were due, in [since, until)."""
    sql = "SELECT count(*) FROM notes WHERE at >= ? AND at < ? AND kind IN (?, ?)"
    return int(one(db, sql, (stamp(since), stamp(until) if until else "~", *MISSED)))


def forget_runs(db: Db, before: datetime) -> None:
    """Drop runs and notes from before then; the last run of every job stays."""
    with write(db):
        run(
            db,
            "DELETE FROM runs WHERE started_at < ?"
            " AND id NOT IN (SELECT max(id) FROM runs GROUP BY job)",
            (stamp(before),),
        )
        run(db, "DELETE FROM notes WHERE at < ?", (stamp(before),))
