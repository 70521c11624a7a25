"""What an engine promises: the same results in the same order, whoever reads and whatever dies."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from monitor.archives.engines import Engine, EngineError, engine, in_order
from monitor.archives.model import Span, Worked
from tests.flow import spans
from tests.flow.spans import LINES, MODULE, never, run, undisturbed

POISONED = [*LINES[:150], "crash", *LINES[150:200], "raise", "eat", *LINES[200:]]


def children(pid: int | None = None) -> set[int]:
    """Return all processes that descend from one, by number."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            parents.setdefault(parent, []).append(int(entry.name))
    found: set[int] = set()
    more = [pid or os.getpid()]
    while more:
        more = [child for one in more for child in parents.get(one, []) if child not in found]
        found.update(more)
    return found


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> str:
    return spans.archive(tmp_path_factory.mktemp("whole") / "lines", LINES)


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> str:
    return spans.archive(tmp_path_factory.mktemp("bad") / "lines", POISONED)


# --- on this machine ------------------------------------------------------------------------


class _Slow:
    """A result that is not there yet."""

    def result(self) -> bytes:
        return b""

    def done(self) -> bool:
        return True

    def add_done_callback(self, fn: Callable[[object], object], /) -> object:
        return fn(self)


def test_more_spans_are_handed_out_as_soon_as_more_workers_are_there() -> None:
    """And for workers that come later: a queue of batch jobs lets them in one by one."""
    handed: list[Span] = []
    workers = [1]

    def hand_out(span: Span) -> _Slow:
        handed.append(span)
        return _Slow()

    every = [Span(source="a", kind="warc", number=n, start=n, end=n + 1) for n in range(100)]
    going = in_order(every, hand_out, window=lambda: 4 * workers[0])
    next(going)
    assert len(handed) == 4
    workers[0] = 8
    next(going)
    assert len(handed) == 33
    assert [span.number for span, _ in going] == list(range(2, 100))


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_so_many_children_give_the_same_results_in_the_order_of_the_archive(
    whole: str, workers: int
) -> None:
    with engine("local", workers=workers, module=MODULE) as one:
        assert run(one, whole) == undisturbed(whole)


def test_a_record_that_kills_its_reader_costs_that_record_alone(bad: str) -> None:
    with engine("local", workers=2, module=MODULE) as one:
        results = run(one, bad)
    assert [(fault.reason, fault.offset > 0) for w in results for fault in w.faults] == [
        ("crash", True), ("error", True), ("memory", True),
    ]  # fmt: skip
    assert sum(worked.records for worked in results) == len(POISONED)
    counted = sum(n for w in results for fate, n in w.counts.items() if fate[:6] != "failed")
    assert counted == len(LINES)


def test_a_record_without_an_end_is_ended_and_said_to_take_too_long(tmp_path: Path) -> None:
    """In words that do not depend on how busy the machine is."""
    source = spans.archive(tmp_path / "lines", ["record 1", "loop", "record 7"])
    with engine("local", workers=1, module=MODULE) as one:
        (worked,) = run(one, source)
    assert [(fault.reason, fault.detail) for fault in worked.faults] == [
        ("time", "It took longer to read than a record may.")
    ]
    assert worked.counts == {"rejected": 1, "failed:time": 1, "queued": 1}


def test_a_child_that_is_killed_from_outside_costs_no_record(whole: str) -> None:
    """Whoever killed it: no document did, so no document is booked for it."""
    over = threading.Event()
    with engine("local", workers=2, module=MODULE) as one:
        mine = threading.Thread(target=_kill_children, args=(one, over))
        mine.start()
        try:
            results = run(one, whole, each=40)
        finally:
            over.set()
            mine.join()
    assert results == undisturbed(whole, each=40)


def _kill_children(one: Engine, over: threading.Event) -> None:
    for _ in range(4):
        if over.wait(0.25):
            return
        for pid in one.pids()[:1]:  # type: ignore[attr-defined]
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


class Counted:
    """Spans, and how far ahead of the results they were taken."""

    def __init__(self, every: list[Span]) -> None:
        self.every, self.taken, self.back, self.most = every, 0, 0, 0

    def __iter__(self) -> Iterator[Span]:
        for span in self.every:
            self.taken += 1
            self.most = max(self.most, self.taken - self.back)
            yield span


def test_only_so_many_spans_are_in_hand_however_long_the_archive_is(whole: str) -> None:
    counted = Counted(spans.cut(whole, 3))
    with engine("local", workers=2, module=MODULE) as one:
        for _ in one.run(counted, spans.RECIPE, stopped=never):
            counted.back += 1
    assert counted.back == len(counted.every) == 100
    assert counted.most <= 9


def test_a_span_may_be_asked_for_while_others_are_under_way(whole: str) -> None:
    every = spans.cut(whole, 50)
    with engine("local", workers=1, module=MODULE) as one:
        outer = one.run(every, spans.RECIPE, stopped=never)
        first = next(outer)
        (inner,) = one.run([every[3]], spans.RECIPE, stopped=never)
        assert [first, *outer][3] == inner


def test_when_it_is_to_stop_it_stops_and_leaves_nobody(whole: str) -> None:
    before, got = children(), list[Worked]()
    with engine("local", workers=2, module=MODULE) as one:
        going = one.run(spans.cut(whole, 10), spans.RECIPE, stopped=lambda: len(got) >= 2)
        for worked in going:
            got.append(worked)
    assert 2 <= len(got) <= 3
    assert children() <= before


def test_an_archive_that_is_gone_stops_the_run_and_books_nothing(tmp_path: Path) -> None:
    source = spans.archive(tmp_path / "lines", LINES[:20])
    cut = spans.cut(source, 5)
    Path(source).unlink()
    with (
        engine("local", workers=1, module=MODULE) as one,
        pytest.raises(EngineError, match=r"lines: FileNotFoundError"),
    ):
        list(one.run(cut, spans.RECIPE, stopped=never))


# --- on a cluster ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cluster(whole: str, bad: str) -> Iterator[Engine]:
    """A cluster of two workers, started once."""
    with engine("dask", workers=2, module=MODULE, sources=[whole, bad]) as one:
        yield one


@pytest.mark.slow
def test_two_workers_of_dask_give_what_one_process_gives(cluster: Engine, whole: str) -> None:
    assert run(cluster, whole) == undisturbed(whole)


@pytest.mark.slow
def test_a_poisoned_record_kills_no_worker_of_dask(cluster: Engine, bad: str) -> None:
    workers = set(cluster._client.nthreads())  # type: ignore[attr-defined]
    with engine("local", workers=1, module=MODULE) as local:
        assert run(cluster, bad) == run(local, bad)
    assert workers <= set(cluster._client.nthreads())  # type: ignore[attr-defined]


@pytest.mark.slow
def test_a_cluster_of_our_own_listens_to_this_machine_alone_and_to_nobody_unknown(
    cluster: Engine,
) -> None:
    """Whoever reaches a port of Dask's may run code there."""
    heard = [
        one.laddr.ip
        for pid in {os.getpid(), *children()}
        for one in psutil.Process(pid).net_connections("inet")
        if one.status == psutil.CONN_LISTEN
    ]
    assert len(heard) >= 3
    assert set(heard) == {"127.0.0.1"}
    workers = cluster._client.nthreads()  # type: ignore[attr-defined]
    assert all(address.startswith("tls://127.0.0.1:") for address in workers)


@pytest.mark.slow
def test_what_a_killed_worker_had_in_hand_is_done_again_by_dask(
    cluster: Engine, whole: str
) -> None:
    """Its children leave with it, and another worker takes its place."""
    results, killed = [], 0
    for worked in cluster.run(spans.cut(whole, 5), spans.RECIPE, stopped=never):
        results.append(worked)
        if len(results) == 15:
            killed = next(iter(cluster._client.run(os.getpid).values()))  # type: ignore[attr-defined]
            own = children(killed)
            os.kill(killed, signal.SIGKILL)
    assert results == undisturbed(whole, each=5)
    assert own, "it was to have a reader"
    assert not [pid for pid in own if _alive(pid)]


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.mark.slow
def test_dask_too_has_only_so_many_spans_in_hand_and_stops_when_told(
    cluster: Engine, whole: str
) -> None:
    counted = Counted(spans.cut(whole, 1))
    for _ in cluster.run(counted, spans.RECIPE, stopped=lambda: counted.back >= 60):
        counted.back += 1
    assert 60 <= counted.back <= 61
    assert counted.most <= 9
