"""Lists of addresses as people have them: one a line, CSV, or JSON Lines; never raises."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

from monitor.model import Dropped
from monitor.stages import urls

LONGEST = 20_000  # characters of a line that are read
_URL_NAMES = ("url", "link", "address", "loc", "uri")
_TITLE_NAMES = ("title", "headline", "name")
_DATE_NAMES = ("published", "published_at", "date", "publication_date", "pubdate", "day")
_FILE = re.compile(r"\.(?:html?|php|aspx?|cms|ece|jsp)$", re.IGNORECASE)

_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_DAY = re.compile(r"\s*\d{4}-\d\d-\d\d")

Form = Literal["plain", "csv", "jsonl"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """How a list is written; of CSV: what divides its cells, and in which columns what stands."""

    form: Form
    divider: str = ","
    columns: tuple[int, int, int] = (0, -1, -1)  # address, title, date; -1: none
    first: bool = False  # the first line is itself a heading


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One line: an address with its identity, or why it is none (``refused``)."""

    url: str
    canonical_url: str
    title: str = ""
    published: str | None = None  # ISO with a zone, or as it was written
    refused: str = ""


_OTHERS = (
    (rb"\x28\xb5\x2f\xfd|\x5e\x2a\x4d\x18", "is compressed by zstd; unpack it first: zstd -d"),
    (rb"BZh[1-9]", "is compressed by bzip2; unpack it first: bunzip2"),
    (rb"\xfd7zXZ", "is compressed by xz; unpack it first: unxz"),
    (rb"\x1f\x8b", "is compressed by gzip; unpack it first: gunzip (a web archive is .warc.gz)"),
    (rb"WARC/\d", "is a web archive; call it .warc"),
    (rb"filedesc://", "is an archive of the old form (ARC): warcio recompress OLD NEW.warc.gz"),
    (rb"PK\x03\x04", "is a zip file; one of web archives (WACZ) is called .wacz"),
    (rb"%PDF", "is a PDF"),
    (rb"(?s).{0,2000}\bmultipart/related\b", "is a page saved as MHTML; save it as .html"),
    (rb"\xff\xfe|\xfe\xff", "is in UTF-16; save it in UTF-8"),
    (rb"(?s).{0,4000}\0", "is no text"),
)  # fmt: skip


def no_list(head: bytes) -> str:
    """Return what a file is that is no list of addresses, by its first bytes; else nothing."""
    return next((said for begins, said in _OTHERS if re.match(begins, head)), "")


def heading(line: str) -> Heading:
    """Return how a list is written, by its first line that is not empty."""
    text = line.lstrip("\ufeff").strip()
    if text.startswith("{"):
        return Heading(form="jsonl")
    for divider in (",", ";", "\t"):
        names = [cell.strip().strip('"').lower() for cell in text.split(divider)]
        if any(name in names for name in _URL_NAMES):
            columns = tuple(_column(names, of) for of in (_URL_NAMES, _TITLE_NAMES, _DATE_NAMES))
            return Heading(form="csv", divider=divider, columns=columns, first=True)  # type: ignore[arg-type] # three
    if any(_is_row(text, divider) for divider in (",", ";")):
        return Heading(form="csv", divider="," if _is_row(text, ",") else ";")
    return Heading(form="plain")


def _is_row(text: str, divider: str) -> bool:
    """Whether a line without a heading above it is a row: an address, and then words or a day.

    Addresses hold commas as well, but no blanks.
    """
    first, *others = _cells(text.partition(" #")[0], divider) or [""]
    if not _ADDRESS.fullmatch(first.strip()):
        return False
    return text.startswith('"') or any(" " in one.strip() or _DAY.match(one) for one in others)


def _column(names: Sequence[str], wanted: Sequence[str]) -> int:
    return next((names.index(name) for name in wanted if name in names), -1)


def given(line: str, head: Heading) -> Given | None:
    """Return what one line gives; None for an empty line, a comment, and the heading's own."""
    text = line.lstrip("\ufeff").strip()
    if not text or text.startswith("#"):
        return None
    if len(text) > LONGEST:
        return _refused(text[:200], f"The line is longer than {LONGEST:,} characters.")
    if head.form == "jsonl":
        return _of_json(text)
    if head.form == "csv":
        return _of_cells(_cells(text, head.divider), head)
    return place(text.split()[0])


def _of_json(text: str) -> Given:
    try:
        row = json.loads(text)
    except (ValueError, RecursionError):
        return _refused(text[:200], "The line is no JSON.")
    if not isinstance(row, dict):
        return _refused(text[:200], "The line is no JSON object.")
    return place(
        _said(row, _URL_NAMES), title=_said(row, _TITLE_NAMES), published=_said(row, _DATE_NAMES)
    )


def _said(row: dict[str, Any], names: Sequence[str]) -> str:
    return next((str(row[name]) for name in names if isinstance(row.get(name), str | int)), "")


def _cells(text: str, divider: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=divider), [])
    except csv.Error:  # a line break within a line, a quote that never ends
        return []


def _of_cells(cells: Sequence[str], head: Heading) -> Given:
    url, title, published = (
        cells[at].strip() if 0 <= at < len(cells) else "" for at in head.columns
    )
    return place(url, title=title, published=published)


def place(url: str, *, title: str = "", published: str = "") -> Given:
    """Return an address with its identity, and its date with a zone where it can be read."""
    identity = urls.canonical(url) if url else "The line gives no address."
    if isinstance(identity, Dropped):
        return _refused(url, identity.detail)
    if not url:
        return _refused(url, identity)
    named = " ".join(title.split())[:500] or from_address(url)
    return Given(url=url, canonical_url=identity, title=named, published=dated(published) or None)


def dated(text: str) -> str:
    """Return a date as ISO text with its zone; a day is its noon in UTC; else as it was written."""
    said = text.strip()[:100]
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", said):
            day = date.fromisoformat(said)
            return datetime(day.year, day.month, day.day, 12, tzinfo=UTC).isoformat()
        at = datetime.fromisoformat(said)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return said


def from_address(url: str) -> str:
    """Words from the last part of an address that has some, to call the article by at first."""
    parts = url.partition("://")[2].split("/")[1:]
    worded = [re.sub(r"[\s_+-]+", " ", _FILE.sub("", p.partition("?")[0])).strip() for p in parts]
    best = next((w for w in reversed(worded) if w.count(" ") >= 2), None)
    words = best or next((w for w in reversed(worded) if w), "") or url
    return (words[:1].upper() + words[1:])[:300]


def _refused(url: str, why: str) -> Given:
    said = url.encode("utf-8", "replace").decode("utf-8")[:2000]
    return Given(url=said, canonical_url=f"bad:{said}", refused=why)
