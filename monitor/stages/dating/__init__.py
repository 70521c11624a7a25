"""When was it published? Every date at hand is read, and the best that can be true is believed.

    the feed > the page's head > its structured data > its time element > the line beside its
    headline > its address > what a search of the page finds > its opening line

The order is measured (``make bench-dates``). The address has a second say: a date that its day
contradicts gives way to one that agrees with it. Nothing here guesses: what cannot be true is
flagged, and an article without a date is known by when it was first seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

from monitor.model import DateFlag, DatePlace, DateSource, Dating, When, Written
from monitor.stages.dating.reading import AHEAD, MONTH, days, read_date
from store.types import Pending

__all__ = ["AHEAD", "OLDEST", "ORDER", "ZONES", "dated", "dated_item", "read_date"]

OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
ZONES: dict[str, tzinfo] = {
    "pakistan": timezone(timedelta(hours=5)),
    "afghanistan": timezone(timedelta(hours=4, minutes=30)),
}
"""What an hour written without a zone means, by whose outlet it is; UTC elsewhere."""

ORDER: tuple[DatePlace, ...] = (
    "feed", "meta", "json-ld", "time", "headline", "url", "search", "text",
)  # fmt: skip
"""The places, the most trusted first."""
_SOURCES: dict[DatePlace, DateSource] = {"feed": "feed", "url": "url", "text": "text"}
_STATED = frozenset({"feed", "meta", "json-ld"})  # stated on purpose, for machines to read
_SOUGHT = frozenset({"search", "text"})  # sought, not stated: about six in ten are right
_WORDS: dict[DatePlace, str] = {
    "feed": "the feed",
    "meta": "the page's head",
    "json-ld": "the page's structured data",
    "time": "the page",
    "headline": "the line beside its headline",
    "url": "its address",
    "search": "a search of the page",
    "text": "its opening line",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A date that can be read: the instant, the day as its writer saw it, and what was written."""

    at: datetime
    day_on: date
    written: Written


def dated_item(
    item: Pending, written: Sequence[Written] = (), *, url: str = "", body: str = ""
) -> Dating:
    """Return the date of an article its feed told of, with what its page writes, if it has one."""
    told: When | None = None
    unread: tuple[Written, ...] = ()
    if item.published_at is not None:
        told = When(at=item.published_at, original=item.published_original or "", source="feed")
    elif item.published_original:
        unread = (Written(text=item.published_original, place="feed"),)
    return dated(
        (*unread, *written), told=told, url=url or item.url, body=body,
        seen_at=item.first_seen_at, zone=ZONES.get(item.side, UTC),
    )  # fmt: skip


def dated(
    written: Sequence[Written],
    *,
    told: When | None = None,
    url: str = "",
    body: str = "",
    seen_at: datetime,
    zone: tzinfo = UTC,
    order: Sequence[DatePlace] = ORDER,
) -> Dating:
    """Return the date to believe, where it stood, and what is odd about what was written.

    ``told`` is the feed's date, where it gave one that could be read. ``seen_at`` is when the
    article was first seen: nothing is published later than a day after it. ``zone`` is that of an
    hour written without one. Never raises.
    """
    given = [*written, *_in_address(url), *_in_opening(body, seen_at)]
    read = [one for place in order for one in _readings(given, place, seen_at, zone)]
    if told is not None:
        read.insert(0, _as_told(told))
    believed = [one for one in read if OLDEST <= one.at <= seen_at + AHEAD]
    if not believed:
        flag, note = _nothing(given, read, seen_at)
        return Dating(published=None, flag=flag, note=note)
    best = _best(believed)
    flag, note = _odd(best, believed, read, seen_at)
    place = best.written.place
    original = " ".join(best.written.text.split())[:100]
    if not flag and place in _SOUGHT:
        flag, note = "unsure", f"Only {_WORDS[place]} has a date; such a one is often another's."
    when = When(at=best.at, original=original, source=_SOURCES.get(place, "page"))
    return Dating(published=when, place=place, flag=flag, note=note)


def _best(believed: Sequence[_Read]) -> _Read:
    """The first, unless the address contradicts it and agrees with another."""
    first = believed[0]
    address = next((one for one in believed if one.written.place == "url"), None)
    if address is None or _agree(first, address):
        return first
    second = next((one for one in believed if one is not address and _agree(one, address)), None)
    return second or (first if first.written.place in _STATED else address)


def _agree(one: _Read, other: _Read) -> bool:
    return abs(one.day_on - other.day_on) <= _DAY


_Flag = tuple[DateFlag, str]


def _odd(
    best: _Read,
    believed: Sequence[_Read],
    read: Sequence[_Read],
    seen_at: datetime,
) -> _Flag:
    """What is odd although a date is believed, the gravest first."""
    if read[0] not in believed:
        flag, said = _impossible(read[0], seen_at)
        return flag, f"{said} {_capital(_WORDS[best.written.place])} is believed instead."
    rivals = (one for one in believed if one.written.place in {*_STATED, "url"})
    rival = next((one for one in rivals if not _agree(one, best)), None)
    if rival is None:
        return "", ""
    said = f"{_capital(_WORDS[rival.written.place])} says {_told(rival.day_on)}"
    return "disagree", f"{said}; {_WORDS[best.written.place]} says {_told(best.day_on)}."


def _nothing(written: Sequence[Written], read: Sequence[_Read], seen_at: datetime) -> _Flag:
    """Why no date is believed; nothing odd where none was written."""
    if read:
        flag, said = _impossible(read[0], seen_at)
        return flag, f"{said} It is dated by when it was first seen."
    if not written:
        return "", ""
    said = f"{_capital(_WORDS[written[0].place])} writes a date that cannot be read."
    return "unreadable", f"{said} It is dated by when it was first seen."


def _impossible(one: _Read, seen_at: datetime) -> _Flag:
    who = _capital(_WORDS[one.written.place])
    if one.at > seen_at:
        return "future", f"{who} says {_told(one.day_on)}, later than it was first seen."
    return "ancient", f"{who} says {_told(one.day_on)}, before there was news on the web."


def _told(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


# --- what is written, read ------------------------------------------------------------------


def _as_told(told: When) -> _Read:
    """The feed's date; its day is the one the feed wrote, where that can be made out."""
    written = Written(text=told.original or told.at.isoformat(), place="feed")
    again = read_date(told.original, near=told.at)
    same = again is not None and abs(again[0] - told.at) <= _DAY
    return _Read(at=told.at, day_on=again[1] if again and same else told.at.date(), written=written)


def _readings(
    given: Iterable[Written], place: DatePlace, seen_at: datetime, zone: tzinfo
) -> Iterator[_Read]:
    for one in given:
        if one.place == place:
            found = read_date(one.text, near=seen_at, zone=zone)
            if found is not None:
                yield _Read(at=found[0], day_on=found[1], written=one)


# --- what the address and the opening line say ----------------------------------------------

_ADDRESS = re.compile(
    r"(?<!\d)((?:199|20[0-4]|13[89](?=\d[/_.-])|14[0-2](?=\d[/_.-]))\d)(?:([/_.-])(0?[1-9]|1[0-2])\2(0?[1-9]|[12]\d|3[01])"
    r"|(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01]))(?!\d)"
)


def _in_address(url: str) -> Iterator[Written]:
    """The day in an address, as in /2026/11/03/ or -20261103."""
    path = re.sub(r"^[a-z]+://[^/]*", "", url[:2000], flags=re.IGNORECASE)
    found = next(iter(_ADDRESS.finditer(path)), None)
    if found:
        year, month, day = found[1], found[3] or found[5], found[4] or found[6]
        yield Written(text=f"{year}-{int(month):02}-{int(day):02}", place="url")


_OPENING = re.compile(
    r"^\W{0,3}[A-ZÀ-Þ][\wÀ-ÿ.'’/ -]{2,40}(?:, [A-Z][\w.'’ -]{2,30})?(?: \([\w ]{2,20}\))?[,:] ?"
    rf"(?P<date>(?:{MONTH})\.? \d{{1,2}}(?:,? \d{{4}})?|\d{{1,2}} (?:{MONTH})\.?(?:,? \d{{4}})?)"
    r"(?= ?[(:—–,-])",
    re.IGNORECASE,
)
_STAMPED = re.compile(
    r"^(?:published|posted|updated|last updated|شائع|date)?[ :|-]{0,3}(?P<date>[^\n]{6,40})$",
    re.IGNORECASE,
)  # fmt: skip


def _in_opening(body: str, seen_at: datetime) -> Iterator[Written]:
    """The day of a dateline ("ISLAMABAD, Nov 3 (APP):"), or of a line that is a date alone."""
    lines = body[:600].split("\n")[:4]
    for line in lines:
        found = _OPENING.match(line[:120])
        if found is None and len(line) <= 60 and any(days(line, seen_at)):
            found = _STAMPED.match(line)
        if found:
            yield Written(text=found["date"], place="text")
            return
