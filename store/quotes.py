"""What officials are quoted with, to be found by speaker, office, word and day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from store.faults import StoreCorrupt, StoreError
from store.lineage import QuoteFacts, QuoteRow
from store.rows import day_or_none, instant_or_none, stamp
from store.search import fold, match_expression
from store.sql import Db, Row, add_row, fetch, run

_FOUND = """
SELECT q.* FROM quotes q {joined} LEFT JOIN articles a ON a.id = q.article
WHERE q.gone = 0 AND (q.article IS NULL OR a.decision IS NOT 'not_relevant') {tests}
ORDER BY coalesce(q.said_on, substr(q.told_at, 1, 10)) DESC, q.id DESC LIMIT :limit
"""

_OLDER = """
AND (coalesce(q.said_on, substr(q.told_at, 1, 10), ''), q.id) < (
    SELECT coalesce(b.said_on, substr(b.told_at, 1, 10), ''), b.id FROM quotes b
    WHERE b.id = :before)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What quotes are looked for; an empty field asks for all. Days are of what was said."""

    words: str = ""  # in the quote, the name or the office
    speaker: str = ""
    office: str = ""
    since_on: date | None = None
    until_on: date | None = None


def search(db: Db, asked: Asked, *, limit: int = 100, before: int | None = None) -> list[QuoteRow]:
    """Return the quotes asked for, the newest first; never raises for what somebody typed.

    ``before`` is the quote by which a page ended.

    Words are folded as in the search for articles, "phrases" stay whole and prefix* is open.
    """
    terms = [match_expression(asked.words)]
    terms += [f"speaker : ({name})" for name in [match_expression(asked.speaker)] if name]
    terms += [f"office : ({name})" for name in [match_expression(asked.office)] if name]
    expression = " AND ".join(f"({term})" for term in terms if term)
    if not expression and (asked.words + asked.speaker + asked.office).strip():
        return []  # marks alone: there is nothing in it to look for
    day = "coalesce(q.said_on, substr(q.told_at, 1, 10))"
    tests = f" AND {day} >= :since" if asked.since_on else ""
    tests += _OLDER if before else ""
    tests += f" AND {day} <= :until" if asked.until_on else ""
    tests += " AND quote_words MATCH :words" if expression else ""
    joined = "JOIN quote_words w ON w.rowid = q.id" if expression else ""
    params: Row = {"limit": limit}
    params |= {"since": asked.since_on.isoformat()} if asked.since_on else {}
    params |= {"until": asked.until_on.isoformat()} if asked.until_on else {}
    params |= {"words": expression} if expression else {}
    params |= {"before": before} if before else {}
    try:
        return [row_of(row) for row in fetch(db, _FOUND.format(joined=joined, tests=tests), params)]
    except StoreCorrupt:
        raise
    except StoreError:
        return []  # an expression FTS5 cannot take


def replace_quotes(
    db: Db, owner: Row, version: int, quotes: Sequence[QuoteFacts], source: Row, now: datetime
) -> int:
    """Make these the quotes of a text, inside a write; return how many are new.

    ``owner`` names it: {"article": n} or {"imported": id}. What it quotes no more is marked gone.
    """
    column, value = next(iter(owner.items()))
    sql = f"SELECT id, mark FROM quotes WHERE {column} = ?"  # noqa: S608  # our own column
    known = {row["mark"]: row["id"] for row in fetch(db, sql, (value,))}
    new = 0
    for facts in quotes:
        standing = known.pop(facts.mark, None)
        if standing is None:
            cells = {"article": None, "imported": None, **owner, **_cells(facts), **source}
            number = add_row(db, "quotes", {**cells, "version": version, "noted_at": stamp(now)})
            _index(db, number, facts)
            new += 1
        else:
            places = {"sentence": facts.sentence, "start": facts.start, "id": standing}
            sql = "UPDATE quotes SET gone = 0, sentence = :sentence, start = :start WHERE id = :id"
            run(db, sql, places)
    for number in known.values():
        run(db, "UPDATE quotes SET gone = 1 WHERE id = ?", (number,))
    return new


def _index(db: Db, number: int, facts: QuoteFacts) -> None:
    run(
        db,
        "INSERT INTO quote_words (rowid, speaker, office, words) VALUES (?, ?, ?, ?)",
        (number, fold(facts.speaker), fold(facts.office), fold(facts.words)),
    )


def of_article(db: Db, article: int) -> list[QuoteRow]:
    """Return the quotes of an article in the order of its text."""
    sql = "SELECT q.* FROM quotes q WHERE q.article = ? AND q.gone = 0 ORDER BY q.start, q.id"
    return [row_of(row) for row in fetch(db, sql, (article,))]


def of_story(db: Db, story: int) -> list[QuoteRow]:
    """Return the quotes of a story's articles, in order of telling."""
    sql = """SELECT q.* FROM quotes q JOIN articles a ON a.id = q.article
        WHERE a.story = ? AND q.gone = 0 ORDER BY q.told_at, q.id"""
    return [row_of(row) for row in fetch(db, sql, (story,))]


def _cells(facts: QuoteFacts) -> Row:
    return {
        "mark": facts.mark,
        "speaker": facts.speaker,
        "office": facts.office,
        "speaker_side": facts.speaker_side,
        "words": facts.words,
        "sentence": facts.sentence,
        "start": facts.start,
        "said_on": facts.said_on.isoformat() if facts.said_on else None,
        "resolved": facts.resolved,
    }


def row_of(row: Row) -> QuoteRow:
    """Make a quote from a row of ``quotes``."""
    facts = QuoteFacts(
        mark=row["mark"],
        speaker=row["speaker"],
        office=row["office"],
        speaker_side=row["speaker_side"],
        words=row["words"],
        sentence=row["sentence"],
        start=row["start"],
        said_on=day_or_none(row["said_on"]),
        resolved=row["resolved"],
    )
    return QuoteRow(
        id=row["id"],
        facts=facts,
        article=row["article"],
        imported=row["imported"],
        outlet=row["outlet"],
        side=row["side"],
        title=row["title"],
        told_at=instant_or_none(row["told_at"]),
        gone=bool(row["gone"]),
    )
