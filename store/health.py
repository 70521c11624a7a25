"""Health: what ran, how it went, and what the service noticed about itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from store.rows import as_json, instant, instant_or_none, stamp
from store.sql import Db, Row, add_missing, add_row, fetch, one, run, write
from store.upkeep import JobRun, Note

MISSED = ("missed", "job_missed")


def started(db: Db, job: str, now: datetime) -> int:
    """Note that a job began and return the number of the run."""
    with write(db):
        return add_row(db, "runs", {"job": job, "started_at": stamp(now)})


def finished(
    db: Db, run_id: int, *, ok: bool, detail: str, counts: Mapping[str, int], now: datetime
) -> None:
    """Note how a run went and what it counted; zeros are left out.

    Of runs in a row that found nothing to do only the last stays: ticks come every few seconds, and
    two years of them would outgrow the articles.
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


_IDLE_BEFORE = """
DELETE FROM runs WHERE id = (
    SELECT max(id) FROM runs WHERE job = (SELECT job FROM runs WHERE id = :id) AND id < :id
) AND ok = 1 AND counts = '{}'
"""


def last_runs(db: Db) -> list[JobRun]:
    """Return the last run of every job, by name; one that has not finished has no ``ok``."""
    sql = "SELECT * FROM runs WHERE id IN (SELECT max(id) FROM runs GROUP BY job) ORDER BY job"
    return [_job_run(row) for row in fetch(db, sql)]


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
