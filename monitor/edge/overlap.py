"""Lets slow units overlap: while some are still arriving, others are at work in children."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from itertools import count
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from monitor.edge.worker import WorkerFault

Unit = TypeVar("Unit")
Made = TypeVar("Made")

TICK = 0.25
"""How late a stop may be noticed, in seconds."""

HEAVIEST = 50_000_000
"""Bytes: a hundred documents of the largest size at once would be two gigabytes."""


TOGETHER = 16
"""Units that are handed over at once where they are gathered."""


def overlapped(
    units: Iterable[Unit | None],
    start: Callable[[Unit], Future[Made] | None],
    *,
    most: int = 64,
    weigh: Callable[[Unit], int] = lambda _unit: 0,
    stopped: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[Unit, Made | WorkerFault | None]]:
    """Yield every unit with what ``start`` made of it, as each is finished, in any order.

    ``start`` returning None means there is nothing to make; the unit comes back at once, with
    None. A source that has nothing at the moment gives None, and what is finished is yielded
    meanwhile. At most ``most`` units are held, and one more than ``HEAVIEST`` bytes as ``weigh``
    counts them, so a fast source waits for the children. Once ``stopped`` says so nothing more is
    started, waited for or yielded: what was under way is left undone.
    """
    for one in _finishing(units, start, most, weigh, stopped):
        if one is not None:
            yield one


def gathered(
    units: Iterable[Unit | None],
    start: Callable[[Unit], Future[Made] | None],
    *,
    together: int = TOGETHER,
    most: int = 64,
    weigh: Callable[[Unit], int] = lambda _unit: 0,
    stopped: Callable[[], bool] = lambda: False,
) -> Iterator[list[tuple[Unit, Made | WorkerFault | None]]]:
    """Yield what ``overlapped`` yields, in the same order, up to ``together`` at once.

    What is finished waits for others only while they come: when a quarter of a second brings none,
    or ``stopped`` says so, it is handed over.
    """
    held: list[tuple[Unit, Made | WorkerFault | None]] = []
    for one in _finishing(units, start, most, weigh, stopped):
        if one is not None:
            held.append(one)
        if held and (one is None or len(held) >= together):
            yield held
            held = []
    if held:
        yield held


def _finishing(
    units: Iterable[Unit | None],
    start: Callable[[Unit], Future[Made] | None],
    most: int,
    weigh: Callable[[Unit], int],
    stopped: Callable[[], bool],
) -> Iterator[tuple[Unit, Made | WorkerFault | None] | None]:
    """Yield each unit as it is finished, and None where nothing came for a while."""
    running: _Running[Unit, Made] = _Running()
    for unit in units:
        if stopped():
            return
        if unit is None:
            yield None
        else:
            future = start(unit)
            if future is None:
                yield unit, None
            else:
                running.add(unit, future, weigh(unit))
        yield from running.finished()
        while running.is_full(most) and not stopped():
            yield from running.waited()
    while running and not stopped():
        yield from running.waited()


class _Running(Generic[Unit, Made]):
    """The units under way. A future tells when it is done: sixty were asked at every unit."""

    def __init__(self) -> None:
        self._units: dict[Future[Made], tuple[int, Unit, int]] = {}
        self._done: SimpleQueue[Future[Made]] = SimpleQueue()
        self._weight = 0
        self._numbers = count()

    def __bool__(self) -> bool:
        return bool(self._units)

    def add(self, unit: Unit, future: Future[Made], weight: int) -> None:
        self._units[future] = next(self._numbers), unit, weight
        self._weight += weight
        future.add_done_callback(self._done.put)

    def is_full(self, most: int) -> bool:
        return len(self._units) >= most or self._weight > HEAVIEST

    def waited(self) -> Iterator[tuple[Unit, Made | WorkerFault] | None]:
        """Yield what is finished; where nothing is for a while, None."""
        try:
            first = self._done.get(timeout=TICK)
        except Empty:
            yield None
        else:
            yield from self.finished([first])

    def finished(
        self, known: Iterable[Future[Made]] = ()
    ) -> Iterator[tuple[Unit, Made | WorkerFault]]:
        """Yield what is finished, in the order in which it was started."""
        futures = list(known)
        while not self._done.empty():
            futures.append(self._done.get())
        for future in sorted(futures, key=lambda one: self._units[one][0]):
            _, unit, weight = self._units.pop(future)
            self._weight -= weight
            try:
                made: Made | WorkerFault = future.result()
            except WorkerFault as fault:
                made = fault
            yield unit, made
