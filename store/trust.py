"""How often each rule fired, what was told of it, and how people judged what it fired on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from store.desk import Judged, RuleTrust
from store.rows import ids_json, instant, stamp
from store.sql import Db, Row, add_missing, fetch, one, run, write

LATELY: Final = 20  # stories, the newest
_MOST: Final = 5_000  # firings looked at of one rule: a storm must not make its page slow


OF_RULE = """
SELECT f.id, f.at, coalesce(a.story, -coalesce(a.copy_of, a.id)) AS story, a.decision
FROM firings f INDEXED BY firings_rule JOIN articles a ON a.id = f.article
WHERE f.rule = ? AND f.at >= ? ORDER BY f.at DESC, f.id DESC LIMIT ?
"""
_STATES = """
SELECT DISTINCT firing, state FROM firing_ways
WHERE firing IN (SELECT value FROM json_each(?)) AND state <> 'same'
"""
_RANK: Final[dict[str | None, int]] = {"relevant": 3, "unsure": 2, "not_relevant": 1}


def of_rule(db: Db, rule: str, now: datetime, days: int = 30) -> RuleTrust:
    """Return how one rule did in the last ``days``."""
    rows = fetch(db, OF_RULE, (rule, stamp(now - timedelta(days=days)), _MOST))
    best: dict[int, str | None] = {}
    for row in rows:  # the newest first, so that stories stand in that order
        before = best.setdefault(row["story"], row["decision"])
        if _RANK.get(row["decision"], 0) > _RANK.get(before, 0):
            best[row["story"]] = row["decision"]
    answers = [_judged(answer) for answer in best.values()]
    counts, states = Counter(answers), _stories_by_state(db, rows)
    return RuleTrust(
        rule=rule,
        days=days,
        stories=len(best),
        articles=len(rows),
        relevant=counts["relevant"],
        not_relevant=counts["not_relevant"],
        unsure=counts["unsure"],
        unread=counts["unread"],
        told=states["told"],
        held=states["held"],
        storm=states["storm"],
        lately=tuple(answers[:LATELY]),
        since_at=_since(db, rule),
        last_at=_last(db, rule),
    )


def of_rules(db: Db, rules: Iterable[str], now: datetime, days: int = 30) -> dict[str, RuleTrust]:
    """Return how these rules did in the last ``days``, by name."""
    return {rule: of_rule(db, rule, now, days) for rule in rules}


def _judged(answer: str | None) -> Judged:
    match answer:
        case "relevant" | "not_relevant" | "unsure":
            return answer
        case _:
            return "unread"


def _stories_by_state(db: Db, rows: Sequence[Row]) -> Counter[str]:
    story = {row["id"]: row["story"] for row in rows}
    found = fetch(db, _STATES, (ids_json(list(story)),))
    return Counter(state for state, _ in {(row["state"], story[row["firing"]]) for row in found})


def _last(db: Db, rule: str) -> datetime | None:
    found = one(db, "SELECT max(at) FROM firings WHERE rule = ?", (rule,))
    return instant(found) if found else None


def _since(db: Db, rule: str) -> datetime | None:
    found = one(db, "SELECT since_at FROM alert_rules WHERE rule = ?", (rule,))
    return instant(found) if found else None


# --- what the service notes of rules --------------------------------------------------------


def note_rules(db: Db, rules: Iterable[str], now: datetime) -> None:
    """Note rules that are at work for the first time; nothing is written where there is none."""
    known = {row["rule"] for row in fetch(db, "SELECT rule FROM alert_rules")}
    if new := sorted(set(rules) - known):
        with write(db):
            add_missing(db, "alert_rules", [{"rule": rule, "since_at": stamp(now)} for rule in new])


_DUE = """
SELECT rule FROM alert_rules WHERE checked_at < ? AND (nudged_at IS NULL OR nudged_at < ?)
ORDER BY rule
"""


def to_check(db: Db, checked_before: datetime, nudged_before: datetime) -> list[str]:
    """Return the rules that nobody looked at since, and of which nobody was told since."""
    rows = fetch(db, _DUE, (stamp(checked_before), stamp(nudged_before)))
    return [row["rule"] for row in rows]


def note_check(db: Db, rules: Sequence[str], nudged: Sequence[str], now: datetime) -> None:
    """Note, inside a write, which rules were looked at and of which people were told."""
    sql = "UPDATE alert_rules SET {0} = ? WHERE rule IN (SELECT value FROM json_each(?))"
    run(db, sql.format("checked_at"), (stamp(now), ids_json(list(rules))))
    run(db, sql.format("nudged_at"), (stamp(now), ids_json(list(nudged))))


def names(db: Db) -> list[str]:
    """Return the rules that were ever at work here, by name."""
    return [row["rule"] for row in fetch(db, "SELECT rule FROM alert_rules ORDER BY rule")]
