"""``torkham model``: which one is live, how it stands, train one, go back, take decisions back."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from classifiers import registry
from monitor.cli.frame import (
    COMMAND_LINE,
    FAILED,
    USAGE,
    Place,
    as_json,
    command,
    fail,
    show,
    show_json,
)
from monitor.cli.judging import topic_of
from monitor.edge.clock import system_clock

if TYPE_CHECKING:
    from classifiers.measuring.reliability import Band
    from classifiers.types import Trainer
    from monitor.inquiry.watching import Standing

_BAR = 24  # characters of a whole bar


@click.group("model")
def model_group() -> None:
    """The trained models: which is live, how it does, train one, go back, take decisions back."""


def _trainer(place: Place) -> Trainer:
    topic, team = topic_of(place)
    return registry.trainer(topic=topic, team=team)


@model_group.command("list")
@as_json
@command
def model_list(place: Place, *, as_json: bool) -> None:
    """List the models, newest first; the live one is marked."""
    from store import corpus

    with closing(place.store()) as db:
        rows = corpus.models(db)
    if as_json:
        show_json([{k: v for k, v in asdict(row).items() if k != "artifact"} for row in rows])
        return
    if not rows:
        click.echo("No model was trained yet: the cold start of the topic pack judges.")
    for row in rows:
        mark = "live" if row.live else "    "
        show(f"{mark} {row.id}  {row.created_at:%Y-%m-%d %H:%M} UTC  {row.why}")


@model_group.command("learn")
@as_json
@command
def model_learn(place: Place, *, as_json: bool) -> None:
    """Train on the decisions now; the model becomes live unless it is worse."""
    from monitor.pipeline import learn

    with closing(place.store()) as db:
        counts = learn(db, trainer=_trainer(place), clock=system_clock)
    if as_json:
        show_json(counts)
    elif counts.get("promoted"):
        click.echo(f"Trained on {counts['labels']} decisions; the new model is live.")
    elif counts.get("trained"):
        click.echo("Trained, and not taken: it is worse on the held-out decisions.")
    elif counts.get("rolled_back"):
        click.echo(
            f"Nothing was decided since somebody went back to {_live(place)}: it stays live."
        )
    elif counts.get("unlearnt"):
        click.echo(f"Only {counts['labels']} decisions are left: the cold start judges again.")
    else:
        click.echo(f"Nothing new to learn from: {counts['labels']} decisions.")


def _live(place: Place) -> str:
    from store import corpus

    with closing(place.store()) as db:
        live = corpus.live_model(db)
    return live.id if live else "the cold start"


@model_group.command("rollback")
@click.argument("model_id")
@command
def model_rollback(place: Place, *, model_id: str) -> None:
    """Make an earlier model live again; "cold" goes back to the topic pack's cold start."""
    from store import corpus
    from store.inquiry import Turn

    now = system_clock()
    with closing(place.store()) as db:
        known = {row.id for row in corpus.models(db)}
        if model_id != "cold" and model_id not in known:
            fail(f"there is no model {model_id}; `torkham model list` shows them", code=FAILED)
        turn = Turn(
            snapshot=corpus.snapshot(db, now).id,
            model=None if model_id == "cold" else model_id,
            by=COMMAND_LINE,
            at=now,
            why="somebody went back to it",
        )
        corpus.settle(db, turn)
    click.echo(f"{model_id} is live; undecided articles are judged anew by the next runs.")
    click.echo("It stays so until somebody decides, imports or undoes something: then a model")
    click.echo("learnt from everything that stands is measured against it.")


# --- how it stands --------------------------------------------------------------------------


@model_group.command("status")
@as_json
@command
def model_status(place: Place, *, as_json: bool) -> None:
    """Say what the scores promised and kept, and whether the news or the definition has moved."""
    from monitor.inquiry.watching import standing

    with closing(place.store()) as db:
        found = standing(db, system_clock())
    if as_json:
        show_json(_standing_json(found))
        return
    live = found.live
    show(f"{live.id} judges: {live.why}" if live else "The cold start of the topic pack judges.")
    show(found.level)
    show(f"{found.kept_word} ({found.of})" if found.tried else found.kept_word)
    if found.measurable:
        show("\n".join(map(_bar, found.bands)))
    show("\n".join(one.sentence for one in found.drift))


def _standing_json(found: Standing) -> dict[str, Any]:
    return {
        "model": found.live.id if found.live else "cold start",
        "why": found.live.why if found.live else "",
        "snapshot": found.live.snapshot if found.live else None,
        "figures": dict(found.live.figures) if found.live else {},
        "calibrated": found.calibrated,
        "level": found.level,
        "decisions": {"relevant": found.answers[0], "not_relevant": found.answers[1]},
        "reliability": {
            "n": found.tried, "of": found.of, "told": found.kept_word,
            "measurable": found.measurable,
            "bands": [{**asdict(band), "kept": band.kept, "holds": band.holds}
                      for band in found.bands],
        },
        "drift": [asdict(one) for one in found.drift],
    }  # fmt: skip


def _bar(band: Band) -> str:
    low, high = band.interval
    filled = "█" * round(band.kept * _BAR)
    mark = " " if band.holds else "!"
    return (
        f"  {band.low:.2f}–{band.high:.2f} {mark} promised {band.promised:.2f}, accepted "
        f"{band.kept:.2f} ({low:.2f}–{high:.2f}), n {band.n:<4} {filled}"
    )


# --- a person's decisions taken back --------------------------------------------------------


@model_group.command("forget-person")
@click.argument("name")
@click.option("--from", "first", required=True, help="The first day (2026-11-21).")
@click.option("--to", "last", required=True, help="The last day, itself included.")
@as_json
@command
def model_forget_person(place: Place, *, name: str, first: str, last: str, as_json: bool) -> None:
    """Undo every decision of NAME on these days and learn anew without them.

    Nothing is deleted: undo lines are added, and what others decided before stands again. Days are
    in the team's time zone.
    """
    from monitor.inquiry.unlearning import take_back
    from store import reviews

    since, until = _window(place, first, last)
    with closing(place.store()) as db:
        known = {person for person, *_ in reviews.deciders(db)}
        done = take_back(
            db, person=name, since=since, until=until, by="torkham model",
            trainer=_trainer(place), clock=system_clock,
        )  # fmt: skip
    if as_json:
        show_json(done)
    elif done["undone"]:
        judge = done["model"] or "the cold start"
        show(f"{done['undone']} decisions of {name} were undone.")
        show(f"{judge} judges, taught by the {done['labels']} that are left.")
    else:
        people = ", ".join(sorted(known)) or "nobody yet"
        fail(f"{name} decided nothing from {first} to {last}; those who decided: {people}")


def _window(place: Place, first: str, last: str) -> tuple[datetime, datetime]:
    zone = ZoneInfo(place.settings().team.time_zone) if place.config.exists() else UTC
    try:
        days = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        fail("--from and --to are days like 2026-11-21", code=USAGE)
    if days[1] < days[0]:
        fail(f"--to {last} is before --from {first}", code=USAGE)
    since = datetime.combine(days[0], time(), zone)
    return since, datetime.combine(days[1] + timedelta(days=1), time(), zone)


COMMANDS = (model_group,)
