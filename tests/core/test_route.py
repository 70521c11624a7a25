"""Where a verdict sends an article, and that no strand drowns another."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Band, Thresholds
from monitor.stages import route
from store.types import Draw

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


# --- one draw an article --------------------------------------------------------------------

BANDS = Thresholds(
    queue=0.1,
    bands=(
        Band(least=0.0, below=0.005, chance=0.01),
        Band(least=0.005, below=0.02, chance=0.2),
        Band(least=0.02, below=0.1, chance=0.4),
    ),
)


@pytest.mark.parametrize(
    ("score", "band", "chance"), [(0.001, 0, 0.01), (0.005, 1, 0.2), (0.0999, 2, 0.4)]
)
def test_each_band_below_the_threshold_has_its_own_chance(
    score: float, band: int, chance: float
) -> None:
    drawn = route.decide(score, thresholds=BANDS, draw=chance - 0.001)
    passed = route.decide(score, thresholds=BANDS, draw=chance)
    assert (drawn.to, drawn.band, drawn.probability) == ("sample", band, chance)
    assert (passed.to, passed.band, passed.probability) == ("reject", band, chance)


def test_an_article_judged_again_keeps_its_draw_whatever_its_score_is_now() -> None:
    """A second draw would make its chance one that nobody knows."""
    lucky = Draw(chance=0.01, band=0, drawn=True)
    unlucky = Draw(chance=0.01, band=0, drawn=False)
    again = route.decide(0.05, thresholds=BANDS, draw=0.0, earlier=unlucky)
    assert (again.to, again.probability, again.band) == ("reject", 0.01, 0)
    assert route.decide(0.05, thresholds=BANDS, draw=0.9, earlier=lucky).to == "sample"
    assert route.decide(0.5, thresholds=BANDS, draw=0.9, earlier=unlucky).to == "queue"


@given(st.integers(1, 65535), st.sampled_from(["http", "https"]))
def test_the_draw_is_the_same_by_any_port_and_scheme(port: int, scheme: str) -> None:
    plain = route.lasting("https://news.example/a/1?b=2")
    assert plain == "news.example/a/1?b=2"
    assert route.lasting(f"{scheme}://news.example:{port}/a/1?b=2") == plain
    assert route.lasting("http://[2001:db8::1]/a") == "[2001:db8::1]/a"


# --- the threshold by what a team means -----------------------------------------------------


def test_reading_ten_a_day_is_the_score_that_let_through_ten_a_day() -> None:
    days = [[n / 1000 for n in range(day, 400 + day)] for day in range(14)]
    line = route.reading_threshold(days, 10)
    assert line is not None
    through = sum(score >= line for day in days for score in day)
    assert 140 <= through < 140 + 14  # scores that are equal pass together


def test_reading_twenty_a_day_does_not_bring_hundreds_that_score_the_same() -> None:
    """Ten a day that tell something, and 490 headlines that name no side: their score is one."""
    days = [[0.5 + n / 100 for n in range(10)] + [0.0189] * 490 for _ in range(14)]
    line = route.reading_threshold(days, 20)
    assert line == 0.5
    assert route.reading_threshold(days, 9) == 0.51
    assert route.reading_threshold(days, 400) == 0.0189  # nearer to 400 than ten are
    assert route.reading_threshold([[0.0189] * 500] * 14, 20) == 0.0189  # never nothing


@given(
    st.lists(st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.7]), max_size=9), min_size=7, max_size=9),
    st.floats(0.2, 12),
)
def test_no_other_line_comes_nearer_to_what_was_asked(
    days: list[list[float]], a_day: float
) -> None:
    line = route.reading_threshold(days, a_day)
    every = [score for day in days for score in day]
    asked = int(a_day * len(days))
    if line is None or not 0 < asked <= len(every):
        return
    through = {one: sum(score >= one for score in every) for one in set(every)}
    assert abs(through[line] - asked) == min(abs(many - asked) for many in through.values())


def test_a_team_that_reads_more_than_there_is_gets_everything() -> None:
    assert route.reading_threshold([[0.1, 0.2]] * 7, 5) == 0.0


def test_reading_a_day_says_nothing_before_a_week_was_seen() -> None:
    assert route.reading_threshold([[0.1, 0.2]] * 6, 1) is None
    assert route.reading_threshold([[0.1, 0.2]] * 7, 1) == 0.2


def test_one_in_twenty_takes_nineteen_accepted_articles() -> None:
    assert route.accepted_needed(0.05) == 19
    assert route.accepted_needed(0.1) == 9
    assert route.accepted_needed(0.2) == 4
    scores = [(n / 100, 1.0) for n in range(20, 39)]
    assert route.missing_threshold(scores[:18], 0.05) is None
    assert route.missing_threshold(scores, 0.05) == 0.2  # the lowest of nineteen


@given(st.lists(st.floats(0, 1), min_size=19, max_size=200), st.sampled_from([0.05, 0.1, 0.2]))
def test_no_more_than_the_share_lies_below_the_line(scores: list[float], share: float) -> None:
    line = route.missing_threshold([(score, 1.0) for score in scores], share)
    assert line is not None
    below = sum(score < line for score in scores)
    assert (below + 1) / (len(scores) + 1) <= share + 1e-9


def test_the_next_accepted_one_falls_below_no_more_often_than_promised() -> None:
    random = Random(5)  # noqa: S311
    missed = 0
    for _ in range(4000):
        seen = [(random.random() ** 2, 1.0) for _ in range(39)]
        line = route.missing_threshold(seen, 0.1)
        assert line is not None
        missed += random.random() ** 2 < line
    assert 0.08 < missed / 4000 < 0.12  # 4 of 40: as promised, and not less than that for safety


def test_a_find_of_the_audit_counts_for_all_it_stands_for() -> None:
    """Otherwise each rise of the threshold would hide the evidence against it."""
    queued = [(0.2 + n / 1000, 1.0) for n in range(100)]
    without = route.missing_threshold(queued, 0.05)
    heavy = route.missing_threshold([*queued, (0.01, 20.0)], 0.05)
    light = route.missing_threshold([*queued, (0.01, 3.0)], 0.05)
    assert without == pytest.approx(0.204)
    assert heavy is None  # no line keeps the promise
    assert light == pytest.approx(0.201)


# --- the order of the queue -----------------------------------------------------------------


@dataclass(frozen=True)
class Waiting:
    article: int
    score: float | None
    topics: tuple[str, ...] = ()
    route: str | None = "queue"


def queue(queued: int, drawn: int) -> list[Waiting]:
    rows = [
        Waiting(n, 0.99 - 0.8 * n / queued, ("talks", "border")[n % 2 :][:1]) for n in range(queued)
    ]
    return [*rows, *(Waiting(1000 + n, 0.01, route="sample") for n in range(drawn))]


def test_of_ten_places_six_are_the_likeliest_three_the_nearest_to_even_and_one_the_audits() -> None:
    rows = queue(200, 20)
    order = route.mixed(rows)
    likeliest = {row.article for row in rows if row.route == "queue" and (row.score or 0) > 0.85}
    for start in (0, 10, 20):
        ten = order[start : start + 10]
        assert sum(row.route == "sample" for row in ten) == 1
        assert sum(abs((row.score or 0) - 0.5) < 0.07 for row in ten) == 3
        assert sum(row.article in likeliest for row in ten) == 6


@given(
    st.lists(st.tuples(SCORES, st.sampled_from(["queue", "sample", None])), max_size=60),
    st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)),
)
def test_mixing_loses_nothing_and_repeats_nothing(
    drawn: list[tuple[float | None, str | None]], mix: tuple[int, int, int]
) -> None:
    rows = [Waiting(n, score, (), to) for n, (score, to) in enumerate(drawn)]
    assert sorted(row.article for row in route.mixed(rows, mix=mix)) == list(range(len(rows)))


def test_no_place_of_the_ten_tells_the_audits() -> None:
    order = route.mixed(queue(600, 60))
    places = Counter(at % 10 for at, row in enumerate(order[:600]) if row.route == "sample")
    assert len(places) >= 8


def test_a_share_of_nothing_puts_its_kind_behind_all_others() -> None:
    order = route.mixed(queue(20, 3), mix=(6, 3, 0))
    assert [row.route for row in order] == ["queue"] * 20 + ["sample"] * 3


def test_the_order_hardly_changes_when_the_first_is_decided() -> None:
    rows = queue(100, 10)
    before = route.mixed(rows)
    after = route.mixed([row for row in rows if row is not before[0]])
    moved = [abs(after.index(row) - at) for at, row in enumerate(before[1:40])]
    assert sorted(moved)[len(moved) // 2] <= 2
    assert max(moved) <= 10


def test_the_strands_stay_balanced_among_the_likeliest() -> None:
    fights = [Waiting(n, 0.99 - n / 10_000, ("attacks",)) for n in range(100)]
    talks = [Waiting(200 + n, 0.75, ("talks",)) for n in range(10)]
    first = route.mixed([*fights, *talks])[:20]
    assert sum(row.topics == ("talks",) for row in first) >= 5
