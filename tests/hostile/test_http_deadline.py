"""The deadline is total: whatever a server drips, and wherever, it ends when it said it would."""

from __future__ import annotations

import asyncio
import gzip
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest

from monitor.edge.clock import system_clock
from monitor.edge.http import FetchLimits, Poster, Web
from monitor.model import Fault, Fetched, FetchFailed, FetchRequest

Drip = Callable[[asyncio.StreamWriter], Awaitable[None]]
LATE = 2.0
"""Seconds by which an outcome may come after its deadline."""


def dripping(start: bytes, piece: bytes, every: float = 0.2) -> Drip:
    """Send ``start`` at once, then ``piece`` for ever, often enough for any time-out per read."""

    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while True:
            await writer.drain()
            await asyncio.sleep(every)
            writer.write(piece)

    return drip


def spelt_out(text: bytes, every: float = 0.2) -> Drip:
    """Send ``text`` a byte at a time, and stay silent where it ends."""

    async def spell(writer: asyncio.StreamWriter) -> None:
        for at in range(len(text)):
            writer.write(text[at : at + 1])
            await writer.drain()
            await asyncio.sleep(every)
        await asyncio.sleep(3600)

    return spell


HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
PACKED = gzip.compress(bytes(range(256)) * 40, 0, mtime=0)
DRIPS: dict[str, Drip] = {
    "nothing": dripping(b"", b""),
    "the status line": spelt_out(b"HTTP/1.1 200 " + b"O" * 2000),
    "headers": dripping(HEAD, b"X: y\r\n"),
    "one header": dripping(HEAD + b"X: ", b"y"),
    "100 continue": dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "early hints": dripping(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
    "a body without length": dripping(HEAD + b"\r\n<rss>", b" "),
    "a body with length": dripping(HEAD + b"Content-Length: 100000\r\n\r\n<rss>", b" "),
    "a packed body": spelt_out(HEAD + b"Content-Encoding: gzip\r\n\r\n" + PACKED, 0.05),
    "chunks": dripping(CHUNKED, b"1\r\nx\r\n"),
    "the size of a chunk": spelt_out(CHUNKED + b"0" * 15 + b"1;" + b"x" * 2000, 0.1),
    "a chunk": dripping(CHUNKED + b"ffff\r\n", b"x"),
    "what follows the last chunk": dripping(CHUNKED + b"1\r\nx\r\n0\r\n", b"X: y\r\n"),
    "the body of an error": dripping(b"HTTP/1.1 404 No\r\n\r\n", b"x"),
    "the body of a redirect": dripping(b"HTTP/1.1 302 On\r\nLocation: /nothing\r\n\r\n", b"x"),
    "the headers of a 304": dripping(b"HTTP/1.1 304 Same\r\n", b"X: y\r\n"),
}
KNOWN_BY_STATUS = {"the body of an error": Fault.NOT_FOUND}


async def one_step(writer: asyncio.StreamWriter) -> None:
    """Answer late with a redirect to itself: five of them would take five times as long."""
    await asyncio.sleep(0.8)
    writer.write(b"HTTP/1.1 302 On\r\nLocation: /redirects\r\nContent-Length: 0\r\n\r\n")


async def finished_then_more(writer: asyncio.StreamWriter) -> None:
    """Send a whole document, and then data nobody asked for."""
    writer.write(HEAD + b"Content-Length: 6\r\n\r\n<rss/>")
    await dripping(b"", b"more")(writer)


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How one request ended, and after how many seconds."""

    fault: Fault | None
    seconds: float


@contextmanager
def greeting(piece: bytes) -> Iterator[int]:
    """Give the port of a server that never ends the TLS greeting it sends ``piece`` by piece."""
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    ports: list[int] = []

    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.CancelledError):
            await dripping(b"\x16\x03\x03\x3f\xff\x02\x00\x3f\xfb\x03\x03", piece)(writer)

    async def serve() -> None:
        server = await asyncio.start_server(greet, "127.0.0.1", 0)
        ports.append(server.sockets[0].getsockname()[1])
        ready.set()

    loop.run_until_complete(serve())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield ports[0]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0.05))
        loop.close()


def ended(urls: dict[str, str], ports: tuple[int, ...], deadline: float) -> dict[str, End]:
    """Ask for all of ``urls`` side by side."""
    web = Web(
        clock=system_clock, user_agent="Torkham/0 (+test)",
        limits=FetchLimits(deadline_seconds=deadline, host_gap_seconds=0, per_host=100),
        allow=frozenset((host, port) for host in ("127.0.0.1", "whole.example") for port in ports),
        names={"*": ["127.0.0.1"]},
    )  # fmt: skip
    ends: dict[str, End] = {}
    with closing(web):
        began = time.monotonic()
        for outcome in web.fetch_all(
            FetchRequest(key=key, url=url, kind="feed", etag='"e"') for key, url in urls.items()
        ):
            assert isinstance(outcome, FetchFailed | Fetched)
            fault = outcome.fault if isinstance(outcome, FetchFailed) else None
            ends[outcome.key] = End(fault=fault, seconds=time.monotonic() - began)
    return ends


def every_drip(hostile: Any, deadline: float) -> dict[str, End]:
    """Ask for a document of each kind that never ends, in clear and before the greeting ends."""
    paths = {name: f"/{name.replace(' ', '-')}" for name in DRIPS}
    hostile.answers |= {paths[name]: drip for name, drip in DRIPS.items()}
    hostile.answers |= {"/redirects": one_step, "/whole": finished_then_more}
    urls = {name: hostile.url(path) for name, path in paths.items()}
    # On a connection of its own: what it sends too much would answer the next request there.
    urls |= {"redirects": hostile.url("/redirects")}
    urls |= {"whole": hostile.url("/whole", "whole.example")}
    with greeting(b"\0") as dripped, greeting(b"") as silent:
        urls["a TLS greeting"] = f"https://127.0.0.1:{dripped}/"
        urls["no TLS greeting"] = f"https://127.0.0.1:{silent}/"
        ends = ended(urls, (hostile.port, dripped, silent), deadline)
    assert ends.keys() == urls.keys()
    return ends


def told(ends: dict[str, End], deadline: float) -> str:
    """Check what must hold of every end, and say how late the last one was."""
    whole = ends.pop("whole")
    assert whole.fault is None
    assert whole.seconds < deadline
    if deadline > 4:  # then there is time for all that are followed
        assert ends.pop("redirects").fault is Fault.TOO_MANY_REDIRECTS
    for key, end in ends.items():
        assert end.fault is KNOWN_BY_STATUS.get(key, Fault.DEADLINE), key
        assert end.seconds > deadline - 0.3, key
    last = max(end.seconds for end in ends.values())
    assert last < deadline + LATE
    return f"{len(ends)} ways to drip, deadline {deadline:.0f} s: all ended within {last:.1f} s"


@pytest.mark.slow
@pytest.mark.row(10)
def test_every_way_to_drip_ends_at_the_deadline(hostile: Any, figure: Any) -> None:
    figure(told(every_drip(hostile, 3.0), 3.0))


@pytest.mark.row(10)
@pytest.mark.long
def test_every_way_to_drip_ends_at_the_deadline_of_the_product(hostile: Any, figure: Any) -> None:
    deadline = FetchLimits().deadline_seconds
    assert deadline == 30.0
    figure(told(every_drip(hostile, deadline), deadline))


@pytest.mark.row(10)
def test_a_webhook_that_drips_ends_at_the_deadline(hostile: Any, figure: Any) -> None:
    """Handed over side by side, as messages are: each has a thread of its own."""
    paths = {name: f"/{name.replace(' ', '-')}" for name in DRIPS}
    hostile.answers |= {paths[name]: drip for name, drip in DRIPS.items()}
    allow = frozenset({("127.0.0.1", hostile.port)})
    poster = Poster(clock=system_clock, user_agent="Torkham/0", allow=allow)
    took: dict[str, float] = {}

    def post(name: str) -> None:
        began = time.monotonic()
        poster.post(hostile.url(paths[name]), b"{}", {}, deadline=1.0)
        took[name] = time.monotonic() - began

    threads = [threading.Thread(target=post, args=(name,)) for name in DRIPS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert took.keys() == DRIPS.keys()
    assert max(took.values()) < 1.0 + LATE
    figure(
        f"{len(DRIPS)} webhooks that drip, deadline 1 s: ended within {max(took.values()):.1f} s"
    )
