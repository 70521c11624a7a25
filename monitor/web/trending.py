"""What the address asks of the corpus over time: by what, how long, and which words."""

from __future__ import annotations

from datetime import UTC, date
from typing import Final

from monitor.inquiry import seen, trends
from monitor.pictures import trend as picture
from monitor.pictures.plate import Plate
from monitor.web.desk import Visit
from store import asking

LONGEST: Final = 200
"""Characters of what a trend is asked for."""


def asked(visit: Visit) -> seen.Asked:
    """Return what the address asks of the corpus, or all of it by outlet."""
    by: seen.By = next((b for b in seen.OURS if b == visit.asked("by")), "outlet")
    span: seen.Span = next((s for s in seen.SPANS if s == visit.asked("span")), "all")
    return seen.Asked(by=by, span=span, today=visit.now.astimezone(UTC).date())


def words(visit: Visit) -> str:
    """Return the words whose trend is asked for."""
    return visit.asked("q")[:LONGEST]


def read(visit: Visit) -> asking.Asked:
    """Return the words as the search reads them, names in all their spellings."""
    return asking.read(words(visit), visit.desk.spell())


def plate(visit: Visit) -> Plate | None:
    """The trend of the words in the address; None where nothing is asked, or nothing is held."""
    return found(visit)[0]


def found(visit: Visit) -> tuple[Plate | None, date | None]:
    """Return the trend, and after which day alone it is told, where more stands than is counted."""
    wanted = read(visit)
    if not wanted.expression:
        return None, None
    told, since_on = trends.trend(visit.db, asked(visit), wanted, f"“{words(visit)}”")
    return (picture.plate(told) if told else None), since_on
