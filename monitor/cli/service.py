"""``torkham demo``, ``init``, ``once`` and ``run``: the whole product at work."""

from __future__ import annotations

import logging
import sys
from contextlib import AbstractContextManager, closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from monitor import floors
from monitor.app import App
from monitor.cli.coverage import Filled, filled_since, instant_of, known_feed
from monitor.cli.frame import (
    FAILED,
    USAGE,
    Place,
    as_json,
    command,
    fail,
    plain,
    show,
    show_json,
)
from monitor.config.shipped import write_shipped
from monitor.digests.edition import books
from monitor.edge.log import LEVELS
from monitor.told import Ledger
from monitor.work import JOBS
from store import articles, ledger
from store.faults import StoreError

log = logging.getLogger(__name__)

MOST_BACK = timedelta(days=366)
MOST_PENDING = 100_000  # what a progress bar counts up to
Report = dict[str, dict[str, object]]


@click.command()
@command
def init(place: Place) -> None:
    """Write the shipped feeds.yaml here, ready to edit. Replaces nothing."""
    try:
        write_shipped(place.config)
    except FileExistsError:
        fail(f"{place.config} is there already; nothing was changed", code=USAGE)
    click.echo(f"{place.config} written. Edit it, then: torkham check")


# --- run ------------------------------------------------------------------------------------


@click.command()
@click.option("--log-json", is_flag=True, help="Log one JSON object a line.")
@click.option(
    "--log-level", type=click.Choice(LEVELS), default="info", help="From which on (info)."
)
@command
def run(place: Place, *, log_json: bool, log_level: str) -> None:
    """Run the scheduler and the review desk until Ctrl-C."""
    from monitor.cli.staying import stay

    stay(place, log_json=log_json, log_level=log_level)


# --- once -----------------------------------------------------------------------------------


@click.command()
@click.argument("jobs", nargs=-1, type=click.Choice(list(JOBS)))
@click.option("--since", default=None, metavar="T", help="Fill what is missing since then; 36h.")
@click.option("--feed", default=None, metavar="KEY", help="With --since: this feed alone.")
@as_json
@command
def once(
    place: Place, *, jobs: tuple[str, ...], since: str | None, feed: str | None, as_json: bool
) -> None:
    """Run every job once and print what became of every item.

    With names, those jobs alone, in the order given. Exit 1 when a job itself broke; an item that
    failed is in the books and is no such failure.
    """
    names = jobs or tuple(JOBS)
    if below := floors.problems():
        fail("; ".join(below), code=USAGE)
    with place.app() as app:
        asked = _asked_for(app, names, since, feed)
        app.log_to_stderr(as_json=False)
        started_at = app.clock()
        report: Report = {}
        told: list[Filled] = []
        for name in names:
            report[name] = _run(app, name)
            if name == "poll" and asked is not None:
                told = filled_since(app, asked, feed)
        own, all_time = _books(app, started_at)
    balanced = own.balanced and all_time.balanced
    if as_json:
        more = {} if asked is None else {"holes": told}
        shown = {"jobs": report, "ledger": own, "balanced": balanced, "books": all_time}
        show_json({**shown, **more})
    else:
        _show_jobs(report)
        for hole in told:
            show(f"{hole.feed}: {hole.said}")
        _show_ledger("this run", own)
        _show_ledger("all time", all_time)
    if any("error" in counts for counts in report.values()) or not balanced:
        sys.exit(FAILED)


def _asked_for(
    app: App, names: tuple[str, ...], since: str | None, feed: str | None
) -> datetime | None:
    """Read what ``--since`` names; leave with a line when it or the feed makes no sense."""
    if since is None:
        if feed is not None:
            fail("--feed goes with --since T", code=USAGE)
        return None
    if "poll" not in names:
        fail("--since goes with the job poll: torkham once poll --since T", code=USAGE)
    known_feed(app.settings.feeds, feed)
    now = app.clock()
    at = instant_of(since, now, app.zone)
    if at is None:
        fail(f"{since!r} is no instant (2026-03-10T04:00+05:00), no day (2026-03-10) and no"
             " duration (90m, 36h, 3d)", code=USAGE)  # fmt: skip
    if at >= now:
        fail(f"{since} lies ahead: --since takes the past", code=USAGE)
    if at < now - MOST_BACK:
        fail(f"{since} is too long ago: --since reaches back a year at most", code=USAGE)
    return at


def _books(app: App, since: datetime) -> tuple[Ledger, Ledger]:
    with closing(app.open_store()) as db:
        return books(ledger.ledger(db, since=since)), books(ledger.ledger(db))


def _run(app: App, name: str) -> dict[str, object]:
    """Run a job until nothing more is due; a broken one is reported, and the next one runs."""
    total: dict[str, int] = {}
    try:
        with _progress(app, name) as bar:
            while True:
                counts = app.run_job(name)
                for key, n in counts.items():
                    total[key] = total.get(key, 0) + n
                bar.update(counts.get("pending", 0))
                if name != "harvest" or not counts.get("pending"):
                    return dict(total)
    except StoreError as error:  # a full disk, a file of another user: its words say it all
        log.error("%s broke: %s", name, error)  # noqa: TRY400 - no fault of ours to trace
        return {**total, "error": app.secrets.hidden(f"{type(error).__name__}: {error}")}
    except Exception as error:  # one broken job must not keep the others from running
        log.exception("%s broke", name)
        return {**total, "error": app.secrets.hidden(f"{type(error).__name__}: {error}")}


def _progress(app: App, name: str) -> AbstractContextManager[Any]:
    """A bar over the articles to be read, for a person who waits at a terminal."""
    shown = name == "harvest" and sys.stderr.isatty()
    todo = _pending(app) if shown else 1
    return click.progressbar(length=todo, label="reading", file=sys.stderr, hidden=not shown)


def _pending(app: App) -> int:
    with closing(app.open_store()) as db:
        return max(1, len(articles.pending(db, app.clock(), MOST_PENDING)))


def _show_jobs(report: Report) -> None:
    for name, counts in report.items():
        told = ", ".join(f"{key.replace('_', ' ')} {n}" for key, n in counts.items() if n)
        click.echo(f"{name:8} {told or 'nothing to do'}")


def _show_ledger(title: str, counts: Ledger) -> None:
    """Print the books as one line of figures and, where there are any, one of reasons."""
    shown = plain(counts)
    parts = ["waiting", "queued", "rejected", "duplicate"]
    sums = {key: sum(shown[key].values()) for key in ("dropped", "failed")}
    told = " + ".join(f"{key} {shown[key]}" for key in parts)
    told += "".join(f" + {key} {n}" for key, n in sums.items())
    click.echo(f"{title}: found {shown['found']} {'=' if counts.balanced else '≠'} {told}")
    for key in ("dropped", "failed"):
        if shown[key]:
            reasons = ", ".join(f"{reason} {n}" for reason, n in sorted(shown[key].items()))
            click.echo(f"  {key}: {reasons}")


# --- demo -----------------------------------------------------------------------------------


@click.command()
@click.option("--once", is_flag=True, help="Print and leave, instead of serving the desk.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, help="Of the desk (8000).")
@click.option("--data", type=click.Path(path_type=Path), default=None, help="Keep the data here.")
@as_json
def demo(*, once: bool, port: int, data: Path | None, as_json: bool) -> None:
    """Show the whole product on a made-up newsroom, on this machine alone."""
    from monitor.demo.show import run_demo

    sys.exit(run_demo(once=once, as_json=as_json, port=port, data=data, echo=click.echo))


COMMANDS = (demo, init, once, run)
