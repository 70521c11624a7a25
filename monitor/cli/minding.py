"""What keeps ``torkham run`` alive for months: who watches whom, and what is done about it.

    systemd ── WatchdogSec ──▶ this process ── watchdog ──▶ jobs, scheduler, desk
                                    └── faulthandler: where no thread of Python answers at all

A job that stands still cannot be ended from outside: a thread has no kill. So the whole service
starts anew in its place, and what was under way is done again, as after any kill.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final, NoReturn

from monitor.app import App
from monitor.cli.frame import FAILED
from monitor.edge import anew, systemd
from monitor.edge.anew import Start
from monitor.edge.watchdog import Stuck, Watchdog
from store.faults import StoreError

log = logging.getLogger(__name__)

MINUTE = 60.0
CUT_OFF = (
    "the service before this one (process {pid}) did not stop, it was cut off: killed, out of"
    " memory, without power, or deaf; its log may say more"
)
LOOKS = 5.0  # seconds between two looks of the watchdog
WORDS = 5.0  # seconds for what is said before a start in place: the store may be what hangs


_SLOW: Final[Mapping[str, float]] = {
    # A page may take 5 minutes to come, and 7.5 to be read, where the settings allow it.
    **dict.fromkeys(("poll", "harvest", "reread"), 15 * MINUTE),
    # One training, one copy of the store: so long they keep nothing although all is well.
    "learn": 60 * MINUTE,
    "tidy": 120 * MINUTE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """For how many seconds each part may stand still; it is noticed within twice as long."""

    jobs: Mapping[str, float] = field(default_factory=lambda: _SLOW)
    otherwise: float = 5 * MINUTE
    ticks: float = 5 * MINUTE  # no run of any job began
    desk: float = 2 * MINUTE
    mute: float = 10 * MINUTE  # not even the watchdog gets a word in: the process ends
    stop: float = 45.0  # under the minute that the service's unit allows


class Minder:
    """Watches a service and starts it anew in its place when a part of it stands still."""

    def __init__(self, app: App, starts: tuple[Start, ...], limits: Limits) -> None:
        """Take the service and the starts in place that led to it."""
        self._app = app
        self._starts = starts
        self._limits = limits
        self._dog = Watchdog(
            limits=limits.jobs,
            otherwise=limits.otherwise,
            stuck=self._begin_anew,
            well=self._well,
            every=min(systemd.wants_signs_every(app.environ) or LOOKS, LOOKS),
        )
        self.run = self._dog.run

    @contextmanager
    def on_guard(self, ticks: Callable[[], int], desk: Callable[[], int]) -> Iterator[None]:
        """Watch the service inside the block. Both counts must grow while it is alive."""
        self._app.workers.told = self._tell_of_worker
        mind, limits = self._dog.mind, self._limits
        with mind("the scheduler", limits.ticks, ticks), mind("the desk", limits.desk, desk):
            self._well()
            try:
                with self._dog.on_guard():
                    yield
            finally:
                _last_resort(limits.stop)

    def say_why(self) -> None:
        """Put on record why the program before this one ended, where nobody asked it to.

        Only now: what hung may have been the store.
        """
        for start in self._starts[-1:]:
            self._note("watchdog", f"{start.why}; Torkham started anew in its place")
        if not self._starts and self._app.cut_off is not None:
            self._note("cut_off", CUT_OFF.format(pid=self._app.cut_off))

    def _note(self, kind: str, sentence: str) -> None:
        try:
            self._app.note(kind, sentence)
        except StoreError as error:
            log.warning("that could not be put on record: %s", error)

    def _well(self) -> None:
        systemd.say(self._app.environ, systemd.ALIVE)
        _last_resort(self._limits.mute)

    def _begin_anew(self, stuck: Stuck) -> NoReturn:
        why = f"{stuck.name} made no progress for {_span(stuck.seconds)}"
        _bounded(lambda: log.error("%s; it was at %s", why, stuck.stack))
        if anew.too_many(self._starts, anew.uptime()):
            given_up = f"{why} again, after {anew.MOST} starts in place; Torkham ends itself"
            _bounded(lambda: self._note("watchdog", given_up))
            self._end_children()
            os._exit(FAILED)
        systemd.say(self._app.environ, systemd.ALIVE, systemd.status(f"Starting anew: {why}"))
        start = Start(uptime=anew.uptime(), at=self._app.clock().isoformat(), why=why)
        anew.begin((*self._starts, start), children=self._app.workers.pids())

    def _tell_of_worker(self, sentence: str) -> None:
        _bounded(lambda: self._note("worker_ended", sentence))

    def _end_children(self) -> None:
        for pid in self._app.workers.pids():
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)


def _bounded(say: Callable[[], None]) -> None:
    """Say something, but never wait long for it: disk, store or log may be what hangs."""
    with suppress(RuntimeError):  # not even a thread is to be had
        thread = threading.Thread(target=say, name="last words", daemon=True)
        thread.start()
        thread.join(WORDS)


def _last_resort(seconds: float) -> None:
    """Have this process end with every stack on standard error unless this is called again."""
    with suppress(OSError, RuntimeError):
        faulthandler.dump_traceback_later(seconds, exit=True, file=2)  # never closed: see staying


def _span(seconds: float) -> str:
    if seconds < 2 * MINUTE:
        return f"{seconds:.0f} seconds"
    return f"{seconds / MINUTE:.0f} minutes"
