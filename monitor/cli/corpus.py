"""``torkham corpus``: what the team holds, in and out."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import importing, snapshots
from monitor.cli.frame import FAILED, USAGE, Place, as_json, command, fail, show, show_json
from monitor.edge.clock import system_clock

if TYPE_CHECKING:
    from store.db import Db
    from store.learned import Fixed

FORMS = (
    *("jsonl", "csv", "parquet", "ris", "bibtex", "csl-json", "text", "references"),
    *("warc", "wacz", "snapshot"),
)
PAGES = frozenset({"warc", "wacz"})


@click.group("corpus")
def corpus_group() -> None:
    """The corpus: import texts, take snapshots, export what was decided. Count it."""


corpus_group.add_command(importing.import_texts)
for _command in snapshots.COMMANDS:
    corpus_group.add_command(_command)


# --- out ------------------------------------------------------------------------------------


@corpus_group.command("export")
@click.option(
    "--format", "form", type=click.Choice(FORMS), default=None,
    help="Default jsonl; of a snapshot, the whole of it.",
)  # fmt: skip
@click.option("--snapshot", "name", default=None, metavar="HASH", help='A snapshot, or "last".')
@click.option(
    "--out", type=click.Path(path_type=Path), default=None,
    help="A file; of a whole snapshot a new folder, or a .zip. Default: print.",
)  # fmt: skip
@command
def export(place: Place, *, form: str | None, name: str | None, out: Path | None) -> None:
    """Write the corpus as it stands, or as a snapshot holds it.

    A spreadsheet runs no cell of the CSV. `references` are addresses, hashes and labels without any
    text; `snapshot` is all of one, with splits, datasheet, model and citation.
    """
    from monitor.exports.needs import NeedsError

    with closing(place.store()) as db:
        fixed = snapshots.named(db, name) if name or form == "snapshot" else None
        try:
            if form == "snapshot" or (fixed is not None and form is None):
                _whole(db, fixed or snapshots.named(db, "last"), out)
            elif form in PAGES:
                _pages(db, form, fixed, out)
            else:
                _lines(db, form or "jsonl", fixed, out)
        except NeedsError as error:
            fail(str(error), code=FAILED)


def _lines(db: Db, form: str, fixed: Fixed | None, out: Path | None) -> None:
    from monitor.exports import bundle, forms
    from monitor.exports.record import rows_of
    from monitor.exports.splits import split
    from store.members import members

    if fixed is None:
        held = members(db)
        rows = rows_of(held, split(held))
    else:
        rows = bundle.lines(db, fixed)
    found = forms.FORMS[form]
    if out is None and not found.prints:
        fail(f"{form} is no text to print; name a file with --out", code=USAGE)
    made = found.made(rows)
    if out:
        _put(out, made)
        click.echo(f"{len(rows)} texts in {out}")
    else:
        sys.stdout.flush()
        click.echo(made.decode(), nl=False)


def _whole(db: Db, fixed: Fixed, out: Path | None) -> None:
    from monitor.exports import bundle, folders

    name = bundle.name_of(fixed)
    target = out or Path(f"{name}.zip")
    files = bundle.files(db, fixed)
    if target.suffix.lower() == ".zip":
        _put(target, folders.zipped(files, name))
    else:
        folders.written(files, target)
    click.echo(f"snapshot {fixed.id[:16]}: {len(files)} files in {target}")


def _put(out: Path, made: bytes) -> None:
    """Write a file whole or not at all: what stood there may be the one that a paper cites."""
    from monitor.edge.whole import write_whole

    if out.exists() and not out.is_file():  # /dev/stdout, a pipe; a folder says what it is
        out.write_bytes(made)
    else:
        write_whole(out.resolve(), made, mode=None if out.exists() else 0o666)


def _pages(db: Db, form: str, fixed: Fixed | None, out: Path | None) -> None:
    from monitor.exports.pages import write_pages
    from monitor.outside import VERSION
    from store.members import articles_of, members
    from store.snapshots import held_by

    if out is None:
        fail(f"{form} is no text to print; name a file with --out", code=USAGE)
    held = members(db) if fixed is None else held_by(db, fixed.id, texts=False)
    numbers = articles_of(db, held)
    kind: Any = form
    with out.open("wb") as file:
        written = write_pages(
            db, file, numbers, form=kind, now=system_clock(), software=f"Torkham {VERSION}"
        )
    click.echo(f"{written} records of {len(numbers)} articles in {out}")


@corpus_group.command("stats")
@as_json
@command
def stats(place: Place, *, as_json: bool) -> None:
    """Count what the corpus holds, with the months in which sources came, went or had gaps."""
    from monitor.exports.counting import stats_of

    with closing(place.store()) as db:
        found = stats_of(db)
    if as_json:
        show_json(found)
        return
    for key, value in found.items():
        if isinstance(value, dict):
            told = ", ".join(f"{k} {v}" for k, v in value.items()) or "none"
        elif isinstance(value, list):
            told = "".join(f"\n  {row['month']}: {row['what']}" for row in value) or "none"
        else:
            told = value
        show(f"{key.replace('_', ' ')}: {told}")


COMMANDS = (corpus_group,)
