"""The timeline of the team: phases as bars, talks, articles and notes as dots, with their words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from monitor.edge.sheet import Area, Dots, Line, Mark, Picture, Tone, Words, boxed, cut, width_of
from monitor.pictures.plate import Days, Plate, counted, day_axis

MOST: Final = 150
_LANE: Final = 24.0
ONE: Final = {"phase": "phase", "talks": "round of talks", "article": "article", "note": "note"}
KINDS: Final = {"phase": "Phases", "talks": "Talks", "article": "Articles", "note": "Notes"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """An entry: its days, and those days as people wrote them.

    ``open`` goes on; ``vague`` is known to the month or the year alone.
    """

    kind: str
    title: str
    first: date
    last: date
    when: str
    open: bool = False
    vague: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Entries, and the days that are shown."""

    pins: tuple[Pinned, ...]
    first: date
    last: date
    today: date  # where what goes on is drawn to


def plate(facts: Timeline) -> Plate:
    """Return the plate of a timeline with at least one entry."""
    told = _told(facts)
    ordered = sorted(facts.pins, key=lambda pin: (pin.first, pin.title))
    return Plate(
        told=told,
        caption="The timeline",
        head=("When", "Kind", "What", "Note"),
        rows=tuple((pin.when, ONE.get(pin.kind, pin.kind), pin.title, pin.note) for pin in ordered),
        draw=lambda width: _draw(facts, width, told),
        facts=facts,
        numbers_from=9,
    )


def _told(facts: Timeline) -> str:
    kinds = [
        counted(sum(pin.kind == kind for pin in facts.pins), ONE[kind], name.lower())
        for kind, name in KINDS.items()
        if any(pin.kind == kind for pin in facts.pins)
    ]
    first = min(facts.pins, key=lambda pin: pin.first)
    last = max(facts.pins, key=lambda pin: pin.last)
    begins = first.when.partition(" to ")[0].removeprefix("since ")
    ends = "today" if last.open else last.when.rpartition(" to ")[2]
    span = begins if begins == ends else f"{begins} to {ends}"
    going = [pin.title for pin in facts.pins if pin.open]
    now = f" Still going on: {'; '.join(going[:3])}." if going else ""
    return f"{counted(len(facts.pins), 'entry', 'entries')}, {span}: {', '.join(kinds)}.{now}"


def _draw(facts: Timeline, width: int, told: str) -> Picture:
    narrow = width < 600
    left = 4.0 if narrow else 84.0
    days = Days(first=facts.first, last=facts.last, left=left, right=width - 28.0)
    marks: list[Mark] = []
    y = 8.0
    shown = sorted(facts.pins, key=lambda pin: (pin.first, pin.title))[:MOST]
    for kind, name in KINDS.items():
        group = [pin for pin in shown if pin.kind == kind]
        if not group:
            continue
        if narrow:
            y += 14
            marks.append(Words(text=name, at=(0, y), tone="soft", size=11))
        else:
            marks.append(Words(text=name, at=(0, y + 15), tone="soft"))
        drawn, lanes = _group(group, days, y, width, facts.today)
        marks += drawn
        y += _LANE * lanes + 10
    return Picture(
        width=width, height=round(y + 28), marks=(*day_axis(days, y + 4, top=6), *marks), told=told
    )


def _group(
    group: Sequence[Pinned], days: Days, top: float, width: int, today: date
) -> tuple[list[Mark], int]:  # fmt: skip
    """Draw entries in as few lanes as leave every one its words."""
    ends: list[float] = []
    marks: list[Mark] = []
    for pin in group:
        a, b = _reach(pin, days, today)
        words = cut(pin.title, min(340.0, width * 0.8))
        wide = width_of(words)
        bar = pin.first != pin.last or pin.open
        start = min(a if bar else a + 10, width - wide)  # a late one reads towards its dot
        before = not bar and start < a + 10
        start = max(0.0, a - 10 - wide) if before else max(0.0, start)
        lane = next((n for n, end in enumerate(ends) if end + 8 <= min(a, start)), len(ends))
        ends[lane:] = [max(b, start + wide), *ends[lane + 1 :]]
        base = top + _LANE * lane + 15
        marks += _bar(pin, a, b, base) if bar else [Dots(at=((a, base - 4),), tone=_tone(pin))]
        at = (a - 9, base) if before else (start, base)
        marks.append(Words(text=words, at=at, anchor="end" if before else "start"))
    return marks, len(ends)


def _reach(pin: Pinned, days: Days, today: date) -> tuple[float, float]:
    a = days.x(max(pin.first, days.first))
    if pin.first == pin.last and not pin.open:
        middle = (a + days.end(pin.first)) / 2
        return middle, middle
    last = min(max(today, pin.first) if pin.open else pin.last, days.last)
    return a, max(days.end(last), a + 3)


def _bar(pin: Pinned, a: float, b: float, base: float) -> list[Mark]:
    shape = (boxed((a, base + 3, b, base + 7)),)
    strength = 0.45 if pin.vague else 1.0
    marks: list[Mark] = [Area(shapes=shape, tone=_tone(pin), strength=strength)]
    if pin.open:
        marks.append(Line(points=((b, base + 5), (b + 24, base + 5)), tone=_tone(pin), dashed=True))
    return marks


def _tone(pin: Pinned) -> Tone:
    return "ink" if pin.kind in {"phase", "note"} else "teal"


def framed(pins: Sequence[Pinned], today: date) -> tuple[date, date]:
    """Return the days that hold all entries, with some room; what goes on ends today."""
    first = min(pin.first for pin in pins)
    last = max(min(pin.last, max(today, pin.first)) if pin.open else pin.last for pin in pins)
    room = timedelta(days=max(2, min(60, (last - first).days // 25)))
    begun = first - room if first > date(1, 3, 31) else first
    return begun, last + room if last < date(9998, 1, 1) else last
