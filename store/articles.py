"""Articles: those that want a text, the texts they got, and everything that is known of them.

The parts that grew out of this module are offered here too, under the names callers know.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from store.copies import forget_sketches, similar
from store.ledger import enter, items, ledger, why
from store.rows import (
    ARTICLE_ROWS,
    ITEM_ROWS,
    article_row,
    ids_json,
    instant,
    instant_or_none,
    item_row,
    spans,
    stamp,
    stamp_or_none,
)
from store.sql import Db, Row, fetch, one, run, write
from store.texts import MAX_VERSIONS, forget_texts, save_text
from store.types import ArticleRow, ArticleVersion, ItemRow, Pending
from store.verdicts import mark_matched, matched_articles, save_verdicts, unjudged, unmatched

__all__ = [
    "MAX_VERSIONS",
    "as_wanted",
    "copies",
    "drop",
    "forget_sketches",
    "forget_texts",
    "get",
    "is_overruled",
    "items",
    "keep_standing",
    "ledger",
    "mark_matched",
    "matched_articles",
    "original",
    "pending",
    "retry",
    "save_failure",
    "save_text",
    "save_verdicts",
    "sightings",
    "similar",
    "text",
    "unjudged",
    "unmatched",
    "versions",
    "why",
]

# --- what wants a text ----------------------------------------------------------------------


_WANTED = """
SELECT a.id, a.url, a.feed, f.outlet, f.side, f.user_agent, f.section,
    -- a link that leads through a search engine is not followed: its headline is what there is
    CASE WHEN a.url LIKE 'https://news.google.com/%' THEN 'headline' ELSE f.body END AS body,
    coalesce(i.language, nullif(f.language, '')) AS language, i.title,
    iif(i.thin AND i.summary = '', a.summary, i.summary) AS summary,
    coalesce(i.content_html, (SELECT content_html FROM items s
        WHERE s.article = a.id AND s.content_html IS NOT NULL LIMIT 1)) AS content_html,
    i.author, i.published_at, i.published_original, a.first_seen_at, a.attempts, a.version
FROM articles a {index}
    LEFT JOIN items i ON i.article = a.id AND i.owner = 1
    LEFT JOIN feeds f ON f.key = a.feed
"""
PENDING = (
    _WANTED.format(index="INDEXED BY articles_pending")
    + """
WHERE a.state = 'found' AND a.next_try_at <= :now AND a.removed = 0
ORDER BY a.next_try_at, a.id LIMIT :limit
"""
)
_THIS_ONE = _WANTED.format(index="") + "WHERE a.id = ?"


def pending(db: Db, now: datetime, limit: int) -> list[Pending]:
    """Return the articles whose text is wanted now, the longest due first."""
    return [_pending(row) for row in fetch(db, PENDING, {"now": stamp(now), "limit": limit})]


def as_wanted(db: Db, article: int) -> Pending | None:
    """Return an article with all its feed said of it, as if its text were wanted now."""
    rows = fetch(db, _THIS_ONE, (article,))
    return _pending(rows[0]) if rows else None


def without_text(db: Db, numbers: Collection[int]) -> set[int]:
    """Return those of articles whose page was never read; a text that was removed is none."""
    return {row["id"] for row in fetch(db, _WITHOUT_TEXT, (ids_json(sorted(numbers)),))}


_WITHOUT_TEXT = """
SELECT a.id FROM json_each(?) j JOIN articles a ON a.id = j.value
WHERE (a.version = 0 OR a.text_from = 'headline') AND a.removed = 0
"""


def _pending(row: Row) -> Pending:
    return Pending(
        article=row["id"],
        url=row["url"],
        feed=row["feed"],
        outlet=row["outlet"],
        side=row["side"],
        language=row["language"],
        body=row["body"],
        title=row["title"],
        summary=row["summary"],
        content_html=row["content_html"],
        author=row["author"],
        published_at=instant_or_none(row["published_at"]),
        published_original=row["published_original"],
        first_seen_at=instant(row["first_seen_at"]),
        attempts=row["attempts"],
        version=row["version"],
        user_agent=row["user_agent"],
        section=row["section"] or "",
    )


# --- when none came -------------------------------------------------------------------------


def save_failure(
    db: Db,
    article: int,
    *,
    fault: str,
    detail: str,
    next_try_at: datetime | None,
    now: datetime,
) -> None:
    """Note a failed try. With no next try an article without any text has failed for good.

    One that has a text, if only its headline, keeps it and its place in the books.
    Noting the same try twice counts it once.
    """
    cells = {
        "article": article,
        "fault": fault,
        "detail": detail,
        "next": stamp_or_none(next_try_at),
        "now": stamp(now),
    }
    with write(db):
        run(db, _FAILURE, cells)
        if next_try_at is None:
            run(db, _GIVE_UP, cells)
        enter(db, [article])


_FAILURE = """
UPDATE articles SET attempts = attempts + (last_try_at IS NOT :now OR last_fault = ''),
    last_try_at = :now, last_fault = :fault, last_detail = :detail,
    state = CASE WHEN :next IS NOT NULL THEN 'found' WHEN version > 0 THEN 'text'
        ELSE 'failed' END,
    next_try_at = coalesce(:next, next_try_at)
WHERE id = :article
"""
_GIVE_UP = """
UPDATE articles SET outcome = 'failed', outcome_reason = :fault, outcome_detail = :detail
WHERE id = :article AND version = 0
"""


def drop(db: Db, article: int, *, reason: str, detail: str, now: datetime) -> None:
    """Refuse an article that has no text, saying why; one that has a text keeps it."""
    with write(db):
        run(
            db,
            _DROP,
            {"article": article, "reason": reason, "detail": detail, "now": stamp(now)},
        )
        keep_standing(db, article, now)
        enter(db, [article])


_DROP = """
UPDATE articles SET state = 'dropped', outcome = 'dropped', outcome_reason = :reason,
    outcome_detail = :detail, last_try_at = :now
WHERE id = :article AND version = 0
"""


def keep_standing(db: Db, article: int, now: datetime) -> None:
    """Stop asking for a newer text of an article that has one: what it has stands."""
    with write(db):
        run(
            db,
            "UPDATE articles SET state = 'text', last_try_at = ? WHERE id = ? AND version > 0",
            (stamp(now), article),
        )


def retry(db: Db, article: int, now: datetime) -> None:
    """Ask for the text again at once; the article keeps its place in the books meanwhile."""
    with write(db):
        run(
            db,
            "UPDATE articles SET state = 'found', next_try_at = ?, attempts = 0 WHERE id = ?",
            (stamp(now), article),
        )


# --- what is known --------------------------------------------------------------------------


_ONE = f"{ARTICLE_ROWS} WHERE a.id = ?"
_COPIES_OF = f"{ARTICLE_ROWS} WHERE a.copy_of = ? ORDER BY a.id"
_SIGHTINGS = f"{ITEM_ROWS} WHERE i.article = ? ORDER BY i.id"
_VERSIONS = "SELECT * FROM versions WHERE article = ? ORDER BY version"


def get(db: Db, article: int) -> ArticleRow | None:
    """Return an article as people see it."""
    rows = fetch(db, _ONE, (article,))
    return article_row(rows[0]) if rows else None


def original(db: Db, article: int) -> int | None:
    """Return the article whose text this is a copy of; None for an original."""
    found = one(db, "SELECT copy_of FROM articles WHERE id = ?", (article,))
    return None if found is None else int(found)


def text(db: Db, article: int) -> ArticleVersion | None:
    """Return the latest text of an article; None when none was ever read."""
    return next(reversed(versions(db, article)), None)


def versions(db: Db, article: int) -> list[ArticleVersion]:
    """Return the texts of an article, the first one first."""
    return [_version(row) for row in fetch(db, _VERSIONS, (article,))]


def _version(row: Row) -> ArticleVersion:
    return ArticleVersion(
        version=row["version"],
        title=row["title"],
        body=row["body"],
        author=row["author"],
        extractor=row["extractor"],
        text_from=row["text_from"],
        text_hash=row["text_hash"],
        seen_at=instant(row["seen_at"]),
        aside=spans(row["aside"]),
        text_choice=row["text_choice"],
        page_length=row["page_length"],
        feed_length=row["feed_length"],
        removed_at=instant_or_none(row["removed_at"]),
        removed_by=row["removed_by"],
        removed_why=row["removed_why"],
    )


def is_overruled(db: Db, article: int) -> bool:
    """Tell whether a person said that the page is an article, whatever the machine says."""
    return bool(one(db, "SELECT overruled FROM articles WHERE id = ?", (article,)))


def copies(db: Db, article: int) -> list[ArticleRow]:
    """Return the articles that are copies of this one, the oldest first."""
    return [article_row(row) for row in fetch(db, _COPIES_OF, (article,))]


def sightings(db: Db, article: int) -> list[ItemRow]:
    """Return every item that showed this article, the first one first."""
    return [item_row(row) for row in fetch(db, _SIGHTINGS, (article,))]
