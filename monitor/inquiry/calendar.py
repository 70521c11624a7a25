"""Days by outlets: what each feed showed on each day, and where something may be missing.

Read from the small rows that are kept for ever, so a page of a hundred feeds costs the same after
ten years. Days are of UTC, as the rows are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal

from store import days as books
from store import feeds, holes
from store.db import Db
from store.polls import FeedState
from store.types import LedgerCounts
from store.watch import FeedDay, Hole

DAYS: Final = 28
MOST_DAYS: Final = 92
_LOUD = 4.0
"""Items a day: a feed that shows fewer may well have a day without any."""

Mark = Literal["gap", "failed", "unasked", "silent", "filled"]
MARKS: Final[Mapping[Mark, str]] = {
    "gap": "items may have rolled out unseen",
    "failed": "asked, and never an answer",
    "unasked": "not asked at all",
    "silent": "answered, and showed nothing new, which is unusual",
    "filled": "a gap that was filled",
}
"""The most serious first; a cell shows the first that holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A feed's, an outlet's or everybody's day. ``known`` False: nothing is known of it yet."""

    day_on: date
    counts: LedgerCounts
    known: bool
    marks: tuple[Mark, ...] = ()
    asked: int | None = None
    answered: int = 0

    @property
    def found(self) -> int:
        """How many items were first seen on that day."""
        return self.counts.found

    @property
    def mark(self) -> Mark | None:
        """The most serious of its marks."""
        return self.marks[0] if self.marks else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A feed's days, or those of an outlet with several feeds (``feed`` None)."""

    outlet: str
    feed: str | None
    label: str  # which of the outlet's feeds; empty where it has but one
    cells: tuple[Cell, ...]

    @property
    def total(self) -> int:
        """All items of the span."""
        return sum(cell.found for cell in self.cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Lines by outlet, days with the newest first; ``sums`` are the days of all feeds together."""

    days: tuple[date, ...]
    lines: tuple[Line, ...]
    sums: tuple[Cell, ...]
    holes: tuple[Hole, ...]
    unbalanced: tuple[date, ...]
    first_on: date | None

    @property
    def total(self) -> int:
        """All items of the span."""
        return sum(cell.found for cell in self.sums)


def calendar(
    db: Db,
    now: datetime,
    *,
    until_on: date | None = None,
    days: int = DAYS,
    feed: str | None = None,
) -> Calendar:
    """Return the calendar of ``days`` days that ends with ``until_on``, by default today."""
    today = now.astimezone(UTC).date()
    last = min(until_on or today, today)
    span = tuple(last - timedelta(days=back) for back in range(max(1, min(days, MOST_DAYS))))
    first = span[-1]
    found = books.feed_days(db, first, last, feed=feed)
    gaps = holes.between(db, _midnight(first), _midnight(last + timedelta(days=1)), feed=feed)
    sheet = _Sheet(db, span, found, gaps, today)
    states = [s for s in feeds.states(db) if feed is None or s.spec.key == feed]
    lines = sheet.lines([state for state in states if sheet.is_shown(state)])
    feeds_alone = [line for line in lines if line.feed is not None]
    return Calendar(
        days=span,
        lines=tuple(lines),
        sums=tuple(_together(cells) for cells in zip(*(f.cells for f in feeds_alone), strict=True)),
        holes=tuple(gaps),
        unbalanced=tuple(books.unbalanced(db, first, last)),
        first_on=books.first_on(db),
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


class _Sheet:
    """Everything known of the span, by feed and day."""

    def __init__(
        self, db: Db, span: Sequence[date], found: Iterable[FeedDay], gaps: Iterable[Hole],
        today: date,
    ) -> None:  # fmt: skip
        self.span, self.today = span, today
        self.found = {(day.feed, day.day_on): day for day in found}
        self.begun = books.begun(db)
        self.totals: dict[str, int] = defaultdict(int)
        for (key, _), day in self.found.items():
            self.totals[key] += day.counts.found
        self.gaps: dict[tuple[str, date], set[str]] = defaultdict(set)
        for gap in gaps:
            for day_on in _days_of(gap, span[-1], span[0]):
                self.gaps[gap.feed, day_on].add("filled" if gap.state == "filled" else "gap")

    def is_shown(self, state: FeedState) -> bool:
        """Feeds that are asked, and those of which something is known in the span."""
        asked = state.condition not in {"disabled", "paused"}
        return asked or any((state.spec.key, day) in self.found for day in self.span)

    def lines(self, states: Sequence[FeedState]) -> list[Line]:
        """Every outlet by name, an outlet's sum before its feeds where it has several."""
        of: dict[str, list[FeedState]] = defaultdict(list)
        for state in states:
            of[state.spec.outlet].append(state)
        made: list[Line] = []
        for outlet in sorted(of, key=str.casefold):
            group = of[outlet]
            lines = [self._line(state, alone=len(group) == 1) for state in group]
            if len(group) > 1:
                cells = tuple(_together(c) for c in zip(*(f.cells for f in lines), strict=True))
                made.append(Line(outlet=outlet, feed=None, label="", cells=cells))
            made += lines
        return made

    def _line(self, state: FeedState, *, alone: bool) -> Line:
        spec = state.spec
        return Line(
            outlet=spec.outlet,
            feed=spec.key,
            label="" if alone else spec.section or spec.key,
            cells=tuple(self._cell(state, day) for day in self.span),
        )

    def _cell(self, state: FeedState, day: date) -> Cell:
        key = state.spec.key
        found = self.found.get((key, day))
        begun = self.begun.get(key)
        marks = set(self.gaps.get((key, day), ())) | self._told(state, day, found)
        return Cell(
            day_on=day,
            counts=found.counts if found else books.together(()),
            known=begun is not None and begun <= day,
            marks=tuple(mark for mark in MARKS if mark in marks),
            asked=found.asked if found else None,
            answered=found.answered if found else 0,
        )

    def _told(self, state: FeedState, day: date, found: FeedDay | None) -> set[str]:
        key = state.spec.key
        begun = self.begun.get(key)
        if begun is None or day < begun:
            return set()
        if found is None or (found.asked is None and not found.counts.found):
            off = state.condition in {"disabled", "paused"}
            return set() if off or day == self.today else {"unasked"}
        if found.asked and not found.answered:
            return {"failed"}
        usual = self.totals[key] / max(1, sum(begun <= on for on in self.span))
        quiet = found.counts.found == 0 and begun < day < self.today
        return {"silent"} if quiet and usual >= _LOUD else set()


def _days_of(gap: Hole, first: date, last: date) -> Iterable[date]:
    day = max(gap.since_at.astimezone(UTC).date(), first)
    end = min((gap.until_at.astimezone(UTC) - timedelta(microseconds=1)).date(), last)
    while day <= end:
        yield day
        day += timedelta(days=1)


def _together(cells: Sequence[Cell]) -> Cell:
    """Several feeds' day as one. A day is marked where any of them is."""
    marks = {mark for cell in cells for mark in cell.marks}
    asked = [cell.asked for cell in cells if cell.asked is not None]
    return Cell(
        day_on=cells[0].day_on,
        counts=books.together(cell.counts for cell in cells),
        known=any(cell.known for cell in cells),
        marks=tuple(mark for mark in MARKS if mark in marks),
        asked=sum(asked) if asked else None,
        answered=sum(cell.answered for cell in cells),
    )
