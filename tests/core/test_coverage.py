"""People are told when a feed has stopped speaking, by the rhythm it has shown itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.stages.coverage import condition, expected_silence, judged, newest_of, usually
from store.memory import FeedMemory, Listed
from store.polls import FeedCondition, FeedSpec, FeedState
from store.watch import Rhythm

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
DAILY = FeedSpec(
    key="khaama", url="https://a.example/feed", outlet="Khaama", side="afghanistan", language="en"
)


def last_wrote(days: float, spec: FeedSpec = DAILY) -> FeedState:
    newest = NOW - timedelta(days=days)
    return FeedState(
        spec=spec, condition="ok", condition_since=NOW - timedelta(days=400), newest_entry_at=newest
    )


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


# --- its own rhythm -------------------------------------------------------------------------


def hour_of(at: datetime) -> int:
    return int(at.timestamp() // 3600)


def wrote(times: list[datetime], each: int = 1) -> Rhythm:
    hours: dict[int, int] = {}
    for at in times:
        hours[hour_of(at)] = hours.get(hour_of(at), 0) + each
    return Rhythm(hours=tuple(sorted(hours.items())), known_since=NOW - timedelta(days=60))


def daily(days: int, hours: range, *, each: int = 1, until: datetime = NOW) -> Rhythm:
    """So many entries in these hours of each of the days before an instant."""
    return wrote(
        [
            (until - timedelta(days=back)).replace(hour=hour)
            for back in range(days, 0, -1)
            for hour in hours
        ],
        each,
    )


def silent_for(rhythm: Rhythm, days: float, spec: FeedSpec = DAILY) -> tuple[FeedCondition, str]:
    newest = datetime.fromtimestamp(rhythm.hours[-1][0] * 3600, tz=UTC)
    state = replace(last_wrote(0, spec), memory=FeedMemory(fresh_at=newest))
    return condition(state, newest + timedelta(days=days), rhythm)


def test_a_feed_that_writes_all_day_is_missed_after_a_day_and_the_sentence_says_its_usual() -> None:
    busy = daily(28, range(4, 14), each=2)
    assert silent_for(busy, 0.9)[0] == "ok"
    kind, sentence = silent_for(busy, 3.1)
    assert kind == "silent"
    assert sentence == "Khaama has been silent for 3 days; it usually publishes 20 items a day."


def test_a_feed_that_rests_at_weekends_is_not_missed_on_sunday() -> None:
    days = [NOW - timedelta(days=back) for back in range(40, 0, -1)]
    week = wrote([d.replace(hour=h) for d in days if d.weekday() < 5 for h in (6, 9, 12)])
    assert silent_for(week, 2.9)[0] == "ok"
    assert silent_for(week, 6)[0] == "silent"


def test_an_institute_that_writes_twice_a_month_is_known_by_the_dates_of_its_first_document() -> (
    None
):
    slow = wrote([NOW - timedelta(days=14 * n) for n in range(12, 0, -1)])
    assert silent_for(slow, 20)[0] == "ok"
    kind, sentence = silent_for(slow, 40)
    assert (kind, "2 items a month" in sentence) == ("silent", True)


def test_one_long_silence_of_the_past_does_not_make_the_next_one_usual() -> None:
    days = [*range(28, 15, -1), *range(8, 0, -1)]
    paused = wrote([(NOW - timedelta(days=d)).replace(hour=h) for d in days for h in (5, 9, 13)])
    assert expected_silence(DAILY, paused) < timedelta(days=4)


@pytest.mark.parametrize("rhythm", [None, Rhythm(), daily(3, range(24)), daily(20, range(5, 6))])
def test_while_its_rhythm_is_not_known_the_usual_of_its_kind_counts(rhythm: Rhythm | None) -> None:
    known = expected_silence(DAILY, rhythm)
    assert known == timedelta(days=2)


def test_how_much_a_feed_writes_is_said_in_words_people_use() -> None:
    assert usually(daily(28, range(4, 8), each=5)) == "20 items a day"
    assert usually(daily(28, range(4, 5))) == "1 item a day"
    assert (
        usually(wrote([NOW - timedelta(days=3 * n) for n in range(9, 0, -1)])) == "3 items a week"
    )
    assert usually(daily(3, range(24))) == ""
    assert usually(Rhythm()) == ""


def test_a_feed_without_dates_is_judged_by_when_its_entries_were_first_seen() -> None:
    seen = FeedMemory(fresh_at=NOW - timedelta(days=5), changed_at=NOW - timedelta(days=5))
    state = replace(last_wrote(1), newest_entry_at=None, memory=seen)
    assert condition(state, NOW) == ("silent", "Khaama has sent the same document for 5 days.")
    assert newest_of(state) == NOW - timedelta(days=5)


def test_a_feed_that_dates_all_its_entries_anew_proves_nothing_by_it() -> None:
    state = replace(last_wrote(0), memory=FeedMemory(fresh_at=NOW - timedelta(days=5)))
    assert condition(state, NOW)[0] == "silent"


def test_a_feed_that_lists_nothing_any_more_is_told_with_what_it_listed_before() -> None:
    listed = Listed(item_hash="a", marks=(), dated_at=NOW, first_at=NOW)
    memory = FeedMemory(listed=(listed,) * 20, empty_since_at=NOW - timedelta(hours=7))
    state = replace(last_wrote(0.5), memory=replace(memory, fresh_at=NOW - timedelta(hours=12)))
    assert condition(state, NOW) == (
        "silent",
        "Khaama answers, but has listed nothing for 7 hours; before, it listed 20 items.",
    )
    soon = replace(state, memory=replace(memory, empty_since_at=NOW - timedelta(hours=2)))
    assert condition(soon, NOW)[0] == "ok"
    search = replace(state, spec=replace(DAILY, kind="google-news"))
    assert condition(search, NOW)[0] == "ok"


# --- volume ---------------------------------------------------------------------------------


def thinning(
    last: int, *, each: int = 2, gap: bool = False, was: FeedCondition = "ok"
) -> FeedCondition:
    """Four weeks of twenty entries a day, then a day of ``last`` entries."""
    before = daily(29, range(4, 14), each=each, until=NOW.replace(hour=0) - timedelta(days=1))
    end = NOW.replace(hour=23)
    hours = (*before.hours, (hour_of(end - timedelta(hours=5)), last)) if last else before.hours
    state = replace(
        last_wrote(0),
        condition=was,
        memory=FeedMemory(fresh_at=end, gap_at=end - timedelta(hours=9) if gap else None),
    )
    return condition(state, end, replace(before, hours=hours))[0]


def test_a_day_with_next_to_nothing_is_told_against_the_same_weekday() -> None:
    assert thinning(1) == "thin"
    assert thinning(9) == "ok"


def test_a_feed_that_writes_little_is_not_accused_of_a_quiet_day() -> None:
    assert thinning(0, each=1) == "ok"


def test_what_a_gap_took_is_not_held_against_the_outlet() -> None:
    assert thinning(1, gap=True) == "ok"


def test_a_thin_feed_is_well_again_only_when_it_clearly_is() -> None:
    assert thinning(6, was="thin") == "thin"
    assert thinning(6) == "ok"
    assert thinning(12, was="thin") == "ok"


def test_days_without_an_entry_count_as_zeros_of_the_profile() -> None:
    """A feed that wrote on one Sunday of four is not expected to write on each."""
    sundays = [NOW.replace(hour=h) - timedelta(days=7) for h in range(4, 14)]
    rare = wrote(sundays, each=3)
    state = replace(last_wrote(0), memory=FeedMemory(fresh_at=NOW))
    assert condition(state, NOW.replace(hour=23), rare)[0] == "ok"


@given(
    st.lists(st.tuples(st.integers(-500, 10_000), st.integers(1, 50)), max_size=40),
    st.integers(0, 5_000),
)
def test_no_rhythm_makes_it_raise(back: list[tuple[int, int]], quiet: int) -> None:
    hours = {hour_of(NOW) - ago: n for ago, n in back if ago >= 0}
    rhythm = Rhythm(hours=tuple(sorted(hours.items())), known_since=NOW - timedelta(days=90))
    state = replace(last_wrote(quiet / 24), memory=FeedMemory(changed_at=NOW))
    kind, sentence = condition(state, NOW, rhythm)
    assert kind in {"ok", "silent", "stale", "thin"}
    assert bool(sentence) == (kind != "ok")
    assert timedelta(days=1) <= expected_silence(DAILY, rhythm) <= timedelta(days=120)
