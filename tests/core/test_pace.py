"""A feed is asked often enough, never too often, and never given up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Fault, Reason
from monitor.stages.pace import Limits, Poll, next_state
from store.polls import FeedSpec, FeedState

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
SPEC = FeedSpec(
    key="valley", url="https://a.example/feed", outlet="Valley Post", side="pakistan", language="en"
)
FRESH = FeedState(spec=SPEC)
DAY = timedelta(days=1)


def wait(state: FeedState, poll: Poll, *, now: datetime = NOW) -> timedelta:
    due = next_state(state, poll, now=now).next_poll_at
    assert due is not None
    return due - now


def failed(times: int, fault: str) -> FeedState:
    state = FRESH
    for _ in range(times):
        state = next_state(state, Poll(outcome=fault), now=NOW)
    return state


def settled(poll: Poll, rounds: int = 40) -> float:
    state = FRESH
    for _ in range(rounds):
        state = next_state(state, poll, now=NOW)
    assert state.interval_seconds is not None
    return state.interval_seconds


def test_a_first_success_makes_a_feed_ok_and_keeps_what_the_server_said() -> None:
    poll = Poll(
        outcome="ok",
        headers={"etag": '"a"', "last-modified": "Fri, 20 Nov 2026 08:55:00 GMT"},
        seen_share=0.0,
        newest_at=NOW - timedelta(hours=2),
        item_hashes=("x", "y"),
        body_hash="b",
    )
    state = next_state(FRESH, poll, now=NOW)
    assert (state.condition, state.condition_since, state.reason) == ("ok", NOW, "")
    assert (state.etag, state.body_hash, state.item_hashes) == ('"a"', "b", ("x", "y"))
    assert (state.polls, state.last_ok_at, state.last_polled_at) == (1, NOW, NOW)
    assert state.newest_entry_at == NOW - timedelta(hours=2)


def test_much_that_is_new_makes_polls_more_frequent_within_bounds() -> None:
    assert settled(Poll(outcome="ok", seen_share=0.1)) == 300


def test_little_that_is_new_makes_polls_rarer_within_bounds() -> None:
    assert settled(Poll(outcome="ok", seen_share=0.95)) == 4 * 900
    assert settled(Poll(outcome="not_modified")) == 4 * 900
    assert settled(Poll(outcome="same_body")) == 4 * 900


def test_a_middling_share_and_an_empty_feed_change_nothing() -> None:
    assert settled(Poll(outcome="ok", seen_share=0.5)) == 900
    assert settled(Poll(outcome="ok", seen_share=None)) == 900


@pytest.mark.parametrize(
    "asked",
    [
        Poll(outcome="ok", seen_share=0.5, ttl_minutes=45),
        Poll(outcome="ok", seen_share=0.5, headers={"cache-control": "public, max-age=2700"}),
        Poll(outcome="ok", seen_share=0.5, headers={"expires": "Sun, 22 Nov 2026 06:45:00 GMT"}),
    ],
)
def test_what_the_publisher_asks_for_is_honoured(asked: Poll) -> None:
    assert timedelta(minutes=40) < wait(FRESH, asked) < timedelta(minutes=50)


@pytest.mark.parametrize(
    "headers",
    [
        {"cache-control": "max-age=31536000"},
        {"expires": "Fri, 22 Nov 2126 06:45:00 GMT"},
        {"expires": "0"},
        {"expires": "Thu, 01 Jan 1970 00:00:00 GMT"},
        {"cache-control": "s-maxage=99999, max-age=banana"},
        {"cache-control": "max-age=" + "9" * 400},
        {"cache-control": '"""no-cache="x'},
    ],
)
def test_a_mistake_in_the_headers_cannot_silence_a_feed(headers: dict[str, str]) -> None:
    assert wait(FRESH, Poll(outcome="ok", headers=headers, ttl_minutes=10_080)) < timedelta(hours=2)
    assert wait(FRESH, Poll(outcome="ok", headers=headers)) < timedelta(hours=2)


@pytest.mark.parametrize(
    ("control", "minutes"),
    [
        ("no-cache, max-age=3600", 15),
        ("max-age=3600, no-store", 15),
        ('private, no-cache="set-cookie", max-age=2700', 45),
        ('MAX-AGE="2700"', 45),
        ("x-no-cache, max-age=2700", 45),
    ],
)
def test_a_publisher_that_asks_not_to_keep_the_document_asks_for_no_wait(
    control: str, minutes: int
) -> None:
    poll = Poll(outcome="ok", seen_share=0.5, headers={"cache-control": control})
    waited = wait(FRESH, poll).total_seconds() / 60
    assert 0.85 * minutes < waited < 1.15 * minutes


def test_failures_weigh_by_their_kind_and_grow_along_a_line() -> None:
    def minutes(times: int, fault: str) -> float:
        due = failed(times, fault).next_poll_at
        assert due is not None
        return (due - NOW).total_seconds() / 60

    busy, soft, hard = (minutes(8, fault) for fault in (Fault.BUSY, Fault.NOT_FOUND, Fault.REFUSED))
    assert busy < soft < hard
    assert minutes(16, Fault.SERVER) < 2.3 * minutes(8, Fault.SERVER)
    assert minutes(500, Reason.NOT_FEED) == 24 * 60


def test_a_gone_feed_is_asked_once_a_month_and_its_condition_says_why() -> None:
    state = failed(5, Fault.GONE)
    assert state.next_poll_at == NOW + timedelta(days=30)
    assert state.condition == "paused"
    assert "410" in state.reason


def test_a_gone_feed_that_answers_again_is_well_at_once() -> None:
    back = next_state(failed(2, Fault.GONE), Poll(outcome="ok"), now=NOW + DAY)
    assert (back.condition, back.failures, back.reason) == ("ok", 0, "")
    worse = next_state(failed(2, Fault.GONE), Poll(outcome=Fault.SERVER), now=NOW + DAY)
    assert worse.condition == "failing"


def test_retry_after_is_honoured_up_to_a_day() -> None:
    assert wait(FRESH, Poll(outcome=Fault.BUSY, retry_after=7_200.0)) >= timedelta(hours=2)
    assert wait(FRESH, Poll(outcome=Fault.BUSY, retry_after=1e9)) == DAY
    assert wait(FRESH, Poll(outcome=Fault.BUSY, retry_after=-5.0)) > timedelta(minutes=15)


def test_a_failure_forgets_nothing_and_a_success_heals() -> None:
    good = next_state(
        FRESH,
        Poll(outcome="ok", headers={"etag": "e"}, item_hashes=("x",), newest_at=NOW - DAY),
        now=NOW,
    )
    bad = next_state(good, Poll(outcome=Reason.NOT_FEED, detail="An HTML page."), now=NOW + DAY)
    assert (bad.etag, bad.item_hashes, bad.newest_entry_at) == ("e", ("x",), NOW - DAY)
    assert (bad.condition, bad.reason, bad.last_ok_at) == ("failing", "An HTML page.", NOW)
    worse = next_state(bad, Poll(outcome=Fault.SERVER, detail="500."), now=NOW + 2 * DAY)
    assert (worse.failures, worse.condition_since) == (2, NOW + DAY)
    healed = next_state(worse, Poll(outcome="not_modified"), now=NOW + 3 * DAY)
    assert (healed.condition, healed.failures, healed.reason) == ("ok", 0, "")
    assert healed.etag == "e"


def test_a_new_document_without_etag_is_not_asked_for_with_the_old_one() -> None:
    tagged = next_state(FRESH, Poll(outcome="ok", headers={"etag": "old"}), now=NOW)
    assert next_state(tagged, Poll(outcome="ok"), now=NOW).etag is None


def test_a_header_cannot_be_smuggled_into_the_next_request() -> None:
    state = next_state(FRESH, Poll(outcome="ok", headers={"etag": "a\r\nX: y"}), now=NOW)
    assert state.etag is None


def test_an_old_entry_does_not_set_the_newest_date_back() -> None:
    state = replace(FRESH, newest_entry_at=NOW - DAY)
    later = next_state(state, Poll(outcome="ok", newest_at=NOW - 9 * DAY), now=NOW)
    assert later.newest_entry_at == NOW - DAY


def test_polling_alone_neither_wakes_a_silent_feed_nor_frees_a_paused_one() -> None:
    for condition in ("silent", "stale", "paused", "disabled"):
        state = replace(FRESH, condition=condition, condition_since=NOW - DAY, reason="r")
        after = next_state(state, Poll(outcome="ok"), now=NOW)
        assert (after.condition, after.condition_since, after.reason) == (condition, NOW - DAY, "r")


def test_feeds_set_up_together_do_not_stay_together() -> None:
    poll = Poll(outcome="not_modified")
    waits = {wait(replace(FRESH, spec=replace(SPEC, key=f"f{n}")), poll) for n in range(50)}
    assert len(waits) > 40


OUTCOMES = st.sampled_from(["ok", "not_modified", "same_body", *Fault, *Reason, "unheard of"])
NUMBERS = st.floats(allow_nan=False) | st.none()
POLLS = st.builds(
    Poll,
    outcome=OUTCOMES,
    detail=st.text(max_size=30),
    headers=st.dictionaries(
        st.sampled_from(["cache-control", "expires", "etag", "last-modified"]),
        st.text(max_size=40) | st.integers().map("max-age={}".format),
    ),
    retry_after=NUMBERS,
    ttl_minutes=st.integers() | st.none(),
    seen_share=st.floats(0, 1) | st.none(),
    newest_at=st.datetimes(timezones=st.just(UTC)) | st.none(),
    item_hashes=st.none() | st.just(("a",)),
)
SPECS = st.builds(
    FeedSpec,
    key=st.text(max_size=8),
    url=st.just("https://a.example/"),
    outlet=st.text(max_size=8),
    side=st.just("world"),
    language=st.just("en"),
    every_minutes=st.integers(-10, 100_000),
)


@pytest.mark.slow
@given(SPECS, st.lists(st.tuples(POLLS, st.integers(0, 90_000)), min_size=1, max_size=12))
def test_over_any_history_the_next_poll_comes_and_not_at_once(
    spec: FeedSpec, history: list[tuple[Poll, int]]
) -> None:
    state, now = FeedState(spec=spec), NOW
    for number, (poll, seconds) in enumerate(history, start=1):
        now += timedelta(seconds=seconds)
        state = next_state(state, poll, now=now)
        assert state.next_poll_at is not None
        most = 30 * DAY if poll.outcome == Fault.GONE else DAY
        assert now + timedelta(seconds=60) <= state.next_poll_at <= now + most
        assert state.polls == number
        assert (state.failures == 0) == poll.succeeded
        assert state.condition in {"ok", "failing", "paused"}
        assert state.condition_since is not None


@given(SPECS, POLLS)
def test_the_same_history_gives_the_same_answer(spec: FeedSpec, poll: Poll) -> None:
    state = FeedState(spec=spec)
    assert next_state(state, poll, now=NOW) == next_state(state, poll, now=NOW)


def test_limits_given_are_obeyed() -> None:
    limits = Limits(floor=3_600, cap=7_200)
    for poll in (Poll(outcome="ok", seen_share=0.0), Poll(outcome=Fault.REFUSED)):
        due = next_state(FRESH, poll, now=NOW, limits=limits).next_poll_at
        assert due is not None
        assert timedelta(minutes=50) < due - NOW <= timedelta(hours=2)


def test_a_wait_a_server_asks_for_is_kept_whatever_the_limits() -> None:
    limits = Limits(floor=3_600, cap=7_200)
    for asked, kept in ((18_000.0, timedelta(hours=5)), (9e4, DAY)):
        poll = Poll(outcome=Fault.BUSY, retry_after=asked)
        assert next_state(FRESH, poll, now=NOW, limits=limits).next_poll_at == NOW + kept
