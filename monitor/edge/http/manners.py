"""How we behave towards a host: how many at once, how far apart, and when it asked for quiet."""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from itertools import count
from typing import Generic, TypeVar

Job = TypeVar("Job")
_REMEMBERED_HOSTS = 10_000


class HostQueue(Generic[Job]):
    """Hands out jobs so that no host sees more than ``per_host`` at once nor starts within ``gap``.

    A waiting host never holds up another. Times are seconds of any steady clock, given by the
    caller. Memory is bounded by the jobs that wait plus 10,000 remembered hosts.
    """

    def __init__(self, *, per_host: int, gap: float) -> None:
        self._per_host = per_host
        self._gap = gap
        self._waiting: dict[str, deque[Job]] = {}
        self._running: dict[str, int] = {}
        self._free_at: dict[str, float] = {}
        self._heap: list[tuple[float, int, str]] = []
        self._in_heap: set[str] = set()
        self._order = count()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, host: str, job: Job, *, first: bool = False) -> None:
        """Let ``job`` wait for ``host``; ``first`` puts it before those that wait already."""
        queue = self._waiting.setdefault(host, deque())
        if first:
            queue.appendleft(job)
        else:
            queue.append(job)
        self._schedule(host)

    def take(self, now: float) -> Job | None:
        """Take a job whose host is free at ``now``; its place is held until ``release``."""
        host = self._free_host(now)
        if host is None:
            return None
        queue = self._waiting[host]
        job = queue.popleft()
        if not queue:
            del self._waiting[host]
        self._running[host] = self._running.get(host, 0) + 1
        if self._gap:
            self._free_at[host] = now + self._gap
        self._schedule(host)
        return job

    def release(self, host: str, now: float) -> None:
        """Give back the place a taken job held."""
        left = self._running.get(host, 0) - 1
        if left > 0:
            self._running[host] = left
        else:
            self._running.pop(host, None)
        if len(self._free_at) > _REMEMBERED_HOSTS:
            self._free_at = {h: at for h, at in self._free_at.items() if at > now}
        self._schedule(host)

    def withdraw(self, host: str) -> list[Job]:
        """Take back all that wait for ``host``, in order; none of them held a place."""
        return list(self._waiting.pop(host, ()))

    def next_at(self) -> float | None:
        """Say when the next host is free; None when none is waited for but by its own limit."""
        return self._heap[0][0] if self._heap else None

    def clear(self) -> None:
        """Forget who waits and who runs; remember when each host was last asked."""
        self._waiting.clear()
        self._running.clear()
        self._heap.clear()
        self._in_heap.clear()

    def _free_host(self, now: float) -> str | None:
        while self._heap and self._heap[0][0] <= now:
            host = heappop(self._heap)[2]
            self._in_heap.discard(host)
            if host in self._waiting:  # else its jobs were withdrawn
                return host
        return None

    def _schedule(self, host: str) -> None:
        if host in self._in_heap or host not in self._waiting:
            return
        if self._running.get(host, 0) < self._per_host:
            self._in_heap.add(host)
            heappush(self._heap, (self._free_at.get(host, 0.0), next(self._order), host))
