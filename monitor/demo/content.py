"""What the sample newsroom publishes, read from ``newsroom/*.yaml``.

Every outlet, person and event is invented. The texts say Thursday for the first of the three
sample days; they are moved to the days on which they are told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from classifiers.pack import plain

HERE: Final = Path(__file__).parent / "newsroom"
ZONE: Final = ZoneInfo("Asia/Karachi")
DAYS: Final = 3
ROUND: Final = time(9, 0)
"""When the morning round of a sample day is made, by the clock in Karachi."""

_WEEKDAYS: Final = (
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
)  # fmt: skip
_WRITTEN_FOR: Final = 3  # Thursday, the first sample day of the texts as they were written
_A_DAY: Final = re.compile(r"\b(" + "|".join(_WEEKDAYS) + r")\b")

Expect = Literal["queued", "rejected", "duplicate", "dropped", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """One invented outlet: where its feed is and how it behaves."""

    key: str
    name: str
    side: str
    language: str
    tagline: str
    format: Literal["rss", "atom"]
    carries: Literal["summary", "full"]
    feed: str  # a path
    layout: Literal["broadsheet", "magazine"]
    moved_from: str | None = None  # a path that answers 301
    manner: Literal["well", "malformed", "html", "slow"] = "well"
    keeps: int | None = None  # entries the feed lists; None: all

    @property
    def address(self) -> str:
        """The path people have in their settings: the old one where the feed moved."""
        return self.moved_from or self.feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A story as it is told on one day."""

    title: str
    paragraphs: tuple[str, ...]
    edited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One article, what it is for, and what should become of it."""

    slug: str
    outlet: str
    author: str
    first: Telling
    summary: str
    expect: Expect
    special: str | None
    day: int  # of the sample, from 0
    published: datetime  # aware, with the zone it is written in
    page: Literal["article", "paywall", "consent", "missing"] = "article"
    has_link: bool = True
    second: Telling | None = None
    second_from: int = DAYS

    @property
    def path(self) -> str:
        """Where the article's page is."""
        return f"/{self.outlet}/{self.published:%Y/%m/%d}/{self.slug}"

    def told(self, day: int) -> Telling:
        """Return the story as it is told on sample day ``day``."""
        return self.second if self.second is not None and day >= self.second_from else self.first

    def changed(self, day: int) -> datetime:
        """Return when the story was last changed, as known on sample day ``day``."""
        later = timedelta(days=self.second_from - self.day)
        return self.published + later if self.told(day).edited else self.published


def morning(today: date, day: int) -> datetime:
    """Return the instant in UTC of the round of sample day ``day``, where day 2 is ``today``."""
    on = today - timedelta(days=DAYS - 1 - day)
    return datetime.combine(on, ROUND, ZONE).astimezone(UTC)


@cache
def outlets() -> tuple[Outlet, ...]:
    """Return the outlets in the order of the file."""
    found = plain((HERE / "outlets.yaml").read_text(encoding="utf-8"))
    return tuple(Outlet(**row) for row in found["outlets"])


def stories(today: date) -> tuple[Story, ...]:
    """Return every article, dated so that the last sample day is ``today``, oldest first."""
    rows = _rows()
    made = [_story(row, rows, today) for row in rows.values()]
    return tuple(sorted(made, key=lambda story: (story.published, story.slug)))


@cache
def _rows() -> Mapping[str, Mapping[str, Any]]:
    files = sorted((HERE / "articles").glob("*.yaml"))
    rows = [row for file in files for row in plain(file.read_text(encoding="utf-8"))]
    return {row["slug"]: row for row in rows}


def _story(row: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]], today: date) -> Story:
    body = row["body"] if "copy_of" not in row else _copied(row, rows)
    shift = (today - timedelta(days=DAYS - 1)).weekday() - _WRITTEN_FOR
    first = _telling(row["title"], body, shift)
    again = row.get("revised")
    return Story(
        slug=row["slug"],
        outlet=row["outlet"],
        author=row["author"],
        first=first,
        summary=_moved(row["summary"], shift) if "summary" in row else first.paragraphs[0],
        expect=row["expect"],
        special=row.get("special"),
        day=row.get("day", 0),
        published=_published(row, today),
        page=row.get("page", "article"),
        has_link=row.get("link", True),
        second=_telling(again["title"], again["body"], shift, edited=True) if again else None,
        second_from=again["day"] if again else DAYS,
    )


def _copied(row: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]]) -> str:
    body: str = rows[row["copy_of"]]["body"]
    for words, others in row.get("replace", {}).items():
        body = body.replace(words, others)
    return body


def _telling(title: str, body: str, shift: int, *, edited: bool = False) -> Telling:
    paragraphs = [part.strip() for part in _moved(body, shift).split("\n\n")]
    return Telling(
        title=_moved(title, shift), paragraphs=tuple(filter(None, paragraphs)), edited=edited
    )


def _moved(text: str, shift: int) -> str:
    """Move the names of weekdays by ``shift`` days."""
    return _A_DAY.sub(lambda m: _WEEKDAYS[(_WEEKDAYS.index(m[1]) + shift) % 7], text)


def _published(row: Mapping[str, Any], today: date) -> datetime:
    """The evening before where the clock says later than the morning round."""
    clock = time.fromisoformat(row["at"])
    back = row["ago"] if "ago" in row else DAYS - 1 - row["day"] + (clock > ROUND)
    return datetime.combine(today - timedelta(days=back), clock, ZONE)
