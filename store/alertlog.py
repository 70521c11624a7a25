"""What fired, by story: who was told of it when, by which message, and what is held back why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from store.messages import OutboxRow
from store.outbox import by_keys
from store.rows import ids_json, instant, instant_or_none, stamp
from store.sql import Db, Row, fetch


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What one way was told of a story. ``state``: told, same, storm, held, left.

    "left": it was held back, and then the way was no longer one of the rule's. ``message`` is the
    one that told it, with how its delivery stands; None while it is held.
    """

    way: str
    state: str
    at: datetime
    why: str = ""
    until: datetime | None = None
    message: OutboxRow | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryFired:
    """A story, the rules that met it, and who heard of it. ``article`` is the first that met."""

    story: int
    article: int
    title: str
    outlet: str
    language: str | None
    decision: str | None
    rules: tuple[str, ...]
    articles: int
    at: datetime  # when the first met
    last: int  # the number of its newest firing
    ways: tuple[Way, ...] = ()
    waits: bool = False  # nobody was looked at for it yet
    updated_at: datetime | None = None  # when somebody was last told of a change


LOOKED = 400  # firings a page looks at: a storm's stories stand behind it
NEWEST = """
SELECT f.id, f.rule, f.article, f.at, f.open, a.title,
    coalesce(a.story, -coalesce(a.copy_of, a.id)) AS story,
    coalesce(a.source_outlet, s.outlet) AS outlet, a.language, a.decision
FROM firings f JOIN articles a ON a.id = f.article LEFT JOIN feeds s ON s.key = a.feed
WHERE f.id < :before ORDER BY f.id DESC LIMIT :limit
"""
NEWEST_OF_RULE = NEWEST.replace(
    "FROM firings f JOIN", "FROM firings f INDEXED BY firings_rule JOIN"
)
NEWEST_OF_RULE = NEWEST_OF_RULE.replace("WHERE", "WHERE f.rule = :rule AND f.at >= :since AND")
NEWEST_OF_RULE = NEWEST_OF_RULE.replace("ORDER BY f.id", "ORDER BY f.at DESC, f.id")
_WAYS = "SELECT * FROM firing_ways WHERE firing IN (SELECT value FROM json_each(?))"
_UPDATED = """
SELECT s.article, max(s.last_at) AS at FROM alert_stories s
WHERE s.article IN (SELECT value FROM json_each(?)) AND s.last_at > s.told_at GROUP BY s.article
"""


def recent(
    db: Db, *, rule: str = "", since: datetime, before: int | None = None, limit: int = 60
) -> list[StoryFired]:
    """Return the stories on which rules fired, the newest first.

    ``before`` is the ``last`` of the story at which a page ended. With ``rule`` only its firings
    since then.
    """
    params = {"before": before or 2**62, "limit": LOOKED, "rule": rule, "since": stamp(since)}
    sql = NEWEST_OF_RULE if rule else NEWEST
    used = {name: value for name, value in params.items() if f":{name}" in sql}
    rows = fetch(db, sql, used)
    by_story: dict[int, list[Row]] = {}
    for row in rows:
        by_story.setdefault(row["story"], []).append(row)
    chosen = list(by_story.values())[:limit]
    ways = _ways(db, [row["id"] for found in chosen for row in found])
    updated = _updated(db, [row["article"] for found in chosen for row in found])
    return [_story(found, ways, updated) for found in chosen]


def _ways(db: Db, ids: Sequence[int]) -> dict[int, list[Way]]:
    rows = fetch(db, _WAYS, (ids_json(list(ids)),))
    messages = by_keys(db, [row["key"] for row in rows if row["key"]])
    found: dict[int, list[Way]] = {}
    for row in rows:
        one = Way(
            way=row["way"],
            state=row["state"],
            at=instant(row["at"]),
            why=row["why"],
            until=instant_or_none(row["until_at"]),
            message=messages.get(row["key"]),
        )
        found.setdefault(row["firing"], []).append(one)
    return found


def _updated(db: Db, articles: Sequence[int]) -> dict[int, datetime]:
    rows = fetch(db, _UPDATED, (ids_json(list(articles)),))
    return {row["article"]: instant(row["at"]) for row in rows}


_STATES = ("held", "told", "storm", "same", "left")  # which of several says most of a way


def _latest(rows: Sequence[Row], ways: Mapping[int, Sequence[Way]]) -> Iterator[Way]:
    """What became of each firing; one that was held back and is settled was left."""
    for row in rows:
        for way in ways.get(row["id"], ()):
            left = way.state == "held" and not row["open"]
            yield replace(way, state="left") if left else way


def _story(
    rows: Sequence[Row], ways: dict[int, list[Way]], updated: dict[int, datetime]
) -> StoryFired:
    first = rows[-1]
    best: dict[str, Way] = {}
    for one in _latest(rows, ways):
        standing = best.get(one.way)
        if standing is None or _STATES.index(one.state) < _STATES.index(standing.state):
            best[one.way] = one
    return StoryFired(
        story=first["story"],
        article=first["article"],
        title=first["title"],
        outlet=first["outlet"] or "",
        language=first["language"],
        decision=next((row["decision"] for row in rows if row["decision"]), None),
        rules=tuple(sorted({row["rule"] for row in rows})),
        articles=len({row["article"] for row in rows}),
        at=instant(first["at"]),
        last=rows[0]["id"],
        ways=tuple(best[way] for way in sorted(best)),
        waits=any(row["open"] for row in rows) and not best,
        updated_at=max(
            (updated[r["article"]] for r in rows if r["article"] in updated), default=None
        ),
    )
