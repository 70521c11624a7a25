"""Which days are due for a digest, and what window each tells of."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

FIRST_DAY_LASTS = timedelta(hours=6)
EVERY_DAY = frozenset(range(7))
_REACH = {"day": 0, "week": 6, "month": 30}  # the last one missed is always made


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """When a digest is due: from ``at`` local time on, on ``weekdays`` (Monday is 0).

    With ``month_day`` on that day of each month, or on the last of a month that is too short.
    """

    at: time
    weekdays: Collection[int] = EVERY_DAY
    month_day: int | None = None
    every: Literal["day", "week", "month"] = "day"

    def falls_on(self, day: date) -> bool:
        """Tell whether the digest goes out on ``day``."""
        if self.month_day is not None:
            return day.day == min(self.month_day, monthrange(day.year, day.month)[1])
        return day.weekday() in self.weekdays

    def before(self, day: date) -> date:
        """Return the day a digest of ``day`` goes back to when none was made before it."""
        if self.every != "month":
            return day - timedelta(days=7 if self.every == "week" else 1)
        year, month = (day.year, day.month - 1) if day.month > 1 else (day.year - 1, 12)
        return date(year, month, min(day.day, monthrange(year, month)[1]))


def due_days(
    now: datetime,
    *,
    last_on: date | None,
    rhythm: Rhythm,
    zone: ZoneInfo,
    catch_up_days: int,
) -> tuple[date, ...]:
    """Return the local days whose digest is due, oldest first: each once, whatever the clock did.

    A day is due from the hour of its rhythm on. Where that time does not exist (a clock put
    forward) the day is due at the shifted time; where it exists twice, at the first. Days already
    done (up to ``last_on``), days that a zone never had, and days older than ``catch_up_days`` are
    not due; the last week or month missed always is. Without ``last_on`` only today can be due, or
    yesterday for six hours (a tick may miss the last minutes of a day); likewise with one in the
    future, which a wrong clock wrote or a team that moved west: it does not say that today was
    told. The unique key of an edition keeps a day from being told twice then.
    """
    today = now.astimezone(zone).date()
    done = last_on if last_on is not None and last_on <= today else None
    back = max(0, catch_up_days, _REACH[rhythm.every]) if done is not None else 1
    days = [today - timedelta(days=ago) for ago in range(min(back, today.toordinal() - 1), -1, -1)]
    if done is None and _instant(days[0], rhythm.at, zone) <= now - FIRST_DAY_LASTS:
        days = [today]
    return tuple(
        day
        for day in days
        if (done is None or day > done)
        and rhythm.falls_on(day)
        and _exists(day, zone)
        and _instant(day, rhythm.at, zone) <= now
    )


def digest_window(
    day: date, covered_until: datetime | None, rhythm: Rhythm, zone: ZoneInfo
) -> tuple[datetime, datetime]:
    """Return the half-open window ``[since, until)`` in UTC that the digest of ``day`` tells of.

    It starts where the one before ended, however long ago: nothing falls between two digests.
    Without one it starts a day, a week or a month earlier.
    """
    until = _instant(day, rhythm.at, zone)
    since = covered_until or _instant(rhythm.before(day), rhythm.at, zone)
    return min(since, until), until


_DAYS = ("one day", "two days", "three days", "four days", "five days", "six days", "seven days")


def late_words(until: datetime, made_at: datetime) -> str:
    """Return how late an edition was made, for its title; empty within a day of its hour."""
    days = (made_at - until).days
    if days < 1:
        return ""
    return f"made {_DAYS[days - 1] if days <= len(_DAYS) else f'{days} days'} late"


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at.replace(tzinfo=None, fold=0), tzinfo=zone).astimezone(UTC)


def _exists(day: date, zone: ZoneInfo) -> bool:
    """False for a day the zone skipped whole, such as 30 December 2011 in Apia."""
    return any(
        _instant(day, hour, zone).astimezone(zone).date() == day for hour in (time(0), time(12))
    )
