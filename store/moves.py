"""Addresses of feeds that change: redirects in doubt, and the log of moves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from store import changes
from store.rows import instant, stamp
from store.sql import Db, Row, add_row, fetch, fetch_in, one, run, write
from store.watch import Move, Redirect

SERVICE = "Torkham"
"""Who changed an address where no person did."""


# --- in doubt -------------------------------------------------------------------------------


def redirect(db: Db, feed: str) -> Redirect | None:
    """Return where a feed's address says it has moved, while that is not settled."""
    rows = fetch(db, "SELECT * FROM redirects WHERE feed = ?", (feed,))
    return _redirect(rows[0]) if rows else None


def redirects(db: Db) -> list[Redirect]:
    """Return every redirect that is not settled, by feed."""
    return [_redirect(row) for row in fetch(db, "SELECT * FROM redirects ORDER BY feed")]


def redirected(db: Db) -> frozenset[str]:
    """Return the feeds of which such a redirect is kept; mostly there is none."""
    return frozenset(row["feed"] for row in fetch(db, "SELECT feed FROM redirects"))


_KEEP = """
INSERT INTO redirects (feed, from_url, to_url, first_at, last_at, answers, days, shared, why_not)
VALUES (:feed, :from_url, :to_url, :first_at, :last_at, :answers, :days, :shared, :why_not)
ON CONFLICT (feed) DO UPDATE SET from_url = :from_url, to_url = :to_url, first_at = :first_at,
    last_at = :last_at, answers = :answers, days = :days, shared = :shared, why_not = :why_not
"""


def keep_redirect(db: Db, found: Redirect) -> None:
    """Keep what a feed's address says of itself; one row a feed."""
    cells = {
        "feed": found.feed,
        "from_url": found.from_url,
        "to_url": found.to_url,
        "first_at": stamp(found.first_at),
        "last_at": stamp(found.last_at),
        "answers": found.answers,
        "days": found.days,
        "shared": int(found.shared),
        "why_not": found.why_not,
    }
    with write(db):
        run(db, _KEEP, cells)


def forget_redirect(db: Db, feed: str) -> None:
    """Forget it: the address answers for itself again. Writes nothing where there is none."""
    if one(db, "SELECT 1 FROM redirects WHERE feed = ?", (feed,)) is not None:
        with write(db):
            run(db, "DELETE FROM redirects WHERE feed = ?", (feed,))


def listed_before(db: Db, feed: str, hashes: Sequence[str], before: datetime) -> bool:
    """Tell whether one of these entries was known of the feed before an instant."""
    sql = (
        "SELECT 1 FROM items WHERE feed = ? AND first_seen_at < ? AND item_hash IN ({marks}) "
        "LIMIT 1"
    )
    return bool(fetch_in(db, sql, hashes, before=[feed, stamp(before)]))


def is_taken(db: Db, feed: str, url: str) -> bool:
    """Tell whether another configured feed has this address, whatever its scheme and ``www.``."""
    sql = "SELECT url FROM feeds WHERE key <> ? AND configured = 1"
    return _place(url) in {_place(row["url"]) for row in fetch(db, sql, (feed,))}


def _place(url: str) -> str:
    """Return what two spellings of one address share, as feeds.yaml compares them."""
    host, _, rest = url.partition("://")[2].removeprefix("www.").partition("/")
    return f"{host.casefold()}/{rest}".rstrip("/")


def is_refused(db: Db, feed: str, url: str) -> bool:
    """Tell whether a person took back a move of this feed to this address."""
    sql = (
        "SELECT 1 FROM moves m WHERE m.feed = ? AND m.to_url = ? AND m.undoes IS NULL"
        " AND EXISTS (SELECT 1 FROM moves u WHERE u.undoes = m.id)"
    )
    return one(db, sql, (feed, url)) is not None


# --- moved ----------------------------------------------------------------------------------


def adopt(db: Db, found: Redirect, *, why: str, now: datetime) -> int:
    """Lay the new address over the configuration and log it, in one write; return its number."""
    with write(db, durable=True):
        run(db, "DELETE FROM redirects WHERE feed = ?", (found.feed,))
        return _log(db, found.feed, found.from_url, found.to_url, by=SERVICE, why=why, now=now)


def undo(db: Db, number: int, *, by: str, now: datetime) -> str:
    """Take a move back; return a sentence that says why not, empty when it is done.

    The feed asks its old address again and never follows the same redirect again. Only the move
    that stands can be taken back, or an address chosen since would be lost.
    """
    with write(db, durable=True):
        found = [move for move in moves(db) if move.id == number]
        if not found:
            return f"There is no move {number}."
        (move,) = found
        if move.undoes is not None or move.undone:
            return f"Move {number} was taken back already."
        if _standing(db, move.feed) != move.to_url:
            return f"{move.feed} has another address since; what came later is taken back first."
        why = f"Move {number} was taken back."
        _log(db, move.feed, move.to_url, move.from_url, by=by, why=why, now=now, undoes=number)
        return ""


def _standing(db: Db, feed: str) -> str:
    path = f"feeds.{feed}.url"
    change = one(db, "SELECT value FROM changes WHERE path = ? ORDER BY id DESC LIMIT 1", (path,))
    if change is None or change == "null":
        return str(one(db, "SELECT url FROM feeds WHERE key = ?", (feed,)) or "")
    return str(json.loads(change))


def _log(
    db: Db, feed: str, old: str, new: str, *, by: str, why: str, now: datetime,
    undoes: int | None = None,
) -> int:  # fmt: skip
    changes.record(db, f"feeds.{feed}.url", json.dumps(new), by, now)
    row = {
        "feed": feed,
        "from_url": old,
        "to_url": new,
        "at": stamp(now),
        "by": by,
        "why": why,
        "undoes": undoes,
    }
    return add_row(db, "moves", row)


_MOVES = """
SELECT m.*, EXISTS (SELECT 1 FROM moves u WHERE u.undoes = m.id) AS undone FROM moves m
WHERE :feed IS NULL OR m.feed = :feed ORDER BY m.id DESC
"""


def moves(db: Db, feed: str | None = None) -> list[Move]:
    """Return the log, of one feed or of all, newest first."""
    return [
        Move(
            id=row["id"],
            feed=row["feed"],
            from_url=row["from_url"],
            to_url=row["to_url"],
            at=instant(row["at"]),
            by=row["by"],
            why=row["why"],
            undoes=row["undoes"],
            undone=bool(row["undone"]),
        )
        for row in fetch(db, _MOVES, {"feed": feed})
    ]


def _redirect(row: Row) -> Redirect:
    return Redirect(
        feed=row["feed"],
        from_url=row["from_url"],
        to_url=row["to_url"],
        first_at=instant(row["first_at"]),
        last_at=instant(row["last_at"]),
        answers=row["answers"],
        days=row["days"],
        shared=bool(row["shared"]),
        why_not=row["why_not"],
    )
