"""Where the bytes of a web archive lie: a file, a file inside a zip file, or a stream to unpack.

Nothing is unpacked to disk, and no path out of an archive is ever used as one.
"""

from __future__ import annotations

import gzip
import io
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from monitor.edge.streaming import Stream

GZIP = b"\x1f\x8b\x08"
PLAIN = b"WARC/1."
ARCHIVES = (".warc", ".warc.gz", ".wacz")
"""How the names of archives end."""
_LOOK = 256 * 1024  # bytes looked through at once for the beginning of a record
_PEEK = 2_048  # bytes of a member from which its first few can be unpacked
_MARKS = re.compile(rb"\x1f\x8b\x08|WARC/1\.")
_HEAD = re.compile(
    rb"WARC/1\.\d\r\n(?=(?:[\w-]+:[^\r\n]*\r\n)*?WARC-Type:)(?=(?:[\w-]+:[^\r\n]*\r\n)*?Content-Length:)"
    rb"(?:[\w-]+:[^\r\n]*\r\n)+\r\n", re.IGNORECASE,
)  # fmt: skip
_FIRST = re.compile(rb"WARC/1\.\d\r\n")
_SIZE = re.compile(rb"\d{1,15}")
_LOCAL = struct.Struct("<4s22xHH")  # of a zip file: the head before each file inside
MOST_FILES = 10_000  # inside one WACZ file; it has one WARC file for each gigabyte


class SourceError(Exception):
    """A source that cannot be read at all; the message is a sentence for people."""


class Readable(Protocol):
    """What records are read from. Positions are those that records are known by."""

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, none at the end."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a position."""

    def tell(self) -> int:
        """Return the position."""


class Window:
    """A part of a file, as if it were a file of its own."""

    def __init__(self, number: int, start: int, size: int) -> None:
        self._file, self._start, self.size = number, start, size
        self._at = 0

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, none at the end."""
        left = max(0, self.size - self._at)
        data = os.pread(self._file, left if size < 0 else min(size, left), self._start + self._at)
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a position."""
        self._at = max(0, offset + (0, self._at, self.size)[whence])
        return self._at

    def tell(self) -> int:
        """Return the position."""
        return self._at


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A WARC file inside a WACZ file: where its bytes begin, or that they were compressed again."""

    name: str
    start: int
    size: int
    packed: bool


@contextmanager
def opened(source: str, member: str = "", *, stream: bool = False) -> Iterator[Readable]:
    """Give the bytes of an archive; of a ``stream`` those that come out when it is unpacked.

    Raises:
        SourceError: there is no such file, or none that could be read.
    """
    with ExitStack() as stack:
        try:
            if not member:
                file: io.BufferedIOBase = stack.enter_context(Path(source).open("rb"))
                size = _size(file.fileno(), source)
                yield _unpacked(file, stack) if stream else Window(file.fileno(), 0, size)
                return
            found = _member(source, member)
            if not found.packed:
                raw = stack.enter_context(Path(source).open("rb"))
                window = Window(raw.fileno(), found.start, found.size)
                yield _unpacked(io.BufferedReader(_Raw(window)), stack) if stream else window
                return
            inside = stack.enter_context(zipfile.ZipFile(source))
            yield _unpacked(stack.enter_context(inside.open(member)), stack)
        except (zipfile.BadZipFile, NotImplementedError) as problem:
            raise SourceError(f"{source}: not a WACZ file ({problem})") from problem
        except FileNotFoundError as problem:
            raise SourceError(f"{source}: no such file") from problem


class _Raw(io.RawIOBase):
    """A window as the standard library wants its files."""

    def __init__(self, window: Window) -> None:
        self._window = window

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._window.seek(offset, whence)

    def tell(self) -> int:
        return self._window.tell()

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        data = self._window.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _unpacked(file: io.BufferedIOBase | IO[bytes], stack: ExitStack) -> Stream:
    """What comes out of a file: it may be plain too, where a zip file had it compressed."""
    head = file.read(3)
    file.seek(0)
    return Stream(stack.enter_context(gzip.GzipFile(fileobj=file)) if head == GZIP else file)


def _size(number: int, source: str) -> int:
    told = os.fstat(number)
    if not stat.S_ISREG(told.st_mode):
        raise SourceError(f"{source}: no regular file")
    return told.st_size


# --- WACZ -----------------------------------------------------------------------------------


def members(source: str) -> list[Member]:
    """Return the WARC files inside a WACZ file, in the order of their names.

    Raises:
        SourceError: it is none, or holds paths or files that no WACZ file holds.
    """
    try:
        with zipfile.ZipFile(source) as archive, Path(source).open("rb") as file:
            if len(archive.infolist()) > MOST_FILES:
                raise SourceError(f"{source}: more than {MOST_FILES:,} files inside")
            found = [
                _placed(info, file, source) for info in archive.infolist() if _is_warc(info, source)
            ]
    except (zipfile.BadZipFile, NotImplementedError, struct.error, OSError) as problem:
        raise SourceError(f"{source}: not a WACZ file ({problem})") from problem
    if len({one.name for one in found}) != len(found):
        raise SourceError(f"{source}: two files inside have the same name")
    return sorted(found, key=lambda one: one.name)


def elsewhere(source: str) -> list[str]:
    """Return the archives inside a WACZ file that are not read: they stand where none belongs.

    Raises:
        SourceError: it is no zip file.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            return sorted(
                info.filename for info in archive.infolist()
                if info.filename.lower().endswith(ARCHIVES) and not _is_warc(info, source)
            )  # fmt: skip
    except (zipfile.BadZipFile, NotImplementedError, OSError) as problem:
        raise SourceError(f"{source}: not a WACZ file ({problem})") from problem


def _is_warc(info: zipfile.ZipInfo, source: str) -> bool:
    parts = info.filename.split("/")
    if info.filename.startswith("/") or ".." in parts or "\\" in info.filename:
        raise SourceError(f"{source}: a path inside leads out of it")
    if info.flag_bits & 1:
        raise SourceError(f"{source}: it is encrypted")
    return parts[0] == "archive" and info.filename.lower().endswith((".warc", ".warc.gz"))


def _placed(info: zipfile.ZipInfo, file: io.BufferedReader, source: str) -> Member:
    file.seek(info.header_offset)
    mark, name, extra = _LOCAL.unpack(file.read(_LOCAL.size))
    start = info.header_offset + _LOCAL.size + name + extra
    if mark != b"PK\x03\x04":
        raise SourceError(f"{source}: not a WACZ file (its list of files leads nowhere)")
    packed = info.compress_type != zipfile.ZIP_STORED
    return Member(name=info.filename, start=start, size=info.file_size, packed=packed)


def _member(source: str, name: str) -> Member:
    for one in members(source):
        if one.name == name:
            return one
    raise SourceError(f"{source}: no {name} inside any more")


# --- where records begin ---------------------------------------------------------------------


def is_packed(file: Readable) -> bool:
    """Tell whether a file is compressed record by record."""
    file.seek(0)
    return file.read(3) == GZIP


def probable(file: Readable, at: int, end: int) -> int | None:
    """Return where in [at, end) a record seems to begin first; None: nowhere.

    A page may hold what looks like one, so this is a guess until it is held against where the
    record before it ended.
    """
    while at < end:
        file.seek(at)
        data = file.read(_LOOK)
        for found in _MARKS.finditer(data):
            if at + found.start() >= end:
                return None
            if begins(file, at + found.start()):
                return at + found.start()
        if len(data) < _LOOK:
            return None
        at += len(data) - len(PLAIN) + 1
    return None


def begins(file: Readable, at: int) -> bool:
    """Tell whether a record seems to begin here, compressed or not."""
    file.seek(max(0, at - 4))
    before = file.read(min(at, 4))
    data = file.read(_PEEK)
    if data.startswith(GZIP):
        return unpacked_head(data).startswith(PLAIN)
    first, line_end, _ = data[: len(PLAIN) + 3].partition(b"\r\n")
    if not (data.startswith(PLAIN) and line_end and len(first) > len(PLAIN)):
        return False
    # What stands before it may be cut off, or rubbish: then it must look like one altogether.
    return at == 0 or before == b"\r\n\r\n" or bool(_HEAD.match(data))


def past_nothing(file: Readable, at: int) -> int:
    """Return where something stands again: after line ends, and members that hold nothing."""
    while True:
        file.seek(at)
        data = file.read(_PEEK)
        step = len(data) - len(data.lstrip(b"\r\n")) or _empty(data)
        if not step:
            return at
        at += step


def _empty(data: bytes) -> int:
    """How long the compressed member at the beginning is where nothing is in it, else 0."""
    unpacking = zlib.decompressobj(31)
    try:
        out = unpacking.decompress(data, 1)
    except zlib.error:
        return 0
    return len(data) - len(unpacking.unused_data) if unpacking.eof and not out else 0


def unpacked_head(data: bytes) -> bytes:
    """Return the first bytes of what a gzip member holds; none where it is no member."""
    try:
        return zlib.decompressobj(31).decompress(data, 64)
    except zlib.error:
        return b""


def end_of(
    file: Readable, at: int, *, whole: bool = True, most: int = 2_000_000_000
) -> int | None:  # fmt: skip
    """Return where the one record at ``at`` ends if it is whole and as long as it says; else None.

    Not ``whole``: a compressed one may be of another length than it says. Only asked where reading
    on from it failed. Unpacks no more than ``most`` bytes and keeps none.
    """
    file.seek(at)
    head, size = file.read(_LOOK), 0
    if not head.startswith(GZIP):
        length = _length(head)
        if length is None:
            return None
        file.seek(at + length)
        return at + length + 4 if file.read(4) == b"\r\n\r\n" else None
    file.seek(at)
    head = b""
    unpacking = zlib.decompressobj(31)
    while not unpacking.eof and size < most:
        data = unpacking.unconsumed_tail or file.read(65_536)
        if not data:
            return None
        try:
            out = unpacking.decompress(data, 1_000_000)
        except zlib.error:
            return None
        size += len(out)
        if len(head) < _LOOK:
            head += out
    if not unpacking.eof:
        return None
    length = _length(head)
    if whole and length not in (size - 4, size - 2, size):
        return None
    return file.tell() - len(unpacking.unused_data)


def runs_out(file: Readable, at: int) -> bool:
    """Tell whether the file ends before the one record at ``at`` does, by the record's own word.

    Of a compressed one that is not told here.
    """
    file.seek(at)
    head = file.read(_LOOK)
    length = None if head.startswith(GZIP) else _length(head)
    return length is not None and at + length > file.seek(0, 2)


def _length(head: bytes) -> int | None:
    """How long a record is by its own word, without the two line ends after it."""
    top, gap, _ = head.partition(b"\r\n\r\n")
    if _FIRST.search(top, 1):  # it was cut off, and the head of the next one is in its own
        return None
    for line in top.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if gap and name.strip().lower() == b"content-length" and _SIZE.fullmatch(value.strip()):
            return len(top) + 4 + int(value)
    return None
