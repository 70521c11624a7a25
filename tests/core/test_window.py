"""What may have rolled out of a feed unseen is said, and nothing else is."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Entry, When
from monitor.stages.window import NEVER_REPEATS, Compared, compare, never_repeats
from store.memory import FeedMemory, remembered, written
from store.polls import FeedSpec, FeedState

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
SPEC = FeedSpec(
    key="valley", url="https://a.example/feed", outlet="Valley Post", side="pakistan", language="en"
)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Story:
    number: int
    at: datetime


Look = Callable[[Story], Entry]


def entry(story: Story, **changes: object) -> Entry:
    url = f"https://valley.example/news/{story.number}-the-story"
    plain = Entry(
        key=url,
        item_hash=f"hash-{story.number}",
        guid=url,
        url=url,
        title=f"What happened on the road, part {story.number}",
        summary="",
        content_html=None,
        author=None,
        published=When(at=story.at, original="", source="feed"),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # fields of several types by name


def stories(count: int, *, before: datetime = NOW, every: timedelta = 30 * MINUTE) -> list[Story]:
    """So many stories, the newest first, the newest just before an instant."""
    numbers = range(count, 0, -1)
    return [Story(number=n, at=before - (count - n) * every) for n in numbers]


def later(count: int, shown: Sequence[Story], *, by: timedelta = MINUTE) -> list[Story]:
    """So many stories that came after those shown, the newest first."""
    top = max(shown, key=lambda story: story.at)
    return [Story(number=10_000 + top.number + n, at=top.at + n * by) for n in range(count, 0, -1)]


class Feed:
    """A feed that is asked: what it shows, and what is remembered of it."""

    def __init__(self, spec: FeedSpec = SPEC) -> None:
        self.state = FeedState(spec=spec)
        self.now = NOW

    def shows(
        self, listed: Sequence[Story], look: Look = entry, *, after: timedelta = 15 * MINUTE
    ) -> Compared:
        self.now += after
        return self.reads([look(story) for story in listed])

    def reads(self, entries: Sequence[Entry]) -> Compared:
        unseen = [e for e in entries if e.item_hash not in self.state.item_hashes]
        hashes = tuple(e.item_hash for e in entries)
        found = compare(self.state, unseen, hashes, self.now)
        dates = [e.published.at for e in entries if e.published]
        self.state = replace(
            self.state,
            memory=remembered(written(found.memory)),  # as it comes back from the store
            item_hashes=hashes or self.state.item_hashes,
            newest_entry_at=max([*dates, self.state.newest_entry_at or dates[0]], default=None)
            if dates
            else self.state.newest_entry_at,
            last_ok_at=self.now,
        )
        return found


def window(written_so_far: Sequence[Story], size: int = 20) -> list[Story]:
    return sorted(written_so_far, key=lambda story: story.at, reverse=True)[:size]


# --- what is no gap -------------------------------------------------------------------------


def test_the_first_document_and_an_empty_one_are_no_gap() -> None:
    feed = Feed()
    assert not feed.shows([]).gap
    first = feed.shows(stories(20))
    assert (first.gap, first.seen_share) == (False, 0.0)
    assert not feed.shows([]).gap


def test_while_something_new_enough_is_left_nothing_is_said_though_the_tail_drops() -> None:
    feed, shown = Feed(), stories(20)
    feed.shows(shown)
    found = feed.shows(window([*later(19, shown), *shown]))
    assert (found.gap, found.sentence) == (False, "")
    assert found.seen_share == pytest.approx(1 / 20)


def test_the_very_same_document_in_another_order_is_no_gap() -> None:
    feed, shown = Feed(), stories(20)
    feed.shows(shown)
    found = feed.shows(shown[::-1])
    assert (found.gap, found.seen_share) == (False, 1.0)


EDITS: dict[str, Look] = {
    "the headline was edited": lambda s: entry(s, item_hash=f"e{s.number}", title="Another one"),
    "the scheme of guid and link": lambda s: entry(
        s,
        item_hash=f"e{s.number}",
        guid=entry(s).guid.replace("https:", "http:"),  # type: ignore[union-attr]
        url=str(entry(s).url).replace("https:", "http:"),
    ),
    "the host of guid and link": lambda s: entry(
        s,
        item_hash=f"e{s.number}",
        guid=f"https://new.example/news/{s.number}-the-story",
        url=f"https://new.example/news/{s.number}-the-story",
    ),
    "a tracking query": lambda s: entry(
        s, item_hash=f"e{s.number}", guid=f"{entry(s).guid}?utm_source=rss&utm_content=7",
        url=f"{entry(s).url}?utm_source=rss",
    ),
    "new guids and links, the headline stays": lambda s: entry(
        s, item_hash=f"e{s.number}", guid=f"i:{s.number + 700}", url=f"https://x.example/?p={s.number}"
    ),
    "the same guid for all": lambda s: entry(s, item_hash=f"e{s.number}", guid="article"),
    "new dates and guids, links stay": lambda s: entry(
        s, item_hash=f"e{s.number}", guid=None, published=When(at=NOW, original="", source="feed")
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", EDITS)
def test_entries_that_were_only_renamed_or_edited_are_no_gap(what: str) -> None:
    feed, shown = Feed(), stories(20)
    feed.shows(shown)
    found = feed.shows(shown, EDITS[what])
    assert (found.gap, found.seen_share) == (False, 1.0)


@pytest.mark.parametrize("what", EDITS)
def test_a_gap_is_seen_whatever_else_is_wrong_with_the_feed(what: str) -> None:
    """One guid for all, or edits of everything, must not pass for an overlap either."""
    feed, shown = Feed(), stories(20)
    feed.shows(shown, EDITS[what])
    assert feed.shows(later(20, shown), EDITS[what]).gap


def test_a_headline_that_comes_back_every_day_is_no_overlap() -> None:
    feed, shown = Feed(), stories(20)

    def same_headline(story: Story) -> Entry:
        named = story.number in {20, 10_025}
        return entry(story, title="News in brief" if named else entry(story).title)

    feed.shows(shown, same_headline)
    assert feed.shows(later(25, shown)[:20], same_headline).gap


# --- what is one ----------------------------------------------------------------------------


def test_when_all_that_stood_there_is_gone_the_span_is_told() -> None:
    feed, shown = Feed(), stories(20)
    feed.shows(shown)
    missed = later(50, shown)
    found = feed.shows(missed[:20], after=timedelta(hours=2))
    assert found.gap
    assert found.since_at == shown[0].at
    assert found.until_at == missed[19].at
    assert found.sentence == (
        "Nothing is left of what it listed last: entries of 22 November 06:00 to "
        "22 November 06:31 UTC may have gone by unseen."
    )
    assert all(found.since_at < story.at < found.until_at for story in missed[20:])


def test_what_has_no_date_is_missed_between_two_polls() -> None:
    feed, shown = Feed(), stories(20)
    feed.shows(shown, lambda s: entry(s, published=None))
    asked = feed.now
    found = feed.shows(later(20, shown), lambda s: entry(s, published=None))
    assert (found.gap, found.since_at, found.until_at) == (True, asked, feed.now)


def test_after_a_long_pause_the_gap_is_told_all_the_same() -> None:
    feed, shown = Feed(), stories(20)
    feed.shows(shown)
    assert feed.shows(later(300, shown)[:20], after=timedelta(days=40)).gap


def test_an_outage_with_empty_documents_hides_no_gap() -> None:
    feed, shown = Feed(), stories(20)
    feed.shows(shown)
    for _ in range(3):
        assert not feed.shows([]).gap
    assert feed.shows(later(60, shown)[:20]).gap


def test_an_empty_document_before_the_same_ones_is_no_gap() -> None:
    feed, shown = Feed(), stories(20)
    feed.shows(shown)
    feed.shows([])
    assert not feed.shows(shown).gap


@pytest.mark.parametrize(
    ("dated", "place", "age"),
    [
        (True, "top", "old"),
        (True, "top", "newest"),
        (True, "bottom", "old"),
        (False, "top", "old"),
        (False, "top", "newest"),
    ],
)
def test_a_pinned_entry_hides_no_gap(dated: bool, place: str, age: str) -> None:
    """Not even one that was the newest of all when it was pinned."""
    feed, shown = Feed(), stories(20)
    pin = shown[0] if age == "newest" else Story(number=1, at=NOW - timedelta(days=90))

    def look(story: Story) -> Entry:
        return entry(story) if dated else entry(story, published=None)

    def with_pin(others: Sequence[Story]) -> list[Story]:
        rest = [story for story in others if story != pin][:19]
        return [pin, *rest] if place == "top" else [*rest, pin]

    feed.shows(with_pin(shown), look)
    overlap = later(5, shown)
    assert not feed.shows(with_pin([*overlap, *shown]), look).gap
    assert feed.shows(with_pin(later(40, overlap)[:20]), look).gap


def test_a_new_feed_that_fills_up_below_its_pinned_first_entry_is_no_gap() -> None:
    feed = Feed()
    pin = stories(1, before=NOW - timedelta(hours=6))
    feed.shows(pin)
    grown = later(4, pin, by=30 * MINUTE)
    assert not feed.shows([*pin, *grown]).gap


def test_a_feed_without_order_is_held_against_its_dates() -> None:
    draw, feed, told = random.Random(5), Feed(), stories(200, before=NOW)  # noqa: S311 - repeatable
    for end in range(20, 200, 7):
        shown = window(told[-end:])
        draw.shuffle(shown)
        assert not feed.shows(shown).gap
    far = window(later(50, told))
    draw.shuffle(far)
    assert feed.shows(far).gap


def test_a_feed_without_dates_that_grows_downwards_is_no_gap() -> None:
    feed, told = Feed(), stories(60)[::-1]
    for end in range(20, 60, 9):
        shown = told[end - 20 : end]
        assert not feed.shows(shown, lambda s: entry(s, published=None)).gap
    assert feed.shows(later(20, told)[::-1], lambda s: entry(s, published=None)).gap


def test_a_search_that_finds_little_drops_entries_by_age_and_not_for_want_of_room() -> None:
    search = Feed(replace(SPEC, kind="google-news"))
    search.shows(stories(3))
    for n in range(12):
        assert not search.shows(later(2, stories(3), by=n * timedelta(hours=9) + MINUTE)).gap
    assert not never_repeats(search.state.memory)
    full = Feed(replace(SPEC, kind="google-news"))
    full.shows(stories(100))
    assert full.shows(later(100, stories(100))).gap


# --- a feed that never repeats --------------------------------------------------------------


def test_a_feed_that_lists_only_what_is_new_is_told_of_once_and_no_more() -> None:
    feed, shown = Feed(), stories(4)
    told = []
    for _ in range(30):
        found = feed.shows(shown)
        told.append((found.gap, found.sentence == NEVER_REPEATS))
        shown = later(4, shown)
    assert sum(gap for gap, _ in told) <= 2
    assert sum(said for _, said in told) == 1
    assert not any(gap for gap, _ in told[4:])
    assert found.seen_share is None  # else it would be asked at the fastest for ever


def test_a_feed_that_once_overlapped_needs_longer_to_be_taken_for_such_a_one() -> None:
    feed, shown = Feed(), stories(20)
    feed.shows(shown)
    feed.shows(window([*later(3, shown), *shown]))
    gaps = 0
    for _ in range(6):
        shown = later(40, shown)[:20]
        gaps += feed.shows(shown).gap
    assert gaps == 6


def test_when_it_begins_to_repeat_gaps_are_seen_again() -> None:
    feed, shown = Feed(), stories(4)
    for _ in range(6):
        feed.shows(shown)
        shown = later(4, shown)
    feed.shows(shown)
    feed.shows(window([*later(2, shown), *shown], 6))
    assert not never_repeats(feed.state.memory)
    assert feed.shows(later(40, later(9, shown))[:20]).gap


# --- whatever comes -------------------------------------------------------------------------


def test_a_state_from_before_entries_were_remembered_is_compared_by_its_hashes() -> None:
    shown = stories(5)
    state = FeedState(spec=SPEC, item_hashes=tuple(f"hash-{s.number}" for s in shown))
    assert not compare(state, [], [f"hash-{s.number}" for s in shown], NOW).gap
    fresh = [entry(s) for s in later(5, shown)]
    assert compare(state, fresh, [e.item_hash for e in fresh], NOW).gap


@settings(deadline=None)
@given(st.integers(1, 40), st.lists(st.integers(0, 60), min_size=1, max_size=12), st.randoms())
def test_a_rolling_window_is_judged_right_at_every_poll(
    size: int, comings: list[int], draw: random.Random
) -> None:
    """A gap is told exactly where at least one entry was in no answer, or nothing was left."""
    feed, told = Feed(), stories(size)
    feed.shows(told)
    feed.shows(told)  # it repeats, so it is not taken for one that never does
    for coming in comings[:5]:
        told = [*later(coming, told, by=draw.randint(1, 90) * MINUTE), *told]
        found = feed.shows(window(told, size))
        if coming > size:
            assert found.gap
        elif coming < size:
            assert not found.gap


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 12), max_size=12),
    st.lists(st.integers(0, 12), max_size=12),
    st.booleans(),
)
def test_nothing_makes_it_raise_and_the_memory_survives_the_store(
    before: list[int], after: list[int], dated: bool
) -> None:
    feed = Feed()
    for shown in (before, after, before):
        listed = [Story(number=n, at=NOW - n * MINUTE) for n in shown]
        found = feed.shows(
            listed, lambda s: entry(s, published=entry(s).published if dated else None)
        )
        assert remembered(written(found.memory)) == found.memory
        assert found.seen_share is None or 0 <= found.seen_share <= 1
        if found.gap:
            assert found.since_at is not None
            assert found.until_at is not None
            assert found.since_at < found.until_at <= feed.now


def test_what_is_remembered_of_a_document_stays_small() -> None:
    feed = Feed()
    feed.shows(stories(2_000))
    assert len(feed.state.memory.listed) == 1_000
    assert len(written(feed.state.memory)) < 100_000
    assert FeedMemory() == remembered("{}")
