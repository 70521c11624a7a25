"""Names: recent texts to look for them in, the weekly lists, and what people said of each name."""

from __future__ import annotations

from datetime import date, datetime
from typing import get_args

from store.inquiry import NameAnswer, NameLine, NameList, Naming
from store.rows import instant, stamp
from store.search import match_expression
from store.sql import Db, Row, add_row, fetch, one, run, write

READ = 12_000  # code points of a body: some 900 words and more
_RECENT = f"""
SELECT a.id, coalesce(a.copy_of, a.id) AS story, v.title, substr(v.body, 1, {READ}) AS body,
    f.outlet, coalesce(a.language, nullif(f.language, '')) AS language, a.first_seen_at,
    (a.decision = 'relevant' OR (a.route = 'queue' AND a.decision IS NOT 'not_relevant')) AS wanted
FROM articles a JOIN versions v ON v.article = a.id AND v.version = a.version
    LEFT JOIN feeds f ON f.key = a.feed
WHERE a.first_seen_at >= ? AND a.version > 0 ORDER BY a.first_seen_at DESC, a.id DESC LIMIT ?
"""  # noqa: S608 - a number of ours
_HOLDING = """
SELECT w.rowid AS article FROM words w JOIN articles a ON a.id = w.rowid
WHERE w.words MATCH ? AND a.first_seen_at >= ? AND a.version > 0 ORDER BY w.rowid DESC LIMIT ?
"""


def recent(db: Db, since: datetime, limit: int = 5000) -> list[Naming]:
    """Return the latest texts of articles first seen since then, the newest first."""
    return [
        Naming(
            article=row["id"],
            story=row["story"],
            title=row["title"],
            body=row["body"],
            outlet=row["outlet"] or "",
            language=row["language"],
            wanted=bool(row["wanted"]),
            first_seen_at=instant(row["first_seen_at"]),
        )
        for row in fetch(db, _RECENT, (stamp(since), limit))
    ]


def holding(db: Db, spellings: tuple[str, ...], since: datetime, limit: int = 400) -> list[int]:
    """Return the articles first seen since then that hold one of the spellings, the newest first.

    As the search index sees words: other romanisations of a name are other words.
    """
    phrases = (match_expression('"' + name.replace('"', " ") + '"') for name in spellings)
    expression = " OR ".join(phrase for phrase in phrases if phrase)
    if not expression:
        return []
    rows = fetch(db, _HOLDING, (expression, stamp(since), limit))
    return [row["article"] for row in rows]


# --- the weekly list ------------------------------------------------------------------------


def list_of(db: Db, week_on: date) -> NameList | None:
    """Return the list of a week; None while none was made."""
    rows = fetch(db, "SELECT * FROM name_lists WHERE week_on = ?", (week_on.isoformat(),))
    return _list(rows[0]) if rows else None


def latest(db: Db) -> NameList | None:
    """Return the newest list; None when none was ever made."""
    rows = fetch(db, "SELECT * FROM name_lists ORDER BY week_on DESC LIMIT 1")
    return _list(rows[0]) if rows else None


def save_list(db: Db, made: NameList) -> None:
    """Keep a week's list in place of the one that week had; a year of lists is kept."""
    row = {
        "week_on": made.week_on.isoformat(),
        "made_at": stamp(made.made_at),
        "since_at": stamp(made.since_at),
        "read": made.read,
        "wanted": made.wanted,
        "names": made.names,
    }
    with write(db):
        run(db, "DELETE FROM name_lists WHERE week_on = ?", (row["week_on"],))
        add_row(db, "name_lists", row)
        run(db, _OLD_LISTS)


_OLD_LISTS = """
DELETE FROM name_lists
WHERE week_on NOT IN (SELECT week_on FROM name_lists ORDER BY week_on DESC LIMIT 53)
"""


def _list(row: Row) -> NameList:
    return NameList(
        week_on=date.fromisoformat(row["week_on"]),
        made_at=instant(row["made_at"]),
        since_at=instant(row["since_at"]),
        read=row["read"],
        wanted=row["wanted"],
        names=row["names"],
    )


# --- what people said -----------------------------------------------------------------------


def answer(db: Db, name: str, said: NameAnswer, *, texts: int, by: str, now: datetime) -> None:
    """Record what somebody said of a name; the answer that already stands is not recorded again.

    ``name`` is the key that all spellings share; "open" takes an earlier answer back.
    """
    if said not in get_args(NameAnswer):
        raise ValueError(said)
    with write(db, durable=True):
        sql = "SELECT answer FROM name_answers WHERE name = ? ORDER BY id DESC LIMIT 1"
        if one(db, sql, (name,)) != said:
            row = {"name": name, "answer": said, "texts": texts, "by": by, "at": stamp(now)}
            add_row(db, "name_answers", row)


def answers(db: Db) -> dict[str, NameLine]:
    """Return the standing answer of every name that has one, by its key."""
    sql = """SELECT * FROM name_answers WHERE answer != 'open'
        AND id IN (SELECT max(id) FROM name_answers GROUP BY name)"""
    return {row["name"]: _line(row) for row in fetch(db, sql)}


def _line(row: Row) -> NameLine:
    return NameLine(
        name=row["name"],
        answer=row["answer"],
        texts=row["texts"],
        by=row["by"],
        at=instant(row["at"]),
    )
