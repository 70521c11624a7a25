"""Articles: those that want a text, the texts they got, and everything that is known of them.

The parts that grew out of this module are offered here too, under the names callers know.
"""

from __future__ import annotations

from datetime import datetime

from store.copies import forget_sketches, original_of, replace_sketch, similar
from store.faults import StoreError
from store.ledger import enter, items, ledger, stuck, why
from store.rows import (
    ARTICLE_ROWS,
    ITEM_ROWS,
    article_row,
    as_json,
    instant,
    instant_or_none,
    item_row,
    spans,
    stamp,
    stamp_or_none,
)
from store.search import index
from store.sql import Db, Row, add_rows, fetch, run, write
from store.tails import replace_tails
from store.types import ArticleRow, ArticleVersion, ItemRow, Pending, StoredText
from store.verdicts import mark_matched, matched_articles, save_verdicts, unjudged, unmatched

__all__ = [
    "as_wanted",
    "copies",
    "drop",
    "forget_sketches",
    "get",
    "items",
    "keep_standing",
    "ledger",
    "mark_matched",
    "matched_articles",
    "pending",
    "retry",
    "save_failure",
    "save_text",
    "save_verdicts",
    "sightings",
    "similar",
    "stuck",
    "text",
    "unjudged",
    "unmatched",
    "versions",
    "why",
]

MAX_VERSIONS = 24
"""Later edits replace the newest version and are counted in ``edits_beyond``."""


# --- what wants a text ----------------------------------------------------------------------


_WANTED = """
SELECT a.id, a.url, a.feed, f.outlet, f.side, f.user_agent, f.section,
    -- a link that leads through a search engine is not followed: its headline is what there is
    CASE WHEN a.url LIKE 'https://news.google.com/%' THEN 'headline' ELSE f.body END AS body,
    coalesce(i.language, nullif(f.language, '')) AS language, i.title, i.summary,
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
WHERE a.state = 'found' AND a.next_try_at <= :now
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


_STANDING = """
SELECT a.id, a.version, a.text_hash, a.title_key, a.outcome, a.sketch, a.first_seen_at,
    v.title, v.body
FROM articles a LEFT JOIN versions v ON v.article = a.id AND v.version = a.version
WHERE a.id = ?
"""


# --- the text -------------------------------------------------------------------------------


def save_text(db: Db, text: StoredText, now: datetime) -> int:
    """Keep a text as the article's latest version and return its number.

    The very same text under the same headline makes no new version. A changed one wants a new
    verdict; until then the article keeps its place in the books. The index and the sketch follow
    in the same transaction.
    """
    with write(db):
        standing = _standing(db, text.article)
        facts = (standing["text_hash"], standing["title_key"])
        if standing["version"] and facts == (text.text_hash, text.title_key):
            run(db, _SAME_TEXT, _facts(text, now))
            return int(standing["version"])
        version = min(int(standing["version"]) + 1, MAX_VERSIONS)
        replaced = standing["version"] == MAX_VERSIONS
        _put_version(db, text, version, now, replaced=replaced)
        old = (standing["title"], standing["body"]) if standing["version"] else None
        index(db, text.article, (text.title, text.body), old)
        replace_sketch(db, text.article, standing["sketch"], text.sketch, standing["first_seen_at"])
        replace_tails(db, text.article, text.tails, now)
        _put_article(db, text, standing, version, now)
        enter(db, [text.article])
    return version


def _standing(db: Db, article: int) -> Row:
    rows = fetch(db, _STANDING, (article,))
    if not rows:
        raise StoreError(f"there is no article {article}: it cannot be given a text")
    return rows[0]


def _facts(text: StoredText, now: datetime) -> Row:
    return {
        "article": text.article,
        "title": text.title,
        "author": text.author,
        "language": text.language,
        "published_at": stamp_or_none(text.published_at),
        "published_original": text.published_original,
        "published_source": text.published_source,
        "published_flag": text.published_flag,
        "published_note": text.published_note,
        "unbelievable": int(text.published_at is None and bool(text.published_flag)),
        "text_from": text.text_from,
        "refused": text.refused,
        "refused_detail": text.refused_detail,
        "final_url": text.final_url,
        "genre": text.genre,
        "genre_why": text.genre_why,
        "now": stamp(now),
    }


# A text without a date of its own keeps what the feed said.
_FACTS = """
    state = 'text', title = CASE WHEN :title = '' THEN title ELSE :title END,
    author = coalesce(:author, author), language = coalesce(:language, language),
    published_original = CASE WHEN :published_at IS NULL THEN published_original
        ELSE :published_original END,
    published_source = CASE WHEN :published_at IS NULL AND published_at IS NOT NULL
        AND NOT :unbelievable THEN published_source ELSE :published_source END,
    published_at = CASE WHEN :unbelievable THEN NULL
        ELSE coalesce(:published_at, published_at) END,
    published_flag = :published_flag, published_note = :published_note,
    genre = :genre, genre_why = :genre_why,
    text_from = :text_from, refused = :refused, refused_detail = :refused_detail,
    final_url = coalesce(:final_url, final_url), last_try_at = :now, last_fault = '',
    last_detail = ''
"""
_SAME_TEXT = f"UPDATE articles SET {_FACTS} WHERE id = :article"  # noqa: S608
_NEW_TEXT = f"""
UPDATE articles SET {_FACTS},
    version = :version, edits_beyond = edits_beyond + :beyond, text_hash = :text_hash,
    title_key = :title_key, scheme = :scheme, sketch = :sketch, sketched = :sketched,
    copy_of = :copy_of, copy_how = :copy_how, judged_model = ''
WHERE id = :article
"""  # noqa: S608  # the fragment stands above
_COPIES = """
UPDATE articles SET outcome = 'duplicate', outcome_reason = copy_how, outcome_detail = ''
WHERE id = :article AND copy_of IS NOT NULL AND NOT (overruled = 1 AND outcome = 'dropped')
"""
_WAITS = """
UPDATE articles SET outcome = 'waiting', outcome_reason = NULL, outcome_detail = ''
WHERE id = :article AND copy_of IS NULL AND (:first OR outcome = 'duplicate')
"""


def _put_version(db: Db, text: StoredText, version: int, now: datetime, *, replaced: bool) -> None:
    if replaced:
        run(
            db,
            "DELETE FROM versions WHERE article = ? AND version = ?",
            (text.article, version),
        )
    row = {
        "article": text.article,
        "version": version,
        "title": text.title,
        "body": text.body,
        "author": text.author,
        "extractor": text.extractor,
        "text_from": text.text_from,
        "text_hash": text.text_hash,
        "seen_at": stamp(now),
        "aside": as_json(text.aside),
        "text_choice": text.text_choice,
        "page_length": text.page_length,
        "feed_length": text.feed_length,
    }
    add_rows(db, "versions", [row])


def _put_article(db: Db, text: StoredText, standing: Row, version: int, now: datetime) -> None:
    copy_of = original_of(db, text.copy_of, text.article)
    if copy_of is not None:  # its own copies are now copies of that one
        run(db, "UPDATE articles SET copy_of = ? WHERE copy_of = ?", (copy_of, text.article))
    run(
        db,
        _NEW_TEXT,
        _facts(text, now)
        | {
            "version": version,
            "beyond": int(standing["version"] == MAX_VERSIONS),
            "text_hash": text.text_hash,
            "title_key": text.title_key,
            "scheme": text.scheme,
            "sketch": as_json(text.sketch),
            "sketched": int(bool(text.sketch)),
            "copy_of": copy_of,
            "copy_how": text.copy_how if copy_of is not None else None,
        },
    )
    for place in (_COPIES, _WAITS):
        run(db, place, {"article": text.article, "first": int(standing["version"] == 0)})


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


_UNWANTED = """
SELECT a.id, v.version, v.title, v.body, a.version AS latest
FROM articles a JOIN versions v ON v.article = a.id
WHERE a.first_seen_at < ? AND a.decision IS NULL AND a.disposition != 'queued' AND v.body != ''
LIMIT ?
"""


def forget_texts(db: Db, before: datetime, batch: int = 500) -> int:
    """Empty the texts of articles nobody wanted, first seen before then; return how many.

    The article, its headline, its verdicts and its place in the books stay.
    """
    forgotten = 0
    while rows := fetch(db, _UNWANTED, (stamp(before), batch)):
        with write(db):
            for row in rows:
                if row["version"] == row["latest"]:
                    old = (row["title"], row["body"])
                    index(db, row["id"], (row["title"], ""), old)
                run(
                    db,
                    "UPDATE versions SET body = '' WHERE article = ? AND version = ?",
                    (row["id"], row["version"]),
                )
        forgotten += len(rows)
    return forgotten


# --- what is known --------------------------------------------------------------------------


_ONE = f"{ARTICLE_ROWS} WHERE a.id = ?"
_COPIES_OF = f"{ARTICLE_ROWS} WHERE a.copy_of = ? ORDER BY a.id"
_SIGHTINGS = f"{ITEM_ROWS} WHERE i.article = ? ORDER BY i.id"
_VERSIONS = "SELECT * FROM versions WHERE article = ? ORDER BY version"


def get(db: Db, article: int) -> ArticleRow | None:
    """Return an article as people see it."""
    rows = fetch(db, _ONE, (article,))
    return article_row(rows[0]) if rows else None


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
    )


def copies(db: Db, article: int) -> list[ArticleRow]:
    """Return the articles that are copies of this one, the oldest first."""
    return [article_row(row) for row in fetch(db, _COPIES_OF, (article,))]


def sightings(db: Db, article: int) -> list[ItemRow]:
    """Return every item that showed this article, the first one first."""
    return [item_row(row) for row in fetch(db, _SIGHTINGS, (article,))]
