"""Feeds that hang make no other feed late: asked, read and kept as in every round of polls."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from monitor import pipeline
from monitor.edge.clock import system_clock
from monitor.edge.http import FetchLimits, Web
from monitor.edge.worker import Workers
from store import feeds
from store.db import connect
from store.polls import FeedSpec
from store.rows import instant


def feed_of(number: int) -> bytes:
    """Twenty entries that no other feed has."""
    items = "".join(
        f"<item><title>Report {entry} from valley {number}</title><guid>{number}-{entry}</guid>"
        f"<link>http://h{number}.example/{entry}</link><description>The pass of {number} was shut"
        f" for {entry} hours.</description></item>"
        for entry in range(20)
    )
    head = f"<rss version='2.0'><channel><title>{number}</title><link>http://h{number}.example/"
    body = f"{head}</link><description>d</description>{items}</channel></rss>".encode()
    return b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body


async def silent(_writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(3600)


async def headers_for_ever(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X: y\r\n")
        await writer.drain()
        await asyncio.sleep(0.2)


async def body_for_ever(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n\r\n<rss>")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.2)


HANGING = (silent, headers_for_ever, body_for_ever)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """How long a round took, and when the last feed that answers was kept. Seconds."""

    took: float
    healthy: float


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers(count=2, preload=("monitor.articles.reading", "monitor.stages.parse")) as children:
        children.submit(shutil.which, "sh").exception()  # a child is there before time counts
        yield children


class Press:
    """A server of many outlets, each a host of its own; ``hanging`` of their feeds never end."""

    def __init__(self, server: Any, count: int, hanging: frozenset[int]) -> None:
        self.server = server
        self.healthy = [f"f{number}" for number in range(count) if number not in hanging]
        self.specs = [
            FeedSpec(
                key=f"f{number}", url=server.url(f"/{number}", f"h{number}.example"),
                outlet=f"Valley {number}", side="world", language="en",
            )
            for number in range(count)
        ]  # fmt: skip
        server.answers |= {
            f"/{number}": HANGING[number % 3] if number in hanging else feed_of(number)
            for number in range(count)
        }

    def poll(self, path: Path, workers: Workers, limits: FetchLimits, *, only: bool) -> Round:
        """Poll them all, or ``only`` those that answer, until none is due."""
        specs = [spec for spec in self.specs if not only or spec.key in set(self.healthy)]
        web = Web(
            clock=system_clock, user_agent="Torkham/0 (+test)", limits=limits,
            allow=frozenset((f"h{n}.example", self.server.port) for n in range(len(self.specs))),
            names={"*": ["127.0.0.1"]},
        )  # fmt: skip
        with web, closing(connect(path)) as db:
            feeds.sync(db, specs, system_clock())
            began = system_clock()
            while feeds.due(db, system_clock(), 1):
                pipeline.poll(
                    db, web=web, workers=workers, clock=system_clock, stopped=lambda: False
                )
            took = (system_clock() - began).total_seconds()
            rows = list(db.query("SELECT feed, at, outcome FROM polls", ()))
        self._check(rows, {spec.key for spec in specs})
        return Round(took=took, healthy=self._last(rows, began))

    def _check(self, rows: list[dict[str, Any]], asked: set[str]) -> None:
        outcomes = {row["feed"]: row["outcome"] for row in rows}
        assert len(rows) == len(outcomes), "a feed was asked twice in one round"
        assert outcomes.keys() == asked
        for key, outcome in outcomes.items():
            assert outcome == ("ok" if key in self.healthy else "deadline"), key

    def _last(self, rows: list[dict[str, Any]], began: datetime) -> float:
        answered = {row["feed"]: instant(row["at"]) for row in rows}
        return max((answered[key] - began).total_seconds() for key in self.healthy)


def compared(
    server: Any, folder: Path, workers: Workers, limits: FetchLimits, count: int, *, first: bool
) -> tuple[Round, Round]:
    """Poll the feeds that answer alone, then with one in ten that hangs; ``first``: these lead."""
    hanging = range(count // 10) if first else range(5, count, 10)
    press = Press(server, count, frozenset(hanging))
    alone = press.poll(folder / "alone.db", workers, limits, only=True)
    return alone, press.poll(folder / "all.db", workers, limits, only=False)


def limits_of(deadline: float, places: int) -> FetchLimits:
    """Limits in the proportions of the real ones: fifteen seconds, of which one is no delay."""
    return FetchLimits(
        deadline_seconds=deadline, concurrency=places, slow_after_seconds=deadline / 15
    )


@pytest.mark.slow
@pytest.mark.row(11)
@pytest.mark.parametrize("first", [True, False], ids=["hanging first", "every tenth"])
def test_feeds_that_hang_do_not_make_the_others_late(
    hostile: Any, tmp_path: Path, empty_store: Path, workers: Workers, figure: Any, *, first: bool
) -> None:
    """A hundred feeds over four places; half a second is granted to a machine that is busy."""
    for name in ("alone.db", "all.db"):
        shutil.copy(empty_store, tmp_path / name)
    alone, both = compared(hostile, tmp_path, workers, limits_of(1.5, 4), 100, first=first)
    assert both.took <= 1.3 * (10 * 1.5 / 4) + alone.took + 0.5
    assert both.healthy <= 2 * alone.healthy + 0.5
    figure(
        f"100 feeds, 10 hang, 4 places, 1.5 s: {both.took:.1f} s in all; the others in "
        f"{both.healthy:.1f} s, alone {alone.healthy:.1f} s"
    )


@pytest.mark.row(11)
@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("first", [True, False], ids=["hanging first", "every tenth"])
def test_a_hundred_of_a_thousand_feeds_hang(
    hostile: Any, tmp_path: Path, workers: Workers, figure: Any, *, first: bool
) -> None:
    alone, both = compared(hostile, tmp_path, workers, limits_of(15.0, 32), 1_000, first=first)
    assert both.took <= 1.3 * (100 * 15 / 32) + alone.took
    assert both.healthy <= 2 * alone.healthy
    figure(
        f"1,000 feeds, 100 hang, 32 places, 15 s: {both.took:.0f} s in all; the others in "
        f"{both.healthy:.0f} s, alone {alone.healthy:.0f} s"
    )
