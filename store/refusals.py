"""Refused pages with their texts, and who overruled a refusal: lines are added, never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from store.faults import StoreError
from store.kinds import Overruling, Refusal, RefusedRow
from store.rows import instant, instant_or_none, stamp, stamp_or_none
from store.sql import Db, Row, add_row, fetch, run, write

LARGEST = 200_000
"""Bytes of a refused text that are kept: a page that is no article rarely has a tenth of that."""

_KEEP = """
INSERT INTO refusals (article, refused_at, reason, kind, detail, title, body, author, language,
    published_at, published_original, published_source, extractor)
SELECT :article, :refused_at, :reason, :kind, :detail, :title, :body, :author, :language,
    :published_at, :published_original, :published_source, :extractor
FROM articles WHERE id = :article AND overruled = 0 AND (version = 0 OR refused IS NOT NULL)
ON CONFLICT (article) DO UPDATE SET refused_at = excluded.refused_at, reason = excluded.reason,
    kind = excluded.kind, detail = excluded.detail, title = excluded.title, body = excluded.body,
    author = excluded.author, language = excluded.language,
    published_at = excluded.published_at, published_original = excluded.published_original,
    published_source = excluded.published_source, extractor = excluded.extractor
"""


def keep(db: Db, refusal: Refusal) -> None:
    """Keep what was refused, in place of what the same article was refused for before.

    An article that has a proper text, and one whose refusal was overruled, keep what they have.
    """
    cells = {name: getattr(refusal, name) for name in Refusal.__slots__}
    cells["refused_at"] = stamp(refusal.refused_at)
    cells["published_at"] = stamp_or_none(refusal.published_at)
    cells["body"] = _bounded(refusal.body)
    with write(db):
        run(db, _KEEP, cells)


def _bounded(body: str) -> str:
    return body.encode("utf-8", "replace")[:LARGEST].decode("utf-8", "ignore")


def get(db: Db, article: int) -> Refusal | None:
    """Return the newest refused text of an article; None when none was kept."""
    rows = fetch(db, "SELECT * FROM refusals WHERE article = ?", (article,))
    return _refusal(rows[0]) if rows else None


def _refusal(row: Row) -> Refusal:
    facts = {name: row[name] for name in Refusal.__slots__}
    facts["refused_at"] = instant(row["refused_at"])
    facts["published_at"] = instant_or_none(row["published_at"])
    return Refusal(**facts)


# CROSS: few of the articles were refused, so these lead, whatever the statistics say.
_LISTED = """
SELECT r.article, coalesce(nullif(a.title, ''), r.title) AS title, f.outlet,
    coalesce(a.final_url, a.url) AS url, r.refused_at, r.kind, r.detail,
    length(r.body) AS characters,
    CASE WHEN a.overruled = 1 THEN (SELECT o.by FROM overrulings o WHERE o.article = a.id
        ORDER BY o.id DESC LIMIT 1) END AS overruled_by
FROM refusals r CROSS JOIN articles a ON a.id = r.article LEFT JOIN feeds f ON f.key = a.feed
WHERE (a.refused IS NOT NULL OR a.overruled = 1) AND (:kind = '' OR r.kind = :kind)
    AND (:before IS NULL OR (r.refused_at, r.article) < (
        SELECT b.refused_at, b.article FROM refusals b WHERE b.article = :before))
ORDER BY r.refused_at DESC, r.article DESC LIMIT :limit
"""
_COUNTED = """
SELECT r.kind, count(*) AS n FROM refusals r CROSS JOIN articles a ON a.id = r.article
WHERE a.refused IS NOT NULL OR a.overruled = 1 GROUP BY r.kind ORDER BY n DESC, r.kind
"""


def listed(
    db: Db, *, kind: str = "", limit: int = 200, before: int | None = None
) -> list[RefusedRow]:
    """Return the pages that stand refused or were overruled, the newest refusal first.

    ``before`` is the article by which a page ended.
    """
    rows = fetch(db, _LISTED, {"kind": kind, "limit": limit, "before": before})
    return [RefusedRow(**{name: _cell(row, name) for name in RefusedRow.__slots__}) for row in rows]


def _cell(row: Row, name: str) -> Any:
    return instant(row[name]) if name == "refused_at" else row[name]


def counted(db: Db) -> dict[str, int]:
    """Return how many pages of each kind are listed, the most first."""
    return {row["kind"]: row["n"] for row in fetch(db, _COUNTED)}


# --- overruling -----------------------------------------------------------------------------


def overrule(db: Db, refusal: Refusal, *, version: int, by: str, now: datetime) -> None:
    """Note that a person says a refused page is an article; ``version`` is the text it became.

    From now on no refusal of the page replaces that text, and the article keeps the place in the
    books that it has. It survives a power cut.
    """
    _note(db, refusal, version=version, stands=True, by=by, now=now)


def take_back(db: Db, refusal: Refusal, *, version: int, by: str, now: datetime) -> None:
    """Note that the refusal holds after all; ``version`` is the text that stands instead."""
    _note(db, refusal, version=version, stands=False, by=by, now=now)


def _note(db: Db, refusal: Refusal, *, version: int, stands: bool, by: str, now: datetime) -> None:
    with write(db, durable=True):
        cells = {
            "article": refusal.article, "version": version, "stands": int(stands),
            "reason": refusal.reason, "detail": refusal.detail, "by": by, "at": stamp(now),
        }  # fmt: skip
        add_row(db, "overrulings", cells)
        mark(db, refusal.article, overruled=stands)


def mark(db: Db, article: int, *, overruled: bool) -> None:
    """Mark an article as overruled or not, inside a write.

    Raises:
        StoreError: there is no such article.
    """
    sql = "UPDATE articles SET overruled = ? WHERE id = ?"
    if not run(db, sql, (int(overruled), article)):
        raise StoreError(f"there is no article {article}: no refusal was overruled")


def standing(db: Db, article: int) -> Overruling | None:
    """Return the line by which a refusal stands overruled; None: it is not."""
    lines = history(db, article)
    return lines[-1] if lines and lines[-1].stands else None


def history(db: Db, article: int) -> list[Overruling]:
    """Return every line about an article, the first one first."""
    sql = "SELECT * FROM overrulings WHERE article = ? ORDER BY id"
    return [_line(row) for row in fetch(db, sql, (article,))]


def _line(row: Row) -> Overruling:
    return Overruling(
        id=row["id"],
        article=row["article"],
        version=row["version"],
        stands=bool(row["stands"]),
        reason=row["reason"],
        detail=row["detail"],
        by=row["by"],
        at=instant(row["at"]),
    )
