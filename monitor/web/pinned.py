"""The timeline as a page asks for it: its entries, their days in words, and its picture."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import get_args

from monitor.pictures import spans
from monitor.pictures.plate import Plate
from monitor.web.desk import Visit
from store import pins
from store.desk import PinKind, PinLine


def entries(visit: Visit) -> list[PinLine]:
    """Return the entries the address asks for."""
    kinds: list[PinKind] = [k for k in get_args(PinKind) if visit.asked("kind") == k]
    return pins.between(
        visit.db,
        day_of_partial(visit.asked("since"), first=True) or date.min,
        day_of_partial(visit.asked("until"), first=False) or date.max,
        kinds=kinds,
        words=visit.asked("q")[:200],
    )


def day_of_partial(text: str, *, first: bool) -> date | None:
    """Return the first or last day of "2021", "2021-08" or "2021-08-15"."""
    found = pins.days_of(text)
    return found[0 if first else 1] if found else None


def timeline(visit: Visit) -> Plate | None:
    """The team's timeline."""
    return of_pins(visit, entries(visit))


def of_pins(visit: Visit, lines: Sequence[PinLine]) -> Plate | None:
    """The timeline of some entries."""
    told = tuple(
        spans.Pinned(
            kind=line.facts.kind,
            title=line.facts.title,
            first=line.first_on,
            last=line.last_on,
            when=when(line),
            open=line.facts.until == "now",
            vague=len(line.facts.since) < 10 and line.facts.kind != "phase",
            note=line.facts.note,
        )
        for line in lines
    )
    if not told:
        return None
    first, last = spans.framed(told, visit.today())
    asked = (day_of_partial(visit.asked("since"), first=True),
             day_of_partial(visit.asked("until"), first=False))  # fmt: skip
    first, last = asked[0] or first, asked[1] or last
    if last <= first:
        last = first + timedelta(days=1)
    return spans.plate(spans.Timeline(pins=told, first=first, last=last, today=visit.today()))


def when(line: PinLine) -> str:
    """Return the days of an entry as people gave them: "Aug 2021", "2021 to 3 Nov 2024"."""
    since = partial_words(line.facts.since)
    if not line.facts.until:
        return since
    if line.facts.until == "now":
        return f"since {since}"
    return f"{since} to {partial_words(line.facts.until)}"


def partial_words(text: str) -> str:
    """Return "2021-08-15" as "15 Aug 2021", "2021-08" as "Aug 2021", "2021" as it is."""
    found = pins.days_of(text)
    if found is None or len(text) == 4:
        return text
    return f"{found[0]:%-d %b %Y}" if len(text) == 10 else f"{found[0]:%b %Y}"
