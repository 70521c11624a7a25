"""``torkham agreement``: how far two people who read the same article apart agree."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from typing import Any

import click

from monitor.cli.frame import Place, as_json, command, show, show_json
from monitor.stages import agreement
from monitor.stages.agreement import Agreement
from store import pairs


@click.command("agreement")
@as_json
@command
def agreement_command(place: Place, *, as_json: bool) -> None:
    """Say how far two readers of the same article agree, and on what they differ.

    A share of what waits (queue.read_twice) is read by two people, neither seeing the other's
    answer. Kappa is told from 20 such articles on, with its interval.
    """
    with closing(place.store()) as db:
        read = pairs.compared(db)
        counts = pairs.counts(db)
        disputes = pairs.disputed(db, limit=100)
    found, people = agreement.agreement(read), agreement.by_people(read)
    if as_json:
        show_json(
            {
                **_facts(found),
                "sentence": agreement.told(found),
                "by_people": [{"people": names, **_facts(one)} for names, one in people],
                "by_answer": [asdict(one) for one in agreement.by_answer(read)],
                "waiting": counts.get("waiting", 0),
                "disputed": [
                    {
                        "article": one.row.article,
                        "title": one.row.title,
                        "answers": {line.by: line.answer for line in (one.first, one.second)},
                    }
                    for one in disputes
                ],
            }
        )
        return
    show(agreement.told(found))
    for (one, other), theirs in people:
        show(f"  {one} and {other}: {theirs.agreed} of {theirs.n}{_figure(theirs)}")
    waits = counts.get("waiting", 0)
    show(f"{waits} {'waits' if waits == 1 else 'wait'} for a second reading.")
    for dispute in disputes:
        said = ", ".join(f"{line.by}: {line.answer}" for line in (dispute.first, dispute.second))
        show(f"Two differ on article {dispute.row.article} ({said}): {dispute.row.title}")


def _facts(found: Agreement) -> dict[str, Any]:
    return {**asdict(found), "share": found.share, "measurable": found.measurable}


def _figure(found: Agreement) -> str:
    if found.kappa is None or found.interval is None:
        return ""
    low, high = found.interval
    return f", kappa {found.kappa:.2f} ({low:.2f} to {high:.2f})"


COMMANDS = (agreement_command,)
