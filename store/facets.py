"""The strands that people put in place of the judgement's: append-only lines, the newest stands."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from store.faults import StoreError
from store.inquiry import FacetLine, FacetTally
from store.rows import as_json, instant, stamp
from store.sql import Db, Row, add_row, fetch, write

_MACHINE = """
SELECT v.topics, v.model FROM articles a LEFT JOIN verdicts v ON v.id = a.verdict WHERE a.id = ?
"""


def correct(
    db: Db, *, article: int, topics: Sequence[str] | None, by: str, now: datetime
) -> FacetLine | None:
    """Put ``topics`` in place of the judgement's strands; None goes back to what it says.

    Kept with what the judgement said at the time; it survives a power cut. What already stands is
    not recorded again, and None is returned.

    Raises:
        StoreError: there is no such article.
    """
    with write(db, durable=True):
        found = fetch(db, _MACHINE, (article,))
        if not found:
            raise StoreError(f"there is no article {article}: no strands were changed")
        machine = json.loads(found[0]["topics"] or "[]")
        before = standing(db, article)
        wanted = None if topics is None else list(dict.fromkeys(topics))
        if wanted == (list(before.topics or ()) if before else None) or (
            before is None and wanted == machine
        ):
            return None
        add_row(
            db,
            "facets",
            {
                "article": article,
                "topics": None if wanted is None else as_json(wanted),
                "machine": as_json(machine),
                "model": found[0]["model"],
                "by": by,
                "at": stamp(now),
            },
        )
    return history(db, article)[-1]


def standing(db: Db, article: int) -> FacetLine | None:
    """Return the correction that stands; None: the judgement's strands do."""
    lines = history(db, article)
    return lines[-1] if lines and lines[-1].topics is not None else None


def history(db: Db, article: int) -> list[FacetLine]:
    """Return every line about an article, the first one first."""
    sql = "SELECT * FROM facets WHERE article = ? ORDER BY id"
    return [_line(row) for row in fetch(db, sql, (article,))]


_STANDING = """
SELECT * FROM facets f WHERE id = (SELECT max(g.id) FROM facets g WHERE g.article = f.article)
    AND topics IS NOT NULL ORDER BY id
"""


def tally(db: Db) -> FacetTally:
    """Count how people differ from the judgement: strands put in and taken out, over articles."""
    added: Counter[str] = Counter()
    removed: Counter[str] = Counter()
    lines = [_line(row) for row in fetch(db, _STANDING)]
    for line in lines:
        added.update(set(line.topics or ()) - set(line.machine))
        removed.update(set(line.machine) - set(line.topics or ()))
    return FacetTally(articles=len(lines), added=dict(added), removed=dict(removed))


def _line(row: Row) -> FacetLine:
    return FacetLine(
        id=row["id"],
        article=row["article"],
        topics=None if row["topics"] is None else tuple(json.loads(row["topics"])),
        machine=tuple(json.loads(row["machine"])),
        model=row["model"],
        by=row["by"],
        at=instant(row["at"]),
    )
