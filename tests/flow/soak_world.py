"""A world to soak the service in: many outlets and a mail server in one process, with faults.

``soak_world.py ITEMS FEEDS TIMES BEGAN``: its clock is the service's (see there). Prints ``{"http",
"smtp"}``, the ports, and serves until its standard input closes. An outlet publishes a little
whenever its feed is asked, as long as not too much waits to be read; half of the items at most come
in the eight days of the warm-up, spread over them. ``/stats`` tells how far it is, and ``/rest``
and ``/go`` let it publish nothing for a while. One item in twenty has a fault, one feed answer and
one mail in twenty as well.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections import Counter
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope

from tests.flow.newsroom import prose
from tests.flow.soak_service import WARM_UP, Hurried, address

AT_ONCE, LISTED, WAITING = 20, 60, 1500  # a document that a fault costs is listed twice more
HANG = 2.0  # seconds
NAMED = 1500  # people, whom the news is about again and again


class World:
    def __init__(self, items: int, feeds: int, clock: Hurried) -> None:
        self.items, self.feeds, self.clock = items, feeds, clock
        self.given, self.resting = 0, False
        self.of_feed: dict[int, list[tuple[int, datetime]]] = {feed: [] for feed in range(feeds)}
        self.met: Counter[str] = Counter()
        self.asked: set[int] = set()

    # --- outlets ----------------------------------------------------------------------------

    def feed(self, feed: int, port: int, *, more: bool) -> bytes:
        mine = self.of_feed[feed]
        if more and not self.resting and self.given - len(self.asked) < WAITING:
            fresh = range(self.given, min(self.given + AT_ONCE, self._due()))
            now = self.clock()
            mine.extend((n, now - timedelta(minutes=n % 50)) for n in fresh)
            self.given += len(fresh)
        del mine[:-LISTED]
        entries = "".join(self._entry(n, at, port) for n, at in mine)
        head = '<?xml version="1.0"?><rss version="2.0"><channel><title>An outlet</title>'
        return f"{head}{entries}</channel></rss>".encode()

    def _due(self) -> int:
        """How many items there may be by now."""
        days = self.clock.days()
        return self.items if days >= WARM_UP else int(self.items / 2 * days / WARM_UP)

    def _entry(self, n: int, at: datetime, port: int) -> str:
        return (
            f'<item><guid isPermaLink="false">{n}</guid><link>http://{address(n)}:{port}/story/{n}</link>'
            f"<title>{escape(title(n))}</title><pubDate>{format_datetime(at)}</pubDate></item>"
        )

    def page(self, n: int) -> bytes:
        text = prose(n, on_topic=n % 10 == 0, sentences=5)
        text = f"{named(n)} of {named(n + 7)} told it. {text} So said {named(n + 13)}."
        body = "".join(f"<p>{escape(part)}</p>" for part in text.split("\n"))
        head = f"<!doctype html><html lang=en><title>{escape(title(n))}</title><nav><a href=/>"
        return f"{head}Home</a></nav><article><h1>{escape(title(n))}</h1>{body}</article>".encode()

    # --- one connection -----------------------------------------------------------------------

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (head := await reader.readuntil(b"\r\n\r\n")) and await self._answer(
                head.split(b" ", 2)[1].decode(), writer
            ):
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the client went away
        finally:
            writer.close()

    async def _answer(self, path: str, writer: asyncio.StreamWriter) -> bool:
        kind, _, number = path.strip("/").partition("/")
        if kind == "story":
            return await self._story(int(number), writer)
        if kind == "feed":
            return await self._feed(int(number), writer)
        if kind in {"rest", "go"}:
            self.resting = kind == "rest"
        stats = {"given": self.given, "asked": len(self.asked), "met": dict(self.met)}
        return say(writer, 200, json.dumps(stats).encode())

    async def _story(self, n: int, writer: asyncio.StreamWriter) -> bool:
        self.asked.add(n)
        fault = {0: "gone", 1: "broken", 2: "cut", 3: "slow", 4: "junk"}.get(n % 100, "")
        self.met[fault or "page"] += 1
        if fault == "gone":
            return say(writer, 404, b"<h1>Gone</h1>")
        if fault == "broken":
            return say(writer, 500, b"<h1>Broken</h1>")
        page = self.page(n)
        if fault == "cut":
            writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(page) * 2}\r\n\r\n".encode())
            writer.write(page)
            return False
        if fault == "slow":
            await asyncio.sleep(HANG)
        if fault == "junk":
            page = b"<div>" * 3000 + page
        return say(writer, 200, page)

    async def _feed(self, feed: int, writer: asyncio.StreamWriter) -> bool:
        self.met["feed"] += 1
        fault = {0: "feed gone", 20: "feed slow", 40: "feed cut", 60: "feed html", 80: "feed empty"}
        met = fault.get(self.met["feed"] % 100, "")
        self.met[met] += bool(met)
        if met == "feed gone":
            return say(writer, 503, b"later")
        if met == "feed slow":
            await asyncio.sleep(HANG)
        if met == "feed html":
            return say(writer, 200, b"<html><h1>Down for repairs</h1>")
        if met == "feed empty":
            return say(writer, 200, b"")
        port = writer.get_extra_info("sockname")[1]
        document = self.feed(feed, port, more=met != "feed cut")
        return say(writer, 200, document[: len(document) // 2] if met == "feed cut" else document)

    # --- mail -----------------------------------------------------------------------------------

    async def handle_DATA(self, *_: Any) -> str:  # noqa: N802 - aiosmtpd names its hooks so
        self.met["mail"] += 1
        if self.met["mail"] % 20 == 0:
            self.met["mail put off"] += 1
            return "451 later, please"
        return "250 taken"

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: Any
    ) -> str:
        self.met["rcpt"] += 1
        if self.met["rcpt"] % 50 == 0:
            self.met["recipient refused"] += 1
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"


_SYLLABLES = [
    first + then for first in "bdfghjklmnprstvz" for then in ("a", "e", "i", "o", "u", "ar")
]


def named(n: int) -> str:
    """Return an invented name; what is about nobody in common is told apart as in the world."""
    draw = random.Random(n % NAMED)  # noqa: S311 - the same name on every run
    return "".join(draw.choice(_SYLLABLES) for _ in range(4)).capitalize()


def title(n: int) -> str:
    said = "at Torkham" if n % 10 == 0 else "in the valley"
    return f"{named(n)} and {named(n + 7)} meet {said}, {named(n + 13)} says"


def say(writer: asyncio.StreamWriter, status: int, body: bytes) -> bool:
    kind = "application/rss+xml" if body.startswith(b"<?xml") else "text/html; charset=utf-8"
    head = f"HTTP/1.1 {status} Word\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    return True


async def main() -> None:
    items, feeds, times, began = sys.argv[1:]
    world = World(int(items), int(feeds), Hurried(float(times), float(began)))
    loop = asyncio.get_running_loop()
    http = await asyncio.start_server(world.serve, "0.0.0.0", 0)  # for all of 127.0.0.0/8
    smtp = await loop.create_server(lambda: SMTP(world, loop=loop), "127.0.0.1", 0)
    ports = {"http": http.sockets[0].getsockname()[1], "smtp": smtp.sockets[0].getsockname()[1]}
    sys.stdout.write(json.dumps(ports) + "\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
