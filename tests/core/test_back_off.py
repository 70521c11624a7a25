"""A feed that fails, for hours or for months, is asked politely and is never given up."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.edge.http.answers import wait_asked
from monitor.feeds.polled import Answer, Watch, keep_answer
from monitor.model import Fault, Fetched, FetchFailed, NotModified, Reason
from monitor.stages.pace import Limits, Poll, next_state
from store import feeds, hours
from store.db import connect
from store.polls import FeedSpec, FeedState
from store.watch import Rhythm

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
MINUTE, DAY, MONTH = timedelta(minutes=1), timedelta(days=1), timedelta(days=30)
GOOD = ("ok", "not_modified", "same_body")
FAILURES = (*Fault, Reason.NOT_FEED, Reason.PARSE_LIMIT)
RETRY_AFTER = (
    None, None, "0", "1", "59", "120", "3600", "86399", "86400", "86401", "315360000", "-5", "-0",
    "1e9", "soon", "", " 30", "30 ", "0x10", "١٢٠", "9" * 40, "9" * 5000, "1.5", "NaN", "inf",
    "\x00", "120, 240", "Thu, 32 Foo 2026 99:99:99 GMT", "Thu, 01 Jan 1970 00:00:00 GMT",
)  # fmt: skip
BOUNDS = (
    Limits(), Limits(), Limits(floor=60.0), Limits(floor=3_600.0), Limits(cap=7_200.0),
    Limits(floor=900.0, cap=43_200.0), Limits(jitter=0.0), Limits(fastest=0.1, slowest=20.0),
)  # fmt: skip


def asked_wait(draw: random.Random, now: datetime) -> float | None:
    """Read a Retry-After as the fetcher does: a number, a date near or far, or rubbish."""
    if draw.random() < 0.4:
        seconds = draw.choice((-1e6, -1, 0, 5, 600, 30_000, 90_000, 3e8))
        return wait_asked(format_datetime(now + timedelta(seconds=seconds), usegmt=True), now)
    return wait_asked(draw.choice(RETRY_AFTER), now)


def history(draw: random.Random) -> Iterator[str]:
    """Give the outcomes of some polls: single faults, long spells of one, and recoveries."""
    for _ in range(draw.randint(1, 3)):
        yield from [draw.choice((*GOOD, *FAILURES))] * draw.choice((1, 1, 1, 2, 3, 8))


def polled(
    state: FeedState, outcome: str, wait: float | None, now: datetime, by: Limits
) -> FeedState:
    poll = Poll(outcome=outcome, retry_after=wait, seen_share=now.minute / 60)
    return next_state(state, poll, now=now, limits=by)


@pytest.mark.slow
@pytest.mark.row(25)
def test_ten_thousand_histories_keep_the_next_poll_within_its_bounds(figure: Any) -> None:
    """The service is on time, late, or was away for days; what a server asks for is kept."""
    draw = random.Random(25)  # noqa: S311 - the same histories on every run
    polls = asked = 0
    for number in range(10_000):
        spec = FeedSpec(
            key=f"f{number}", url="https://a.example/", outlet="A", side="world", language="en",
            every_minutes=draw.choice((5, 15, 60, 1440)),
        )  # fmt: skip
        state, now, by = FeedState(spec=spec), NOW, draw.choice(BOUNDS)
        for outcome in history(draw):
            wait = asked_wait(draw, now) if outcome not in GOOD else None
            state = polled(state, outcome, wait, now, by)
            due = state.next_poll_at
            assert due is not None
            kept = timedelta(seconds=wait or 0)
            cap = MONTH if outcome == Fault.GONE else timedelta(seconds=by.cap)
            assert now + MINUTE <= due <= now + max(cap, kept), (number, outcome, wait)
            assert due >= now + kept, (number, outcome, wait)
            assert timedelta() <= kept <= DAY
            assert (state.failures == 0) == (outcome in GOOD)
            polls, asked = polls + 1, asked + bool(wait)
            now = due + timedelta(seconds=draw.choice((0, 1, 59, 3_600, 400_000)))
    figure(f"10,000 histories, {polls:,} polls: all within bounds; {asked:,} waits asked, all kept")


@pytest.mark.row(25)
def test_what_was_dead_for_sixty_days_is_found_within_thirty(figure: Any) -> None:
    worst: dict[str, timedelta] = {}
    for fault in FAILURES:
        state = FeedState(spec=spec_of("dead"))
        now, alive = NOW, NOW + 60 * DAY
        while now < alive:
            state = polled(state, fault, None, now, Limits())
            assert state.next_poll_at is not None
            now = state.next_poll_at
        worst[fault] = now - alive
        back = polled(state, "ok", None, now, Limits())
        assert (back.condition, back.failures) == ("ok", 0)
        assert back.next_poll_at is not None
        assert back.next_poll_at - now <= timedelta(minutes=70), "it is asked as before"
    assert max(worst.values()) <= MONTH
    assert all(found <= DAY for fault, found in worst.items() if fault is not Fault.GONE)
    latest = max(worst, key=lambda fault: worst[fault])
    figure(
        f"dead for 60 days of each of {len(worst)} faults: found within {worst[latest].days} days "
        f"({latest}), all others within one"
    )


def spec_of(key: str) -> FeedSpec:
    return FeedSpec(
        key=key, url=f"https://{key}.example/feed", outlet=key, side="world", language="en"
    )


def answer_of(state: FeedState, fault: Fault | None, now: datetime, rhythm: Rhythm) -> Answer:
    """Return what a fetch gave, as the poll hands it on to be kept."""
    key, url = state.spec.key, state.spec.url
    outcome: Fetched | FetchFailed | NotModified = NotModified(
        key=key, url=url, headers={}, fetched_at=now
    )
    if fault is not None:
        outcome = FetchFailed(key=key, url=url, fault=fault, detail="It failed.", fetched_at=now)
    return Answer(state=state, outcome=outcome, made=None, body_hash=None, rhythm=rhythm)


@pytest.mark.row(25)
def test_the_store_gives_up_no_feed_and_asks_none_too_soon(
    tmp_path: Path, empty_store: Path, figure: Any
) -> None:
    """A year of a restless service over feeds that fail in every way, then answer again."""
    path = tmp_path / "torkham.db"
    path.write_bytes(empty_store.read_bytes())
    draw = random.Random(60)  # noqa: S311
    with closing(connect(path)) as db:
        specs = [spec_of(f"f{at}") for at in range(len(list(Fault)))]
        faults = dict(zip((spec.key for spec in specs), Fault, strict=True))
        feeds.sync(db, specs, NOW)
        now, asked, last = NOW, 0, dict.fromkeys(faults, NOW - DAY)
        alive = NOW + 60 * DAY
        found: dict[str, timedelta] = {}
        while len(found) < len(faults):
            due = feeds.due(db, now)
            rhythms = hours.rhythms(db, [state.spec.key for state in due], now)
            for state in due:
                key = state.spec.key
                assert now - last[key] >= MINUTE, key
                last[key], asked = now, asked + 1
                fault = faults[key] if now < alive else None
                keep_answer(db, answer_of(state, fault, now, rhythms[key]), Watch(), now)
                if fault is None:
                    found.setdefault(key, now - alive)
            now += timedelta(hours=draw.choice((1, 6, 6, 24)))
    assert max(found.values()) <= MONTH + DAY
    figure(
        f"through the store: {len(faults)} feeds dead for 60 days, asked {asked:,} times, all "
        f"found within {max(found.values()).days} days"
    )
