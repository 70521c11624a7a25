"""What people changed on the desk, laid over the configuration; every line stays."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

from store.rows import instant, stamp
from store.sql import Db, Row, add_row, fetch, one, write
from store.upkeep import Change


def changes(db: Db) -> list[Change]:
    """Return the standing value of each path, by path."""
    sql = "SELECT * FROM changes WHERE id IN (SELECT max(id) FROM changes GROUP BY path)"
    had = _moved(db)
    found = [_change(row) for row in fetch(db, f"{sql} ORDER BY path")]
    return [replace(one, had=had.get((one.path, one.value), ())) for one in found]


def _moved(db: Db) -> dict[tuple[str, str], tuple[str, ...]]:
    """The addresses that feeds had, under the path and the value of the move that stands."""
    had: dict[str, dict[str, None]] = {}
    last: dict[str, str] = {}
    for row in fetch(db, "SELECT feed, from_url, to_url FROM moves ORDER BY id"):
        had.setdefault(row["feed"], {}).update(dict.fromkeys((row["from_url"], row["to_url"])))
        last[row["feed"]] = row["to_url"]
    return {(f"feeds.{feed}.url", json.dumps(to)): tuple(had[feed]) for feed, to in last.items()}


def history(db: Db) -> list[Change]:
    """Return every change, newest first."""
    return [_change(row) for row in fetch(db, "SELECT * FROM changes ORDER BY id DESC")]


def page(db: Db, *, limit: int, before: int | None = None) -> list[Change]:
    """Return ``limit`` changes, newest first, of those older than the change ``before``."""
    sql = "SELECT * FROM changes WHERE id < ? ORDER BY id DESC LIMIT ?"
    return [_change(row) for row in fetch(db, sql, (before or 2**63 - 1, limit))]


def of_path(db: Db, path: str) -> list[Change]:
    """Return every change of one path, newest first; the first of them stands."""
    sql = "SELECT * FROM changes WHERE path = ? ORDER BY id DESC"
    return [_change(row) for row in fetch(db, sql, (path,))]


def below(db: Db, path: str) -> list[Change]:
    """Return every change of what lies below ``path`` (``feeds.x`` has ``feeds.x.enabled``)."""
    # The character after the full stop ends the range: one look into the index by path.
    sql = "SELECT * FROM changes WHERE path >= ? AND path < ? ORDER BY id DESC"
    return [_change(row) for row in fetch(db, sql, (f"{path}.", f"{path}/"))]


def get(db: Db, number: int) -> Change | None:
    """Return one change, or None."""
    rows = fetch(db, "SELECT * FROM changes WHERE id = ?", (number,))
    return _change(rows[0]) if rows else None


def standing_at(db: Db, at: datetime) -> list[Change]:
    """Return the value of each path that stood at an instant, by path."""
    newest = "SELECT max(id) FROM changes WHERE at <= ? GROUP BY path"
    sql = f"SELECT * FROM changes WHERE id IN ({newest}) ORDER BY path"  # noqa: S608  # our own
    return [_change(row) for row in fetch(db, sql, (stamp(at),))]


def record(db: Db, path: str, value_json: str, by: str, now: datetime, *, why: str = "") -> None:
    """Record a change; the value that already stands is not recorded again."""
    with write(db, durable=True):
        standing = one(
            db, "SELECT value FROM changes WHERE path = ? ORDER BY id DESC LIMIT 1", (path,)
        )
        if standing != value_json:
            add_row(
                db,
                "changes",
                {"path": path, "value": value_json, "by": by, "at": stamp(now), "why": why},
            )


def _change(row: Row) -> Change:
    return Change(
        id=row["id"],
        path=row["path"],
        value=row["value"],
        by=row["by"],
        at=instant(row["at"]),
        why=row["why"],
    )
