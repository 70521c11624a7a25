"""A bomb costs a bounded amount of memory and time, whatever it would unpack to."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

_FETCH = """
import json, sys, time
from monitor.edge.clock import system_clock
from monitor.edge.http import FetchLimits, Web
from monitor.model import FetchRequest

def megabytes():  # not ru_maxrss, which counts the memory of whoever started this process
    with open("/proc/self/status") as status:
        return int(status.read().partition("VmHWM:")[2].split()[0]) / 1024

port, path, kind = int(sys.argv[1]), sys.argv[2], sys.argv[3]
limits = FetchLimits(host_gap_seconds=0)
allow = frozenset({("127.0.0.1", port)})
with Web(clock=system_clock, user_agent="T/0", limits=limits, allow=allow) as web:
    web.fetch(FetchRequest(key="warm", url=f"http://127.0.0.1:{port}/warm"))
    before, began = megabytes(), time.monotonic()
    outcome = web.fetch(FetchRequest(key="k", url=f"http://127.0.0.1:{port}{path}", kind=kind))
    print(json.dumps({
        "fault": getattr(outcome, "fault", None),
        "seconds": time.monotonic() - began,
        "grown": megabytes() - before,
    }))
"""


def _gibibyte(wbits: int) -> tuple[bytes, bytes]:
    """Give the head of a stream and a block that stands for a mebibyte and can be repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    head = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b"\0" * (1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head, block


def _bomb(encoding: str, head: bytes, block: bytes) -> Any:
    async def write(writer: asyncio.StreamWriter) -> None:
        field = f"Content-Encoding: {encoding}\r\n" if encoding else ""
        writer.write(f"HTTP/1.1 200 OK\r\n{field}\r\n".encode() + head)
        for _ in range(1024):
            writer.write(block)
            await writer.drain()

    return write


async def _two_bytes_a_chunk(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"2\r\nxx\r\n" * 10_000)
        await writer.drain()


@pytest.mark.parametrize(
    ("name", "kind", "fault", "seconds"),
    [
        ("gzip", "page", "too_large", 2),
        ("gzip", "feed", "too_large", 2),
        ("deflate", "feed", "too_large", 2),
        ("gzip, gzip", "page", "encoding", 2),
        ("br", "page", "encoding", 2),
        ("", "feed", "too_large", 2),
        ("chunks", "page", "too_large", 20),
    ],
)
def test_a_gibibyte_costs_under_60_mb_and_stops_at_once(
    hostile: Any, name: str, kind: str, fault: str, seconds: float
) -> None:
    head, block = _gibibyte(31 if "gzip" in name else 15)
    if not name:
        head, block = b"", b"<item/>\n" * (1 << 17)
    hostile.answers["/bomb"] = _two_bytes_a_chunk if name == "chunks" else _bomb(name, head, block)
    ran = subprocess.run(
        [sys.executable, "-c", _FETCH, str(hostile.port), "/bomb", kind],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    told = json.loads(ran.stdout)
    assert told["fault"] == fault
    assert told["grown"] < 60
    assert told["seconds"] < seconds
