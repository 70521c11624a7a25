"""``torkham health``: is the service well? For containers and cron: asked often, so it is cheap."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Any

import click

from monitor.cli.frame import FAILED, Place, as_json, command, show, show_json
from monitor.edge.clock import system_clock
from monitor.inquiry.ailments import Ailment
from monitor.inquiry.looking import facts
from monitor.inquiry.wellness import wellness
from monitor.ticks import EVERY_SECONDS
from store.faults import StoreError


@click.command()
@click.option("--alive", is_flag=True, help="Only whether the work goes on at all.")
@as_json
@command
def health(place: Place, *, alive: bool, as_json: bool) -> None:
    """Exit 0 when the service is well, 1 when not, with a line for each thing that is not."""
    found = [one for one in judged(place, system_clock(), wholly=False) if one.stops or not alive]
    if as_json:
        show_json({"ok": not found, "unwell": [plain(one) for one in found]})
    elif found:
        show("\n".join(f"unwell: {one.sentence} {one.advice}" for one in found))
    else:
        click.echo("well")
    sys.exit(FAILED if found else 0)


def judged(place: Place, now: datetime, *, wholly: bool) -> tuple[Ailment, ...]:
    """Return what is not well with the service that works on ``place``, running or not.

    ``wholly``: the settings are read too, which takes a second; a container asks twice a minute.
    """
    mistakes = _mistakes(place) if wholly else ()
    found = facts(place.database, now, every=EVERY_SECONDS, mistakes=mistakes)
    return wellness(found, now)


def _mistakes(place: Place) -> tuple[str, ...]:
    """Every mistake of the settings; a store that cannot be read is told elsewhere."""
    from monitor.config.problems import ConfigError

    try:
        place.secrets(place.settings())
    except ConfigError as error:
        return tuple(str(problem) for problem in error.problems)
    except StoreError:
        pass
    return ()


def plain(one: Ailment) -> dict[str, Any]:
    """Return an ailment as ``--json`` prints it."""
    return {
        "cause": one.cause,
        "since": one.since_at,
        "sentence": one.sentence,
        "advice": one.advice,
        "stops": one.stops,
    }


COMMANDS = (health,)
