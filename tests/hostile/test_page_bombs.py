"""A page made to break whoever reads it costs itself alone: bounded time, bounded memory."""

from __future__ import annotations

import json
import math
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trafilatura

from monitor.edge.worker import WorkerFault, Workers
from monitor.model import ArticleText
from monitor.stages.extract import extract

NOW = datetime(2026, 3, 1, tzinfo=UTC)
WALL = 2.0  # seconds; the machine of a test run may be busy
FULL_WALL, FULL_MEMORY = 30.0, 1_000_000_000  # what the product allows a document
ARTICLE = (
    b"<html><head><title>Convoy</title></head><body><article><h1>Convoy crosses the pass</h1>"
    + b"<p>Forty lorries of wheat crossed the pass on Monday, the administration said.</p>" * 6
    + b"</article></body></html>"
)


def page(middle: str) -> bytes:
    return f"<html><head><title>x</title></head><body>{middle}</body></html>".encode()


BOMBS = {
    "two megabytes of structured data": page(
        '<script type="application/ld+json">' + '{"@type": [' * 180_000 + "</script><p>Text.</p>"
    ),
    "a hundred thousand table rows": page(
        "<table>" + "<tr><td>Cell of a row</td></tr>" * 100_000 + "</table>"
    ),
    "a hundred thousand paragraphs": page("<p>One of very many short paragraphs.</p>" * 100_000),
    "five megabytes of line breaks": page("<p>" + "word<br>" * 600_000 + "</p>"),
    "tags nested very deep": page("<div><b>" * 60_000 + "deep"),
}


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers(count=2, wall_seconds=WALL, cpu_seconds=5, memory_bytes=700_000_000) as two:
        two.submit(math.sqrt, 4.0).result()  # the nursery's start is not part of any limit
        yield two


LIMITED = {"time", "cpu", "memory", "crash"}


@pytest.mark.parametrize(
    "name",
    # The slow ones run into the wall clock, as the sleeper above does every day.
    [
        "tags nested very deep",
        pytest.param("five megabytes of line breaks", marks=pytest.mark.slow),
        pytest.param("two megabytes of structured data", marks=pytest.mark.slow),
        pytest.param("a hundred thousand table rows", marks=pytest.mark.slow),
        pytest.param("a hundred thousand paragraphs", marks=pytest.mark.slow),
    ],
)
def test_a_page_bomb_costs_at_most_the_limit_and_its_neighbours_nothing(
    workers: Workers, name: str
) -> None:
    began = time.monotonic()
    raw: Any = workers.submit(trafilatura.extract, BOMBS[name].decode())
    good = workers.submit(
        extract, ARTICLE, content_type="text/html", url="https://x.example/b", fetched_at=NOW
    )
    text = good.result(timeout=30)
    assert isinstance(text, ArticleText)
    assert "Forty lorries of wheat crossed the pass on Monday" in text.body
    problem = raw.exception(timeout=30)
    # Out of memory, libxml2 says "unknown error" of an expression that it knew before.
    short = problem is not None and "XPathEvalError" in str(problem)
    assert problem is None or problem.kind in LIMITED or short
    assert time.monotonic() - began < WALL + 4


@pytest.mark.parametrize("name", BOMBS)
def test_our_own_reading_of_a_page_bomb_ends_within_the_limit_too(
    workers: Workers, name: str
) -> None:
    began = time.monotonic()
    ours = workers.submit(
        extract, BOMBS[name], content_type="text/html", url="https://x.example/a", fetched_at=NOW
    )
    problem: Any = ours.exception(timeout=30)
    assert problem is None or problem.kind in LIMITED
    assert time.monotonic() - began < WALL + 4


# --- at the product's own limits --------------------------------------------------------------


class Peaks:
    """The most memory that any child held, looked at again and again."""

    def __init__(self, workers: Workers) -> None:
        self.workers = workers
        self.highest = 0
        self.ended = threading.Event()

    def look(self) -> None:
        while not self.ended.wait(0.02):
            for pid in self.workers.pids()[:-1]:
                self.highest = max(self.highest, _peak(pid))


def _peak(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    found = status.partition("VmHWM:")[2].split()
    return int(found[0]) * 1024 if found else 0


@contextmanager
def peaks_of(workers: Workers) -> Iterator[Peaks]:
    peaks = Peaks(workers)
    looking = threading.Thread(target=peaks.look)
    looking.start()
    try:
        yield peaks
    finally:
        peaks.ended.set()
        looking.join()


def read(workers: Workers, page: bytes) -> Any:
    return workers.submit(
        extract, page, content_type="text/html", url="https://x.example/a", fetched_at=NOW
    )


FAULTS: dict[str, tuple[Callable[..., Any], Any]] = {
    "crash": (signal.raise_signal, int(signal.SIGSEGV)),
    "kill": (signal.raise_signal, int(signal.SIGKILL)),
    "hog": (json.loads, "[" + "{}," * 15_000_000 + "{}]"),
    "hog at once": (bytearray, 2_000_000_000),
    "exit": (os._exit, 3),
}


@pytest.mark.slow
@pytest.mark.row(26)
def test_bombs_crashes_kills_and_hogs_at_the_products_limits_cost_only_themselves(
    figure: Any,
) -> None:
    """One reader hangs for all of its half minute; the other goes through everything else."""
    slowest = 0.0
    ended: list[float] = []
    with (
        Workers(count=2, wall_seconds=FULL_WALL, memory_bytes=FULL_MEMORY) as two,
        peaks_of(two) as peaks,
    ):
        two.submit(math.sqrt, 4.0).result()  # the nursery's start is not part of any limit
        began = time.monotonic()
        hanging: Any = two.submit(signal.pause)
        hanging.add_done_callback(lambda _: ended.append(time.monotonic()))
        bad: list[Callable[[], Any]] = [partial(read, two, page) for page in BOMBS.values()]
        bad += [partial(two.submit, function, word) for function, word in FAULTS.values()]
        for do in bad:
            began_one = time.monotonic()
            under_way, neighbour = do(), read(two, ARTICLE)
            problem: Any = under_way.exception(timeout=60)
            assert problem is None or isinstance(problem, WorkerFault)
            assert isinstance(neighbour.result(timeout=60), ArticleText)
            slowest = max(slowest, time.monotonic() - began_one)
        assert hanging.exception(timeout=60).kind == "time"
    hung = ended[0] - began
    assert slowest < FULL_WALL + 2
    assert FULL_WALL - 1 < hung < FULL_WALL + 2
    assert peaks.highest <= FULL_MEMORY
    figure(f"{len(BOMBS)} page bombs and {len(FAULTS)} crashes, kills and hogs: {slowest:.1f} s at"
           f" most, one that hangs {hung:.1f} s, {peaks.highest / 1e6:.0f} MB at most,"
           f" 0 of {len(bad)} other pages lost")  # fmt: skip
