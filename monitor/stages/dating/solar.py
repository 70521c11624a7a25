"""Days of the solar year of Afghanistan and Iran, as the days of the common calendar they are."""

from __future__ import annotations

import re
from datetime import date, timedelta

_MONTHS = (
    "حمل وری فروردین",
    "ثور غویی غوایی اردیبهشت",
    "جوزا غبرګولی خرداد",
    "سرطان چنګاښ تیر",
    "اسد زمری مرداد",
    "سنبله وږی شهریور",
    "میزان تله مهر",
    "عقرب لړم آبان",
    "قوس لیندۍ لیندی آذر",
    "جدی مرغومی دی",
    "دلو سلواغه بهمن",
    "حوت کب اسفند",
)
_NUMBERS = {name: n for n, names in enumerate(_MONTHS, 1) for name in names.split()}
_MONTH = "|".join(sorted(_NUMBERS, key=len, reverse=True))
_YEAR = r"[1۱](?:[3۳][6-9۶-۹]|[4۴][0-2۰-۲])\d"  # 1360 to 1429; the lunar year is past 1440
_AND = r"[\s،,]{1,3}"
_DAY = r"\d{1,2}(?: ?(?:مه|م|ام))?"
_OF = r"(?:د )?"
_WORDED = re.compile(
    rf"(?<!\w)(?:(?P<d1>{_DAY}){_AND}{_OF}(?P<m1>{_MONTH}){_AND}(?:سال )?(?P<y1>{_YEAR})"
    rf"|(?P<m2>{_MONTH}){_AND}(?P<d2>{_DAY}){_AND}(?P<y2>{_YEAR})"
    rf"|(?P<y3>{_YEAR})(?: کال)?{_AND}{_OF}(?P<m3>{_MONTH}){_AND}(?P<d3>{_DAY}))(?!\w)"
)
_FIGURES = re.compile(
    rf"(?<!\d)(?:(?P<y1>{_YEAR})(?P<s1>[./-]) ?(?P<m1>\d{{1,2}})(?P=s1) ?(?P<d1>\d{{1,2}})"
    rf"|(?P<d2>\d{{1,2}})(?P<s2>[./-])(?P<m2>\d{{1,2}})(?P=s2)(?P<y2>{_YEAR}))(?!\d)"
)
_LETTERS = str.maketrans("يىك", "ییک")
_BEGAN = date(1997, 3, 21)  # the first day of 1376, from which leap years are counted
_CYCLE = (1, 5, 9, 13, 17, 22, 26, 30)  # years of the 33 that have a day more


def in_common(said: str) -> str:
    """Return a text with the days of the solar year in it as "2026-11-03".

    Years from 1360 to 1429 are read, in words or figures of any script; what is no such day stands
    as it was.
    """
    if _FIRST.search(said) is None:
        return said
    plain = said.translate(_LETTERS)
    plain = _WORDED.sub(_worded, plain)
    return _FIGURES.sub(_figured, plain)


_FIRST = re.compile(_YEAR)


def _worded(found: re.Match[str]) -> str:
    year, month, day = (found[f"{part}1"] or found[f"{part}2"] or found[f"{part}3"]
                        for part in "ymd")  # fmt: skip
    number = re.match(r"\d+", day)
    return _common(int(year), _NUMBERS[month], int(number[0]) if number else 0) or found[0]


def _figured(found: re.Match[str]) -> str:
    year, month, day = (int(found[f"{part}1"] or found[f"{part}2"]) for part in "ymd")
    return _common(year, month, day) or found[0]


def _common(year: int, month: int, day: int) -> str:
    """The day as ISO 8601 writes it; empty where there is no such day."""
    longest = 31 if month <= 6 else 30 if month < 12 or _is_long(year) else 29
    if not (1 <= month <= 12 and 1 <= day <= longest):
        return ""
    years = range(1376, year) if year >= 1376 else range(year, 1376)
    whole = sum(366 if _is_long(one) else 365 for one in years) * (1 if year >= 1376 else -1)
    before = (month - 1) * 31 - max(0, month - 7)
    return (_BEGAN + timedelta(days=whole + before + day - 1)).isoformat()


def _is_long(year: int) -> bool:
    return year % 33 in _CYCLE
