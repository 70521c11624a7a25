"""Editions of the digests: one a digest and day, kept as they were made, with their messages.

The unique key of name and day is what decides that a day is told once; no clock and no scheduler
has a say in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from store import outbox, restores, telling
from store.messages import Edition, Outgoing, ToldEntry
from store.rows import instant, stamp
from store.sql import Db, Row, fetch, one, run, write

DAILY = "daily"

_PUT = """
INSERT INTO editions (name, day_on, made_at, since_at, until_at, covers_until_at, title, page,
    body, markdown, picture)
VALUES (:name, :day_on, :made_at, :since_at, :until_at, :until_at, :title, :page,
    :body, :markdown, :picture)
ON CONFLICT (name, day_on) DO NOTHING
"""


def put(
    db: Db, edition: Edition, messages: Sequence[Outgoing], told: Sequence[ToldEntry] = ()
) -> bool:
    """Keep an edition with its messages and what it told of, all or nothing.

    Returns False, and changes nothing, when its day was told already.
    """
    with write(db):
        if exists(db, edition.name, edition.day_on):
            return False
        cells = _cells(edition)
        run(db, _AHEAD, {name: cells[name] for name in ("name", "made_at", "until_at")})
        run(db, _PUT, cells)
        outbox.put(db, messages)
        restores.doubt_edition(db, [one.key for one in messages], edition.until_at)
        telling.put(db, edition.name, edition.day_on, told)
    return True


def _cells(edition: Edition) -> Row:
    return {
        "name": edition.name,
        "day_on": edition.day_on.isoformat(),
        "made_at": stamp(edition.made_at),
        "since_at": stamp(edition.since_at),
        "until_at": stamp(edition.until_at),
        "title": edition.title,
        "page": edition.page,
        "body": edition.text,
        "markdown": edition.markdown,
        "picture": edition.picture,
    }


def message_key(name: str, day_on: date, way: str) -> str:
    """Return the key of an edition's message to a way out; it is unique for ever."""
    return f"{_prefix(name, day_on)}{way}"


def _prefix(name: str, day_on: date) -> str:
    return f"digest:{day_on}:" if name == DAILY else f"digest:{name}:{day_on}:"


def of_message(message: Outgoing) -> tuple[str, date] | None:
    """Return the name and the day of the edition a message carries, from its key."""
    if message.kind != "digest" or message.day_on is None:
        return None
    kind, _, rest = message.key.partition(":")
    first = rest.partition(":")[0]
    further = kind == "digest" and first != message.day_on.isoformat()
    return (first if further else DAILY), message.day_on


# --- which days were told -------------------------------------------------------------------


def exists(db: Db, name: str, day_on: date) -> bool:
    """Tell whether a digest has an edition of a day."""
    sql = "SELECT 1 FROM editions WHERE name = ? AND day_on = ?"
    return one(db, sql, (name, day_on.isoformat())) is not None


_LAST = """
SELECT day_on FROM editions WHERE name = ? AND day_on <= ? AND made_at <= ?
ORDER BY day_on DESC LIMIT 1
"""
_COVERED = """
SELECT max(covers_until_at) FROM (
    SELECT covers_until_at FROM editions WHERE name = ? AND day_on < ? AND made_at <= ?
    ORDER BY day_on DESC LIMIT 400
)
"""  # the latest, and those that a clock put forward made: more than a year of them is no clock


def last_on(
    db: Db, name: str = DAILY, *, until: date = date.max, now: datetime | None = None
) -> date | None:
    """Return the latest day up to ``until`` that a digest told; None without one.

    One made later than ``now`` does not count: a clock that was put forward made it, and it says
    nothing of the days before it.
    """
    found = one(db, _LAST, (name, until.isoformat(), stamp(now) if now else "~"))
    return date.fromisoformat(found) if found else None


def covered_until(
    db: Db, name: str, before: date, *, now: datetime | None = None
) -> datetime | None:
    """Return up to when the editions before a day told of what was seen; None without any.

    Those made later than ``now`` do not count.
    """
    found = one(db, _COVERED, (name, before.isoformat(), stamp(now) if now else "~"))
    return instant(found) if found else None


# An edition made now shows that those made "later" were made ahead of their time: what was seen
# since is not in them, and the next window must begin before it.
_AHEAD = """
UPDATE editions SET covers_until_at = min(covers_until_at, :until_at)
WHERE name = :name AND made_at > :made_at
"""
_REOPEN = """
UPDATE editions SET covers_until_at = min(covers_until_at, :since_at)
WHERE name = :name AND day_on = :day_on AND made_at > :now AND covers_until_at > :since_at
"""


def made_ahead(db: Db, name: str, day_on: date, since: datetime, now: datetime) -> None:
    """Note of a day that is due now, and told, that it was told ahead of its time if so it was.

    Nobody is told of the day again; the next edition tells of what was seen since ``since``.
    """
    said = {"name": name, "day_on": day_on.isoformat(), "now": stamp(now), "since_at": stamp(since)}
    sql = """SELECT 1 FROM editions WHERE name = :name AND day_on = :day_on AND made_at > :now
        AND covers_until_at > :since_at"""
    if one(db, sql, said) is not None:
        with write(db):
            run(db, _REOPEN, said)


def first_seen_at(db: Db) -> datetime | None:
    """Return when the first item of all was seen: no edition can tell of earlier hours."""
    found = one(db, "SELECT min(first_seen_at) FROM items")
    return instant(found) if found else None


# --- what was told --------------------------------------------------------------------------


def get(db: Db, day_on: date, name: str = DAILY) -> Edition | None:
    """Return a digest's edition of a day."""
    sql = "SELECT * FROM editions WHERE name = ? AND day_on = ?"
    rows = fetch(db, sql, (name, day_on.isoformat()))
    return _edition(rows[0]) if rows else None


def recent(db: Db, limit: int = 60, name: str | None = DAILY) -> list[Edition]:
    """Return the latest editions of a digest, or of all, newest first."""
    if name is None:
        rows = fetch(db, "SELECT * FROM editions ORDER BY made_at DESC LIMIT ?", (limit,))
    else:
        sql = "SELECT * FROM editions WHERE name = ? ORDER BY day_on DESC LIMIT ?"
        rows = fetch(db, sql, (name, limit))
    return [_edition(row) for row in rows]


def days(db: Db, name: str = DAILY, limit: int = 60) -> list[date]:
    """Return the latest days that a digest told, newest first."""
    sql = "SELECT day_on FROM editions WHERE name = ? ORDER BY day_on DESC LIMIT ?"
    return [date.fromisoformat(row["day_on"]) for row in fetch(db, sql, (name, limit))]


def beside(db: Db, name: str, day_on: date) -> tuple[date | None, date | None]:
    """Return the days of the editions before and after one."""
    before = "SELECT max(day_on) FROM editions WHERE name = ? AND day_on < ?"
    after = "SELECT min(day_on) FROM editions WHERE name = ? AND day_on > ?"
    found = [one(db, sql, (name, day_on.isoformat())) for sql in (before, after)]
    left, right = (date.fromisoformat(day) if day else None for day in found)
    return left, right


_NAMES = """
WITH RECURSIVE named(name) AS (
    SELECT min(name) FROM editions
    UNION ALL
    SELECT (SELECT min(name) FROM editions WHERE name > named.name) FROM named
        WHERE named.name IS NOT NULL
) SELECT name FROM named WHERE name IS NOT NULL
"""


def names(db: Db) -> list[str]:
    """Return the digests that have told anything, the daily one first; one look-up a name."""
    found = [str(row["name"]) for row in fetch(db, _NAMES)]
    return sorted(found, key=lambda name: (name != DAILY, name))


def picture(db: Db, name: str, day_on: date) -> bytes | None:
    """Return an edition's small picture as PNG; None where none was drawn."""
    sql = "SELECT picture FROM editions WHERE name = ? AND day_on = ?"
    found: bytes | None = one(db, sql, (name, day_on.isoformat()))
    return found


def _edition(row: dict[str, Any]) -> Edition:
    return Edition(
        name=row["name"],
        day_on=date.fromisoformat(row["day_on"]),
        made_at=instant(row["made_at"]),
        since_at=instant(row["since_at"]),
        until_at=instant(row["until_at"]),
        title=row["title"],
        page=row["page"],
        text=row["body"],
        markdown=row["markdown"],
        picture=row["picture"],
    )
