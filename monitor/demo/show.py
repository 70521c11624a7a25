"""``torkham demo``: the real jobs over real HTTP on the sample newsroom, told in a few lines."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from monitor.app import App, open_app
from monitor.demo.content import DAYS, ZONE, morning
from monitor.demo.pinning import pin_sample, tag_sample
from monitor.demo.server import HOST, Newsroom
from monitor.digests.edition import books
from monitor.edge.clock import system_clock
from monitor.edge.notify import file_stem
from monitor.jobs import running
from monitor.parts import DATABASE
from monitor.pipeline import Counts
from monitor.serving import desk_for
from monitor.ticks import EVERY_SECONDS
from monitor.told import Ledger
from monitor.web.server import create, serve
from store import ledger, outbox
from store.messages import OutboxRow

USAGE: Final = 2
EVENING: Final = timedelta(hours=11)  # after the morning round: 20:00, an hour past the digest's
_ANSWERED: Final = ("ok", "not_modified", "same_body")

Echo = Callable[[str], object]


class SampleClock:
    """A clock that stands where it was set and runs on from there in real time."""

    def __init__(self, at: datetime) -> None:
        self.set(at)

    def set(self, at: datetime) -> None:
        """Put the clock to ``at``, an aware instant in UTC."""
        self._offset = at - system_clock()

    def __call__(self) -> datetime:
        """Return the sample's present instant."""
        return system_clock() + self._offset


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the three days came to: the books, and the files that were written."""

    ledger: Ledger
    digests: tuple[Path, ...]  # oldest first
    alerts: tuple[Path, ...]


def run_demo(*, once: bool, as_json: bool, port: int, data: Path | None, echo: Echo) -> int:
    """Run the sample's three days, tell what happened, and serve the desk until Ctrl-C.

    Returns the exit code: 0, 1 when the books do not balance or a message is missing, 2 when
    ``data`` holds a database already. With ``once`` it leaves instead of serving, and the folder
    stays, so that its files can be read; a temporary folder is removed after serving.
    """
    if data is not None and (data / DATABASE).exists():
        echo(f"{data} holds a database already; the demo wants a folder of its own.")
        return USAGE
    started_at = system_clock()
    if not once:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the folder goes
    tell: Echo = (lambda _line: None) if as_json else echo
    desk_port = port if once else _free_port(port)
    with _folder(data, keep=once) as folder, _product(folder, desk_port) as (app, newsroom, clock):
        tell(_opening(newsroom))
        outcome = _three_days(app, newsroom, clock, tell)
        seconds = (system_clock() - started_at).total_seconds()
        if as_json:
            echo(_as_json(outcome, seconds))
        _closing(outcome, folder, seconds, tell)
        if not once:
            _serve(app, port, desk_port, tell)
        elif data is None:
            tell(f"The folder {folder} stays until you remove it.")
    return 0 if outcome.ledger.balanced and outcome.digests and outcome.alerts else 1


# --- the product on the newsroom ------------------------------------------------------------


@contextmanager
def _folder(data: Path | None, *, keep: bool) -> Iterator[Path]:
    folder = data or Path(tempfile.mkdtemp(prefix="torkham-demo-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield folder.resolve()
    finally:
        if data is None and not keep:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _product(folder: Path, desk_port: int) -> Iterator[tuple[App, Newsroom, SampleClock]]:
    """Build the product on a newsroom whose last day is today in Karachi."""
    today = system_clock().astimezone(ZONE).date()
    clock = SampleClock(morning(today, 0))
    with Newsroom(today) as newsroom:
        config = folder / "feeds.yaml"
        config.write_text(newsroom.settings_yaml(folder, desk_port=desk_port), encoding="utf-8")
        allow = frozenset({(HOST, newsroom.port)})
        # The environment is left out: somebody's own settings have no business in the sample.
        with open_app(config, folder, {}, clock=clock, allow=allow) as app:
            yield app, newsroom, clock


def _three_days(app: App, newsroom: Newsroom, clock: SampleClock, tell: Echo) -> Outcome:
    for day in range(DAYS):
        if day:
            newsroom.advance()
        _one_day(app, clock, morning(newsroom.today, day), tell)
    with closing(app.open_store()) as db:
        pin_sample(db, newsroom.today, clock())
        tag_sample(db, clock())
        digests = [_file(app, row) for row in outbox.recent(db, kind="digest")]
        alerts = [_file(app, row) for row in outbox.recent(db, kind="alert")]
        return Outcome(
            ledger=books(ledger.ledger(db)),
            digests=tuple(path for path in reversed(digests) if path.exists()),
            alerts=tuple(path for path in reversed(alerts) if path.exists()),
        )


def _one_day(app: App, clock: SampleClock, at: datetime, tell: Echo) -> None:
    """Make the morning round and the evening's digest of one sample day."""
    clock.set(at)
    polled = app.run_job("poll")
    clock.set(at + timedelta(minutes=4))
    harvested = app.run_job("harvest")
    clock.set(at + timedelta(minutes=8))
    judged = app.run_job("judge")
    app.run_job("alert")
    clock.set(at + timedelta(minutes=10))
    sent = app.run_job("send")
    clock.set(at + EVENING)
    app.run_job("digest")
    app.run_job("send")
    for line in _day_lines(at.astimezone(ZONE).date(), polled, harvested, judged, sent):
        tell(line)


def _file(app: App, row: OutboxRow) -> Path:
    ending = ".html" if row.message.html is not None else ".txt"
    return app.data / "outbox" / (file_stem(row.message.key) + ending)


# --- the desk -------------------------------------------------------------------------------


def _free_port(wanted: int) -> int:
    """Return ``wanted``, or a free port where it is taken."""
    for port in (wanted, 0):
        try:
            with socket.create_server((HOST, port)) as probe:
                return int(probe.getsockname()[1])
        except OSError:
            continue
    return wanted


def _serve(app: App, wanted: int, port: int, tell: Echo) -> None:
    """Serve the desk until Ctrl-C, with the service's own jobs ticking behind it."""
    for name in EVERY_SECONDS:  # the last round was in the morning: a service that late is unwell
        app.run_job(name)
    with serve(create(desk_for(app)), host=HOST, port=port) as serving, running(app):
        if port != wanted:
            tell(f"Port {wanted} is taken, so the desk has another.")
        tell(f"The desk is at {serving.url} and needs no sign-in. Ctrl-C ends the demonstration.")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            for again in (signal.SIGINT, signal.SIGTERM):  # a shell may send it twice
                signal.signal(again, signal.SIG_IGN)
            tell("The desk is closed.")


# --- the telling ----------------------------------------------------------------------------


def _opening(newsroom: Newsroom) -> str:
    return (
        f"A sample newsroom of {len(newsroom.outlets)} outlets and {len(newsroom.stories)} "
        f"articles answers on {newsroom.origin}/\n"
        "Every outlet, person and event in it is invented."
    )


def _day_lines(
    day: date, polled: Counts, harvested: Counts, judged: Counts, sent: Counts
) -> Iterator[str]:
    answered = sum(polled.get(outcome, 0) for outcome in _ANSWERED)
    changed = polled.get("edited", 0)
    edited = f", {changed} changed since the last round" if changed else ""
    yield ""
    yield f"{day:%A} {day.day} {day:%B}, 09:00 in Karachi"
    yield f"  poll     {answered} of {polled['asked']} feeds answered; {polled['new']} new{edited}"
    texts, copies = harvested.get("read", 0), harvested.get("copy", 0)
    headlines = harvested["pending"] - texts - copies
    yield f"  harvest  {texts} texts read; copies: {copies}; with a headline only: {headlines}"
    routes = ", ".join(
        f"{judged.get(name, 0)} {name}" for name in ("queued", "rejected", "duplicate")
    )
    yield f"  judge    {routes}"
    yield f"  send     {sent.get('sent', 0)} alerts; the digest of the day follows at 20:00"


def _closing(outcome: Outcome, folder: Path, seconds: float, tell: Echo) -> None:
    tell("")
    for line in _table(outcome.ledger):
        tell(line)
    tell("")
    if outcome.digests:
        tell(f"Digest of today: {outcome.digests[-1]}")
    tell(f"Alerts: {len(outcome.alerts)} in {folder / 'outbox'}")
    tell(f"Settings: {folder / 'feeds.yaml'}")
    tell(f"Three days in {seconds:.0f} seconds.")


def _table(counts: Ledger) -> Iterator[str]:
    """The books as a small table: what was found, and what became of it."""
    yield "What became of every item"
    yield f"  {'found':28}{counts.found:4}"
    for name in ("waiting", "queued", "rejected", "duplicate"):
        yield f"    {name:26}{getattr(counts, name):4}"
    for name in ("dropped", "failed"):
        for reason, number in sorted(getattr(counts, name).items()):
            yield f"    {f'{name}: {reason}':26}{number:4}"
    yield "  The books balance." if counts.balanced else "  The books do NOT balance."


def _as_json(outcome: Outcome, seconds: float) -> str:
    made = {
        "ledger": asdict(outcome.ledger),
        "balanced": outcome.ledger.balanced,
        "digest": str(outcome.digests[-1]) if outcome.digests else None,
        "alerts": [str(path) for path in outcome.alerts],
        "seconds": round(seconds, 1),
    }
    return json.dumps(made, ensure_ascii=False)
