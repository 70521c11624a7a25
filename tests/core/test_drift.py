"""Drift is told in words when it is there, and silence is kept when chance explains it."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from monitor.stages.drift import Drift, drift, moved
from store.inquiry import Week


def week(back: int, share: float, n: int, draw: random.Random, **more: object) -> Week:
    """A week in which the scores were honest for an acceptance around ``share``."""
    tried = []
    for _ in range(n):
        score = min(0.99, max(0.01, draw.gauss(share, 0.15)))
        tried.append((score, draw.random() < score))
    given: dict[str, object] = {"judged": 700, "queued": 60, "near": 20, **more}
    return Week(back=back, tried=tuple(tried), **given)  # type: ignore[arg-type]


def steady(seed: int, n: int = 40) -> list[Week]:
    draw = random.Random(seed)  # noqa: S311
    return [
        week(back, 0.5, n, draw, queued=round(draw.gauss(60, 8)), near=round(draw.gauss(20, 5)),
             names=draw.gauss(12, 3))
        for back in range(10)
    ]  # fmt: skip


def one(found: tuple[Drift, ...], what: str) -> Drift:
    return next(item for item in found if item.what == what)


def test_a_fallen_acceptance_is_told_with_its_numbers() -> None:
    draw = random.Random(2)  # noqa: S311
    weeks = [week(b, 0.3 if b < 2 else 0.6, 42, draw) for b in range(10)]
    told = one(drift(weeks), "accepted")
    assert told.moved
    assert told.strong
    assert told.n == (84, 336)
    assert told.sentence.startswith(f"Of what the queue offered, {told.recent:.0%} was accepted")
    assert told.sentence.endswith("(n = 84, 336): the news or the definition has moved.")


def test_few_decisions_give_silence_and_say_how_few() -> None:
    draw = random.Random(1)  # noqa: S311
    told = one(drift([week(b, 0.1 if b < 2 else 0.9, 5, draw) for b in range(10)]), "accepted")
    assert not told.moved
    assert told.recent is None
    assert "too few decisions to tell (10 in the last two weeks, 40 in the eight before" in (
        told.sentence
    )
    assert moved(drift([])) == ()


def test_people_who_turn_against_the_scores_are_noticed_though_they_accept_as_much() -> None:
    tried = tuple((0.9, True) if n % 2 else (0.1, False) for n in range(40))
    turned = tuple((score, not yes) for score, yes in tried)
    weeks = [Week(back=b, tried=turned if b < 2 else tried) for b in range(10)]
    found = drift(weeks)
    assert not one(found, "accepted").moved, "half is accepted, as before"
    told = one(found, "disagreement")
    assert told.moved
    assert told.strong
    assert "people and model have grown apart" in told.sentence
    fewer = [Week(back=b, tried=tried if b < 2 else turned) for b in range(10)]
    assert not one(drift(fewer), "disagreement").moved, "agreement is no alarm"


def test_steady_news_raise_an_alarm_in_few_weeks_of_many() -> None:
    """Five things watched at 99 %: one week in twenty may speak by chance, one in ten may not."""
    alarms = sum(bool(moved(drift(steady(seed)))) for seed in range(200))
    assert alarms <= 14


def test_a_queue_that_doubles_is_told_and_a_bursty_one_is_not() -> None:
    def queue_of(*queued: int) -> Drift:
        weeks = [Week(back=b, judged=700, queued=n, near=20) for b, n in enumerate(queued)]
        return one(drift(weeks), "volume")

    assert queue_of(130, 140, 60, 66, 58, 61, 63, 57, 60, 64).moved
    assert not queue_of(130, 140, 20, 160, 58, 190, 63, 15, 140, 64).moved
    assert queue_of(10, 12, 60, 66, 58, 61, 63, 57, 60, 64).moved, "a dried-up queue is told too"


def test_more_stories_near_the_threshold_are_told_fewer_are_not() -> None:
    def near(recent: int, before: int) -> Drift:
        weeks = [
            Week(back=b, judged=700, queued=60, near=recent if b < 2 else before + b % 3)
            for b in range(10)
        ]
        return one(drift(weeks), "unsure")

    assert near(60, 20).moved
    assert not near(22, 20).moved
    assert not near(5, 60).moved


def test_unknown_names_that_rise_are_told_and_weeks_without_a_list_are_no_weeks() -> None:
    def named(*counts: float | None) -> Drift:
        weeks = [Week(back=b, names=n) for b, n in enumerate(counts)]
        return one(drift(weeks), "names")

    assert named(40, 44, 12, 14, 11, 13, 12, 15, 12, 13).moved
    told = named(40, 44, None, None, None, None, None, None, 12, 13)
    assert not told.moved
    assert "too few full weeks" in told.sentence


scores = st.floats(allow_nan=True, allow_infinity=True) | st.floats(0, 1)
weeks_of = st.builds(
    Week,
    back=st.integers(-2, 15),
    judged=st.integers(0, 10_000),
    queued=st.integers(0, 500),
    near=st.integers(0, 500),
    tried=st.lists(st.tuples(scores, st.booleans()), max_size=60).map(tuple),
    names=st.none() | st.floats(0, 100),
)


@given(st.lists(weeks_of, max_size=14))
def test_any_weeks_give_a_sentence_for_everything_watched(weeks: list[Week]) -> None:
    found = drift(weeks)
    assert [item.what for item in found] == [
        "accepted", "disagreement", "unsure", "volume", "names"
    ]  # fmt: skip
    assert all(item.sentence.endswith(".") for item in found)
    assert all(item.moved for item in found if item.strong)
