"""What is read overlaps with what arrives: nothing waits for a server that hangs, and in bounds."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future

from monitor.edge.overlap import HEAVIEST, overlapped
from monitor.edge.worker import WorkerFault


def done(value: int) -> Future[int]:
    future: Future[int] = Future()
    future.set_result(value)
    return future


def test_what_is_finished_is_given_while_the_source_has_nothing() -> None:
    waiting: Future[int] = Future()
    given: list[int] = []

    def source() -> Iterator[int | None]:
        yield 1
        assert given == []
        waiting.set_result(10)
        yield None
        assert given == [10]
        yield 2

    for unit, made in overlapped(source(), lambda n: waiting if n == 1 else done(n * 10)):
        assert isinstance(made, int)
        assert made == unit * 10
        given.append(made)
    assert given == [10, 20]


def test_heavy_units_wait_for_those_before_them() -> None:
    """Sixty-four may be held, but not if each is half of what may be held together."""
    taken: list[int] = []
    futures: dict[int, Future[int | WorkerFault | None]] = {}

    def source() -> Iterator[int]:
        for number in range(6):
            taken.append(number)
            yield number

    def start(number: int) -> Future[int | WorkerFault | None]:
        futures[number] = Future()
        return futures[number]

    most = 0
    polls = iter(range(10**9))

    def stopped() -> bool:
        nonlocal most
        held = [number for number, future in futures.items() if not future.done()]
        most = max(most, len(held))
        if next(polls) % 2 and held:  # the children finish one now and then
            futures[held[0]].set_result(held[0])
        return False

    got = list(overlapped(source(), start, weigh=lambda _n: HEAVIEST // 2, stopped=stopped))
    assert sorted(unit for unit, _ in got) == list(range(6))
    assert 2 <= most <= 3
