"""``torkham timeline``: what people pinned, listed or taken out."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from monitor.cli.frame import USAGE, Place, as_json, command, fail, show, show_json
from monitor.exports.cells import quoted
from store.desk import PinKind

if TYPE_CHECKING:
    from store.db import Db
    from store.desk import PinLine

_HEAD = ("pin", "kind", "title", "since", "until", "article", "story", "url", "note", "by", "at")


@click.group("timeline")
def timeline_group() -> None:
    """The timeline that people pin: list it, take it out."""


def _filters(function: Any) -> Any:
    for option in (
        click.option("--kind", type=click.Choice(get_args(PinKind)), help="Of this kind."),
        click.option("--until", default="", help="Up to this day, month or year: 2026."),
        click.option("--since", default="", help="From this day, month or year on: 2021-08."),
    ):
        function = option(function)
    return function


@timeline_group.command("list")
@_filters
@as_json
@command
def timeline_list(place: Place, *, as_json: bool, **asked: Any) -> None:
    """List what is on the timeline, in order of time."""
    with closing(place.store()) as db:
        found = _found(db, **asked)
    if as_json:
        show_json([_flat(line) for line in found])
        return
    for line in found:
        until = {"": "", "now": " and on"}.get(line.facts.until, f" to {line.facts.until}")
        show(f"{line.facts.since}{until}  {line.facts.kind}: {line.facts.title}  ({line.by})")
    if not found:
        show("Nothing like this is on the timeline.")


@timeline_group.command("export")
@_filters
@click.option("--csv", "form", flag_value="csv", default="csv", help="As CSV; so unless asked.")
@click.option("--json", "form", flag_value="json", help="As one JSON list.")
@click.option("--out", type=click.Path(path_type=Path), help="Into this file; else to the screen.")
@command
def timeline_export(place: Place, *, form: str, out: Path | None, **asked: Any) -> None:
    """Write the timeline as CSV or JSON, in order of time."""
    with closing(place.store()) as db:
        found = _found(db, **asked)
    flat = [_flat(line) for line in found]
    text = f"{json.dumps(flat, ensure_ascii=False, indent=1)}\n" if form == "json" else _csv(found)
    if out is None:
        sys.stdout.write(text)
        return
    try:
        # newline="": the csv module ends its own lines
        with out.open("w", encoding="utf-8", errors="replace", newline="") as file:
            file.write(text)
    except OSError as error:
        fail(f"{out} cannot be written: {error.strerror or error}")
    show(f"{len(found)} entries into {out}")


def _found(db: Db, *, since: str, until: str, kind: PinKind | None) -> list[PinLine]:
    from store import pins

    days: list[date | None] = []
    for text, first in ((since, True), (until, False)):
        span = pins.days_of(text)
        if text and span is None:
            fail(f"“{text}” is no day, month or year like 2021-08-15, 2021-08 or 2021", code=USAGE)
        days.append(None if span is None else span[0 if first else 1])
    kinds = (kind,) if kind else ()
    return pins.between(db, days[0] or date.min, days[1] or date.max, kinds=kinds)


def _flat(line: PinLine) -> dict[str, object]:
    facts = line.facts
    given = {name: getattr(facts, name) for name in _HEAD if hasattr(facts, name)}
    kept = {"pin": line.pin, **given, "by": line.by, "at": line.at.isoformat()}
    return {name: kept[name] for name in _HEAD}


def _csv(found: list[PinLine]) -> str:
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(_HEAD)
    lines.writerows(list(_cells(line)) for line in found)
    return out.getvalue()


def _cells(line: PinLine) -> Iterator[str]:
    for value in _flat(line).values():
        text = "" if value is None else str(value)
        yield quoted(text)


COMMANDS = (timeline_group,)
