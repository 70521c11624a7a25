"""A plate: a picture in any width, the finding in a sentence, and the table behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from math import ceil, floor, log10
from typing import Final

from monitor.edge.sheet import STYLE, Line, Mark, Picture, Words, width_of

WIDE: Final = 960
NARROW: Final = 358  # a phone's page without its margins
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
                  "Dec")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Plate:
    """What is shown of some numbers.

    ``told`` is the finding in a sentence, for those who do not see the picture as well. ``head``
    and ``rows`` are the table. ``draw`` lays it out in a width; ``facts`` is all it draws from.
    ``tall`` tells how high it will be, where that is known without laying out thousands of marks.
    """

    told: str
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    draw: Callable[[int], Picture]
    facts: object
    numbers_from: int = 1  # the columns from here on are numbers
    tall: Callable[[int], int] | None = None

    def height(self, width: int) -> int:
        """Return how high the picture is in a width."""
        return self.tall(width) if self.tall else self.draw(width).height

    @property
    def key(self) -> str:
        """What the picture's address carries: other facts, another key."""
        told = repr((STYLE, self.told, self.facts)).encode("utf-8", "replace")
        return sha256(told).hexdigest()[:16]


def day_words(day: date, *, year: bool = False) -> str:
    """Return a day as people write it: "3 Nov", "3 Nov 2026"."""
    return f"{day.day} {_MONTHS[day.month - 1]}" + (f" {day.year}" if year else "")


def month_words(day: date) -> str:
    """Return a month: "Nov 2026"."""
    return f"{_MONTHS[day.month - 1]} {day.year}"


def counted(n: int, one: str, many: str = "") -> str:
    """Return a number with its noun: "1 item", "1,204 items"."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


# --- days across the page -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Days from left to right: a day begins at ``x`` of it and ends at that of the next."""

    first: date
    last: date
    left: float
    right: float

    def x(self, day: date) -> float:
        """Return where a day begins."""
        length = (self.last - self.first).days + 1
        return self.left + (self.right - self.left) * (day - self.first).days / length

    def end(self, day: date) -> float:
        """Return where a day ends."""
        return self.x(day + timedelta(days=1)) if day < date.max else self.right

    def ticks(self) -> list[tuple[float, str]]:
        """Return where labels stand and what they say; none stands in another."""
        told: list[tuple[float, str]] = []
        free = self.left - 1.0
        for day, words in self._candidates():
            x = max(self.x(day), self.left)
            if x >= free and x + width_of(words) <= self.right + 48:
                told.append((x, words))
                free = x + width_of(words) + 14
        return told

    def _candidates(self) -> Iterable[tuple[date, str]]:
        length = (self.last - self.first).days
        if length <= 62:
            back = self.first - timedelta(days=self.first.weekday())
            weeks = (back + timedelta(days=7 * n) for n in range(11))
            return [(d, day_words(d)) for d in weeks if self.first <= d <= self.last]
        months = _months(self.first, self.last)
        room = (self.right - self.left) / 44  # so many labels stand beside each other
        each = next((n for n in (1, 2, 3, 6) if len(months) / n <= room), 12)
        if each == 12:
            return [(d, str(d.year)) for d in months if d.month == 1]
        kept = [d for d in months if (d.month - 1) % each == 0]
        return [
            (d, _MONTHS[d.month - 1] + (f" {d.year}" if d.month == 1 or not n else ""))
            for n, d in enumerate(kept)
        ]


def _months(first: date, last: date) -> list[date]:
    """Return the first days of the months that begin in [first, last]."""
    told: list[date] = []
    year, month = first.year, first.month
    while date(year, month, 1) <= last and len(told) < 5000:
        if date(year, month, 1) >= first:
            told.append(date(year, month, 1))
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        if year > 9998:
            break
    return told


def day_axis(days: Days, y: float, *, top: float | None = None) -> list[Mark]:
    """Return the line of days at ``y`` with its labels below; fine lines up to ``top``."""
    marks: list[Mark] = [Line(points=((days.left, y), (days.right, y)), tone="edge")]
    for x, words in days.ticks():
        if top is not None:
            marks.append(Line(points=((x, top), (x, y)), tone="hair"))
        marks.append(Line(points=((x, y), (x, y + 4)), tone="edge"))
        marks.append(Words(text=words, at=(x, y + 16), tone="soft"))
    return marks


# --- numbers up the page --------------------------------------------------------------------


def steps_to(most: float, about: int = 4) -> list[float]:
    """Return round numbers from zero to at least ``most``."""
    if most <= 0:
        return [0.0, 1.0]
    raw = most / about
    size = 10.0 ** floor(log10(raw))
    step = next(size * n for n in (1, 2, 5, 10) if size * n >= raw)
    if most >= 4:
        step = max(1.0, step)
    return [step * n for n in range(ceil(most / step) + 1)]


def number(value: float) -> str:
    """Return a figure as people write it: "1,200", "0.25", "1.4 million"."""
    for size, word in ((1e9, "billion"), (1e6, "million")):
        if abs(value) >= size:
            return f"{value / size:.3g} {word}"
    return f"{value:,.0f}" if value == int(value) else f"{value:.2f}".rstrip("0").rstrip(".")


def apart(wanted: Sequence[float], least: float, top: float, bottom: float) -> list[float]:
    """Return heights as near to the wanted ones as leaves ``least`` between neighbours.

    In the order given. Where they do not all fit, they stand evenly.
    """
    order = sorted(range(len(wanted)), key=lambda n: wanted[n])
    if len(wanted) > 1 and least * (len(wanted) - 1) > bottom - top:
        least = (bottom - top) / (len(wanted) - 1)
    placed = dict.fromkeys(order, 0.0)
    at = top - least
    for n in order:
        at = max(wanted[n], at + least)
        placed[n] = at
    at = bottom + least
    for n in reversed(order):
        at = min(placed[n], at - least)
        placed[n] = at
    return [placed[n] for n in range(len(wanted))]
