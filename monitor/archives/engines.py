"""Who hands out the spans of archives: this machine's own children, or a Dask cluster.

Both give the same results in the same order, hold a bounded number of spans at a time, and may be
asked for another span while a run is under way.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from monitor.archives.isolating import WORKING, EngineError, Isolated, opened
from monitor.archives.model import Recipe, Span, Worked
from monitor.edge.wire import packed

__all__ = ["Engine", "EngineError", "Kind", "Local", "Tls", "awaited", "engine", "in_order"]

Kind = Literal["local", "dask"]
AHEAD = 4
"""Spans in hand for each child: one that takes long holds up nobody until so many others wait."""
GLANCE = 0.2  # seconds between two looks at whether it is to stop


class Engine(Protocol):
    """Reads spans wherever it does, and gives what came of them in the order of the spans."""

    def run(
        self, spans: Iterable[Span], recipe: Recipe, *, stopped: Callable[[], bool]
    ) -> Iterator[Worked]:
        """Give the result of each span; end early when ``stopped``. A run may hold another.

        Raises:
            EngineError: it cannot go on, with a sentence that says why and what to do.
        """
        ...

    def at_once(self) -> int:
        """Return how many spans are read at a time, as it is now; one at least."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """Files in PEM by which a client and its scheduler know each other."""

    ca: Path
    cert: Path
    key: Path


class Pending(Protocol):
    """A result that is on its way, here or elsewhere."""

    def result(self) -> bytes:
        """Return it, or raise what went wrong."""
        ...

    def done(self) -> bool:
        """Return whether it is there."""
        ...

    def add_done_callback(self, fn: Callable[[Any], object], /) -> object:
        """Have ``fn`` called when it is there."""
        ...


def in_order(
    spans: Iterable[Span], hand_out: Callable[[Span], Pending], *, window: Callable[[], int]
) -> Iterator[tuple[Span, Pending]]:
    """Hand out spans, at most ``window()`` of them before the first is taken back."""
    out: deque[tuple[Span, Pending]] = deque()
    for span in spans:
        out.append((span, hand_out(span)))
        if len(out) >= window():
            yield out.popleft()
    while out:
        yield out.popleft()


def awaited(pending: Pending, stopped: Callable[[], bool]) -> bytes | None:
    """Return the result when it is there; None: it is to stop."""
    there = threading.Event()
    pending.add_done_callback(lambda _: there.set())
    while not there.wait(GLANCE):
        if stopped():
            return None
        if pending.done():
            break
    # Dask's own waiting with a timeout may come back empty-handed at the wrong moment.
    return None if stopped() else pending.result()


class Local:
    """The children of this process, one a core unless told otherwise."""

    def __init__(self, *, workers: int | None = None, module: str = WORKING) -> None:
        self.workers = workers or cores()
        self._isolated = Isolated(module, count=self.workers)
        self._threads = ThreadPoolExecutor(self.workers, thread_name_prefix="archive")

    def run(
        self, spans: Iterable[Span], recipe: Recipe, *, stopped: Callable[[], bool]
    ) -> Iterator[Worked]:
        """Give the result of each span in the order of the spans."""
        sent = packed(recipe)

        def hand_out(span: Span) -> Future[bytes]:
            return self._threads.submit(self._isolated.run, span, sent)

        for span, pending in in_order(spans, hand_out, window=lambda: AHEAD * self.workers):
            data = awaited(pending, stopped)
            if data is None:
                return
            yield opened(data, span)

    def at_once(self) -> int:
        """Return how many children there are."""
        return self.workers

    def pids(self) -> list[int]:
        """Return the process numbers of the children and of what starts them."""
        return self._isolated.pids()

    def close(self) -> None:
        """End the children, whatever they are at."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._isolated.close()
        self._threads.shutdown(wait=True)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))


@contextmanager
def engine(
    kind: Kind = "local",
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    tls: Tls | None = None,
    sources: Iterable[str] = (),
    module: str = WORKING,
    told: Callable[[str], None] = lambda _sentence: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Iterator[Engine]:
    """Start an engine and end it again, with everything that it started.

    ``workers`` is for what is started here: children, or workers of a cluster on this machine.
    ``scheduler`` is the address of a cluster that runs already; ``sources`` are the files that
    each of its workers must see under the same path. ``told`` hears, in sentences, what is waited
    for; the waiting ends when ``stopped``.

    Raises:
        EngineError: it cannot be started, with a sentence.
    """
    with ExitStack() as stack:
        if kind == "local":
            local = Local(workers=workers, module=module)
            stack.callback(local.close)
            yield local
            return
        from monitor.archives.onedask import on_dask

        yield stack.enter_context(
            on_dask(
                workers=workers or cores(), scheduler=scheduler, tls=tls, sources=tuple(sources),
                module=module, told=told, stopped=stopped,
            )
        )  # fmt: skip
