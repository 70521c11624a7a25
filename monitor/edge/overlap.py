"""Lets slow units overlap: while some are still arriving, others are at work in children."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import TypeVar

from monitor.edge.worker import WorkerFault

Unit = TypeVar("Unit")
Made = TypeVar("Made")


def overlapped(
    units: Iterable[Unit], start: Callable[[Unit], Future[Made] | None], *, most: int = 64
) -> Iterator[tuple[Unit, Made | WorkerFault | None]]:
    """Yield every unit with what ``start`` made of it, as each is finished, in any order.

    ``start`` returning None means there is nothing to make; the unit comes back at once, with
    None. At most ``most`` units are held, so a fast source waits for the children.
    """
    running: dict[Future[Made], Unit] = {}
    for unit in units:
        future = start(unit)
        if future is None:
            yield unit, None
        else:
            running[future] = unit
        yield from _finished(running, block=len(running) >= most)
    while running:
        yield from _finished(running, block=True)


def _finished(
    running: dict[Future[Made], Unit], *, block: bool
) -> Iterator[tuple[Unit, Made | WorkerFault]]:
    if block:
        wait(running, return_when=FIRST_COMPLETED)
    for future in [future for future in running if future.done()]:
        unit = running.pop(future)
        try:
            made: Made | WorkerFault = future.result()
        except WorkerFault as fault:
            made = fault
        yield unit, made
