"""Ticks that found nothing to do leave no trail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from store import health
from store.db import Db, connect

NOW = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)


def ran(db: Db, job: str, minute: int, counts: dict[str, int], *, ok: bool = True) -> None:
    at = NOW + timedelta(minutes=minute)
    health.finished(db, health.started(db, job, at), ok=ok, detail="", counts=counts, now=at)


def test_idle_runs_in_a_row_keep_one_line_and_work_keeps_all(tmp_path: Path) -> None:
    """The last run is always known; what did something, or broke, stays in the history."""
    db = connect(tmp_path / "t.db")
    for minute in range(50):
        ran(db, "poll", minute, {"asked": 0})
        ran(db, "send", minute, {})
    ran(db, "poll", 60, {"asked": 3, "new": 0})
    ran(db, "poll", 61, {}, ok=False)
    for minute in range(70, 90):
        ran(db, "poll", minute, {"asked": 0})

    rows = list(db.query("SELECT job, counts, ok FROM runs ORDER BY id"))
    polls = [(row["counts"], row["ok"]) for row in rows if row["job"] == "poll"]
    assert polls == [("{}", 1), ('{"asked":3}', 1), ("{}", 0), ("{}", 1)]
    (poll, send) = health.last_runs(db)
    assert poll.started_at == NOW + timedelta(minutes=89)
    assert send.started_at == NOW + timedelta(minutes=49)
