"""What became of the items of each day, as bars in four parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from monitor.edge.sheet import Area, Hatch, Line, Mark, Picture, Point, Tone, Words, boxed
from monitor.pictures.plate import (
    Days,
    Plate,
    apart,
    counted,
    day_axis,
    day_words,
    number,
    steps_to,
)

PARTS: Final = ("queued", "waiting", "rejected", "copies", "refused or failed")
SHORT: Final = ("queued", "waiting", "rejected", "copies", "refused")
_LOOKS: Final[tuple[tuple[Tone, float], ...]] = (
    ("teal", 1.0), ("teal", 0.45), ("edge", 0.75), ("edge", 0.4), ("red", 0.75),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFates:
    """A day: how many came to each of ``PARTS``.

    ``unknown`` is the share of the feeds that did not answer on it; None: nobody watched yet.
    """

    day: date
    parts: tuple[int, int, int, int, int]
    unknown: float | None = 0.0

    @property
    def total(self) -> int:
        """All items of the day."""
        return sum(self.parts)


def plate(days: tuple[DayFates, ...]) -> Plate:
    """Return the plate of days, the oldest first; there is at least one."""
    told = _told(days)
    return Plate(
        told=told,
        caption="What became of the items of each day",
        head=("Day", "Items", *(part.capitalize() for part in PARTS), "Feeds without an answer"),
        rows=tuple(
            (
                day_words(one.day, year=True),
                *(_cell(one, n) for n in (one.total, *one.parts)),
                "not watched" if one.unknown is None else f"{one.unknown:.0%}",
            )
            for one in days
        ),
        draw=lambda width: _draw(days, width, told),
        facts=days,
    )


def _cell(day: DayFates, n: int) -> str:
    return "–" if day.unknown is None and not n else f"{n:,}"


def _told(days: tuple[DayFates, ...]) -> str:
    total = sum(day.total for day in days)
    if not total:
        return "No item was seen on these days."
    sums = [sum(day.parts[n] for day in days) for n in range(len(PARTS))]
    most = max(days, key=lambda day: day.total)
    parts = ", ".join(f"{n:,} {name}" for n, name in zip(sums, PARTS, strict=True) if n)
    gaps = [day_words(day.day) for day in days if day.unknown]
    more = f" and {len(gaps) - 4} more days" if len(gaps) > 4 else ""
    hatched = f" Feeds did not answer on {', '.join(gaps[:4])}{more}." if gaps else ""
    return (
        f"{counted(total, 'item')} in {counted(len(days), 'day')}: {parts}. The most on "
        f"{day_words(most.day)} ({most.total:,}).{hatched}"
    )


def _draw(days: tuple[DayFates, ...], width: int, told: str) -> Picture:
    narrow = width < 600
    top, base = 28.0, 208.0
    right = width - (96.0 if narrow else 158.0)
    across = Days(first=days[0].day, last=days[-1].day, left=36, right=right)
    most = max(1, *(day.total for day in days))
    ticks = steps_to(most, 3)
    scale = (base - top) / ticks[-1]
    marks: list[Mark] = []
    for value in ticks[1:]:
        y = base - value * scale
        marks.append(Line(points=((36, y), (right, y)), tone="hair"))
        marks.append(Words(text=number(value), at=(30, y + 4), tone="soft", anchor="end"))
    marks += _bars(days, across, base, scale, top)
    marks += _names(days, across, base, scale, SHORT if narrow else PARTS)
    if any(day.unknown for day in days):
        words = "no answer" if narrow else "feeds without an answer"
        marks.append(Words(text=words, at=(right + 6, top - 4), tone="amber"))
    marks += day_axis(across, base)
    return Picture(width=width, height=236, marks=tuple(marks), told=told)


def _bars(
    days: tuple[DayFates, ...], across: Days, base: float, scale: float, top: float
) -> list[Mark]:
    shapes: list[list[tuple[Point, ...]]] = [[] for _ in PARTS]
    unknown = []
    for day in days:
        a, b = across.x(day.day), across.end(day.day) - 1
        if day.unknown:  # of some feeds: above the bar; of all: in the bar's place
            unknown.append((a, top - 12, b, base if day.unknown > 0.99 else top - 4))
        y = base
        for n, value in enumerate(day.parts):
            if value:
                shapes[n].append(boxed((a, y - value * scale, b, y)))
                y -= value * scale
    marks: list[Mark] = [Hatch(boxes=tuple(unknown))] if unknown else []
    for n, (tone, strength) in enumerate(_LOOKS):
        if shapes[n]:
            marks.append(Area(shapes=tuple(shapes[n]), tone=tone, strength=strength))
    return marks


def _names(
    days: tuple[DayFates, ...], across: Days, base: float, scale: float, names: Sequence[str]
) -> list[Mark]:
    """The parts' names beside the last day that has items, at the height of its bar's parts."""
    last = next((day for day in reversed(days) if day.total), None)
    if last is None:
        return []
    y, wanted, kept = base, [], []
    for n, value in enumerate(last.parts):
        if any(day.parts[n] for day in days):
            kept.append(n)
            wanted.append(y - value * scale / 2 + 4)
        y -= value * scale
    heights = apart(wanted, 14, 40, base + 2)
    sums = [sum(day.parts[n] for day in days) for n in kept]
    return [
        Words(
            text=f"{sums[i]:,} {names[n]}",
            at=(across.right + 6, heights[i]),
            tone=_LOOKS[n][0] if _LOOKS[n][0] != "edge" else "soft",
        )
        for i, n in enumerate(kept)
    ]
