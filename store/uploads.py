"""Uploads that wait for somebody to look at them: bounded, one person's own, and soon forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from store.brought import Pending
from store.rows import instant, stamp
from store.sql import Db, Row, add_row, fetch, one, run, write

MOST = 50  # texts that one person may have waiting
MOST_BYTES = 40_000_000  # of all that waits, whoever brought it


_SENT_BEFORE = "DELETE FROM imports_pending WHERE by = ? AND file = ? AND sha256 = ?"


def put(db: Db, waiting: Sequence[Pending]) -> list[int] | None:
    """Keep uploads until they are looked at; return their numbers, None where there is no room.

    ``id`` of what is given counts for nothing. What is past its time goes first, and what the same
    person sent before under the same name: a file sent twice waits once.
    """
    with write(db):
        if waiting:
            run(db, "DELETE FROM imports_pending WHERE until_at <= ?", (stamp(waiting[0].at),))
        held = one(db, "SELECT coalesce(sum(bytes), 0) FROM imports_pending")
        own = "SELECT count(*) FROM imports_pending WHERE by = ?"
        many = {p.by: one(db, own, (p.by,)) for p in waiting}
        if held + sum(p.bytes for p in waiting) > MOST_BYTES:
            return None
        if any(many[by] + sum(p.by == by for p in waiting) > MOST for by in many):
            return None
        for again in waiting:
            run(db, _SENT_BEFORE, (again.by, again.file, again.sha256))
        return [add_row(db, "imports_pending", _cells(p)) for p in waiting]


def waiting(db: Db, by: str, now: datetime) -> list[Pending]:
    """Return what waits for a person, in the order it came, without its content."""
    sql = """SELECT id, by, at, until_at, file, sha256, bytes, '' AS value FROM imports_pending
        WHERE by = ? AND until_at > ? ORDER BY id"""
    return [_pending(row) for row in fetch(db, sql, (by, stamp(now)))]


def get(db: Db, number: int, by: str, now: datetime) -> Pending | None:
    """Return one upload of a person; None where it is not theirs, was dealt with or is over."""
    sql = "SELECT * FROM imports_pending WHERE id = ? AND by = ? AND until_at > ?"
    rows = fetch(db, sql, (number, by, stamp(now)))
    return _pending(rows[0]) if rows else None


def drop(db: Db, number: int, by: str) -> bool:
    """Forget one upload of a person; say whether it was there. Two clicks keep a text once."""
    with write(db):
        sql = "DELETE FROM imports_pending WHERE id = ? AND by = ?"
        return bool(run(db, sql, (number, by)))


def forget(db: Db, now: datetime) -> int:
    """Forget what is past its time; return how many."""
    with write(db):
        return run(db, "DELETE FROM imports_pending WHERE until_at <= ?", (stamp(now),))


def _cells(pending: Pending) -> Row:
    return {
        "by": pending.by,
        "at": stamp(pending.at),
        "until_at": stamp(pending.until_at),
        "file": pending.file,
        "sha256": pending.sha256,
        "bytes": pending.bytes,
        "value": pending.value,
    }


def _pending(row: Row) -> Pending:
    return Pending(
        id=row["id"],
        by=row["by"],
        at=instant(row["at"]),
        until_at=instant(row["until_at"]),
        file=row["file"],
        sha256=row["sha256"],
        bytes=row["bytes"],
        value=row["value"],
    )
