"""How fast are archives read back: here, on two workers of Dask, and by the obvious loop?

    make bench-backfill
    python -m bench.backfill --cost RECORDS GB [--share 0.05]

The archive is made of the sample newsroom's pages and, where they are, the private ones; see
bench/archives.py. Speed is that of the engines: reading, pre-filter, extraction, screen, judgement,
everything but the store. CPU is that of all processes of a side, start-up apart; the wall clock
stands beside it. Equality and kills are of whole runs with a store.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import trafilatura
from warcio.archiveiterator import ArchiveIterator

from bench import archives, backfill_kills
from bench.figures import ROUNDS, Figure, options, presented, ratio
from classifiers.pack import Team
from monitor.archives.cutting import cut
from monitor.archives.engines import Engine, engine
from monitor.archives.model import Outlet, Recipe, Span, Worked
from monitor.archives.recipes import recipe_of, tools
from monitor.model import Thresholds

COMMAND = "make bench-backfill"
WORKERS = 2
AIM = 0.8
CHILDREN = "two children of one machine"
SEED = 8
TOPIC = "pak_afg_ttp"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
PAGES = {True: 150, False: 500}
"""Of the archive, by whether it is to be quick."""
KILLS = 20
MONTH = (11_700_000, 500.0)
"""Records and gigabytes of a month of Common Crawl news: FineNews counted 11.5 to 11.7 million
pages in each of March to May 2024; files of 1.07 GB came 18 a day in June 2021."""
SHARE = 0.05
"""Of the pages of a month that carry one of the topic's names: a guess; `--dry-run` tells."""


# --- clocks ---------------------------------------------------------------------------------


def tree_cpu() -> float:
    """Return the CPU seconds of this process and of everything that descends from it.

    The kernel adds what ended to its parent; ``getrusage`` would not know of those that live.
    """
    parents: dict[int, list[int]] = {}
    used: dict[int, float] = {}
    tick = os.sysconf("SC_CLK_TCK")
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with suppress(OSError):
            told = (entry / "stat").read_text().rpartition(")")[2].split()
            parents.setdefault(int(told[1]), []).append(int(entry.name))
            own = int(entry.name) == os.getpid()  # exactly, not in hundredths of a second
            ticks = told[13:15] if own else told[11:15]
            used[int(entry.name)] = sum(map(int, ticks)) / tick
    total, more = time.process_time(), [os.getpid()]
    while more:
        total += sum(used.get(pid, 0.0) for pid in more)
        more = [child for pid in more for child in parents.get(pid, [])]
    return total


# --- the sides ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What both engines are given."""

    path: Path
    spans: Sequence[Span]
    recipe: Recipe

    def on(self, one: Engine) -> list[Worked]:
        """Return everything that came of it."""
        return list(one.run(self.spans, self.recipe, stopped=lambda: False))

    def from_the_start(self, kind: Any) -> list[Worked]:
        """Return the same, with the engine started for it and ended after it."""
        with engine(kind, workers=WORKERS, sources=[str(self.path)]) as one:
            return self.on(one)


def obvious(path: Path) -> int:
    """Read an archive as anybody would: warcio, trafilatura, a loop."""
    read = 0
    with path.open("rb") as file:
        for record in ArchiveIterator(file):
            head = record.http_headers
            if record.rec_type != "response" or head is None or head.get_statuscode() != "200":
                continue
            body = record.content_stream().read()
            url = record.rec_headers.get_header("WARC-Target-URI")
            trafilatura.bare_extraction(body, url=url, with_metadata=True)
            read += 1
    return read


def walked(path: Path) -> int:
    """Read an archive with warcio and do nothing with it."""
    with path.open("rb") as file:
        return sum(len(one.content_stream().read()) for one in ArchiveIterator(file))


def walked_fast(path: Path) -> int:
    """Read an archive with FastWARC and do nothing with it."""
    from fastwarc.warc import ArchiveIterator as Fast

    with path.open("rb") as file:
        return sum(len(one.reader.read()) for one in Fast(file, parse_http=True))


# --- measuring ------------------------------------------------------------------------------


def written(path: Path, pages: Sequence[archives.Saved]) -> Path:
    """Write an archive and return where it is."""
    archives.written(path, pages)
    return path


def job(path: Path) -> Job:
    """Return an archive with the recipe of a fresh installation."""
    recipe = recipe_of(
        topic=TOPIC, pack=TOPIC, team=Team(), live="", thresholds=Thresholds(), wrappers={},
        outlets={}, version="bench", now=NOW,
    )  # fmt: skip
    source = cut(str(path))
    return Job(path=path, spans=source.spans, recipe=recipe)


@dataclass(slots=True)
class Taken:
    """What a side cost in each round, in seconds of CPU and on the clock of the wall."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    def take(self, run: Callable[[], object]) -> None:
        """Run it once and keep what it cost."""
        cpu, wall = tree_cpu(), time.perf_counter()
        run()
        self.cpu.append(tree_cpu() - cpu)
        self.wall.append(time.perf_counter() - wall)


def taken(sides: Mapping[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, Taken]:
    """Return what each side cost, in turns, the order turned round from one to the next."""
    found = {name: Taken() for name in sides}
    for at in range(rounds):
        for name in list(sides) if at % 2 == 0 else list(sides)[::-1]:
            found[name].take(sides[name])
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What the sides cost, and what came of the archive."""

    running: Mapping[str, Taken]  # with everything started before
    started: Mapping[str, Taken]  # with starting and ending
    results: Sequence[Worked]
    alike: bool

    @property
    def records(self) -> int:
        """How many records the archive has."""
        return sum(one.records for one in self.results)

    def came_to(self, fate: str) -> int:
        """Return how many records had this fate."""
        return sum(one.counts.get(fate, 0) for one in self.results)

    @property
    def pages(self) -> int:
        """How many of the records are pages."""
        return self.records - self.came_to("not_page")

    @property
    def passed(self) -> int:
        """How many of the pages carry a name."""
        return self.pages - self.came_to("prefiltered")


def run(work: Job) -> Run:
    """Run both engines on an archive, beside the obvious loop."""
    with (
        engine("local", workers=WORKERS) as local,
        engine("dask", workers=WORKERS, sources=[str(work.path)]) as dask,
    ):
        first = work.on(local)
        alike = first == work.on(dask)
        running = taken({
            "local": lambda: work.on(local),
            "dask": lambda: work.on(dask),
            "obvious": lambda: obvious(work.path),
            "warcio": lambda: walked(work.path),
            "FastWARC": lambda: walked_fast(work.path),
        })  # fmt: skip
    started = taken({
        "local": lambda: work.from_the_start("local"),
        "dask": lambda: work.from_the_start("dask"),
    })  # fmt: skip
    return Run(running=running, started=started, results=first, alike=alike)


def real(size: int) -> list[archives.Saved]:
    """Return so many real pages where there are any: those of the sample are small."""
    found = archives.private()
    random.Random(SEED).shuffle(found)  # noqa: S311 - the same ones on every run
    return found[:size] or archives.mixed(size)


def costs(pages: Sequence[archives.Saved], folder: Path) -> tuple[Cost, list[Figure]]:
    """Measure what records cost: of an archive without any name, and of one with names alone."""
    parted: dict[bool, list[archives.Saved]] = {True: [], False: []}
    sieve = tools(job(written(folder / "all.warc.gz", pages)).recipe)
    home = Outlet(outlet="")
    for page in pages:
        host = urlsplit(page.url).netloc
        parted[sieve.passes(page.body, "text/html; charset=utf-8", host, home)].append(page)
    without, named = (
        job(written(folder / f"{name}.warc.gz", parted[name == "named"]))
        for name in ("without", "named")
    )
    with engine("local", workers=WORKERS) as local:
        counted = [sum(one.records for one in work.on(local)) for work in (without, named)]
        took = taken({"without": lambda: without.on(local), "named": lambda: named.on(local)})
    sifted, read = (
        [seconds / records * 1_000 for seconds in took[name].cpu]
        for name, records in zip(("without", "named"), counted, strict=True)
    )
    cost = Cost(sifted=median(sifted), read=max(0.0, median(read) - median(sifted)))
    figures = [
        Figure.of(f"CPU of 1,000 records {what}", rounds, "s", command=COMMAND, better="less")
        for what, rounds in (("that are passed over", sifted), ("that are read", read))
    ]
    return cost, figures


def speeds(made: Run, data: str) -> list[Figure]:
    """Say what a run tells."""
    rest: dict[str, Any] = {"data": data, "command": COMMAND}
    at, whole = made.running, made.started
    rate = [made.records / seconds for seconds in at["local"].cpu]
    loop = "warcio and trafilatura in a loop"
    beside = f"{made.passed} of {made.pages} pages carry a name"
    return [
        _beside("two Dask workers, CPU", at["local"].cpu, at["dask"].cpu, CHILDREN, AIM, rest),
        _beside("two Dask workers, wall", at["local"].wall, at["dask"].wall, CHILDREN, AIM, rest),
        _beside("with their start, CPU", whole["local"].cpu, whole["dask"].cpu, CHILDREN, None,
                rest),
        _beside("with their start, wall", whole["local"].wall, whole["dask"].wall, CHILDREN, None,
                rest),
        _beside("an archive read", at["obvious"].cpu, at["local"].cpu, loop, None, rest),
        _beside("FastWARC walks", at["warcio"].cpu, at["FastWARC"].cpu, "warcio", None, rest),
        Figure.of("FastWARC's part of the work",
                  [a / b for a, b in zip(at["FastWARC"].cpu, at["local"].cpu, strict=True)],
                  "share", **rest),
        Figure.of("records read", rate, "per second and core", beside=beside, **rest),
        Figure.of("pages passed over unread", [1 - made.passed / made.pages], "share", **rest),
        Figure.of("results alike, local and Dask", [float(made.alike)], "share", aim=1.0, **rest),
    ]  # fmt: skip


def _beside(
    name: str, theirs: Sequence[float], ours: Sequence[float], rival: str, aim: float | None,
    rest: Mapping[str, Any],
) -> Figure:  # fmt: skip
    value, low, high = ratio(theirs, ours)
    return Figure(
        name=name, value=value, low=low, high=high, unit="times", rival=rival, aim=aim,
        rounds=len(ours), **rest,
    )  # fmt: skip


def kills(pages: Sequence[archives.Saved], folder: Path, count: int) -> list[Figure]:
    """Kill ``count`` times, and count what was lost or doubled."""
    parts = archives.many(folder / "parts", pages, files=40)
    made = backfill_kills.killed(parts, folder, kills=count, seed=SEED)
    print(made)
    rest: dict[str, Any] = {"unit": "items", "aim": 0.0, "better": "less", "command": COMMAND,
            "data": f"{made.kills.total()} kills", "beside": str(made)}  # fmt: skip
    return [
        Figure(name=name, value=value, low=value, high=value, **rest)
        for name, value in (
            ("lost by kills", float(made.lost)), ("doubled by kills", float(made.doubled)),
            ("tables unlike the undisturbed store's", float(len(made.differing))),
        )
    ]  # fmt: skip


def measure(*, quick: bool) -> list[Figure]:
    """Measure everything."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "made.warc.gz"
        pages = archives.mixed(PAGES[quick])
        private = len(archives.private())
        data = f"{len(pages)} pages of the sample newsroom and {private} private ones"
        found = speeds(run(job(written(path, pages))), data)
        cost, more = costs(real(PAGES[quick]), folder)
        found += more
        for line in month(cost, *MONTH, SHARE):
            print(line)
        found += kills(pages, folder / "kills", 4 if quick else KILLS)
    return found


# --- what it costs --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """CPU seconds for a thousand records, and on top for a thousand that carry a name."""

    sifted: float
    read: float

    def hours(self, records: float, share: float) -> float:
        """Return the core-hours for so many records, of which ``share`` carry a name."""
        return records / 1_000 * (self.sifted + share * self.read) / 3_600


def month(cost: Cost, records: float, gigabytes: float, share: float) -> list[str]:
    """Return what an archive of this size costs, a line each."""
    hours = cost.hours(records, share)
    lines = [
        f"{records:,.0f} records, {gigabytes:,.0f} GB, {share:.1%} of them with one of the names:",
        (
            f"  {records:,.0f} / 1,000 x ({cost.sifted:.2f} + {share:.3f} x {cost.read:.2f}) s"
            f" / 3,600 = {hours:,.1f} core-hours"
        ),
    ]
    lines += [
        f"  on {cores} cores {_span(hours / cores)}"
        for cores in (2, 8, 32, 64)
        if hours / cores > 0
    ]
    lines += [
        f"  to fetch at {rate:,} Mbit/s {_span(gigabytes * 8_000 / rate / 3_600)}"
        for rate in (100, 1_000)
    ]
    return lines


def _span(hours: float) -> str:
    if hours < 1:
        return f"{hours * 60:.0f} minutes"
    return f"{hours:.1f} hours" if hours < 48 else f"{hours / 24:.1f} days"


def main() -> None:
    """Be the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options(parser)
    parser.add_argument("--cost", nargs=2, type=float, metavar=("RECORDS", "GB"))
    parser.add_argument("--share", type=float, default=SHARE, help="of the pages, with a name")
    asked = parser.parse_args()
    if asked.cost is None:
        presented(asked, lambda: measure(quick=asked.quick))
        return
    with tempfile.TemporaryDirectory() as name:
        cost, _ = costs(real(PAGES[True]), Path(name))
    records, gigabytes = asked.cost
    for line in month(cost, records, gigabytes, asked.share):
        print(line)


if __name__ == "__main__":
    main()
