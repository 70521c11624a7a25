"""A page as it was sent, unwrapped: chunks joined, compression undone, within a bound.

Archives say at times that a page is compressed or in chunks when whoever wrote them had unwrapped
it already: what is not what it says to be is taken as it is.
"""

from __future__ import annotations

import re
import zlib
from codecs import BOM_UTF8
from collections.abc import Mapping
from importlib import import_module
from io import BytesIO

from monitor.edge.warcfile import GZIP

_SIZE = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
_MOST_CODINGS = 3
_MOST_PARTS = 100  # of one page, each compressed by itself
_ZSTD = b"\x28\xb5\x2f\xfd"
_CODINGS = frozenset(["gzip", "x-gzip", "deflate", "br", "zstd"])
_BITS = {"gzip": 31, "zlib": 15, "raw": -15}
_NO_TEXT = re.compile(rb"[\x00-\x08]")
_MARKUP = re.compile(rb"<(?:!doctype|html|head|body|div)\b", re.IGNORECASE)


class TooLargeError(Exception):
    """What comes out is larger than it may be."""


class BrokenError(Exception):
    """It is compressed as it says, and damaged."""


def unwrapped(body: bytes, head: Mapping[str, str], *, largest: int) -> bytes:
    """Return the page itself. ``head`` has its names in small letters.

    Raises:
        TooLargeError: it is larger than ``largest`` bytes.
        BrokenError: it cannot be unpacked.
    """
    if "chunked" in head.get("transfer-encoding", "").lower():
        body = _joined(body)
    codings = [one.strip().lower() for one in head.get("content-encoding", "").split(",")]
    for coding in reversed(codings[-_MOST_CODINGS:]):
        body = _unpacked(body, coding, largest)
    for _ in range(_MOST_CODINGS):  # compressed, and not said to be: no page begins so
        if body.startswith(GZIP):
            body = _inflated(body, 31, largest)
        elif body.startswith(_ZSTD):
            body = _read_out(body, "zstd", largest)
    if len(body) > largest:
        raise TooLargeError
    return body


def _joined(body: bytes) -> bytes:
    """The chunks joined; the body as it is where it is not in chunks."""
    parts: list[bytes] = []
    at = 0
    while found := _SIZE.match(body, at):
        size = int(found[1], 16)
        if size == 0:
            return b"".join(parts)
        start = found.end()
        parts.append(body[start : start + size])
        at = start + size
        at += 2 if body[at : at + 2] == b"\r\n" else 1
    # The last chunk may be missing: what came is what there is.
    return b"".join(parts) if parts and at >= len(body) else body


def _unpacked(body: bytes, coding: str, largest: int) -> bytes:
    """One coding undone: the one that it says, or another one that its first bytes tell of."""
    if coding not in _CODINGS or not body or _is_text(body):
        return body
    why: BrokenError | None = None
    for way in _ways(body, coding):
        try:
            if way in _BITS:
                return _inflated(body, _BITS[way], largest)
            return _read_out(body, way, largest)
        except BrokenError as problem:
            why = why or problem
    if why is None or _MARKUP.search(body, 0, 4_096) or not _NO_TEXT.search(body, 0, 1_000):
        return body
    raise why


def _ways(body: bytes, coding: str) -> list[str]:
    """In what order to try how a body was compressed. Brotli begins in no way of its own."""
    if body.startswith(GZIP):
        return ["gzip"]
    if body.startswith(_ZSTD):
        return ["zstd"]
    ways = ["zlib"] if body[0] & 15 == 8 and int.from_bytes(body[:2], "big") % 31 == 0 else []
    return [*ways, "raw" if coding == "deflate" else "br"]


def _is_text(body: bytes) -> bool:
    return body[:200].removeprefix(BOM_UTF8).lstrip()[:1] == b"<"


def _inflated(body: bytes, bits: int, largest: int) -> bytes:
    """What comes out; of a page that is cut off what there is, and of one in parts all of them."""
    parts: list[bytes] = []
    left = largest + 1
    for _ in range(_MOST_PARTS):
        unpacking = zlib.decompressobj(bits)
        try:
            parts.append(unpacking.decompress(body, left))
        except zlib.error as problem:
            if parts:  # rubbish after a page
                break
            raise BrokenError(str(problem)) from problem
        left -= len(parts[-1])
        body = unpacking.unused_data
        if left <= 0 or bits != 31 or not body.startswith(GZIP):
            break
    return b"".join(parts)


def _read_out(body: bytes, coding: str, largest: int) -> bytes:
    """What comes out; of a page that is cut off, or has rubbish behind it, what there is."""
    streams = import_module("fastwarc.stream_io")
    reader = streams.BrotliReader if coding == "br" else streams.ZstdReader
    out, size = [], 0
    try:
        stream = reader(BytesIO(body))
        while size <= largest and (data := stream.read(4_096)):
            out.append(data)
            size += len(data)
    except (OSError, ValueError, RuntimeError) as problem:
        if not out:
            raise BrokenError(str(problem)) from problem
    return b"".join(out)
