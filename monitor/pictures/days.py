"""The small picture of a digest: the last four weeks, a bar a day, what was ours standing in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from monitor.edge.sheet import Area, Hatch, Line, Mark, Picture, Words, boxed
from monitor.pictures.plate import Plate, day_words
from monitor.told import DayTold

LEAST: Final = 7  # days; fewer are said quicker than drawn
WIDTH: Final = 358  # pixels; a phone's width without its margins
HEIGHT: Final = 120
_TOP, _BASE = 30.0, 98.0


def plate(told: Sequence[DayTold]) -> Plate:
    """Return the plate of the days given, oldest first; a day left out is a gap of nothing."""
    days = tuple(sorted(told, key=lambda day: day.day_on))
    ours, found = sum(d.queued for d in days), sum(d.found for d in days)
    said = f"{ours:,} of {found:,} items were queued in {len(days)} days"
    return Plate(
        told=said,
        caption="Each bar is a day; the dark part was queued for review.",
        head=("day", "found", "queued", "may have been missed"),
        rows=tuple(
            (d.day_on.isoformat(), f"{d.found}", f"{d.queued}", "yes" if d.hole else "")
            for d in days
        ),
        draw=lambda width: _drawn(days, said, width),
        facts=tuple((d.day_on.isoformat(), d.found, d.queued, d.hole) for d in days),
    )


def _drawn(days: Sequence[DayTold], said: str, width: int) -> Picture:
    first, last = days[0].day_on, days[-1].day_on
    left, right = 1.0, width - 1.0
    step = (right - left) / ((last - first).days + 1)
    at = {day.day_on: left + (day.day_on - first).days * step for day in days}
    holes = tuple((at[d.day_on], _TOP, at[d.day_on] + step, _BASE) for d in days if d.hole)
    line = Line(points=((left, _BASE), (right, _BASE)), tone="edge")
    marks: list[Mark] = [Hatch(boxes=holes)] if holes else []
    marks += [*_bars(days, at, step), line, *_mondays(first, last, left, step)]
    marks += [
        Words(text="queued for review, a day", at=(left, 13), tone="soft"),
        Words(text=day_words(first), at=(left, 114), tone="soft"),
        Words(text=day_words(last), at=(right, 114), tone="soft", anchor="end"),
    ]
    if holes:
        note = "hatched: may have been missed"
        marks.append(Words(text=note, at=(width / 2, 114), tone="amber", anchor="middle"))
    return Picture(width=width, height=HEIGHT, marks=tuple(marks), told=said)


def _bars(days: Sequence[DayTold], at: Mapping[date, float], step: float) -> list[Mark]:
    """A bar a day from nothing up, the last of the tallest with its figure."""
    tallest = max(days, key=lambda day: (day.queued, day.day_on))
    if not tallest.queued:
        return []
    scale = (_BASE - _TOP) / tallest.queued
    bars = [
        (at[d.day_on] + 1, _BASE - max(1.5, scale * d.queued), at[d.day_on] + step - 1, _BASE)
        for d in days
        if d.queued
    ]
    place = (at[tallest.day_on] + step / 2, _TOP - 4)
    figure = Words(text=f"{tallest.queued:,}", at=place, anchor="middle", halo=True)
    return [Area(shapes=tuple(boxed(bar) for bar in bars), tone="teal"), figure]


def _mondays(first: date, last: date, left: float, step: float) -> list[Mark]:
    """A short tick before each Monday, so that weeks can be counted."""
    return [
        Line(points=((left + n * step, _BASE), (left + n * step, _BASE + 4)), tone="edge")
        for n in range((last - first).days + 1)
        if (first + timedelta(days=n)).weekday() == 0
    ]
