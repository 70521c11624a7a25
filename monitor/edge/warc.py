"""Records of a web archive (WARC), one after the other, whatever is wrong with some of them.

FastWARC reads. It gives up at the first damage; here the damaged record is named, and reading goes
on where the next one begins. Runs in a limited child: the parser is compiled code.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any, Literal

from monitor.edge.answers import answer, is_answer
from monitor.edge.warcfile import Readable, begins, end_of, past_nothing, probable, runs_out

Fault = Literal[
    "", "damaged", "truncated", "too_large", "broken_http", "segmented", "no_address"
]  # fmt: skip
_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?"
    r"(Z|[+-]\d\d:?\d\d)?)?)?)?",
    re.ASCII | re.IGNORECASE,
)
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z?", re.ASCII)
_WEB = 1990
"""The year of the first page: a clock that says less was not set."""
_ONCE = ("warc-type", "warc-target-uri", "warc-date", "warc-record-id", "content-length")
_SEVERAL = "It holds several records compressed as one: `warcio recompress` parts them."

_SMALL = "Its head is in small letters, and FastWARC cannot read how long it is."


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record and where it stands. ``fault``: why its page cannot be had; ``body`` is empty then.

    ``body`` is as it was sent: chunked and compressed where ``head`` says so. Names of ``head`` are
    in small letters. ``end`` is None where it is not known.
    """

    start: int
    end: int | None
    type: str = ""
    url: str = ""
    at: datetime | None = None
    status: int | None = None
    head: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    fault: Fault = ""
    detail: str = ""


Reading = Generator[Record, None, int | None]
"""Records, and then where to go on; None: that is not known."""


class Walk:
    """The records of a stretch; ``began`` and ``ended`` are known when it is over.

    ``began`` is where the first one was found, ``ended`` where the one after the last begins: the
    end of the file counts as that. Both are None where nothing begins in the stretch; ``ended``
    alone where the last one is damaged and nothing begins after it.
    """

    def __init__(self, file: Readable, start: int, end: int, *, exact: bool, largest: int) -> None:
        self._file, self._start, self._end = file, start, end
        self._exact, self._largest = exact, largest
        self.began: int | None = None
        self.ended: int | None = None

    def __iter__(self) -> Iterator[Record]:
        at: int | None = self._start
        if not self._exact:
            at = probable(self._file, self._start, self._end)
        if at is None or at >= self._end:
            return
        self.began = at
        while at is not None and at < self._end:
            before, at = at, (yield from self._read_on(at))
            if at == before:  # the file ends here, shorter than it was said to be
                break
        self.ended = at

    def _read_on(self, at: int) -> Reading:
        """Read until the end or the first damage; return where to go on, None: not known."""
        held: Record | None = None
        for record in _records(self._file, at):
            if isinstance(record, str):
                return (yield from self._damaged(held, at, record))
            if held is not None:
                if not held.start < record.stream_pos:
                    return (yield from self._damaged(held, at, _SEVERAL))
                yield replace(held, end=record.stream_pos)
            if record.stream_pos >= self._end:
                return int(record.stream_pos)
            held = _taken(record, self._largest)
            if held.fault in {"damaged", "broken_http"}:  # a head may have swallowed the next one
                return (yield from self._damaged(held, at, held.detail))
        self._file.seek(0, 2)
        return (yield from self._over(held, at, self._file.tell()))

    def _over(self, held: Record | None, at: int, size: int) -> Reading:
        """Name what stands after the last record that was read; return where to go on.

        FastWARC takes an empty member, and a beginning too short to be unpacked, for the end.
        """
        if held is None:
            if at < size:
                return (yield from self._damaged(None, at, "no record begins here"))
            return size
        if held.fault == "truncated" or runs_out(self._file, held.start):
            # a length that lies swallows those that follow, read or passed over
            after = probable(self._file, held.start + 1, self._end)
            yield replace(held, end=after)
            return size if after is None and self._end >= size else after
        end = end_of(self._file, held.start, whole=False)
        yield replace(held, end=size if end is None else end)
        return size if end is None else past_nothing(self._file, end)

    def _damaged(self, held: Record | None, at: int, detail: str) -> Reading:
        """Name the damaged place; the record before it is whole where it says so itself."""
        place = at if held is None else held.start
        if held is not None:
            end = end_of(self._file, held.start)
            if end is not None and held.fault != "damaged":
                yield replace(held, end=end)
                place = past_nothing(self._file, end)
                if begins(self._file, place):  # compressed otherwise than the one before
                    return place
        if place >= self._end:
            return place
        after = probable(self._file, place + 1, self._end)
        yield Record(start=place, end=after, fault="damaged", detail=detail)
        return after


def _records(file: Readable, at: int) -> Iterator[Any]:
    """The records as FastWARC has them, and at last the sentence of what stopped it."""
    warc = import_module("fastwarc.warc")
    file.seek(at)
    try:
        yield from warc.ArchiveIterator(file, parse_http=False)
    except (OSError, ValueError, RuntimeError) as problem:
        yield str(problem)
    except BaseException as problem:
        if type(problem).__name__ != "PanicException":  # its compiled code met what it cannot bear
            raise
        yield f"its reader broke: {problem}"[:200]


def _taken(record: Any, largest: int) -> Record:
    told = record.headers
    kind = (told.get("WARC-Type") or "").strip().lower()  # FastWARC knows its name in one case
    made = Record(
        start=record.stream_pos, end=None, type=kind,
        url=(told.get("WARC-Target-URI") or "").strip("<> \t"),
        at=_instant(told.get("WARC-Date") or ""),
    )  # fmt: skip
    length = (told.get("Content-Length") or "").strip()
    if not length:
        return replace(made, fault="damaged", detail="It does not say how long it is.")
    if not record.content_length and length.strip("0").isdecimal():
        return replace(made, fault="damaged", detail=_SMALL)
    if _is_mixed(told.items()):
        return replace(made, fault="damaged", detail="Its head is damaged, or is that of two.")
    if kind not in {"response", "resource"}:
        return made
    if told.get("WARC-Segment-Number"):
        said = "The page is in several records, which are not put together."
        return replace(made, fault="segmented", detail=said)
    if record.content_length > largest:
        said = f"{record.content_length:,} bytes; no more than {largest:,} are read."
        return replace(made, fault="too_large", detail=said)
    try:
        block = record.reader.read()
    except (OSError, ValueError, RuntimeError) as problem:
        return replace(made, fault="damaged", detail=str(problem))
    if len(block) < record.content_length:
        said = f"{len(block):,} of {record.content_length:,} bytes are there."
        return replace(made, fault="truncated", detail=said)
    return _paged(made, block, told.get("Content-Type") or "")


def _is_mixed(fields: Iterable[tuple[str, str]]) -> bool:
    """Whether a head says twice what is said once, or holds what none holds.

    Where the end of one record and the beginning of the next are lost, the address may be of one
    and the page of the other.
    """
    told = list(fields)
    names = [name.lower() for name, _ in told]
    return any(names.count(one) > 1 for one in _ONCE) or any("\0" in said for _, said in told)


def _paged(made: Record, block: bytes, media: str) -> Record:
    """The record with the page that its block holds: as a server sent it, or bare."""
    if is_answer(block):
        found = answer(block)
        if found is None:
            return replace(made, fault="broken_http", detail="An answer without a status.")
        return replace(made, status=found.status, head=found.head, body=found.body)
    if "application/http" in media.lower():
        return replace(made, fault="broken_http", detail="No answer of a web server.")
    return replace(made, status=200, head={"content-type": media}, body=block)


def _instant(text: str) -> datetime | None:
    """When a record was made; a date that says less than the second is its first one.

    The form is that of the standard, in UTC; what is written otherwise, in fourteen digits as in
    an index or with another zone, is told from it beyond doubt.
    """
    said = text.strip()
    if compact := _COMPACT.fullmatch(said):
        said = "{}-{}-{}T{}:{}:{}Z".format(*compact.groups())
    found = _DATE.fullmatch(said)
    if found is None or int(found[1]) < _WEB:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    try:
        at = datetime(year, month or 1, day or 1, hour, minute, min(second, 59), tzinfo=UTC)
        return at - _ahead(found[7] or "Z")
    except (ValueError, OverflowError):
        return None


def _ahead(zone: str) -> timedelta:
    """How far the clocks of a zone are ahead of UTC."""
    if zone in {"Z", "z"}:
        return timedelta()
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    return timedelta(hours=hours, minutes=minutes) * (-1 if zone[0] == "-" else 1)
