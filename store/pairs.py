"""Articles that two people read without seeing each other's answer, and where they differ.

A drawn article's lines say what they are to it (``decisions.reading``): the first reader's answers,
the second's, what was said over both. How each pair stands is worked out from the lines that stand,
and from nothing else; ``rebuild`` does it for all.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, TypeVar

from store import reasons
from store.desk import Dispute, Load, Pair, Reading
from store.lineage import StoryMember
from store.rows import ARTICLES, article_row, decision_row, ids_json, instant, stamp
from store.sql import Db, Row, fetch, one, run, write
from store.types import Answer, ArticleRow, Decision

ACTIVE: Final = timedelta(days=28)  # who decided in it can be a second reader
MOST_COMPARED: Final = 5000  # pairs; the newest

# --- drawing --------------------------------------------------------------------------------

_FRESH = """
SELECT 1 FROM articles WHERE id = ? AND copy_of IS NULL AND route IN ('queue', 'sample')
    AND (decision IS NULL OR decision = 'skip')
"""
# An account that never decided can be the second reader too.
_SOMEBODY_ELSE = """
SELECT EXISTS (SELECT 1 FROM decisions
        WHERE at >= :since AND by <> :by AND answer IS NOT NULL AND via IS NULL)
    OR EXISTS (SELECT 1 FROM people WHERE active AND role <> 'reader' AND name <> :by)
"""


def part(
    db: Db, article: int, *, by: str, answer: Answer, now: datetime, share: float
) -> Reading | None:
    """Return what a new line of ``by`` is to the pair; None where the article is not drawn.

    Drawn is a ``share`` of what the queue showed, at the first answer and not before, as long as
    somebody else reads. The same article gets the same lot, which its number does not give away.
    """
    pair = get(db, article)
    if pair is None:
        drawn = answer != "skip" and _is_drawn(db, article, by=by, now=now, share=share)
        return "first" if drawn else None
    over = pair.settled is not None or pair.second is not None
    if answer == "skip" and (over or pair.readers - {by}):
        return "aside"
    if over:
        return "jointly" if by in pair.readers else "settles"
    return "second" if pair.readers - {by} else "first"


def _is_drawn(db: Db, article: int, *, by: str, now: datetime, share: float) -> bool:
    if share <= 0 or one(db, _FRESH, (article,)) is None or lot(db, article) >= share:
        return False
    return bool(one(db, _SOMEBODY_ELSE, {"since": stamp(now - ACTIVE), "by": by}))


def lot(db: Db, article: int) -> float:
    """Return the article's lot in [0, 1), always the same and unknown without the file."""
    salt = one(db, "SELECT salt FROM salts WHERE name = 'pairs'")
    digest = hmac.digest(bytes.fromhex(salt), str(article).encode(), "sha256")
    return int.from_bytes(digest[:6]) / 2**48


# --- how pairs stand ------------------------------------------------------------------------

_LINES = """
SELECT id, article, answer, by, at, reading,
    EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = d.id) AS undone
FROM decisions d WHERE article IN (SELECT value FROM json_each(?)) AND reading IS NOT NULL
ORDER BY article, id
"""
_PUT = """
INSERT OR REPLACE INTO pairs (article, drawn_at, state, first, first_by, first_answer, second,
    second_by, second_answer, settled)
VALUES (:article, :drawn_at, :state, :first, :first_by, :first_answer, :second, :second_by,
    :second_answer, :settled)
"""


def weigh(db: Db, articles: Sequence[int]) -> None:
    """Work out anew how the drawn among these articles stand, inside the write of their lines."""
    lines: dict[int, list[Row]] = {}
    for row in fetch(db, _LINES, (ids_json(articles),)):
        lines.setdefault(row["article"], []).append(row)
    for article, of_it in lines.items():
        run(db, _PUT, {"article": article, **_standing(of_it)})


def _standing(lines: Sequence[Row]) -> Row:
    """Return the cells of a pair from all its lines, undone ones too, in their order."""
    stand = [line for line in lines if not line["undone"] and line["reading"] != "aside"]
    newest = {line["by"]: line for line in stand if line["reading"] in {"first", "second"}}
    read = sorted((line for line in newest.values() if line["answer"] != "skip"), key=_order)[:2]
    settled = [line["id"] for line in stand if line["reading"] in {"settles", "jointly"}]
    cells: Row = {"drawn_at": lines[0]["at"], "settled": settled[-1] if settled else None}
    for at, name in enumerate(("first", "second")):
        line = read[at] if at < len(read) else dict.fromkeys(("id", "by", "answer"))
        cells |= {name: line["id"], f"{name}_by": line["by"], f"{name}_answer": line["answer"]}
    same = len(read) > 1 and read[0]["answer"] == read[1]["answer"]
    by_number = ("open", "waiting", "agreed" if same else "disputed")[len(read)]
    return cells | {"state": "settled" if settled else by_number}


def _order(line: Row) -> tuple[bool, int]:
    """The one that stands comes first, by the rule of ``store.reviews``."""
    later = line["reading"] == "second"
    return later, line["id"] if later else -line["id"]


def rebuild(db: Db) -> int:
    """Work out every pair anew from the lines of decisions; return how many there are."""
    with write(db):
        run(db, "DELETE FROM pairs")
        found = fetch(db, "SELECT DISTINCT article FROM decisions WHERE reading IS NOT NULL")
        weigh(db, [row["article"] for row in found])
    return len(found)


def get(db: Db, article: int) -> Pair | None:
    """Return an article's pair; None when it is not drawn, or not yet."""
    rows = fetch(db, "SELECT * FROM pairs WHERE article = ?", (article,))
    return Pair(**(rows[0] | {"drawn_at": instant(rows[0]["drawn_at"])})) if rows else None


# --- who may see what -----------------------------------------------------------------------

BLIND = """EXISTS (SELECT 1 FROM pairs p WHERE p.article IN (a.id, a.copy_of)
    AND p.state = 'waiting' AND p.first_by <> :seen_by)"""
"""For a query over ``articles a``: its first answer must be hidden from ``:seen_by``."""
NOT_BLIND = f"NOT {BLIND}"
_HIDDEN = """
SELECT p.article FROM pairs p WHERE p.state = 'waiting' AND p.first_by <> :seen_by
UNION ALL
SELECT c.id FROM pairs p JOIN articles c ON c.copy_of = p.article
WHERE p.state = 'waiting' AND p.first_by <> :seen_by
"""


def is_blind_to(db: Db, article: int, by: str) -> bool:
    """Say whether an article waits for a second reading that ``by`` could give.

    Then who read it first, and how, must be hidden from them; on its copies too.
    """
    sql = f"SELECT 1 FROM articles a WHERE a.id = :article AND {BLIND}"  # noqa: S608
    return one(db, sql, {"article": article, "seen_by": by}) is not None


def blind_among(db: Db, articles: Sequence[int], by: str) -> frozenset[int]:
    """Return those of ``articles`` that are blind to ``by``."""
    sql = f"""SELECT a.id FROM articles a
        WHERE a.id IN (SELECT value FROM json_each(:articles)) AND {BLIND}"""  # noqa: S608
    rows = fetch(db, sql, {"articles": ids_json(articles), "seen_by": by})
    return frozenset(row["id"] for row in rows)


def hidden_from(db: Db, by: str) -> frozenset[int]:
    """Return every article, and its copies, that is blind to ``by``."""
    return frozenset(row["article"] for row in fetch(db, _HIDDEN, {"seen_by": by}))


_Told = TypeVar("_Told", ArticleRow, StoryMember)


def as_undecided(row: _Told) -> _Told:
    """Return ``row`` as if nobody had decided on it."""
    if isinstance(row, StoryMember):
        return replace(row, decision=None)
    return replace(row, decision=None, decided_by=None, decided_at=None)


def veiled(db: Db, rows: Sequence[_Told], by: str) -> list[_Told]:
    """Return ``rows`` as ``by`` may see them: as undecided where they are blind to ``by``."""
    hidden = hidden_from(db, by)
    return [as_undecided(row) if row.article in hidden else row for row in rows]


_OWN = """
SELECT * FROM decisions d WHERE article = ? AND by = ? AND answer IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = d.id)
ORDER BY id DESC LIMIT 1
"""


def own(db: Db, article: int, by: str) -> Decision | None:
    """Return the newest line of ``by`` on an article that nobody has undone."""
    rows = fetch(db, _OWN, (article, by))
    return decision_row(rows[0]) if rows else None


def answer_of(db: Db, article: int, by: str) -> Answer | None:
    """Return what ``by`` answered last beside another reader; elsewhere what stands."""
    line = own(db, article, by)
    if line and line.reading in {"second", "aside"}:
        return line.answer
    found: Answer | None = one(db, "SELECT decision FROM articles WHERE id = ?", (article,))
    return found


# --- what waits, what is in dispute ---------------------------------------------------------

_WAITING = f"""
{ARTICLES.format(index="")} WHERE a.id IN (
    SELECT p.article FROM pairs p WHERE p.state = 'waiting' AND p.first_by <> :by
        AND NOT EXISTS (SELECT 1 FROM decisions d
            WHERE d.article = p.article AND d.reading = 'aside' AND d.by = :by
                AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = d.id))
    ORDER BY p.article DESC LIMIT :most)
ORDER BY a.score DESC, a.id DESC
"""  # noqa: S608  # our own select
_DISPUTED = f"""
{ARTICLES.format(index="")} WHERE a.id IN (
    SELECT article FROM pairs WHERE state = 'disputed' ORDER BY article DESC LIMIT ?)
ORDER BY a.id DESC
"""  # noqa: S608  # our own select


def waiting_for(db: Db, by: str, limit: int = 60) -> list[ArticleRow]:
    """Return what waits for a second reading that ``by`` can give, the newest, best score first.

    As undecided: nothing tells it from what nobody has read. Not what ``by`` has skipped.
    """
    rows = fetch(db, _WAITING, {"by": by, "most": limit})
    return [as_undecided(article_row(row)) for row in rows]


def disputed(db: Db, limit: int = 50) -> list[Dispute]:
    """Return the articles on which two people differ and nobody has settled it, newest first."""
    found = []
    for row in map(article_row, fetch(db, _DISPUTED, (limit,))):
        pair = get(db, row.article)
        if pair and pair.first and pair.second:
            lines = {line.id: line for line in _lines(db, (pair.first, pair.second))}
            found.append(Dispute(row=row, first=lines[pair.first], second=lines[pair.second]))
    return found


def _lines(db: Db, numbers: Sequence[int]) -> list[Decision]:
    sql = "SELECT * FROM decisions WHERE id IN (SELECT value FROM json_each(?))"
    given = reasons.of_decisions(db, numbers)
    rows = fetch(db, sql, (ids_json(numbers),))
    return [decision_row(row, given.get(row["id"], ())) for row in rows]


def counts(db: Db) -> dict[str, int]:
    """Count the pairs by how they stand."""
    rows = fetch(db, "SELECT state, count(*) AS n FROM pairs GROUP BY state")
    return {row["state"]: row["n"] for row in rows}


# --- agreement and load ---------------------------------------------------------------------

_COMPARED = """
SELECT first_by, first_answer, second_by, second_answer, count(*) AS n FROM (
    SELECT * FROM pairs INDEXED BY pairs_read WHERE second IS NOT NULL
    ORDER BY second DESC LIMIT ?)
GROUP BY 1, 2, 3, 4
"""
_ANSWERED = """
SELECT by, count(*) AS answered, sum(reading IS 'second') AS second
FROM decisions d INDEXED BY decisions_deciders
WHERE at >= ? AND answer IS NOT NULL AND via IS NULL
    AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = d.id)
GROUP BY by ORDER BY by
"""


def compared(
    db: Db, limit: int = MOST_COMPARED
) -> dict[tuple[tuple[str, str], tuple[str, str]], int]:
    """Count the articles read twice, settled or not, by both readings: (who, answer), twice."""
    return {
        ((row["first_by"], row["first_answer"]), (row["second_by"], row["second_answer"])): row["n"]
        for row in fetch(db, _COMPARED, (limit,))
    }


def loads(db: Db, since: datetime) -> list[Load]:
    """Return how much each person answered since then, and what waits for a reading of theirs."""
    sql = "SELECT first_by, count(*) AS n FROM pairs WHERE state = 'waiting' GROUP BY first_by"
    waits = {row["first_by"]: row["n"] for row in fetch(db, sql)}
    return [
        Load(
            by=row["by"],
            answered=row["answered"],
            second=row["second"],
            waiting=sum(waits.values()) - waits.get(row["by"], 0),
        )
        for row in fetch(db, _ANSWERED, (stamp(since),))
    ]
