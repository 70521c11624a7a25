"""The books: what became of every item, and the lists behind the numbers.

``articles.outcome`` is what the machine made of an article. ``disposition`` is what counts once
people have decided, and the item that made the article carries the same: ``enter`` sees to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from store import holes
from store.identity import host_of
from store.polls import PollEvent
from store.rows import ARTICLE_ROWS, ITEM_ROWS, article_row, ids_json, item_row, poll_event, stamp
from store.sql import Db, fetch, run
from store.types import ArticleRow, Disposition, ItemRow, LedgerCounts
from store.watch import Why

# A decision lifts what waited, was queued or was rejected to "queued". What was refused, failed
# or came second keeps its place in the books when it is overruled.
_LIFTED = "decision IS NOT NULL AND outcome IN ('waiting', 'queued', 'rejected')"
_ENTER_ARTICLES = f"""
UPDATE articles SET
    disposition = CASE WHEN {_LIFTED} THEN 'queued' ELSE outcome END,
    reason = CASE WHEN {_LIFTED} THEN NULL ELSE outcome_reason END,
    reason_detail = CASE WHEN {_LIFTED} THEN '' ELSE outcome_detail END
WHERE id IN (SELECT value FROM json_each(?))
"""  # noqa: S608  # the fragment stands three lines above
_ENTER_ITEMS = """
UPDATE items SET (disposition, reason, reason_detail) =
    (SELECT a.disposition, a.reason, a.reason_detail FROM articles a WHERE a.id = items.article)
WHERE owner = 1 AND article IN (SELECT value FROM json_each(?))
"""


def enter(db: Db, articles: Sequence[int]) -> None:
    """Bring the disposition of articles and of the items that made them in line, inside a write."""
    ids = ids_json(articles)
    run(db, _ENTER_ARTICLES, (ids,))
    run(db, _ENTER_ITEMS, (ids,))


# One statement, so that a poll between two counts cannot unbalance the books. ``found`` counts
# rows; the others count dispositions, and a row without a proper one is missing there.
_LEDGER = """
SELECT 'found' AS part, NULL AS reason, count(*) AS n FROM items
WHERE first_seen_at >= :since AND first_seen_at < :until
UNION ALL
SELECT disposition, reason, count(*) FROM items
WHERE first_seen_at >= :since AND first_seen_at < :until
GROUP BY disposition, reason
"""
_LAST = "~"  # sorts after every instant


def ledger(db: Db, since: datetime | None = None, until: datetime | None = None) -> LedgerCounts:
    """Count the items first seen in [since, until) and what became of them."""
    window = {"since": stamp(since) if since else "", "until": stamp(until) if until else _LAST}
    parts: dict[str, int] = {}
    reasons: dict[str, dict[str, int]] = {"dropped": {}, "failed": {}}
    for row in fetch(db, _LEDGER, window):
        part, reason = row["part"], row["reason"] or "other"
        parts[part] = parts.get(part, 0) + row["n"]
        if part in reasons:
            reasons[part][reason] = reasons[part].get(reason, 0) + row["n"]
    return LedgerCounts(
        found=parts.get("found", 0),
        waiting=parts.get("waiting", 0),
        queued=parts.get("queued", 0),
        rejected=parts.get("rejected", 0),
        duplicate=parts.get("duplicate", 0),
        dropped=reasons["dropped"],
        failed=reasons["failed"],
    )


def items(
    db: Db,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    disposition: Disposition | None = None,
    reason: str | None = None,
    feed: str | None = None,
    limit: int = 200,
    before: int | None = None,
) -> list[ItemRow]:
    """Return the items first seen in [since, until), newest first.

    ``before`` is the id of the last item of the page before; ``reason`` "other" finds those
    without one, as the books name them.
    """
    wanted: dict[str, Any] = {
        "i.first_seen_at >= ?": stamp(since) if since else None,
        "i.first_seen_at < ?": stamp(until) if until else None,
        "i.disposition = ?": disposition,
        "coalesce(i.reason, 'other') = ?": reason,
        "i.feed = ?": feed,
        "i.id < ?": before,
    }
    asked = {test: value for test, value in wanted.items() if value is not None}
    where = " AND ".join(asked) or "1"
    sql = f"{ITEM_ROWS} WHERE {where} ORDER BY i.id DESC LIMIT ?"
    return [item_row(row) for row in fetch(db, sql, [*asked.values(), limit])]


# --- why ------------------------------------------------------------------------------------


_AT_URL = """
SELECT id FROM items WHERE canonical_url = :canonical UNION
SELECT id FROM items WHERE url IN (:raw, :canonical) UNION
SELECT n.id FROM articles p CROSS JOIN items n ON n.article = p.id AND n.owner = 1
    WHERE p.canonical_url IN (:canonical, :raw) UNION
SELECT n.id FROM articles p CROSS JOIN items n ON n.article = p.id AND n.owner = 1
    WHERE p.url <> p.canonical_url AND p.url IN (:raw, :canonical)
ORDER BY 1 LIMIT 100
"""
_THESE = f"{ITEM_ROWS} WHERE i.id IN (SELECT value FROM json_each(?)) ORDER BY i.id"  # noqa: S608  # our own words
_BY_ARTICLE = f"{ITEM_ROWS} WHERE i.article = ? ORDER BY i.id LIMIT 100"
_ARTICLE_AT = f"{ARTICLE_ROWS} WHERE a.canonical_url = ?"
_ARTICLE = f"{ARTICLE_ROWS} WHERE a.id = ?"


def why(db: Db, canonical_url: str, raw_url: str, day_on: date | None = None) -> Why:
    """Tell all that is known of a URL: who showed it, what became of it, or where it may hide.

    ``polls_around`` are the polls next to the moment that matters: the first sighting, or for a
    URL never seen the end of the hole nearest to ``day_on`` in the feeds that carry its host; of
    the newest, where no day is known.
    """
    there = fetch(db, _AT_URL, {"canonical": canonical_url, "raw": raw_url})
    numbers = ids_json([row["id"] for row in there])
    found = [item_row(row) for row in fetch(db, _THESE, (numbers,))]
    number = next((item.article for item in found if item.article is not None), None)
    rows = (
        fetch(db, _ARTICLE_AT, (canonical_url,))
        if number is None
        else fetch(db, _ARTICLE, (number,))
    )
    article = article_row(rows[0]) if rows else None
    if article and not found:
        found = [item_row(row) for row in fetch(db, _BY_ARTICLE, (article.article,))]
    if not found:
        return _never_seen(db, host_of(canonical_url or raw_url), article, day_on)
    filled = next((item.filled for item in found if item.filled is not None), None)
    return Why(
        items=tuple(found),
        article=article,
        gap=None,
        polls_around=_polls_around(db, [found[0].feed], found[0].first_seen_at),
        hole=None if filled is None else holes.get(db, filled),
        feeds=tuple(dict.fromkeys(item.feed for item in found)),
    )


def item(db: Db, number: int) -> ItemRow | None:
    """Return one item; None when there is none of this number."""
    rows = fetch(db, f"{ITEM_ROWS} WHERE i.id = ?", (number,))
    return item_row(rows[0]) if rows else None


def alone(db: Db, found: ItemRow) -> Why:
    """Tell of an item that never became an article, as ``why`` does of a URL."""
    return Why(
        items=(found,),
        article=None,
        gap=None,
        polls_around=_polls_around(db, [found.feed], found.first_seen_at),
        hole=None if found.filled is None else holes.get(db, found.filled),
        feeds=(found.feed,),
    )


def _never_seen(db: Db, host: str, article: ArticleRow | None, day_on: date | None) -> Why:
    keys = _feeds_of(db, host)
    on = {row["key"] for row in fetch(db, _ASKED_NOW)}
    asked = [key for key in keys if key in on]
    hole = holes.nearest(db, keys, day_on)
    gap = _newest_gap(db, keys)
    at = hole.until_at if hole and day_on else gap.at if gap else None
    return Why(
        items=(),
        article=article,
        gap=gap,
        polls_around=_polls_around(db, keys, at),
        hole=hole,
        feeds=tuple(asked),
        feeds_off=tuple(key for key in keys if key not in on),
    )


_ASKED_NOW = "SELECT key FROM feeds WHERE enabled = 1 AND configured = 1"


def _feeds_of(db: Db, host: str) -> list[str]:
    if not host:
        return []
    keys = [row["feed"] for row in fetch(db, _FEEDS_OF_HOST, (host,)) if row["feed"] != BY_HAND]
    rows = fetch(db, "SELECT key, url FROM feeds WHERE kind <> 'google-news' ORDER BY key")
    own = [row["key"] for row in rows if _same_site(host_of(row["url"]), host)]
    return list(dict.fromkeys([*keys, *own]))


BY_HAND = "by-hand"
"""The source of what people entered; it is never polled."""
_FEEDS_OF_HOST = "SELECT DISTINCT feed FROM articles WHERE host = ? ORDER BY feed"


def _same_site(one: str, other: str) -> bool:
    return bool(one) and (one == other or one.endswith(f".{other}") or other.endswith(f".{one}"))


_GAP = """
SELECT * FROM polls WHERE possible_gap = 1 AND feed IN (SELECT value FROM json_each(?))
ORDER BY at DESC LIMIT 1
"""
_BEFORE = """
SELECT * FROM polls WHERE feed IN (SELECT value FROM json_each(:feeds)) AND at <= :at
ORDER BY at DESC LIMIT 3
"""
_AFTER = """
SELECT * FROM polls WHERE feed IN (SELECT value FROM json_each(:feeds)) AND at > :at
ORDER BY at LIMIT 2
"""


def _newest_gap(db: Db, feeds: Sequence[str]) -> PollEvent | None:
    rows = fetch(db, _GAP, (ids_json(feeds),))
    return poll_event(rows[0]) if rows else None


def _polls_around(db: Db, feeds: Sequence[str], at: datetime | None) -> tuple[PollEvent, ...]:
    moment = {"feeds": ids_json(feeds), "at": stamp(at) if at else _LAST}
    rows = [*reversed(fetch(db, _BEFORE, moment)), *fetch(db, _AFTER, moment)]
    return tuple(poll_event(row) for row in rows)
