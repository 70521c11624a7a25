"""Which days a sentence speaks of, told from its words and the day its article appeared."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import NamedTuple

_MONTH = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}
_MONTH_NAMES = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)"
)
_MONTHS = rf"{_MONTH_NAMES}\.?"
_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_YEAR = r"(?:19|20|۱۹|۲۰)\d\d"
_NEAR = {
    "last year": "گزشتہ سال|گذشتہ سال|پچھلے سال|گزشتہ برس|پچھلے برس|تېر کال|سال گذشته|پارسال",
    "this year": "رواں سال|رواں برس|اس سال|سږ کال|روان کال|امسال|سال جاری",
    "last month": "گزشتہ ماہ|گذشتہ ماہ|پچھلے ماہ|گزشتہ مہینے|پچھلے مہینے|تېره میاشت|ماه گذشته",
    "this month": "رواں ماہ|دې میاشت|ماه جاری",
    "last week": "گزشتہ ہفتے|گذشتہ ہفتے|پچھلے ہفتے|تېره اونۍ|هفته گذشته",
    "yesterday": "گزشتہ روز|گذشتہ روز|پرون|دیروز",
}  # as Urdu, Pashto and Dari say it
_SAID_NEAR = {said: meant for meant, ways in _NEAR.items() for said in ways.split("|")}
_NEAR_WAYS = "|".join(_SAID_NEAR).replace(" ", r"\s")
_SAID_NUMBERS = {
    name: number
    for number, name in enumerate(
        ["a", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], 1
    )
} | {"an": 1, "one": 1, "A": 1, "One": 1, "Two": 2, "Three": 3}
_FEW = "(?:" + "|".join(_SAID_NUMBERS) + ")"
_LONG = {"week": 7, "month": 31}
_SAID = re.compile(
    rf"""
    (?P<from>\b[Bb]etween\ (?P<y1>{_YEAR})\ and\ (?P<y2>{_YEAR})\b
      |\b(?:[Ff]rom\ )?(?P<y3>{_YEAR})\s?(?:-|–|to)\s?(?P<y4>{_YEAR})\b)
  | (?P<month_day>\b(?P<m1>{_MONTHS})\s(?P<d1>\d{{1,2}})\b(?:,?\s(?P<my1>{_YEAR})\b)?)
  | (?P<day_month>\b(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\s(?P<m2>{_MONTHS})\b
      (?:,?\s(?P<my2>{_YEAR})\b)?)
  | (?P<month>\b(?P<m3>{_MONTHS})(?:\sof)?,?\s(?P<my3>{_YEAR})\b)
  | (?P<since>\b[Ss]ince\s(?P<sy>{_YEAR})\b)
  | (?P<of_year>\b(?:[Ii]n|[Dd]uring)\s[Tt]he\s(?P<ty>{_YEAR})\b)
  | (?P<ago>\b(?P<an>\d{{1,2}}|{_FEW})\s(?P<au>day|week|month|year|decade)s?\s(?:ago|earlier)\b)
  | (?P<last_month>\b(?i:last)\s(?P<lm>{_MONTH_NAMES})(?![\w–-]|\s\d|,\s{_YEAR}))
  | (?P<in_month>\b[Ii]n\s(?P<im>{_MONTH_NAMES})(?![\w–-]|\s(?:of\s)?\d|,\s{_YEAR}))
  | (?P<year>(?<!['’]s\s)(?<![Tt]he\s)\b(?P<yy>{_YEAR})\b
      (?!\s?(?:per|pc|%|-|people|persons|militants)))
  | (?P<weekday>\b(?:[Mm]onday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b)
  | (?P<near_too>\b(?:{_NEAR_WAYS})\b)
  | (?P<near>\b(?i:today|yesterday|last\snight|last\syear|this\syear|last\smonth|this\smonth
      |last\sweek|this\sweek|current\syear|past\syear)\b)
    """,
    re.VERBOSE,
)


class When(NamedTuple):
    """The words that say when, where they stand, and the days they mean."""

    text: str
    start: int
    end: int
    since: date
    until: date


def times(sentence: str, published: date) -> list[When]:
    """Return what a sentence says of time, in order. Days that do not exist are left out."""
    out: list[When] = []
    for found in _SAID.finditer(sentence):
        days = _days(found, published)
        if days is not None and days[0] <= days[1]:
            out.append(When(found.group(), found.start(), found.end(), *days))
    return out


def nearest(said: list[When], sentence: str, at: int, end: int) -> When | None:
    """Return what is said of time nearest to a figure, which stands at ``at`` .. ``end``."""
    near = [when for when in said if _belongs(sentence, when, at, end)]
    return min(near, key=lambda when: min(abs(when.start - at), abs(when.end - at)), default=None)


_LINK = re.compile(r", (?:with|when|in which|during which) ")
_PARTS = re.compile(r", (?:mostly|most|many|including|among) [^,;]{1,60},")
_COMPARED = re.compile(r"\b(?:up|down|higher|lower|compared|than|against)\b[^,;]{0,60}\Z")


def _belongs(sentence: str, when: When, at: int, end: int) -> bool:
    """Whether a time is of the figure's own clause, and not what the figure is compared with."""
    if when.start > at and _COMPARED.search(sentence[end : when.start]):
        return False
    if when.start < 30 or when.until - when.since < timedelta(days=2):
        return True
    between = sentence[when.end : at] if when.start < at else sentence[end : when.start]
    return ";" not in between and _LINK.sub(" ", _PARTS.sub(" ", between)).count(",") == 0


def _days(found: re.Match[str], published: date) -> tuple[date, date] | None:
    part = found.groupdict()
    try:
        if part["month_day"] or part["day_month"]:
            return _one_day(part, published)
        if part["month"]:
            return _month(int(part["my3"]), _MONTH[part["m3"][:3].lower()])
        if part["from"]:
            return _years(int(part["y1"] or part["y3"]), int(part["y2"] or part["y4"]))
        if part["since"]:
            return date(int(part["sy"]), 1, 1), published
        if part["ago"]:
            return _ago(part["an"], part["au"], published)
        if part["last_month"] or part["in_month"]:
            return _latest_month(part, published)
        if part["year"] or part["of_year"]:
            year = int(part["yy"] or part["ty"])
            return _years(year, year)
        if part["weekday"]:
            return _weekday(part["weekday"].lower(), published)
        if part["near_too"]:
            return _near(_SAID_NEAR[" ".join(part["near_too"].split())], published)
        return _near(part["near"].lower(), published)
    except (ValueError, OverflowError):
        return None


def _one_day(part: dict[str, str], published: date) -> tuple[date, date]:
    month = _MONTH[(part["m1"] or part["m2"])[:3].lower()]
    day = int(part["d1"] or part["d2"])
    year = part["my1"] or part["my2"]
    said = date(int(year) if year else published.year, month, day)
    if not year and said > published + timedelta(days=7):  # "Dec 24", read in January
        said = date(published.year - 1, month, day)
    return said, said


def _month(year: int, month: int) -> tuple[date, date]:
    following = date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, 1), following - timedelta(days=1)


def _years(first: int, last: int) -> tuple[date, date]:
    return date(first, 1, 1), date(last, 12, 31)


def _ago(number: str, unit: str, published: date) -> tuple[date, date]:
    """The days of "two months ago", as roughly as it is said."""
    many = int(number) if number.isdigit() else _SAID_NUMBERS[number]
    if unit == "day":
        said = published - timedelta(days=many)
        return said, said
    if unit in {"year", "decade"}:
        back = published.year - many * (10 if unit == "decade" else 1)
        return _years(back, back)
    long = timedelta(days=_LONG[unit])
    return published - long * (many + 1), published - long * many + timedelta(days=2)


def _latest_month(part: dict[str, str], published: date) -> tuple[date, date]:
    """The latest such month: "in August", "last November"; "last" of this month is a year ago."""
    month = _MONTH[(part["lm"] or part["im"])[:3].lower()]
    ahead = month > published.month or (bool(part["lm"]) and month == published.month)
    since, until = _month(published.year - ahead, month)
    return since, min(until, published)


def _weekday(name: str, published: date) -> tuple[date, date]:
    back = (published.weekday() - _DAYS.index(name)) % 7
    said = published - timedelta(days=back)
    return said, said


def _near(words: str, published: date) -> tuple[date, date]:
    first, _, what = words.replace("\n", " ").partition(" ")
    if not what:
        said = published - timedelta(days=int(words == "yesterday"))
        return said, said
    if what == "night":
        return published - timedelta(days=1), published
    if what == "week":
        monday = published - timedelta(days=published.weekday())
        begin = monday - timedelta(days=7) if first == "last" else monday
        return begin, min(published, begin + timedelta(days=6))
    if what == "month":
        begin = published.replace(day=1)
        if first == "last":
            return (begin - timedelta(days=1)).replace(day=1), begin - timedelta(days=1)
        return begin, published
    if first in {"last", "past"}:
        return _years(published.year - 1, published.year - 1)
    return date(published.year, 1, 1), published
