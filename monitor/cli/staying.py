"""The service itself: started, said to be ready, kept until it is asked to stop."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from types import FrameType

from monitor import floors
from monitor.app import App
from monitor.cli.frame import FAILED, USAGE, Place, fail
from monitor.cli.minding import Limits, Minder
from monitor.edge import anew, heap, systemd
from monitor.edge.log import log_the_rest
from monitor.jobs import running
from monitor.serving import desk_for
from monitor.web.server import Serving, check_binding, create, serve
from store import people

AT_ONCE = b"Asked twice: leaving at once. What was under way is done again.\n"


def stay(
    place: Place, *, log_json: bool = False, log_level: str = "info", limits: Limits | None = None
) -> None:
    """Run the jobs and the desk until somebody asks for the end; then stop within seconds.

    What stands still for longer than ``limits`` is started anew in its place.
    """
    heap.one()
    starts = anew.earlier(os.environ)
    anew.reap()
    if below := floors.problems():
        fail("\ntorkham: ".join(below), code=USAGE)
    with asked_to_stop() as asked, place.app() as app:
        app.log_to_stderr(as_json=log_json, level=log_level)
        log_the_rest()
        desk = _desk(app)
        minder = Minder(app, starts, limits or Limits())
        with running(app, minder.run) as ticks, desk:
            minder.say_why()
            with minder.on_guard(lambda: ticks.begun, lambda: desk.beats):
                _until_asked(app, desk, asked)


def _desk(app: App) -> Serving:
    web = app.settings.web
    with closing(app.open_store()) as db:
        problem = check_binding(web.host, accounts=people.exist(db), shared=web.is_shared)
    if problem:
        fail(problem, code=USAGE)
    try:
        return serve(create(desk_for(app)), host=web.host, port=web.port)
    except OSError as error:
        fail(f"the desk cannot listen on {web.host}:{web.port}: {error.strerror}; "
             "set web.port in feeds.yaml or TORKHAM_WEB_PORT", code=FAILED)  # fmt: skip


def _until_asked(app: App, desk: Serving, asked: threading.Event) -> None:
    _tell(f"The desk is at {desk.url}  (Ctrl-C stops)")
    systemd.say(app.environ, systemd.READY, systemd.status(f"The desk is at {desk.url}"))
    while not asked.wait(0.5):  # in steps: a signal is handled between two of them
        pass
    systemd.say(app.environ, systemd.STOPPING, systemd.status("Stopping after the work in hand"))
    _tell("Stopping after the work in hand.")


def _tell(line: str) -> None:
    """Say it on standard error, or to nobody: a reader that went away ends no service."""
    with suppress(OSError):
        os.write(2, f"{line}\n".encode())


@contextmanager
def asked_to_stop() -> Iterator[threading.Event]:
    """Give what is set once a person or the system asks the service to stop.

    Whoever asks again does not want to wait: the process leaves at once, as if killed. A terminal
    that is closed asks too, and may say so twice.
    """
    asked = threading.Event()

    def stop(number: int, _frame: FrameType | None) -> None:
        if asked.is_set() and number != signal.SIGHUP:
            with suppress(OSError):
                os.write(2, AT_ONCE)
            os._exit(128 + number)
        asked.set()

    numbers = {signal.SIGINT, signal.SIGTERM}
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup: it is to outlive a terminal
        numbers.add(signal.SIGHUP)
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
