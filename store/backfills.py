"""Backfills: addresses of articles from before, how they are entered, and what became of each.

An address waits in a row of its own until it is entered as an item of a feed that stands for the
backfill; from there it goes the way of every item. Addresses come in batches and leave in batches,
each batch in one write, so a list of any length is read in little memory and may be cut off
anywhere: what is there is there once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from itertools import islice
from typing import Literal

from store.days import summed
from store.faults import StoreError
from store.identity import host_of
from store.rows import ids_json, instant, stamp
from store.sql import Db, Row, add_missing, fetch, one, run, write
from store.types import LedgerCounts

PREFIX = "backfill:"
NOT_BACKFILL = f"a.feed NOT LIKE '{PREFIX}%'"
"""Of an article ``a``: it is news, and no address of before."""
BATCH = 1_000


def is_backfill(feed: str) -> bool:
    """Tell whether a feed stands for a backfill: what it brought is no news."""
    return feed.startswith(PREFIX)


def name_in(feed: str) -> str:
    """Return the name of the backfill that a feed stands for; empty for any other feed."""
    return feed.removeprefix(PREFIX).partition("/")[0] if is_backfill(feed) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address to be read, with what the list says of it. ``refused``: why it cannot be."""

    url: str
    canonical_url: str
    title: str = ""
    published: str | None = None  # as the list writes it
    refused: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRow:
    """A file or a sitemap that addresses come from, and how far it is read."""

    place: str
    kind: Literal["file", "sitemap"]
    state: Literal["waiting", "read", "failed"]
    depth: int = 0
    attempts: int = 0
    listed: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """A backfill with its own books.

    Of the addresses: ``waiting`` + ``entered`` + ``known`` + ``bad``. ``archived`` are the articles
    that its archives gave. Of the entered and the archived: ``books``.
    """

    name: str
    began_at: datetime
    by: str
    since_on: date | None
    until_on: date | None
    paused: bool
    waiting: int
    entered: int
    known: int
    bad: int
    lists: int
    lists_waiting: int
    lists_failed: int
    archives: int = 0
    archives_left: int = 0
    archived: int = 0
    books: LedgerCounts = field(default_factory=lambda: summed(()))

    @property
    def addresses(self) -> int:
        """How many different addresses the lists gave."""
        return self.waiting + self.entered + self.known + self.bad

    @property
    def balanced(self) -> bool:
        """Whether every entered address, and every article of an archive, is in the books."""
        return self.entered + self.archived == self.books.found

    @property
    def done(self) -> bool:
        """Whether nothing is left to list, to enter, to read or to judge."""
        left = self.waiting or self.lists_waiting or self.archives_left
        return not (left or self.books.waiting)


# --- what is asked for ----------------------------------------------------------------------


def begin(
    db: Db, name: str, lists: Sequence[ListRow], *, by: str, now: datetime,
    since_on: date | None = None, until_on: date | None = None,
) -> bool:  # fmt: skip
    """Note a backfill and its lists; False when it was there, and only new lists are added."""
    with write(db, durable=True):
        new = one(db, "SELECT 1 FROM backfills WHERE name = ?", (name,)) is None
        cells = {
            "name": name, "began_at": stamp(now), "by": by,
            "since_on": str(since_on) if since_on else None,
            "until_on": str(until_on) if until_on else None,
        }  # fmt: skip
        add_missing(db, "backfills", [cells])
        add_lists(db, name, lists)
        return new


def add_lists(db: Db, name: str, lists: Sequence[ListRow]) -> None:
    """Add lists that are not known yet, inside a write."""
    cells = [
        {"backfill": name, "place": one.place, "kind": one.kind, "depth": one.depth}
        for one in lists
    ]
    add_missing(db, "backfill_lists", cells)


def add(db: Db, name: str, addresses: Iterable[Address]) -> None:
    """Keep addresses, a thousand a write; one that is there already changes nothing."""
    for batch in _batches(addresses):
        with write(db):
            _add(db, name, batch)


def _batches(addresses: Iterable[Address]) -> Iterator[list[Address]]:
    rest = iter(addresses)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _add(db: Db, name: str, addresses: Sequence[Address]) -> None:
    cells = [
        {
            "backfill": name, "canonical_url": one.canonical_url, "url": one.url,
            "title": one.title, "published": one.published, "host": host_of(one.canonical_url),
            "state": "bad" if one.refused else "waiting", "detail": one.refused,
        }
        for one in addresses
    ]  # fmt: skip
    add_missing(db, "backfill_urls", cells)


def read_list(
    db: Db, name: str, place: str, *, listed: int, now: datetime, detail: str = "",
    addresses: Sequence[Address] = (), lists: Sequence[ListRow] = (),
) -> None:  # fmt: skip
    """Note that a list was read to its end, with what of it was not kept yet, in one write."""
    with write(db):
        for batch in _batches(addresses):
            _add(db, name, batch)
        add_lists(db, name, lists)
        _list_state(db, name, place, "read", detail, listed, now)


def fail_list(db: Db, name: str, place: str, *, detail: str, again: bool, now: datetime) -> None:
    """Note that a list could not be read; with ``again`` it waits for another try."""
    with write(db):
        _list_state(db, name, place, "waiting" if again else "failed", detail, 0, now)


def _list_state(
    db: Db, name: str, place: str, state: str, detail: str, listed: int, now: datetime
) -> None:
    sql = (
        "UPDATE backfill_lists SET state = ?, detail = ?, listed = ?, read_at = ?,"
        " attempts = attempts + 1 WHERE backfill = ? AND place = ?"
    )
    run(db, sql, (state, detail[:300], listed, stamp(now), name, place))


def lists(db: Db, name: str, *, state: str = "", limit: int = 1_000) -> list[ListRow]:
    """Return the lists of a backfill, those tried least first."""
    sql = (
        "SELECT * FROM backfill_lists WHERE backfill = ? AND (? = '' OR state = ?)"
        " ORDER BY attempts, depth, place LIMIT ?"
    )
    names = ("place", "kind", "state", "depth", "attempts", "listed", "detail")
    rows = fetch(db, sql, (name, state, state, limit))
    return [ListRow(**{column: row[column] for column in names}) for row in rows]


def pause(db: Db, name: str, *, paused: bool) -> bool:
    """Let a backfill rest, or go on; False when there is none of this name."""
    with write(db, durable=True):
        return bool(run(db, "UPDATE backfills SET paused = ? WHERE name = ?", (int(paused), name)))


def retry_lists(db: Db, name: str) -> int:
    """Have lists that failed read again; return how many."""
    sql = (
        "UPDATE backfill_lists SET state = 'waiting', attempts = 0"
        " WHERE backfill = ? AND state = 'failed'"
    )
    with write(db):
        return run(db, sql, (name,))


# --- how they stand -------------------------------------------------------------------------


_ALL = """
SELECT b.*,
    (SELECT count(*) FROM backfill_lists l WHERE l.backfill = b.name) AS lists,
    (SELECT count(*) FROM backfill_lists l WHERE l.backfill = b.name AND l.state = 'waiting')
        AS lists_waiting,
    (SELECT count(*) FROM backfill_lists l WHERE l.backfill = b.name AND l.state = 'failed')
        AS lists_failed,
    (SELECT count(*) FROM archives a WHERE a.backfill = b.name) AS archives,
    (SELECT count(*) FROM archives a WHERE a.backfill = b.name AND a.done = 0) AS archives_left,
    (SELECT coalesce(sum(c.n), 0) FROM archives a JOIN archive_counts c ON c.archive = a.id
        WHERE a.backfill = b.name AND c.fate IN ('queued', 'sampled')) AS archived
FROM backfills b
"""
_FATES = """
SELECT disposition, reason, sum(n) AS n FROM ledger_days
WHERE feed = :key OR (feed >= :key || '/' AND feed < :key || '0') GROUP BY disposition, reason
"""


def every(db: Db) -> list[Backfill]:
    """Return all backfills, the newest first."""
    return [_backfill(db, row) for row in fetch(db, f"{_ALL} ORDER BY b.began_at DESC, b.name")]


def get(db: Db, name: str) -> Backfill:
    """Return one backfill with its books as they stand; it costs the same however long it is.

    Raises:
        StoreError: there is none of this name.
    """
    rows = fetch(db, f"{_ALL} WHERE b.name = ?", (name,))
    if not rows:
        raise StoreError(f"there is no backfill {name}: torkham backfill --list names them")
    return _backfill(db, rows[0])


def exists(db: Db, name: str) -> bool:
    """Tell whether there is a backfill of this name."""
    return one(db, "SELECT 1 FROM backfills WHERE name = ?", (name,)) is not None


def _backfill(db: Db, row: Row) -> Backfill:
    counts = fetch(db, "SELECT state, n FROM backfill_counts WHERE backfill = ?", (row["name"],))
    by_state = {one["state"]: one["n"] for one in counts}
    return Backfill(
        name=row["name"], began_at=instant(row["began_at"]), by=row["by"],
        since_on=date.fromisoformat(row["since_on"]) if row["since_on"] else None,
        until_on=date.fromisoformat(row["until_on"]) if row["until_on"] else None,
        paused=bool(row["paused"]), waiting=by_state.get("waiting", 0),
        entered=by_state.get("entered", 0), known=by_state.get("known", 0),
        bad=by_state.get("bad", 0), lists=row["lists"], lists_waiting=row["lists_waiting"],
        lists_failed=row["lists_failed"], archives=row["archives"],
        archives_left=row["archives_left"], archived=row["archived"],
        books=summed(fetch(db, _FATES, {"key": f"{PREFIX}{row['name']}"})),
    )  # fmt: skip


def sample(db: Db, name: str, n: int) -> list[Row]:
    """Return up to ``n`` waiting addresses drawn from the whole list, the same ones each time."""
    (span,) = fetch(
        db, "SELECT min(id) AS low, max(id) AS high FROM backfill_urls WHERE backfill = ?", (name,)
    )
    if span["low"] is None:
        return []
    wide = span["high"] - span["low"] + 1
    # Drawn by a hash and not every n-th: lists are written in patterns, and a step falls into them.
    ids = [span["low"] + int(sha256(f"{name}:{at}".encode()).hexdigest(), 16) % wide
           for at in range(3 * n)]  # fmt: skip
    sql = (
        "SELECT * FROM backfill_urls WHERE backfill = ? AND state = 'waiting' AND id >= ?"
        " ORDER BY id LIMIT 1"
    )
    found = {row["id"]: row for at in ids for row in fetch(db, sql, (name, at))}
    return list(found.values())[:n]


def busiest(db: Db, name: str) -> list[tuple[str, int]]:
    """Return how many addresses wait of each host, the most first: it reads all that wait."""
    sql = (
        "SELECT host, count(*) AS n FROM backfill_urls WHERE backfill = ? AND state = 'waiting'"
        " GROUP BY host ORDER BY n DESC LIMIT 50"
    )
    return [(row["host"], row["n"]) for row in fetch(db, sql, (name,))]


def problems(db: Db, name: str, limit: int = 20) -> list[tuple[str, str]]:
    """Return addresses that cannot be asked, with why."""
    sql = "SELECT url, detail FROM backfill_urls WHERE backfill = ? AND state = 'bad' LIMIT ?"
    return [(row["url"], row["detail"]) for row in fetch(db, sql, (name, limit))]


_FOUND = """
SELECT count(*) AS n FROM items WHERE first_seen_at >= ? AND first_seen_at < ?
    AND feed >= 'backfill:' AND feed < 'backfill;'
"""


def found_between(db: Db, since: datetime, until: datetime) -> int:
    """Return how many items of [since, until) a backfill brought: the books count them too."""
    found: int = one(db, _FOUND, (stamp(since), stamp(until)))
    return found


def of_articles(db: Db, articles: Sequence[int]) -> dict[int, str]:
    """Return the backfills that articles came from, by article; those of feeds are left out."""
    sql = (
        "SELECT id, feed FROM articles WHERE id IN (SELECT value FROM json_each(?)) AND feed LIKE ?"
    )
    rows = fetch(db, sql, (ids_json(articles), f"{PREFIX}%"))
    return {row["id"]: name_in(row["feed"]) for row in rows}
