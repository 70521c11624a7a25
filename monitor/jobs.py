"""The scheduler: names, triggers, a listener. No logic: what is due stands in the database.

Every job is a tick. APScheduler's own defaults drop a run that is a second late and log a failure
nowhere else, so the grace is an hour, late runs are merged into one, and a listener writes what
went wrong into the health table: once, not at every tick for as long as it lasts.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
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

from monitor.app import JOBS, App
from store import feeds

log = logging.getLogger(__name__)

EVERY_SECONDS = {
    "poll": 30,
    "harvest": 15,
    "judge": 10,
    "alert": 10,
    "send": 10,
    "digest": 60,
    "learn": 600,
    "reread": 60,
    "tidy": 600,
}
GRACE_SECONDS = 3600
MANY, START = 20, timedelta(minutes=2)
"""More feeds than this that are due when the service starts are asked within so long, not at once:
a fresh install has all of them due, and so has one that was off for a day."""
PATIENCE_SECONDS = 4.0
"""How long a stop waits for the units in hand. What is cut then is done again: a mail to a server
that hangs would hold the service for a minute."""


class _Threads(BaseExecutor):  # type: ignore[misc] # apscheduler has no types
    """A daemon thread a run: unlike a pool's, it cannot keep the process from ending."""

    def __init__(self) -> None:
        super().__init__()
        self._at_work: set[threading.Thread] = set()

    def _do_submit_job(self, job: Any, run_times: Any) -> None:
        thread = threading.Thread(
            target=self._run, args=(job, run_times), name=f"job-{job.id}", daemon=True
        )
        self._at_work = {other for other in self._at_work if other.is_alive()} | {thread}
        thread.start()

    def _run(self, job: Any, run_times: Any) -> None:
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


def scheduler_for(app: App) -> BackgroundScheduler:
    """Return a scheduler with one ticking job a name, not yet started."""
    # It warns of every tick that meets its predecessor, which is no news; a job's fault it logs.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    scheduler = BackgroundScheduler(
        timezone="UTC",  # local midnight is skipped or doubled twice a year in cron triggers
        executors={"default": _Threads()},
        job_defaults={
            "max_instances": 1,
            "coalesce": True,
            "misfire_grace_time": GRACE_SECONDS,
        },
    )
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
            self._app.note("job_missed", job)
        else:
            said = self._app.secrets.hidden(f"{job}: {event.exception}")
            if self._broken.get(job) != said:
                self._app.note("job_error", said)
                self._broken[job] = said


@contextmanager
def running(app: App) -> Iterator[BackgroundScheduler]:
    """Run the jobs until the block ends; then stop within seconds, after the unit in hand."""
    with closing(app.open_store()) as db:
        feeds.spread(db, app.clock(), over=START, least=MANY)
    scheduler = scheduler_for(app)
    scheduler.start()
    try:
        yield scheduler
    finally:
        app.stop()
        scheduler.shutdown(wait=True)
