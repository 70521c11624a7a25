"""Editions of the digest: one a day, kept as they were made, with the messages that carry them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from store import outbox
from store.messages import Edition, Outgoing
from store.rows import instant, stamp
from store.sql import Db, fetch, one, run, write

_PUT = """
INSERT INTO editions (day_on, made_at, since_at, until_at, title, page)
VALUES (:day_on, :made_at, :since_at, :until_at, :title, :page)
ON CONFLICT (day_on) DO NOTHING
"""


def put(db: Db, edition: Edition, messages: Sequence[Outgoing]) -> bool:
    """Keep an edition with its messages, all or nothing; return False when its day was told."""
    with write(db):
        if one(db, "SELECT 1 FROM editions WHERE day_on = ?", (edition.day_on.isoformat(),)):
            return False
        cells = {
            "day_on": edition.day_on.isoformat(),
            "made_at": stamp(edition.made_at),
            "since_at": stamp(edition.since_at),
            "until_at": stamp(edition.until_at),
            "title": edition.title,
            "page": edition.page,
        }
        run(db, _PUT, cells)
        outbox.put(db, messages)
    return True


def last_on(db: Db) -> date | None:
    """Return the latest day that was told."""
    found = one(db, "SELECT max(day_on) FROM editions")
    return date.fromisoformat(found) if found else None


def get(db: Db, day_on: date) -> Edition | None:
    """Return the edition of a day."""
    rows = fetch(db, "SELECT * FROM editions WHERE day_on = ?", (day_on.isoformat(),))
    return _edition(rows[0]) if rows else None


def recent(db: Db, limit: int = 60) -> list[Edition]:
    """Return the latest editions, newest first."""
    rows = fetch(db, "SELECT * FROM editions ORDER BY day_on DESC LIMIT ?", (limit,))
    return [_edition(row) for row in rows]


def _edition(row: dict[str, str]) -> Edition:
    return Edition(
        day_on=date.fromisoformat(row["day_on"]),
        made_at=instant(row["made_at"]),
        since_at=instant(row["since_at"]),
        until_at=instant(row["until_at"]),
        title=row["title"],
        page=row["page"],
    )


def first_seen_at(db: Db) -> datetime | None:
    """Return when the first item of all was seen: no edition can tell of earlier hours."""
    found = one(db, "SELECT min(first_seen_at) FROM items")
    return instant(found) if found else None
