"""The scheduler: names, triggers, a listener. No logic: what is due stands in the database.

Every job is a tick. APScheduler's own defaults drop a run that is a second late and log a failure
nowhere else, so the grace is an hour, late runs are merged into one, and a listener writes what
went wrong into the health table.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from monitor.app import JOBS, App

log = logging.getLogger(__name__)

EVERY_SECONDS = {
    "poll": 30,
    "harvest": 15,
    "judge": 10,
    "send": 10,
    "digest": 60,
    "learn": 600,
    "tidy": 600,
}
GRACE_SECONDS = 3600


def scheduler_for(app: App) -> BackgroundScheduler:
    """Return a scheduler with one ticking job a name, not yet started."""
    scheduler = BackgroundScheduler(
        timezone="UTC",  # local midnight is skipped or doubled twice a year in cron triggers
        executors={"default": ThreadPoolExecutor(len(EVERY_SECONDS))},
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
        lambda event: _note(app, event),
        EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES,
    )
    return scheduler


def _note(app: App, event: Any) -> None:
    kinds = {EVENT_JOB_MISSED: "missed", EVENT_JOB_MAX_INSTANCES: "overlap"}
    kind = kinds.get(event.code, "error")
    exception = getattr(event, "exception", None)
    detail = f"{event.job_id}: {exception}" if exception else str(event.job_id)
    if kind == "overlap":  # a tick met its predecessor still at work: expected under load
        log.info("%s is still at work; this tick is skipped", event.job_id)
        return
    app.note(f"job_{kind}", detail)


@contextmanager
def running(app: App) -> Iterator[BackgroundScheduler]:
    """Run the jobs until the block ends; then stop within seconds, between two units of work."""
    scheduler = scheduler_for(app)
    scheduler.start()
    try:
        yield scheduler
    finally:
        app.stop()
        scheduler.shutdown(wait=True)
