"""Where a verdict sends an article, and that no strand drowns another."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Thresholds
from monitor.stages import route

THRESHOLDS = Thresholds(queue=0.3, sample_share=0.05)


@dataclass(frozen=True)
class Row:
    id: int
    score: float | None
    topics: tuple[str, ...]


def test_a_score_at_the_threshold_is_queued_and_one_below_is_not() -> None:
    assert route.decide(0.3, thresholds=THRESHOLDS, draw=0.9).to == "queue"
    assert route.decide(0.2999, thresholds=THRESHOLDS, draw=0.9).to == "reject"


def test_of_the_rest_a_known_share_is_shown_and_its_chance_is_kept() -> None:
    drawn = route.decide(0.1, thresholds=THRESHOLDS, draw=0.049)
    assert (drawn.to, drawn.probability) == ("sample", 0.05)
    assert route.decide(0.1, thresholds=THRESHOLDS, draw=0.05).to == "reject"
    assert route.decide(0.1, thresholds=THRESHOLDS, draw=0.05).probability == 0.05


def test_a_score_that_is_no_number_goes_to_people() -> None:
    for score in (math.nan, math.inf, -math.inf):
        assert route.decide(score, thresholds=THRESHOLDS, draw=0.9).to == "queue"


def test_every_route_says_why_in_words() -> None:
    said = route.decide(0.1, thresholds=THRESHOLDS, draw=0.9).why
    assert said == "score 0.100 is below 0.300"


def test_a_draw_is_the_same_for_ever() -> None:
    assert route.draw_for("https://example.org/1", "pak") == 0.05914252858992697
    assert route.draw_for("https://example.org/1", "other") != route.draw_for(
        "https://example.org/1", "pak"
    )


def test_draws_are_even() -> None:
    draws = [route.draw_for(f"https://example.org/{n}", "s") for n in range(5_000)]
    assert all(0 <= draw < 1 for draw in draws)
    assert 200 < sum(draw < 0.05 for draw in draws) < 300


SCORES = st.none() | st.floats(0, 1) | st.just(math.nan)
ROWS = st.lists(
    st.tuples(SCORES, st.lists(st.sampled_from("abcdef"), max_size=2).map(tuple)), max_size=80
).map(lambda drawn: [Row(n, score, topics) for n, (score, topics) in enumerate(drawn)])


@given(ROWS, st.integers(0, 40))
def test_balancing_loses_nothing_and_repeats_nothing(rows: list[Row], per_day: int) -> None:
    assert sorted(row.id for row in route.balance(rows, per_day=per_day)) == list(range(len(rows)))


@given(ROWS, st.integers(0, 40))
def test_every_strand_is_among_the_first(rows: list[Row], per_day: int) -> None:
    strands = {row.topics[:1] for row in rows}
    shown = {row.topics[:1] for row in route.balance(rows, per_day=per_day)[:per_day]}
    assert shown <= strands
    assert len(shown) == min(per_day, len(strands))


@given(ROWS)
def test_within_a_strand_the_better_comes_first(rows: list[Row]) -> None:
    def weight(row: Row) -> float:
        return row.score if row.score is not None and not math.isnan(row.score) else 0.0

    first = route.balance(rows, per_day=30)[:30]
    for strand in {row.topics[:1] for row in rows}:
        scores = [weight(row) for row in first if row.topics[:1] == strand]
        assert scores == sorted(scores, reverse=True)


def test_gunfights_do_not_drown_diplomacy() -> None:
    fights = [Row(n, 0.99 - n / 10_000, ("attacks",)) for n in range(100)]
    talks = [Row(200 + n, 0.6, ("talks",)) for n in range(10)]
    order = route.balance([*fights, *talks], per_day=30)
    counted = Counter(row.topics[0] for row in order[:30])
    assert counted["talks"] == 10  # all of them, though every fight scores higher
    assert order[0].topics == ("attacks",)
    assert "talks" in {row.topics[0] for row in order[:3]}
    rest = [row.score or 0.0 for row in order[30:]]
    assert rest == sorted(rest, reverse=True)
