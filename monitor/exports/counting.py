"""The corpus counted, and the breaks across which its counts are not to be compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from store import corpus, counts, holes
from store.counts import Source
from store.db import Db

YOUNG: Final = timedelta(days=7)
"""Feeds that came within so long of the first belong to the beginning; later ones are a break."""
MOST_GAPS: Final = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A day from which on counts are of another kind: an outlet came, went, or may have gaps."""

    day_on: date
    outlet: str
    kind: str  # "added", "lost", "gap"
    hours: int = 0  # of a gap: how long nothing was seen, that month


def breaks(db: Db, sources: Sequence[Source] | None = None, *, gaps: bool = True) -> list[Break]:
    """Return the breaks in order of time: feeds added after the beginning, lost, and gaps by month.

    A hole that was filled since is no gap.
    """
    every = counts.sources(db) if sources is None else sources
    known = [source for source in every if source.is_feed]
    begun = [s.begun_on for s in known if s.begun_on]
    first = min(begun, default=None)
    told = [
        Break(day_on=s.begun_on, outlet=s.outlet, kind="added")
        for s in known
        if s.begun_on and first and s.begun_on - first > YOUNG
    ]
    told += [
        Break(day_on=s.off_since_on, outlet=s.outlet, kind="lost") for s in known if s.off_since_on
    ]
    if gaps:
        told += _gaps(db)
    return sorted(told, key=lambda b: (b.day_on, b.kind, b.outlet))


def _gaps(db: Db) -> list[Break]:
    hours: dict[tuple[date, str], float] = defaultdict(float)
    for hole in holes.newest(db, MOST_GAPS):
        if hole.state == "filled":
            continue
        at = hole.since_at.astimezone(UTC)
        while at < hole.until_at:
            end = min(hole.until_at, _next_month(at))
            hours[at.date().replace(day=1), hole.outlet] += (end - at).total_seconds() / 3600
            at = end
    return [
        Break(day_on=month, outlet=outlet, kind="gap", hours=max(1, round(n)))
        for (month, outlet), n in hours.items()
    ]


def _next_month(at: datetime) -> datetime:
    return (at.replace(day=1) + timedelta(days=32)).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0
    )


def sentence(one: Break) -> str:
    """Return a break in words."""
    if one.kind == "gap":
        return f"{one.outlet}: {one.hours:,} hours in which items may have gone unseen"
    return f"{one.outlet} {'was added' if one.kind == 'added' else 'was switched off'}"


def stats_of(db: Db) -> Mapping[str, Any]:
    """Return the counts of the corpus, by what scripts know them as, and its breaks by month."""
    told = dict(corpus.stats(db))
    told["breaks"] = [
        {"month": f"{one.day_on:%Y-%m}", "day": str(one.day_on), "outlet": one.outlet,
         "kind": one.kind, "what": sentence(one)}
        for one in breaks(db)
    ]  # fmt: skip
    return told
