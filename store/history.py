"""All that people decided, line by line, and what taking back somebody's day would change."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal

from store import pairs, reasons, reviews
from store.desk import HistoryLine, Undoing
from store.rows import (
    ARTICLE_ROWS,
    article_row,
    decision_row,
    ids_json,
    instant_or_none,
    stamp,
)
from store.sql import Db, Row, fetch, one
from store.types import Answer, ArticleRow

Asked = Answer | Literal["undo"]

# --- line by line ---------------------------------------------------------------------------

# Lines lead, by their own number: the plus keeps SQLite from gathering all those of :seen_by first,
# and articles, of which every line has one, from leading or being looked through beforehand.
_LINES = f"""
SELECT d.*, a.title, a.language, u.by AS undone_by, u.at AS undone_at, o.by AS undid_by,
    o.answer AS undid_answer, w.article AS with_article
FROM decisions d LEFT JOIN articles a ON a.id = d.article LEFT JOIN decisions u ON u.undoes = d.id
    LEFT JOIN decisions o ON o.id = d.undoes LEFT JOIN decisions w ON w.id = d.via
WHERE {{tests}} AND (+d.by = :seen_by OR {pairs.NOT_BLIND})
ORDER BY d.id DESC LIMIT :limit
"""  # noqa: S608  # our own words


def page(
    db: Db,
    *,
    seen_by: str,
    by: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    answer: Asked | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[HistoryLine]:
    """Return lines newest first: those of ``by``, of [since, until), of this answer, or all.

    ``before`` is the number of the last line of the page before. What ``seen_by`` is still to
    read without knowing is left out, but for their own lines.
    """
    first, last = _numbers(db, since, until)
    wanted: dict[str, Any] = {
        "d.id < :before": before,
        "d.by = :by": by,
        "d.answer = :answer": None if answer == "undo" else answer,
        "d.answer IS NULL AND :undo": answer == "undo" or None,
        "d.id >= :first AND d.at >= :since": first,
        "d.id <= :last AND d.at < :until": last,
    }
    tests = [test for test, value in wanted.items() if value is not None]
    params = {
        "before": before, "by": by, "answer": answer, "undo": 1, "first": first, "last": last,
        "since": stamp(since) if since else None, "until": stamp(until) if until else None,
        "seen_by": seen_by, "limit": limit,
    }  # fmt: skip
    sql = _LINES.format(tests=" AND ".join(tests) or "1")
    return _told(db, fetch(db, sql, params))


def _numbers(
    db: Db, since: datetime | None, until: datetime | None
) -> tuple[int | None, int | None]:
    """Return between which line numbers a span of time lies: lines are walked by number."""
    span = {"since": stamp(since) if since else "", "until": stamp(until) if until else "~"}
    bounds = """SELECT min(id) AS first, max(id) AS last FROM decisions INDEXED BY decisions_at
        WHERE at >= :since AND at < :until"""
    if since is None and until is None:
        return None, None
    row = fetch(db, bounds, span)[0]
    none = row["first"] is None  # then no line has these numbers
    first, last = (1, 0) if none else (row["first"], row["last"])
    return first if since or none else None, last if until or none else None


def _told(db: Db, rows: Sequence[Row]) -> list[HistoryLine]:
    given = reasons.of_decisions(db, [row["id"] for row in rows])
    return [
        HistoryLine(
            line=decision_row(row, given.get(row["id"], ())),
            title=row["title"],
            language=row["language"],
            undone_by=row["undone_by"],
            undone_at=instant_or_none(row["undone_at"]),
            undid=(row["undid_by"], row["undid_answer"]) if row["undoes"] else None,
            with_article=row["with_article"],
        )
        for row in rows
    ]


_PEOPLE = """
WITH RECURSIVE names (by) AS (
    SELECT min(by) FROM decisions
    UNION ALL
    SELECT (SELECT min(by) FROM decisions WHERE by > names.by) FROM names WHERE by IS NOT NULL
)
SELECT by FROM names WHERE by IS NOT NULL
"""


def people(db: Db) -> list[str]:
    """Return everybody who ever decided or undid something, by name."""
    return [row["by"] for row in fetch(db, _PEOPLE)]


def line_of(db: Db, number: int) -> tuple[int, str] | None:
    """Return the article of a line and who made it; None when there is no such line."""
    rows = fetch(db, "SELECT article, by FROM decisions WHERE id = ?", (number,))
    return (rows[0]["article"], rows[0]["by"]) if rows else None


# --- what an undo would change --------------------------------------------------------------

_STANDS = f"""
SELECT articles.id, articles.decision_id,
    ({reviews.NEWEST.format(but="{but}", nor="{nor}")}) AS then_line
FROM articles WHERE id IN (SELECT value FROM json_each(:articles))
"""  # noqa: S608  # our own select
_BUT = "AND s.id NOT IN (SELECT value FROM json_each(:lines))"
_NOR = "AND l.id NOT IN (SELECT value FROM json_each(:lines))"
_EDITIONS = """
SELECT day_on, page FROM editions WHERE made_at >= ? ORDER BY day_on DESC LIMIT 60
"""


def would_undo(db: Db, *, person: str, since: datetime, until: datetime, seen_by: str) -> Undoing:
    """Return what ``reviews.undo_all`` would change, without changing anything.

    What ``seen_by`` is still to read without knowing is counted and not named.
    """
    own, lines = reviews.lines_of_person(db, person=person, since=since, until=until)
    touched = sorted({line["article"] for line in lines})
    numbers = [line["id"] for line in lines]
    params = {"articles": ids_json(touched), "lines": ids_json(numbers)}
    found = fetch(db, _STANDS.format(but=_BUT, nor=_NOR), params)
    hidden = pairs.blind_among(db, touched, seen_by)
    after = {
        row["id"]: row["then_line"]
        for row in found
        if row["then_line"] != row["decision_id"] and row["id"] not in hidden
    }
    rows = _rows(db, list(after))
    moved = tuple((row, _answer(db, after[row.article])) for row in rows)
    return Undoing(decisions=len(own), moved=moved, told=_told_of(db, rows, since))


def _answer(db: Db, line: int | None) -> Answer | None:
    found: Answer | None = one(db, "SELECT answer FROM decisions WHERE id = ?", (line,))
    return found


def _rows(db: Db, numbers: Sequence[int]) -> list[ArticleRow]:
    sql = f"{ARTICLE_ROWS} WHERE a.id IN (SELECT value FROM json_each(?)) ORDER BY a.id DESC"  # noqa: S608
    return [article_row(row) for row in fetch(db, sql, (ids_json(numbers),))]


def _told_of(
    db: Db, rows: Sequence[ArticleRow], since: datetime
) -> tuple[tuple[ArticleRow, date], ...]:
    """Which of the articles a digest told of that was made since: it links to their address."""
    editions = fetch(db, _EDITIONS, (stamp(since),)) if rows else []
    return tuple(
        (row, date.fromisoformat(edition["day_on"]))
        for edition in editions
        for row in rows
        if row.url and f'href="{html.escape(row.url)}"' in edition["page"]
    )
