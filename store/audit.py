"""The audit: what was rejected with which chance of a second look, and the plan of each day."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from store.inquiry import AuditCounts, AuditStratum, PlanRow
from store.rows import as_json, day_or_none, instant, stamp
from store.sql import Db, Row, each, fetch, one, run, write

_START = ""  # sorts before every instant

# --- what was rejected ----------------------------------------------------------------------

_REJECTED = """
SELECT band, chance, count(*) AS rejected, sum(drawn) AS drawn, sum(calibrated) AS calibrated,
    total(CASE WHEN calibrated THEN score END) AS summed
FROM audits WHERE rejected_at >= ? GROUP BY band, chance
"""
# An article that turned out to be a copy is answered by what was decided on its original.
_ANSWERED = """
SELECT d.band, d.chance, coalesce(a.decision, o.decision) AS answer, count(*) AS n
FROM audits d JOIN articles a ON a.id = d.article LEFT JOIN articles o ON o.id = a.copy_of
WHERE d.drawn = 1 AND d.rejected_at >= ? GROUP BY 1, 2, 3
"""
_RESCUED = """
SELECT count(*) FROM audits d JOIN articles a ON a.id = d.article
    LEFT JOIN articles o ON o.id = a.copy_of
WHERE d.rejected_at >= ? AND coalesce(a.decision, o.decision) = 'relevant'
"""


def counts(db: Db, since: datetime | None = None) -> AuditCounts:
    """Return what was first rejected since then, by band and chance, and what came of the drawn.

    Copies are not among them: their originals speak for them.
    """
    start = stamp(since) if since else _START
    rows = fetch(db, _REJECTED, (start,))
    answers: dict[tuple[int, float], dict[str, int]] = {}
    for row in fetch(db, _ANSWERED, (start,)):
        answers.setdefault((row["band"], row["chance"]), {})[row["answer"]] = row["n"]
    strata = [_stratum(row, answers.get((row["band"], row["chance"]), {})) for row in rows]
    had_a_chance = [row for row in rows if row["chance"] > 0]
    return AuditCounts(
        strata=tuple(s for s in strata if s.chance > 0),
        calibrated=sum(row["calibrated"] for row in had_a_chance),
        calibrated_sum=sum(row["summed"] for row in had_a_chance),
        unaudited=sum(s.rejected for s in strata if s.chance == 0),
        rescued=int(one(db, _RESCUED, (start,))),
    )


def _stratum(row: Row, answers: dict[str, int]) -> AuditStratum:
    relevant, not_relevant = answers.get("relevant", 0), answers.get("not_relevant", 0)
    return AuditStratum(
        band=row["band"],
        chance=row["chance"],
        rejected=row["rejected"],
        drawn=row["drawn"],
        decided=relevant + not_relevant,
        relevant=relevant,
        unsure=answers.get("unsure", 0) + answers.get("skip", 0),
    )


# --- what a plan is made from ---------------------------------------------------------------

_SCORES = """
SELECT first_seen_at, score FROM articles INDEXED BY articles_seen
WHERE first_seen_at >= ? AND score IS NOT NULL AND copy_of IS NULL
ORDER BY first_seen_at, id
"""
_WAITING = """
SELECT count(*) FROM audits d JOIN articles a ON a.id = d.article
WHERE d.drawn = 1 AND d.rejected_at >= ? AND a.decision IS NULL AND a.copy_of IS NULL
"""
# The score at the time of the decision, which the model had not learnt from. What was rejected
# and not drawn is left out: the drawn stand for it.
_ACCEPTED = """
SELECT coalesce(u.score, d.score) AS score, coalesce(1.0 / u.chance, 1.0) AS weight
FROM articles a JOIN decisions d ON d.id = a.decision_id
    LEFT JOIN audits u ON u.article = a.id
    LEFT JOIN verdicts v ON v.article = a.id AND v.version = d.version AND v.model = d.model
WHERE a.decision IS NOT NULL AND a.decision = 'relevant' AND a.copy_of IS NULL
    AND a.decided_at >= ? AND coalesce(u.score, d.score) IS NOT NULL
    AND coalesce(u.drawn, 1) = 1 AND coalesce(u.chance, 1.0) > 0
    AND coalesce(u.calibrated, v.calibrated, 0) = ?
"""


def scores(db: Db, since: datetime) -> Iterator[tuple[datetime, float]]:
    """Yield when each article was first seen and how it scores today, oldest first; no copies."""
    for first_seen_at, score in each(db, _SCORES, (stamp(since),)):
        yield instant(first_seen_at), score


def waiting(db: Db, since: datetime) -> int:
    """Count what was drawn since then and waits for a decision."""
    return int(one(db, _WAITING, (stamp(since),)))


def accepted(db: Db, since: datetime, *, calibrated: bool) -> list[tuple[float, float]]:
    """Return the score of each accepted article when people decided, and how many it stands for.

    A queued one stands for itself, a drawn one for all that shared its chance. Only scores of the
    kind asked for, ``calibrated`` or not: the two do not compare.
    """
    rows = fetch(db, _ACCEPTED, (stamp(since), int(calibrated)))
    return [(float(row["score"]), float(row["weight"])) for row in rows]


def calibrated(db: Db) -> bool:
    """Return whether the newest verdict's score can be read as a probability."""
    return bool(one(db, "SELECT calibrated FROM verdicts ORDER BY id DESC LIMIT 1"))


# --- plans ----------------------------------------------------------------------------------


def plan(db: Db, day_on: date, rule: str) -> PlanRow | None:
    """Return the plan made by this rule for this day."""
    sql = "SELECT * FROM plans WHERE day_on = ? AND rule = ?"
    rows = fetch(db, sql, (day_on.isoformat(), rule))
    return _plan(rows[0]) if rows else None


def last_plan(db: Db, rule: str | None = None) -> PlanRow | None:
    """Return the newest plan, or the newest that was made by this rule."""
    test, params = ("WHERE rule = ?", (rule,)) if rule is not None else ("", ())
    rows = fetch(db, f"SELECT * FROM plans {test} ORDER BY id DESC LIMIT 1", params)  # noqa: S608
    return _plan(rows[0]) if rows else None


def plans(db: Db, limit: int = 30) -> list[PlanRow]:
    """Return the newest plans, newest first."""
    return [
        _plan(row) for row in fetch(db, "SELECT * FROM plans ORDER BY id DESC LIMIT ?", (limit,))
    ]


def save_plan(db: Db, row: PlanRow) -> PlanRow:
    """Keep a plan and return the one that stands: of two made at once, the first."""
    cells = {
        "day_on": row.day_on.isoformat(),
        "rule": row.rule,
        "made_at": stamp(row.made_at),
        "threshold": row.threshold,
        "why": row.why,
        "bands": as_json(row.bands),
    }
    with write(db):
        run(db, _PUT_PLAN, cells)
        return plan(db, row.day_on, row.rule) or row


_PUT_PLAN = """
INSERT INTO plans (day_on, rule, made_at, threshold, why, bands)
VALUES (:day_on, :rule, :made_at, :threshold, :why, :bands)
ON CONFLICT (day_on, rule) DO NOTHING
"""


def _plan(row: Row) -> PlanRow:
    return PlanRow(
        day_on=day_or_none(row["day_on"]) or date.min,
        rule=row["rule"],
        made_at=instant(row["made_at"]),
        threshold=row["threshold"],
        why=row["why"],
        bands=tuple((a, b, c) for a, b, c in json.loads(row["bands"])),
    )


# --- what waits -----------------------------------------------------------------------------

_ALL_SCORES = """
SELECT a.score FROM articles a INDEXED BY articles_queue
WHERE a.route IN ('queue', 'sample') AND a.copy_of IS NULL AND a.decision IS NULL
    AND a.route = 'queue'
ORDER BY a.score DESC, a.id DESC
"""
_LAST_ANSWERS = """
SELECT a.decision FROM articles a INDEXED BY articles_decided
WHERE a.decision IS NOT NULL AND a.decision IN ('relevant', 'not_relevant') AND a.copy_of IS NULL
ORDER BY a.decided_at DESC, a.decision_id DESC LIMIT ?
"""


def waiting_scores(db: Db) -> list[float]:
    """Return the scores of what was queued for its score and waits, the best first; no copies."""
    return [float(row["score"] or 0.0) for row in fetch(db, _ALL_SCORES)]


def not_relevant_in_a_row(db: Db, most: int = 500) -> int:
    """Count the newest decisions up to the last relevant one; unsure and skipped do not count."""
    answers: list[Any] = [row["decision"] for row in fetch(db, _LAST_ANSWERS, (most,))]
    return next((at for at, a in enumerate(answers) if a == "relevant"), len(answers))
