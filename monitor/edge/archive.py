"""Kept pages as WARC and as WACZ, which archives and their players read; the same bytes each time.

A page that was fetched becomes a ``response``, what a feed carried a ``resource``; each with a
``metadata`` record that names our article. Requests were not kept, so none are written. WARC 1.1 is
ISO 28500:2017; WACZ 1.1.1 stands at https://specs.webrecorder.net/wacz/1.1.1/.
"""

from __future__ import annotations

import gzip
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus
from importlib import import_module
from io import BytesIO
from typing import IO, Any, BinaryIO, Final, Literal, Protocol
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the first day a zip can hold: no clock stands in the bytes
_PATH: Final = "archive/data.warc.gz"
_IN_MEMORY: Final = 8_000_000  # bytes; a longer WARC waits on disk for its place in the zip


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A page as it was fetched, and which version of which article it gave."""

    article: int
    version: int
    source: Literal["page", "feed"]
    canonical_url: str
    url: str
    final_url: str
    status: int
    headers: Mapping[str, str]
    fetched_at: datetime
    body: bytes
    title: str = ""
    outlet: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the WARC a page stands, as its index tells."""

    key: str  # the address with its host turned round, by which the index is sorted
    stamp: str
    url: str
    status: int
    media: str
    digest: str
    offset: int
    length: int

    @property
    def line(self) -> str:
        """The line of a CDXJ index."""
        told = {
            "url": self.url, "mime": self.media, "status": str(self.status),
            "digest": f"sha256:{self.digest}", "length": str(self.length),
            "offset": str(self.offset), "filename": _PATH.rpartition("/")[2],
        }  # fmt: skip
        return f"{self.key} {self.stamp} {json.dumps(told, ensure_ascii=True)}"


class _Sink(Protocol):
    def write(self, data: bytes, /) -> Any: ...


def write_warc(
    out: _Sink, pages: Iterable[Kept], *, software: str, made_at: datetime
) -> list[Place]:
    """Write pages as a WARC, each record its own gzip member; return where each page stands.

    Raises:
        ImportError: fastwarc is not installed.
    """
    warc = import_module("fastwarc.warc")
    told = "Pages kept as they were fetched; requests were not kept."
    about = _fields({"software": software, "format": "WARC File Format 1.1", "description": told})
    place = _put(out, 0, _record(warc, "warcinfo", "", about, made_at, "application/warc-fields"))
    found: list[Place] = []
    for page in pages:
        start = place
        made = _page_record(warc, page)
        place = _put(out, place, made)
        found.append(_place(page, start, place - start))
        place = _put(out, place, _about(warc, page))
    return found


def _put(out: _Sink, place: int, record: bytes) -> int:
    data = gzip.compress(record, 6, mtime=0)
    out.write(data)
    return place + len(data)


def _page_record(warc: Any, page: Kept) -> bytes:
    if page.source == "feed":
        return _record(warc, "resource", page.final_url, page.body, page.fetched_at, _media(page),
                       named=_name(page, "page"))  # fmt: skip
    block = _head(page) + page.body
    kind = "application/http; msgtype=response"
    return _record(warc, "response", page.final_url, block, page.fetched_at, kind,
                   named=_name(page, "page"), payload=page.body)  # fmt: skip


def _head(page: Kept) -> bytes:
    """The head of the answer: the headers that were kept, and the length of what was kept."""
    try:
        said = HTTPStatus(page.status).phrase
    except ValueError:
        said = "Unknown"
    told = {name.title(): _one_line(value) for name, value in sorted(page.headers.items())}
    lines = [
        f"HTTP/1.1 {page.status} {said}",
        *(f"{name}: {value}" for name, value in told.items()),
    ]
    lines.append(f"Content-Length: {len(page.body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def _about(warc: Any, page: Kept) -> bytes:
    told = {
        "article": str(page.article), "version": str(page.version), "source": page.source,
        "canonical-url": page.canonical_url, "requested-url": page.url, "title": page.title,
        "outlet": page.outlet, "sha256": sha256(page.body).hexdigest(),
    }  # fmt: skip
    return _record(
        warc, "metadata", page.final_url, _fields(told), page.fetched_at,
        "application/warc-fields", named=_name(page, "metadata"), beside=_name(page, "page"),
    )  # fmt: skip


def _record(
    warc: Any, kind: str, url: str, block: bytes, at: datetime, media: str, *, named: str = "",
    beside: str = "", payload: bytes | None = None,
) -> bytes:  # fmt: skip
    record = warc.WarcRecord()
    record.init_headers(getattr(warc.WarcRecordType, kind), _id(named or f"{kind} {at}").encode())
    record.headers["WARC-Date"] = _instant(at)
    if url:
        record.headers["WARC-Target-URI"] = _one_line(url)
    record.headers["Content-Type"] = media
    if beside:
        record.headers["WARC-Concurrent-To"] = f"<urn:uuid:{_id(beside)}>"
    for name, data in (("Block", block), ("Payload", payload)):
        if data is not None:
            record.headers[f"WARC-{name}-Digest"] = f"sha256:{sha256(data).hexdigest()}"
    record.set_bytes_content(block)
    out = BytesIO()
    record.write(out, checksum_data=False)
    return out.getvalue()


def _name(page: Kept, kind: str) -> str:
    digest = sha256(page.body).hexdigest()
    return f"{kind} {page.article} {page.version} {page.fetched_at.isoformat()} {digest}"


def _id(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"torkham {name}"))


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _fields(told: Mapping[str, str]) -> bytes:
    lines = (f"{name}: {_one_line(value)}\r\n" for name, value in told.items() if value)
    return "".join(lines).encode("utf-8", "replace")


def _one_line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _media(page: Kept) -> str:
    return _one_line(page.headers.get("content-type", "")) or "text/html"


# --- the index ------------------------------------------------------------------------------


def _place(page: Kept, offset: int, length: int) -> Place:
    return Place(
        key=turned(page.final_url),
        stamp=page.fetched_at.astimezone(UTC).strftime("%Y%m%d%H%M%S"),
        url=_one_line(page.final_url), status=page.status,
        media=_media(page).partition(";")[0].strip(), digest=sha256(page.body).hexdigest(),
        offset=offset, length=length,
    )  # fmt: skip


def turned(url: str) -> str:
    """Return an address with its host turned round, as indexes of archives are sorted (SURT)."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").removeprefix("www."), parts.port
    except ValueError:
        return _one_line(url).replace(" ", "%20")
    name = ",".join(reversed(host.split("."))) + (f":{port}" if port not in {None, 80, 443} else "")
    query = "&".join(sorted(parts.query.split("&"))) if parts.query else ""
    path = (parts.path or "/") + (f"?{query}" if query else "")
    return f"{name}){path}".lower().replace(" ", "%20")


# --- WACZ -----------------------------------------------------------------------------------


def write_wacz(
    out: BinaryIO, pages: Iterable[Kept], *, software: str, made_at: datetime,
    title: str = "Pages kept by Torkham",
) -> int:  # fmt: skip
    """Write pages as a WACZ with its index, its list of pages and the hashes of all; how many.

    Raises:
        ImportError: fastwarc is not installed.
    """
    listed: list[str] = [_line({"format": "json-pages-1.0", "id": "pages", "title": "All pages"})]

    def told(every: Iterable[Kept]) -> Iterable[Kept]:
        for page in every:
            listed.append(_line({
                "id": _id(_name(page, "page")), "url": _one_line(page.final_url),
                "ts": _instant(page.fetched_at), "title": _one_line(page.title),
            }))  # fmt: skip
            yield page

    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as warc:
        places = write_warc(warc, told(pages), software=software, made_at=made_at)
        index = "".join(f"{line}\n" for line in sorted(place.line for place in places))
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
            files = [
                _stored(archive, _PATH, warc),
                _stored(archive, "indexes/index.cdx", BytesIO(index.encode())),
                _stored(archive, "pages/pages.jsonl", BytesIO("".join(listed).encode())),
            ]
            package = _package(files, software=software, made_at=made_at, title=title)
            _stored(archive, "datapackage.json", BytesIO(package))
            digest = _line({"path": "datapackage.json", "hash": _hash(sha256(package).hexdigest())})
            _stored(archive, "datapackage-digest.json", BytesIO(digest.encode()))
    return len(places)


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    path: str
    digest: str
    size: int


def _stored(archive: zipfile.ZipFile, path: str, data: IO[bytes]) -> _File:
    """Put a file into the zip as it is, so that a player may seek in it."""
    data.seek(0)
    digest, size = sha256(), 0
    while part := data.read(1 << 20):
        digest.update(part)
        size += len(part)
    data.seek(0)
    info = zipfile.ZipInfo(path, _EPOCH)
    info.external_attr = 0o644 << 16
    info.create_system = 3  # as on every system, so that the bytes are the same
    info.file_size = size
    with archive.open(info, "w", force_zip64=size > zipfile.ZIP64_LIMIT // 2) as inside:
        shutil.copyfileobj(data, inside)
    return _File(path=path, digest=digest.hexdigest(), size=size)


def _package(files: list[_File], *, software: str, made_at: datetime, title: str) -> bytes:
    told = {
        "profile": "data-package",
        "wacz_version": "1.1.1",
        "title": title,
        "created": _instant(made_at),
        "software": software,
        "resources": [
            {"name": one.path.rpartition("/")[2], "path": one.path, "hash": _hash(one.digest),
             "bytes": one.size}
            for one in files
        ],
    }  # fmt: skip
    return (json.dumps(told, indent=2, ensure_ascii=False) + "\n").encode()


def _hash(digest: str) -> str:
    return f"sha256:{digest}"


def _line(told: Mapping[str, str]) -> str:
    return json.dumps(told, ensure_ascii=False) + "\n"
