"""A feed is asked oftener when it writes, soon after a gap, and within every bound."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from monitor.model import Fault, Reason
from monitor.stages.pace import Limits, Poll, hourly, next_state
from store.polls import FeedSpec, FeedState
from store.watch import Rhythm

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)  # a Sunday
SPEC = FeedSpec(
    key="valley", url="https://a.example/feed", outlet="Valley Post", side="pakistan", language="en"
)
FRESH = FeedState(spec=SPEC)
HOUR = timedelta(hours=1)


def hour_of(at: datetime) -> int:
    return int(at.timestamp() // 3600)


def wrote(hours: range, *, days: int = 28, each: int = 2, skip: tuple[int, ...] = ()) -> Rhythm:
    """A feed that wrote ``each`` entries in these hours of every day, some weekdays left out."""
    found = []
    for back in range(days, 0, -1):
        day = (NOW - timedelta(days=back)).replace(hour=0)
        if day.weekday() not in skip:
            found += [(hour_of(day + hour * HOUR), each) for hour in hours]
    return Rhythm(hours=tuple(found), known_since=NOW - timedelta(days=days))


def waited(rhythm: Rhythm | None, at: datetime, share: float = 0.5) -> float:
    poll = Poll(outcome="ok", seen_share=share)
    due = next_state(FRESH, poll, now=at, rhythm=rhythm).next_poll_at
    assert due is not None
    return (due - at).total_seconds() / 60


def test_the_busy_hours_of_a_feed_are_asked_oftener_than_the_dead_ones() -> None:
    office = wrote(range(6, 14))
    noon, night = NOW.replace(hour=9), NOW.replace(hour=20)
    assert waited(office, noon) < 0.7 * waited(None, noon)
    assert waited(office, night) > 1.8 * waited(None, night)


def test_a_poll_in_a_dead_hour_comes_no_later_than_that_of_a_slow_feed() -> None:
    office = wrote(range(6, 8), each=20)
    assert waited(office, NOW.replace(hour=20)) <= 4 * 15 * 1.1
    assert waited(office, NOW.replace(hour=20), share=1.0) <= 4 * 15 * 1.1


def test_a_feed_that_rests_on_fridays_is_asked_more_rarely_then() -> None:
    week = wrote(range(24), skip=(4,))
    friday, saturday = datetime(2026, 11, 20, 9, tzinfo=UTC), datetime(2026, 11, 21, 9, tzinfo=UTC)
    assert waited(week, friday) > 1.5 * waited(week, saturday)


def test_the_end_of_the_night_is_not_slept_through() -> None:
    """Just before the busy hours begin, the wait ends inside them and not an hour into them."""
    office = wrote(range(6, 14), each=3)
    assert waited(office, NOW.replace(hour=5, minute=50)) < 0.8 * waited(
        office, NOW.replace(hour=2)
    )


@pytest.mark.parametrize(
    "rhythm",
    [
        None,
        Rhythm(),
        wrote(range(6, 14), days=5),  # too short a time
        wrote(range(9, 10), each=1),  # too few entries
        Rhythm(hours=((hour_of(NOW) - 300, 5000),)),  # an archive taken in at once
        Rhythm(hours=((hour_of(NOW) - 24 * 90, 900), (hour_of(NOW) - 24 * 80, 900))),  # long ago
    ],
)
def test_where_too_little_is_known_the_clock_does_not_matter(rhythm: Rhythm | None) -> None:
    assert rhythm is None or hourly(rhythm, NOW) is None
    assert {waited(rhythm, NOW + n * HOUR) for n in range(24)} == {waited(None, NOW)}


def test_a_steady_feed_is_asked_as_one_without_a_rhythm() -> None:
    steady = hourly(wrote(range(24)), NOW)
    assert steady is not None
    assert all(0.9 < speed < 1.1 for speed in steady)


def test_one_burst_does_not_make_its_hour_the_only_busy_one() -> None:
    plain = wrote(range(6, 14))
    burst = Rhythm(hours=tuple(sorted([*plain.hours, (hour_of(NOW) - 10, 600)])))
    speeds = hourly(burst, NOW)
    assert speeds is not None
    assert speeds[hour_of(NOW.replace(hour=9)) % 168] > 1.2


def test_after_a_possible_gap_the_feed_is_asked_as_soon_as_it_may_be() -> None:
    slow = replace(FRESH, interval_seconds=3600.0)
    state = next_state(slow, Poll(outcome="ok", seen_share=0.0, gap=True), now=NOW)
    assert state.interval_seconds == 300


# --- every bound, over ten thousand histories -----------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Step:
    """A poll of a history, how long after the one before it came, and what was asked for."""

    poll: Poll
    pause: float
    rhythm: Rhythm | None


OUTCOMES = ("ok", "ok", "ok", "not_modified", "same_body", *Fault, *Reason, "unheard of")
RHYTHMS = (None, wrote(range(6, 14)), wrote(range(24)), wrote(range(2, 3), each=50))


def step(draw: random.Random) -> Step:
    headers = {}
    age = draw.choice(("0", "60", "3600", "31536000", "banana", "-5", "9" * 300, ""))
    if draw.random() < 0.4:
        flags = draw.choice(("", "public, ", "no-cache, ", "no-store,", 'no-cache="a", '))
        headers["cache-control"] = f"{flags}max-age={age}"
    if draw.random() < 0.3:
        days = draw.choice((-9000, -1, 0, 1, 40, 3650))
        headers["expires"] = draw.choice(
            (format_datetime(NOW + timedelta(days=days)), "0", "soon", "\x00", "")
        )
    return Step(
        poll=Poll(
            outcome=str(draw.choice(OUTCOMES)),
            headers=headers,
            retry_after=draw.choice((None, 0.0, -60.0, 120.0, 86_400.0, 3.2e8, float("nan"))),
            ttl_minutes=draw.choice((None, None, 0, -3, 5, 60, 10_080, 10**12)),
            seen_share=draw.choice((None, 0.0, 0.2, 0.5, 0.67, 1.0)),
            gap=draw.random() < 0.05,
        ),
        pause=draw.choice((0.0, 60.0, 900.0, 90_000.0, 9e6)),
        rhythm=draw.choice(RHYTHMS),
    )


@pytest.mark.slow
def test_ten_thousand_random_histories_hold_every_bound() -> None:
    draw = random.Random(20261122)  # noqa: S311 - the same on every run
    for history in range(10_000):
        limits = Limits(floor=draw.choice((300, 900)), cap=draw.choice((3_600, 86_400)))
        every = draw.choice((-3, 5, 15, 60, 720, 10_080, 99_999))
        state = FeedState(spec=replace(SPEC, key=f"feed-{history}", every_minutes=every))
        now = NOW
        for _ in range(draw.randint(1, 4)):
            taken = step(draw)
            now += timedelta(seconds=taken.pause)
            before = state
            state = next_state(before, taken.poll, now=now, limits=limits, rhythm=taken.rhythm)
            _check(before, state, taken.poll, now, limits)
            again = next_state(before, taken.poll, now=now, limits=limits, rhythm=taken.rhythm)
            assert again == state


def _check(before: FeedState, state: FeedState, poll: Poll, now: datetime, limits: Limits) -> None:
    assert state.next_poll_at is not None
    wait = (state.next_poll_at - now).total_seconds()
    gone = poll.outcome == Fault.GONE
    asked = min(poll.retry_after or 0.0, 86_400)  # a server may ask for more than our own cap
    assert 60 <= wait <= (30 * 86_400 if gone else max(limits.cap, asked))
    asked = poll.retry_after or 0.0
    if poll.succeeded:
        assert state.interval_seconds is not None
        assert limits.floor <= state.interval_seconds <= limits.cap
        assert wait >= 0.9 * limits.floor
        return
    if asked > 0 and not gone:
        assert wait >= min(asked, 86_400, limits.cap)
    worse = next_state(replace(state, polls=before.polls), poll, now=now, limits=limits)
    assert worse.next_poll_at is not None
    assert worse.next_poll_at >= state.next_poll_at  # one more failure never makes it sooner


def test_a_feed_dead_for_two_months_is_found_within_a_day_of_its_return() -> None:
    state, now = FRESH, NOW
    for _ in range(400):
        state = next_state(state, Poll(outcome=Fault.DNS), now=now)
        assert state.next_poll_at is not None
        assert state.next_poll_at - now <= timedelta(days=1)
        now = state.next_poll_at
    assert now - NOW > timedelta(days=60)
