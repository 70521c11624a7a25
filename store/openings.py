"""How articles begin: what a comparison by meaning reads of the many."""

from __future__ import annotations

from datetime import datetime

from store.inquiry import Opening
from store.rows import instant_or_none, stamp
from store.sql import Db, Row, fetch

_CODE_POINTS = 600  # the first words of a body; the rest stays on the disk

_RECENT = f"""
SELECT a.id, a.title, substr(coalesce(v.body, a.summary), 1, {_CODE_POINTS}) AS body, f.outlet,
    coalesce(a.language, nullif(f.language, '')) AS language, coalesce(a.final_url, a.url) AS url,
    coalesce(a.published_at, a.first_seen_at) AS at, a.decision
FROM articles a {{index}} LEFT JOIN versions v ON v.article = a.id AND v.version = a.version
    LEFT JOIN feeds f ON f.key = a.feed
WHERE a.copy_of IS NULL AND {{wanted}}
LIMIT :limit
"""  # noqa: S608  # our own number
_SEEN = _RECENT.format(
    index="INDEXED BY articles_seen",
    wanted="a.first_seen_at >= :since ORDER BY a.first_seen_at DESC",
)
_ACCEPTED = _RECENT.format(
    index="INDEXED BY articles_decided",
    wanted="a.decision = 'relevant' AND a.decided_at IS NOT NULL ORDER BY a.decided_at DESC",
)
_IMPORTS = f"""
SELECT id, title, substr(body, 1, {_CODE_POINTS}) AS body, outlet, language, url,
    coalesce(published_at, at) AS at
FROM imports WHERE relevant = 1 ORDER BY at DESC, id LIMIT :limit
"""  # noqa: S608  # our own number


def recent(db: Db, since: datetime, limit: int) -> list[Opening]:
    """Return the articles first seen since then that are no copies, the newest first."""
    return [_opening(row) for row in fetch(db, _SEEN, {"since": stamp(since), "limit": limit})]


def accepted(db: Db, limit: int) -> list[Opening]:
    """Return what people accepted, the newest decisions first, then relevant imports."""
    articles = [_opening(row) for row in fetch(db, _ACCEPTED, {"limit": limit})]
    return [*articles, *(_import(row) for row in fetch(db, _IMPORTS, {"limit": limit}))][:limit]


def _opening(row: Row) -> Opening:
    return Opening(
        id=f"article:{row['id']}",
        article=row["id"],
        title=row["title"],
        body=row["body"],
        outlet=row["outlet"] or "",
        language=row["language"],
        url=row["url"],
        at=instant_or_none(row["at"]),
        decision=row["decision"],
    )


def _import(row: Row) -> Opening:
    return Opening(
        id=f"import:{row['id']}",
        article=None,
        title=row["title"],
        body=row["body"],
        outlet=row["outlet"],
        language=row["language"],
        url=row["url"],
        at=instant_or_none(row["at"]),
        decision="relevant",
    )
