"""The register of claims: figures with their sentences, and what people said of each.

What a text claims is noted once for each version; a claim keeps its number while the article goes
on saying it. What a person confirmed or corrected stays, whatever becomes of the article.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from store.faults import StoreError
from store.lineage import ClaimAnswer, ClaimFacts, ClaimLine, ClaimRow, TitleRow
from store.rows import as_json, day_or_none, instant, instant_or_none, stamp
from store.sql import Db, Row, add_row, fetch, one, run, write

CORRECTABLE = ("population", "subject", "unit", "least", "most", "place", "since_on", "until_on",
               "speaker", "office")  # fmt: skip

ROWS = """
SELECT c.*, a.story, l.answer AS last_answer, l.by, l.at AS answered_at, l.note
FROM claims c LEFT JOIN articles a ON a.id = c.article
    LEFT JOIN claim_answers l ON l.id = (
        SELECT max(id) FROM claim_answers WHERE claim = c.id)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which claims are asked for; an empty field asks for all.

    ``year`` is of the days the figure speaks of, else of the day it was told. Discarded ones, those
    an edit took back, and those of articles decided not relevant come only with ``everything``.
    """

    population: str = ""
    place: str = ""
    claimant: str = ""
    year: int | None = None
    everything: bool = False


def listed(
    db: Db, wanted: Wanted, *, limit: int = 300, before: int | None = None
) -> list[ClaimRow]:
    """Return the claims asked for, those noted last first; ``before`` is where a page ended."""
    tests: dict[str, Any] = {
        "c.population = :population": wanted.population,
        "c.place = :place COLLATE NOCASE": wanted.place,
        "instr(lower(c.speaker || ' ' || c.office), lower(:claimant)) > 0": wanted.claimant,
        "substr(coalesce(c.since_on, c.told_at, ''), 1, 4) <= :year"
        " AND substr(coalesce(c.until_on, c.told_at, ''), 1, 4) >= :year": wanted.year,
        "c.id < :before": before,
    }
    asked = [test for test, value in tests.items() if value]
    if not wanted.everything:
        asked.append(_STANDING)
    where = f" WHERE {' AND '.join(asked)}" if asked else ""
    params = {
        "population": wanted.population, "place": wanted.place, "claimant": wanted.claimant,
        "year": str(wanted.year or ""), "before": before, "limit": limit,
    }  # fmt: skip
    sql = f"{ROWS}{where} ORDER BY c.id DESC LIMIT :limit"  # tests are ours
    used = {name: value for name, value in params.items() if f":{name}" in sql}
    return [row_of(row) for row in fetch(db, sql, used)]


_STANDING = """(c.answer IS NULL OR c.answer <> 'discard')
    AND (c.gone = 0 OR c.answer IN ('confirm', 'correct'))
    AND (c.article IS NULL OR a.decision IS NOT 'not_relevant')"""


def choices(db: Db) -> dict[str, list[str]]:
    """Return what can be asked for: populations, places, claimants and years that occur."""
    sql = (
        "SELECT {0} AS part FROM claims WHERE {0} <> '' GROUP BY 1 ORDER BY count(*) DESC LIMIT 200"
    )
    columns = {
        "populations": "population",
        "places": "place",
        "claimants": "speaker",
        "years": "substr(coalesce(since_on, told_at, ''), 1, 4)",
    }
    return {
        name: [row["part"] for row in fetch(db, sql.format(column))]
        for name, column in columns.items()
    }


def get(db: Db, claim: int) -> ClaimRow | None:
    """Return one claim; None when there is none of that number."""
    rows = fetch(db, f"{ROWS} WHERE c.id = ?", (claim,))  # our own select
    return row_of(rows[0]) if rows else None


def of_article(db: Db, article: int) -> list[ClaimRow]:
    """Return the claims of an article in the order of its text, also those an edit took back."""
    sql = f"{ROWS} WHERE c.article = ? ORDER BY c.part DESC, c.start, c.figure"
    return [row_of(row) for row in fetch(db, sql, (article,))]


def of_story(db: Db, story: int) -> list[ClaimRow]:
    """Return what the articles of a story claim, also what edits took back, in order of telling."""
    sql = f"""{ROWS} WHERE a.story = ? AND (c.answer IS NULL OR c.answer <> 'discard')
        ORDER BY c.told_at, c.id"""  # our own select
    return [row_of(row) for row in fetch(db, sql, (story,))]


def titles_of_story(db: Db, story: int) -> list[TitleRow]:
    """Return the headline of every kept version of a story's articles, in order of time."""
    sql = """SELECT v.article, v.version, f.outlet, f.side, v.seen_at, v.title
        FROM articles a JOIN versions v ON v.article = a.id LEFT JOIN feeds f ON f.key = a.feed
        WHERE a.story = ? ORDER BY v.seen_at, v.article, v.version"""
    return [
        TitleRow(
            article=row["article"],
            version=row["version"],
            outlet=row["outlet"] or "",
            side=row["side"] or "",
            at=instant(row["seen_at"]),
            title=row["title"],
        )
        for row in fetch(db, sql, (story,))
    ]


# --- what people say of a claim -------------------------------------------------------------


def answer(
    db: Db, claim: int, said: ClaimAnswer, *, by: str, now: datetime, note: str = "",
    given: Mapping[str, str | float | None] | None = None,
) -> ClaimRow:  # fmt: skip
    """Record what somebody said of a claim, and let it count; return the claim as it stands.

    "correct" puts ``given`` in place of what was read (the names in ``CORRECTABLE``); "open" takes
    the last answer back and shows what was read again. The very same answer is not recorded twice.

    Raises:
        StoreError: there is no such claim, or a value cannot be given for it.
        ValueError: there is no such answer.
    """
    if said not in get_args(ClaimAnswer):
        raise ValueError(said)
    values = dict(given or {}) if said == "correct" else {}
    if unknown := set(values) - set(CORRECTABLE):
        raise StoreError(f"a claim has no {', '.join(sorted(unknown))} to correct")
    with write(db, durable=True):
        standing = get(db, claim)
        if standing is None:
            raise StoreError(f"there is no claim {claim}: nothing was recorded")
        if said != "correct" and said == (standing.answer or "open"):
            return standing
        line = {"claim": claim, "answer": said, "given": as_json(values), "by": by,
                "at": stamp(now), "note": note[:500]}  # fmt: skip
        add_row(db, "claim_answers", line)
        _let_count(db, claim, said, values)
        settled = get(db, claim)
    assert settled is not None  # noqa: S101  # written just now, in this transaction
    return settled


def _let_count(db: Db, claim: int, said: str, values: Mapping[str, object]) -> None:
    columns = ", ".join(CORRECTABLE)
    [row] = fetch(db, f"SELECT {columns}, machine FROM claims WHERE id = ?", (claim,))  # noqa: S608
    machine = json.loads(row.pop("machine") or "null")
    if said == "correct":
        _put(db, claim, {**row, **values})
        run(db, "UPDATE claims SET machine = ? WHERE id = ?", (as_json(machine or row), claim))
    elif said == "open" and machine:
        _put(db, claim, machine)
        run(db, "UPDATE claims SET machine = NULL WHERE id = ?", (claim,))
    stands = None if said == "open" else said
    run(db, "UPDATE claims SET answer = ? WHERE id = ?", (stands, claim))


def _put(db: Db, claim: int, values: Mapping[str, object]) -> None:
    sets = ", ".join(f"{name} = :{name}" for name in CORRECTABLE)
    run(db, f"UPDATE claims SET {sets} WHERE id = :id", {**values, "id": claim})  # noqa: S608


def history(db: Db, claim: int) -> list[ClaimLine]:
    """Return every answer to a claim, the first one first."""
    sql = "SELECT * FROM claim_answers WHERE claim = ? ORDER BY id"
    return [
        ClaimLine(
            id=row["id"],
            claim=row["claim"],
            answer=row["answer"],
            given=json.loads(row["given"]),
            by=row["by"],
            at=instant(row["at"]),
            note=row["note"],
        )
        for row in fetch(db, sql, (claim,))
    ]


# --- rows -----------------------------------------------------------------------------------


def row_of(row: Row) -> ClaimRow:
    """Make a claim of the register from a row of ``ROWS``."""
    return ClaimRow(
        id=row["id"],
        facts=_facts(row),
        article=row["article"],
        imported=row["imported"],
        version=row["version"],
        outlet=row["outlet"],
        side=row["side"],
        title=row["title"],
        told_at=instant_or_none(row["told_at"]),
        gone=bool(row["gone"]),
        story=row["story"],
        answer=row["answer"],
        by=row["by"] or "",
        answered_at=instant_or_none(row["answered_at"]),
        note=row["note"] or "",
    )


_TEXTS = ("mark", "population", "who", "subject", "unit", "text", "place", "as_of", "speaker",
          "office", "speaker_side", "part", "sentence")  # fmt: skip
_NUMBERS = ("least", "most", "start", "figure", "figure_end")


def _facts(row: Row) -> ClaimFacts:
    kept = {name: row[name] for name in (*_TEXTS, *_NUMBERS)}
    since_on, until_on = day_or_none(row["since_on"]), day_or_none(row["until_on"])
    return ClaimFacts(**kept, since_on=since_on, until_on=until_on)


# --- what a text claims ---------------------------------------------------------------------


def cells_of(facts: ClaimFacts) -> Row:
    """Return a claim as its columns."""
    kept = {name: getattr(facts, name) for name in (*_TEXTS, *_NUMBERS)}
    days = {name: getattr(facts, name) for name in ("since_on", "until_on")}
    return kept | {name: day.isoformat() if day else None for name, day in days.items()}


def replace_claims(
    db: Db, owner: Row, version: int, claims: Sequence[ClaimFacts], source: Row, now: datetime
) -> int:
    """Make these the claims of a text, inside a write; return how many are new.

    ``owner`` names it: {"article": n} or {"imported": id}. What it says no more is marked gone, and
    what a person answered keeps its answer and its values. A claim said again comes back.
    """
    column, value = next(iter(owner.items()))
    known = {
        row["mark"]: row
        for row in fetch(db, f"SELECT id, mark, answer FROM claims WHERE {column} = ?", (value,))  # noqa: S608
    }
    new = 0
    for facts in claims:
        standing = known.pop(facts.mark, None)
        if standing is None:
            add_row(db, "claims", {
                "article": None, "imported": None, **owner, **cells_of(facts), **source,
                "version": version, "noted_at": stamp(now),
            })  # fmt: skip
            new += 1
        else:
            places = {name: cells_of(facts)[name] for name in _SAID_ANEW}
            sets = ", ".join(f"{name} = :{name}" for name in places)
            sql = f"UPDATE claims SET gone = 0, {sets} WHERE id = :id"  # noqa: S608
            run(db, sql, {**places, "id": standing["id"]})
    for row in known.values():
        run(db, "UPDATE claims SET gone = 1 WHERE id = ?", (row["id"],))
    return new


_SAID_ANEW = ("part", "sentence", "start", "figure", "figure_end", "text")


def marks_of(db: Db, article: int) -> frozenset[str]:
    """Return the marks of what an article claims."""
    rows = fetch(db, "SELECT mark FROM claims WHERE article = ? AND gone = 0", (article,))
    return frozenset(row["mark"] for row in rows)


def count(db: Db) -> int:
    """Return how many claims the register holds, all told."""
    return int(one(db, "SELECT count(*) FROM claims"))
