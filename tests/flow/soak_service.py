"""``torkham run`` on loopback, in this folder, its clock in a hurry: ``PORT TIMES BEGAN ITEMS``.

The whole service as it ships: jobs, desk, watchdog. Only its clock runs ``TIMES`` as fast and its
jobs tick every second, so that weeks pass in an hour.
"""

from __future__ import annotations

import sys
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from monitor import jobs
from monitor.app import App, open_app
from monitor.cli.frame import Place
from monitor.cli.staying import stay
from monitor.edge.clock import system_clock
from monitor.ticks import EVERY_SECONDS

WARM_UP = 8  # days: what is done once a week, a night and a day has been done
TICK, SELDOM = 1, {"digest": 2, "learn": 30, "reread": 5, "tidy": 10, "look": 10}


def address(n: int) -> str:
    """Return the host of the nth item: a new one for every ten, as every link leads elsewhere."""
    host = n // 10 + 2
    return f"127.{host >> 16}.{host >> 8 & 255}.{host & 255}"


class Hurried:
    """A clock that runs so many times as fast since ``began``, of the machine's monotonic clock.

    It shows the same in every process that is handed the same two numbers.
    """

    def __init__(self, times: float, began: float) -> None:
        self._times, self._began = times, began
        began_at = system_clock() - timedelta(seconds=time.monotonic() - began)
        self._began_at = began_at.replace(microsecond=0)

    def __call__(self) -> datetime:
        return self._began_at + timedelta(days=self.days())

    def days(self) -> float:
        """Return how many days have passed by it."""
        return (time.monotonic() - self._began) * self._times / 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class HurriedPlace(Place):
    clock: Hurried

    def app(self) -> AbstractContextManager[App]:
        return open_app(
            self.config, self.data, self.environ, allow=self.allow, clock=self.clock
        )  # fmt: skip


if __name__ == "__main__":
    jobs.EVERY_SECONDS = {name: SELDOM.get(name, TICK) for name in EVERY_SECONDS}  # type: ignore[attr-defined]
    port, times, began, items = sys.argv[1:]
    hosts = {address(n) for n in range(0, int(items), 10)} | {"127.0.0.1"}
    stay(
        HurriedPlace(
            config=Path("feeds.yaml"), data=Path("data"), environ={},
            allow=frozenset((host, int(port)) for host in hosts),
            clock=Hurried(float(times), float(began)),
        )
    )  # fmt: skip
