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
    running: dict[Future[Made], Unit] = {}
    for unit in units:
        if stopped():
            return
        if unit is not None:
            future = start(unit)
            if future is None:
                yield unit, None
            else:
                running[future] = unit
        yield from _finished(running)
        while _is_full(running.values(), most, weigh) and not stopped():
            wait(running, TICK, FIRST_COMPLETED)
            yield from _finished(running)
    while running and not stopped():
        wait(running, TICK, FIRST_COMPLETED)
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
