"""What people changed on the desk, laid over the configuration; every line stays."""

from __future__ import annotations

from datetime import datetime

from store.rows import instant, stamp
from store.sql import Db, Row, add_row, fetch, one, write
from store.types import Change


def changes(db: Db) -> list[Change]:
    """Return the standing value of each path, by path."""
    sql = "SELECT * FROM changes WHERE id IN (SELECT max(id) FROM changes GROUP BY path)"
    return [_change(row) for row in fetch(db, f"{sql} ORDER BY path")]


def history(db: Db) -> list[Change]:
    """Return every change, newest first."""
    return [_change(row) for row in fetch(db, "SELECT * FROM changes ORDER BY id DESC")]


def standing_at(db: Db, at: datetime) -> list[Change]:
    """Return the value of each path that stood at an instant, by path."""
    newest = "SELECT max(id) FROM changes WHERE at <= ? GROUP BY path"
    sql = f"SELECT * FROM changes WHERE id IN ({newest}) ORDER BY path"  # noqa: S608  # our own
    return [_change(row) for row in fetch(db, sql, (stamp(at),))]


def record(db: Db, path: str, value_json: str, by: str, now: datetime) -> None:
    """Record a change; the value that already stands is not recorded again."""
    with write(db, durable=True):
        standing = one(
            db, "SELECT value FROM changes WHERE path = ? ORDER BY id DESC LIMIT 1", (path,)
        )
        if standing != value_json:
            add_row(
                db,
                "changes",
                {"path": path, "value": value_json, "by": by, "at": stamp(now)},
            )


def _change(row: Row) -> Change:
    return Change(
        id=row["id"],
        path=row["path"],
        value=row["value"],
        by=row["by"],
        at=instant(row["at"]),
    )
