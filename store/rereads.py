"""Readings of a page after a day and a week: what is due, and what each one found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from store.rows import instant, instant_or_none, stamp
from store.sql import Db, Row, add_missing, fetch, run, write

Outcome = Literal["", "same", "changed", "gone", "wall", "cut", "another", "failed", "unwanted"]
"""Open; nothing changed; a version came of it; the page is gone, refused to be read, shows a part,
shows something else; it could not be had; nobody wants it any more."""

GRACE = timedelta(days=14)
"""So long after the last reading an article may be wanted late and is still asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reread:
    """One reading again: when it was due, and what came of it, in a word and a sentence."""

    article: int
    after: timedelta
    due_at: datetime
    attempts: int
    asked_at: datetime | None
    outcome: Outcome
    detail: str
    status: int | None
    version: int | None
    print: str


_WANTED = """
SELECT a.id, a.first_seen_at FROM articles a INDEXED BY {index}
WHERE {since} >= :since AND a.version > 0 AND a.text_from IN ('page', 'feed') AND a.removed = 0
    AND a.copy_of IS NULL AND (a.disposition = 'queued' OR a.decision = 'relevant')
    AND a.feed NOT LIKE 'backfill:%' AND a.url NOT LIKE 'https://news.google.com/%'
    AND NOT EXISTS (SELECT 1 FROM rereads r WHERE r.article = a.id)
LIMIT :limit
"""
QUEUED = _WANTED.format(index="articles_queued", since="a.queued_at IS NOT NULL AND a.queued_at")
DECIDED = _WANTED.format(index="articles_decided", since="a.decision IS NOT NULL AND a.decided_at")


def schedule(db: Db, afters: Sequence[timedelta], now: datetime, limit: int = 500) -> int:
    """Note when articles that are wanted are to be read again; return how many articles.

    Those queued or accepted in the last fortnight before the longest wait are looked at, so it
    costs the same however old the archive is.
    """
    if not afters:
        return 0
    given = {"since": stamp(now - max(afters) - GRACE), "limit": limit}
    rows = {row["id"]: row for sql in (QUEUED, DECIDED) for row in fetch(db, sql, given)}
    cells = [
        {
            "article": row["id"], "after": int(after.total_seconds()),
            "due_at": stamp(instant(row["first_seen_at"]) + after),
        }
        for row in rows.values() for after in afters
    ]  # fmt: skip
    if cells:
        with write(db):
            add_missing(db, "rereads", cells)
    return len(rows)


DUE = """
SELECT r.article, min(r.due_at) AS due_at, max(r.attempts) AS attempts,
    a.removed = 0 AND coalesce(a.decision, '') NOT IN ('not_relevant', 'skip') AS wanted
FROM rereads r INDEXED BY rereads_due CROSS JOIN articles a ON a.id = r.article
WHERE r.outcome = '' AND r.due_at <= :now GROUP BY r.article ORDER BY due_at LIMIT :limit
"""


def due(db: Db, now: datetime, limit: int) -> list[tuple[int, int, bool]]:
    """Return the articles to read again now, with the tries so far, and whether still wanted."""
    rows = fetch(db, DUE, {"now": stamp(now), "limit": limit})
    return [(row["article"], row["attempts"], bool(row["wanted"])) for row in rows]


def answer(
    db: Db,
    article: int,
    *,
    outcome: Outcome,
    now: datetime,
    detail: str = "",
    status: int | None = None,
    print: str = "",  # noqa: A002 - as the column is called
) -> None:
    """Note what one reading found: it settles every reading of the article that was due."""
    cells = {
        "article": article, "outcome": outcome, "now": stamp(now), "detail": detail[:300],
        "status": status, "print": print,
    }  # fmt: skip
    with write(db):
        run(db, _ANSWER, cells)


_ANSWER = """
UPDATE rereads SET outcome = :outcome, asked_at = :now, detail = :detail, status = :status,
    attempts = attempts + 1, print = :print,
    version = (SELECT version FROM articles WHERE id = :article)
WHERE article = :article AND outcome = '' AND due_at <= :now
"""


def postpone(db: Db, article: int, until: datetime, *, detail: str, now: datetime) -> None:
    """Note that a page could not be had, and when it is asked again."""
    sql = (
        "UPDATE rereads SET due_at = ?, attempts = attempts + 1, asked_at = ?, detail = ?"
        " WHERE article = ? AND outcome = '' AND due_at <= ?"
    )
    with write(db):
        run(db, sql, (stamp(until), stamp(now), detail[:300], article, stamp(now)))


def of_article(db: Db, article: int) -> list[Reread]:
    """Return the readings of an article, those to come among them, in their order."""
    sql = "SELECT * FROM rereads WHERE article = ? ORDER BY after"
    return [_reread(row) for row in fetch(db, sql, (article,))]


def told_since(db: Db, since: datetime, limit: int = 200) -> list[Reread]:
    """Return the readings since then that found anything but the same, the newest first."""
    sql = (
        "SELECT * FROM rereads INDEXED BY rereads_told WHERE outcome NOT IN ('', 'same')"
        " AND asked_at >= ? ORDER BY asked_at DESC LIMIT ?"
    )
    return [_reread(row) for row in fetch(db, sql, (stamp(since), limit))]


def _reread(row: Row) -> Reread:
    return Reread(
        article=row["article"], after=timedelta(seconds=row["after"]),
        due_at=instant(row["due_at"]), attempts=row["attempts"],
        asked_at=instant_or_none(row["asked_at"]), outcome=row["outcome"], detail=row["detail"],
        status=row["status"], version=row["version"], print=row["print"],
    )  # fmt: skip
