"""After sleep, an outage or a clock that was set: every job runs once, then in its own time."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from apscheduler.events import EVENT_JOB_EXECUTED, EVENT_JOB_MISSED

from monitor.app import App
from monitor.jobs import scheduler_for
from monitor.work import JOBS

if TYPE_CHECKING:
    from tests.flow.newsroom import Installation, Newsroom

ROOT = Path(__file__).resolve().parents[2]
SLEPT = {
    "10 minutes": timedelta(minutes=10),
    "an hour": timedelta(hours=1),
    "a day": timedelta(days=1),
    "3 days": timedelta(days=3),
}


@contextmanager
def scheduled(app: App, due: dict[str, datetime]) -> Iterator[Counter[str]]:
    """Run the jobs with the next tick of each as given; count what ran and what was missed."""
    ran: Counter[str] = Counter()
    scheduler = scheduler_for(app)
    for name, at in due.items():
        scheduler.modify_job(name, next_run_time=at)
    scheduler.add_listener(lambda event: ran.update([event.job_id]), EVENT_JOB_EXECUTED)
    scheduler.add_listener(lambda _: ran.update(["missed"]), EVENT_JOB_MISSED)
    scheduler.start()
    try:
        yield ran
    finally:
        scheduler.shutdown()


def all_at(app: App, moved: timedelta) -> dict[str, datetime]:
    return {name: app.clock() + moved for name in JOBS}


@pytest.mark.slow
@pytest.mark.row(31)
def test_after_sleep_every_job_runs_once_and_none_is_dropped(
    made_up: Any, newsroom: Newsroom, here: Installation, figure: Any
) -> None:
    """Ten minutes or days: a run each, no storm of those in between, and none that is too late."""
    newsroom.fill(1, 1)
    here.configure()
    with here.app() as app:
        for name in JOBS:
            app.run_job(name)
        for told, slept in SLEPT.items():
            with scheduled(app, all_at(app, -slept)) as ran:
                assert made_up.until_true(lambda ran=ran: set(ran) == set(JOBS), 30)
                time.sleep(0.3)
                assert ran == dict.fromkeys(JOBS, 1), told
    assert here.rows("SELECT 1 FROM notes WHERE kind = 'job_missed'") == []
    figure(f"{len(JOBS)} jobs after {', '.join(SLEPT)}: one run each, 0 dropped")


@pytest.mark.slow
@pytest.mark.row(31)
def test_a_clock_that_is_set_back_or_far_ahead_stops_no_job(
    made_up: Any, newsroom: Newsroom, here: Installation, figure: Any
) -> None:
    """Put back by a day, a plain scheduler waits a day; put forward from 1970 it never ends.

    A machine without a battery starts in 1970, and its clock is set when the network is there.
    """
    newsroom.fill(1, 1)
    here.configure()
    began_1970 = datetime(1970, 1, 1, tzinfo=UTC)
    with here.app() as app:
        jumps = {
            "back by an hour": all_at(app, timedelta(hours=1)),
            "back by a day": all_at(app, timedelta(days=1)),
            "back by 50 years": all_at(app, timedelta(days=50 * 365)),
            "forward by a year": all_at(app, -timedelta(days=365)),
            "forward from 1970": dict.fromkeys(JOBS, began_1970),
        }
        for told, due in jumps.items():
            with scheduled(app, due) as ran:
                assert made_up.until_true(lambda ran=ran: set(ran) == set(JOBS), 30), told
                time.sleep(0.2)
                assert ran == dict.fromkeys(JOBS, 1), told
    figure(f"clock set {', '.join(jumps)}: one run each at once")


SUSPENDED = """
import sys, threading, time
from datetime import timedelta
from contextlib import nullcontext
from apscheduler.triggers.interval import IntervalTrigger
from monitor.edge.clock import system_clock
from monitor.edge.watchdog import Watchdog
from monitor.jobs import Ticks

lock, ran, stuck = threading.Lock(), [], []
def tick(name):
    with lock:
        ran.append(name)
ticks = Ticks(lambda _job: nullcontext())
for name in "abcde":
    ticks.add_job(tick, IntervalTrigger(seconds=2), [name], id=name,
                  next_run_time=system_clock() + timedelta(seconds=0.2))
dog = Watchdog(limits={}, otherwise=2.2, stuck=stuck.append, well=lambda: None, every=0.1)
ticks.start()
with dog.on_guard(), dog.mind("ticks", 3.5, lambda: ticks.begun):
    for line in sys.stdin:
        time.sleep(0.5)  # less than an interval
        with lock:
            print(*sorted(ran), len(stuck), flush=True)
            ran.clear()
"""


@pytest.mark.slow
@pytest.mark.row(31)
def test_a_process_that_was_stopped_catches_up_with_one_run_each(figure: Any) -> None:
    """As on a machine that was suspended: no storm of the ticks in between, and no false alarm."""
    with subprocess.Popen(
        [sys.executable, "-c", SUSPENDED], cwd=ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None

        def counted() -> str:
            print(file=process.stdin, flush=True)
            return str(process.stdout.readline()).strip()  # type: ignore[union-attr]

        assert counted().startswith("a b c d e"), "it runs"
        process.send_signal(signal.SIGSTOP)
        time.sleep(9)
        process.send_signal(signal.SIGCONT)
        after = counted()
        process.kill()
    assert after == "a b c d e 0"
    figure("stopped for 9 s with ticks every 2 s: one run each, 0 false alarms of the watchdog")
