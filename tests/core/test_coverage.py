"""People are told when a feed may have lost items, and when it has stopped speaking."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.stages.coverage import condition, expected_silence, judged, overlap
from store.types import FeedCondition, FeedSpec, FeedState

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
DAILY = FeedSpec(
    key="khaama", url="https://a.example/feed", outlet="Khaama", side="afghanistan", language="en"
)
HASHES = st.lists(st.text("abcdef", min_size=1, max_size=3), max_size=6)


def last_wrote(days: float, spec: FeedSpec = DAILY) -> FeedState:
    newest = NOW - timedelta(days=days)
    return FeedState(
        spec=spec, condition="ok", condition_since=NOW - timedelta(days=400), newest_entry_at=newest
    )


@pytest.mark.parametrize(
    ("before", "now", "sure"),
    [
        ((), ("a", "b"), True),
        (("a", "b"), (), True),
        (("a", "b"), ("b", "c"), True),
        (("a", "b"), ("c", "d"), False),
    ],
)
def test_a_gap_is_possible_only_when_nothing_of_the_last_poll_is_left(
    before: tuple[str, ...], now: tuple[str, ...], sure: bool
) -> None:
    assert overlap(before, now) is sure


@given(HASHES, HASHES)
def test_overlap_is_symmetric_and_true_of_a_document_with_itself(
    a: list[str], b: list[str]
) -> None:
    assert overlap(a, b) == overlap(b, a)
    assert overlap(a, a)


def test_a_daily_that_wrote_yesterday_is_ok() -> None:
    assert condition(last_wrote(1), NOW) == ("ok", "")


def test_a_daily_quiet_for_three_days_is_silent() -> None:
    assert condition(last_wrote(3), NOW) == ("silent", "Khaama has been silent for 3 days.")
    assert condition(last_wrote(2.2), NOW)[1] == "Khaama has been silent for 52 hours."


def test_a_feed_that_answers_with_old_news_for_months_is_stale() -> None:
    kind, sentence = condition(last_wrote(276), NOW)
    assert kind == "stale"
    assert sentence == "Khaama answers, but its newest entry is of 19 February 2026, 276 days ago."


@pytest.mark.parametrize(
    ("changes", "days"),
    [
        ({}, 2),
        ({"side": "research"}, 45),
        ({"outlet": "Frontier Institute"}, 45),
        ({"every_minutes": 720}, 45),
        ({"kind": "google-news"}, 7),
    ],
)
def test_what_is_expected_of_a_feed_follows_its_kind(changes: dict[str, str], days: int) -> None:
    spec = replace(DAILY, **changes)  # type: ignore[arg-type]  # fields of several types by name
    assert expected_silence(spec) == timedelta(days=days)
    assert condition(last_wrote(days - 0.1, spec), NOW)[0] == "ok"
    assert condition(last_wrote(days + 0.1, spec), NOW)[0] == "silent"


@pytest.mark.parametrize("kind", ["failing", "paused", "disabled", "new"])
def test_other_conditions_and_their_reasons_are_left_alone(kind: FeedCondition) -> None:
    state = replace(last_wrote(300), condition=kind, reason="The server refused (403).")
    assert condition(state, NOW) == (kind, "The server refused (403).")


def test_a_feed_without_dates_is_not_accused() -> None:
    assert condition(replace(last_wrote(1), newest_entry_at=None), NOW) == ("ok", "")


def test_a_condition_remembers_since_when_it_holds() -> None:
    silent = judged(last_wrote(3), NOW)
    assert (silent.condition, silent.condition_since) == ("silent", NOW)
    later = judged(silent, NOW + timedelta(days=1))
    assert (later.condition, later.condition_since) == ("silent", NOW)
    assert later.reason == "Khaama has been silent for 4 days."
    awake = judged(replace(later, newest_entry_at=NOW), NOW + timedelta(days=1))
    assert (awake.condition, awake.reason) == ("ok", "")
    assert awake.condition_since == NOW + timedelta(days=1)
