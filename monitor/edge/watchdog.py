"""The watchdog: notices what stands still although it should move on.

Whatever is minded has a count that must change within a limit. Time counts only while this
process runs: after a suspend, or a machine too busy to look, nothing is stuck that had no chance.
"""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from store.pulse import felt

DEEPEST = 40  # frames of a stack that are told


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """What stood still: its name, for how many seconds, and the stack of its thread in a line."""

    name: str
    seconds: float
    stack: str


@dataclass(slots=True, kw_only=True, eq=False)
class _Minded:
    name: str
    limit: float
    count: Callable[[], int]
    thread: Callable[[], int | None]
    seen: int | None = None
    since: float = 0.0


class Watchdog:
    """Looks every few seconds, in a thread of its own, whether all that is minded moves on.

    ``limits`` are seconds a job; ``otherwise`` is for a job without one. ``stuck`` is called with
    the first thing that stood still for longer, and again at every look for as long as it does;
    ``well`` at every look at which nothing does. Neither may raise.
    """

    def __init__(
        self,
        *,
        limits: Mapping[str, float],
        otherwise: float,
        stuck: Callable[[Stuck], None],
        well: Callable[[], None],
        every: float = 5.0,
    ) -> None:
        self._limits = limits
        self._otherwise = otherwise
        self._stuck = stuck
        self._well = well
        self._every = min([every, *(limit / 4 for limit in (*limits.values(), otherwise))])
        self._minded: set[_Minded] = set()
        self._lock = threading.Lock()
        self._awake = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    @contextmanager
    def mind(
        self, name: str, limit: float, count: Callable[[], int],
        thread: Callable[[], int | None] = lambda: None,
    ) -> Iterator[None]:  # fmt: skip
        """Inside the block ``count()`` must change every ``limit`` seconds.

        ``thread`` gives the number of the thread whose stack tells what it is at.
        """
        one = _Minded(name=name, limit=limit, count=count, thread=thread, since=self._awake)
        with self._lock:
            self._minded.add(one)
        try:
            yield
        finally:
            with self._lock:
                self._minded.discard(one)

    @contextmanager
    def run(self, job: str) -> Iterator[None]:
        """Inside the block this thread must keep something within the limit of ``job``."""
        limit = self._limits.get(job, self._otherwise)
        with felt() as pulse, self.mind(job, limit, lambda: pulse.beats, lambda: pulse.thread):
            yield

    @contextmanager
    def on_guard(self) -> Iterator[None]:
        """Watch for as long as the block lasts."""
        self._thread.start()
        try:
            yield
        finally:
            self._ended.set()

    def _watch(self) -> None:
        looked = time.monotonic()
        while not self._ended.wait(self._every):
            now = time.monotonic()
            self._awake += min(now - looked, 2 * self._every)
            looked = now
            found = self._standing()
            if found is None:
                self._well()
            elif not self._ended.is_set():
                self._stuck(found)

    def _standing(self) -> Stuck | None:
        """Return what has stood still for longer than it may, the longest first."""
        with self._lock:
            minded = tuple(self._minded)
        still = [one for one in minded if self._stands(one)]
        if not still:
            return None
        one = min(still, key=lambda one: one.since)
        return Stuck(name=one.name, seconds=self._awake - one.since, stack=_stack(one.thread()))

    def _stands(self, one: _Minded) -> bool:
        count = one.count()
        if count != one.seen:
            one.seen, one.since = count, self._awake
        return self._awake - one.since > one.limit


def _stack(thread: int | None) -> str:
    """Return where a thread is, the innermost call last; without one, where all are."""
    frames = sys._current_frames()  # noqa: SLF001 - documented, and the only way to see another's
    wanted = list(frames) if thread is None else [thread]
    return " || ".join(_told(frames[one]) for one in wanted[:DEEPEST] if one in frames)


def _told(frame: object) -> str:
    calls = traceback.extract_stack(frame, limit=-DEEPEST)  # type: ignore[arg-type]
    return " > ".join(f"{call.name} ({Path(call.filename).name}:{call.lineno})" for call in calls)
