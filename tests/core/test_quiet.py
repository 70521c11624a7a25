"""Quiet hours: nobody is told in them, whatever the clocks of the world do."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.stages.quiet import held_until, quiet_until
from monitor.told import QuietHours, Recipient

NIGHT = QuietHours(from_=time(22), until=time(6, 30))
NOON = QuietHours(from_=time(12, 30), until=time(14), days=(4,))  # Fridays
ZONES = (
    "Asia/Karachi", "Asia/Kabul", "Europe/London", "America/New_York", "Australia/Lord_Howe",
    "Pacific/Apia", "Africa/Casablanca", "America/Santiago", "Asia/Tehran", "Pacific/Chatham",
    "Atlantic/Azores", "America/Havana",
)  # fmt: skip
clocks = st.times(min_value=time(0), max_value=time(23, 59)).map(
    lambda at: at.replace(second=0, microsecond=0)
)
instants = st.datetimes(
    min_value=datetime(2011, 12, 20),  # noqa: DTZ001 - Hypothesis wants it so
    max_value=datetime(2030, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
hours = st.builds(
    QuietHours,
    from_=clocks,
    until=clocks,
    days=st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days))),
).filter(lambda quiet: quiet.from_ != quiet.until)


def at(text: str, zone: str = "Asia/Karachi") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        ("2026-03-12 21:59", None),
        ("2026-03-12 22:00", "2026-03-13 06:30"),
        ("2026-03-13 03:00", "2026-03-13 06:30"),
        ("2026-03-13 06:29", "2026-03-13 06:30"),
        ("2026-03-13 06:30", None),
        ("2026-03-13 13:00", None),
    ],
)
def test_a_night_is_over_midnight(now: str, ends: str | None) -> None:
    assert quiet_until(NIGHT, "Asia/Karachi", at(now)) == (at(ends) if ends else None)


def test_only_the_days_on_which_it_begins_count() -> None:
    friday, saturday = at("2026-03-13 13:00"), at("2026-03-14 13:00")
    assert quiet_until(NOON, "Asia/Karachi", friday) == at("2026-03-13 14:00")
    assert quiet_until(NOON, "Asia/Karachi", saturday) is None
    weekend = QuietHours(from_=time(22), until=time(9), days=(4,))
    assert quiet_until(weekend, "Asia/Karachi", at("2026-03-14 08:00")) == at("2026-03-14 09:00")
    assert quiet_until(weekend, "Asia/Karachi", at("2026-03-13 08:00")) is None


def test_clocks_put_forward_make_the_night_an_hour_shorter() -> None:
    """In London on 29 March 2026, 01:00 is followed by 02:00."""
    night = QuietHours(from_=time(23), until=time(6))
    ends = quiet_until(night, "Europe/London", at("2026-03-28 23:30", "Europe/London"))
    assert ends == datetime(2026, 3, 29, 5, 0, tzinfo=UTC)
    skipped = QuietHours(from_=time(1, 30), until=time(3))
    assert quiet_until(skipped, "Europe/London", datetime(2026, 3, 29, 0, 59, tzinfo=UTC)) is None
    assert quiet_until(skipped, "Europe/London", datetime(2026, 3, 29, 1, 0, tzinfo=UTC)) == (
        datetime(2026, 3, 29, 2, 0, tzinfo=UTC)
    )


def test_a_time_that_comes_twice_is_quiet_from_its_first_to_its_last() -> None:
    """In London on 25 October 2026, 01:00 to 02:00 comes twice, from 00:00 to 02:00 UTC."""
    twice = QuietHours(from_=time(1, 15), until=time(1, 45))
    for minute in (15, 50, 75, 100):
        now = datetime(2026, 10, 25, 0, 0, tzinfo=UTC) + timedelta(minutes=minute)
        assert quiet_until(twice, "Europe/London", now) == datetime(2026, 10, 25, 1, 45, tzinfo=UTC)
    assert quiet_until(twice, "Europe/London", datetime(2026, 10, 25, 1, 45, tzinfo=UTC)) is None


def test_a_day_that_a_country_skipped_is_no_trouble() -> None:
    """Samoa went from 29 to 31 December 2011; the 30th, a Friday, never was."""
    night = QuietHours(from_=time(22), until=time(6))
    ends = quiet_until(night, "Pacific/Apia", at("2011-12-29 23:00", "Pacific/Apia"))
    assert ends == at("2011-12-31 06:00", "Pacific/Apia")


@given(hours, st.sampled_from(ZONES), instants)
def test_quiet_ends_and_what_is_told_then_is_told_in_no_quiet_hour(
    quiet: QuietHours, zone: str, now: datetime
) -> None:
    ends = quiet_until(quiet, zone, now)
    if ends is None:
        return
    assert ends > now
    assert quiet_until(quiet, zone, ends) is None
    local = ends.astimezone(ZoneInfo(zone))
    assert (local.hour, local.minute) == (quiet.until.hour, quiet.until.minute) or _changes_near(
        ends, zone
    )


@given(hours, st.sampled_from(ZONES), instants)
def test_quiet_never_lasts_longer_than_the_span_and_a_change_of_clocks(
    quiet: QuietHours, zone: str, now: datetime
) -> None:
    """Where every day is quiet and nearly all of it, spans still do not run into one another."""
    ends = quiet_until(quiet, zone, now)
    if ends is not None:
        assert ends - now <= _span(quiet) + timedelta(hours=1) or zone == "Pacific/Apia"


@given(hours, st.sampled_from(ZONES), instants)
def test_a_moment_is_quiet_exactly_when_the_readers_clock_says_so(
    quiet: QuietHours, zone: str, now: datetime
) -> None:
    """Judged by the clock on the wall alone, away from days on which it is changed."""
    if _changes_near(now, zone):
        return
    local = now.astimezone(ZoneInfo(zone))
    wall, over_midnight = local.time().replace(tzinfo=None), quiet.until <= quiet.from_
    if over_midnight:
        yesterday = (local.weekday() - 1) % 7
        quiet_now = (wall >= quiet.from_ and local.weekday() in quiet.days) or (
            wall < quiet.until and yesterday in quiet.days
        )
    else:
        quiet_now = quiet.from_ <= wall < quiet.until and local.weekday() in quiet.days
    assert (quiet_until(quiet, zone, now) is not None) == quiet_now


@given(hours, st.sampled_from(ZONES), instants, instants)
def test_a_pause_and_quiet_hours_hold_together(
    quiet: QuietHours, zone: str, now: datetime, pause: datetime
) -> None:
    asma = Recipient(way="w", quiet=quiet, zone=zone, paused_until=pause)
    ends = held_until(asma, now)
    if ends is None:
        assert pause <= now
        assert quiet_until(quiet, zone, now) is None
    else:
        assert ends > now
        assert ends >= pause
        assert held_until(asma, ends) is None


def test_without_hours_nothing_is_held() -> None:
    assert quiet_until(None, "Asia/Karachi", at("2026-03-12 23:00")) is None
    assert held_until(Recipient(way="w"), at("2026-03-12 23:00")) is None


def _span(quiet: QuietHours) -> timedelta:
    begins, ends = (timedelta(hours=t.hour, minutes=t.minute) for t in (quiet.from_, quiet.until))
    return ends - begins if ends > begins else ends - begins + timedelta(days=1)


def _changes_near(moment: datetime, zone: str) -> bool:
    offsets = {
        (moment + timedelta(hours=h)).astimezone(ZoneInfo(zone)).utcoffset()
        for h in range(-50, 51, 2)
    }
    return len(offsets) > 1
