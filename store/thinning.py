"""What an old item only repeats of its own article goes; readers put it back (``whole``).

The item that made an article holds the same address, headline and summary as the article. A year
of such items and the indexes over them weigh more than the texts do once these are packed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from store.rows import stamp
from store.sql import Db, Row, fetch, fetch_in, run, run_many, write

_THICK = """
SELECT id, article FROM items INDEXED BY items_thick
WHERE thin = 0 AND owner = 1 AND first_seen_at < ? ORDER BY first_seen_at, id LIMIT ?
"""
_OF_ARTICLE = "(SELECT a.{0} FROM articles a WHERE a.id = items.article)"
_THIN = f"""
UPDATE items SET thin = 1, guid = nullif(guid, key),
    url = nullif(url, {_OF_ARTICLE.format("url")}),
    canonical_url = nullif(canonical_url, {_OF_ARTICLE.format("canonical_url")}),
    summary = CASE WHEN summary = {_OF_ARTICLE.format("summary")} THEN '' ELSE summary END
WHERE id = :id
"""  # noqa: S608  # our own words
# The text that was made of it stands in versions.
_HTML = """
SELECT i.id FROM items i INDEXED BY items_heavy CROSS JOIN articles a ON a.id = i.article
WHERE i.content_html IS NOT NULL AND i.first_seen_at < ? AND a.version > 0 LIMIT ?
"""
_NO_HTML = "UPDATE items SET content_html = NULL, thin = 2 WHERE id = ?"
NO_HTML = 2
"""``thin`` of an item whose own HTML was forgotten: nothing is to be compared with it."""
# A sketch stood there before it had a table of its own.
_SPARE = """
UPDATE articles SET final_url = nullif(final_url, url), sketch = '[]'
WHERE id = :article AND (final_url = url OR sketch <> '[]')
"""


def thin(db: Db, before: datetime, limit: int = 500) -> int:
    """Thin the items that made an article, first seen before then, in one write; how many."""
    with write(db):
        rows = fetch(db, _THICK, (stamp(before), limit))
        run_many(db, _THIN, [{"id": row["id"]} for row in rows])
        run_many(db, _SPARE, [{"article": row["article"]} for row in rows])
    return len(rows)


def forget_html(db: Db, before: datetime, limit: int = 200) -> int:
    """Forget the HTML that feeds carried before then, where a text was made; how many."""
    with write(db):
        rows = fetch(db, _HTML, (stamp(before), limit))
        run_many(db, _NO_HTML, [(row["id"],) for row in rows])
    return len(rows)


_BY = """
SELECT i.*, o.url AS own_url, o.canonical_url AS own_canonical, o.summary AS own_summary
FROM items i LEFT JOIN articles o ON i.thin AND o.id = i.article
WHERE i.feed = ? AND i.{column} IN ({{marks}})
"""
_THIN_AT = """
SELECT i.*, o.url AS own_url, o.canonical_url AS own_canonical, o.summary AS own_summary
FROM articles o CROSS JOIN items i ON i.article = o.id AND i.owner = 1 AND i.thin
WHERE i.feed = ? AND o.canonical_url IN ({marks})
"""


def thinned(item: Row) -> Row:
    """Return a new item without what the article that it makes will hold."""
    if not item["owner"]:
        return item | {"thin": 0}
    guid = None if item["guid"] == item["key"] else item["guid"]
    return item | {"thin": 1, "guid": guid, "url": None, "canonical_url": None, "summary": ""}


_THICKEN = f"""
UPDATE items SET thin = 0, guid = coalesce(guid, key),
    url = coalesce(url, {_OF_ARTICLE.format("url")}),
    canonical_url = coalesce(canonical_url, {_OF_ARTICLE.format("canonical_url")}),
    summary = CASE WHEN summary = '' THEN {_OF_ARTICLE.format("summary")} ELSE summary END
WHERE article = ? AND owner = 1 AND thin
"""  # noqa: S608


def thicken(db: Db, article: int) -> None:
    """Let the item that made an article hold its own again, before the article's change."""
    run(db, _THICKEN, (article,))


def by_key(db: Db, feed: str, keys: Sequence[str]) -> list[Row]:
    """Return the items of a feed with these keys, whole."""
    return _rows(db, _BY.format(column="key"), feed, keys)


def by_hash(db: Db, feed: str, hashes: Sequence[str]) -> list[Row]:
    """Return the items of a feed whose entries had these hashes, whole."""
    return _rows(db, _BY.format(column="item_hash"), feed, hashes)


def by_page(db: Db, feed: str, addresses: Sequence[str]) -> list[Row]:
    """Return the items of a feed at these canonical addresses, whole."""
    found = _rows(db, _BY.format(column="canonical_url"), feed, addresses)
    known = {row["id"] for row in found}
    left = _rows(db, _THIN_AT, feed, addresses)
    return [*found, *(row for row in left if row["id"] not in known)]


def _rows(db: Db, sql: str, feed: str, values: Sequence[str]) -> list[Row]:
    return [_whole(row) for row in fetch_in(db, sql, values, before=[feed])]


def _whole(row: Row) -> Row:
    own = {name: row.pop(f"own_{name}") for name in ("url", "canonical", "summary")}
    if row["thin"]:
        row["guid"] = row["key"] if row["guid"] is None else row["guid"]
        row["url"] = own["url"] if row["url"] is None else row["url"]
        row["canonical_url"] = row["canonical_url"] or own["canonical"]
        row["summary"] = row["summary"] or own["summary"] or ""
    return row
