"""A sign of life: work that moves on changes rows, and each change counts as a beat.

A job can wait for ever and look busy: what it waits in asks again and again whether to stop. Only
a unit of work that ended in the store is progress, and every unit ends in one write.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Pulse:
    """Counts what one thread has kept. Any thread may read ``beats``."""

    __slots__ = ("beats", "thread")

    def __init__(self) -> None:
        """Belong to the thread that made it."""
        self.beats = 0
        self.thread = threading.get_ident()


class _Here(threading.local):
    pulse: Pulse | None = None


_here = _Here()


@contextmanager
def felt() -> Iterator[Pulse]:
    """Count what this thread keeps inside the block."""
    before, _here.pulse = _here.pulse, Pulse()
    try:
        yield _here.pulse
    finally:
        _here.pulse = before


def beat() -> None:
    """Say that rows were changed and kept; costs nothing where nobody feels the pulse."""
    if _here.pulse is not None:
        _here.pulse.beats += 1
