"""Lets slow units overlap: while some are still arriving, others are at work in children."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import TypeVar

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
    running: dict[Future[Made], Unit] = {}
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
                running[future] = unit
        yield from _finished(running)
        while _is_full(running.values(), most, weigh) and not stopped():
            yield from _waited(running)
    while running and not stopped():
        yield from _waited(running)


def _waited(
    running: dict[Future[Made], Unit],
) -> Iterator[tuple[Unit, Made | WorkerFault] | None]:
    if not wait(running, TICK, FIRST_COMPLETED).done:
        yield None
    yield from _finished(running)


def _is_full(held: Collection[Unit], most: int, weigh: Callable[[Unit], int]) -> bool:
    return len(held) >= most or sum(map(weigh, held)) > HEAVIEST


def _finished(running: dict[Future[Made], Unit]) -> Iterator[tuple[Unit, Made | WorkerFault]]:
    for future in [future for future in running if future.done()]:
        unit = running.pop(future)
        try:
            made: Made | WorkerFault = future.result()
        except WorkerFault as fault:
            made = fault
        yield unit, made
