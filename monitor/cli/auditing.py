"""``torkham missed``: what was rejected by mistake, as far as it can be said."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import click

from monitor import missing
from monitor.cli.frame import Place, as_json, command, show, show_json
from monitor.edge.clock import system_clock
from monitor.stages import audit as estimate
from monitor.stages.audit import Missed
from store import audit

NO_PLAN = "No threshold has been used yet; the first articles that are judged set it."


@click.command("missed")
@click.option("--days", type=click.IntRange(1, 3650), default=28, help="How far back (28).")
@as_json
@command
def missed_command(place: Place, *, days: int, as_json: bool) -> None:
    """Estimate how many relevant items were rejected, and what the queue still holds.

    The estimate comes from the daily audit: a few rejected items, drawn with known chances, that
    people decided on without knowing which they were.
    """
    with closing(place.store()) as db:
        lately = missing.missed(db, system_clock() - timedelta(days=days))
        ever = missing.missed(db, None)
        plan = audit.last_plan(db)
        scores, calibrated = audit.waiting_scores(db), audit.calibrated(db)
        in_a_row = audit.not_relevant_in_a_row(db)
    window = f"in the last {days} days" if days > 1 else "in the last day"
    facts: dict[str, Any] = {
        "days": days,
        **_told(lately, window),
        "since_start": _told(ever, "since the start"),
        "threshold": plan.threshold if plan else None,
        "threshold_why": plan.why if plan else NO_PLAN,
        "queue": {
            "waiting": len(scores),
            "relevant_by_score": round(sum(scores), 2),
            "calibrated": calibrated,
            "not_relevant_in_a_row": in_a_row,
            "rule_of_thumb": estimate.IN_A_ROW,
        },
    }
    if as_json:
        show_json(facts)
    else:
        _show(facts, lately)


def _told(found: Missed, window: str) -> dict[str, Any]:
    return {
        **asdict(found),
        "measurable": found.measurable,
        "sentence": estimate.sentence(found, window),
    }


def _show(facts: dict[str, Any], lately: Missed) -> None:
    queue = facts["queue"]
    kind = "calibrated" if queue["calibrated"] else "a prior estimate"
    lines = [
        facts["sentence"],
        estimate.by_model(lately),
        facts["since_start"]["sentence"],
        facts["threshold_why"],
    ]
    lines.append(
        f"{queue['waiting']} wait in the queue; by their scores ({kind}) about "
        f"{queue['relevant_by_score']:.1f} of them are relevant."
    )
    if queue["not_relevant_in_a_row"]:
        lines.append(
            f"Not relevant in a row, up to now: {queue['not_relevant_in_a_row']}. A usual rule of "
            f"thumb stops after {queue['rule_of_thumb']}; it guarantees nothing."
        )
    show("\n".join(lines))


COMMANDS = (missed_command,)
