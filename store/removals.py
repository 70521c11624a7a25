"""Texts that are removed: by an outlet's own rule, or because somebody asked for it.

What stays is the record: address, headline, the hash of every text, who removed it, when and why,
the verdicts and the decisions. The books count the article as before, and a snapshot keeps its
hash.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from store import pages, quoted, snapshots
from store.faults import StoreError
from store.rows import ids_json, instant, stamp
from store.sql import Db, add_row, fetch, one, run, write
from store.texts import BY_AGE, empty

__all__ = ["BY_AGE", "Removal", "forget_outlet", "is_past", "recent", "request", "standing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """A text removed on request: by whom, when, why, and how much of it there was."""

    article: int
    by: str
    at: datetime
    why: str
    texts: int
    pages: int


_OF_OUTLET = """
SELECT a.id, v.version, v.title, v.body, a.version AS latest
FROM articles a INDEXED BY articles_seen LEFT JOIN feeds f ON f.key = a.feed
    JOIN versions v ON v.article = a.id
WHERE a.first_seen_at < :before AND v.held AND coalesce(a.source_outlet, f.outlet) = :outlet
ORDER BY a.first_seen_at LIMIT :limit
"""
_OF_ARTICLE = """
SELECT a.id, v.version, v.title, v.body, a.version AS latest
FROM articles a JOIN versions v ON v.article = a.id WHERE a.id = ? AND v.held
"""


def forget_outlet(
    db: Db, outlet: str, before: datetime, *, days: int, now: datetime, batch: int = 200
) -> int:
    """Empty all texts of an outlet's articles first seen before then, wanted or not; how many."""
    why = f"Texts of {outlet} are held for {days} days."
    given = {"outlet": outlet, "before": stamp(before), "limit": batch}
    forgotten = 0
    while rows := fetch(db, _OF_OUTLET, given):
        with write(db):
            snapshots.let_go(db, sorted({row["id"] for row in rows}), now=now, why=why)
            empty(db, rows, by=BY_AGE, why=why, now=now)
            for article in {row["id"] for row in rows}:
                _strip(db, article)
        forgotten += len(rows)
    return forgotten


def is_past(db: Db, outlet: str, feeds: Collection[str]) -> bool:
    """Say whether articles can be of this outlet though none of these ``feeds`` is."""
    return one(db, _PAST, (outlet, ids_json(list(feeds)))) is not None


_PAST = """
SELECT 1 FROM feeds WHERE outlet = ?1 AND key NOT IN (SELECT value FROM json_each(?2))
UNION ALL SELECT 1 FROM articles WHERE source_outlet = ?1 LIMIT 1
"""


def request(db: Db, article: int, *, by: str, why: str, now: datetime) -> Removal:
    """Remove all texts and pages of an article for good, with a line that says so.

    What was copied of it goes too: sentences beside figures, quotations, passages in digests and
    messages. It is never read again, whatever its feed shows. Doing it twice does it once: the
    first line is returned. It survives a power cut.

    Raises:
        StoreError: there is no such article.
    """
    with write(db, durable=True):
        if one(db, "SELECT 1 FROM articles WHERE id = ?", (article,)) is None:
            raise StoreError(f"there is no article {article}: nothing was removed")
        before = standing(db, article)
        if before is not None:
            return before
        snapshots.let_go(db, [article], now=now, why=why)
        quoted.forget(db, article)
        rows = fetch(db, _OF_ARTICLE, (article,))
        empty(db, rows, by=by, why=why, now=now)
        _strip(db, article)
        made = Removal(
            article=article, by=by, at=now, why=why, texts=len(rows),
            pages=pages.remove(db, article),
        )  # fmt: skip
        cells = {"article": article, "by": by, "at": stamp(now), "why": why, "texts": made.texts,
                 "pages": made.pages}  # fmt: skip
        add_row(db, "removals", cells)
        run(db, _NEVER_AGAIN, (article,))
        return made


# What waits for a text waits no more; one without any keeps the place that it has in the books.
_NEVER_AGAIN = """
UPDATE articles SET removed = 1, summary = '',
    state = CASE WHEN version > 0 THEN 'text' ELSE state END
WHERE id = ?
"""


def _strip(db: Db, article: int) -> None:
    """Take away what else holds the text: the feed's own HTML, and a refused page's text."""
    run(
        db,
        "UPDATE items SET content_html = NULL WHERE article = ? AND content_html IS NOT NULL",
        (article,),
    )
    run(db, "UPDATE refusals SET body = '' WHERE article = ?", (article,))


def standing(db: Db, article: int) -> Removal | None:
    """Return the line by which an article's text was removed on request; None: it was not."""
    found = _history(db, "article = ?", (article,))
    return found[0] if found else None


def recent(db: Db, limit: int = 50) -> list[Removal]:
    """Return removals on request, the newest first."""
    return _history(db, "1 ORDER BY id DESC LIMIT ?", (limit,))


def _history(db: Db, where: str, params: Sequence[object]) -> list[Removal]:
    """Return lines of the history of removals, by a test on its own columns."""
    rows = fetch(db, f"SELECT * FROM removals WHERE {where}", params)  # noqa: S608  # our own words
    return [
        Removal(
            article=row["article"], by=row["by"], at=instant(row["at"]), why=row["why"],
            texts=row["texts"], pages=row["pages"],
        )
        for row in rows
    ]  # fmt: skip
