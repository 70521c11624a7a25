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
_MONTHS = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.?"
)
_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_YEAR = r"(?:19|20)\d\d"
_SAID = re.compile(
    rf"""
    (?P<from>\b[Bb]etween\ (?P<y1>{_YEAR})\ and\ (?P<y2>{_YEAR})\b
      |\b(?:[Ff]rom\ )?(?P<y3>{_YEAR})\s?(?:-|–|to)\s?(?P<y4>{_YEAR})\b)
  | (?P<month_day>\b(?P<m1>{_MONTHS})\s(?P<d1>\d{{1,2}})\b(?:,?\s(?P<my1>{_YEAR})\b)?)
  | (?P<day_month>\b(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\s(?P<m2>{_MONTHS})\b
      (?:,?\s(?P<my2>{_YEAR})\b)?)
  | (?P<month>\b(?P<m3>{_MONTHS})(?:\sof)?,?\s(?P<my3>{_YEAR})\b)
  | (?P<since>\b[Ss]ince\s(?P<sy>{_YEAR})\b)
  | (?P<year>(?<!['’]s\s)(?<![Tt]he\s)\b(?P<yy>{_YEAR})\b
      (?!\s?(?:per|pc|%|-|people|persons|militants)))
  | (?P<weekday>\b(?:[Mm]onday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b)
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
_COMPARED = re.compile(r"\b(?:up|down|higher|lower|compared|than|against)\b[^,;]{0,60}\Z")


def _belongs(sentence: str, when: When, at: int, end: int) -> bool:
    """Whether a time is of the figure's own clause, and not what the figure is compared with."""
    if when.start > at and _COMPARED.search(sentence[end : when.start]):
        return False
    if when.start < 30 or when.until - when.since < timedelta(days=2):
        return True
    between = sentence[when.end : at] if when.start < at else sentence[end : when.start]
    return ";" not in between and _LINK.sub(" ", between).count(",") == 0


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
        if part["year"]:
            return _years(int(part["yy"]), int(part["yy"]))
        if part["weekday"]:
            return _weekday(part["weekday"].lower(), published)
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
