"""Coverage over time: which outlet, side or strand brought how much, and where nobody answered.

Days are of UTC, as the rows are that are read here; none of them is counted when asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Final, Literal

from monitor.pictures.plate import day_words
from monitor.pictures.strips import Period, Strip, Strips
from store import counts, holes
from store.counts import Source, Unit
from store.db import Db
from store.desk import Counted

Span = Literal["28", "182", "all"]
By = Literal["outlet", "side", "topic", "kind"]
SPANS: Final[Mapping[Span, str]] = {"28": "28 days", "182": "6 months", "all": "all"}
STRIPS: Final[Mapping[By, str]] = {"outlet": "By outlet", "side": "By side", "topic": "By strand"}
OURS: Final[Mapping[By, str]] = {**STRIPS, "kind": "By kind"}
"""What articles that are ours can be counted by."""
_DAYS: Final[Mapping[Span, tuple[int, Unit]]] = {"28": (28, "day"), "182": (182, "week")}
_MOST_MONTHS: Final = 120
_YOUNG: Final = 90  # days; a store so young has weeks to show, and hardly any month
_LEAST: Final[Mapping[Unit, int]] = {"day": 14, "week": 8}  # a young store is a picture as well
_DAY: Final = timedelta(days=1)
_NEVER: Final = date.max.toordinal() + 1
_Cells = Mapping[str, Mapping[int, int]]
"""Numbers by feed and by the place of their period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked for: the strips, the span, and the day it ends with."""

    by: By
    span: Span
    today: date


def strips(db: Db, asked: Asked, names: Mapping[str, str]) -> Strips:
    """Return the strips, those with most first. ``names`` are what strands and sides are called."""
    unit, periods = periods_of(db, asked)
    span = (periods[0].first, periods[-1].last)
    sheet = _Sheet(db, unit, periods, asked.today)
    if asked.by == "topic":
        found = counts.topics(db, unit, *span)
        made = [sheet.strand(topic, names.get(topic, topic.replace("_", " ")), rows)
                for topic, rows in _by(found, lambda c: c.feed).items()]  # fmt: skip
        return Strips(periods=periods, strips=_ranked(made), whole="queued", part="accepted")
    groups: dict[str, list[Source]] = defaultdict(list)
    for source in counts.sources(db):
        if _watched(source, span):
            groups[source.outlet if asked.by == "outlet" else source.side].append(source)
    numbers = (counts.items(db, unit, *span), counts.articles(db, unit, *span))
    sheet.numbers(*numbers)
    label = (lambda key: key) if asked.by == "outlet" else (lambda key: names.get(key, key))
    made = [sheet.strip(label(key), group, events=asked.by == "outlet")
            for key, group in groups.items()]  # fmt: skip
    return Strips(periods=periods, strips=_ranked(made))


def holdings(db: Db, asked: Asked, names: Mapping[str, str]) -> Strips | None:
    """Return what is ours, with the days a source came or went; None: nothing.

    An outlet, side, strand or kind of which nothing is ours has no strip. ``names`` are what
    sides, strands and kinds are called.
    """
    unit, periods = periods_of(db, asked)
    span = (periods[0].first, periods[-1].last)
    sheet = _Sheet(db, unit, periods, asked.today)
    if asked.by in _GATHERED:
        rows = _GATHERED[asked.by](db, unit, *span)
        made = [sheet.strand(key, names.get(key, key.replace("_", " ")), own)
                for key, own in _by(rows, lambda c: c.feed).items()]  # fmt: skip
    else:
        made = _of_sources(sheet, counts.articles(db, unit, *span), asked, names)
    kept = _ranked(strip for strip in made if any(strip.all))
    return Strips(periods=periods, strips=kept, whole="queued", part="accepted") if kept else None


_GATHERED: Final = {"topic": counts.topics, "kind": counts.kinds}


def _of_sources(
    sheet: _Sheet, found: Sequence[Counted], asked: Asked, names: Mapping[str, str]
) -> list[Strip]:
    sheet.numbers(found, found, part=lambda one: one.accepted)
    span = (sheet.periods[0].first, sheet.periods[-1].last)
    groups: dict[str, list[Source]] = defaultdict(list)
    for source in counts.sources(sheet.db):
        if _watched(source, span):
            groups[source.outlet if asked.by == "outlet" else source.side].append(source)
    events = asked.by == "outlet"
    return [
        sheet.strip(key if events else names.get(key, key), group, events=events)
        for key, group in groups.items()
    ]


def _mean(shares: Sequence[float]) -> float | None:
    return round(sum(shares) / len(shares), 3) if shares else None


def _ranked(made: Iterable[Strip]) -> tuple[Strip, ...]:
    return tuple(sorted(made, key=lambda s: (-sum(s.all), s.label.casefold())))


def _watched(source: Source, span: tuple[date, date]) -> bool:
    if source.begun_on is None or source.begun_on > span[1]:
        return False
    return source.off_since_on is None or source.off_since_on >= span[0]


def _by(
    rows: Iterable[Counted], key: Callable[[Counted], str]
) -> dict[str, list[Counted]]:  # fmt: skip
    found: dict[str, list[Counted]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found


def periods_of(db: Db, asked: Asked) -> tuple[Unit, tuple[Period, ...]]:
    """Return the span in its periods; before the first day of all there is nothing to show."""
    begun = min(counts.first_on(db) or asked.today, asked.today)
    if asked.span == "all" and (asked.today - begun).days >= _YOUNG:
        return "month", months(begun, asked.today)
    length, unit = _DAYS["182" if asked.span == "all" else asked.span]
    each = 7 if unit == "week" else 1
    starts = [asked.today - timedelta(days=n - 1) for n in range(length, 0, -each)]
    periods = [Period(first=s, last=s + timedelta(days=each - 1)) for s in starts]
    known = sum(period.last >= begun for period in periods)
    return unit, tuple(periods[-max(known, _LEAST[unit]) :])


def months(first: date, last: date, most: int = _MOST_MONTHS) -> tuple[Period, ...]:
    """Return the months from that of ``first`` to that of ``last``, the newest ``most`` of them."""
    start = last.replace(day=1)
    told: list[Period] = []
    while start >= first.replace(day=1) and len(told) < most:
        told.append(Period(first=start, last=counts.last_of("month", str(start)[:7])))
        if start <= date(1, 1, 31):
            break
        start = (start - timedelta(days=1)).replace(day=1)
    return tuple(reversed(told))


class _Sheet:
    """Everything known of the span, by period and feed."""

    def __init__(self, db: Db, unit: Unit, periods: Sequence[Period], today: date) -> None:
        self.db, self.periods, self.today = db, periods, today
        self.place = {str(p.first)[: 7 if unit == "month" else 10]: n
                      for n, p in enumerate(periods)}  # fmt: skip
        # As numbers: a large store has thousands of cells, and dates cost ten times as much.
        self.days = [(p.first.toordinal(), min(p.last, today).toordinal()) for p in periods]
        span = (periods[0].first, periods[-1].last)
        self.answered = self._cells(counts.answered(db, unit, *span))
        self.asked_today = frozenset(c.feed for c in counts.answered(db, "day", today, today))
        self.first = counts.first_on(db)
        self.items: _Cells = {}
        self.ours: _Cells = {}
        self.holes = self._holes(db, span)
        self.everybody = [s for s in counts.sources(db) if s.begun_on]

    def numbers(
        self,
        items: Iterable[Counted],
        ours: Iterable[Counted],
        part: Callable[[Counted], int] = lambda one: one.n,
    ) -> None:
        """Take the numbers the strips show; ``part`` is what counts of ``ours``."""
        self.items, self.ours = self._cells(items), self._cells(ours, part)

    def _cells(
        self, rows: Iterable[Counted], of: Callable[[Counted], int] = lambda one: one.n
    ) -> _Cells:
        found: dict[str, dict[int, int]] = defaultdict(dict)
        for row in rows:
            if row.period in self.place:
                found[row.feed][self.place[row.period]] = of(row)
        return found

    def _holes(self, db: Db, span: tuple[date, date]) -> Mapping[tuple[str, int], int]:
        """Return on how many days of a period a feed may have shown what nobody saw."""
        since, until = (datetime.combine(d, time(), UTC) for d in span)
        days: dict[tuple[str, int], set[date]] = defaultdict(set)
        for hole in holes.between(db, since, until + _DAY):
            if hole.state == "filled":
                continue
            for n, period in enumerate(self.periods):
                first = max(period.first, hole.since_at.date())
                last = min(period.last, hole.until_at.date())
                days[hole.feed, n] |= {first + _DAY * k for k in range((last - first).days + 1)}
        return {place: len(found) for place, found in days.items() if found}

    def strip(self, label: str, group: Sequence[Source], *, events: bool) -> Strip:
        """Return the strip of some feeds together."""
        places = range(len(self.periods))

        def summed(cells: _Cells) -> tuple[int, ...]:
            of = [cells.get(source.feed, {}) for source in group]
            return tuple(sum(c.get(n, 0) for c in of) for n in places)

        return Strip(
            label=label,
            all=summed(self.items),
            ours=summed(self.ours),
            unknown=tuple(map(_mean, self._by_period(group))),
            events=tuple(self._events(group)) if events else (),
        )

    def strand(self, topic: str, label: str, rows: Sequence[Counted]) -> Strip:
        """Return the strip of a strand; it is hatched where no feed at all answered."""
        del topic
        at = {self.place[row.period]: row for row in rows if row.period in self.place}
        places = range(len(self.periods))
        return Strip(
            label=label,
            all=tuple(at[n].n if n in at else 0 for n in places),
            ours=tuple(at[n].accepted if n in at else 0 for n in places),
            unknown=self._nobody,
        )

    @cached_property
    def _nobody(self) -> tuple[float | None, ...]:
        """The least share of each period's days on which any feed is not known to have answered."""
        return tuple(min(told, default=None) for told in self._by_period(self.everybody))

    def _by_period(self, group: Sequence[Source]) -> Iterator[list[float]]:
        """Yield for each period what is missing of those feeds that were watched in it."""
        told = [self._missing(source) for source in group]
        for n in range(len(self.periods)):
            yield [share for own in told if (share := own[n]) is not None]

    def _missing(self, source: Source) -> list[float | None]:
        """Return the share of each period's days on which nothing answered, or a gap is open."""
        assert source.begun_on is not None  # noqa: S101  # those never seen are left out before
        if not source.is_feed:  # nobody asks a hand, or a list
            return [None] * len(self.days)
        begun = source.begun_on.toordinal()
        gone = source.off_since_on.toordinal() if source.off_since_on else _NEVER
        today = self.today.toordinal()
        shown = {} if source.feed in self.answered else self.items.get(source.feed, {})
        answered = self.answered.get(source.feed, {})
        told: list[float | None] = []
        for n, (first, until) in enumerate(self.days):
            last = min(until, gone - 1)
            expected = last - max(first, begun) + 1
            if expected <= 0:
                told.append(None)
                continue
            holed = min(1.0, self.holes.get((source.feed, n), 0) / expected)
            if last == today and source.feed not in self.asked_today:
                expected -= 1  # the day is young
            known = min(answered.get(n, 0), expected)
            if not expected or (not known and shown.get(n, 0) > 0):
                told.append(holed)  # what it showed proves that it answered
            else:
                # Days without an answer lie in the gaps as a rule: adding would count them twice.
                told.append(round(max(holed, 1 - known / expected), 3))
        return told

    def _events(self, group: Sequence[Source]) -> Iterable[tuple[date, str]]:
        """Say on which days a source of the outlet was added, or went."""
        earliest = min(s.begun_on for s in group if s.begun_on)
        added: dict[date, list[str]] = defaultdict(list)
        for source in group:
            began = source.begun_on if source.is_feed else None
            if began and self.first and began > self.first:
                added[began].append("" if began == earliest else source.section or source.feed)
        for day, which in sorted(added.items()):
            named = ", ".join(sorted(w for w in which if w))
            yield day, f"{named or 'added'} {'added ' if named else ''}{day_words(day)}"
        for source in group:
            if source.off_since_on and source.is_feed:
                name = f"{source.section or source.feed} " if len(group) > 1 else ""
                yield source.off_since_on, f"{name}off {day_words(source.off_since_on)}"
