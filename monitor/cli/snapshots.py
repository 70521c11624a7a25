"""``torkham corpus snapshot`` and what looks at snapshots: list, show, check."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.frame import FAILED, Place, as_json, command, fail, show, show_json
from monitor.edge.clock import system_clock

if TYPE_CHECKING:
    from monitor.exports.datasheet import About
    from store.db import Db
    from store.learned import Fixed


def named(db: Db, name: str | None) -> Fixed:
    """Return the snapshot of a hash, or of its beginning; leave with a sentence where none is."""
    from store import snapshots

    found = snapshots.find(db, name or "last")
    if found is None and name in {None, "last"}:
        fail("there is no snapshot yet; `torkham corpus snapshot` takes one", code=FAILED)
    if found is None:
        fail(
            f"{name} names no snapshot, or more than one; `torkham corpus snapshots` lists them",
            code=FAILED,
        )
    return found


@click.command("snapshot")
@click.option("--note", default="", metavar="TEXT", help="A line kept with it.")
@as_json
@command
def snapshot(place: Place, *, note: str, as_json: bool) -> None:
    """Fix the corpus as it stands under a hash, to be cited: with splits, datasheet and model.

    The same corpus has the same hash, here and in any other store.
    """
    from classifiers import registry
    from monitor.cli.judging import topic_of
    from monitor.exports.taking import NothingHeldError, take
    from store.snapshots import newest

    topic, team = topic_of(place)
    with closing(place.store()) as db:
        try:
            taken, new = take(
                db, trainer=registry.trainer(topic=topic, team=team), about=_about(place, topic),
                now=system_clock(), note=" ".join(note.split())[:500],
            )  # fmt: skip
            last = newest(db)
        except NothingHeldError as error:
            fail(str(error), code=FAILED)
    if as_json:
        show_json(_told(taken))
        return
    show(f"{taken.id}\n{taken.relevant} relevant, {taken.not_relevant} not{_model(taken)}")
    if not new:
        rest = "nothing has changed since."
        if last is not None and last.id != taken.id:
            rest = "what was changed since was taken back. `last` is another one: name it by hash."
        show(f"It was taken on {taken.created_at:%Y-%m-%d %H:%M} UTC; {rest}")


def _about(place: Place, topic: str) -> About:
    from monitor.exports.about import about

    return about(place.settings() if place.config.exists() else None, topic)


def _told(fixed: Fixed) -> dict[str, Any]:
    """A snapshot for scripts: the keys it always had, and those that came since."""
    return {
        "id": fixed.id, "created_at": fixed.created_at, "relevant": fixed.relevant,
        "not_relevant": fixed.not_relevant, "origins": fixed.origins, "note": fixed.note,
        "model": fixed.model,
    }  # fmt: skip


def _model(fixed: Fixed) -> str:
    return f", model {fixed.model}" if fixed.model else ", too few to train a model on"


@click.command("snapshots")
@as_json
@command
def snapshots(place: Place, *, as_json: bool) -> None:
    """List the snapshots, newest first."""
    from store import snapshots as kept

    with closing(place.store()) as db:
        found = kept.listed(db)
    if as_json:
        show_json([_told(one) for one in found])
        return
    if not found:
        click.echo("No snapshot was taken yet; `torkham corpus snapshot` takes one.")
    for one in found:
        show(
            f"{one.id[:16]}  {one.created_at:%Y-%m-%d %H:%M} UTC  {one.relevant} relevant, "
            f"{one.not_relevant} not  {one.note}".rstrip()
        )


@click.command("show")
@click.argument("name", metavar="HASH", default="last")
@as_json
@command
def show_snapshot(place: Place, *, name: str, as_json: bool) -> None:
    """Show the datasheet of a snapshot: what it holds, how it was made, what it lacks."""
    from monitor.exports import datasheet, sheet
    from monitor.exports.citing import citation

    with closing(place.store()) as db:
        fixed = named(db, name)
    facts = datasheet.of(fixed)
    if as_json:
        show_json(_told(fixed) | {"citation": citation(fixed, facts), "datasheet": facts})
    else:
        show(sheet.markdown(fixed, facts).rstrip())


@click.command("check")
@click.argument("path", type=click.Path(path_type=Path))
@as_json
@command
def check(place: Place, *, path: Path, as_json: bool) -> None:
    """Check an export: every hash is computed anew. References are compared with what is held."""
    from monitor.exports import checking
    from monitor.exports.opening import ExportError

    here = place.database.exists()
    try:
        if here:
            with closing(place.store()) as db:
                found = checking.check(db, path)
        else:
            found = checking.check(None, path)
    except ExportError as error:
        fail(str(error), code=FAILED)
    if as_json:
        show_json(found)
        return
    show(_checked(found))


def _checked(found: Any) -> str:
    if found.kind == "references":
        return (
            f"{found.texts} references: {found.here} of the same text held here, "
            f"{len(found.differs)} of another text, {found.missing} not held."
        )
    whole = "a whole snapshot" if found.kind == "snapshot" else "texts"
    gone = f", {found.removed} of them removed" if found.removed else ""
    return f"{whole}: {found.texts} texts{gone}, every one as its hash says\n{found.snapshot}"


COMMANDS = (snapshot, snapshots, show_snapshot, check)
