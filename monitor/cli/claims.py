"""``torkham claims`` and ``torkham quotes``: figures and words with their sentences."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.frame import USAGE, Place, as_json, command, fail, json_line, show, show_json
from monitor.exports.cells import quoted

if TYPE_CHECKING:
    from store.db import Db
    from store.lineage import ClaimRow

EVERY = 1_000_000
PAGE = 1000


@click.group("claims")
def claims_group() -> None:
    """The register of claims: list it, take it out."""


def _filters(function: Any) -> Any:
    for option in (
        click.option("--all", "everything", is_flag=True, help="Also discarded and taken back."),
        click.option("--year", type=click.IntRange(1900, 2199), help="Of this year."),
        click.option("--claimant", default="", help="Said by this person or office."),
        click.option("--place", "spot", default="", help="About this place."),
        click.option("--population", default="", help="What is counted: killed, fighters, share."),
    ):
        function = option(function)
    return function


@claims_group.command("list")
@_filters
@click.option("--limit", type=click.IntRange(1, EVERY), default=200, help="At most so many.")
@as_json
@command
def claims_list(place: Place, *, limit: int, as_json: bool, **asked: Any) -> None:
    """List claims, those noted last first: the figure, who says it, its sentence."""
    with closing(place.store()) as db:
        rows = list(_rows(db, asked, limit))
    if as_json:
        show_json([_flat(row) for row in rows])
        return
    for row in rows:
        show("\n".join(_told(row)))
    if not rows:
        show("No such claim is in the register.")


@claims_group.command("export")
@_filters
@click.option("--format", "form", type=click.Choice(["csv", "jsonl"]), default="csv",
              help="Default csv.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), help="Into this file; else to the screen.")
@command
def claims_export(place: Place, *, form: str, out: Path | None, **asked: Any) -> None:
    """Write the register as CSV or JSON Lines, one claim a line, with sentence and article."""
    with closing(place.store()) as db:
        lines = _csv(_rows(db, asked, EVERY)) if form == "csv" else _jsonl(_rows(db, asked, EVERY))
        if out is None:
            for line in lines:
                sys.stdout.write(line)
            return
        try:
            # newline="": the csv module ends its own lines
            with out.open("w", encoding="utf-8", errors="replace", newline="") as file:
                written = sum(1 for line in lines if file.write(line))
        except OSError as error:
            fail(f"{out} cannot be written: {error.strerror or error}")
    show(f"{written - (form == 'csv')} claims into {out}")


@click.command("quotes")
@click.argument("query", default="")
@click.option("--speaker", default="", help="By this person.")
@click.option("--office", default="", help="By somebody of this office.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Said on this day or later.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Said on this day or before.")
@click.option("--limit", type=click.IntRange(1, EVERY), default=100, help="At most so many.")
@as_json
@command
def quotes_command(
    place: Place, *, query: str, speaker: str, office: str, since: datetime | None,
    until: datetime | None, limit: int, as_json: bool,
) -> None:  # fmt: skip
    """Find what officials are quoted with. QUERY are words of the quote, the name or the office."""
    from store import quotes

    if not (query or speaker or office or since or until):
        fail("say what to look for: words, --speaker, --office, --since or --until", code=USAGE)
    asked = quotes.Asked(
        words=query,
        speaker=speaker,
        office=office,
        since_on=since.date() if since else None,
        until_on=until.date() if until else None,
    )
    with closing(place.store()) as db:
        rows = quotes.search(db, asked, limit=limit)
    if as_json:
        show_json([_flat(row) for row in rows])
        return
    for row in rows:
        facts = row.facts
        who = ", ".join(part for part in (facts.speaker, facts.office) if part)
        where = f"article {row.article}" if row.article else "imported"
        day = facts.said_on or "day not known"
        show(f"“{facts.words}”\n    {who}, {day}: {row.outlet} ({where})")
    if not rows:
        show("Nobody is quoted like this.")


# --- lines ----------------------------------------------------------------------------------


def _rows(db: Db, asked: Mapping[str, Any], limit: int) -> Iterator[ClaimRow]:
    """Page by page, so that a register of any size fits in memory."""
    from store import claims

    wanted = claims.Wanted(
        population=asked["population"],
        place=asked["spot"],
        claimant=asked["claimant"],
        year=asked["year"],
        everything=asked["everything"],
    )
    before: int | None = None
    while limit > 0 and (page := claims.listed(db, wanted, limit=min(PAGE, limit), before=before)):
        yield from page
        limit, before = limit - len(page), page[-1].id


def _flat(row: Any) -> dict[str, Any]:
    """A row with its facts beside the rest, not inside."""
    facts = {f.name: getattr(row.facts, f.name) for f in fields(row.facts) if f.name != "mark"}
    rest = {f.name: getattr(row, f.name) for f in fields(row) if f.name not in {"facts", "id"}}
    return {"id": row.id, **facts, **rest}


def _told(row: ClaimRow) -> Iterator[str]:
    facts = row.facts
    who = " ".join(part for part in (facts.office, facts.speaker) if part) or row.outlet
    spot = f", {facts.place}" if facts.place else ""
    days = f", {facts.since_on} to {facts.until_on}" if facts.since_on != facts.until_on else ""
    day = days or (f", {facts.since_on}" if facts.since_on else "")
    stands = f" [{row.answer} by {row.by}]" if row.answer else ""
    what = f"{facts.text} {facts.subject or facts.who}".rstrip()
    yield f"{row.id}: {what} · {facts.population}{spot}{day}{stands}"
    yield f"    {who}: {' '.join(facts.sentence.split())}"


def _jsonl(rows: Iterator[ClaimRow]) -> Iterator[str]:
    for row in rows:
        yield json_line(_flat(row)) + "\n"


def _csv(rows: Iterator[ClaimRow]) -> Iterator[str]:
    from store.lineage import ClaimFacts, ClaimRow

    inner = [f.name for f in fields(ClaimFacts) if f.name != "mark"]
    outer = [f.name for f in fields(ClaimRow) if f.name not in {"facts", "id"}]
    names = ["id", *inner, *outer]
    yield _csv_line(names)
    for row in rows:
        flat = _flat(row)
        yield _csv_line([_cell(flat[name]) for name in names])


def _csv_line(cells: list[str]) -> str:
    held = io.StringIO()
    csv.writer(held).writerow(cells)
    return held.getvalue()


def _cell(value: Any) -> str:
    """What a spreadsheet shows and never runs."""
    if value is None:
        return ""
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return quoted(text) if isinstance(value, str) else text


COMMANDS = (claims_group, quotes_command)
