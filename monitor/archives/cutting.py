"""Sources cut into spans, without reading them: where records begin is found by who reads a span.

Only a file that was compressed as one stream is read through once, to know how long it is.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from monitor.archives.model import Kind, Span
from monitor.archives.saved import is_page
from monitor.edge.warcfile import (
    PLAIN,
    Readable,
    SourceError,
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
    spans: tuple[Span, ...]
    remark: str = ""


def is_archive(source: str) -> bool:
    """Tell whether a source is for this package: by its name, or because it is a folder."""
    low = source.lower()
    return low.endswith((".warc", ".warc.gz", ".wacz")) or is_page(low) or Path(source).is_dir()


def cut(source: str, sizes: Sizes = SIZES) -> Source:
    """Return a source with its spans.

    Raises:
        SourceError: it cannot be read, in a sentence.
    """
    path = Path(source).absolute()
    try:
        if path.is_dir() or is_page(path.name):
            return _pages(path, sizes.pages)
        if path.stat().st_size == 0:
            raise SourceError(f"{path}: the file is empty")
        is_wacz = path.name.lower().endswith(".wacz")
        made = list(_wacz(path, sizes) if is_wacz else _warc(path, "", sizes))
        spans = tuple(_numbered(made))
        remark = "" if all(span.kind == "warc" for span in spans) else _STREAMED
        return Source(
            place=str(path), size=path.stat().st_size, digest=_digest(path), spans=spans,
            remark=remark,
        )  # fmt: skip
    except FileNotFoundError:
        raise SourceError(f"{source}: no such file") from None
    except (OSError, EOFError, zlib.error) as problem:
        raise SourceError(f"{path}: cannot be read: {problem}") from problem


_STREAMED = (
    "It was compressed as a whole, not record by record, so every part is unpacked from the"
    " beginning: `warcio recompress` makes it a hundred times quicker to reach."
)


def _numbered(spans: list[Span]) -> Iterator[Span]:
    for number, span in enumerate(spans):
        yield Span(
            source=span.source, kind=span.kind, number=number, start=span.start, end=span.end,
            exact=span.exact, member=span.member, paths=span.paths,
        )  # fmt: skip


def _wacz(path: Path, sizes: Sizes) -> Iterator[Span]:
    found = members(str(path))
    if not found:
        raise SourceError(f"{path}: no WARC file inside (archive/*.warc.gz)")
    for member in found:
        yield from _warc(path, member.name, sizes, packed_again=member.packed)


def _warc(path: Path, member: str, sizes: Sizes, *, packed_again: bool = False) -> Iterator[Span]:
    if not packed_again:
        with opened(str(path), member) as file:
            size = file.seek(0, 2)
            _must_be_warc(path, file)
            packed = is_packed(file)
            if not packed or _one_each(file, size):
                step = sizes.packed if packed else sizes.bare
                yield from _stretches(path, member, "warc", size, step)
                return
    with opened(str(path), member, stream=True) as stream:
        size = _length(path, stream)
    yield from _stretches(path, member, "stream", size, sizes.stream)


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
        for _ in range(64):  # a record that is damaged, or many in one member
            out = unpacking.decompress(file.read(65_536), 4_000_000)
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


def _stretches(path: Path, member: str, kind: Kind, size: int, step: int) -> Iterator[Span]:
    for start in range(0, size, step):
        yield Span(
            source=str(path), kind=kind, number=0, start=start, end=min(size, start + step),
            exact=start == 0, member=member,
        )  # fmt: skip


# --- saved pages ----------------------------------------------------------------------------


def _pages(path: Path, step: int) -> Source:
    found = [path] if path.is_file() else sorted(_walked(path))
    if not found:
        raise SourceError(f"{path}: no saved pages in it (.html, .htm, .html.gz)")
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
    return Source(place=str(path), size=size, digest=f"sha256:{digest.hexdigest()}", spans=spans)


def _walked(path: Path) -> Iterator[Path]:
    """The saved pages of a folder and its folders; links are not followed."""
    for folder, folders, names in os.walk(path, followlinks=False):
        folders.sort()
        for name in names:
            one = Path(folder) / name
            if is_page(name) and one.is_file() and not one.is_symlink():
                yield one


def _digest(path: Path) -> str:
    """A hash of a file's size, its first and its last bytes: to know it again, in a moment."""
    size = path.stat().st_size
    digest = sha256(f"{size}\0".encode())
    with path.open("rb") as file:
        digest.update(file.read(_ENDS))
        file.seek(max(0, size - _ENDS))
        digest.update(file.read(_ENDS))
    return f"sha256-of-ends:{digest.hexdigest()}"
