"""Near copies: articles that share values of a text's sketch within a window."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from store.rows import ids_json, instant, stamp
from store.sql import Db, Row, add_rows, fetch, one, run, write
from store.types import Candidate

INDEXED = 24
"""Values of a sketch that an article is looked up by: the largest. The others compare texts."""

_WRAP = 1 << 64


def folded_value(value: int) -> int:
    """Fold any 64-bit value into SQLite's signed range; equal values stay equal."""
    low = value % _WRAP
    return low - _WRAP if low >= _WRAP // 2 else low


# Originals first among equals, then the oldest: that is whom a reader would call the source.
_SIMILAR = """
WITH hits (article, shared) AS (
    SELECT article, count(*) FROM sketches
    WHERE value IN (SELECT value FROM json_each(:sketch)) AND first_seen_at >= :seconds
    GROUP BY article
    UNION ALL
    SELECT id, 1000000 FROM articles
    WHERE text_hash = :text_hash AND first_seen_at >= :since
)
SELECT a.id, a.text_hash, a.title_key, a.sketch, a.first_seen_at, sum(h.shared) AS shared
FROM hits h JOIN articles a ON a.id = h.article
WHERE a.id <> :exclude AND a.version > 0
GROUP BY a.id ORDER BY shared DESC, a.copy_of IS NOT NULL, a.id LIMIT :limit
"""


def similar(
    db: Db, sketch: Sequence[int], text_hash: str, since: datetime, exclude: int, limit: int = 20
) -> list[Candidate]:
    """Return articles first seen since then that may be the original of a text.

    Those with the very same text lead; then those that share the most values of the sketch.
    """
    asked = {
        "sketch": ids_json([folded_value(value) for value in sketch[-INDEXED:]]),
        "seconds": int(since.timestamp()),
        "since": stamp(since),
        "text_hash": text_hash,
        "exclude": exclude,
        "limit": limit,
    }
    return [_candidate(row) for row in fetch(db, _SIMILAR, asked)]


def _candidate(row: Row) -> Candidate:
    return Candidate(
        article=row["id"],
        text_hash=row["text_hash"],
        title_key=row["title_key"],
        sketch=tuple(json.loads(row["sketch"])),
        first_seen_at=instant(row["first_seen_at"]),
    )


def replace_sketch(db: Db, article: int, old: str, new: Sequence[int], seen_at: str) -> None:
    """Put an article's sketch (JSON when ``old``) in place of the old one, inside a write."""
    _remove(db, article, old)
    seconds = int(instant(seen_at).timestamp())
    values = sorted({folded_value(value) for value in new[-INDEXED:]})
    rows = [{"value": v, "article": article, "first_seen_at": seconds} for v in values]
    add_rows(db, "sketches", rows)


def _remove(db: Db, article: int, sketch: str) -> None:
    values = ids_json([folded_value(value) for value in json.loads(sketch)])
    run(
        db,
        "DELETE FROM sketches WHERE value IN (SELECT value FROM json_each(?)) AND article = ?",
        (values, article),
    )


def original_of(db: Db, copy_of: int | None, article: int) -> int | None:
    """Return whom an article copies: never itself, and never a copy.

    An original that is edited may come to look like its own copy; were both called copies of each
    other, the story would be gone from the queue.
    """
    if copy_of is None:
        return None
    root = one(db, "SELECT coalesce(copy_of, id) FROM articles WHERE id = ?", (copy_of,))
    return None if root is None or root == article else int(root)


def forget_sketches(db: Db, before: datetime, limit: int = 2000) -> int:
    """Drop the sketches of articles first seen before then; at most ``limit`` articles a call."""
    with write(db):
        old = fetch(
            db,
            "SELECT id, sketch FROM articles WHERE sketched = 1 AND first_seen_at < ?"
            " ORDER BY first_seen_at LIMIT ?",
            (stamp(before), limit),
        )
        for row in old:
            _remove(db, row["id"], row["sketch"])
        ids = ids_json([row["id"] for row in old])
        run(
            db,
            "UPDATE articles SET sketched = 0 WHERE id IN (SELECT value FROM json_each(?))",
            (ids,),
        )
    return len(old)
