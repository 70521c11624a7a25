"""The queue's filters, as they stand in the address bar: a view can be kept and sent on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import TypedDict
from urllib.parse import urlencode

from monitor.web.desk import day_of
from store.types import ArticleRow


class Wanted(TypedDict, total=False):
    """The keywords of ``store.reviews.queue`` that a filter may set."""

    topic: str
    outlet: str
    side: str
    language: str
    minimum: float
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What the reader asked for; empty means: everything. ``minimum`` is a score, ".5" or "0.5"."""

    topic: str = ""
    outlet: str = ""
    side: str = ""
    language: str = ""
    minimum: str = ""
    day: str = ""

    @property
    def any(self) -> bool:
        """True when something is filtered."""
        return any(asdict(self).values())

    def query(self) -> str:
        """Return the address bar's part, without the question mark."""
        return urlencode({name: value for name, value in asdict(self).items() if value})

    def least(self) -> float | None:
        """Return the lowest score wanted, or None when there is none or it is no score."""
        try:
            value = float(self.minimum)
        except ValueError:
            return None
        return value if 0.0 < value <= 1.0 else None

    def on(self) -> date | None:
        """Return the day wanted, or None."""
        return day_of(self.day)

    def wanted(self, window: tuple[datetime, datetime] | None) -> Wanted:
        """Return the store's keywords; ``window`` is the day's [since, until)."""
        keywords: Wanted = {}
        if self.topic:
            keywords["topic"] = self.topic
        if self.outlet:
            keywords["outlet"] = self.outlet
        if self.side:
            keywords["side"] = self.side
        if self.language:
            keywords["language"] = self.language
        if (least := self.least()) is not None:
            keywords["minimum"] = least
        if window:
            keywords["since"], keywords["until"] = window
        return keywords


def asked_for(params: Mapping[str, str]) -> Filters:
    """Return the filters in an address bar or a form; anything else in it is left out."""
    names = [field.name for field in fields(Filters)]
    return Filters(**{name: params.get(name, "").strip()[:200] for name in names})


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What can be chosen: only what waits, so that no choice leads to an empty page."""

    topics: tuple[str, ...]
    outlets: tuple[str, ...]
    sides: tuple[str, ...]
    languages: tuple[str, ...]


def choices(rows: Iterable[ArticleRow]) -> Choices:
    """Return the choices among ``rows``, in alphabetical order."""
    held = list(rows)
    return Choices(
        topics=tuple(sorted({topic for row in held for topic in row.topics})),
        outlets=tuple(sorted({row.outlet for row in held})),
        sides=tuple(sorted({row.side for row in held if row.side})),
        languages=tuple(sorted({row.language for row in held if row.language})),
    )
