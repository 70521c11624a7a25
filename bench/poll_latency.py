"""Slow outlets, thousands of them: one server on every loopback address, with next to no work.

Run by bench/poll_scale.py in a process of its own, with the port. Each line on standard input sets
how long answers wait, in seconds; it is answered with what was served since the last one.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from random import Random

from bench.processes import before_others

_BODY = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel><title>Outlet</title>'
    b"<item><title>One thing of %s</title><link>http://outlet.example/%s/1</link>"
    b"<guid>http://outlet.example/%s/1</guid></item></channel></rss>\n"
)
_OLD = b'HTTP/1.1 304 Not Modified\r\nServer: slow\r\nETag: "one"\r\nConnection: close\r\n\r\n'
_NEW = (
    b'HTTP/1.1 200 OK\r\nServer: slow\r\nETag: "one"\r\nContent-Type: application/rss+xml\r\n'
    b"Content-Length: %d\r\nConnection: close\r\n\r\n"
)


class Outlets:
    """How long answers wait, and what was served since that was last asked."""

    def __init__(self) -> None:
        self.chance = Random(7)  # noqa: S311 - waits, not secrets
        self.least = self.most = 0.0
        self.answers = 0
        self.waited = 0.0
        self._cpu = 0.0

    def told(self) -> dict[str, float]:
        """Say what was served, and begin anew."""
        cpu = time.process_time()
        told = {"answers": self.answers, "waited": self.waited, "cpu": cpu - self._cpu}
        self.answers, self.waited, self._cpu = 0, 0.0, cpu
        return told


class Outlet(asyncio.Protocol):
    """One connection: a request, a wait, an answer, the end."""

    def __init__(self, outlets: Outlets) -> None:
        self._outlets = outlets
        self._asked = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note who is to be answered."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer after the wait, once the request is whole."""
        self._asked += data
        if not self._asked.endswith(b"\r\n\r\n"):
            return
        outlets = self._outlets
        wait = outlets.chance.uniform(outlets.least, outlets.most)
        outlets.answers += 1
        outlets.waited += wait
        asyncio.get_running_loop().call_later(wait, self._answer)

    def _answer(self) -> None:
        if b'"one"' in self._asked:
            self._transport.write(_OLD)
        else:
            host = str(self._transport.get_extra_info("sockname")[0]).encode()
            body = _BODY % (host, host, host)
            self._transport.write(_NEW % len(body) + body)
        self._transport.close()


async def serve(port: int) -> None:
    """Serve until standard input ends."""
    outlets = Outlets()
    loop = asyncio.get_running_loop()
    await loop.create_server(lambda: Outlet(outlets), "0.0.0.0", port, backlog=1024)  # noqa: S104
    print("ready", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        asked = json.loads(line)
        outlets.least, outlets.most = asked["least"], asked["most"]
        print(json.dumps(outlets.told()), flush=True)


if __name__ == "__main__":
    before_others()
    asyncio.run(serve(int(sys.argv[1])))
