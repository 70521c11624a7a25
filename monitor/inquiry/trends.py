"""Words and names over time: on what share of our articles they stand, with the breaks shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from classifiers.measuring.wilson import wilson
from monitor.inquiry.seen import Asked, periods_of
from monitor.pictures.plate import counted
from monitor.pictures.strips import Period
from monitor.pictures.trend import Said, Trend
from store import counts, trends
from store.asking import Asked as Words
from store.counts import Source
from store.db import Db

_MANY: Final = 3  # sources that came on one day are counted, not named


def trend(db: Db, asked: Asked, words: Words, said: str) -> tuple[Trend | None, date | None]:
    """Return the trend of what was asked for, and from when on it is told where there is more.

    None where no article of ours was first seen in that time.
    """
    unit, periods = periods_of(db, asked)
    found = trends.mentions(db, words)
    if found.since_on is not None:
        # A period that is counted in part is told as none.
        periods = tuple(p for p in periods if p.first > found.since_on)
    if not periods:
        return None, found.since_on
    span = (periods[0].first, periods[-1].last)
    every: Counter[str] = Counter()
    for row in counts.articles(db, unit, *span):
        every[row.period] += row.n
    cut = 7 if unit == "month" else 10
    marks = breaks_of(counts.sources(db))
    made = tuple(
        _said(period, found.by_day, every[str(period.first)[:cut]], marks) for period in periods
    )
    if not any(one.of for one in made):
        return None, found.since_on
    inside = tuple((day, what) for day, what in marks if span[0] <= day <= span[1])
    return Trend(words=said, said=made, marks=inside), found.since_on


def _said(
    period: Period, by_day: Mapping[str, int], of: int, marks: Sequence[tuple[date, str]]
) -> Said:
    first, last = str(period.first), str(period.last)
    n = min(of, sum(number for day, number in by_day.items() if first <= day <= last))
    return Said(
        period=period,
        n=n,
        of=of,
        interval=wilson(n, of) if of else (0.0, 0.0),
        breaks=tuple(what for day, what in marks if period.first <= day <= period.last),
    )


def breaks_of(sources: Sequence[Source]) -> tuple[tuple[date, str], ...]:
    """Return the days from which on counts are of another kind: sources came, or went."""
    known = [s for s in sources if s.is_feed and s.begun_on]
    first = min((s.begun_on for s in known if s.begun_on), default=None)
    came: dict[date, set[str]] = {}
    went: dict[date, set[str]] = {}
    for source in known:
        if source.begun_on and source.begun_on != first:
            came.setdefault(source.begun_on, set()).add(source.outlet)
        if source.off_since_on:
            went.setdefault(source.off_since_on, set()).add(source.outlet)
    told = [(day, f"{_names(who)} added") for day, who in came.items()]
    told += [(day, f"{_names(who)} switched off") for day, who in went.items()]
    return tuple(sorted(told))


def _names(who: set[str]) -> str:
    return counted(len(who), "outlet") if len(who) > _MANY else ", ".join(sorted(who))
