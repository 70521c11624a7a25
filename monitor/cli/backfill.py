"""``torkham backfill``: articles from before, from lists, sitemaps, web archives, saved pages."""

from __future__ import annotations

import re
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import date
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

import click

from monitor.archives.cutting import is_archive
from monitor.articles.backfilling import SITEMAP, Span, name_of, take_file, take_sitemaps
from monitor.cli import archiving, backfilled
from monitor.cli.frame import FAILED, USAGE, Place, as_json, command, fail, show, show_json
from monitor.edge.clock import system_clock
from monitor.inquiry.sampling import Means, forecast, sampled, span_of
from monitor.stages.addresses import no_list
from store import archived, backfills, entering
from store.backfills import ListRow
from store.db import AlreadyRunning, Db, connect

if TYPE_CHECKING:
    from monitor.app import App

AT_ONCE, PER_HOST = 400, 200
"""Entered at once while nothing but the backfill is at work."""
_PEM = click.Path(exists=True, dir_okay=False, path_type=Path)
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@click.command()
@click.argument("sources", nargs=-1)
@click.option(
    "--name", default=None, metavar="NAME", help="What it is called (the file, the host)."
)
@click.option("--since", default=None, metavar="DAY", help="Of a sitemap: from this day on.")
@click.option("--until", default=None, metavar="DAY", help="Of a sitemap: up to this day.")
@click.option("--resume", default=None, metavar="NAME", help="Go on with one that was begun.")
@click.option("--list", "listing", is_flag=True, help="Show all, with what became of them.")
@click.option("--dry-run", is_flag=True, help="Read a few, keep nothing, say what to expect.")
@click.option(
    "--sample",
    type=click.IntRange(1, 100_000),
    default=None,
    help="So many of them (20; 300 records of an archive).",
)
@click.option(
    "--engine",
    type=click.Choice(["local", "dask"]),
    default="local",
    help="Who reads archives: the cores of this machine, or a Dask cluster.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 1_000),
    default=None,
    metavar="N",
    help="Of archives: so many readers here (one a core).",
)
@click.option(
    "--scheduler",
    default=None,
    metavar="ADDRESS",
    help="Of archives: a Dask scheduler that runs already.",
)
@click.option("--tls-ca", type=_PEM, default=None, help="With --scheduler tls://…")
@click.option("--tls-cert", type=_PEM, default=None, help="With --scheduler tls://…")
@click.option("--tls-key", type=_PEM, default=None, help="With --scheduler tls://…")
@as_json
@command
def backfill(place: Place, *, as_json: bool, **given: Any) -> None:
    """Take articles from before through the same reading and judgement as any.

    SOURCE is a file of addresses (one a line, CSV, or JSON Lines with url, title, published), "-"
    for standard input, sitemap:URL; or a web archive (.warc, .warc.gz, .wacz) or a folder of saved
    pages, which is read here and not fetched. Stop it at any time; the same command goes on.
    """
    if given["listing"]:
        backfilled.listed(place, as_json=as_json)
        return
    if _of_archives(place, given):
        _archives(place, given, as_json=as_json)
        return
    asked = _asked(**{key: given[key] for key in ("sources", "name", "since", "until", "resume")})
    if given["dry_run"]:
        _forecast(place, asked, min(500, given["sample"] or 20), as_json=as_json)
        return
    with _open(place) as (app, alone), _stopped_by_hand(app), closing(app.open_store()) as db:
        name = asked.name
        if asked.resume and not backfills.exists(db, name):
            fail(f"there is no backfill {name}: torkham backfill --list names them", code=USAGE)
        _begin(db, asked)
        _take(db, app, asked)
        _work(db, app, name, alone=alone)
        _finish(db, app, name, as_json=as_json)


def _of_archives(place: Place, given: dict[str, Any]) -> bool:
    """Whether it is archives that are to be read: by the names of the sources, or the rows."""
    sources = given["sources"]
    if given["resume"] and not sources and place.database.exists():
        with closing(place.store(create=False)) as db:
            return archived.recipe_of(db, given["resume"]) is not None
    kinds = {source != "-" and not _is_map(source) and is_archive(source) for source in sources}
    if len(kinds) > 1:
        _refuse("archives and lists of addresses are two backfills: name one kind of SOURCE")
    if kinds != {True} and (given["engine"] != "local" or given["workers"] or given["scheduler"]):
        _refuse("--engine, --workers and --scheduler are for archives; addresses are fetched here")
    return kinds == {True}


def _archives(place: Place, given: dict[str, Any], *, as_json: bool) -> None:
    if given["since"] or given["until"]:
        _refuse("--since and --until go with sitemap:URL; an archive is taken whole")
    if given["sources"] and given["resume"]:
        _refuse("name a SOURCE, or --resume NAME")
    name = _called(given["resume"] or given["name"] or name_of(given["sources"][0]))
    by = archiving.means(given["engine"], given["workers"], given["scheduler"],
                         (given["tls_ca"], given["tls_cert"], given["tls_key"]))  # fmt: skip
    sources = archiving.sources_of(given["sources"])
    with _open(place) as (app, alone), _stopped_by_hand(app), closing(app.open_store()) as db:
        if given["dry_run"]:
            n = given["sample"] or 300
            archiving.expect(db, app, sources or archiving.left_of(db, name), by, n,
                             as_json=as_json)  # fmt: skip
            return
        archiving.take(db, app, name, sources, by, alone=alone)
        archiving.finish(
            db, app, name, as_json=as_json, told_else=backfilled.told(backfills.get(db, name))
        )


class _Asked:
    """What was asked for, checked."""

    def __init__(self, sources: Sequence[str], name: str, span: Span, *, resume: bool) -> None:
        self.sources, self.name, self.span, self.resume = sources, name, span, resume

    def lists(self) -> list[ListRow]:
        """Return the sources as lists of the backfill."""
        return [
            ListRow(place=_place(source), kind="sitemap" if _is_map(source) else "file",
                    state="waiting")
            for source in self.sources
        ]  # fmt: skip


def _is_map(source: str) -> bool:
    return source.startswith(SITEMAP)


def _place(source: str) -> str:
    if _is_map(source):
        return source.removeprefix(SITEMAP)
    return source if source == "-" else str(Path(source).absolute())


def _asked(
    sources: Sequence[str], name: str | None, since: str | None, until: str | None,
    resume: str | None,
) -> _Asked:  # fmt: skip
    if bool(sources) == bool(resume):
        _refuse("name a SOURCE (a file of addresses, or sitemap:URL), or --resume NAME")
    for source in sources:
        if _is_map(source) and not re.match(r"https?://[^\s/]", _place(source)):
            _refuse(f"{source!r} names no sitemap; write sitemap:https://…")
        if not _is_map(source) and source != "-" and not Path(source).is_file():
            _refuse(f"{source}: no such file (for a sitemap write sitemap:URL)")
        _must_be_list(source)
    span = Span(since_on=_day(since, "--since"), until_on=_day(until, "--until"))
    if (since or until) and not any(map(_is_map, sources)):
        _refuse("--since and --until go with sitemap:URL; a file is taken whole")
    if span.since_on and span.until_on and span.since_on > span.until_on:
        _refuse(f"--since {since} lies after --until {until}")
    called = _called(resume or name or name_of(sources[0]))
    return _Asked(sources, called, span, resume=bool(resume))


def _must_be_list(source: str) -> None:
    """Refuse a file that would be taken for a list without any address in it."""
    if _is_map(source) or source == "-":
        return
    try:
        with Path(source).open("rb") as file:
            what = no_list(file.read(4_096))
    except OSError as error:
        _refuse(f"{source}: {error.strerror}")
    if what:
        _refuse(f"{source} is no list of addresses: it {what}")


def _called(name: str) -> str:
    if not _NAME.fullmatch(name) or len(name) > 40:
        _refuse("--name is made of small letters, digits and single hyphens, at most 40")
    return name


def _day(text: str | None, option: str) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        _refuse(f"{option} takes a day, as in 2025-11-01, not {text!r}")


def _refuse(sentence: str) -> NoReturn:
    fail(sentence, code=USAGE)


@contextmanager
def _open(place: Place) -> Iterator[tuple[App, bool]]:
    """Give the product: alone, or beside the service, which then does the reading."""
    with ExitStack() as stack:
        try:
            app, alone = stack.enter_context(place.app()), True
        except AlreadyRunning:
            app, alone = stack.enter_context(place.tools()), False
        yield app, alone


@contextmanager
def _stopped_by_hand(app: App) -> Iterator[None]:
    """Let Ctrl-C end the work after the article in hand."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        app.stop()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# --- the lists ------------------------------------------------------------------------------


def _begin(db: Db, asked: _Asked) -> None:
    if asked.resume:
        backfills.retry_lists(db, asked.name)
        return
    backfills.begin(
        db, asked.name, asked.lists(), by="command line", now=system_clock(),
        since_on=asked.span.since_on, until_on=asked.span.until_on,
    )  # fmt: skip


def _take(db: Db, app: App, asked: _Asked) -> None:
    """Read the lists into rows; a file again and again, as what is there is there once."""
    named = {one.place for one in asked.lists() if one.kind == "file"}
    known = {one.place for one in backfills.lists(db, asked.name, state="waiting")
             if one.kind == "file"}  # fmt: skip
    for place in sorted(named | known):
        _take_one(db, app, asked.name, place)
    row = backfills.get(db, asked.name)
    with _bar("sitemaps") as told:
        take_sitemaps(
            db, asked.name, web=app.feed_web, workers=app.workers, clock=app.clock,
            span=Span(since_on=row.since_on, until_on=row.until_on), stopped=app.stopped,
            told=told,
        )  # fmt: skip


def _take_one(db: Db, app: App, name: str, place: str) -> None:
    with _bar("addresses") as told:
        if place == "-":
            take_file(db, name, place, sys.stdin.buffer, now=app.clock(), told=told)
            return
        try:
            with Path(place).open("rb") as file:
                take_file(db, name, place, file, now=app.clock(), told=told)
        except OSError as error:
            fail(f"{place}: {error.strerror}; the addresses that were read from it are kept")


@contextmanager
def _bar(label: str) -> Iterator[Any]:
    """A count that runs on a terminal, and nothing in a pipe."""
    shown = sys.stderr.isatty()

    def told(n: int) -> None:
        if shown:
            click.echo(f"\r{label}: {n:,}", nl=False, err=True)

    yield told
    if shown:
        click.echo("\r\x1b[K", nl=False, err=True)


# --- the work -------------------------------------------------------------------------------


def _work(db: Db, app: App, name: str, *, alone: bool) -> None:
    with backfilled.Ticker(app, name):
        if not alone:
            show("The service is running and reads them between its news; this only looks on.",
                 err=True)  # fmt: skip
            while not app.stopped() and backfills.get(db, name).waiting:
                time.sleep(backfilled.TICK)
            return
        while not app.stopped():
            entered = entering.enter_next(
                db, app.clock(), at_once=AT_ONCE, per_host=PER_HOST, only=name
            )
            read = app.run_job("harvest")
            if app.stopped():
                return
            app.run_job("judge")
            if not entered and not read.get("pending"):
                return


def _finish(db: Db, app: App, name: str, *, as_json: bool) -> None:
    row = backfills.get(db, name)
    if as_json:
        show_json(backfilled.told(row))
    else:
        for line in backfilled.report(row):
            show(line)
    told = [*backfills.lists(db, name, state="failed", limit=10),
            *backfills.lists(db, name, state="read", limit=100)]  # fmt: skip
    for one in [one for one in told if one.detail][:10]:
        show(f"torkham: {one.place}: {one.detail}", err=True)
    if app.stopped() and not row.done:
        fail(f"stopped; nothing is lost: torkham backfill --resume {name}")
    if row.lists_failed or not row.balanced:
        sys.exit(FAILED)


# --- what to expect -------------------------------------------------------------------------


def _forecast(place: Place, asked: _Asked, n: int, *, as_json: bool) -> None:
    """Read a few addresses of the lists, taken into a store of its own that is thrown away."""
    with (
        place.tools() as app,
        _stopped_by_hand(app),
        tempfile.TemporaryDirectory() as folder,
        closing(connect(Path(folder) / "dry.db")) as dry,
        closing(app.open_store()) as db,
    ):
        kept = db if asked.resume else dry
        if not asked.resume:
            _begin(dry, asked)
            _take(dry, app, asked)
        rows = backfills.sample(kept, asked.name, n)
        known = entering.known_among(db, [row["canonical_url"] for row in rows])
        means = Means(
            web=app.page_web, workers=app.workers, classifier=app.classifier(db),
            threshold=app.thresholds(db).queue, now=app.clock(), stopped=app.stopped,
        )  # fmt: skip
        fresh = [row for row in rows if row["canonical_url"] not in known]
        made = forecast(
            addresses=backfills.get(kept, asked.name).waiting, known=len(known),
            drawn=len(rows), sample=sampled(fresh, means),
            hosts=backfills.busiest(kept, asked.name), gap=app.settings.fetch.host_gap,
        )  # fmt: skip
    if as_json:
        show_json(made)
        return
    for one in made.sample:
        score = "" if one.score is None else f"{one.score:.2f} "
        show(
            f"{one.fate:9} {score}{one.title or one.url}{f' ({one.detail})' if one.detail else ''}"
        )
    show(
        f"{made.addresses:,} addresses, about {made.known_share:.0%} known; {made.to_read:,} to "
        f"read, {made.queued_low:,} to {made.queued_high:,} queued; about {span_of(made.seconds)}."
    )


COMMANDS: Sequence[click.Command] = (backfill,)
