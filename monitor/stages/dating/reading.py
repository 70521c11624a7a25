"""From a date as somebody wrote it to an instant, or to a day."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime

from monitor.stages.dating.solar import in_common

AHEAD = timedelta(days=1)
"""How far ahead a date may lie: clocks are wrong by hours, and zones are left out."""
_LONGEST = 200  # characters looked at; a longer text is no date


def read_date(
    text: str, *, near: datetime, zone: tzinfo = UTC
) -> tuple[datetime, date] | None:  # fmt: skip
    """Return the instant a text names, in UTC, and its day where it was written; None: it has none.

    ISO 8601, RFC 2822, seconds since 1970, and days in words or figures are read, also those of the
    solar year of Afghanistan and Iran. A day alone is its midnight in UTC. Of "03/04/2026" the
    reading that lies nearest before ``near`` is taken; a day without a year is the latest such day.
    """
    said = _OF_UTC.sub(_offset, _plain(" ".join(text[:_LONGEST].split())))
    halved = _HALVED.search(said) is not None  # "2:05 PM", which neither of the first two knows
    for reader in (_seconds, _packed) if halved else (_iso, _mail, _seconds, _packed):
        at = reader(said)
        if at is not None:
            return _instant(at, zone)
    found = [day for day in days(said, near) if day is not None]
    if not found:
        return None
    day = _nearest(found, near)
    hour = _HOUR.search(said)
    if hour is None:
        return datetime(day.year, day.month, day.day, tzinfo=UTC), day
    named = _ZONE.match(said, hour.end())
    return _instant(_with_hour(day, hour), _zone_of(named[1]) if named else zone)


_MARKS = str.maketrans({"،": ",", "ي": "ی", "ى": "ی", "ك": "ک", "\u200c": None, "\u200f": None})
_ERA = re.compile(r"(?<=\d{4}) ?(?:ء|ع|م)(?!\w)")  # "2026ء": of the common era
_ORDINAL = re.compile(r"(?<=\d)(?: ?مه|مې)(?!\w)")  # "۳مه": the third


def _plain(said: str) -> str:
    """A date as other scripts and calendars write it, in the way that is read here."""
    if said.isascii() and not _OLD_YEAR.search(said):
        return said
    return in_common(_ORDINAL.sub("", _ERA.sub("", said.translate(_MARKS))))


_OLD_YEAR = re.compile(r"1[34]\d\d")


def _instant(at: datetime, zone: tzinfo) -> tuple[datetime, date] | None:
    written = at if at.tzinfo else at.replace(tzinfo=zone)
    try:
        return written.astimezone(UTC), written.date()
    except (OverflowError, ValueError):
        return None


_ISO = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)(?:(?:[T,]| at)? ?(\d\d?:\d\d(?::\d\d)?)(?:[.,]\d{1,9})?)?"
    r" ?(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?(?![\d])",
    re.IGNORECASE,
)


def _iso(said: str) -> datetime | None:
    """ISO 8601 as it is met: single figures, a space for the T, a zone without its colon."""
    found = _ISO.match(said)
    if not found:
        return None
    year, month, day, hour, zone = found.groups()
    if hour is None:
        at = _day(int(year), int(month), int(day))
        return datetime(at.year, at.month, at.day, tzinfo=UTC) if at else None
    try:
        hours, minutes, seconds = [int(part) for part in f"{hour}:0".split(":")][:3]
        at = datetime(int(year), int(month), int(day), hours, minutes, seconds)  # noqa: DTZ001 - the zone follows
        return at.replace(tzinfo=_zone(zone)) if zone else at
    except (ValueError, TypeError):
        return None


def _zone(written: str) -> tzinfo:
    if written[0] not in "+-":
        return UTC
    figures = written[1:].replace(":", "")
    offset = timedelta(hours=int(figures[:2]), minutes=int(figures[2:] or 0))
    return timezone(-offset if written[0] == "-" else offset)


_OF_UTC = re.compile(r"\b(?:UTC|GMT) ?([+-])(\d{1,2})(?::?(\d\d))?(?!\d)")
_HALVED = re.compile(r"(?<!\w)\d{1,2}:\d\d(?::\d\d)? ?[ap]\.?m\b", re.IGNORECASE)


def _offset(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2]:0>2}{found[3] or '00'}"


_PACKED = re.compile(
    r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z|[+-]\d\d(?::?\d\d)?)?)?$", re.IGNORECASE
)


def _packed(said: str) -> datetime | None:
    """ISO 8601 without hyphens and colons."""
    found = _PACKED.match(said)
    if not found:
        return None
    year, month, day, hour, minute, second = (int(one or 0) for one in found.groups()[:6])
    try:
        zoned = UTC if found[4] is None else _zone(found[7]) if found[7] else None
        return datetime(year, month, day, hour, minute, second, tzinfo=zoned)
    except ValueError:
        return None


_LOOKS_LIKE_MAIL = re.compile(
    r"^(?:\w{3,9},? )?\d{1,2} [A-Za-z]{3} \d{2,4} \d\d?:\d\d"
    r"|^\w{3} \w{3} \d\d? \d{4} \d\d:\d\d:\d\d"
)
_SYSTEM = re.compile(
    r"^\w{3} (?P<m>\w{3}) +(?P<d>\d\d?) (?P<h>\d\d:\d\d:\d\d) (?P<z>[A-Z]{3,4}) (?P<y>\d{4})$"
)  # what `date` prints
_BROWSER = re.compile(
    r"^\w{3} (?P<m>\w{3}) (?P<d>\d\d?) (?P<y>\d{4}) (?P<h>\d\d:\d\d:\d\d) (?P<z>[+-]\d{4})"
)


def _mail(said: str) -> datetime | None:
    """RFC 2822, and what browsers write of a date."""
    said = _SYSTEM.sub(r"\g<d> \g<m> \g<y> \g<h> \g<z>", said)
    if not _LOOKS_LIKE_MAIL.match(said):
        return None
    said = _BROWSER.sub(r"\g<d> \g<m> \g<y> \g<h> \g<z>", said)
    said = _NAMED_ZONE.sub(lambda zone: _NAMED[zone[1]], said)
    try:
        return parsedate_to_datetime(said)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


_NAMED = {"PKT": "+0500", "AFT": "+0430", "IST": "+0530", "CET": "+0100", "CEST": "+0200",
          "BST": "+0100", "GST": "+0400", "MSK": "+0300"}  # fmt: skip
_NAMED_ZONE = re.compile(rf"\b({'|'.join(_NAMED)})$")
_AMERICAN = {"EST": "-0500", "EDT": "-0400", "CST": "-0600", "CDT": "-0500", "MST": "-0700",
             "MDT": "-0600", "PST": "-0800", "PDT": "-0700"}  # fmt: skip
_ZONE = re.compile(
    rf"\.?,? ?\(?((?:Z|UTC|GMT|{'|'.join([*_NAMED, *_AMERICAN])})\b"
    r"|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?(?!\d))"
)


def _zone_of(written: str) -> tzinfo:
    return _zone(_NAMED.get(written) or _AMERICAN.get(written) or written)


_SECONDS = re.compile(r"\d{9,10}(?:\d{3})?$")


def _seconds(said: str) -> datetime | None:
    """Seconds since 1970, or thousandths of them."""
    if not _SECONDS.match(said):
        return None
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(said[:10]))


# --- days in words and figures --------------------------------------------------------------

_MONTHS = (
    "january januar jänner enero janvier gennaio janeiro januari يناير جنوری ژانویه जनवरी января",
    (
        "february februar feber febrero février febbraio fevereiro februari فبراير فروری فبروری"
        " فوریه फरवरी февраля"
    ),
    "march märz maerz marzo mars março maart مارس مارچ मार्च марта",
    "april abril avril aprile أبريل ابریل اپریل اپرېل آوریل अप्रैल апреля",
    "may mai mayo maggio maio mei مايو مئی می مې मई мая",
    "june juni junio juin giugno junho يونيو جون ژوئن जून июня",
    "july juli julio juillet luglio julho يوليو جولائی جولای ژوئیه जुलाई июля",
    "august agosto août aout augustus أغسطس اگست اګست अगस्त августа",
    (
        "september septiembre septembre settembre setembro سبتمبر ستمبر سپتمبر سپټمبر سپتامبر सितंबर"
        " сентября"
    ),
    "october oktober octubre octobre ottobre outubro أكتوبر اکتوبر اکټوبر اکتبر अक्टूबर октября",
    "november noviembre novembre novembro نوفمبر نومبر نوامبر नवंबर ноября",
    (
        "december dezember diciembre décembre decembre dicembre dezembro ديسمبر دسمبر ډسمبر دسامبر"
        " दिसंबर декабря"
    ),
)
_NUMBERS = {
    name.translate(_MARKS): n for n, names in enumerate(_MONTHS, 1) for name in names.split()
}
_SHORT = {name[:3]: n for name, n in _NUMBERS.items() if name[:1].isascii() and len(name) > 3}
_SHORT |= {"sept": 9, "mär": 3, "mrz": 3, "ene": 1, "abr": 4, "ago": 8, "dic": 12, "dez": 12,
           "okt": 10, "mai": 5, "may": 5}  # fmt: skip
del _SHORT["jui"]  # June and July alike in French
MONTH = "|".join(sorted({*_NUMBERS, *_SHORT}, key=len, reverse=True))
_WORDED = re.compile(
    rf"(?<!\w)(?:(?P<d1>\d{{1,2}})(?:st|nd|rd|th|er|\.)?,?(?: de| of)? ?[- ]?(?P<m1>{MONTH})\.?"
    r"(?:,? ?(?:de |del |سال )?[- ]?(?P<y1>\d{4}))?"
    rf"|(?P<y3>\d{{4}})(?: کال)?,? (?:د )?(?P<m3>{MONTH}) (?P<d3>\d{{1,2}})"
    rf"|(?P<m2>{MONTH})\.? (?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?:,? (?P<y2>\d{{4}}))?)(?![\w])",
    re.IGNORECASE,
)
_FIGURES = re.compile(r"(?<![\d.])(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d\d)(?!\d)")
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})([./年-]) ?(\d{1,2})[./月-] ?(\d{1,2})(?!\d)")
_HOUR = re.compile(r"(?<!\d)(\d{1,2}):(\d\d)(?::\d\d)?(?: ?([ap])\.?m\b)?", re.IGNORECASE)


def days(said: str, near: datetime) -> Iterator[date | None]:
    """Yield every day the text may name, of the first date in it; None for a day there is not."""
    said = _plain(said)
    found = _YEAR_FIRST.search(said)
    if found:
        yield _day(int(found[1]), int(found[3]), int(found[4]))
        return
    found = _WORDED.search(said)
    if found:
        month = _month(found["m1"] or found["m2"] or found["m3"])
        day = int(found["d1"] or found["d2"] or found["d3"])
        year = found["y1"] or found["y2"] or found["y3"]
        last = near.year + 1
        years = [int(year)] if year else [last, last - 1, last - 2]
        yield from (_day(one, month, day) for one in years)
        return
    found = _FIGURES.search(said)
    if found:
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        year += 2000 if year < 100 else 0
        yield _day(year, second, first)
        if found[2] == "/":
            yield _day(year, first, second)


def _month(name: str) -> int:
    name = name.casefold().rstrip(".")
    return _NUMBERS.get(name) or _SHORT[name]


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _nearest(days: Sequence[date], near: datetime) -> date:
    """The latest day that is not ahead; the first where all are."""
    latest = (near + AHEAD).date()
    return max((day for day in days if day <= latest), default=days[0])


def _with_hour(day: date, found: re.Match[str]) -> datetime:
    hour, minute = int(found[1]), int(found[2])
    if found[3]:
        hour = hour % 12 + (12 if found[3].lower() == "p" else 0)
    fits = hour < 24 and minute < 60
    at = datetime(day.year, day.month, day.day, tzinfo=None)  # noqa: DTZ001 - the zone is added
    return at.replace(hour=hour, minute=minute) if fits else at
