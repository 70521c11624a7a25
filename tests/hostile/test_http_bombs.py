"""A bomb costs a bounded amount of memory and time, whatever it would unpack to."""

from __future__ import annotations

import asyncio
import gzip
import json
import subprocess
import sys
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
Writes = Callable[[asyncio.StreamWriter], Awaitable[None]]

_FETCH = """
import json, sys, time
from monitor.edge.clock import system_clock
from monitor.edge.http import FetchLimits, Poster, Web
from monitor.edge.worker import Workers
from monitor.inquiry.sourcing import look
from monitor.model import FetchRequest

def megabytes(name):  # not ru_maxrss, which counts the memory of whoever started this process
    with open("/proc/self/status") as status:
        return int(status.read().partition(name + ":")[2].split()[0]) / 1024

port, asked = int(sys.argv[1]), json.loads(sys.argv[2])
base = f"http://127.0.0.1:{port}"
allow = frozenset({("127.0.0.1", port)})
known = {"clock": system_clock, "user_agent": "T/0", "allow": allow}
limits = FetchLimits(host_gap_seconds=0, host_pause_cap_seconds=0)

def fetch(path, kind):
    obey = kind == "robots"
    with Web(limits=limits, obey_robots=obey, **known) as web:
        page = path.replace("/robots.txt", "/page") if obey else path
        kind = "page" if obey else kind
        outcome = web.fetch(FetchRequest(key="k", url=base + page, kind=kind))
        lines = [*web._idle, *web._active.values()]
        read = max(int(line.curl.getinfo(line.curl.SIZE_DOWNLOAD)) for line in lines)
        return getattr(outcome, "fault", None), read

def post(path, kind):
    ended = Poster(**known).post(base + path, b"{}", {}, deadline=30)
    return ended.detail, 0

def looked(path, kind):
    with Web(limits=limits, **known) as web:
        return look(web, workers, base + path).sentence, 0

def crowd(path, kind):
    within = FetchLimits(host_gap_seconds=0, per_host=100, deadline_seconds=10)
    with Web(limits=within, **known) as web:
        asked = [FetchRequest(key=str(n), url=f"{base}{path}?{n % 2}") for n in range(80)]
        ends = [getattr(outcome, "fault", "fetched") for outcome in web.fetch_all(asked)]
    return {end: ends.count(end) for end in sorted(set(ends))}, 0

ways = {"webhook": post, "look": looked, "crowd": crowd}
told = {}
with Workers(count=1) as workers:
    for path, kind in asked:
        way = ways.get(kind, fetch)
        if path == asked[0][0]:
            way("/warm", kind)
        open("/proc/self/clear_refs", "w").write("5")
        before, began = megabytes("VmRSS"), time.monotonic()
        end, read = way(path, kind)
        told[path] = {
            "end": end, "read": read, "seconds": time.monotonic() - began,
            "grown": megabytes("VmHWM") - before,
        }
print(json.dumps(told))
"""


def run(hostile: Any, bombs: dict[str, Bomb]) -> dict[str, dict[str, Any]]:
    """Let a process of its own ask for each bomb in turn; say how it ended and what it cost."""
    hostile.answers |= {name: bomb.writes for name, bomb in bombs.items()}
    asked = [(name, bomb.kind) for name, bomb in bombs.items()]
    ran = subprocess.run(
        [sys.executable, "-c", _FETCH, str(hostile.port), json.dumps(asked)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    told: dict[str, dict[str, Any]] = json.loads(ran.stdout)
    return told


# --- what is sent --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Bomb:
    """What a server sends, as what it is asked for, and how that must end."""

    writes: Writes | bytes
    kind: str = "feed"
    end: str = "too_large"


@cache
def mebibyte(wbits: int) -> tuple[bytes, bytes]:
    """Give the head of a stream and a block that stands for a mebibyte and can be repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    head = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b"\0" * (1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head, block


def repeated(head: bytes, block: bytes, times: int = 1024) -> Writes:
    """Send ``head``, then ``block`` again and again."""

    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        for _ in range(times):
            writer.write(block)
            await writer.drain()

    return write


def packed(encoding: str, status: str = "200 OK", more: str = "") -> Writes:
    """Send a gibibyte of zeros, packed as ``encoding`` says, or as if it were."""
    head, block = mebibyte(15 if encoding == "deflate" else 31)
    lines = f"HTTP/1.1 {status}\r\n{more}Content-Encoding: {encoding}\r\n\r\n"
    return repeated(lines.encode() + head, block)


MEMBER = gzip.compress(b"<item/>\n" * (1 << 17), 9, mtime=0)
TWICE = gzip.compress(gzip.compress(b"\0" * (1 << 26), 9, mtime=0), 9, mtime=0)
MULTIPART = (
    b"HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n",
    b"--b\r\nContent-Type: text/xml\r\n\r\n<item/>" * 2000,
)
OK = b"HTTP/1.1 200 OK\r\n"
VIDEO = OK + b"Content-Type: video/mp4\r\nContent-Length: 10000000000\r\n\r\n"
MORE = b"<item/>\n" * (1 << 17)  # a mebibyte

BOMBS = {
    "/gzip": Bomb(writes=packed("gzip")),
    "/gzip-page": Bomb(writes=packed("gzip"), kind="page"),
    "/brotli": Bomb(writes=packed("br"), end="encoding"),
    "/deflate": Bomb(writes=packed("deflate")),
    "/gzip-in-gzip": Bomb(writes=packed("gzip, gzip"), end="encoding"),
    "/plain": Bomb(writes=repeated(OK + b"\r\n<rss>", MORE, 900)),
    "/zstd": Bomb(writes=packed("zstd"), end="encoding"),
    "/members": Bomb(writes=repeated(OK + b"Content-Encoding: gzip\r\n\r\n", MEMBER)),
    "/multipart": Bomb(writes=repeated(*MULTIPART, 1 << 14)),
    "/length": Bomb(writes=repeated(OK + b"Content-Length: 1073741824\r\n\r\n", MORE)),
    "/video": Bomb(
        writes=repeated(VIDEO, MORE),
        kind="page",
    ),
    "/error": Bomb(writes=packed("gzip", "404 No"), end="not_found"),
    "/wall": Bomb(writes=packed("gzip", "403 No"), kind="page", end="refused"),
    "/redirect": Bomb(writes=packed("gzip", "302 On", "Location: /gzip\r\n")),
    "/crumbs": Bomb(
        writes=repeated(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"2\r\nxx\r\n" * 10_000, 9999),
        kind="page",
        end="protocol",
    ),
    # What stands before the cap counts: then the page is asked for, which is one more bomb.
    "/robots.txt": Bomb(writes=packed("gzip"), kind="robots"),
    "/page": Bomb(writes=packed("gzip"), kind="page"),
    "/webhook": Bomb(writes=packed("gzip"), kind="webhook", end="It answered 200."),
    "/webhook-error": Bomb(
        writes=packed("gzip", "500 No"), kind="webhook", end="It answered 500."
    ),
    "/look": Bomb(writes=packed("gzip"), kind="look", end="larger than 20,000,000 bytes"),
    "/news.xml": Bomb(writes=packed("gzip"), kind="look", end="larger than 20,000,000 bytes"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.row(12)
def test_a_gibibyte_costs_under_60_mb_and_stops_at_once(hostile: Any, figure: Any) -> None:
    told = run(hostile, BOMBS)
    assert told.keys() == BOMBS.keys()
    for name, bomb in BOMBS.items():
        assert str(told[name]["end"]).find(bomb.end) >= 0, (name, told[name])
        assert told[name]["seconds"] < 2, (name, told[name])
        assert told[name]["grown"] < 60, (name, told[name])
    grown = max(one["grown"] for one in told.values())
    slowest = max(one["seconds"] for one in told.values())
    figure(
        f"{len(BOMBS)} bombs on 8 ways in: at most {grown:.0f} MB of growth, {slowest:.1f} s, "
        "each told by its fault"
    )


KINDS = ("/gzip", "/brotli", "/deflate", "/gzip-in-gzip", "/plain")


@pytest.mark.slow
@pytest.mark.row(12)
def test_a_feed_that_is_a_bomb_is_flagged_where_people_see_it(
    open_paper: Any, tmp_path: Path, figure: Any
) -> None:
    """Polled as by the service: the feed fails by its fault, and its page says why."""
    names = {kind.strip("/"): BOMBS[kind] for kind in KINDS}
    with open_paper(tmp_path, {name: {} for name in names}) as paper:
        paper.outlet.answers |= {f"/{name}": bomb.writes for name, bomb in names.items()}
        paper.work("poll")
        rows = paper.rows("SELECT key, condition, reason FROM feeds")
        polls = paper.rows("SELECT feed, outcome FROM polls")
    assert {row["feed"]: row["outcome"] for row in polls} == {n: b.end for n, b in names.items()}
    assert {row["condition"] for row in rows} == {"failing"}
    reasons = {row["key"]: row["reason"] for row in rows}
    assert all("20,000,000 bytes" in reasons[name] for name in ("gzip", "deflate", "plain"))
    assert all("encoding we did not ask for" in reasons[n] for n in ("brotli", "gzip-in-gzip"))
    figure(f"{len(rows)} of {len(KINDS)} kinds flagged on the page of their feed")


def test_a_bomb_within_a_bomb_is_opened_once(hostile: Any) -> None:
    """Sixty-four mebibytes packed twice, said to be packed once: what is read is what is said."""
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(TWICE)
    told = run(hostile, {"/twice": Bomb(writes=head + TWICE), "/again": Bomb(writes=head + TWICE)})
    assert told["/again"]["end"] is None
    assert told["/again"]["grown"] < 5


@pytest.mark.slow
def test_many_that_each_stay_within_their_bounds_are_bounded_together(hostile: Any) -> None:
    """Forty pages of nine megabytes that never end, and forty that are honest, side by side."""
    head, block = mebibyte(31)
    nine = OK + b"Content-Encoding: gzip\r\n\r\n" + head + block * 9

    async def hold(writer: asyncio.StreamWriter) -> None:
        writer.write(nine)
        await writer.drain()
        await asyncio.sleep(60)

    honest = OK + b"Content-Length: 200000\r\nConnection: close\r\n\r\n" + b"x" * 200_000
    hostile.answers |= {"/crowd?0": hold, "/crowd?1": honest}
    told = run(hostile, {"/crowd": Bomb(writes=b"", kind="crowd")})["/crowd"]
    assert told["end"]["fetched"] == 40
    assert told["end"]["other"] + told["end"]["deadline"] == 40
    assert 5 <= told["end"]["deadline"] <= 12, "what fits is waited for"
    assert told["grown"] < 170


# --- without end ---------------------------------------------------------------------------------


async def headers(writer: asyncio.StreamWriter) -> None:
    writer.write(OK)
    while True:
        writer.write(b"X-Header: and another one\r\n" * 1000)
        await writer.drain()


async def one_header(writer: asyncio.StreamWriter) -> None:
    writer.write(OK + b"X: ")
    while True:
        writer.write(b"y" * 65_536)
        await writer.drain()


async def interim(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 100)
        await writer.drain()


async def trailers(writer: asyncio.StreamWriter) -> None:
    writer.write(OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n")
    while True:
        writer.write(b"X-Trailer: and another one\r\n" * 1000)
        await writer.drain()


def chunk(size: int) -> bytes:
    return b"%x\r\n" % size + b"x" * size + b"\r\n"


CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
ROUND = b"HTTP/1.1 302 On\r\nContent-Length: 0\r\nLocation: /%s\r\n\r\n"
ENDLESS = {
    "/stream": Bomb(writes=repeated(OK + b"\r\n", MORE, 2000), kind="page"),
    "/chunks": Bomb(writes=repeated(CHUNKED, chunk(1 << 20), 2000), kind="page"),
    "/small-chunks": Bomb(writes=repeated(CHUNKED, chunk(100) * 100, 200_000), kind="page"),
    "/headers": Bomb(writes=headers, kind="page"),
    "/header": Bomb(writes=one_header, kind="page"),
    "/interim": Bomb(writes=interim, kind="page"),
    "/trailers": Bomb(writes=trailers, kind="page"),
    "/error-stream": Bomb(writes=repeated(b"HTTP/1.1 500 No\r\n\r\n", MORE, 2000), end="server"),
    "/circle": Bomb(writes=ROUND % b"circle", end="too_many_redirects"),
    "/far": Bomb(writes=ROUND % (b"far?" + b"x" * 60_000), end="bad_url"),
}
CAP = 10_000_000
PIECE = 65_536


@pytest.mark.row(13)
def test_an_answer_without_end_is_cut_at_its_cap(hostile: Any, figure: Any) -> None:
    told = run(hostile, ENDLESS)
    assert told.keys() == ENDLESS.keys()
    for name, bomb in ENDLESS.items():
        assert told[name]["end"] == bomb.end, (name, told[name])
        assert told[name]["seconds"] < 5, (name, told[name])
        assert told[name]["grown"] < 60, (name, told[name])
        assert told[name]["read"] <= CAP, (name, told[name])  # the last piece is not in it
    assert told["/stream"]["read"] > CAP - 2 * PIECE, "what fits is read"
    grown = max(one["grown"] for one in told.values())
    read = max(one["read"] for one in told.values())
    figure(
        f"{len(ENDLESS)} answers without end (2 GB streams, chunks, headers, trailers, redirects): "
        f"at most {grown:.0f} MB of growth, {read:,} bytes of a body and a piece read"
    )
