"""Work side by side, one unit at a time in each lane; a lane that hangs holds up no other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

Unit = TypeVar("Unit")
Made = TypeVar("Made")


class Lanes(Generic[Unit, Made]):
    """Runs ``work`` on units, each in a thread of its own; the caller says which lane is free.

    ``work`` must not raise. The threads are daemons: one that hangs cannot keep the process from
    ending, and what it makes later is not waited for.
    """

    def __init__(self, work: Callable[[Unit], Made]) -> None:
        self._work = work
        self._done: SimpleQueue[tuple[str, Unit, Made]] = SimpleQueue()
        self._busy: set[str] = set()

    @property
    def busy(self) -> frozenset[str]:
        """The lanes with a unit under way, or one that was not taken back yet."""
        return frozenset(self._busy)

    def start(self, lane: str, unit: Unit) -> None:
        """Start on ``unit``. Raises ValueError when the lane is busy."""
        if lane in self._busy:
            raise ValueError(f"the lane {lane} is busy")
        self._busy.add(lane)
        name = f"torkham-lane-{lane}"
        threading.Thread(target=self._run, args=(lane, unit), name=name, daemon=True).start()

    def finished(self, wait: float) -> tuple[str, Unit, Made] | None:
        """Take back one finished unit with its lane; None when none was within ``wait`` seconds."""
        try:
            ended = self._done.get(timeout=wait)
        except Empty:
            return None
        self._busy.discard(ended[0])
        return ended

    def _run(self, lane: str, unit: Unit) -> None:
        self._done.put((lane, unit, self._work(unit)))
