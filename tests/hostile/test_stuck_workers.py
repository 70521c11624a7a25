"""A reader that stands still, or what starts readers, costs its own document for a short time."""

from __future__ import annotations

import math
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from monitor.edge.worker import WorkerFault, Workers

WALL, ANSWER = 1.5, 1.0  # seconds
ENDLESS = "a" * 60  # keeps the expression (a+)+b busy for years


class Record:
    """What was told, by whichever thread."""

    def __init__(self) -> None:
        self.sentences: list[str] = []

    def __call__(self, sentence: str) -> None:
        self.sentences.append(sentence)


@pytest.fixture
def record() -> Record:
    return Record()


@pytest.fixture
def three(record: Record) -> Iterator[Workers]:
    with Workers(
        count=3, wall_seconds=WALL, cpu_seconds=20, answer_seconds=ANSWER, preload=()
    ) as made:
        made.told = record
        made.submit(math.sqrt, 4.0).result()  # the nursery's start is not part of any limit
        yield made


def at_work(workers: Workers, number: int) -> list[int]:
    """Wait until so many children live; return them."""
    ends = time.monotonic() + 10
    while len(workers.pids()) <= number and time.monotonic() < ends:
        time.sleep(0.01)
    return workers.pids()[:-1]


def state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def stop(pid: int) -> None:
    """Stop a process so that it does nothing any more, and wait until it does."""
    os.kill(pid, signal.SIGSTOP)
    ends = time.monotonic() + 10
    while state(pid) != "T" and time.monotonic() < ends:
        time.sleep(0.005)


def kind_of(future: Future[Any]) -> str:
    with pytest.raises(WorkerFault) as caught:
        future.result(timeout=30)
    return caught.value.kind


def stopped_at_work(workers: Workers) -> int:
    """Three children stopped in the middle of a task; each fails alone."""
    futures = [workers.submit(time.sleep, 0.3) for _ in range(3)]
    for pid in at_work(workers, 3):
        stop(pid)
    assert [kind_of(future) for future in futures] == ["time"] * 3
    return 3


def stopped_while_idle(workers: Workers) -> int:
    """A child stopped between two tasks: the next one fails, the one after it does not."""
    workers.submit(math.sqrt, 1.0).result()
    for pid in workers.pids()[:-1]:
        stop(pid)
    stopped = len(workers.pids()) - 1
    futures = [workers.submit(math.sqrt, 1.0) for _ in range(stopped)]
    assert [kind_of(future) for future in futures] == ["time"] * stopped
    return stopped


def deadlocked(workers: Workers) -> int:
    futures: list[Future[Any]] = [workers.submit(signal.pause) for _ in range(3)]
    assert [kind_of(future) for future in futures] == ["time"] * 3
    return 3


def spinning(workers: Workers) -> int:
    futures: list[Future[Any]] = [workers.submit(re.fullmatch, r"(a+)+b", ENDLESS)]
    assert [kind_of(future) for future in futures] == ["time"]
    return 1


def stopped_nursery(workers: Workers) -> int:
    """What starts children stops, and one of them is gone: nothing of the tasks is lost."""
    workers.submit(math.sqrt, 1.0).result()
    *children, nursery = workers.pids()
    for child in children:
        os.kill(child, signal.SIGKILL)
    stop(nursery)
    futures = [workers.submit(math.sqrt, float(number)) for number in range(6)]
    assert [future.result(timeout=30) for future in futures] == [
        math.sqrt(number) for number in range(6)
    ]
    assert workers.pids()[-1] != nursery
    return 1


def all_stopped(workers: Workers) -> int:
    """Child and nursery at once: how the child ended is never known, as if it could not end."""
    future = workers.submit(time.sleep, 0.5)
    *children, nursery = at_work(workers, 1) + workers.pids()[-1:]
    for pid in (*children, nursery):
        stop(pid)
    assert kind_of(future) == "time"
    return 2  # a reader that gave no answer, a nursery that did not say how it ended


@pytest.mark.row(29)
@pytest.mark.slow
def test_readers_that_stand_still_are_ended_and_said_and_the_next_documents_are_read(
    three: Workers, record: Record, figure: Any
) -> None:
    kinds: tuple[Callable[[Workers], int], ...] = (
        stopped_at_work, stopped_while_idle, deadlocked, spinning, stopped_nursery, all_stopped,
        stopped_at_work,
    )  # fmt: skip
    stood, longest = 0, 0.0
    for stand_still in kinds:
        began = time.monotonic()
        stood += stand_still(three)
        good = [three.submit(math.factorial, number) for number in range(12)]
        assert [future.result(timeout=30) for future in good] == [
            math.factorial(number) for number in range(12)
        ]
        longest = max(longest, time.monotonic() - began)
        assert len(record.sentences) == stood, record.sentences
    assert stood >= 16
    assert longest < 2 * (WALL + ANSWER) + 5, "twice the limit, and what a busy machine adds"
    assert {sentence.split()[0] for sentence in record.sentences} == {"A", "The"}
    figure(f"{stood} of {stood} stopped, deadlocked and spinning readers on record, limit {WALL} s:"
           f" all read on after {longest:.1f} s at most")  # fmt: skip


def test_a_task_whose_child_died_with_the_nursery_is_done_again(three: Workers) -> None:
    futures = [three.submit(time.sleep, 0.4) for _ in range(3)]
    at_work(three, 3)
    os.kill(three.pids()[-1], signal.SIGKILL)
    assert [future.exception(timeout=30) for future in futures] == [None] * 3


def test_closing_waits_for_no_nursery_that_is_stopped(three: Workers) -> None:
    stop(three.pids()[-1])
    began = time.monotonic()
    closing = threading.Thread(target=three.close)
    closing.start()
    closing.join(20)
    assert time.monotonic() - began < 8
    assert three.pids() == []
