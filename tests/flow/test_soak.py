"""Weeks of running in an hour: nothing that the service holds grows with what it has read.

A job in hand holds what it is at (500 pages, a thousand feeds), which is no growth. So the outlets
fall silent now and then until all is read: the memory then is what would be there after months.

Memory is looked at after a warm-up, which lasts until so many items were read that what is
remembered up to a number is full, and until the eighth day by the service's clock is over: what is
done once a week, and what draws the first digest with a picture, has been done by then. With fewer
items (``TORKHAM_SOAK_ITEMS``) it lasts as long, and at least half of them come after it.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
import yaml

from store.sqlite import sqlite3
from tests.flow.newsroom import Installation, descendants
from tests.flow.soak_service import WARM_UP

BESIDE, ROOT = Path(__file__).parent, Path(__file__).resolve().parents[2]
ITEMS = int(os.environ.get("TORKHAM_SOAK_ITEMS", "100000"))
FEEDS, TIMES = 60, 1200  # an hour is 50 days
EVERY = 5.0  # seconds between two looks
WARM = min(10_000, ITEMS // 3)
"""Items at first, which fill what is remembered up to a number: 8,192 addresses, for one."""
RESTS, APART = 20, 2500  # after the warm-up, at least so many items apart: 1,500 may wait
STILL = 6.0  # seconds without work before memory is looked at
LOOKS = 60  # at the memory of a rest, a quarter of a second apart: jobs tick each second even then
ENDS = "('watchdog', 'cut_off')"  # what the service writes of a start that was none of ours
PAGES = (
    *("/", "/queue", "/search?q=Torkham", "/coverage", "/corpus", "/judgement", "/healthz"),
    "/pictures/coverage.png",  # what draws stays: 40 MB, else first wanted by the digest of day 7
)
SLOPE = 1.0  # megabytes for 10,000 items
MOST = {"descriptors": 512, "threads": 150, "processes": 4, "journal": 64}
"""What there may be at most while jobs are at work; the journal in megabytes."""
READERS = 50.0  # megabytes by which all reading children together may differ; they are renewed


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The service at one look. Memory in megabytes."""

    seconds: float
    items: int
    memory: float
    readers: float  # what its reading children hold together
    descriptors: int
    threads: int
    journal: float
    processes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """The least that the service holds while nothing is to be done. Memory in megabytes."""

    items: int
    memory: float
    descriptors: int
    threads: int
    opened: Mapping[str, int]  # what the descriptors lead to, by kind, at the last look


@contextmanager
def started(*words: object, cwd: Path, **more: Any) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, *map(str, words)], cwd=cwd, env=Installation.environ(), text=True, **more
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(60)
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def settings(http: int, smtp: int, desk: int) -> str:
    base = f"http://127.0.0.1:{http}/feed"
    mail = {
        "kind": "mail", "host": "127.0.0.1", "port": smtp, "security": "none",
        "from": "torkham@desk.example", "to": ["amna@desk.example", "gul@desk.example"],
    }  # fmt: skip
    return yaml.safe_dump({
        "feeds": [{"key": f"outlet-{n}", "url": f"{base}/{n}"} for n in range(FEEDS)],
        "fetch": {"host_gap": 0, "per_host": 8, "obey_robots": False, "deadline": 10},
        "pace": {"floor": "2h", "cap": "6h"},
        "web": {"port": desk},
        "backups": {"keep_days": 2, "keep_weeks": 0},
        "channels": {"team": mail},
        "digest": {"channels": ["team"]},
        "notices": {"channels": ["team"]},
        "alerts": [{"name": "Torkham", "any": ["Torkham"], "channels": ["team"]}],
    })  # fmt: skip


def status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)


def megabytes(pid: int) -> float:
    with suppress(OSError, KeyError):
        return int(status(pid)["VmRSS"].split()[0]) / 1024
    return 0.0


def opened(pid: int) -> Counter[str]:
    """Return what the descriptors of a process lead to: files by name, the others by kind."""
    kinds: Counter[str] = Counter()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            kinds[descriptor.readlink().name.split(":")[0]] += 1
    return kinds


class Watcher:
    """Looks at the service from outside: as the kernel, a reviewer and a mishap see it."""

    def __init__(self, pid: int, data: Path, desk: int, world: int) -> None:
        self.pid, self.data, self.desk, self.world = pid, data, desk, world
        self.began = time.monotonic()
        self.series: list[Seen] = []
        self.warm_at: float | None = None  # seconds; None until the warm-up is over
        self.at_rest: list[Rest] = []
        self.answers: list[int] = []
        self.killed = 0
        self._draw = random.Random(28)  # noqa: S311

    def rest(self) -> None:
        """Let the outlets fall silent until all is read, and see what the service holds then."""
        self._tell("rest")
        until, still, before = time.monotonic() + 300, time.monotonic(), -1
        while time.monotonic() - still < STILL:
            assert time.monotonic() < until, "it comes to no rest"
            time.sleep(0.5)
            now = self.rows("SELECT count(*) + sum(disposition = 'waiting') * 1e6 FROM items")[0][0]
            if now != before or now >= 1e6:
                still, before = time.monotonic(), now
        memory, descriptors, threads = [], [], []
        for _ in range(LOOKS):
            memory.append(megabytes(self.pid))
            descriptors.append(opened(self.pid))
            threads.append(int(status(self.pid)["Threads"]))
            time.sleep(0.25)
        self.at_rest.append(
            Rest(
                items=self.judged(), memory=min(memory), threads=min(threads),
                descriptors=min(one.total() for one in descriptors), opened=dict(descriptors[-1]),
            )
        )  # fmt: skip
        self._tell("go")

    def _tell(self, word: str) -> None:
        with urlopen(f"http://127.0.0.1:{self.world}/{word}", timeout=30) as answer:
            answer.read()

    def look(self) -> Seen:
        pid, children = self.pid, descendants(self.pid)
        journal = Path(f"{self.data}/torkham.db-wal")
        seen = Seen(
            seconds=time.monotonic() - self.began, items=self.judged(), memory=megabytes(pid),
            readers=sum(map(megabytes, children)),
            descriptors=opened(pid).total(),
            threads=int(status(pid)["Threads"]),
            journal=journal.stat().st_size / 2**20 if journal.exists() else 0.0,
            processes=len(children),
        )  # fmt: skip
        self.series.append(seen)
        return seen

    def rows(self, sql: str) -> list[Any]:
        db = sqlite3.connect(f"file:{self.data}/torkham.db?mode=ro", uri=True)
        try:
            return list(db.execute(sql).fetchall())
        finally:
            db.close()

    def judged(self) -> int:
        sql = "SELECT count(*) FROM items WHERE disposition <> 'waiting'"
        return int(self.rows(sql)[0][0])

    def visit(self) -> None:
        """Ask the desk for a page, as a person does now and then."""
        page = PAGES[len(self.answers) % len(PAGES)]
        try:
            with urlopen(f"http://127.0.0.1:{self.desk}{page}", timeout=30) as answer:
                answer.read()
                self.answers.append(answer.status)
        except URLError as error:
            self.answers.append(getattr(error, "code", 0))

    def mishap(self) -> None:
        """Kill a child that reads a document; the nursery, which is the first, now and then."""
        nursery, *children = [*sorted(descendants(self.pid)), 0]
        victims = [pid for pid in children if pid] or [nursery]
        if self._draw.random() < 0.1:
            victims = [nursery]
        with suppress(ProcessLookupError):
            if victims[0]:
                os.kill(self._draw.choice(victims), signal.SIGKILL)
                self.killed += 1


def slope(points: list[tuple[float, float]]) -> float:
    """Return by how much y grows with one of x, by least squares."""
    x, y = sum(one for one, _ in points) / len(points), sum(two for _, two in points) / len(points)
    spread = sum((one - x) * (one - x) for one, _ in points)
    return sum((one - x) * (two - y) for one, two in points) / (spread or 1)


def halves(of: Callable[[Sequence[float]], float], seen: Sequence[float]) -> tuple[float, float]:
    """Return what there is of the first half and of the second."""
    half = len(seen) // 2
    return of(seen[:half]), of(seen[half:])


@pytest.mark.long
@pytest.mark.row(28)
@pytest.mark.timeout(6 * 3600)
def test_memory_descriptors_threads_and_journal_stay_flat_over_100_000_items(
    tmp_path: Path, figure: Callable[..., None]
) -> None:
    began = time.monotonic()
    world = [BESIDE / "soak_world.py", ITEMS, FEEDS, TIMES, began]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with started(*world, cwd=tmp_path, **pipes) as outlets:
        assert outlets.stdout is not None
        ports, desk = json.loads(outlets.stdout.readline()), free_port()
        (tmp_path / "feeds.yaml").write_text(settings(ports["http"], ports["smtp"], desk))
        log = (tmp_path / "log.txt").open("w")
        words = [BESIDE / "soak_service.py", ports["http"], TIMES, began, ITEMS]
        with log, started(*words, cwd=tmp_path, stdout=log, stderr=log) as service:
            watcher = Watcher(service.pid, tmp_path / "data", desk, ports["http"])
            soak(watcher, service, tmp_path)
    judge(watcher, figure)


def soak(watcher: Watcher, service: subprocess.Popen[str], folder: Path) -> None:
    series = (folder / "series.jsonl").open("w")
    standing, last = time.monotonic(), 0
    rests: list[int] = []
    with series:
        while last < ITEMS:
            time.sleep(EVERY)
            assert service.poll() is None, (folder / "log.txt").read_text()[-2000:]
            if not (watcher.data / "torkham.db").exists():
                continue
            seen = watcher.look()
            series.write(json.dumps(asdict(seen)) + "\n")
            series.flush()
            watcher.visit()
            watcher.mishap()
            if watcher.warm_at is None and is_warm(seen):
                watcher.warm_at, rests = seen.seconds, planned(seen.items)
            if rests and last >= rests[0]:
                del rests[0]
                watcher.rest()
                series.write(json.dumps({"at_rest": asdict(watcher.at_rest[-1])}) + "\n")
            if seen.items > last:
                standing, last = time.monotonic(), seen.items
            assert time.monotonic() - standing < 600, "it stands still"


def is_warm(seen: Seen) -> bool:
    return seen.items >= WARM and seen.seconds * TIMES / 86_400 > WARM_UP


def planned(items: int) -> list[int]:
    """Return at how many items memory is looked at, the first time at once."""
    left = ITEMS - items
    rests = max(4, min(RESTS, left // APART))
    return [items + n * left // rests for n in range(rests)]


def judge(watcher: Watcher, figure: Callable[..., None]) -> None:
    assert watcher.warm_at is not None, "the warm-up took all items"
    warm = [seen for seen in watcher.series if seen.seconds > watcher.warm_at]
    rests = watcher.at_rest
    grows = slope([(rest.items / 10_000, rest.memory) for rest in rests])
    usual = {
        name: halves(median, [getattr(rest, name) for rest in rests])
        for name in ("descriptors", "threads")
    }
    most = {
        name: halves(max, [getattr(seen, name) for seen in warm]) for name in (*MOST, "readers")
    }
    again = watcher.rows(f"SELECT count(*) FROM notes WHERE kind IN {ENDS}")[0][0]  # noqa: S608
    last = warm[-1]
    figure(
        f"{last.items:,} items in {last.seconds / 60:.0f} min,"
        f" {last.seconds * TIMES / 86_400:.0f} days by its clock, {watcher.killed} readers killed:"
        f" at rest {grows:+.2f} MB per 10,000 items,"
        f" from {rests[0].memory:.1f} to {rests[-1].memory:.1f} MB;"
        + "".join(
            f" {name} at rest {one:.0f} then {two:.0f}," for name, (one, two) in usual.items()
        )
        + "".join(f" {name} at most {one:.0f} then {two:.0f}," for name, (one, two) in most.items())
        + f" {again} restarts"
    )
    assert grows < SLOPE
    assert again == 0
    for name, (one, two) in usual.items():
        assert two <= one + 2, name
    for name, bound in MOST.items():
        assert max(most[name]) <= bound, name
    assert most["readers"][1] <= most["readers"][0] + READERS
    assert set(watcher.answers) <= {200, 503}, "503 is what /healthz says of a world with faults"
