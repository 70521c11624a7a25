"""Runs a callable in a child process that may be killed for it.

    Workers ── one thread a child ──▶ child ◀── forked by ── nursery (one, libraries preloaded)

The nursery is a fresh interpreter without this process's memory, files, sockets or secrets; it has
imported the parsers once, so a new child costs milliseconds. Whatever a document does to a child
(endless loop, bomb, crash in C) costs that one task; the future then carries ``WorkerFault``.

Nothing outlives this process: the nursery leaves when its line to us closes, and the kernel kills
the children when the nursery is gone.
"""

from __future__ import annotations

import contextlib
import os
import queue
import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Literal, ParamSpec, Self, TypeVar

from monitor.edge.nursery import LENGTH, MAX_REPLY_BYTES, Limits, Nursery
from monitor.edge.promise import Kinds, keeps, promised
from monitor.edge.wire import named, packed, unpacked

P = ParamSpec("P")
R = TypeVar("R")

_USUAL_REPLY = 65_536  # bytes; an article's is 7 KB
FaultKind = Literal["time", "cpu", "memory", "crash", "error", "result", "start", "closed"]


class WorkerFault(Exception):  # noqa: N818 - a fault of one task, reported like a fetch fault
    """One task failed without harm to others.

    ``kind``: "time" (wall clock), "cpu", "memory", "crash" (a signal or an exit), "error" (the
    callable raised), "result" (nothing fit to be sent back), "start" (no child could be had),
    "closed". ``detail`` is a sentence for people.
    """

    def __init__(self, kind: FaultKind, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind: FaultKind = kind
        self.detail = detail


class Workers:
    """Runs importable callables in ``count`` limited children; each ends after ``recycle_after``.

    Arguments and results are plain data, as ``monitor.edge.wire`` has it. A result is what the
    callable's annotation promises, or a fault. Threads may share one instance. Children start with
    the first task, with the modules ``preload`` imported; all that follow the first one that did
    its ``recycle_after`` tasks come with ``later`` imported too. ``told`` may be set: it is called,
    in any thread, with a sentence whenever a child or what starts them stood still and was ended.
    """

    def __init__(
        self,
        *,
        count: int = 2,
        memory_bytes: int = 1_000_000_000,
        cpu_seconds: int = 20,
        wall_seconds: float = 30.0,
        answer_seconds: float = 10.0,
        recycle_after: int = 200,
        preload: Sequence[str] = ("trafilatura", "feedparser"),
        later: Sequence[str] = (),
    ) -> None:
        self._limits = Limits(
            memory_bytes=memory_bytes,
            cpu_seconds=cpu_seconds,
            wall_seconds=wall_seconds,
            answer_seconds=answer_seconds,
        )
        self._recycle_after = recycle_after
        self._later = tuple(later)
        self._nursery = Nursery(preload, self._limits)
        self._closed = threading.Event()
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="worker")
        self._slots: queue.LifoQueue[_Slot] = queue.LifoQueue()
        self._all = [_Slot() for _ in range(count)]
        for slot in self._all:
            self._slots.put(slot)

    def submit(self, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Return the future of ``function(*args, **kwargs)`` run in a child.

        Raises ``ValueError`` at once for a callable that a child cannot import or an argument that
        is not plain data, and ``WorkerFault("closed")`` after ``close``.
        """
        if self._closed.is_set():
            raise WorkerFault("closed", "the workers are closed")
        try:
            task = packed((named(function), args, kwargs))
        except ValueError as problem:
            raise ValueError(f"a child cannot be handed this task: {problem}") from problem
        return self._threads.submit(self._run, task, promised(function))

    @property
    def told(self) -> Callable[[str], None]:
        """Who hears of what stood still; nobody at first."""
        return self._nursery.told

    @told.setter
    def told(self, told: Callable[[str], None]) -> None:
        self._nursery.told = told

    def close(self) -> None:
        """Kill the children, whatever they are at; tasks under way fail with "closed"."""
        if self._closed.is_set():
            return
        self._closed.set()
        self._threads.shutdown(wait=False, cancel_futures=True)
        for slot in self._all:
            slot.kill(self._nursery)
        self._threads.shutdown(wait=True)
        for slot in self._all:
            slot.retire(self._nursery)
        self._nursery.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def pids(self) -> list[int]:
        """Return the process numbers of the living children, the nursery last."""
        children = [slot.child.pid for slot in self._all if slot.child is not None]
        return children + self._nursery.pids()

    def _run(self, task: bytes, promise: Kinds) -> Any:
        slot = self._slots.get()
        try:
            return self._attempt(slot, task, promise)
        finally:
            if slot.child is not None and slot.child.tasks >= self._recycle_after:
                slot.retire(self._nursery)
                self._nursery.learn(self._later)
            self._slots.put(slot)

    def _attempt(self, slot: _Slot, task: bytes, promise: Kinds, *, again: bool = False) -> Any:
        """Return the task's result, or raise its fault with the child gone.

        A child that was lost with its nursery is no fault of its task: that is done ``again``.
        """
        child = slot.occupied(self._nursery)
        if self._closed.is_set():
            raise WorkerFault("closed", "the workers were closed")
        try:
            value, spent = _understood(child.ask(task, self._limits.wall_seconds), promise)
        except TimeoutError:
            slot.retire(self._nursery)
            limit = f"{self._limits.wall_seconds:g} seconds"
            self.told(f"A reader gave no answer for {limit} and was ended; its document failed.")
            raise WorkerFault("time", f"killed: not done after {limit}") from None
        except (OSError, EOFError):
            status = slot.retire(self._nursery)
            if self._closed.is_set():
                raise WorkerFault("closed", "the workers were closed") from None
            if status is not None or again:
                raise _death(status, self._limits) from None
            return self._attempt(slot, task, promise, again=True)
        except WorkerFault:
            slot.retire(self._nursery)
            raise
        if spent:
            slot.retire(self._nursery)
        if isinstance(value, WorkerFault):
            raise value
        return value


def _death(status: int | None, limits: Limits) -> WorkerFault:
    """Return what a child's exit status means."""
    if status is None:
        return WorkerFault("crash", "the child was gone, its exit status unknown")
    if not os.WIFSIGNALED(status):
        return WorkerFault(
            "crash", f"the child left with exit status {os.waitstatus_to_exitcode(status)}"
        )
    number = os.WTERMSIG(status)
    if number == signal.SIGXCPU:
        return WorkerFault("cpu", f"killed: more than {limits.cpu_seconds} seconds of processor")
    if number == signal.SIGKILL:
        return WorkerFault("memory", "killed by the system, most likely for want of memory")
    with contextlib.suppress(ValueError):
        return WorkerFault("crash", f"the child crashed ({signal.Signals(number).name})")
    return WorkerFault("crash", f"the child crashed (signal {number})")


# --- our side of a child --------------------------------------------------------------------


class _Child:
    """A living child and the line to it."""

    def __init__(self, line: socket.socket, pid: int, nursery_pid: int) -> None:
        self.line = line
        self.pid = pid
        self.nursery_pid = nursery_pid
        self.tasks = 0

    @property
    def idle(self) -> bool:
        """Whether the line is open and silent; an idle child has nothing to say but its end."""
        poll = select.poll()
        poll.register(self.line, select.POLLIN)
        return not poll.poll(0)

    def ask(self, task: bytes, seconds: float) -> bytes:
        """Return the reply to ``task``, or raise TimeoutError when ``seconds`` are over."""
        self.tasks += 1
        ends_at = time.monotonic() + seconds
        self.line.settimeout(seconds)
        self.line.sendall(LENGTH.pack(len(task)))
        self.line.sendall(task)
        reply = self._more(b"", LENGTH.size, ends_at)  # most replies come whole with their length
        (size,) = LENGTH.unpack(reply[: LENGTH.size])
        if size > MAX_REPLY_BYTES:
            raise WorkerFault("result", f"the child announced a result of {size:,} bytes")
        reply = self._more(reply[LENGTH.size :], size, ends_at)
        if len(reply) > size:
            raise WorkerFault("result", "the child said more than it had announced")
        return reply

    def _more(self, data: bytes, size: int, ends_at: float) -> bytes:
        """Return ``data`` and what follows it, once that is as long as ``size``."""
        if len(data) >= size:
            return data
        held = bytearray(data)
        while len(held) < size:
            left = ends_at - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self.line.settimeout(left)
            part = self.line.recv(min(max(size - len(held), _USUAL_REPLY), 1_000_000))
            if not part:
                raise EOFError
            held += part
        return bytes(held)


class _Slot:
    """A place for one child at a time, used by one thread at a time; ``kill`` by any."""

    def __init__(self) -> None:
        self.child: _Child | None = None
        self._lock = threading.Lock()

    def occupied(self, nursery: Nursery) -> _Child:
        """Return the child in this place, a new one where there is none or it died while idle."""
        if self.child is not None and not self.child.idle:
            self.retire(nursery)
        with self._lock:
            if self.child is None:
                try:
                    self.child = _Child(*nursery.start())
                except OSError as problem:
                    raise WorkerFault("start", str(problem)) from problem
            return self.child

    def kill(self, nursery: Nursery) -> None:
        """End the child without waiting."""
        with self._lock:
            if self.child is not None:
                nursery.kill(self.child.pid, self.child.nursery_pid)

    def retire(self, nursery: Nursery) -> int | None:
        """End the child and return its exit status: its own where it was dead already."""
        self.kill(nursery)
        with self._lock:
            child, self.child = self.child, None
        if child is None:
            return None
        child.line.close()
        return nursery.wait(child.pid, child.nursery_pid)


def _understood(reply: bytes, promise: Kinds) -> tuple[Any, bool]:
    """Return the result or the fault, and whether the child has grown too large to keep.

    A child may have been taken over by a document: what it says is looked at before it is believed.
    """
    try:
        kind, value, spent = unpacked(reply)
    except (ValueError, TypeError) as problem:
        raise WorkerFault("result", f"the result cannot be taken: {problem}") from problem
    if kind == "ok" and keeps(value, promise):
        return value, bool(spent)
    if kind in ("memory", "error", "result") and isinstance(value, str):
        line = "".join(char if char.isprintable() else " " for char in value[:500])
        return WorkerFault(kind, line), bool(spent)
    raise WorkerFault("result", "the child answered with something else than a result")
