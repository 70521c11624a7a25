"""All that waits, in the few facts a list is sorted and counted by: read from its index alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from store.backfills import name_in
from store.rows import LISTED_ROWS, article_row, as_json, ids_json, stamp
from store.sql import Db, Row, each, fetch, one
from store.types import ArticleRow

MOST = 10_000
"""More than that is not looked at, from the best score down."""
PASSED = 500
"""The same for what others skipped or were unsure of."""


class Waiter(NamedTuple):
    """An article that waits. A tuple, because a page makes thousands of them in milliseconds.

    What it is filtered by is empty where it was read ``plain``.
    """

    article: int
    score: float | None
    route: str | None
    key: int  # its story; an article that wants an answer of its own: its number, negative
    seen: str  # when it was first seen, as the store writes instants
    told: str | None  # its strands, as JSON
    outlet: str = ""
    side: str = ""
    language: str = ""
    genre: str = ""
    tags: tuple[str, ...] = ()
    backfill: str = ""  # the one that brought it; empty: a feed did

    @property
    def topics(self) -> tuple[str, ...]:
        """Its strands, strongest first."""
        return _read(self.told) if self.told else ()


@lru_cache(maxsize=4096)
def _read(told: str) -> tuple[str, ...]:
    return tuple(json.loads(told))


def as_drawn(row: ArticleRow) -> Waiter:
    """Return a row that is to be read apart as one of those drawn: it looks and waits like them."""
    return Waiter(
        row.article,
        row.score,
        "sample",
        -row.article,
        stamp(row.first_seen_at),
        as_json(list(row.topics)),
        row.outlet,
        row.side,
        row.language or "",
        row.genre,
    )


_ROUTED = "a.route IN ('queue', 'sample') AND a.copy_of IS NULL"
_PARTS = {  # the index, and its very words
    "queue": f"{_ROUTED} AND a.decision IS NULL",
    "unsettled": f"{_ROUTED} AND a.decision IN ('unsure', 'skip')",
}


def waiting_sql(part: str = "queue", *, plain: bool = False) -> str:
    """Return the query of what waits, or of what others were unsure of or skipped.

    ``plain``: without what it is filtered by, in half the time.
    """
    also = "AND a.decided_by <> ?" if part == "unsettled" else ""
    texts = "" if plain else ", a.feed, a.source_outlet, a.language, a.genre"
    return f"""
    SELECT a.id, a.score, a.route,
        CASE WHEN a.route = 'queue' THEN coalesce(a.story, -a.id) ELSE -a.id END,
        a.first_seen_at, a.topics{texts}
    FROM articles a INDEXED BY articles_{part}
    WHERE {_PARTS[part]} {also} ORDER BY a.score DESC, a.id DESC LIMIT ?
    """  # noqa: S608  # our own words


def put_sql(table: str, part: str = "queue") -> str:
    """Return the query of what people put on articles that wait, in the order they put it.

    From what waits to what was put there: the queue stays short, what people put grows for ever.
    """
    return f"""
    SELECT p.* FROM articles a INDEXED BY articles_{part} CROSS JOIN {table} p ON p.article = a.id
    WHERE {_PARTS[part]}
    """  # noqa: S608  # our own words


def everything(db: Db, *, limit: int = MOST, plain: bool = False) -> list[Waiter]:
    """Return what was routed to people and nobody has decided, the best score first; no copies."""
    return _waiters(db, "queue", [limit], plain=plain)


def unsettled(db: Db, by: str, *, limit: int = PASSED) -> list[Waiter]:
    """Return what others than ``by`` skipped or were unsure of, where that answer stands.

    Not what ``by`` answered too and has not undone.
    """
    rows = _waiters(db, "unsettled", [by, limit], plain=False)
    own = {row["article"] for row in fetch(db, _OWN, (ids_json([r.article for r in rows]), by))}
    return [row for row in rows if row.article not in own]


def unsettled_size(db: Db, by: str) -> int:
    """Count what others skipped or were unsure of and ``by`` did not answer, to ``PASSED``."""
    return int(one(db, _UNSETTLED_SIZE, {"by": by, "most": PASSED}))


_OWN = """
SELECT d.article FROM decisions d
WHERE d.article IN (SELECT value FROM json_each(?)) AND d.by = ? AND d.answer IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = d.id)
"""


_UNSETTLED_SIZE = f"""
SELECT count(*) FROM (SELECT 1 FROM articles a INDEXED BY articles_unsettled
WHERE {_PARTS["unsettled"]} AND a.decided_by <> :by AND NOT EXISTS (
    SELECT 1 FROM decisions d WHERE d.article = a.id AND d.by = :by AND d.answer IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = d.id))
LIMIT :most)
"""  # noqa: S608  # our own words


def _waiters(db: Db, part: str, params: Sequence[object], *, plain: bool) -> list[Waiter]:
    rows = each(db, waiting_sql(part, plain=plain), params)
    if plain:
        one_of = _one_of()
        found = [
            Waiter(n, score, one_of(route), key, seen, one_of(told))
            for n, score, route, key, seen, told in rows
        ]
    else:
        found = _filterable(db, rows)
    said = _said(db, part)
    return [r._replace(**said[r.article]) if r.article in said else r for r in found]


def _one_of() -> Callable[[Any], Any]:
    """Return what gives one text for all that say the same; rows bring one each, half of a row."""
    held: dict[Any, Any] = {}
    return lambda said: held.setdefault(said, said)


def _filterable(db: Db, rows: Iterable[tuple[Any, ...]]) -> list[Waiter]:
    feeds = fetch(db, "SELECT key, outlet, side, language FROM feeds")
    of = {row["key"]: (row["outlet"], row["side"], row["language"]) for row in feeds}
    found, one_of = [], _one_of()
    for n, score, route, key, seen, told, feed, source, own, genre in rows:
        outlet, side, usual = of[feed]
        facts = (n, score, one_of(route), key, seen, one_of(told), one_of(source or outlet), side)
        more = (one_of(own or usual), one_of(genre), (), name_in(feed))
        found.append(Waiter._make((*facts, *more)))
    return found


def _said(db: Db, part: str) -> dict[int, dict[str, Any]]:
    """Return what people put on the articles of a part: strands, genre, tags."""
    said: dict[int, dict[str, Any]] = {}
    for table, name, column in (("genres", "genre", "genre"), ("facets", "told", "topics")):
        newest = {row["article"]: row for row in sorted(fetch(db, put_sql(table, part)), key=_id)}
        for article, row in newest.items():
            if row[column] is not None:  # else: back to the machine's
                said.setdefault(article, {})[name] = row[column]
    for row in fetch(db, put_sql("tagged", part)):
        held = said.setdefault(row["article"], {})
        held["tags"] = (*held.get("tags", ()), row["tag"])
    return said


def _id(row: Row) -> int:
    return int(row["id"])


def rows(db: Db, articles: Sequence[int]) -> list[ArticleRow]:
    """Return the rows of ``articles`` without evidence, in their order; of those that exist."""
    sql = f"{LISTED_ROWS} WHERE a.id IN (SELECT value FROM json_each(?))"  # noqa: S608
    found = {row["id"]: article_row(row) for row in fetch(db, sql, (ids_json(articles),))}
    return [found[article] for article in articles if article in found]
