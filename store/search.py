"""Search over all texts and headlines: what was asked for, narrowed by filters, newest first.

Words are folded before they are indexed and before they are looked for (``store.folding``).
Newest first, because ranking by fit grows with the number of hits (45 ms at 400,000 articles).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from store import asking
from store.asking import Asked
from store.beginnings import begun
from store.faults import StoreCorrupt, StoreError
from store.folding import fold
from store.narrowing import Decided, Facet, Query, facets_of, span
from store.rows import ARTICLE_ROWS, ITEM_ROWS, article_row, ids_json, item_row
from store.sql import Db, fetch, one, run, write
from store.types import Answer, ArticleRow, ItemRow

__all__ = [
    "Decided",
    "Found",
    "Query",
    "find",
    "fold",
    "fresh",
    "headlines",
    "index",
    "look",
    "match_expression",
    "newest",
    "reindex",
    "search",
]

MAX_TERMS = asking.MAX_TERMS
NEAR = 1_000
"""Hits that are looked at one by one, from the newest; beyond them the rarest filter leads."""
FEW = 16
"""Articles of a filter that are each asked for the words: up to a millisecond an article."""


# --- the index ------------------------------------------------------------------------------


def index(db: Db, article: int, new: tuple[str, str], old: tuple[str, str] | None) -> None:
    """Put (title, body) of an article into the index in place of the old, inside a write.

    ``old`` must be exactly what was indexed: the index holds no text to look it up in.
    """
    if old is not None:
        run(
            db,
            "INSERT INTO words (words, rowid, title, body) VALUES ('delete', ?, ?, ?)",
            (article, fold(old[0]), fold(old[1])),
        )
    run(
        db,
        "INSERT INTO words (rowid, title, body) VALUES (?, ?, ?)",
        (article, fold(new[0]), fold(new[1])),
    )


def settle(db: Db, *, steps: int = 40, pages: int = 256) -> int:
    """Merge the index a little, in so many short writes; return how many did something.

    What was taken out of it stays in the file, with a note that it is gone, until it is merged.
    """
    for step in range(steps):
        before = db.conn.total_changes
        with write(db):  # a negative number begins to merge it all; others go on with that
            sql = "INSERT INTO words (words, rank) VALUES ('merge', ?)"
            run(db, sql, (pages if step else -pages,))
        if db.conn.total_changes - before < 2:  # as its manual says
            return step
    return steps


def reindex(db: Db) -> int:
    """Make the whole index anew from the latest texts and return how many there are.

    For a file whose index alone is damaged, and for a migration that changes ``fold``.
    """
    with write(db):
        run(db, "INSERT INTO words (words) VALUES ('delete-all')")
        numbers = [row["article"] for row in fetch(db, "SELECT DISTINCT article FROM versions")]
        for number in numbers:  # one text at a time: together they may not fit in memory
            [latest] = fetch(db, _LATEST, (number,))
            index(db, number, (latest["title"], latest["body"]), None)
    return len(numbers)


_LATEST = "SELECT title, body FROM versions WHERE article = ? ORDER BY version DESC LIMIT 1"


def match_expression(query: str) -> str:
    """Return a query as FTS5 reads it, its words only as they are typed.

    Empty when there is nothing to look for. Every word is quoted, so none is an operator.
    """
    return asking.read(query).expression


# --- asking it ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of what was found: there are ``known`` of it, or with ``more`` more than ``known``."""

    rows: tuple[ArticleRow, ...] = ()
    known: int = 0
    more: bool = False


def find(
    db: Db, query: Query, *, limit: int = 50, before: int | None = None, after: int = 0
) -> list[ArticleRow]:
    """Return what ``query`` finds, newest first; never raises for what was typed.

    ``before`` is the article a page ended with; only numbers above ``after`` are looked at.
    """
    return list(look(db, query, limit=limit, before=before, after=after).rows)


def look(
    db: Db,
    query: Query,
    *,
    limit: int = 50,
    before: int | None = None,
    after: int = 0,
    near: int = NEAR,
    few: int = FEW,
) -> Found:
    """Return a page of what ``query`` finds and how many are known of, newest first.

    ``near`` and ``few`` say when filters lead instead of words; they change the work, never what is
    found.
    """
    numbers, known, more = _numbers(db, query, limit, before, after, near, few)
    return Found(rows=tuple(_rows(db, numbers)), known=known, more=more)


_NOTHING: tuple[list[int], int, bool] = ([], 0, False)


def _numbers(
    db: Db, query: Query, limit: int, before: int | None, after: int, near: int, few: int
) -> tuple[list[int], int, bool]:
    asked = query.asked
    if asked.only_leaves_out or (query.words.strip() and not asked.expression):
        return _NOTHING
    low, high = span(db, query.since, query.until)
    low = max(low, after + 1)
    high = min(high, before - 1) if before is not None else high
    if low > high:
        return _NOTHING
    found = _Search(db, asked.expression, facets_of(query), low, high, near, few)
    try:
        return _begun(found, asked, limit) or found.numbers(limit)
    except StoreCorrupt:
        raise
    except StoreError:
        return _NOTHING  # an expression FTS5 cannot take: nothing was found, and nothing broke


def _begun(found: _Search, asked: Asked, limit: int) -> tuple[list[int], int, bool] | None:
    """What the texts tell of the starts of words; None where the index is to be asked.

    As many as a page shows are counted, and no more.
    """
    looked = begun(asked)
    if looked is None:
        return None
    others = replace(found, expression=looked.rest.expression)
    numbers, _, more = others.numbers(NEAR)
    hits = looked.among(found.db, numbers, limit)
    if hits is None or (more and len(hits) <= limit):
        return None
    return hits[:limit], min(len(hits), limit), len(hits) > limit


_THESE = "a.id IN (SELECT value FROM json_each(?))"
_ROWS = f"{ARTICLE_ROWS} WHERE {_THESE} ORDER BY a.id DESC"


def _rows(db: Db, numbers: Sequence[int]) -> list[ArticleRow]:
    return [article_row(row) for row in fetch(db, _ROWS, (ids_json(numbers),))] if numbers else []


_HITS = """
SELECT rowid AS id FROM words WHERE words MATCH ? AND rowid BETWEEN ? AND ?
ORDER BY rowid DESC LIMIT ?
"""
_ALL = "SELECT id FROM articles WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT ?"
_JOINS = "LEFT JOIN feeds f ON f.key = a.feed LEFT JOIN verdicts v ON v.id = a.verdict"
_CHOSEN = f"""
SELECT a.id FROM json_each(?) n CROSS JOIN articles a ON a.id = n.value {_JOINS}
WHERE {{tests}} ORDER BY a.id DESC
"""  # noqa: S608
_AMONG = f"""
SELECT w.rowid AS id FROM words w CROSS JOIN articles a ON a.id = w.rowid {_JOINS}
WHERE w.words MATCH ? AND w.rowid BETWEEN ? AND ? AND +w.rowid IN ({{members}}) AND {{tests}}
ORDER BY w.rowid DESC LIMIT ?
"""  # noqa: S608
_EACH = f"""
SELECT a.id FROM articles a {_JOINS}
WHERE a.id IN ({{members}}) AND a.id BETWEEN ? AND ? AND {{tests}}
ORDER BY a.id DESC
"""  # noqa: S608
_HOLDS = "SELECT 1 FROM words WHERE words MATCH ? AND rowid = ?"


@dataclass(frozen=True, slots=True)
class _Search:
    """One search. The words lead while they bring what the filters let through.

    Where they do not, the rarest filter says which articles come into question. Either way the
    work is bounded by a walk through the numbers of the commonest word's articles.
    """

    db: Db
    expression: str
    facets: tuple[Facet, ...]
    low: int
    high: int
    near: int
    few: int

    def numbers(self, limit: int) -> tuple[list[int], int, bool]:
        """Return a page of numbers, how many are known of, and whether there are more."""
        most = self.near if self.facets else max(limit, self.near)
        near = self._near(most + 1)
        if not self.facets:
            return near[:limit], min(len(near), most), len(near) > most
        found = self._chosen(near[:most])
        if len(near) <= most:
            return found[:limit], len(found), False
        if len(found) <= limit:
            rarest, few = self._rarest()
            found = self._each(rarest, limit) if few else self._among(rarest, limit)
        if len(found) <= limit:
            return found, len(found), False
        return found[:limit], len(found) - 1, True

    def _near(self, most: int) -> list[int]:
        if not self.expression:
            return self._ids(_ALL, self.low, self.high, most)
        return self._ids(_HITS, self.expression, self.low, self.high, most)

    def _chosen(self, numbers: Sequence[int]) -> list[int]:
        return self._ids(_CHOSEN.format(tests=self._tests), ids_json(numbers), *self._params)

    def _rarest(self) -> tuple[Facet, bool]:
        """The filter that the fewest articles pass, and whether they are few.

        No filter is counted beyond the count of the rarest so far.
        """
        rarest, least = self.facets[0], 50_000
        for facet in self.facets:
            sql = f"SELECT count(*) FROM (SELECT 1 FROM ({facet.members}) LIMIT ?)"  # noqa: S608
            n = int(one(self.db, sql, [*facet.held, least]))
            if n < least:
                rarest, least = facet, n
        return rarest, least <= self.few

    def _each(self, facet: Facet, limit: int) -> list[int]:
        """Each article of a filter that few pass is asked for the words."""
        sql = _EACH.format(members=facet.members, tests=self._tests)
        numbers = self._ids(sql, *facet.held, self.low, self.high, *self._params)
        if not self.expression:
            return numbers
        return [n for n in numbers if one(self.db, _HOLDS, (self.expression, n))][: limit + 1]

    def _among(self, facet: Facet, limit: int) -> list[int]:
        if not self.expression:
            sql = f"{_EACH.format(members=facet.members, tests=self._tests)} LIMIT ?"
            return self._ids(sql, *facet.held, self.low, self.high, *self._params, limit + 1)
        sql = _AMONG.format(members=facet.members, tests=self._tests)
        where = (self.expression, self.low, self.high)
        return self._ids(sql, *where, *facet.held, *self._params, limit + 1)

    @property
    def _tests(self) -> str:
        return " AND ".join(facet.test for facet in self.facets) or "1"

    @property
    def _params(self) -> list[object]:
        return [param for facet in self.facets for param in facet.params]

    def _ids(self, sql: str, *params: object) -> list[int]:
        return [row["id"] for row in fetch(self.db, sql, params)]


# --- what is new, and what has no text ------------------------------------------------------


def newest(db: Db) -> int:
    """Return the number of the newest article; 0 when there is none."""
    return int(one(db, "SELECT max(id) FROM articles") or 0)


def fresh(db: Db, query: Query, after: int, *, most: int = 99) -> tuple[int, bool]:
    """Count what ``query`` finds above article ``after``, and say whether there is more."""
    _, known, more = _numbers(db, query, most, None, after, most + 1, FEW)
    return min(known, most), more or known > most


_HEADLINES = f"""
{ITEM_ROWS} JOIN headline_words w ON w.rowid = i.id
WHERE w.headline_words MATCH ? AND +w.rowid IN (SELECT id FROM items WHERE article IS NULL UNION ALL
    SELECT o.id FROM articles a JOIN items o ON o.article = a.id AND o.owner = 1
    WHERE a.version = 0)
ORDER BY w.rowid DESC LIMIT ?
"""  # noqa: S608  # ITEM_ROWS is our own select


def headlines(db: Db, asked: Asked, *, limit: int = 20) -> list[ItemRow]:
    """Return the items without any text whose headlines hold the words, newest first.

    What was refused or failed before it was read is known by its headline alone.
    """
    if not asked.expression:
        return []
    try:
        return [item_row(row) for row in fetch(db, _HEADLINES, (asked.expression, limit))]
    except StoreCorrupt:
        raise
    except StoreError:
        return []


# --- the plain way --------------------------------------------------------------------------


def search(
    db: Db,
    query: str,
    *,
    limit: int = 50,
    before: int | datetime | None = None,
    outlet: str | None = None,
    decision: Answer | None = None,
) -> list[ArticleRow]:
    """Return the articles whose text holds all the words as typed, newest first.

    ``before`` is the article a page ended with, or an instant of first sight. Nothing is found by
    an empty query.
    """
    if not asking.read(query).expression:
        return []
    wanted = Query(
        words=query,
        outlet=outlet or "",
        decision=decision,
        until=before if isinstance(before, datetime) else None,
    )
    return find(db, wanted, limit=limit, before=before if isinstance(before, int) else None)
