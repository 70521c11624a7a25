"""The date written beside a link of a list."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from monitor.model import When
from monitor.stages.parse.entry import Facts, bounded

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_NAMED_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,7}\.?"
_DAY_FIRST = re.compile(
    rf"\b(\d{{1,2}})(?:st|nd|rd|th)?[\s-]+{_NAMED_MONTH},?[\s-]+((?:19|20)\d\d)\b"
)
_MONTH_FIRST = re.compile(rf"\b{_NAMED_MONTH}\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+((?:19|20)\d\d)\b")
_ISO = re.compile(r"\b((?:19|20)\d\d)-(\d\d)-(\d\d)\b")


def written_beside(stamp: str, around: str, facts: Facts) -> When | None:
    """The date of a list's entry: what its markup gives, else a day among its words."""
    if stamp:
        try:
            at = datetime.fromisoformat(stamp.strip())
        except ValueError:
            at = None
        if at is not None:
            at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
            return bounded(at, stamp, facts.fetched_at)
    return _day_in(around, facts)


def _day_in(text: str, facts: Facts) -> When | None:
    """A day in words or as ISO beside the link; of mere figures nobody knows which is the day."""
    low = text.lower()[:2_000]
    parts: tuple[str, str, str] | None = None
    if found := _DAY_FIRST.search(low):
        parts = (found[3], found[2], found[1])
    elif found := _MONTH_FIRST.search(low):
        parts = (found[3], found[1], found[2])
    elif found := _ISO.search(low):
        parts = (found[1], found[2], found[3])
    if parts is None or found is None:
        return None
    year, month, day = parts
    number = int(month) if month.isdigit() else _MONTHS.index(month) + 1
    try:
        at = datetime(int(year), number, int(day), tzinfo=UTC)
    except ValueError:
        return None
    return bounded(at, text[found.start() : found.end()], facts.fetched_at)
