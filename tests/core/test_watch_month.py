"""A month of a feed's life without network or clock: paced, held against itself, judged."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import Entry, When
from monitor.stages import coverage, pace, window
from store.polls import FeedSpec, FeedState
from store.watch import Rhythm

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
SPEC = FeedSpec(
    key="valley", url="https://a.example/feed", outlet="Valley Post", side="pakistan", language="en"
)
BUSY = range(4, 18)


def month(each_day: int, *, bursts: tuple[datetime, ...] = (), seed: int = 1) -> list[datetime]:
    """When the entries of four weeks were written, in the hours newsrooms write."""
    draw = random.Random(seed)  # noqa: S311 - the same on every run
    plain = [
        BEGIN + timedelta(days=day, hours=draw.choice(BUSY), seconds=draw.randrange(3600))
        for day in range(28)
        for _ in range(each_day)
    ]
    return sorted(plain + [at + timedelta(seconds=12 * n) for at in bursts for n in range(50)])


@dataclass(kw_only=True)
class Life:
    """What came of a month: polls by hour of the day, gaps told, entries no answer listed."""

    polls: Counter[int] = field(default_factory=Counter)
    gaps: list[tuple[datetime, datetime]] = field(default_factory=list)
    seen: set[datetime] = field(default_factory=set)
    conditions: set[str] = field(default_factory=set)

    def missed(self, told: list[datetime], until: datetime) -> list[datetime]:
        return [at for at in told if at not in self.seen and at < until]


def live(told: list[datetime], *, size: int = 20, with_rhythm: bool = True) -> Life:
    state, now, life = FeedState(spec=SPEC), BEGIN, Life()
    hours: Counter[int] = Counter()
    while now < BEGIN + timedelta(days=28):
        listed = [at for at in told if at <= now][-size:][::-1]
        for at in listed:
            if at not in life.seen:
                hours[int(at.timestamp() // 3600)] += 1
        life.seen |= set(listed)
        entries = [_entry(at) for at in listed]
        hashes = tuple(entry.item_hash for entry in entries)
        known = set(state.item_hashes)
        unseen = [entry for entry in entries if entry.item_hash not in known]
        found = window.compare(state, unseen, hashes, now)
        rhythm = Rhythm(hours=tuple(sorted(hours.items())), known_since=BEGIN)
        poll = pace.Poll(
            outcome="ok", seen_share=found.seen_share, memory=found.memory, gap=found.gap,
            item_hashes=hashes, newest_at=listed[0] if listed else None,
        )  # fmt: skip
        state = pace.next_state(state, poll, now=now, rhythm=rhythm if with_rhythm else None)
        state = coverage.judged(state, now, rhythm)
        life.polls[now.hour] += 1
        life.conditions.add(state.condition)
        if found.gap and found.since_at and found.until_at:
            life.gaps.append((found.since_at, found.until_at))
        assert state.next_poll_at is not None
        now = state.next_poll_at
    return life


def _entry(at: datetime) -> Entry:
    url = f"https://a.example/{int(at.timestamp())}"
    return Entry(
        key=url, item_hash=url, guid=url, url=url, title=f"At {at}", summary="",
        content_html=None, author=None, published=When(at=at, original="", source="feed"),
    )  # fmt: skip


@pytest.mark.slow
def test_a_clean_month_loses_nothing_and_says_nothing() -> None:
    for each_day in (6, 40, 120):
        told = month(each_day)
        life = live(told)
        assert life.missed(told, BEGIN + timedelta(days=27)) == []
        assert life.gaps == []
        assert life.conditions == {"ok"}


def test_whatever_a_burst_pushes_out_lies_inside_a_gap_that_was_told() -> None:
    bursts = tuple(
        BEGIN + timedelta(days=day, hours=hour) for day, hour in ((3, 8), (9, 2), (20, 15))
    )
    told = month(10, bursts=bursts)
    life = live(told)
    missed = life.missed(told, BEGIN + timedelta(days=27))
    assert len(missed) > 20
    assert all(any(since <= at <= until for since, until in life.gaps) for at in missed)
    assert all(
        any(since <= burst + timedelta(minutes=10) for since, _ in life.gaps) for burst in bursts
    )
    assert len(life.gaps) <= 2 * len(bursts)


@pytest.mark.slow
def test_a_feed_is_asked_oftener_in_the_hours_in_which_it_writes() -> None:
    told = month(30)
    paced, flat = live(told), live(told, with_rhythm=False)

    def busier(life: Life) -> float:
        night = [life.polls[hour] for hour in (19, 20, 21, 22, 23, 0, 1, 2)]
        day = [life.polls[hour] for hour in BUSY]
        return (sum(day) / len(day)) / (sum(night) / len(night))

    assert busier(paced) > 1.35
    assert busier(flat) < 1.1
    assert paced.missed(told, BEGIN + timedelta(days=27)) == []
