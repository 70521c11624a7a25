"""Sources cut into spans, without reading them: where records begin is found by who reads a span.

Only a file that was compressed as one stream is read through once, to know how long it is.
"""

from __future__ import annotations

import zlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import accumulate
from pathlib import Path
from typing import overload

from monitor.archives.model import Kind, Span
from monitor.archives.saved import is_page
from monitor.archives.walking import Walked, is_named, walked
from monitor.edge.streaming import Stream
from monitor.edge.warcfile import (
    ARCHIVES,
    PLAIN,
    Readable,
    SourceError,
    elsewhere,
    end_of,
    is_packed,
    members,
    opened,
    unpacked_head,
)

LONGEST_STREAM = 8_000_000_000  # bytes when unpacked; each span of it is read from the beginning
_ENDS = 65_536  # bytes at either end of a file that its digest is of


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much one span is: bytes of the file, of what a stream unpacks to, or pages.

    Those that are compressed record by record hold about a hundred records.
    """

    packed: int = 1_000_000
    bare: int = 5_000_000
    stream: int = 40_000_000
    pages: int = 50


SIZES = Sizes()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An archive or a folder of saved pages, and all its spans."""

    place: str
    size: int
    digest: str
    spans: Sequence[Span]
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A file of records, alone or inside a zip file: ``size`` bytes, ``step`` of them a span."""

    source: str
    kind: Kind
    size: int
    step: int
    member: str = ""
    remark: str = ""


class Spans(Sequence[Span]):
    """The spans of a source, each made when it is asked for: a terabyte has a million of them."""

    def __init__(self, stretches: Sequence[Stretch]) -> None:
        self._stretches = stretches
        counts = (-(-one.size // one.step) for one in self._stretches)
        self._ends = list(accumulate(counts))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, number: int, /) -> Span: ...
    @overload
    def __getitem__(self, number: slice, /) -> Sequence[Span]: ...
    def __getitem__(self, number: int | slice, /) -> Span | Sequence[Span]:
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        at = range(len(self))[number]
        which = bisect_right(self._ends, at)
        one = self._stretches[which]
        start = (at - (self._ends[which - 1] if which else 0)) * one.step
        return Span(
            source=one.source, kind=one.kind, number=at, start=start,
            end=min(one.size, start + one.step), exact=start == 0, member=one.member,
        )  # fmt: skip


def is_archive(source: str) -> bool:
    """Tell whether a source is for this package: by its name, or because it is a folder."""
    low = source.lower()
    return low.endswith(ARCHIVES) or is_page(low) or Path(source).is_dir()


def cut(source: str, sizes: Sizes = SIZES) -> Source:
    """Return a source with its spans.

    Raises:
        SourceError: it cannot be read, in a sentence.
    """
    path = Path(source).absolute()
    if not is_named(path):
        raise SourceError(f"{str(path)!a}: its name is not in UTF-8; call it otherwise")
    try:
        told = path.stat()
        if not (path.is_dir() or path.is_file()):
            raise SourceError(f"{path}: no regular file")
        if path.is_dir() or is_page(path.name):
            return _pages(path, sizes.pages)
        if told.st_size == 0:
            raise SourceError(f"{path}: the file is empty")
        return _archive(path, told.st_size, sizes)
    except FileNotFoundError:
        raise SourceError(f"{source}: no such file") from None
    except (OSError, EOFError, zlib.error) as problem:
        raise SourceError(f"{path}: cannot be read: {problem}") from problem


def _archive(path: Path, size: int, sizes: Sizes) -> Source:
    if path.name.lower().endswith(".wacz"):
        made, remarks = _wacz(path, sizes)
    else:
        made, remarks = [_warc(path, "", sizes)], []
    remarks += [f"{one.member} {one.remark}".lstrip() for one in made if one.remark]
    if any(one.kind == "stream" for one in made):
        remarks.append(_STREAMED)
    return Source(
        place=str(path), size=size, digest=_digest(path), spans=Spans(made),
        remark=" ".join(remarks),
    )  # fmt: skip


_STREAMED = (
    "It was compressed as a whole, not record by record, so every part is unpacked from the"
    " beginning: `warcio recompress` makes it a hundred times quicker to reach."
)


def _wacz(path: Path, sizes: Sizes) -> tuple[list[Stretch], list[str]]:
    """All WARC files inside, and what is to be said of those that are none."""
    found, others = members(str(path)), elsewhere(str(path))
    remarks = [f"{name} is passed over: unpack it and name it by itself." for name in others[:10]]
    if len(others) > len(remarks):
        remarks.append(f"So are {len(others) - len(remarks):,} more.")
    if not found:
        said = f"{path}: no WARC file inside (archive/*.warc.gz). {' '.join(remarks)}"
        raise SourceError(said.rstrip(" ."))
    made: list[Stretch] = []
    for member in found:
        try:
            made.append(_warc(path, member.name, sizes, packed_again=member.packed))
        except SourceError as problem:
            said = str(problem).removeprefix(f"{path}: ")
            remarks.append(f"{member.name} is passed over: {said}.")
    remarks += [f"{one.member} is empty. {one.remark}".rstrip() for one in made if not one.size]
    made = [one for one in made if one.size]
    if not made:
        raise SourceError(f"{path}: no WARC file inside that can be read. {' '.join(remarks)}")
    return made, remarks


def _warc(path: Path, member: str, sizes: Sizes, *, packed_again: bool = False) -> Stretch:
    if not packed_again:
        with opened(str(path), member) as file:
            size = file.seek(0, 2)
            _must_be_warc(path, file)
            packed = is_packed(file)
            if not packed or _one_each(file, size):
                step = sizes.packed if packed else sizes.bare
                return Stretch(source=str(path), kind="warc", size=size, step=step, member=member)
    with opened(str(path), member, stream=True) as stream:
        size = _length(path, stream)
        broken = stream.broken if isinstance(stream, Stream) else ""
    return Stretch(
        source=str(path), kind="stream", size=size, step=sizes.stream, member=member,
        remark=f"It ends early, at {size:,} bytes once unpacked: {broken}." if broken else "",
    )  # fmt: skip


def _must_be_warc(path: Path, file: Readable) -> None:
    file.seek(0)
    head = file.read(4_096)
    if not (head.startswith(PLAIN) or unpacked_head(head).startswith(PLAIN)):
        raise SourceError(f"{path}: not a WARC file (it does not begin with WARC/1.)")


def _one_each(file: Readable, size: int) -> bool:
    """Whether a compressed file holds a record a member: told by where its first two end.

    The first may be about the file itself, and all the rest be in the second.
    """
    end = end_of(file, 0)
    if end is None:
        return _one_in(file, 0, size)
    return end_of(file, end) is not None or _one_in(file, end, size)


def _one_in(file: Readable, at: int, size: int) -> bool:
    file.seek(at)
    unpacking = zlib.decompressobj(31)
    try:
        for _ in range(1_024):  # a record that is damaged, or many in one member
            out = unpacking.decompress(file.read(4_096), 4_000_000)
            if out.count(b"\r\n\r\nWARC/1.") > 0:
                return False
            if unpacking.eof or file.tell() >= size:
                return True
    except zlib.error:
        return True
    return False


def _length(path: Path, stream: Readable) -> int:
    size = 0
    while data := stream.read(1 << 20):
        if not size and not data.startswith(PLAIN):
            raise SourceError(f"{path}: not a WARC file (it does not begin with WARC/1.)")
        size += len(data)
        if size > LONGEST_STREAM:
            raise SourceError(
                f"{path}: compressed as one stream of more than {LONGEST_STREAM:,} bytes; make it"
                " one that can be reached record by record: warcio recompress OLD NEW"
            )
    return size


# --- saved pages ----------------------------------------------------------------------------


def _pages(path: Path, step: int) -> Source:
    met = Walked(pages=[path]) if path.is_file() else walked(path)
    found, remark = met.pages, met.told()
    if not found:
        raise SourceError(
            f"{path}: no saved pages in it (.html, .htm, .html.gz). {remark}".rstrip()
        )
    digest, size = sha256(), 0
    for one in found:
        told = one.stat()
        size += told.st_size
        digest.update(f"{one.relative_to(path.parent)}\0{told.st_size}\n".encode())
    spans = tuple(
        Span(
            source=str(path), kind="page", number=number, start=at,
            end=min(len(found), at + step), exact=True,
            paths=tuple(str(one) for one in found[at : at + step]),
        )
        for number, at in enumerate(range(0, len(found), step))
    )  # fmt: skip
    return Source(
        place=str(path), size=size, digest=f"sha256:{digest.hexdigest()}", spans=spans,
        remark=remark,
    )  # fmt: skip


def _digest(path: Path) -> str:
    """A hash of a file's size, its first and its last bytes: to know it again, in a moment."""
    size = path.stat().st_size
    digest = sha256(f"{size}\0".encode())
    with path.open("rb") as file:
        digest.update(file.read(_ENDS))
        file.seek(max(0, size - _ENDS))
        digest.update(file.read(_ENDS))
    return f"sha256-of-ends:{digest.hexdigest()}"
