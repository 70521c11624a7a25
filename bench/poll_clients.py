"""The two clients of the polling benchmark, each in a process of its own.

Run by bench/poll.py as ``poll_clients.py ours|reader BUNDLE URL...``. Reads one command a line:
``new`` starts from an empty store, ``poll`` polls every feed once. Answers each with one JSON line;
for ``poll``: CPU seconds (user and system, with the process's children), seconds of wall clock and
entries held, the most memory so far in MB, and how long the main thread waited for a core. URLs may
stand in a file instead, one a line, given as ``@FILE``.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

from bench.processes import before_others


def children_seconds() -> float:
    """Sum user and system time of the children that live, and of those that ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    alive = psutil.Process().children(recursive=True)
    return ended.ru_utime + ended.ru_stime + sum(map(process_seconds, alive))


def process_seconds(process: psutil.Process) -> float:
    """Return what a living process used, and those it waited for.

    As Linux has it in nanoseconds where it tells: /proc knows ticks of 10 ms, and each process's
    user and system time loses up to one. With two children that is half a millisecond a feed.
    """
    times = process.cpu_times()
    ended = times.children_user + times.children_system
    tasks = list(Path(f"/proc/{process.pid}/task").glob("*/schedstat"))
    used = sum(int(task.read_text().split()[0]) for task in tasks) / 1e9
    return float(ended + (used or times.user + times.system))


def own_seconds() -> float:
    """Sum user and system time of this process; finer than the ticks of /proc."""
    mine = resource.getrusage(resource.RUSAGE_SELF)
    return mine.ru_utime + mine.ru_stime


def spent(work: Callable[[], None]) -> dict[str, float]:
    """Do ``work`` and return its CPU and wall seconds. Looking for children is not counted."""
    children, waited = children_seconds(), waited_seconds()
    own, began = own_seconds(), time.monotonic()
    work()
    own, wall = own_seconds() - own, time.monotonic() - began
    return {
        "cpu": own + children_seconds() - children,
        "wall": wall,
        "waited": waited_seconds() - waited,
        "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
    }


def waited_seconds() -> float:
    """Return how long this thread was ready to run while others held the cores, as Linux has it."""
    told = Path("/proc/self/schedstat")
    return int(told.read_text().split()[1]) / 1e9 if told.is_file() else 0.0


class Ours:
    """Torkham's own poll job: fetch, parse in limited children, one transaction a feed."""

    def __init__(self, bundle: Path, urls: list[str]) -> None:
        from monitor.edge.clock import system_clock
        from monitor.edge.http import FetchLimits, Web
        from monitor.edge.worker import Workers

        self._urls = urls
        self._start = system_clock
        self._now = system_clock()
        split = [urlsplit(url) for url in urls]
        self._workers = Workers(  # as the service has them
            count=2, preload=("monitor.articles.reading", "monitor.stages.parse")
        )
        self._web = Web(
            clock=lambda: self._now,
            user_agent="Torkham/bench",
            limits=FetchLimits(host_gap_seconds=0),
            allow=frozenset((s.hostname or "", s.port or 443) for s in split),
            ca_file=bundle,
        )

    def new(self, path: Path) -> None:
        """Begin with an empty store that knows the feeds."""
        from store import feeds
        from store.db import connect
        from store.polls import FeedSpec

        self._now = self._start()
        self._db = connect(path)
        specs = [
            FeedSpec(key=f"f{n}", url=url, outlet="o", side="", language="en")
            for n, url in enumerate(self._urls)
        ]
        feeds.sync(self._db, specs, self._now)

    def poll(self) -> None:
        """Run the real job once, so much later that every feed is due again."""
        from monitor import pipeline

        self._now += timedelta(minutes=70)
        pipeline.poll(
            self._db,
            web=self._web,
            workers=self._workers,
            clock=lambda: self._now,
            stopped=lambda: False,
        )

    def held(self) -> int:
        """Count the entries remembered."""
        from store.sql import one

        return int(one(self._db, "SELECT count(*) FROM items") or 0)


class Reader:
    """lemon24/reader with its defaults, in twenty threads."""

    def __init__(self, bundle: Path, urls: list[str]) -> None:
        self._bundle = bundle
        self._urls = urls

    def new(self, path: Path) -> None:
        """Begin with an empty store that knows the feeds."""
        # reader 3.26 vendors an older feedparser, which wants sgmllib; today's feedparser
        # brings the same code under another name.
        sys.modules.setdefault("sgmllib", import_module("feedparser_sgmllib"))
        from reader import make_reader

        self._reader = make_reader(str(path))
        for url in self._urls:
            self._reader.add_feed(url)
        retriever: Any = self._reader._parser.get_retriever(self._urls[0])  # noqa: SLF001
        retriever.session.verify = str(self._bundle)

    def poll(self) -> None:
        """Update every feed once."""
        self._reader.update_feeds(scheduled=False, workers=20)

    def held(self) -> int:
        """Count the entries remembered."""
        return int(self._reader.get_entry_counts().total or 0)


def main() -> None:
    """Obey the commands on standard input."""
    make: dict[str, Callable[[Path, list[str]], Ours | Reader]] = {"ours": Ours, "reader": Reader}
    urls = sys.argv[3:]
    if urls[0].startswith("@"):
        urls = Path(urls[0][1:]).read_text().split()
        before_others()
    client = make[sys.argv[1]](Path(sys.argv[2]), urls)
    with tempfile.TemporaryDirectory() as folder:
        for number, line in enumerate(sys.stdin):
            if line.strip() == "new":
                client.new(Path(folder) / f"{number}.db")
                print("{}", flush=True)
                continue
            told = spent(client.poll)
            print(json.dumps(told | {"held": client.held()}), flush=True)


if __name__ == "__main__":
    main()
