"""Near copies: articles that share values of a text's sketch within a window."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from store.rows import SKETCH, ids_json, instant, packed, stamp, unpacked
from store.sql import Db, Row, fetch, one, run, run_many, tuples, write
from store.types import Candidate

INDEXED = 12
"""Values of a sketch that an article has rows for: the largest. The others compare texts."""
ASKED = 24
"""Values that a text is looked up by: of two texts that share half, both know most of these.

A row costs seven times what a look-up costs, and twelve find all that twenty-four found
(bench/copies.py).
"""

_WRAP = 1 << 64


def folded_value(value: int) -> int:
    """Fold any 64-bit value into SQLite's signed range; equal values stay equal."""
    if 0 <= value < _WRAP // 2:
        return value
    low = value % _WRAP
    return low - _WRAP if low >= _WRAP // 2 else low


_HITS = f"""
SELECT id, 1000000 FROM articles WHERE text_hash = ? AND first_seen_at >= ?
UNION ALL
SELECT article, count(*) FROM sketches
WHERE value IN ({",".join("?" * ASKED)}) AND first_seen_at >= ? GROUP BY article
"""  # noqa: S608  # nothing but marks
_READ = """
SELECT id, copy_of IS NOT NULL FROM articles
WHERE id IN (SELECT value FROM json_each(?)) AND version > 0
"""
_CANDIDATES = f"""
SELECT a.id, a.text_hash, a.title_key, {SKETCH}, a.first_seen_at FROM articles a
WHERE a.id IN (SELECT value FROM json_each(?))
"""  # noqa: S608  # the fragment stands in store.rows


def similar(
    db: Db, sketch: Sequence[int], text_hash: str, since: datetime, exclude: int, limit: int = 20
) -> list[Candidate]:
    """Return articles first seen since then that may be the original of a text.

    Those with the very same text lead; then those that share the most values of the sketch. A text
    that is like no other, as nearly all are, costs the look-ups and nothing more.
    """
    values: list[int | None] = [folded_value(value) for value in sketch[-ASKED:]] or [None]
    values += values[-1:] * (ASKED - len(values))  # one statement, however short a text
    asked_for = (text_hash, stamp(since), *values, int(since.timestamp()))
    shared: Counter[int] = Counter()
    for article, count in tuples(db, _HITS, asked_for):
        shared[article] += count
    del shared[exclude]
    best = _best(db, shared, limit) if shared else []
    found = {row["id"]: row for row in fetch(db, _CANDIDATES, (ids_json(best),))} if best else {}
    return [_candidate(found[article]) for article in best]


def _best(db: Db, shared: Mapping[int, int], limit: int) -> list[int]:
    """Return whom to compare with, in order, before a sketch is read: hits may be hundreds.

    Originals first among equals, then the oldest: that is whom a reader would call the source.
    """
    read = tuples(db, _READ, (ids_json(list(shared)),))
    read.sort(key=lambda row: (-shared[row[0]], row[1], row[0]))
    return [article for article, _ in read[:limit]]


def _candidate(row: Row) -> Candidate:
    return Candidate(
        article=row["id"],
        text_hash=row["text_hash"],
        title_key=row["title_key"],
        sketch=unpacked(row["sketch"]),
        first_seen_at=instant(row["first_seen_at"]),
    )


def replace_sketch(
    db: Db, article: int, old: bytes | str, new: Sequence[int], seen_at: str
) -> None:
    """Put an article's sketch in place of the old one, as it is kept, inside a write."""
    if old != "[]":
        _remove(db, article, old)
    if new:
        run(db, _KEEP, (article, packed(new)))
    seconds = int(instant(seen_at).timestamp())
    values = sorted({folded_value(value) for value in new[-INDEXED:]})
    run_many(db, _PUT, [(value, article, seconds) for value in values])


_KEEP = "INSERT OR REPLACE INTO kept_sketches (article, sketch) VALUES (?, ?)"
_PUT = "INSERT INTO sketches (value, article, first_seen_at) VALUES (?, ?, ?)"


def _remove(db: Db, article: int, sketch: bytes | str) -> None:
    values = ids_json([folded_value(value) for value in unpacked(sketch)])
    run(
        db,
        "DELETE FROM sketches WHERE value IN (SELECT value FROM json_each(?)) AND article = ?",
        (values, article),
    )
    run(db, "DELETE FROM kept_sketches WHERE article = ?", (article,))


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
            f"SELECT a.id, {SKETCH} FROM articles a WHERE sketched = 1 AND first_seen_at < ?"  # noqa: S608
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
