"""Reviews: the queue, what people decided, and what a digest may tell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from store.faults import StoreError
from store.ledger import enter
from store.rows import ARTICLE_ROWS, ARTICLES, TOPICS, article_row, ids_json, instant, stamp
from store.sql import Db, Row, add_row, fetch, one, run, write
from store.types import Answer, ArticleRow, Decision

# --- the queue ------------------------------------------------------------------------------

# These must be the very words of the partial indexes, or SQLite cannot use them.
_ROUTED = "a.route IN ('queue', 'sample') AND a.copy_of IS NULL"
_WAITING = f"{_ROUTED} AND a.decision IS NULL"
_TOPIC = f"(v.topic = ? OR EXISTS (SELECT 1 FROM json_each({TOPICS}) t WHERE t.value = ?))"  # noqa: S608


def queue_sql(tests: Sequence[str], *, waiting_only: bool) -> str:
    """Return the query of the queue; it reads the index of what waits and nothing else."""
    table = ARTICLES.format(index=f"INDEXED BY articles_{'queue' if waiting_only else 'routed'}")
    where = " AND ".join([_WAITING if waiting_only else _ROUTED, *tests])
    return f"{table} WHERE {where} ORDER BY a.score DESC, a.id DESC LIMIT ?"


def queue(
    db: Db,
    *,
    limit: int = 50,
    topic: str | None = None,
    outlet: str | None = None,
    side: str | None = None,
    language: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    minimum: float | None = None,
    waiting_only: bool = True,
) -> list[ArticleRow]:
    """Return what was routed to people and nobody has decided, the best score first; no copies.

    ``topic`` is a topic or one of its strands; [since, until) is when it was first seen;
    ``minimum`` the least score. Any standing answer, "skip" too, takes an article out.
    """
    wanted: dict[str, Sequence[Any]] = {
        _TOPIC: (topic, topic),
        "f.outlet = ?": (outlet,),
        "f.side = ?": (side,),
        "coalesce(a.language, f.language) = ?": (language,),
        "a.first_seen_at >= ?": (stamp(since) if since else None,),
        "a.first_seen_at < ?": (stamp(until) if until else None,),
        "a.score >= ?": (minimum,),
    }
    asked = {test: values for test, values in wanted.items() if values[0] is not None}
    params = [value for values in asked.values() for value in values]
    sql = queue_sql(list(asked), waiting_only=waiting_only)
    return [article_row(row) for row in fetch(db, sql, [*params, limit])]


def queue_size(db: Db) -> int:
    """Count what waits for people."""
    sql = f"SELECT count(*) FROM articles a INDEXED BY articles_queue WHERE {_WAITING}"  # noqa: S608
    return int(one(db, sql))


# --- decisions ------------------------------------------------------------------------------


def decide(
    db: Db,
    *,
    article: int,
    answer: Answer,
    by: str,
    now: datetime,
    note: str = "",
    with_copies: bool = False,
) -> int:
    """Record an answer and return the number of its line; it survives a power cut.

    With its copies, every article of the same text that nobody decided apart gets the answer too.
    The same answer of the same person at the same instant is recorded once.
    """
    line = {
        "answer": answer,
        "by": by,
        "at": stamp(now),
        "note": note,
    }
    with write(db, durable=True):
        repeated = one(db, _REPEATED, line | {"article": article})
        if repeated is not None:
            return int(repeated)
        number = _add_line(db, article, line)
        family = _undecided_family(db, article) if with_copies else []
        for copy in family:
            _add_line(db, copy, line | {"via": number})
        _stand(db, [article, *family])
    return number


_REPEATED = """
SELECT a.decision_id FROM articles a JOIN decisions d ON d.id = a.decision_id
WHERE a.id = :article AND d.answer = :answer AND d.by = :by AND d.at = :at AND d.note = :note
"""
_CONTEXT = """
SELECT a.version, v.model, a.score FROM articles a LEFT JOIN verdicts v ON v.id = a.verdict
WHERE a.id = ?
"""
_FAMILY = """
SELECT c.id FROM articles a
JOIN articles c ON c.id = coalesce(a.copy_of, a.id) OR c.copy_of = coalesce(a.copy_of, a.id)
LEFT JOIN decisions d ON d.id = c.decision_id
WHERE a.id = :article AND c.id <> :article AND (c.decision IS NULL OR d.via IS NOT NULL)
ORDER BY c.id
"""


def _add_line(db: Db, article: int, line: Row) -> int:
    context = fetch(db, _CONTEXT, (article,))
    if not context:
        raise StoreError(f"there is no article {article}: nothing was decided")
    return add_row(db, "decisions", context[0] | line | {"article": article})


def _undecided_family(db: Db, article: int) -> list[int]:
    return [row["id"] for row in fetch(db, _FAMILY, {"article": article})]


# A line stands while no other line undoes it; of those that stand the newest counts.
_STAND = """
UPDATE articles SET (decision_id, decision, decided_by, decided_at) = (
    SELECT d.id, d.answer, d.by, d.at
    FROM (SELECT 1) LEFT JOIN decisions d ON d.id = (
        SELECT max(s.id) FROM decisions s
        WHERE s.article = articles.id AND s.answer IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = s.id)))
WHERE id IN (SELECT value FROM json_each(?))
"""


def _stand(db: Db, articles: Sequence[int]) -> None:
    run(db, _STAND, (ids_json(articles),))
    enter(db, articles)


def undo(db: Db, *, article: int, by: str, now: datetime, decision: int | None = None) -> bool:
    """Undo the newest standing decision and what it brought to copies: the one before stands again.

    False when nothing stands. Given the number of a ``decision``, only that one is undone: a second
    press of the same button then does nothing.
    """
    with write(db, durable=True):
        newest = one(db, "SELECT decision_id FROM articles WHERE id = ?", (article,))
        if newest is None or decision not in {None, newest}:
            return False
        lines = fetch(db, _WITH_ECHOES, {"line": newest})
        for line in lines:
            cells = {"undoes": line["id"], "by": by, "at": stamp(now), "note": ""}
            _add_line(db, line["article"], cells)
        _stand(db, [line["article"] for line in lines])
    return True


_WITH_ECHOES = """
SELECT id, article FROM decisions
WHERE (id = :line OR via = :line)
    AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = decisions.id)
ORDER BY id
"""


def undo_all(
    db: Db, *, person: str, since: datetime, until: datetime, by: str, now: datetime
) -> int:
    """Undo every decision of a person in [since, until), and what each brought to copies.

    Lines are added, none is removed: on each article the newest decision of the others stands
    again. Returns how many decisions were undone; doing it twice undoes nothing more.
    """
    window = {"by": person, "since": stamp(since), "until": stamp(until)}
    with write(db, durable=True):
        own = fetch(db, _OF_PERSON, window)
        lines = {e["id"]: e for line in own for e in fetch(db, _WITH_ECHOES, {"line": line["id"]})}
        for line in lines.values():
            cells = {"undoes": line["id"], "by": by, "at": stamp(now), "note": f"all of {person}'s"}
            _add_line(db, line["article"], cells)
        _stand(db, sorted({line["article"] for line in lines.values()}))
    return len(own)


_OF_PERSON = """
SELECT id FROM decisions d
WHERE d.by = :by AND d.at >= :since AND d.at < :until AND d.answer IS NOT NULL AND d.via IS NULL
    AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = d.id)
ORDER BY d.id
"""


def deciders(db: Db) -> list[tuple[str, int, datetime, datetime]]:
    """Return who decided: name, on how many standing lines, and when first and last."""
    sql = """
    SELECT by, count(*) AS n, min(at) AS first, max(at) AS last FROM decisions d
    WHERE answer IS NOT NULL AND via IS NULL
        AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = d.id)
    GROUP BY by ORDER BY n DESC, by
    """
    return [(r["by"], r["n"], instant(r["first"]), instant(r["last"])) for r in fetch(db, sql)]


def history(db: Db, article: int) -> list[Decision]:
    """Return every line about an article, undone ones and undos too, the first one first."""
    sql = "SELECT * FROM decisions WHERE article = ? ORDER BY id"
    return [_decision(row) for row in fetch(db, sql, (article,))]


def recent(db: Db, limit: int = 100) -> list[Decision]:
    """Return the newest lines about any article, newest first."""
    sql = "SELECT * FROM decisions ORDER BY id DESC LIMIT ?"
    return [_decision(row) for row in fetch(db, sql, (limit,))]


def _decision(row: Row) -> Decision:
    return Decision(
        id=row["id"],
        article=row["article"],
        version=row["version"],
        answer=row["answer"],
        undoes=row["undoes"],
        by=row["by"],
        at=instant(row["at"]),
        note=row["note"],
        model=row["model"],
        score=row["score"],
    )


# --- the digest -----------------------------------------------------------------------------


_CANDIDATES = f"""
WITH told (id) AS (
    SELECT id FROM articles WHERE queued_at >= :since AND queued_at < :until AND route = 'queue'
    UNION
    SELECT id FROM articles WHERE decision IS NOT NULL AND decision = 'relevant'
        AND decided_at >= :since AND decided_at < :until
)
{ARTICLE_ROWS}
WHERE (a.id IN (SELECT id FROM told) OR a.copy_of IN (SELECT id FROM told))
    AND a.decision IS NOT 'not_relevant' AND (a.decision IS 'relevant' OR NOT EXISTS
        (SELECT 1 FROM articles o WHERE o.id = a.copy_of AND o.decision = 'not_relevant'))
ORDER BY a.score DESC, a.id
"""  # noqa: S608  # ARTICLE_ROWS is our own select


def digest_candidates(db: Db, since: datetime, until: datetime) -> list[ArticleRow]:
    """Return what was newly queued or accepted in [since, until), best score first, with copies.

    Not what people rejected, nor its copies. A copy carries ``copy_of``.
    """
    window = {"since": stamp(since), "until": stamp(until)}
    return [article_row(row) for row in fetch(db, _CANDIDATES, window)]
