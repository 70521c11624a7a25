"""The scheduler: names, triggers, a listener. No logic: what is due stands in the database.

Every job is a tick. APScheduler's own defaults drop a run that is a second late and log a failure
nowhere else, so the grace is an hour, late runs are merged into one, and a listener writes what
went wrong into the health table: once, not at every tick for as long as it lasts. Nor does it
know of clocks that are set: put back by a day, it would wait a day; put forward from 1970, it
would list every tick in between.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from datetime import timedelta
from typing import Any

from apscheduler.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_EXECUTED,
    EVENT_JOB_MAX_INSTANCES,
    EVENT_JOB_MISSED,
)
from apscheduler.executors.base import BaseExecutor, run_job
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from monitor.app import App
from monitor.edge import heap
from monitor.edge.clock import system_clock
from monitor.ticks import EVERY_SECONDS
from monitor.work import JOBS
from store import feeds
from store.faults import StoreError

log = logging.getLogger(__name__)

GRACE_SECONDS = 3600
NAP_SECONDS = 10.0  # the longest sleep between two looks at the clock, which may have been set
MANY, START = 20, timedelta(minutes=2)
"""More feeds than this that are due when the service starts are asked within so long, not at once:
a fresh install has all of them due, and so has one that was off for a day."""
PATIENCE_SECONDS = 4.0
"""How long a stop waits for the units in hand. What is cut then is done again: a mail to a server
that hangs would hold the service for a minute."""


Minder = Callable[[str], AbstractContextManager[None]]
"""Minds the run of a job for as long as it lasts; ``Watchdog.run`` is one."""


class _Threads(BaseExecutor):  # type: ignore[misc] # apscheduler has no types
    """A daemon thread a run: unlike a pool's, it cannot keep the process from ending."""

    def __init__(self, minder: Minder) -> None:
        super().__init__()
        self._minder = minder
        self._at_work: set[threading.Thread] = set()
        self.begun = 0

    def _do_submit_job(self, job: Any, run_times: Any) -> None:
        thread = threading.Thread(
            target=self._run, args=(job, run_times), name=f"job-{job.id}", daemon=True
        )
        self._at_work = {other for other in self._at_work if other.is_alive()} | {thread}
        thread.start()
        self.begun += 1

    def _run(self, job: Any, run_times: Any) -> None:
        with self._minder(job.id):
            self._run_minded(job, run_times)
        heap.give_back()

    def _run_minded(self, job: Any, run_times: Any) -> None:
        try:
            events = run_job(job, job._jobstore_alias, run_times, self._logger.name)  # noqa: SLF001 - as its own pool does
        except BaseException as error:  # noqa: BLE001 - run_job reports what a job raises itself
            self._run_job_error(job.id, error, sys.exc_info()[2])
        else:
            self._run_job_success(job.id, events)

    def shutdown(self, wait: bool = True) -> None:
        """Wait for the runs in hand, within the patience; name those that are cut."""
        ends = time.monotonic() + (PATIENCE_SECONDS if wait else 0)
        for thread in self._at_work:
            thread.join(max(0.0, ends - time.monotonic()))
            if thread.is_alive():
                log.warning("%s did not end in time; what it was at is done again", thread.name)


class Ticks(BackgroundScheduler):  # type: ignore[misc] # apscheduler has no types
    """Runs each job again and again at its interval, whatever is done to the clock."""

    def __init__(self, minder: Minder) -> None:
        """Take what minds each run."""
        self._threads = _Threads(minder)
        super().__init__(
            timezone="UTC",  # local midnight is skipped or doubled twice a year in cron triggers
            executors={"default": self._threads},
            job_defaults={
                "max_instances": 1,
                "coalesce": True,
                "misfire_grace_time": GRACE_SECONDS,
            },
        )

    @property
    def begun(self) -> int:
        """How many runs have begun so far; while it grows, jobs tick."""
        return self._threads.begun

    def _process_jobs(self) -> float:
        self._set_right()
        wait = super()._process_jobs()
        return NAP_SECONDS if wait is None else min(wait, NAP_SECONDS)

    def _set_right(self) -> None:
        """Make due now what the clock says is far ahead or long past: one run each."""
        now = system_clock()
        for job in self.get_jobs():
            due = job.next_run_time
            if due is not None and abs(due - now) > 2 * job.trigger.interval:
                self.modify_job(job.id, next_run_time=now)


def scheduler_for(app: App, minder: Minder = lambda _job: nullcontext()) -> Ticks:
    """Return a scheduler with one ticking job a name, not yet started."""
    # It warns of every tick that meets its predecessor, which is no news; a job's fault it logs.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    scheduler = Ticks(minder)
    for name in JOBS:
        scheduler.add_job(
            app.run_job, IntervalTrigger(seconds=EVERY_SECONDS[name]), [name], id=name, name=name,
            next_run_time=app.clock(),
        )  # fmt: skip
    scheduler.add_listener(
        _Listener(app).told,
        EVENT_JOB_ERROR | EVENT_JOB_EXECUTED | EVENT_JOB_MAX_INSTANCES | EVENT_JOB_MISSED,
    )
    return scheduler


class _Listener:
    """Writes what went wrong with a job into the health table; the same again only after a rest."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._broken: dict[str, str] = {}  # what each job broke on when it last ran

    def told(self, event: Any) -> None:
        job = str(event.job_id)
        if event.code == EVENT_JOB_EXECUTED:
            self._broken.pop(job, None)
        elif event.code == EVENT_JOB_MAX_INSTANCES:  # expected under load
            log.info("%s is still at work; this tick is skipped", job)
        elif event.code == EVENT_JOB_MISSED:
            self._note("job_missed", job)
        else:
            said = self._app.secrets.hidden(f"{job}: {event.exception}")
            if self._broken.get(job) != said:
                self._broken[job] = said
                self._note("job_error", said)

    def _note(self, kind: str, detail: str) -> None:
        try:
            self._app.note(kind, detail)
        except StoreError as error:  # the store may be what broke the job; the log has both then
            log.warning("that could not be put on record: %s", error)


@contextmanager
def running(app: App, minder: Minder = lambda _job: nullcontext()) -> Iterator[Ticks]:
    """Run the jobs until the block ends; then stop within seconds, after the unit in hand."""
    with closing(app.open_store()) as db:
        feeds.spread(db, app.clock(), over=START, least=MANY)
    scheduler = scheduler_for(app, minder)
    scheduler.start()
    try:
        yield scheduler
    finally:
        app.stop()
        scheduler.shutdown(wait=True)
