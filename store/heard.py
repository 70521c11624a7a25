"""Who heard of which firing and story by which message, and what is held back for whom."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from store import outbox, restores
from store.messages import Outgoing
from store.rows import as_json, ids_json, instant, instant_or_none, stamp, stamp_or_none
from store.sql import Db, Row, fetch, run, run_many, write

WayState = Literal["told", "same", "storm", "held"]
WATCHED_DAYS: Final = 14
"""So long after a reader last heard of a story they are told what changes in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What became of a firing for one way. ``why`` and ``until`` are of what is held back."""

    firing: int
    way: str
    state: WayState
    at: datetime
    why: str = ""
    until: datetime | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldStory:
    """A story that a way heard of, known by the article named; ``story`` is its number now.

    ``facts`` is what was told of it or known then, as the teller wrote it. Since ``stale_at``
    something was added to it; where that is held back, ``held`` says why.
    """

    way: str
    article: int
    key: str
    rules: tuple[str, ...]
    facts: str
    told_at: datetime
    last_at: datetime
    story: int = 0
    stale_at: datetime | None = None
    held: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A message of the alerts as it counts against a cap."""

    key: str
    way: str
    kind: str
    rule: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one look at a way's firings came to; kept all or nothing."""

    messages: tuple[Outgoing, ...] = ()
    sent: tuple[Sent, ...] = ()
    tellings: tuple[Telling, ...] = ()
    stories: tuple[ToldStory, ...] = ()
    looked: tuple[tuple[str, str, int], ...] = ()  # facts, way, article: there is nothing to tell
    held: tuple[tuple[str, int, str, datetime], ...] = ()  # of changes: way, article, why, until


# --- what is known --------------------------------------------------------------------------


def tellings(db: Db, firings: Iterable[int]) -> dict[tuple[int, str], Telling]:
    """Return what became of these firings, by (firing, way)."""
    sql = "SELECT * FROM firing_ways WHERE firing IN (SELECT value FROM json_each(?))"
    rows = fetch(db, sql, (ids_json(sorted(set(firings))),))
    return {(row["firing"], row["way"]): _telling(row) for row in rows}


_STORY = "coalesce(a.story, -coalesce(a.copy_of, a.id))"
OF_STORIES = f"""
SELECT s.*, {_STORY} AS story FROM articles a JOIN alert_stories s ON s.article = a.id
WHERE a.story IN (SELECT value FROM json_each(:stories))
UNION ALL
SELECT s.*, {_STORY} AS story FROM json_each(:stories) j JOIN articles a ON a.id = -j.value
    JOIN alert_stories s ON s.article = a.id
WHERE a.story IS NULL AND j.value < 0
"""  # noqa: S608  # our own words
STALE = f"""
SELECT s.*, {_STORY} AS story FROM alert_stories s INDEXED BY alert_stories_stale
    JOIN articles a ON a.id = s.article
WHERE s.stale_at IS NOT NULL ORDER BY s.way, s.article
"""  # noqa: S608


def of_stories(db: Db, stories: Iterable[int]) -> list[ToldStory]:
    """Return who heard of these stories, as they stand now."""
    rows = fetch(db, OF_STORIES, {"stories": ids_json(sorted(set(stories)))})
    return [_story(row) for row in rows]


def stale(db: Db) -> list[ToldStory]:
    """Return the told stories to which something was added since they were looked at."""
    return [_story(row) for row in fetch(db, STALE)]


def sent_since(db: Db, ways: Iterable[str], since: datetime) -> list[Sent]:
    """Return the messages of the alerts that went to these ways since then."""
    sql = """SELECT m.* FROM json_each(?) w CROSS JOIN alert_messages m
        ON m.way = w.value AND m.at >= ? ORDER BY m.at, m.key"""
    return [_sent(row) for row in fetch(db, sql, (ids_json(sorted(set(ways))), stamp(since)))]


# --- what changes ---------------------------------------------------------------------------


def keep(db: Db, outcome: Outcome) -> int:
    """Keep what one way is told with its messages; return how many messages were new."""
    with write(db):
        new = outbox.put(db, outcome.messages)
        run_many(db, _TOLD, [_cells(one) for one in outcome.tellings])
        restores.doubt_told(db, _by_message(outcome.tellings))
        run_many(db, _SENT, [
            {"key": s.key, "way": s.way, "kind": s.kind, "rule": s.rule, "at": stamp(s.at)}
            for s in outcome.sent
        ])  # fmt: skip
        run_many(db, _HEARD, [_story_cells(one) for one in outcome.stories])
        run_many(db, _LOOKED, list(outcome.looked))
        run_many(db, _HELD_BACK, [
            {"held": why, "until": stamp(until), "way": way, "article": article}
            for way, article, why, until in outcome.held
        ])  # fmt: skip
    return new


def _by_message(tellings: Iterable[Telling]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for one in tellings:
        if one.key and one.state in {"told", "storm"}:
            found.setdefault(one.key, []).append(one.firing)
    return found


_TOLD = """
INSERT INTO firing_ways (firing, way, state, why, until_at, key, at)
VALUES (:firing, :way, :state, :why, :until, :key, :at)
ON CONFLICT (firing, way) DO UPDATE SET state = excluded.state, why = excluded.why,
    until_at = excluded.until_at, key = excluded.key, at = excluded.at
WHERE state = 'held'
"""
_SENT = """
INSERT INTO alert_messages (key, way, kind, rule, at) VALUES (:key, :way, :kind, :rule, :at)
ON CONFLICT (key) DO NOTHING
"""
_HEARD = """
INSERT INTO alert_stories (way, article, key, rules, facts, told_at, last_at)
VALUES (:way, :article, :key, :rules, :facts, :told, :last)
ON CONFLICT (way, article) DO UPDATE SET rules = excluded.rules, facts = excluded.facts,
    last_at = excluded.last_at, stale_at = NULL, held = '', until_at = NULL
"""
_LOOKED = """
UPDATE alert_stories SET stale_at = NULL, held = '', until_at = NULL, facts = ?
WHERE way = ? AND article = ?
"""
_HELD_BACK = """
UPDATE alert_stories SET held = :held, until_at = :until WHERE way = :way AND article = :article
"""


def settle(db: Db, firings: Iterable[int]) -> None:
    """Say of firings that nobody is to be told of them any more."""
    if done := sorted(set(firings)):
        sql = "UPDATE firings SET open = 0 WHERE id IN (SELECT value FROM json_each(?))"
        with write(db):
            run(db, sql, (ids_json(done),))


_TOUCHED = """
SELECT DISTINCT b.story FROM (
    SELECT article FROM claims WHERE id > :claims AND article IS NOT NULL
    UNION SELECT article FROM quotes WHERE id > :quotes AND article IS NOT NULL
    UNION SELECT article FROM story_moves WHERE edit > :edits
) t JOIN articles b ON b.id = t.article WHERE b.story IS NOT NULL
"""
_MARKS = """
SELECT 'claims' AS what, coalesce(max(id), 0) AS mark FROM claims
UNION ALL SELECT 'quotes', coalesce(max(id), 0) FROM quotes
UNION ALL SELECT 'edits', coalesce(max(id), 0) FROM story_edits
"""
_MARK = "UPDATE alert_marks SET mark = :mark WHERE what = :what"


def note_added(db: Db, since: datetime, now: datetime) -> int:
    """Mark the told stories about which claims or quotes were added; return how many stories.

    Only those of which their reader heard since ``since``. One write, and none where nothing
    was added.
    """
    before = {row["what"]: row["mark"] for row in fetch(db, "SELECT * FROM alert_marks")}
    marks = fetch(db, _MARKS)
    if all(before[row["what"]] == row["mark"] for row in marks):
        return 0
    touched = [row["story"] for row in fetch(db, _TOUCHED, before)]
    told = [one.article for one in of_stories(db, touched)]
    with write(db):
        run(db, _STALE_NOW, (stamp(now), ids_json(sorted(set(told))), stamp(since)))
        run_many(db, _MARK, marks)
    return len(touched)


_STALE_NOW = """
UPDATE alert_stories SET stale_at = ?
WHERE article IN (SELECT value FROM json_each(?)) AND last_at >= ? AND stale_at IS NULL
"""


# --- rows -----------------------------------------------------------------------------------


def _telling(row: Row) -> Telling:
    return Telling(
        firing=row["firing"],
        way=row["way"],
        state=row["state"],
        at=instant(row["at"]),
        why=row["why"],
        until=instant_or_none(row["until_at"]),
        key=row["key"],
    )


def _cells(told: Telling) -> Row:
    return {
        "firing": told.firing,
        "way": told.way,
        "state": told.state,
        "why": told.why,
        "until": stamp_or_none(told.until),
        "key": told.key,
        "at": stamp(told.at),
    }


def _story(row: Row) -> ToldStory:
    return ToldStory(
        way=row["way"],
        article=row["article"],
        key=row["key"],
        rules=tuple(json.loads(row["rules"])),
        facts=row["facts"],
        told_at=instant(row["told_at"]),
        last_at=instant(row["last_at"]),
        story=row["story"],
        stale_at=instant_or_none(row["stale_at"]),
        held=row["held"],
        until=instant_or_none(row["until_at"]),
    )


def _story_cells(told: ToldStory) -> Row:
    return {
        "way": told.way,
        "article": told.article,
        "key": told.key,
        "rules": as_json(sorted(told.rules)),
        "facts": told.facts,
        "told": stamp(told.told_at),
        "last": stamp(told.last_at),
    }


def _sent(row: Row) -> Sent:
    return Sent(
        key=row["key"], way=row["way"], kind=row["kind"], rule=row["rule"], at=instant(row["at"])
    )
