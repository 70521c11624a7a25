"""Reviews: the queue, what people decided, and what a digest may tell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from store import pairs
from store import reasons as why
from store.faults import StoreError
from store.ledger import enter
from store.rows import (
    ARTICLE_ROWS,
    ARTICLES,
    GENRE,
    TOPICS,
    article_row,
    decision_row,
    ids_json,
    instant,
    stamp,
)
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
    genre: str | None = None,
    tag: str | None = None,
    waiting_only: bool = True,
) -> list[ArticleRow]:
    """Return what was routed to people and nobody has decided, the best score first; no copies.

    ``topic`` is a topic or one of its strands; [since, until) is when it was first seen;
    ``minimum`` the least score; ``genre`` as people put it, else the machine's guess. Any standing
    answer, "skip" too, takes an article out.
    """
    wanted: dict[str, Sequence[Any]] = {
        _TOPIC: (topic, topic),
        "f.outlet = ?": (outlet,),
        "f.side = ?": (side,),
        "coalesce(a.language, f.language) = ?": (language,),
        "a.first_seen_at >= ?": (stamp(since) if since else None,),
        "a.first_seen_at < ?": (stamp(until) if until else None,),
        "a.score >= ?": (minimum,),
        f"{GENRE} = ?": (genre,),
        "EXISTS (SELECT 1 FROM tagged t WHERE t.article = a.id AND t.tag = ?)": (tag,),
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
    reasons: Sequence[str] = (),
    read_twice: float = 0.0,
) -> int:
    """Record an answer and return the number of its line; it survives a power cut.

    With its copies, every article of the same text that nobody decided apart gets the answer too.
    The same answer of the same person at the same instant is recorded once. ``reasons`` are kept
    beside the line, as ``store.reasons.give`` does later. ``read_twice`` is the share of articles
    that a second person reads too; on such a one the first answer keeps standing beside the second,
    until somebody answers over both (store.pairs).
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
        part = pairs.part(db, article, by=by, answer=answer, now=now, share=read_twice)
        number = _add_line(db, article, line | {"reading": part})
        # What does not stand on the article itself is no answer for its copies.
        stands = part not in {"second", "aside"}
        family = _undecided_family(db, article) if with_copies and stands else []
        for copy in family:
            _add_line(db, copy, line | {"via": number})
        for reason in dict.fromkeys(reasons):
            why.give(db, decision=number, reason=reason, by=by, now=now)
        _stand(db, [article, *family])
    return number


_REPEATED = """
SELECT d.id FROM decisions d
WHERE d.article = :article AND d.answer = :answer AND d.by = :by AND d.at = :at AND d.note = :note
    AND d.via IS NULL AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = d.id)
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


# A line stands while no other line undoes it; of those that stand the newest counts. A second,
# blind reading counts where the first no longer stands: the oldest, so that no later one pushes it
# out. What was said before the article was drawn comes last; it can only be a skip. Of each reader
# the newest reading counts, and who put it off does not hold up who answered.
NEWEST = """
SELECT s.id FROM decisions s
WHERE s.article = articles.id AND s.answer IS NOT NULL AND s.reading IS NOT 'aside'
    AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = s.id) {but}
    AND (coalesce(s.reading, '') NOT IN ('first', 'second') OR NOT EXISTS (
        SELECT 1 FROM decisions l
        WHERE l.article = s.article AND l.by = s.by AND l.id > s.id
            AND l.reading IN ('first', 'second')
            AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = l.id) {nor}))
ORDER BY CASE WHEN s.reading IS NULL THEN 3 WHEN s.answer = 'skip' THEN 2
        WHEN s.reading = 'second' THEN 1 ELSE 0 END,
    CASE WHEN s.reading = 'second' THEN -s.id ELSE s.id END DESC
LIMIT 1
"""
_STAND = f"""
UPDATE articles SET (decision_id, decision, decided_by, decided_at) = (
    SELECT d.id, d.answer, d.by, d.at
    FROM (SELECT 1) LEFT JOIN decisions d ON d.id = ({NEWEST.format(but="", nor="")}))
WHERE id IN (SELECT value FROM json_each(?))
"""  # noqa: S608  # our own select


def _stand(db: Db, articles: Sequence[int]) -> None:
    run(db, _STAND, (ids_json(articles),))
    pairs.weigh(db, articles)
    enter(db, articles)


def undo(db: Db, *, article: int, by: str, now: datetime, decision: int | None = None) -> bool:
    """Undo a decision and what it brought to copies: the one before stands again.

    Given the number of a ``decision`` of this article, that one, which need not be the newest; a
    second press of the same button then does nothing. Otherwise the newest that stands; of an
    article that two people read, the newest of ``by``, before those of others. False when there
    is none, or when it is still to be hidden from ``by``.
    """
    with write(db, durable=True):
        asked = {"article": article, "by": by, "decision": decision}
        found = fetch(db, _TO_UNDO, asked)
        if not found:
            return False
        if found[0]["by"] != by and pairs.is_blind_to(db, article, by):
            return False
        lines = fetch(db, _WITH_ECHOES, {"line": found[0]["id"]})
        for line in lines:
            cells = {"undoes": line["id"], "by": by, "at": stamp(now), "note": ""}
            _add_line(db, line["article"], cells)
        _stand(db, [line["article"] for line in lines])
    return True


_TO_UNDO = """
SELECT d.id, d.by FROM decisions d
WHERE d.article = :article AND d.answer IS NOT NULL
    AND (:decision IS NULL OR d.id = :decision)
    AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = d.id)
ORDER BY :decision IS NULL AND d.by <> :by
    AND EXISTS (SELECT 1 FROM pairs p WHERE p.article = d.article), d.id DESC
LIMIT 1
"""
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
    with write(db, durable=True):
        own, lines = lines_of_person(db, person=person, since=since, until=until)
        for line in lines:
            cells = {"undoes": line["id"], "by": by, "at": stamp(now), "note": f"all of {person}'s"}
            _add_line(db, line["article"], cells)
        _stand(db, sorted({line["article"] for line in lines}))
    return len(own)


def lines_of_person(
    db: Db, *, person: str, since: datetime, until: datetime
) -> tuple[list[Row], list[Row]]:
    """Return the lines (id) a person decided in [since, until) that stand, and with echoes.

    The second also names each line's ``article``.
    """
    window = {"by": person, "since": stamp(since), "until": stamp(until)}
    own = fetch(db, _OF_PERSON, window)
    lines = {e["id"]: e for line in own for e in fetch(db, _WITH_ECHOES, {"line": line["id"]})}
    return own, list(lines.values())


_OF_PERSON = """
SELECT id FROM decisions d
WHERE d.by = :by AND d.at >= :since AND d.at < :until AND d.answer IS NOT NULL AND d.via IS NULL
    AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = d.id)
ORDER BY d.id
"""


# An index on (by, id) answers either end; lines are added in the order of time.
_STOOD = """
(SELECT d.at FROM decisions d WHERE d.by = p.by AND d.answer IS NOT NULL AND d.via IS NULL
    AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = d.id)
    ORDER BY d.id {order} LIMIT 1)
"""
_DECIDERS = f"""
SELECT p.by, p.lines, {_STOOD.format(order="")} AS first, {_STOOD.format(order="DESC")} AS last
FROM deciders p WHERE p.lines > 0 ORDER BY p.lines DESC, p.by
"""  # noqa: S608


def deciders(db: Db) -> list[tuple[str, int, datetime, datetime]]:
    """Return who decided: name, on how many standing lines, and when first and last."""
    rows = fetch(db, _DECIDERS)
    return [
        (row["by"], row["lines"], instant(row["first"]), instant(row["last"]))
        for row in rows
        if row["first"]  # a name that was changed by hand stands in the lines alone
    ]


def history(db: Db, article: int, *, seen_by: str | None = None) -> list[Decision]:
    """Return every line about an article, undone ones and undos too, the first one first.

    ``seen_by`` leaves out what must be hidden from somebody who is to read it without knowing.
    """
    sql = "SELECT * FROM decisions WHERE article = ? ORDER BY id"
    return _shown_to(db, lines_of(db, fetch(db, sql, (article,))), seen_by)


def recent(db: Db, limit: int = 100, *, seen_by: str | None = None) -> list[Decision]:
    """Return the newest lines about any article, newest first; ``seen_by`` as for ``history``."""
    sql = "SELECT * FROM decisions ORDER BY id DESC LIMIT ?"
    return _shown_to(db, lines_of(db, fetch(db, sql, (limit,))), seen_by)


def _shown_to(db: Db, lines: list[Decision], seen_by: str | None) -> list[Decision]:
    if seen_by is None:
        return lines
    hidden = pairs.blind_among(db, [line.article for line in lines], seen_by)
    return [line for line in lines if line.by == seen_by or line.article not in hidden]


def lines_of(db: Db, rows: Sequence[Row]) -> list[Decision]:
    """Make lines of the history, with their reasons, from rows of ``decisions``."""
    given = why.of_decisions(db, [row["id"] for row in rows])
    return [decision_row(row, given.get(row["id"], ())) for row in rows]


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
