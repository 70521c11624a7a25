"""Marks of the sentences that stand after the lead, by outlet: what a later judgement distrusts.

A mark is any 64-bit number; what it stands for is no affair of the store's. Articles that are
copies of one another count as one, by what is known at the time of asking.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from store.rows import ids_json
from store.sql import Db, fetch, run, write

ENOUGH = 100
"""Beyond so many articles a mark is no longer counted: a notice stands in every one of them."""

_SEEN = """
SELECT m.value AS mark, (
    SELECT count(*) FROM (
        SELECT DISTINCT coalesce(a.copy_of, a.id) FROM tails t JOIN articles a ON a.id = t.article
        WHERE t.outlet = :outlet AND t.mark = m.value AND t.seen_at >= :since LIMIT :enough
    )) AS articles
FROM json_each(:marks) m
"""


_REMEMBER = """
INSERT INTO tails (outlet, mark, article, seen_at)
SELECT f.outlet, m.value, a.id, :now
FROM articles a JOIN feeds f ON f.key = a.feed, json_each(:marks) m WHERE a.id = :article
"""


def replace_tails(db: Db, article: int, marks: Sequence[int], now: datetime) -> None:
    """Put an article's marks in place of those it left before, inside a write."""
    run(db, "DELETE FROM tails WHERE article = ?", (article,))
    if marks:
        given = {"article": article, "marks": ids_json(sorted(set(marks)))}
        run(db, _REMEMBER, given | {"now": int(now.timestamp())})


def seen(db: Db, outlet: str, marks: Sequence[int], since: datetime) -> Mapping[int, int]:
    """Return in how many articles of an outlet each mark stood since then, up to ``ENOUGH``.

    Marks that stood in none are left out.
    """
    asked = {
        "outlet": outlet,
        "marks": ids_json(sorted(set(marks))),
        "since": int(since.timestamp()),
        "enough": ENOUGH,
    }
    rows = fetch(db, _SEEN, asked) if marks else []
    return {row["mark"]: row["articles"] for row in rows if row["articles"]}


def forget(db: Db, before: datetime) -> int:
    """Drop the marks left before then; return how many."""
    with write(db):
        return run(db, "DELETE FROM tails WHERE seen_at < ?", (int(before.timestamp()),))
