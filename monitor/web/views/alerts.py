"""What rules fired on: who was told of it when, what is held back and why, and spikes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from monitor.stages import trusting
from monitor.web.desk import Visit, whole
from monitor.web.routing import page
from store import alertlog, spikes, trust
from store.desk import RuleTrust

SHOWN = 50
RULES = 40  # in the table; a team with more looks at one rule at a time
SPANS = (30, 90)
SERIES = 12
BACK = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """A rule in the table: how it did, and what is to be said of it."""

    trust: RuleTrust
    precision: tuple[float, float, float] | None
    said: str


def alerts(visit: Visit) -> Response:
    """Show what fired, by story, the newest first; beside it how each rule does, and spikes."""
    rule, before = visit.asked("rule")[:200], whole(visit.asked("before"))
    days = 90 if visit.asked("days") == "90" else 30
    found = alertlog.recent(
        visit.db, rule=rule, since=visit.now - BACK, before=before, limit=SHOWN + 1
    )
    shown = found[:SHOWN]
    return visit.page(
        "alerts.html",
        stories=[one for one in shown if not _is_flood(one)],
        floods=_floods(shown),
        rule=rule,
        days=days,
        spans=SPANS,
        first=before is None,
        lines=_lines(visit, rule, days) if before is None else [],
        spikes=spikes.since(visit.db, visit.now - timedelta(days=14)) if not rule else [],
        series=spikes.standing(visit.db)[:SERIES] if not rule and before is None else [],
        older=shown[-1].last if len(found) > SHOWN else None,
        hidden=visit.hidden(),
    )


def _is_flood(story: alertlog.StoryFired) -> bool:
    """Whether everybody heard of it only as one of a storm."""
    return bool(story.ways) and all(way.state == "storm" for way in story.ways)


def _floods(stories: Sequence[alertlog.StoryFired]) -> list[tuple[str, list[alertlog.StoryFired]]]:
    """The stories of storms by rule: they stand here, folded, so that they bury nothing."""
    by_rule: dict[str, list[alertlog.StoryFired]] = {}
    for story in stories:
        if _is_flood(story):
            by_rule.setdefault(", ".join(story.rules), []).append(story)
    return list(by_rule.items())


def _lines(visit: Visit, rule: str, days: int) -> list[RuleLine]:
    names = [rule] if rule else _at_work(visit)[:RULES]
    found = trust.of_rules(visit.db, names, visit.now, days)
    return [
        RuleLine(
            trust=one,
            precision=trusting.precision(one),
            said=trusting.nudge(one) or trusting.silence(one, visit.now),
        )
        for one in found.values()
    ]


def _at_work(visit: Visit) -> list[str]:
    """The rules in force; where the desk does not know the settings, those that were at work."""
    if visit.desk.office is None:
        return trust.names(visit.db)
    return [one.name for one in visit.desk.office.standing(visit.db).settings.rules]


ROUTES = (page("/alerts", alerts),)
