"""One answer, read as it arrives: headers counted, the body inflated and stopped at its cap.

Nothing here waits or connects; the client hands in bytes as they come.
"""

from __future__ import annotations

import re
import zlib
from typing import Protocol

from monitor.model import Fault

MOST_HEADERS = 1000
SCRAP_BYTES = 65_536
"""How much is read of a body that is not wanted (redirects, errors): enough to know a bot wall."""

_STEP = 262_144
_FREE_PIECES = 50_000
_LEAST_PIECE = 16
"""Bytes: a body that comes in smaller crumbs, and very many, costs more to take than to read."""

_MOST_MEMBERS = 64
_BLANK = frozenset({b"\r\n", b"\n"})
_FOLDED = frozenset({" ", "\t"})
_LISTED = frozenset({"content-encoding", "transfer-encoding"})
_NO_ENCODING = frozenset({"", "identity"})
_STATUS = re.compile(rb"HTTP/1\.[01] +([0-9]{3})(?: |\r|\n|$)")
_LENGTH = re.compile(r"[0-9]{1,18}")


class _Inflater(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    @property
    def unconsumed_tail(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...


class Held:
    """How many bytes of bodies are held at the moment, over all answers that share one."""

    __slots__ = ("total",)

    def __init__(self) -> None:
        self.total = 0


class Response:
    """The state of one answer. ``fault`` says why it was cut off; ``enough`` that it may be.

    ``body_cap`` bounds both the bytes received and the bytes after inflation, ``header_cap`` all
    headers together, interim answers and trailers included.
    """

    __slots__ = (
        "_content",
        "_decoder",
        "_encoding",
        "_ended",
        "_header_bytes",
        "_held",
        "_lines",
        "_members",
        "_pieces",
        "_received",
        "_scrap",
        "_since",
        "body_cap",
        "detail",
        "enough",
        "fault",
        "header_cap",
        "headers",
        "keep_start",
        "status",
    )

    def __init__(
        self, *, body_cap: int, header_cap: int, keep_start: bool, held: Held | None = None
    ) -> None:
        self.body_cap = body_cap
        self.header_cap = header_cap
        self.keep_start = keep_start  # robots.txt: what stands before the cap counts
        self.status = 0
        self.headers: dict[str, str] = {}
        self.fault: Fault | None = None
        self.detail = ""
        self.enough = False
        self._header_bytes = 0
        self._lines: list[bytes] = []
        self._since = 0  # where among the lines the headers of this very answer begin
        self._held = held or Held()
        self._ended = False
        self._scrap = False
        self._encoding = ""
        self._decoder: _Inflater | None = None
        self._members = 0
        # One growing buffer: a list of pieces would let a body of two-byte chunks cost 25 times
        # its size in memory.
        self._content = bytearray()
        self._received = 0
        self._pieces = 0

    @property
    def headers_ended(self) -> bool:
        """Whether the final answer's headers are complete."""
        return self._ended

    @property
    def body(self) -> bytes:
        """What arrived of the body, inflated, within the cap."""
        return bytes(self._content)

    @property
    def size(self) -> int:
        """How many bytes of the body are held."""
        return len(self._content)

    def drop_body(self) -> None:
        """Let go of the body, however long the answer itself is still held."""
        self._held.total -= len(self._content)
        self._content = bytearray()
        self._decoder = None

    @property
    def cut_short(self) -> bool:
        """Whether a compressed body ended in the middle of its stream."""
        return self._decoder is not None and not self._decoder.eof

    def on_header(self, line: bytes) -> int:
        """Take one header line as the client passes it; return what the client expects."""
        lines = self._lines
        lines.append(line)
        self._header_bytes += len(line)
        if self._header_bytes > self.header_cap or len(lines) > MOST_HEADERS:
            return self._stop(Fault.TOO_LARGE, "The headers are larger than any honest answer's.")
        if line[:5] == b"HTTP/":
            return self._on_status(line)
        # Trailers say nothing we believe. The lines are read in one go, when all are there.
        if self._ended or (line not in _BLANK):
            return len(line)
        self._read_lines()
        return len(line) if self.status < 200 or self._on_end() else -1

    def on_body(self, data: bytes) -> int:
        """Take a piece of the body as the client passes it; return what the client expects."""
        size = len(data)
        self._received += size
        self._pieces += 1
        if self._pieces > _FREE_PIECES and self._received < self._pieces * _LEAST_PIECE:
            return self._stop(Fault.PROTOCOL, "The body comes in crumbs, as no honest answer's.")
        if not (self._encoding or self._scrap) and self._received <= self.body_cap:
            self._content += data
            self._held.total += size
            return size
        if self._scrap and self._received > SCRAP_BYTES:
            self.enough = True
            return -1
        if not self._encoding:
            return size if self._take(data) else -1
        if self._received > self.body_cap and not self._scrap:
            self._too_large()
            return -1
        return size if self._inflate(data) else -1

    def _on_status(self, line: bytes) -> int:
        match = _STATUS.match(line)
        if match is None:
            return self._stop(Fault.PROTOCOL, "The status line cannot be read.")
        self.status = int(match[1])
        self.headers = {}
        self._since = len(self._lines)
        self._ended = False
        return len(line)

    def _read_lines(self) -> None:
        headers = self.headers
        for line in self._lines[self._since :]:
            name, colon, value = line.decode("latin-1").partition(":")
            if not colon or name[:1] in _FOLDED:
                continue
            name, value = name.strip().lower(), value.strip()
            if name in headers and name in _LISTED:
                value = f"{headers[name]}, {value}"
            headers[name] = value

    def _on_end(self) -> bool:
        self._ended = True
        self._scrap = self.status >= 300
        length = self.headers.get("content-length", "")
        known = not self._scrap and not self.keep_start and _LENGTH.fullmatch(length)
        if known and int(length) > self.body_cap:
            self._too_large()
            return False
        transfer = self.headers.get("transfer-encoding", "").lower()
        if transfer not in {"", "chunked", "identity"}:
            self._stop(Fault.ENCODING, "A transfer encoding we did not ask for.")
            return False
        return self._on_encoding(self.headers.get("content-encoding", "").strip().lower())

    def _on_encoding(self, encoding: str) -> bool:
        if encoding in _NO_ENCODING:
            return True
        if encoding in {"gzip", "x-gzip", "deflate"}:
            self._encoding = encoding.removeprefix("x-")
            return True
        if self._scrap:
            return True  # an error's text in any encoding is still that error
        self._stop(Fault.ENCODING, "A content encoding we did not ask for, or more than one.")
        return False

    def _inflate(self, data: bytes) -> bool:
        try:
            return self._inflate_all(data)
        except zlib.error:
            if self._scrap:
                self._encoding = ""
                return True
            self._stop(Fault.ENCODING, "The body does not fit its content encoding.")
            return False

    def _inflate_all(self, data: bytes) -> bool:
        while data:
            if self._decoder is None or self._decoder.eof:
                if self._members and (self._encoding != "gzip" or not data.startswith(b"\x1f")):
                    return True  # padding after the stream
                self._members += 1
                if self._members > _MOST_MEMBERS:
                    self._stop(Fault.ENCODING, "The body is chopped into too many gzip members.")
                    return False
                self._decoder = _decoder(self._encoding, data)
            if not self._take(self._decoder.decompress(data, _STEP)):
                return False
            data = self._decoder.unconsumed_tail or self._decoder.unused_data
        return True

    def _take(self, piece: bytes) -> bool:
        room = (SCRAP_BYTES if self._scrap else self.body_cap) - len(self._content)
        if len(piece) <= room:
            self._hold(piece)
            return True
        if self._scrap:
            self.enough = True
        else:
            if self.keep_start:
                self._hold(piece[:room])
            self._too_large()
        return False

    def _hold(self, piece: bytes) -> None:
        self._content += piece
        self._held.total += len(piece)

    def _too_large(self) -> None:
        if self.keep_start:
            self.enough = True
            return
        self.drop_body()
        self._stop(Fault.TOO_LARGE, f"The body is larger than {self.body_cap:,} bytes.")

    def _stop(self, fault: Fault, detail: str) -> int:
        self.fault = fault
        self.detail = detail
        return -1


def _decoder(encoding: str, start: bytes) -> _Inflater:
    if encoding == "gzip":
        return zlib.decompressobj(31)
    # "deflate" means zlib by the standard and a bare stream by half of the servers.
    bare = len(start) < 2 or start[0] & 15 != 8 or (start[0] << 8 | start[1]) % 31
    return zlib.decompressobj(-15 if bare else 15)
