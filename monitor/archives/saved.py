"""Pages saved by hand: files of HTML, and where on the web each of them was."""

from __future__ import annotations

import gzip
import html
import re
import zlib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from monitor.archives.model import Span
from monitor.edge.warc import Record
from monitor.edge.warcfile import GZIP

ENDINGS = (".html", ".htm", ".xhtml", ".html.gz", ".htm.gz")
_HEAD = 2_000_000  # bytes in which a page says where it is from; pictures may stand before it
_TAG = re.compile(r"<(?:link|meta)\b[^<>]{0,2000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([a-zA-Z:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_SAVED = re.compile(r"saved from url=\(\d+\)(\S+)", re.IGNORECASE)
_SINGLE = re.compile(r"<!--\s*Page saved with SingleFile\s+url:\s*(\S+)", re.IGNORECASE)
_SIDECARS = (".url", ".webloc", ".txt")
_LINK = re.compile(r"https?://[^\s<>\"']+")


def is_page(name: str) -> bool:
    """Tell whether a file is a saved page, by its name."""
    return name.lower().endswith(ENDINGS)


def saved_pages(span: Span, *, largest: int) -> Iterator[Record]:
    """Yield the saved pages of a span as records; their numbers stand for their offsets."""
    for at, path in enumerate(span.paths, span.start):
        yield _record(Path(path), at, largest)


def _record(path: Path, at: int, largest: int) -> Record:
    try:
        told = path.stat()
        body = _read(path, largest)
    except (OSError, EOFError, zlib.error) as problem:
        said = f"{path.name}: {problem}"
        return Record(start=at, end=at + 1, fault="damaged", detail=said)
    if body is None:
        said = f"{path.name}: more than {largest:,} bytes."
        return Record(start=at, end=at + 1, fault="too_large", detail=said)
    url = address(body, path)
    if not url:
        said = f"{path.name}: it does not say which address it was saved from."
        return Record(start=at, end=at + 1, fault="no_address", detail=said)
    return Record(
        start=at, end=at + 1, type="resource", url=url, status=200,
        at=_instant(told.st_mtime), head={"content-type": "text/html"},
        body=body,
    )  # fmt: skip


def _instant(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _read(path: Path, largest: int) -> bytes | None:
    """The page; None where it is larger than it may be."""
    with path.open("rb") as plain:
        packed = plain.read(len(GZIP)) == GZIP  # some programs save what they were sent
        plain.seek(0)
        if packed or path.name.lower().endswith(".gz"):
            with gzip.open(plain, "rb") as file:
                body = file.read(largest + 1)
        else:
            body = plain.read(largest + 1)
    return body if len(body) <= largest else None


def address(body: bytes, path: Path) -> str:
    """Return where a saved page was: by a file beside it, its own word, or what saved it."""
    beside = _beside(path)
    if beside:
        return beside
    wide = body.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    head = body[:_HEAD].decode("utf-16" if wide else "utf-8", "replace")
    found = _SAVED.search(head) or _SINGLE.search(head)
    told = {"canonical": "", "og:url": ""}
    for tag in _TAG.findall(head):
        values = {
            name.lower(): html.unescape(a or b or c).strip()
            for name, a, b, c in _ATTRIBUTE.findall(tag)
        }
        key = values.get("rel", values.get("property", values.get("name", ""))).lower()
        if key in told and not told[key]:
            told[key] = values.get("href", values.get("content", ""))
    for url in (told["canonical"], told["og:url"], found[1] if found else ""):
        if _LINK.fullmatch(url):
            return url
    return ""


def _beside(path: Path) -> str:
    """The address in a small file of the same name beside it, as some programs leave one."""
    for name in (path.name, path.name.partition(".")[0]):
        for ending in _SIDECARS:
            sidecar = path.with_name(f"{name}{ending}")
            try:
                with sidecar.open("rb") as file:
                    found = _LINK.search(file.read(4_000).decode("utf-8", "replace"))
            except OSError:
                continue
            if found:
                return found[0]
    return ""
