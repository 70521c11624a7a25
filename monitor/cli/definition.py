"""``torkham definition``: what counts, a switch a strand, and what moving one would change."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.frame import USAGE, Place, as_json, by_whom, command, fail, show, show_json

if TYPE_CHECKING:
    from classifiers.definition import Strand
    from monitor.inquiry.weighing import Judges, Move, Tick, Weighed
    from store.upkeep import Change

SWITCHES = ("in", "out", "open")
_STANDS = {
    "open": "open: as the model judges",
    "in": "in: your team counts it",
    "out": "out: your team does not count it",
}


@click.group("definition", invoke_without_command=True)
@as_json
@command
def definition_group(place: Place, *, as_json: bool) -> None:
    """What counts: a switch a strand, and what one would move."""
    if click.get_current_context().invoked_subcommand is None:
        _show(place, for_scripts=as_json)


@definition_group.command("show")
@as_json
@command
def definition_show(place: Place, *, as_json: bool) -> None:
    """Say what counts: each strand in a sentence, and how its switch stands."""
    _show(place, for_scripts=as_json)


def _show(place: Place, *, for_scripts: bool) -> None:
    from monitor.inquiry import weighing

    with place.tools() as app, closing(app.open_store()) as db:
        judges, lines = app.judges(db), weighing.history(db)
    strands = list(judges.strands().values())
    if for_scripts:
        rows = [_row(strand, judges.standing(strand.id)) for strand in strands]
        show_json({"strands": rows, "changes": [asdict(line) for line in lines]})
    elif not strands:
        click.echo("This topic has no definition.yaml: everything is as the model judges.")
    else:
        told = [_told(strand, judges.standing(strand.id), lines) for strand in strands]
        show("\n\n".join(told))


def _row(strand: Strand, stands: str) -> dict[str, Any]:
    return {
        "id": strand.id,
        "title": strand.title,
        "says": strand.says,
        "switch": stands,
        "worth": dict(strand.worth),
    }


def _told(strand: Strand, stands: str, lines: list[Change]) -> str:
    from monitor.inquiry.weighing import path

    moved = next((line for line in lines if line.path == path(strand.id)), None)
    who = f", by {moved.by} on {moved.at:%Y-%m-%d %H:%M} UTC" if moved else ""
    return f"{strand.id}  [{_STANDS[stands]}{who}]\n  {strand.title}\n  {strand.says}"


@definition_group.command("set")
@click.argument("strand")
@click.argument("to", type=click.Choice(SWITCHES))
@by_whom("Who moves it; kept with the change.", needed=True)
@click.option("--days", type=click.IntRange(1, 366), default=28, help="Weigh so many days (28).")
@click.option("--dry-run", is_flag=True, help="Say what it would move and leave it as it is.")
@click.option("--yes", is_flag=True, help="Do not ask on a terminal.")
@as_json
@command
def definition_set(
    place: Place, *, strand: str, to: str, by: str, days: int, dry_run: bool, yes: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Move the switch of STRAND and say which stories that moves.

    What it would change among the stories of the last days is shown first. On a terminal you are
    asked before it is kept.
    """
    from monitor.inquiry import weighing

    with place.tools() as app, closing(app.open_store()) as db:
        judges = app.judges(db)
        _known(strand, judges)
        with _progress() as tick:
            found = weighing.weigh(db, judges, strand, to, app.clock(), days=days, tick=tick)
        if not as_json:
            show(_weighed(found))
        saved = not dry_run and (yes or as_json or _agreed())
        if saved:
            weighing.save(db, strand, to, by, app.clock())
    if as_json:
        show_json({**asdict(found), "saved": saved})
    elif saved:
        click.echo(f"{strand} is {to}. Undecided stories are judged anew by the next run.")
    else:
        click.echo("Nothing was changed.")


def _known(strand: str, judges: Judges) -> None:
    strands = judges.strands()
    if strand not in strands:
        near = get_close_matches(strand, strands, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(strands)}"
        fail(f"{strand} is no strand of the definition: {hint}", code=USAGE)


def _agreed() -> bool:
    return not sys.stdin.isatty() or click.confirm("Keep this change?", default=False)


@contextmanager
def _progress() -> Iterator[Tick]:
    """A progress bar on a terminal, and none in a pipe."""
    from monitor.inquiry.weighing import MOST_TEXTS

    hidden = not sys.stderr.isatty()
    with click.progressbar(
        length=MOST_TEXTS, label="judging twice", file=sys.stderr, hidden=hidden
    ) as bar:
        yield bar.update


def _weighed(found: Weighed) -> str:
    newest = "the newest " if found.cut else ""
    told = (
        f"{found.strand}: {found.before} -> {found.after}. Of {newest}{found.texts} texts of the "
        f"last {found.days} days {found.moved} would move: {found.enter} into the queue, "
        f"{found.leave} out of it (threshold {found.threshold:.2f})."
    )
    lines = [told]
    if found.decided:
        lines.append(f"{found.decided} of them are decided, and stay as they were decided.")
    if found.older:
        lines.append(f"{found.older} are older than what is judged anew, and keep their score.")
    return "\n".join([*lines, *map(_move, found.moves)])


def _move(move: Move) -> str:
    said = f" [{move.decision.replace('_', ' ')}]" if move.decision else ""
    title = " ".join(move.title.split()) or "(no title)"
    return f"  {move.before:.2f} -> {move.after:.2f}  {title} ({move.outlet}){said}"


COMMANDS = (definition_group,)
