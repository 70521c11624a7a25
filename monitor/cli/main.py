"""``torkham``: the commands that run, check and show the whole."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

import click

from monitor.app import JOBS, VERSION, App
from monitor.cli import corpus, feeds, judging, outputs, upkeep
from monitor.cli.frame import FAILED, Place, as_json, command, fail, guarded, plain, show_json
from monitor.config.shipped import write_shipped
from monitor.edition import books
from monitor.jobs import running
from monitor.model import Ledger
from monitor.serving import desk_for
from monitor.web.server import check_binding, create, serve
from store import ledger

log = logging.getLogger(__name__)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="torkham")
def torkham() -> None:
    """Watch the news for one topic and keep people in the loop."""


@torkham.command()
@command
def init(place: Place) -> None:
    """Write the shipped feeds.yaml here, ready to edit. Replaces nothing."""
    try:
        write_shipped(place.config)
    except FileExistsError:
        fail(f"{place.config} is there already; nothing was changed", code=2)
    click.echo(f"{place.config} written. Edit it, then: torkham check")


@torkham.command()
@click.option("--log-json", is_flag=True, help="Log one JSON object a line.")
@command
def run(place: Place, *, log_json: bool) -> None:
    """Run the scheduler and the review desk until Ctrl-C."""
    with place.app() as app:
        app.log_to_stderr(as_json=log_json)
        web = app.settings.web
        problem = check_binding(web.host, app.secrets.desk_password)
        if problem:
            fail(problem, code=2)
        try:
            desk = serve(create(desk_for(app)), host=web.host, port=web.port)
        except OSError as error:
            fail(f"the desk cannot listen on {web.host}:{web.port}: {error.strerror}; "
                 "set web.port in feeds.yaml or TORKHAM_WEB_PORT", code=FAILED)  # fmt: skip
        with running(app), desk:
            click.echo(f"The desk is at {desk.url}  (Ctrl-C stops)", err=True)
            _wait_for_signal()
            click.echo("Stopping after the work in hand.", err=True)


def _wait_for_signal() -> None:
    """Return when a person or the system asks the service to stop."""
    asked = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        asked.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    while not asked.wait(0.5):
        pass


@torkham.command()
@click.argument("jobs", nargs=-1, type=click.Choice(list(JOBS)))
@as_json
@command
def once(place: Place, *, jobs: tuple[str, ...], as_json: bool) -> None:
    """Run every job once, in order (or those named), and print what became of every item.

    Exit 1 when a job itself broke; an item that failed is in the books and is no such failure.
    """
    with place.app() as app:
        app.log_to_stderr(as_json=False)
        started_at = app.clock()
        report = {name: _run(app, name) for name in jobs or JOBS}
        db = app.open_store()
        own = books(ledger.ledger(db, since=started_at))
        all_time = books(ledger.ledger(db))
        db.close()
    balanced = own.balanced and all_time.balanced
    if as_json:
        show_json({"jobs": report, "ledger": own, "balanced": balanced, "books": all_time})
    else:
        _show_jobs(report)
        show_ledger("this run", own)
        show_ledger("all time", all_time)
    if any("error" in counts for counts in report.values()) or not balanced:
        sys.exit(FAILED)


def _run(app: App, name: str) -> dict[str, object]:
    """Run a job until nothing more is due; a broken one is reported, and the next one runs."""
    total: dict[str, int] = {}
    try:
        while True:
            counts = app.run_job(name)
            for key, n in counts.items():
                total[key] = total.get(key, 0) + n
            if name != "harvest" or not counts.get("pending"):
                return dict(total)
    except Exception as error:  # one broken job must not keep the others from running
        log.exception("%s broke", name)
        return {**total, "error": app.secrets.hidden(f"{type(error).__name__}: {error}")}


def _show_jobs(report: dict[str, dict[str, object]]) -> None:
    for name, counts in report.items():
        told = ", ".join(f"{key.replace('_', ' ')} {n}" for key, n in counts.items() if n)
        click.echo(f"{name:8} {told or 'nothing to do'}")


def show_ledger(title: str, counts: Ledger) -> None:
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


@torkham.command()
@click.option("--once", is_flag=True, help="Print and leave, instead of serving the desk.")
@click.option("--port", type=int, default=8000, help="Port of the desk (default 8000).")
@click.option("--data", type=click.Path(path_type=Path), default=None, help="Keep the data here.")
@as_json
def demo(*, once: bool, port: int, data: Path | None, as_json: bool) -> None:
    """Show the whole product on a made-up newsroom, on this machine alone."""
    from monitor.demo.show import run_demo

    sys.exit(run_demo(once=once, as_json=as_json, port=port, data=data, echo=click.echo))


for group in (feeds.COMMANDS, judging.COMMANDS, outputs.COMMANDS, corpus.COMMANDS, upkeep.COMMANDS):
    for added in group:
        torkham.add_command(added)


def main() -> None:
    """Run the command line."""
    guarded(lambda: torkham(standalone_mode=True))
