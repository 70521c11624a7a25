"""A task's own time in its child, shorter than the child's: whoever needs more is stopped."""

from __future__ import annotations

import resource
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_GRACE = 2  # seconds in which code in C may come back by itself; then the child is ended


class TimeIsUpError(BaseException):
    """The allowance is used up. No Exception: code of libraries must not take it for its own."""


@contextmanager
def allowance(seconds: float) -> Iterator[None]:
    """Stop what runs inside after ``seconds`` of processor time; the child goes on to its next.

    Code in C that never comes back to Python is ended with its child, about two seconds later.
    Outside a process's main thread nothing is limited.

    Raises:
        TimeIsUpError: the time is used up.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGPROF, _stop)
    soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    end = int(time.process_time() + seconds) + 1 + _GRACE
    resource.setrlimit(resource.RLIMIT_CPU, (end if soft < 0 else min(end, soft), hard))
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise TimeIsUpError
