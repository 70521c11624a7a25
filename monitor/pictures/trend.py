"""The share of articles that say something, over time: a line in its interval, breaks marked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from monitor.edge.sheet import Area, Dots, Line, Mark, Picture, Point, Words, cut
from monitor.pictures.plate import Days, Plate, counted, day_axis, day_words
from monitor.pictures.strips import Period

HEIGHT: Final = 240.0
MOST_BREAKS: Final = 12  # named in the picture; the table has them all


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A period: ``n`` of ``of`` articles say it; ``interval`` is of their share, in 0 to 1."""

    period: Period
    n: int
    of: int
    interval: tuple[float, float]
    breaks: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """The share; 0 where there were no articles."""
        return self.n / self.of if self.of else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """What was asked for, over periods from the oldest. ``marks`` are breaks on their days."""

    words: str
    said: tuple[Said, ...]
    marks: tuple[tuple[date, str], ...] = ()


def plate(facts: Trend) -> Plate:
    """Return the plate; at least one period had articles."""
    told = _told(facts)
    return Plate(
        told=told,
        caption=f"Articles that say {facts.words}",
        head=("From", "To", "Say it", "Articles", "Share", "95 % interval", "Breaks"),
        rows=tuple(
            (
                f"{one.period.first}",
                f"{one.period.last}",
                f"{one.n:,}",
                f"{one.of:,}",
                f"{one.share:.1%}" if one.of else "–",
                f"{one.interval[0]:.1%} to {one.interval[1]:.1%}" if one.of else "–",
                "; ".join(one.breaks),
            )
            for one in facts.said
        ),
        draw=lambda width: _draw(facts, width, told),
        facts=facts,
        numbers_from=2,
    )


def _told(facts: Trend) -> str:
    n, of = sum(s.n for s in facts.said), sum(s.of for s in facts.said)
    told = f"{counted(n, 'article')} of {of:,} say {facts.words} ({n / max(1, of):.1%})"
    most = max(facts.said, key=lambda s: (s.share if s.of >= 5 else 0.0, s.period.first))
    if most.n and most.of >= 5:
        told += f"; most in {most.period.words} ({most.share:.0%} of {most.of:,})"
    breaks = sum(len(s.breaks) for s in facts.said)
    return f"{told}. " + (
        f"{counted(breaks, 'break')}: counts across one are not to be compared."
        if breaks
        else "No source came or went in this time."
    )


def _draw(facts: Trend, width: int, told: str) -> Picture:
    narrow = width < 600
    left, right = 40.0, width - (8.0 if narrow else 24.0)
    top, base = 30.0, 30.0 + HEIGHT
    days = Days(
        first=facts.said[0].period.first, last=facts.said[-1].period.last, left=left, right=right
    )
    most = _top(facts.said)

    def y(share: float) -> float:
        return base - (base - top) * min(1.0, share / most)

    marks: list[Mark] = [
        Words(text=cut(f"share of articles that say {facts.words}", right - 4), at=(0, 14),
              tone="soft"),
    ]  # fmt: skip
    for step in range(5):
        value = most * step / 4
        line = ((left, y(value)), (right, y(value)))
        marks.append(Line(points=line, tone="hair" if step else "edge"))
        label = f"{value:.0%}" if most >= 0.08 else f"{value:.1%}"
        marks.append(Words(text=label, at=(left - 6, y(value) + 4), tone="soft", anchor="end"))
    marks += _breaks(facts.marks, days, top, base)
    for run in _runs(facts.said):
        marks += _run(run, days, y)
    marks += day_axis(days, base)
    return Picture(width=width, height=round(base + 30), marks=tuple(marks), told=told)


def _top(said: Sequence[Said]) -> float:
    """A round share that the line, and nearly all of its interval, stays under."""
    highest = max(max(s.share, min(s.interval[1], s.share * 2 + 0.02)) for s in said)
    steps = (0.004, 0.008, 0.02, 0.04, 0.08, 0.2, 0.4, 0.6, 0.8, 1.0)
    return next((step for step in steps if step >= highest), 1.0)


def _runs(said: Sequence[Said]) -> list[list[Said]]:
    """Periods with articles, in unbroken runs: where there are none the line is broken."""
    told: list[list[Said]] = [[]]
    for one in said:
        if one.of:
            told[-1].append(one)
        elif told[-1]:
            told.append([])
    return [run for run in told if run]


def _run(run: Sequence[Said], days: Days, y: Callable[[float], float]) -> list[Mark]:
    def x(one: Said) -> float:
        return (days.x(one.period.first) + days.end(one.period.last)) / 2

    low = [(x(s), y(s.interval[0])) for s in run]
    high = [(x(s), y(s.interval[1])) for s in run]
    way: tuple[Point, ...] = tuple((x(s), y(s.share)) for s in run)
    if len(run) == 1:
        return [
            Line(points=(low[0], high[0]), tone="teal", width=1.5),
            Dots(at=way, tone="teal"),
        ]
    band = (*high, *reversed(low))
    return [
        Area(shapes=(band,), tone="teal", strength=0.18),
        Line(points=way, tone="teal", width=1.5),
    ]


def _breaks(marked: Sequence[tuple[date, str]], days: Days, top: float, base: float) -> list[Mark]:
    marks: list[Mark] = []
    shown = [(day, words) for day, words in marked if days.first <= day <= days.last]
    for n, (day, words) in enumerate(shown):
        x = days.x(day)
        marks.append(Line(points=((x, top), (x, base)), tone="ink", dashed=True))
        if n < MOST_BREAKS:
            late = x > days.left + (days.right - days.left) * 0.6
            height = top + 12 + 13 * (n % 4)
            text = cut(f"{day_words(day)}: {words}", (days.right - days.left) * 0.4, 11)
            at = (x - 4 if late else x + 4, height)
            marks.append(
                Words(text=text, at=at, anchor="end" if late else "start", size=11, halo=True)
            )
    return marks
