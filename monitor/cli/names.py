"""``torkham names``: the week's unknown names, and the team's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import click

from monitor.cli.frame import (
    USAGE,
    Place,
    as_json,
    by_whom,
    command,
    fail,
    show,
    show_json,
)

if TYPE_CHECKING:
    from datetime import datetime

    from classifiers.naming.names import NewName
    from monitor.inquiry.naming import Ground, Listed
    from store.db import Db

BY = by_whom("Who says so; kept with the change.", needed=True)
SURE = click.option("--yes", is_flag=True, help="Add it although something speaks against it.")


@contextmanager
def _open(place: Place) -> Iterator[tuple[Db, Ground, datetime]]:
    """Give the store, what names are looked for on, and the time."""
    from monitor.inquiry.naming import Ground

    with place.tools() as app, closing(app.open_store()) as db:
        yield db, Ground(judges=app.judges(db), zone=app.zone), app.clock()


DAYS = click.option(
    "--days", type=click.IntRange(1, 366), default=None,
    help="Look at so many days just now, instead of the week's list.",
)  # fmt: skip


@click.group("names", invoke_without_command=True)
@DAYS
@as_json
@command
def names_group(place: Place, *, days: int | None, as_json: bool) -> None:
    """New names: those that recur beside the topic and that the lexicon does not know."""
    if click.get_current_context().invoked_subcommand is None:
        _list(place, days, for_scripts=as_json)


@names_group.command("list")
@DAYS
@as_json
@command
def names_list(place: Place, *, days: int | None, as_json: bool) -> None:
    """List the week's unknown names with their sentences, and the names the team added."""
    _list(place, days, for_scripts=as_json)


def _list(place: Place, days: int | None, *, for_scripts: bool) -> None:
    from monitor.inquiry import naming

    with _open(place) as (db, ground, now):
        if days is None:
            made = naming.weekly(db, ground, now)
        else:
            made = naming.look(db, ground, now, days=days)
        found, added = naming.listed(db, ground, made), naming.added(db, ground)
    if for_scripts:
        told = {"week_on": found.week_on, "made_at": found.made_at, "since_at": found.since_at}
        counts = {"read": found.read, "wanted": found.wanted}
        show_json({**told, **counts, "names": list(found.open), "added": list(added)})
        return
    show("\n".join(_lines(found)))
    for line in added:
        show(f"added: {line.spelling} → {line.concept}" + (f", by {line.by}" if line.by else ""))


def _lines(found: Listed) -> Iterator[str]:
    yield (
        f"{len(found.open)} unknown names in {found.wanted} wanted of {found.read} texts"
        f" since {found.since_at:%Y-%m-%d %H:%M} UTC"
    )
    for name in found.open:
        yield from _told(name)


def _told(name: NewName) -> Iterator[str]:
    outlets = f"{len(name.outlets)} outlets"
    elsewhere = f"{name.others} elsewhere" if name.others else "nowhere else"
    yield f"{name.name}  [{name.kind}: {name.why}] {name.texts} stories, {outlets}, {elsewhere}"
    alike = ", ".join(f"{near.alias} ({near.concept}: {near.why})" for near in name.alike)
    if alike:
        yield f"    like {alike}"
    for said in name.sentences:
        yield f"    {said.outlet}: {said.text}"


@names_group.command("add")
@click.argument("name")
@click.option("--to", "concept", required=True, help="The concept it is a spelling of.")
@BY
@SURE
@command
def names_add(place: Place, *, name: str, concept: str, by: str, yes: bool) -> None:
    """Add NAME as a spelling of a concept of the lexicon."""
    _add(place, concept, [name], by=by, sure=yes)


@names_group.command("new")
@click.argument("name")
@click.option(
    "--kind", type=click.Choice(["person", "place", "group", "operation"]), required=True,
    help="What it is the name of.",
)  # fmt: skip
@click.option("--pole", required=True, help="Which pole of the topic it stands for.")
@BY
@SURE
@command
def names_new(place: Place, *, name: str, kind: str, pole: str, by: str, yes: bool) -> None:
    """Add NAME as somebody new: it speaks for its pole and belongs to no known concept."""
    from classifiers.pack import concept_for

    _add(place, concept_for(kind, pole), [name], by=by, sure=yes)


def _add(place: Place, concept: str, spellings: Sequence[str], *, by: str, sure: bool) -> None:
    from monitor.inquiry import naming

    with _open(place) as (db, ground, now):
        seen = naming.outlook(db, ground, concept, spellings, now)
        against = naming.add(db, ground, concept, spellings, by=by, now=now, sure=sure)
    if against:
        hint = "" if any(o.final for o in against) else "; --yes adds it all the same"
        fail("; ".join(objection.sentence for objection in against) + hint, code=USAGE)
    tried = f" (the newest {seen.tried} were tried)" if seen.held > seen.tried else ""
    show(
        f"{', '.join(spellings)} is a name of {concept} now. Of {seen.held} articles of the last"
        f" 28 days that hold it{tried}, {len(seen.moved)} will score otherwise and {seen.queued}"
        " will newly be queued, with the next run of judge."
    )


@names_group.command("remove")
@click.argument("name")
@BY
@command
def names_remove(place: Place, *, name: str, by: str) -> None:
    """Take out a name that the team added; all is as it was before."""
    from monitor.inquiry import naming

    with _open(place) as (db, ground, now):
        concept = naming.remove(db, ground, name, by=by, now=now)
    if concept is None:
        fail(f"“{name}” is no name the team added; `torkham names list` has those", code=USAGE)
    show(f"{name} is no name of {concept} any more, from the next run of judge.")


@names_group.command("dismiss")
@click.argument("name")
@BY
@command
def names_dismiss(place: Place, *, name: str, by: str) -> None:
    """Set NAME aside as no name; it comes back only when it has doubled."""
    from monitor.inquiry import naming
    from store import names

    with _open(place) as (db, ground, now):
        made = naming.weekly(db, ground, now)
        key = naming.name_key(name)
        listed = {found.key: found.texts for found in naming.read_names(made.names)}
        if key not in listed:
            fail(f"“{name}” is not on this week's list; `torkham names list` shows it", code=USAGE)
        names.answer(db, key, "no_name", texts=listed[key], by=by, now=now)
    show(f"{name} is set aside.")


COMMANDS = (names_group,)
