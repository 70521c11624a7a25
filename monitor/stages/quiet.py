"""When a reader may be told: quiet hours by the reader's clock, and pauses."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.told import QuietHours, Recipient

_EXACT = timedelta(seconds=30)
_CHAINED = 8  # spans that touch one another; of one span a week there are at most seven


def quiet_until(quiet: QuietHours | None, zone: str, now: datetime) -> datetime | None:
    """Return when the quiet hours that hold at ``now`` end, in UTC; None where none hold.

    ``now`` is aware. What it returns lies after ``now`` and is never itself a quiet moment. The
    clock of ``zone`` counts: a span in which clocks change is an hour shorter or longer. A clock
    that does not exist on a day (they were put forward over it) is the moment of that change; of
    one that stands twice, the beginning is the first and the end the last.
    """
    if quiet is None:
        return None
    clock = ZoneInfo(zone)
    ends = now
    for _ in range(_CHAINED):
        later = _end_of_span(quiet, clock, ends)
        if later is None:
            break
        ends = later
    return ends.astimezone(UTC) if ends > now else None


def held_until(recipient: Recipient, now: datetime) -> datetime | None:
    """Return until when ``recipient`` is told of no alert, by quiet hours or a pause; None: now."""
    pause = recipient.paused_until
    awake = max(now, pause) if pause else now
    ends = quiet_until(recipient.quiet, recipient.zone, awake) or awake
    return ends if ends > now else None


def _end_of_span(quiet: QuietHours, clock: ZoneInfo, now: datetime) -> datetime | None:
    """The end of the span that holds at ``now``, were it only this one."""
    today = now.astimezone(clock).date()
    over_midnight = quiet.until <= quiet.from_
    found = []
    for ago in (0, 1, 2):  # two: where clocks go back over midnight, a day is longer than a day
        begins_on = today - timedelta(days=ago)
        if begins_on.weekday() not in quiet.days:
            continue
        ends_on = begins_on + timedelta(days=1 if over_midnight else 0)
        began, ended = _first(begins_on, quiet.from_, clock), _last(ends_on, quiet.until, clock)
        if began <= now < ended:
            found.append(ended)
    return max(found, default=None)


def _first(day: date, at: time, clock: ZoneInfo) -> datetime:
    return _moments(day, at, clock)[0]


def _last(day: date, at: time, clock: ZoneInfo) -> datetime:
    return _moments(day, at, clock)[1]


def _moments(day: date, at: time, clock: ZoneInfo) -> tuple[datetime, datetime]:
    """The first and the last moment at which a clock says so; of a skipped one the change."""
    naive = datetime.combine(day, at)
    first, last = (naive.replace(tzinfo=clock, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first <= last:
        return first, last
    before, after = last, first  # of a clock that is skipped, each is read as the other side has it
    old = before.astimezone(clock).utcoffset()
    while after - before > _EXACT:
        middle = before + (after - before) / 2
        if middle.astimezone(clock).utcoffset() == old:
            before = middle
        else:
            after = middle
    change = after.replace(second=0, microsecond=0)
    return change, change
