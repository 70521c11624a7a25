"""Saved searches: shared by the team, signed, and each person's own mark of what was seen.

Lines are only added: saving, renaming, changing and removing are each a line, and the last stands.
"""

from __future__ import annotations

from datetime import datetime

from store.desk import SavedLine, SavedSearch
from store.faults import StoreError
from store.rows import instant, stamp
from store.sql import Db, Row, add_row, fetch, run, storable, write

LONGEST_NAME = 80  # characters
LONGEST_QUERY = 2_000
MOST = 200  # saved searches that stand


def save(
    db: Db, *, name: str, query: str, by: str, now: datetime, search: int | None = None
) -> int:
    """Keep a search under a name and return its number; with ``search``, change that one.

    ``query`` is the part of the address bar after the question mark. Saving the same twice changes
    nothing. It survives a power cut.

    Raises:
        StoreError: no name, a name that is taken, too many, or no such saved search.
    """
    name = " ".join(storable(name).split())[:LONGEST_NAME].strip()
    query = storable(query)[:LONGEST_QUERY]
    if not name:
        raise StoreError("a saved search needs a name")
    with write(db, durable=True):
        standing = {one.id: one for one in listed(db)}
        if search is not None and search not in standing:
            raise StoreError(f"there is no saved search {search}: it may have been removed")
        namesake = next((o for o in standing.values() if _same(o.name, name)), None)
        if namesake and namesake.query == query and search in {None, namesake.id}:
            if namesake.name == name:
                return namesake.id
        elif namesake and namesake.id != search:
            raise StoreError(f"there is a saved search named “{namesake.name}”: choose another")
        if search is None and namesake is None and len(standing) >= MOST:
            raise StoreError(f"there are {MOST} saved searches: remove one first")
        number = search or (namesake.id if namesake else None)
        return _line(db, number, name, query, by, now, gone=False)


def rename(db: Db, search: int, *, name: str, by: str, now: datetime) -> None:
    """Give a saved search another name. Raises StoreError as ``save`` does."""
    with write(db, durable=True):
        standing = get(db, search)
        if standing is None:
            raise StoreError(f"there is no saved search {search}: it may have been removed")
        save(db, name=name, query=standing.query, by=by, now=now, search=search)


def remove(db: Db, search: int, *, by: str, now: datetime) -> bool:
    """Take a saved search off the list; its lines stay. False when it was not there."""
    with write(db, durable=True):
        standing = get(db, search)
        if standing is None:
            return False
        _line(db, search, standing.name, standing.query, by, now, gone=True)
    return True


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _line(
    db: Db, search: int | None, name: str, query: str, by: str, now: datetime, *, gone: bool
) -> int:
    cells = {
        "search": search or 0, "name": name, "query": query, "gone": int(gone), "by": by,
        "at": stamp(now),
    }  # fmt: skip
    line = add_row(db, "search_lines", cells)
    if search is None:
        run(db, "UPDATE search_lines SET search = id WHERE id = ?", (line,))
    return search or line


_STANDING = """
SELECT l.search AS id, l.name, l.query, l.by, l.at, c.by AS created_by, c.at AS created_at
FROM search_lines c JOIN search_lines l ON l.id =
    (SELECT max(n.id) FROM search_lines n WHERE n.search = c.id)
WHERE c.search = c.id AND l.gone = 0
"""


def listed(db: Db) -> list[SavedSearch]:
    """Return the saved searches that stand, by name."""
    found = [_saved(row) for row in fetch(db, _STANDING)]
    return sorted(found, key=lambda one: (one.name.casefold(), one.id))


def get(db: Db, search: int) -> SavedSearch | None:
    """Return a saved search; None when it was removed or never was."""
    rows = fetch(db, f"{_STANDING} AND c.id = ?", (search,))
    return _saved(rows[0]) if rows else None


def _saved(row: Row) -> SavedSearch:
    facts = {name: row[name] for name in ("id", "name", "query", "by", "created_by")}
    return SavedSearch(**facts, at=instant(row["at"]), created_at=instant(row["created_at"]))


def history(db: Db, search: int) -> list[SavedLine]:
    """Return every line of a saved search, the first one first."""
    rows = fetch(db, "SELECT * FROM search_lines WHERE search = ? ORDER BY id", (search,))
    return [
        SavedLine(
            id=row["id"], search=row["search"], name=row["name"], query=row["query"],
            gone=bool(row["gone"]), by=row["by"], at=instant(row["at"]),
        )
        for row in rows
    ]  # fmt: skip


# --- what a person has seen -----------------------------------------------------------------


def seen(db: Db, person: str) -> dict[int, int]:
    """Return, by saved search, the newest article there was when ``person`` last looked."""
    rows = fetch(db, "SELECT search, article FROM search_visits WHERE person = ?", (person,))
    return {row["search"]: row["article"] for row in rows}


def note_seen(db: Db, search: int, *, person: str, article: int, now: datetime) -> None:
    """Note that ``person`` saw a saved search up to ``article``; the mark never goes back."""
    with write(db):
        run(db, _NOTE, (search, person, article, stamp(now)))


_NOTE = """
INSERT INTO search_visits (search, person, article, at) VALUES (?, ?, ?, ?)
ON CONFLICT (search, person) DO UPDATE SET article = max(article, excluded.article),
    at = excluded.at
"""
