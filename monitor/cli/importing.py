"""``torkham corpus import``: the team's own texts come in, shown before they are kept."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from classifiers.types import Text
from monitor.cli import intake
from monitor.cli.frame import FAILED, NUMBER, USAGE, Place, as_json, command, fail, show, show_json
from monitor.edge.clock import system_clock
from monitor.stages.documents import CLEANING
from monitor.stages.documents.kinds import SUFFIXES
from store import imports

if TYPE_CHECKING:
    from monitor.edge.worker import Workers
    from monitor.inquiry.bringing import Choice, Offer
    from store.brought import Line
    from store.db import Db

FEW = 5  # files: below that no progress bar
TOGETHER = 20  # texts that one question is about
_OURS = ("*.jsonl", "*.csv")  # how files of our own exports may be called
_SHOWN = 60  # cut lines that are shown of a text


@click.command("import")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--not-relevant", is_flag=True, help="They are examples of what is not wanted.")
@click.option("--dry-run", is_flag=True, help="Show what would be kept and cut; keep nothing.")
@click.option("--yes", is_flag=True, help="Keep without asking, on a terminal too.")
@click.option(
    "--duplicates", type=click.Choice(["skip", "version", "link"]), default="skip",
    help="A text that is here already: left out (the default), kept beside it, or only noted.",
)  # fmt: skip
@click.option("--outlet", default="", help="Who published them, where the file does not say.")
@click.option("--by", default="", help="Who brings them (default: $USER).")
@click.option("--undo", type=NUMBER, default=None, help="Take back the import of this number.")
@click.option("--why", default="", help="With --undo: the reason, kept in the history.")
@click.option("--history", is_flag=True, help="List what was imported when, and by whom.")
@as_json
@command
def import_texts(
    place: Place, *, paths: tuple[Path, ...], as_json: bool, undo: int | None, why: str,
    history: bool, by: str, **given: Any,
) -> None:  # fmt: skip
    """Take files, folders or zips of texts as examples. The same text counts once.

    Text, Markdown, HTML, PDF, Word (.docx), reference lists with their files (RIS, BibTeX,
    CSL-JSON as Zotero exports them), and this program's own exports.
    """
    by = by or place.environ.get("USER") or "import"
    if undo is not None:
        _take_back(place, undo, by=by, why=why, as_json=as_json)
    elif history:
        _show_history(place, as_json=as_json)
    elif not paths:
        fail("name the files or folders to import", code=USAGE)
    else:
        _import(place, paths, by=by, as_json=as_json, **given)


def _import(
    place: Place, paths: tuple[Path, ...], *, by: str, as_json: bool, not_relevant: bool,
    dry_run: bool, yes: bool, duplicates: Choice, outlet: str,
) -> None:  # fmt: skip
    from monitor.inquiry import bringing, pieces

    asks = not (yes or dry_run or as_json) and sys.stdin.isatty() and sys.stderr.isatty()
    ours, rest = _exports(paths)
    found, passed = pieces.parted(pieces.names(rest, ours))
    if not found and not ours:
        show("\n".join(passed), err=True)
        kinds = ", ".join(sorted(SUFFIXES))
        fail(f"there is nothing to import in {', '.join(map(str, paths))}: no {kinds} files")
    with closing(place.store()) as db:
        if not dry_run:
            bringing.catch_up(db)
        job = _Job(
            db=db, relevant=not not_relevant, by=by, now=system_clock(), choice=duplicates,
            outlet=outlet, dry=dry_run, asks=asks, loud=not as_json and (dry_run or asks),
            passed=passed,
        )  # fmt: skip
        for path in ours:
            _bring_export(job, path)
        if found:
            _bring_files(job, found)
    _report(job, as_json=as_json)


# --- bringing -------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class _Job:
    """One run of the command: how it is to go, and what has come of it."""

    db: Db
    relevant: bool
    by: str
    now: datetime
    choice: Choice
    outlet: str
    dry: bool
    asks: bool
    loud: bool
    run: int | None = None
    read: int = 0
    known: int = 0
    new: int = 0
    stopped: bool = False
    outcomes: Counter[str] = field(default_factory=Counter)
    texts: list[dict[str, Any]] = field(default_factory=list)  # of a dry run, or left and refused
    refused: list[dict[str, str]] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)  # what of folders and archives is not read


def _exports(paths: tuple[Path, ...]) -> tuple[list[Path], list[Path]]:
    """Our own exports, in folders too, and everything else.

    A snapshot's folder is one export: its README is no text, nor are its lists references.
    """
    from monitor.exports.bringing import is_export
    from monitor.exports.bundle import SNAPSHOT

    own = [path for path in paths if is_export(path)]
    rest = [path for path in paths if path not in own]
    inside = {path.parent for one in rest if one.is_dir() for path in one.rglob(SNAPSHOT)}
    inside |= {p for path in rest if path.is_dir() for end in _OURS for p in path.rglob(end)}
    for path in filter(is_export, sorted(inside)):
        if {path, *path.parents}.isdisjoint(own):
            own.append(path)
    return own, rest


def _bring_export(job: _Job, path: Path) -> None:
    """An export of ours comes back as it was: nothing is cleaned, nothing is asked."""
    from monitor.exports.bringing import bring, read_export
    from monitor.exports.opening import ExportError

    try:
        found = read_export(path)
    except ExportError as error:
        why = str(error).removeprefix(f"{path}: ")
        job.refused.append({"file": str(path), "why": why})
        return
    job.read += len(found.members)
    job.refused += [{"file": f"{path}:{one.line}", "why": one.why} for one in found.refused]
    if job.dry:
        told = f"an export of ours: {len(found.members)} texts with their history"
        job.texts.append({"file": str(path), "outcome": "kept", "why": told})
        return
    job.run, new = bring(
        job.db, found, file=str(path), occasion=job.run, by=job.by, now=job.now
    )  # fmt: skip
    job.new += new
    job.known += len(found.members) - new


def _bring_files(job: _Job, found: list[Any]) -> None:
    waiting: list[Offer] = []
    for made in _offers(job, found):
        waiting.append(made)
        if len(waiting) >= (TOGETHER if job.asks else 1):
            _settle(job, waiting)
            waiting = []
        if job.stopped:
            return
    _settle(job, waiting)


def _offers(job: _Job, found: list[Any]) -> Iterator[Offer]:
    """What the files offer, one at a time, a bar beside it on a terminal."""
    from monitor.inquiry.bringing import offer, with_twins
    from monitor.inquiry.pieces import pieces

    hidden = len(found) < FEW or job.loud or not sys.stderr.isatty()
    with ExitStack() as stack:
        workers = stack.enter_context(_readers(found))
        bar = click.progressbar(found, label="reading", file=sys.stderr, hidden=hidden)
        for piece in pieces(stack.enter_context(bar), workers):
            made = with_twins(job.db, _named(offer(piece, workers, job.now), job.outlet))
            if job.loud:
                show(_told(made, relevant=job.relevant))
            yield made


def _readers(found: list[Any]) -> Workers:
    """The limited child that reads; the libraries for pages are loaded where there are pages."""
    from monitor.edge.worker import Workers

    pages = any(getattr(one, "name", "").lower().endswith((".html", ".htm")) for one in found)
    return intake.readers() if pages else Workers(count=1, preload=("monitor.inquiry.opening",))


def _named(made: Offer, outlet: str) -> Offer:
    from dataclasses import replace

    return made if made.outlet or not outlet else replace(made, outlet=outlet)


def _settle(job: _Job, offers: list[Offer]) -> None:
    """Keep a few offers, or ask first; each is one write, with its line in the history."""
    from monitor.inquiry import bringing

    keeps = not job.dry and (not job.asks or _asked(job, offers))
    for made in offers:
        # What came in a moment ago is here already for the next one: twins are looked up anew.
        anew = bringing.with_twins(job.db, made) if len(offers) > 1 else made
        line = bringing.line(
            anew, relevant=job.relevant, by=job.by, now=job.now, choice=job.choice, many=True
        )  # fmt: skip
        if keeps:
            if job.run is None:
                job.run = imports.begin(
                    job.db, by=job.by, way="command", cleaning=CLEANING, now=job.now
                )
            job.new += imports.bring(job.db, job.run, [line])
        _count(job, anew, line, kept=keeps)


def _asked(job: _Job, offers: list[Offer]) -> bool:
    fit = sum(not made.refused for made in offers)
    if not fit:
        return True
    words = "this text" if fit == 1 else f"these {fit} texts"
    answer = click.prompt(
        f"Keep {words}? [y]es, [n]o, [a]ll that follow too, [q]uit",
        type=click.Choice(["y", "n", "a", "q"]), default="n", show_choices=False, err=True,
    )  # fmt: skip
    job.stopped = answer == "q"
    if answer == "a":
        job.asks = job.loud = False
    return answer in {"y", "a"}


def _count(job: _Job, made: Offer, line: Line, *, kept: bool) -> None:
    job.outcomes[line.outcome if kept or line.outcome == "refused" else "not kept"] += 1
    if line.outcome == "refused":
        job.refused.append({"file": made.file, "why": line.why})
    else:
        job.read += 1
        job.known += line.outcome in {"known", "left"}
    if job.dry or line.outcome in {"left", "linked"}:
        job.texts.append(_as_row(made, line, job))


def _as_row(made: Offer, line: Line, job: _Job) -> dict[str, Any]:
    return {
        "file": made.file, "sha256": made.sha256, "kind": made.kind, "title": made.title,
        "outlet": made.outlet, "author": made.author, "language": made.language, "url": made.url,
        "published_at": made.published_at, "said": made.said, "outcome": line.outcome,
        "why": line.why, "words_before": made.words_before, "words_after": made.words_after,
        "cut": [{"kind": p.cut, "text": p.text} for p in made.passages if p.cut] if job.dry else [],
        "joined": made.joined if job.dry else (), "duplicates": made.twins,
    }  # fmt: skip


# --- telling --------------------------------------------------------------------------------


def _told(made: Offer, *, relevant: bool) -> str:
    """An offer as lines for people: what is kept, every line that is cut, and where facts stand."""
    from monitor.inquiry.bringing import conflict, twin_sentence

    if made.refused:
        return f"{_flat(made.file)}: refused: {made.refused}\n"
    lines = [f"{_flat(made.file)} ({made.kind})"]
    lines += [f"  {name:<10}{text}" for name, text in _facts(made)]
    lines += [f"  note      {note}" for note in made.notes]
    lines += _cut_lines(made)
    lines += [f"  here      {twin_sentence(twin)}" for twin in made.twins]
    against = conflict(made, relevant=relevant)
    lines += [f"  conflict  {against}"] if against else []
    return "\n".join([*lines, ""])


def _flat(name: str) -> str:
    """A file's name on one line: it cannot pass for a line of ours."""
    return name.replace("\n", "\\n")


def _facts(made: Offer) -> Iterator[tuple[str, str]]:
    day = f"{made.published_at:%Y-%m-%d}" if made.published_at else "none found"
    for name, text in (
        ("title", made.title or "(none)"), ("author", made.author), ("outlet", made.outlet),
        ("published", day), ("language", made.language or "not known"), ("url", made.url or ""),
    ):  # fmt: skip
        said = made.told(name)
        where = f"  [{said.place}: “{said.text}”]" if said and name == "published" else ""
        where = where or (f"  [{said.place}]" if said and text else "")
        if text:
            yield name, f"{text}{where}"
    if (said := made.told("made")) is not None:
        yield "made", f"{said.text}  [{said.place}; not the day it was published]"
    yield "words", f"{made.words_before:,} in the file, {made.words_after:,} kept"


def _cut_lines(made: Offer) -> list[str]:
    from monitor.inquiry.bringing import shown

    lines: list[str] = []
    for cut, texts in shown(made.passages):
        lines.append(f"  cut       {cut}: {made.cut[cut]}")
        lines += [f"            - {text[:200]}" for text in texts]
    if len(lines) > _SHOWN:
        lines = [*lines[:_SHOWN], f"            and {len(lines) - _SHOWN} lines more (--json)"]
    if made.joined:
        lines.append(f"  joined    {len(made.joined)} words: {', '.join(made.joined[:12])}")
    return lines


def _report(job: _Job, *, as_json: bool) -> None:
    if as_json:
        show_json({
            "read": job.read, "new": job.new, "refused": job.refused, "known": job.known,
            "outcomes": dict(job.outcomes), "import": job.run, "texts": job.texts,
            "passed_over": job.passed,
        })  # fmt: skip
    elif job.dry:
        click.echo(f"{job.read} texts would be looked at; nothing was kept.")
    else:
        click.echo(f"{job.new} new examples, {job.known} known already.")
        for row in job.texts:
            show(f"{_flat(row['file'])}: {row['outcome']}: {row['why']}")
        if job.run is not None and job.new:
            click.echo(f"This was import {job.run}; --undo {job.run} takes it back.")
    for told in () if as_json else job.passed:
        show(f"torkham: {_flat(told)}", err=True)
    if job.refused:
        told = "\n".join(f"torkham: {_flat(row['file'])}: {row['why']}" for row in job.refused)
        show(told, err=True)
        rest = "; the others are in" if job.new else ""
        number = job.read + len(job.refused)
        fail(f"{len(job.refused)} of {number} files were refused{rest}", code=FAILED)


# --- the history ----------------------------------------------------------------------------


def _take_back(place: Place, number: int, *, by: str, why: str, as_json: bool) -> None:
    with closing(place.store(create=False)) as db:
        gone = imports.take_back(db, number, by=by, why=why, now=system_clock())
        stays = imports.staying(db, number)
    if gone is None:
        fail(f"there is no import {number} to take back, or it was taken back before")
    if as_json:
        show_json({"import": number, "taken_back": gone, "staying": stays})
    else:
        click.echo(f"Import {number} is taken back: {gone} texts are gone, its lines stay.")
        if stays:
            click.echo(f"{stays} of its texts stay: another import brought them, too.")


def _show_history(place: Place, *, as_json: bool) -> None:
    with closing(place.store(create=False)) as db:
        rows = imports.runs(db)
    if as_json:
        show_json(rows)
        return
    for row in rows:
        counts = ", ".join(f"{n} {outcome}" for outcome, n in sorted(row.counts.items()))
        back = f"; taken back {row.undone_at:%Y-%m-%d} by {row.undone_by}" if row.undone_at else ""
        back += f" ({row.undone_why})" if row.undone_why else ""
        files = _flat(", ".join(row.files))
        show(f"{row.id}  {row.at:%Y-%m-%d %H:%M}  {row.by}  {files}: {counts}{back}")


# --- for other commands ---------------------------------------------------------------------


def examples_of(paths: Iterable[Path]) -> tuple[dict[str, Text], list[dict[str, str]]]:
    """Read files of texts, or folders of them: texts by id, and the refused with why."""
    from monitor.inquiry import bringing, pieces

    found, _ = pieces.parted(pieces.names(paths))
    texts: dict[str, Text] = {}
    refused: list[dict[str, str]] = []
    with _readers(found) as workers:
        for piece in pieces.pieces(found, workers):
            made = bringing.offer(piece, workers, system_clock())
            if made.refused:
                refused.append({"file": made.file, "why": made.refused})
            else:
                texts[bringing.name_of(made)] = Text(title=made.title, body=made.body)
    return texts, refused
