"""Run the send job as the service does, and die by kill -9 at the N-th delivery.

``send_and_die.py FOLDER MINUTES WHEN N``: ``MINUTES`` is how far the clock is put forward, ``WHEN``
is ``before``, ``after`` or ``never``: the message was claimed, and delivered or not, when the
process dies; it never gets to settle it.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from monitor import pipeline
from monitor.app import open_app
from monitor.edge.clock import system_clock
from monitor.told import Delivery
from store.messages import OutboxRow


def main() -> None:
    """Send what is due, or die."""
    folder, minutes, when, left = sys.argv[1:]
    countdown = [int(left)]

    def die_at(moment: str) -> None:
        if moment == when and countdown[0] <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def clock() -> datetime:
        return system_clock() + timedelta(minutes=float(minutes))

    with open_app(Path(folder) / "feeds.yaml", Path(folder) / "data", {}, clock=clock) as app:

        def deliver(row: OutboxRow) -> Delivery:
            countdown[0] -= 1
            die_at("before")
            delivery = app.deliver(row)
            die_at("after")
            return delivery

        with closing(app.open_store()) as db:
            pipeline.send(db, deliver=deliver, clock=clock, stopped=app.stopped)


if __name__ == "__main__":
    main()
