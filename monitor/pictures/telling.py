"""A story's timeline: who told it when, and what the tolls stood at, one above the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from monitor.edge.sheet import (
    Dots,
    Line,
    Mark,
    Picture,
    Point,
    Words,
    cut,
    isolated,
    steps,
    width_of,
)
from monitor.pictures.plate import Plate, apart, counted, day_words, number, steps_to

MOST_OUTLETS: Final = 24
_ROW: Final = 24.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An article of a story."""

    outlet: str
    at: datetime
    copy: bool
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Toll:
    """A figure somebody gave. ``least`` and ``most`` are its ends, the same for a plain one."""

    outlet: str
    at: datetime
    least: float
    most: float
    said_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolls:
    """Figures about the same, in order of telling: "Civilians killed · Bannu"."""

    heading: str
    tolls: tuple[Toll, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A story as it was told. ``zone`` is whose days the axis shows."""

    told: tuple[Told, ...]
    tolls: tuple[Tolls, ...]
    zone: str


def plate(facts: Telling) -> Plate:
    """Return the plate of a story with at least one article."""
    told = _told(facts)
    zone = ZoneInfo(facts.zone)
    rows = [(_stamp(t.at, zone), t.outlet, "copy" if t.copy else "own text", t.title, "")
            for t in facts.told]  # fmt: skip
    for group in facts.tolls:
        rows += [
            (_stamp(t.at, zone), t.outlet, group.heading, t.said_by or "the outlet itself",
             _figure(t)) for t in group.tolls
        ]  # fmt: skip
    return Plate(
        told=told,
        caption="The story as it was told",
        head=("When", "Outlet", "What", "Headline, or who says it", "Figure"),
        rows=tuple(sorted(rows)),
        draw=lambda width: _draw(facts, width, told),
        facts=facts,
        numbers_from=4,
    )


def _stamp(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def _figure(toll: Toll) -> str:
    low, high = number(toll.least), number(toll.most)
    return low if low == high else f"{low}–{high}"


def _told(facts: Telling) -> str:
    first, last = facts.told[0], max(facts.told, key=lambda t: t.at)
    outlets = {t.outlet for t in facts.told}
    hours = (last.at - first.at).total_seconds() / 3600
    length = counted(round(hours), "hour") if hours < 72 else counted(round(hours / 24), "day")
    if hours < 3:
        length = counted(round(hours * 60), "minute")
    told = f"{counted(len(facts.told), 'article')} by {counted(len(outlets), 'outlet')}"
    told += f" within {length}, {first.outlet} first." if len(facts.told) > 1 else "."
    for group in facts.tolls:
        one, other = group.tolls[0], group.tolls[-1]
        told += f" {group.heading}: {_figure(one)} ({one.outlet})"
        told += f", last {_figure(other)} ({other.outlet})." if len(group.tolls) > 1 else "."
    return told


# --- laid out -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hours:
    """Instants from left to right."""

    first: datetime
    last: datetime
    left: float
    right: float
    zone: ZoneInfo

    def x(self, at: datetime) -> float:
        length = (self.last - self.first).total_seconds()
        share = (at - self.first).total_seconds() / length if length else 0.5
        return self.left + (self.right - self.left) * min(1.0, max(0.0, share))

    def axis(self, y: float, top: float) -> list[Mark]:
        marks: list[Mark] = [Line(points=((self.left, y), (self.right, y)), tone="edge")]
        free = self.left - 1
        for at, words in self._ticks():
            x = self.x(at)
            if x >= free and x + width_of(words) <= self.right + 40:
                marks.append(Line(points=((x, top), (x, y + 4)), tone="hair"))
                marks.append(Words(text=words, at=(x + 2, y + 16), tone="soft"))
                free = x + width_of(words) + 16
        return marks

    def _ticks(self) -> list[tuple[datetime, str]]:
        hours = (self.last - self.first).total_seconds() / 3600
        each = next((h for h in (1, 3, 6, 12, 24, 72, 168, 720) if hours / h <= 9), 8760)
        local = self.first.astimezone(self.zone)
        at = local.replace(minute=0, second=0, microsecond=0, hour=0 if each >= 24 else local.hour)
        told = []
        for _ in range(60):
            if at > self.last:
                break
            if at >= self.first and (each >= 24 or at.hour % each == 0):
                words = day_words(at.date())
                told.append((at, words if each >= 24 or at.hour == 0 else f"{at:%H:%M}"))
            at += timedelta(hours=min(each, 1) if each < 24 else each)
        return told


def _draw(facts: Telling, width: int, told: str) -> Picture:
    narrow = width < 600
    outlets = list(dict.fromkeys(t.outlet for t in facts.told))[:MOST_OUTLETS]
    instants = [t.at for t in facts.told] + [t.at for g in facts.tolls for t in g.tolls]
    margin = max((max(instants) - min(instants)) * 0.03, timedelta(minutes=30))
    left, right = (4.0, width - 8.0) if narrow else (196.0, width - 150.0)
    hours = _Hours(
        first=min(instants) - margin, last=max(instants) + margin, left=left, right=right,
        zone=ZoneInfo(facts.zone),
    )  # fmt: skip
    row = 34.0 if narrow else _ROW
    bottom = 10 + row * len(outlets)
    marks: list[Mark] = []
    rows: list[Mark] = []
    for n, outlet in enumerate(outlets):
        rows += _row(facts.told, outlet, hours, 10 + row * (n + 1) - 8, narrow=narrow)
    marks += hours.axis(bottom + 4, 6)
    marks += rows
    y = bottom + 40
    for group in facts.tolls:
        marks += _tolls(group, hours, y, width, narrow=narrow)
        y += 168
    return Picture(width=width, height=round(y), marks=tuple(marks), told=told)


def _row(told: Sequence[Told], outlet: str, hours: _Hours, y: float, *, narrow: bool) -> list[Mark]:
    own = tuple((hours.x(t.at), y) for t in told if t.outlet == outlet and not t.copy)
    copies = tuple((hours.x(t.at), y) for t in told if t.outlet == outlet and t.copy)
    first = min(x for x, _ in (*own, *copies))
    marks: list[Mark] = [Line(points=((first, y), (hours.right, y)), tone="hair")]
    if copies:
        marks.append(Dots(at=copies, tone="ink", hollow=True))
        x = max(copies)[0]
        late = x + 40 > hours.right
        at = (x - 8 if late else x + 8, y + 4)
        side: Literal["start", "end"] = "end" if late else "start"
        marks.append(Words(text="copy", at=at, tone="soft", size=11, anchor=side, halo=True))
    if own:
        marks.append(Dots(at=own, tone="teal"))
    at = (0.0, y - 9) if narrow else (0.0, y + 4)
    marks.append(Words(text=cut(outlet, 184, 13), at=at, size=13))
    return marks


def _tolls(
    group: Tolls, hours: _Hours, top: float, width: int, *, narrow: bool
) -> list[Mark]:  # fmt: skip
    base = top + 130
    up = steps_to(max(t.most for t in group.tolls), 3)
    scale = (base - top - 30) / up[-1]
    left = hours.left
    marks: list[Mark] = [
        Words(text=cut(group.heading, width - 8.0, 13), at=(0, top + 4), size=13, bold=True)
    ]
    for value in up:
        y = base - value * scale
        marks.append(Line(points=((left, y), (hours.right, y)), tone="hair" if value else "edge"))
        if not narrow:
            words = number(value)
            marks.append(Words(text=words, at=(left - 8, y + 4), tone="soft", anchor="end"))
    way = tuple((hours.x(t.at), base - t.most * scale) for t in group.tolls)
    marks.append(Line(points=steps((*way, (hours.right, way[-1][1]))), tone="teal", width=1.5))
    for toll, (x, y) in zip(group.tolls, way, strict=True):
        if toll.least < toll.most:
            ends = ((x, base - toll.least * scale), (x, y))
            marks.append(Line(points=ends, tone="teal", width=3))
    marks.append(Dots(at=way, tone="teal"))
    marks += _toll_names(group.tolls, way, hours, top + 24, base, narrow=narrow)
    return marks


def _toll_names(
    tolls: Sequence[Toll], way: Sequence[Point], hours: _Hours, top: float, base: float, *,
    narrow: bool,
) -> list[Mark]:  # fmt: skip
    """Label the dots with figure and outlet, as many as stand free; the last one always."""
    marks: list[Mark] = []
    taken: list[tuple[float, float, float]] = []
    order = [len(tolls) - 1, *range(len(tolls) - 1)]
    heights = apart([y - 8 for _, y in way], 0, top - 6, base)
    for n in order:
        x, y = way[n][0], heights[n]
        text = f"{_figure(tolls[n])} {isolated(cut(tolls[n].outlet, 130))}"
        wide = width_of(text)
        late = narrow and x + wide > hours.right
        start = x - wide if late else x
        if any(abs(y - row) < 13 and start < b and start + wide > a for a, b, row in taken):
            text, wide = _figure(tolls[n]), width_of(_figure(tolls[n]))
            start = x - wide if late else x
            if any(abs(y - row) < 13 and start < b and start + wide > a for a, b, row in taken):
                continue
        taken.append((start - 4, start + wide + 4, y))
        marks.append(Words(text=text, at=(x, y), anchor="end" if late else "start", halo=True))
    return marks
