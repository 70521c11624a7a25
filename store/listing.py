"""Long lists, a page at a time, newest first, for programs that read all of them.

Each page goes on where the one before ended, by a number that only grows. What arrives meanwhile
gets a greater one, so nothing that was there at the start is shown twice or left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from store.faults import StoreCorrupt, StoreError
from store.holes import some
from store.lineage import QuoteRow, StoryRow
from store.quotes import row_of as quote_of
from store.reviews import lines_of
from store.rows import ARTICLE_ROWS, TOPICS, article_row, ids_json, stamp
from store.search import match_expression
from store.sql import Db, Row, fetch
from store.stories import get as story_of
from store.types import Answer, ArticleRow, Decision
from store.watch import Hole


def these(db: Db, numbers: Sequence[int]) -> list[ArticleRow]:
    """Return articles by their numbers, in the order given."""
    sql = f"{ARTICLE_ROWS} WHERE a.id IN (SELECT value FROM json_each(?))"  # noqa: S608  # our own select
    rows = {row["id"]: article_row(row) for row in fetch(db, sql, (ids_json(numbers),))}
    return [rows[number] for number in numbers if number in rows]


_OUTLET = """(a.source_outlet = :outlet OR (a.source_outlet IS NULL
    AND a.feed IN (SELECT key FROM feeds WHERE outlet = :outlet)))"""
_TOPIC = f"""EXISTS (SELECT 1 FROM verdicts v WHERE v.id = a.verdict AND (v.topic = :topic
    OR EXISTS (SELECT 1 FROM json_each({TOPICS}) t WHERE t.value = :topic)))"""  # noqa: S608
_ACCEPTED = f"""
SELECT a.id FROM articles a INDEXED BY articles_decided
WHERE a.decision IS NOT NULL AND a.decision = 'relevant'
    AND (:outlet IS NULL OR {_OUTLET}) AND (:topic IS NULL OR {_TOPIC})
ORDER BY a.decided_at DESC, a.id DESC LIMIT :limit
"""  # noqa: S608


def accepted(
    db: Db, *, outlet: str | None = None, topic: str | None = None, limit: int = 50
) -> list[ArticleRow]:
    """Return what people marked relevant, the newest decision first."""
    wanted = {"outlet": outlet, "topic": topic, "limit": limit}
    return these(db, [row["id"] for row in fetch(db, _ACCEPTED, wanted)])


# --- what people decided --------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Which lines of the history are asked for; None asks for all. [since, until) is when."""

    article: int | None = None
    by: str | None = None
    answer: Answer | None = None
    since: datetime | None = None
    until: datetime | None = None


def decisions(db: Db, wanted: Lines, *, limit: int, before: int | None = None) -> list[Decision]:
    """Return lines of the history, undone ones and undos too, the newest first."""
    asked: dict[str, Any] = {
        "article = ?": wanted.article,
        "by = ?": wanted.by,
        "answer = ?": wanted.answer,
        "at >= ?": stamp(wanted.since) if wanted.since else None,
        "at < ?": stamp(wanted.until) if wanted.until else None,
        "id < ?": before,
    }
    return lines_of(db, _newest(db, "SELECT * FROM decisions", asked, limit))


def undone(db: Db, lines: Sequence[int]) -> frozenset[int]:
    """Return which of these lines a later one takes back."""
    sql = "SELECT undoes FROM decisions WHERE undoes IN (SELECT value FROM json_each(?))"
    return frozenset(row["undoes"] for row in fetch(db, sql, (ids_json(lines),)))


# --- what was told --------------------------------------------------------------------------


def stories(
    db: Db,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    several: bool = False,
    limit: int,
    before: int | None = None,
) -> list[StoryRow]:
    """Return stories, those that began last first; [since, until) is when they last grew.

    By their number and not by when they grew: one that grows would jump over the page being read.
    """
    asked: dict[str, Any] = {
        "members > ?": 1 if several else 0,
        "last_at >= ?": stamp(since) if since else None,
        "last_at < ?": stamp(until) if until else None,
        "id < ?": before,
    }
    numbers = [row["id"] for row in _newest(db, "SELECT id FROM stories", asked, limit)]
    return [story for number in numbers if (story := story_of(db, number))]


def quotes(
    db: Db,
    *,
    words: str | None = None,
    speaker: str | None = None,
    article: int | None = None,
    limit: int,
    before: int | None = None,
) -> list[QuoteRow]:
    """Return quotes, those noted last first; not those of articles decided not relevant.

    ``words`` and ``speaker`` are folded as in the search. Nothing for a query of marks alone.
    """
    terms = [match_expression(words)] if words is not None else []
    if speaker is not None:
        named = match_expression(speaker)
        terms.append(f"speaker : ({named})" if named else "")
    if not all(terms):
        return []
    asked: dict[str, Any] = {"q.article = ?": article, "q.id < ?": before}
    sql, tests = _QUOTES, {test: value for test, value in asked.items() if value is not None}
    if terms:
        joined = " AND ".join(f"({term})" for term in terms)
        sql = f"{sql} JOIN quote_words w ON w.rowid = q.id"
        tests["w.quote_words MATCH ?"] = joined
    where = " AND ".join([_STANDING_QUOTE, *tests])
    sql = f"{sql} WHERE {where} ORDER BY q.id DESC LIMIT ?"
    try:
        return [quote_of(row) for row in fetch(db, sql, [*tests.values(), limit])]
    except StoreCorrupt:
        raise
    except StoreError:
        return []  # an expression that full-text search cannot take


_QUOTES = "SELECT q.* FROM quotes q"
_STANDING_QUOTE = """q.gone = 0 AND NOT EXISTS (
    SELECT 1 FROM articles a WHERE a.id = q.article AND a.decision = 'not_relevant')"""


# --- what was watched -----------------------------------------------------------------------


def gaps(
    db: Db,
    *,
    feed: str | None = None,
    state: str | None = None,
    limit: int,
    before: int | None = None,
) -> list[Hole]:
    """Return the spans of which a feed may have shown nothing, those noticed last first."""
    asked: dict[str, Any] = {"feed = ?": feed, "state = ?": state, "id < ?": before}
    numbers = [row["id"] for row in _newest(db, "SELECT id FROM holes", asked, limit)]
    return sorted(some(db, numbers), key=lambda hole: -hole.id)


def digests(db: Db, *, limit: int, before: date | None = None, name: str = "daily") -> list[Row]:
    """Return rows of the view ``digest_list`` for one digest, the newest day first."""
    sql = """SELECT * FROM digest_list WHERE name = ? AND day_on < ?
        ORDER BY day_on DESC LIMIT ?"""
    return fetch(db, sql, (name, before.isoformat() if before else "~", limit))


def _newest(db: Db, select: str, asked: dict[str, Any], limit: int) -> list[Row]:
    tests = {test: value for test, value in asked.items() if value is not None}
    where = f"WHERE {' AND '.join(tests)}" if tests else ""
    sql = f"{select} {where} ORDER BY id DESC LIMIT ?"
    return fetch(db, sql, [*tests.values(), limit])
