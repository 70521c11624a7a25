"""Coverage over time as small multiples: a strip of bars for each outlet, side or strand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from monitor.edge.sheet import Area, Box, Hatch, Line, Mark, Picture, Words, boxed, cut
from monitor.pictures.plate import Days, Plate, day_axis, day_words, month_words

MOST: Final = 80  # strips in one picture; the table has them all
_BAR: Final = 22.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A day, a week or a month: its first and last day."""

    first: date
    last: date

    @property
    def words(self) -> str:
        """The period as people write it."""
        if self.first == self.last:
            return day_words(self.first)
        if self.first.day == 1 and (self.last - self.first).days > 7:
            return month_words(self.first)
        return f"{day_words(self.first)}–{day_words(self.last)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One row. ``all`` and ``ours`` are numbers by period.

    ``unknown`` is the share of a period in which nobody answered, 0 to 1; None: not watched then.
    ``events`` are days with a word: a source was added, or went.
    """

    label: str
    all: tuple[int, ...]
    ours: tuple[int, ...]
    unknown: tuple[float | None, ...]
    events: tuple[tuple[date, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Strips:
    """Strips over the same periods. ``whole`` and ``part`` name the two numbers."""

    periods: tuple[Period, ...]
    strips: tuple[Strip, ...]
    whole: str = "items"
    part: str = "ours"

    @property
    def bar(self) -> str:
        """What a bar is: "a day", "seven days", "a month"."""
        period = self.periods[0]
        days = (period.last - period.first).days + 1
        return "a day" if days == 1 else "seven days" if days == 7 else "a month"

    @property
    def known(self) -> bool:
        """Whether there is anything to draw."""
        return any(any(strip.all) or any(strip.unknown) for strip in self.strips)


def plate(facts: Strips, *, what: str, by: str) -> Plate:
    """Return the plate of ``what`` ("Items first seen") ``by`` ("outlet")."""
    head = (by.capitalize(), *(period.words for period in facts.periods), "All", facts.part)
    return Plate(
        told=_told(facts, what, by),
        caption=f"{what}, by {by}",
        head=head,
        rows=tuple(_row(strip) for strip in facts.strips),
        draw=lambda width: _draw(facts, width, _told(facts, what, by)),
        facts=facts,
        tall=lambda width: _height(facts, width),
    )


def _row(strip: Strip) -> tuple[str, ...]:
    cells = [_cell(n, unknown) for n, unknown in zip(strip.all, strip.unknown, strict=True)]
    return (strip.label, *cells, f"{sum(strip.all):,}", f"{sum(strip.ours):,}")


def _cell(n: int, unknown: float | None) -> str:
    if unknown is None and not n:
        return "–"
    if unknown and unknown >= 0.99:
        return f"{n:,} ?" if n else "?"
    return f"{n:,} ?" if unknown else f"{n:,}"


def _told(facts: Strips, what: str, by: str) -> str:
    """Say who showed most, and where nothing is known."""
    if not facts.known:
        return f"{what}, by {by}: nothing is known of this time."
    ranked = sorted(facts.strips, key=lambda s: -sum(s.all))
    total, first = sum(sum(s.all) for s in ranked), ranked[0]
    span = f"{day_words(facts.periods[0].first, year=True)} to"
    span += f" {day_words(facts.periods[-1].last, year=True)}"
    lead = f"{what}, by {by}, {span}: "
    if by == "strand":  # one may stand under several: their sum would count it more than once
        most = f"most of {first.label} ({sum(first.all):,})"
    else:
        most = f"{total:,} in all, most by {first.label} ({sum(first.all):,})"
    holes = [s.label for s in ranked if any(s.unknown)]
    gap = f"hatched where nothing is known: {_few(holes)}" if holes else "no gap of these is known"
    return f"{lead}{most}; {gap}."


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


# --- laid out -------------------------------------------------------------------------------


def _rows(width: int) -> tuple[float, float]:
    """How high a strip is, and where the first begins."""
    return (56.0, 22.0) if width < 600 else (38.0, 26.0)


def _height(facts: Strips, width: int) -> int:
    row, top = _rows(width)
    return round(top + row * len(facts.strips[:MOST]) + 28)


def _draw(facts: Strips, width: int, told: str) -> Picture:
    narrow = width < 600
    left, right = (0.0, width - 2.0) if narrow else (196.0, width - 132.0)
    days = Days(first=facts.periods[0].first, last=facts.periods[-1].last, left=left, right=right)
    row, top = _rows(width)
    strips = facts.strips[:MOST]
    bottom = top + row * len(strips)
    marks = _headings(facts, width, narrow=narrow)
    for n, strip in enumerate(strips):
        base = top + row * (n + 1) - 6
        marks += _strip(facts.periods, strip, days, base)
        marks += _labels(strip, width, base, narrow=narrow)
        marks += _events(strip, days, base)
    marks += day_axis(days, bottom + 4)
    return Picture(width=width, height=_height(facts, width), marks=tuple(marks), told=told)


def _headings(facts: Strips, width: int, *, narrow: bool) -> list[Mark]:
    ends = (width - 62.0, float(width)) if not narrow else (width - 62.0, width - 2.0)
    return [
        Words(text=facts.whole, at=(ends[0], 12), tone="soft", anchor="end"),
        Words(text=facts.part, at=(ends[1], 12), tone="teal", anchor="end"),
    ]


def _labels(strip: Strip, width: int, base: float, *, narrow: bool) -> list[Mark]:
    y = base - 30 if narrow else base - 4
    ends = (width - 62.0, width - 2.0) if narrow else (width - 62.0, float(width))
    room = width - 150.0 if narrow else 184.0
    return [
        Words(text=cut(strip.label, room, 13), at=(0, y), size=13),
        Words(text=f"{sum(strip.all):,}", at=(ends[0], y), tone="soft", anchor="end"),
        Words(text=f"{sum(strip.ours):,}", at=(ends[1], y), tone="teal", anchor="end"),
    ]


def _strip(
    periods: Sequence[Period], strip: Strip, days: Days, base: float
) -> list[Mark]:  # fmt: skip
    most = max(*strip.all, 1)
    whole, part, unknown = [], [], []
    known = [n for n, share in enumerate(strip.unknown) if share is not None or strip.all[n]]
    for n in known:
        a, b = days.x(periods[n].first), days.end(periods[n].last)
        gap = 1.0 if b - a > 4 else 0.0
        if share := strip.unknown[n]:
            unknown.append((a, base - _BAR, a + (b - a) * share, base))
        whole += _bar(a, b - gap, base, strip.all[n] / most)
        part += _bar(a, b - gap, base, strip.ours[n] / most)
    marks: list[Mark] = []
    if known:
        ends = ((days.x(periods[known[0]].first), base), (days.end(periods[known[-1]].last), base))
        marks.append(Line(points=ends, tone="edge"))
    if unknown:
        marks.append(Hatch(boxes=tuple(_joined(unknown))))
    if whole:
        marks.append(Area(shapes=tuple(boxed(b) for b in whole), tone="edge", strength=0.55))
    if part:
        marks.append(Area(shapes=tuple(boxed(b) for b in part), tone="teal"))
    return marks


def _bar(a: float, b: float, base: float, share: float) -> list[Box]:
    # What is there at all is seen: half a pixel of paper would say that nothing is.
    return [(a, base - max(1.0, _BAR * share), max(b, a + 1), base)] if share > 0 else []


def _joined(boxes: Sequence[Box]) -> list[Box]:
    """Return boxes with neighbours made one, so that their hatching runs through."""
    told: list[Box] = []
    for box in boxes:
        if told and abs(told[-1][2] - box[0]) < 0.5:
            told[-1] = (told[-1][0], box[1], box[2], box[3])
        else:
            told.append(box)
    return told


def _events(strip: Strip, days: Days, base: float) -> list[Mark]:
    marks: list[Mark] = []
    for day, words in strip.events:
        if days.first <= day <= days.last:
            x = days.x(day)
            late = x > days.left + (days.right - days.left) * 0.7
            at = (x - 4 if late else x + 4, base - _BAR + 7)
            marks.append(Line(points=((x, base - _BAR - 4), (x, base)), tone="ink"))
            side: Literal["start", "end"] = "end" if late else "start"
            marks.append(Words(text=words, at=at, anchor=side, size=11, halo=True))
    return marks
