"""Which days are due for a digest, and what window each tells of."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

FIRST_DAY_LASTS = timedelta(hours=6)


def due_days(
    now: datetime,
    *,
    last_on: date | None,
    at: time,
    weekdays: Collection[int],
    zone: ZoneInfo,
    catch_up_days: int,
) -> tuple[date, ...]:
    """Return the local days whose digest is due, oldest first: each once, whatever the clock did.

    A day is due from ``at`` local time on. Where that time does not exist (a clock put forward)
    the day is due at the shifted time; where it exists twice, at the first. Days already done
    (up to ``last_on``), days that a zone never had, and days older than ``catch_up_days`` are not
    due. ``weekdays``: Monday is 0. Without ``last_on`` only today can be due, or yesterday for six
    hours (a tick may miss the last minutes of a day); likewise with one in the future, which a
    wrong clock wrote or a team that moved west: it does not say that today was told. The digest's
    key, which has the day in it, keeps a day from being told twice then.
    """
    today = now.astimezone(zone).date()
    done = last_on if last_on is not None and last_on <= today else None
    back = max(0, catch_up_days) if done is not None else 1
    days = [today - timedelta(days=ago) for ago in range(back, -1, -1)]
    if done is None and _instant(days[0], at, zone) <= now - FIRST_DAY_LASTS:
        days = [today]
    return tuple(
        day
        for day in days
        if (done is None or day > done)
        and day.weekday() in weekdays
        and _exists(day, zone)
        and _instant(day, at, zone) <= now
    )


def digest_window(
    day: date, previous_day: date | None, at: time, zone: ZoneInfo
) -> tuple[datetime, datetime]:
    """Return the half-open window ``[since, until)`` in UTC that the digest of ``day`` tells of.

    It starts where the window of ``previous_day`` ended, however long ago: nothing falls between
    two digests. Without one it starts a day earlier.
    """
    start = previous_day if previous_day is not None else day - timedelta(days=1)
    until = _instant(day, at, zone)
    return min(_instant(start, at, zone), until), until


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at.replace(tzinfo=None, fold=0), tzinfo=zone).astimezone(UTC)


def _exists(day: date, zone: ZoneInfo) -> bool:
    """False for a day the zone skipped whole, such as 30 December 2011 in Apia."""
    return any(
        _instant(day, hour, zone).astimezone(zone).date() == day for hour in (time(0), time(12))
    )
