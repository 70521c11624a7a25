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
_LINK = re.compile(r"https?://[^\s<>\"'\x00-\x1f\x7f\ufffd]+", re.IGNORECASE)
_SIDECARS = {
    ".url": re.compile(rf"^URL=({_LINK.pattern})", re.IGNORECASE | re.MULTILINE),
    ".webloc": re.compile(
        rf"(?:<string>\s*|bplist.*?)({_LINK.pattern})", re.IGNORECASE | re.DOTALL
    ),
    ".txt": re.compile(rf"\s*({_LINK.pattern})\s*(?:\n|$)", re.IGNORECASE),
}
"""Where in a file beside a page its address stands: other links are of icons, of the form of the
file, or of a text that was saved beside the page."""


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
    head = _text(body[:_HEAD])
    found = _SAVED.search(head) or _SINGLE.search(head)
    told = {"canonical": "", "og:url": ""}
    for tag in _TAG.findall(head):
        values = {
            name.lower(): html.unescape(a or b or c).strip()
            for name, a, b, c in _ATTRIBUTE.findall(tag)
        }
        for key in (
            values.get("rel", values.get("property", values.get("name", ""))).lower().split()
        ):
            if key in told and not told[key]:
                url = values.get("href", values.get("content", ""))
                told[key] = f"https:{url}" if url.startswith("//") else url
    said = (told["canonical"], told["og:url"], found[1].replace("&amp;", "&") if found else "")
    urls = [url for url in said if _LINK.fullmatch(url)]
    # Some sites say of every page that it is their front page: then all would be one article.
    return next((url for url in urls if _leads_in(url)), urls[0] if urls else "")


def _leads_in(url: str) -> bool:
    """Whether an address names a page of a site, and not the site."""
    _host, _, path = url.partition("://")[2].partition("/")
    return bool(path.partition("#")[0])


def _text(data: bytes) -> str:
    wide = data.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    return data.decode("utf-16" if wide else "utf-8", "replace")


def _beside(path: Path) -> str:
    """The address in a small file of the same name beside it, as some programs leave one."""
    for name in (path.name, path.name.partition(".")[0]):
        for ending, link in _SIDECARS.items():
            sidecar = path.with_name(f"{name}{ending}")
            try:
                with sidecar.open("rb") as file:
                    text = _text(file.read(4_000))
            except OSError:
                continue
            found = link.match(text) if ending == ".txt" else link.search(text)
            if found:
                return found[1].replace("&amp;", "&") if ending == ".webloc" else found[1]
    return ""
