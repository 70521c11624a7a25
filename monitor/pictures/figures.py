"""Claims about the same thing over the years: each with its interval, its days and who says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, floor, log10
from typing import Final

from monitor.edge.sheet import (
    Area,
    Dots,
    Line,
    Mark,
    Picture,
    Point,
    Words,
    boxed,
    cut,
    isolated,
    width_of,
)
from monitor.pictures.plate import Days, Plate, apart, counted, day_axis, number, steps_to

MOST: Final = 60
_WIDE_APART: Final = 40.0  # times: beyond it the small ones would lie flat on the line


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A claim: the days it speaks of, its ends (None: open), and who says it."""

    first: date
    last: date
    least: float | None
    most: float | None
    said_by: str
    outlet: str
    amount: str
    day: str
    checked: bool = False

    @property
    def height(self) -> float:
        """Where its dot stands: the end that is given, or the upper one."""
        return self.most if self.most is not None else self.least or 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Claims about the same, oldest first."""

    heading: str
    figures: tuple[Figure, ...]


def plate(facts: Figures) -> Plate:
    """Return the plate of at least one figure."""
    told = _told(facts)
    return Plate(
        told=told,
        caption=facts.heading,
        head=("As of", "Figure", "Who says it", "Told by"),
        rows=tuple(
            (f.day or str(f.last), f.amount, f.said_by or "the outlet itself", f.outlet)
            for f in facts.figures
        ),
        draw=lambda width: _draw(facts, width, told),
        facts=facts,
        numbers_from=9,
    )


def _told(facts: Figures) -> str:
    rows = facts.figures
    low, high = min(rows, key=lambda f: f.height), max(rows, key=lambda f: f.height)
    years = f"{rows[0].first.year}" + (
        f" to {rows[-1].last.year}" if rows[-1].last.year != rows[0].first.year else ""
    )
    told = f"{facts.heading}: {counted(len(rows), 'claim')} of {years}"
    if len(rows) == 1:
        return f"{told}, {low.amount} ({_who(low)})."
    return f"{told}, from {low.amount} ({_who(low)}) to {high.amount} ({_who(high)})."


def _who(figure: Figure) -> str:
    return figure.said_by or figure.outlet or "a text of the corpus"


class _Heights:
    """Figures up the page: from zero, or by tens where they lie far apart."""

    def __init__(self, figures: Sequence[Figure], top: float, base: float) -> None:
        values = [v for f in figures for v in (f.least, f.most) if v]
        self.most = max(values, default=1.0)
        self.least = min(values, default=1.0)
        self.top, self.base = top, base
        self.by_tens = self.most / self.least > _WIDE_APART
        if self.by_tens:
            low, high = floor(log10(self.least)), ceil(log10(self.most))
            self.ticks = [10.0**n for n in range(low, max(high, low + 1) + 1)]
        else:
            self.ticks = steps_to(self.most)

    def y(self, value: float) -> float:
        """Return the height of a value."""
        if not self.by_tens:
            share = value / self.ticks[-1]
        elif value <= self.ticks[0]:
            share = 0.0
        else:
            low, high = log10(self.ticks[0]), log10(self.ticks[-1])
            share = (log10(value) - low) / (high - low)
        return self.base - (self.base - self.top) * min(1.0, max(0.0, share))


def _draw(facts: Figures, width: int, told: str) -> Picture:
    narrow = width < 600
    top, base = 34.0, 274.0
    shown = facts.figures[-MOST:]
    first, last = min(f.first for f in shown), max(f.last for f in shown)
    up = _Heights(shown, top, base)
    room = timedelta(days=max(3, (last - first).days // 20))
    days = Days(
        first=first - room if first > date(2, 1, 1) else first,
        last=last + room if last < date(9998, 1, 1) else last,
        left=max(width_of(number(v)) for v in up.ticks) + 10,
        right=width - (100.0 if narrow else 230.0),
    )  # fmt: skip
    words = f"{cut(facts.heading, width - 130.0)}{', by tens' if up.by_tens else ''}"
    marks: list[Mark] = [Words(text=words, at=(0, 14), tone="soft")]
    for value in up.ticks:
        y = up.y(value)
        marks.append(Line(points=((days.left, y), (days.right, y)), tone="hair"))
        marks.append(
            Words(text=number(value), at=(days.left - 8, y + 4), tone="soft", anchor="end")
        )
    marks += _claims(shown, days, up)
    marks += _names(shown, days, up, width)
    marks += day_axis(days, base)
    return Picture(width=width, height=round(base + 28), marks=tuple(marks), told=told)


def _claims(shown: Sequence[Figure], days: Days, up: _Heights) -> list[Mark]:
    marks: list[Mark] = []
    checked: list[Point] = []
    read: list[Point] = []
    for f in shown:
        a, b = days.x(f.first), max(days.end(f.last), days.x(f.first) + 2)
        y = up.y(f.height)
        if f.least is not None and f.most is not None and f.least < f.most:
            box = (a, up.y(f.most), max(b, a + 5), up.y(f.least))
            marks.append(Area(shapes=(boxed(box),), tone="teal", strength=0.2))
        elif f.least is None or f.most is None:  # at least, or up to: an open end
            to = up.top - 6 if f.most is None else up.base
            marks.append(
                Line(points=(((a + b) / 2, y), ((a + b) / 2, to)), tone="hair", dashed=True)
            )
        marks.append(Line(points=((a, y), (b, y)), tone="teal", width=1.5))
        (checked if f.checked else read).append(((a + b) / 2, y))
    if read:
        marks.append(Dots(at=tuple(read), tone="teal", hollow=True))
    if checked:
        marks.append(Dots(at=tuple(checked), tone="teal"))
    return marks


def _names(
    shown: Sequence[Figure], days: Days, up: _Heights, width: int
) -> list[Mark]:  # fmt: skip
    """Figure and claimant beside the dots, as many as stand free; the newest first."""
    marks: list[Mark] = []
    taken: list[tuple[float, float, float]] = []
    wanted = [up.y(f.height) - 8 for f in shown]
    if len({round(days.x(f.first)) for f in shown}) == 1:
        wanted = apart(wanted, 14, up.top, up.base)
    for n in reversed(range(len(shown))):
        f = shown[n]
        x = days.x(f.first)
        room = width - x - 2
        if room < 60:
            continue
        who = cut(_who(f), min(room, 240) - width_of(f.amount) - 8)
        text = f"{f.amount}, {isolated(who)}"
        wide, y = width_of(text), wanted[n]
        if any(abs(y - row) < 15 and x < b and x + wide > a for a, b, row in taken):
            continue
        taken.append((x - 12, x + wide + 4, y))
        marks.append(Words(text=text, at=(x, y), halo=True))
    return marks
