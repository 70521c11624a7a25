"""The outlets of the polling benchmark: one server on many loopback addresses.

Run by bench/poll.py in a process of its own. Over https, with a certificate for each address of
FOLDER/addresses.json; with ``--plain`` over http. Reads JSON lines on standard input: the fields
of ``State``; answers each with a line when it holds.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import ssl
import sys
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from random import Random

from monitor.edge.clock import system_clock

# The newest item of every feed is of today: a feed that fell silent would be another case.
_FIRST = system_clock().replace(microsecond=0) - timedelta(days=1)
_PIECES = (
    "ka",
    "lor",
    "mi",
    "ten",
    "va",
    "rus",
    "el",
    "dom",
    "shi",
    "par",
    "no",
    "wel",
    "gha",
    "zi",
)


@dataclass
class State:
    """What the server does now; changed between the measured polls only."""

    validators: bool = True  # ETag and Last-Modified are sent, and 304 to who brings them back
    generation: int = 0  # how many items have come on top
    gzip: bool = False  # bodies are compressed for who accepts it
    delay: float = 0.0  # seconds before each answer


def feed(number: int, generation: int, items: int) -> bytes:
    """Write feed ``number`` with ``generation`` new items on top: RSS of invented words, 2 KB each.

    It holds ``items`` items, up to five more or less.
    """
    held = items - 5 + number % 11
    shown = [_item(number, index) for index in range(generation + held, generation, -1)]
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/">\n<channel>\n'
        f"<title>Outlet {number}</title><link>https://outlet{number}.example/</link>"
        f"<description>Invented news of outlet {number}</description>\n"
    )
    return (head + "".join(shown) + "</channel></rss>\n").encode()


def _item(number: int, index: int) -> str:
    chance = Random(number * 100_003 + index)  # noqa: S311 - words, not secrets
    link = f"https://outlet{number}.example/news/{index}/{_words(chance, 5).replace(' ', '-')}"
    at = format_datetime(_FIRST + timedelta(minutes=30 * index + number))
    text = "".join(
        f"<p>{_words(chance, chance.randint(30, 60)).capitalize()}.</p>\n" for _ in range(5)
    )
    return (
        f"<item><title>{_words(chance, 9).capitalize()}</title><link>{link}</link>"
        f'<guid isPermaLink="true">{link}</guid><pubDate>{at}</pubDate>'
        f"<dc:creator>{_words(chance, 2).title()}</dc:creator><category>News</category>"
        f"<description><![CDATA[<p>{_words(chance, 30).capitalize()}.</p>]]></description>"
        f"<content:encoded><![CDATA[{text}]]></content:encoded></item>\n"
    )


def _words(chance: Random, count: int) -> str:
    return " ".join("".join(chance.choices(_PIECES, k=chance.randint(1, 3))) for _ in range(count))


class Outlets:
    """Answers ``GET /feed`` on every address; connections are closed after each answer."""

    def __init__(self, items: int) -> None:
        self._state = State()
        self._items = items
        self._made: dict[tuple[int, bool], bytes] = {}

    def become(self, state: State, count: int) -> None:
        """Answer as ``state`` says; the feeds are written here, so that no client waits for it."""
        if not self._made or state.generation != self._state.generation:
            for number in range(count):
                body = feed(number, state.generation, self._items)
                self._made[number, False] = body
                self._made[number, True] = gzip.compress(body, 6, mtime=0)
        self._state = state

    async def answer(
        self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer one request and close."""
        try:
            asked = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            if self._state.delay:
                await asyncio.sleep(self._state.delay)
            writer.write(self._document(number, asked))
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _document(self, number: int, asked: str) -> bytes:
        tag = f'"{number}-{self._state.generation}"'
        lines = ["Server: outlets", "Content-Type: application/rss+xml; charset=UTF-8"]
        if self._state.validators:
            lines += [f"ETag: {tag}", f"Last-Modified: {format_datetime(_FIRST, usegmt=True)}"]
            if tag in asked:
                return _head("304 Not Modified", lines)
        packed = self._state.gzip and "gzip" in asked.lower()
        body = self._made[number, packed]
        lines += ["Content-Encoding: gzip", "Vary: Accept-Encoding"] if packed else []
        return _head("200 OK", [*lines, f"Content-Length: {len(body)}"]) + body


def _head(status: str, lines: list[str]) -> bytes:
    head = "\r\n".join([f"HTTP/1.1 {status}", *lines, "Connection: close"])
    return (head + "\r\n\r\n").encode("latin-1")


async def serve(addresses: list[str], certificates: Path | None, port: int, items: int) -> None:
    """Serve until standard input ends."""
    outlets = Outlets(items)
    outlets.become(State(), len(addresses))
    for number, address in enumerate(addresses):
        context = None
        if certificates is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificates / f"{address}.pem")
        answer = partial(outlets.answer, number)
        await asyncio.start_server(answer, address, port, ssl=context, backlog=64)
    print("ready", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        outlets.become(State(**json.loads(line)), len(addresses))
        print("done", flush=True)


def main() -> None:
    """Read the folder, the port and the scheme from the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--items", type=int, default=25)
    told = parser.parse_args()
    addresses = json.loads((told.folder / "addresses.json").read_text())
    asyncio.run(serve(addresses, None if told.plain else told.folder, told.port, told.items))


if __name__ == "__main__":
    main()
