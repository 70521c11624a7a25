"""The queue's filters, as they stand in the address bar: a view can be kept and sent on."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from functools import cached_property
from operator import itemgetter
from typing import Final
from urllib.parse import urlencode

from monitor.web.searching import LEAST
from monitor.web.words import day_of
from store.rows import stamp
from store.waiting import Waiter

UNDECIDED: Final = "undecided"
NEWS: Final = "none"  # no backfill: what a feed showed
SCORES: Final = ("0.9", "0.8", "0.65")
"""Scores to choose from. None is below .65, nor is a lower one taken: scores of that kind are told
once decided, and one filter after another would tell them before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What the reader asked for; empty means: everything. ``minimum`` is a score, ".9" or "0.9".

    ``backfill`` is the name of one, or "none": what came as news. ``copies`` narrows nothing: "yes"
    ticks "and its copies" on every story. ``mine`` "undecided" widens what waits by what others
    were unsure of or skipped.
    """

    topic: str = ""
    outlet: str = ""
    side: str = ""
    language: str = ""
    kind: str = ""
    tag: str = ""
    minimum: str = ""
    day: str = ""
    backfill: str = ""
    mine: str = ""
    copies: str = ""

    @property
    def any(self) -> bool:
        """True when something is filtered."""
        return bool(self.told())

    def told(self) -> list[tuple[str, str]]:
        """Return the filters in force, by name."""
        return [(name, value) for name, value in asdict(self).items() if value and name != "copies"]

    def query(self, without: str = "") -> str:
        """Return the address bar's part, without the question mark and without one filter."""
        asked = {name: value for name, value in asdict(self).items() if value and name != without}
        return urlencode(asked)

    def least(self) -> float | None:
        """Return the lowest score wanted; None where none is, or it is none to be asked for."""
        try:
            value = float(self.minimum)
        except ValueError:
            return None
        return value if LEAST <= value <= 1.0 else None

    def on(self) -> date | None:
        """Return the day wanted, or None."""
        return day_of(self.day)

    def tests(self, window: Callable[[date], tuple[datetime, datetime]]) -> dict[str, Test]:
        """Return what each filter asks of an article; ``window`` gives a day's [since, until)."""
        asked: dict[str, Test] = {}
        for name, value in asdict(self).items():
            if value and name in _EQUAL:
                asked[name] = _equal(_EQUAL[name], value)
            elif value and name in _AMONG:
                asked[name] = _among(_AMONG[name], value)
        if self.backfill:
            wanted = "" if self.backfill == NEWS else self.backfill
            asked["backfill"] = _equal("backfill", wanted)
        if (least := self.least()) is not None:
            asked["minimum"] = lambda row: row.score is not None and row.score >= least
        if day := self.on():
            since, until = (stamp(at) for at in window(day))
            asked["day"] = lambda row: since <= row.seen < until
        return asked


Test = Callable[[Waiter], bool]
_EQUAL: Final = {"outlet": "outlet", "side": "side", "language": "language", "kind": "genre"}
_AMONG: Final = {"topic": "topics", "tag": "tags"}


def _equal(column: str, value: str) -> Test:
    at = Waiter._fields.index(column)
    return lambda row: bool(row[at] == value)


def _among(name: str, value: str) -> Test:
    return lambda row: value in getattr(row, name)


def asked_for(params: Mapping[str, str]) -> Filters:
    """Return the filters in an address bar or a form; what is none, or cannot be one, is left out.

    A page must not say that it shows a day or a score alone when it shows everything.
    """
    given = {field.name: params.get(field.name, "").strip()[:200] for field in fields(Filters)}
    return Filters(**{name: value for name, value in given.items() if _possible(name, value)})


def _possible(name: str, value: str) -> bool:
    match name:
        case "minimum":
            return Filters(minimum=value).least() is not None
        case "day":
            return day_of(value) is not None
        case "mine":
            return value == UNDECIDED
        case "copies":
            return value == "yes"
        case _:
            return True


Choices = Mapping[str, Sequence[tuple[str, int]]]
"""Of each filter: what can be chosen, and how many articles wait for it under the others."""


class Sieve:
    """What waits, put through the filters; and how much would be left without each of them."""

    def __init__(self, rows: Sequence[Waiter], tests: Mapping[str, Test]) -> None:
        self._rows, self._names = rows, list(tests)
        checks = [(1 << at, test) for at, test in enumerate(tests.values())]
        self._failed = [sum(bit for bit, test in checks if not test(row)) for row in rows]

    @cached_property
    def passing(self) -> Sequence[Waiter]:
        """What passes every filter."""
        return self.without("")

    def without(self, name: str) -> Sequence[Waiter]:
        """Return what passes every filter but ``name``."""
        if not self._names:
            return self._rows
        spared = 1 << self._names.index(name) if name in self._names else 0
        return [
            row
            for row, failed in zip(self._rows, self._failed, strict=True)
            if not failed & ~spared
        ]

    def choices(self, days: Sequence[tuple[date, str]]) -> Choices:
        """Count each choice of each filter; ``days`` are days with the instant each begins."""
        found: dict[str, Sequence[tuple[str, int]]] = {}
        for name, column in _EQUAL.items():
            at = Waiter._fields.index(column)
            found[name] = _told(Counter(map(itemgetter(at), self.without(name))))
        for name, value in (("topic", _topics), ("tag", _tags)):
            found[name] = _told(value(self.without(name)))
        scores = sorted(-row.score for row in self.without("minimum") if row.score is not None)
        found["minimum"] = [(least, bisect_right(scores, -float(least))) for least in SCORES]
        found["backfill"] = _backfills(self.without("backfill"))
        found["day"] = _days(self.without("day"), days)
        return found


def _told(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted((value, count) for value, count in counts.items() if value)


def _backfills(rows: Sequence[Waiter]) -> Sequence[tuple[str, int]]:
    """Count by backfill, and what came as news; nothing to choose where there is no backfill."""
    counts = Counter(row.backfill or NEWS for row in rows)
    return _told(counts) if set(counts) - {NEWS} else []


def _topics(rows: Iterable[Waiter]) -> Mapping[str, int]:
    # Of thousands of articles the strands are a few dozen texts: each is read once.
    counts: Counter[str] = Counter()
    texts = {row.told: row for row in rows}
    for told, n in Counter(row.told for row in rows).items():
        for topic in texts[told].topics:
            counts[topic] += n
    return counts


def _tags(rows: Iterable[Waiter]) -> Mapping[str, int]:
    return Counter(tag for row in rows if row.tags for tag in row.tags)


def _days(rows: Sequence[Waiter], days: Sequence[tuple[date, str]]) -> Sequence[tuple[str, int]]:
    """Count by day, the newest first; days on which nothing came are left out."""
    starts = sorted(begins for _, begins in days)
    names = sorted(day.isoformat() for day, _ in days)
    counts = Counter(bisect_right(starts, row.seen) for row in rows)
    return [(name, counts[at]) for at, name in reversed(list(enumerate(names, 1))) if counts[at]]
