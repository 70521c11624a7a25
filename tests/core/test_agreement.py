"""Agreement of two readers: what the figures mean, and that the interval holds what it promises."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Sequence
from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.stages import agreement
from monitor.stages.agreement import ANSWERS, FEWEST, Agreement, Read

R, N, U = ANSWERS
_ANSWER = st.sampled_from(ANSWERS)
_PAIRS = tuple(permutations(("Omar", "Rabia", "Sana"), 2))
_READ: st.SearchStrategy[Read] = st.builds(
    lambda pair, one, other: ((pair[0], one), (pair[1], other)),
    st.sampled_from(_PAIRS), _ANSWER, _ANSWER,
)  # fmt: skip
_READS = st.lists(_READ, max_size=80)


def agreement_of(read: list[Read]) -> Agreement:
    return agreement.agreement(Counter(read))


def table(both: int, first: int, second: int, neither: int) -> list[Read]:
    cells = ((R, R, both), (R, N, first), (N, R, second), (N, N, neither))
    return [(("Rabia", a), ("Omar", b)) for a, b, n in cells for _ in range(n)]


# --- figures worked out by hand -------------------------------------------------------------


def test_kappa_is_scotts_with_chance_from_all_answers_together() -> None:
    """20 and 15 of 50 alike; R is 55 of 100 answers: chance .505, kappa (.7 - .505) / .495."""
    found = agreement_of(table(20, 5, 10, 15))
    assert (found.n, found.agreed, found.share) == (50, 35, 0.7)
    assert found.kappa == pytest.approx((0.7 - 0.505) / 0.495)
    assert found.adjusted == pytest.approx((0.7 - 1 / 3) / (2 / 3))


def test_three_answers_are_compared_like_two() -> None:
    read: list[Read] = [(("a", x), ("b", x)) for x in ANSWERS for _ in range(10)]
    read += [(("a", R), ("b", U))] * 6
    shares = (26 / 72, 20 / 72, 26 / 72)
    chance = sum(share * share for share in shares)
    assert agreement_of(read).kappa == pytest.approx((30 / 36 - chance) / (1 - chance))


def test_where_one_answer_is_nearly_all_the_adjusted_figure_stands_by() -> None:
    """96 of 100 alike and kappa near nothing: the paradox that the second figure is shown for."""
    found = agreement_of(table(96, 2, 2, 0))
    assert found.kappa is not None
    assert found.kappa < 0
    assert found.adjusted == pytest.approx(0.94)
    assert "no more than chance" in agreement.told(found)


def test_each_answer_has_its_own_agreement() -> None:
    found = {one.answer: one for one in agreement.by_answer(Counter(table(20, 5, 10, 15)))}
    assert [found[one].given for one in ANSWERS] == [55, 45, 0]
    assert found[R].same == pytest.approx(40 / 55)
    assert found[N].same == pytest.approx(30 / 45)
    assert found[U].same is None


def test_people_are_told_two_by_two_whoever_was_first() -> None:
    read: list[Read] = [(("Rabia", R), ("Omar", R)), (("Omar", N), ("Rabia", R)),
                        (("Sana", U), ("Omar", U))]  # fmt: skip
    assert [(names, one.n, one.agreed) for names, one in agreement.by_people(Counter(read))] == [
        (("Omar", "Rabia"), 2, 1), (("Omar", "Sana"), 1, 1),
    ]  # fmt: skip


def test_readers_who_contradict_each_other_are_told_so() -> None:
    assert "less often than chance" in agreement.told(agreement_of(table(2, 30, 30, 2)))


# --- what is not told -----------------------------------------------------------------------


def test_under_twenty_articles_only_the_counts_are_told() -> None:
    found = agreement_of(table(10, 2, 2, FEWEST - 15))
    assert (found.kappa, found.interval, found.adjusted) == (None, None, None)
    assert agreement.told(found) == (
        "Not yet measurable: it takes 20 articles read twice. "
        "Two readers said the same of 15 of 19 articles so far."
    )
    assert agreement_of(table(10, 2, 2, FEWEST - 14)).kappa is not None
    assert "no article has been read twice" in agreement.told(agreement_of([]))


def test_when_everybody_always_says_the_same_there_is_no_kappa() -> None:
    found = agreement_of(table(30, 0, 0, 0))
    assert (found.share, found.kappa, found.interval) == (1.0, None, None)
    assert "chance alone" in agreement.told(found)


# --- whatever the readings ------------------------------------------------------------------


@given(read=_READS)
def test_figures_stay_within_their_bounds_and_inside_their_interval(read: list[Read]) -> None:
    found = agreement_of(read)
    assert 0 <= found.share <= 1
    assert (found.kappa is None) == (found.interval is None)
    if found.kappa is not None and found.interval is not None:
        low, high = found.interval
        assert -1 <= low <= found.kappa <= high <= 1
        assert low < high
        assert found.kappa <= found.share + 1e-12, "chance is never rewarded"
    assert agreement.told(found)


@given(read=_READS, seed=st.integers(0, 99))
def test_neither_order_nor_who_was_first_changes_a_figure(read: list[Read], seed: int) -> None:
    lots = random.Random(seed)  # noqa: S311 - chance that repeats
    other = [(two, one) if lots.random() < 0.5 else (one, two) for one, two in read]
    lots.shuffle(other)
    same, found = agreement_of(read), agreement_of(other)
    assert (same.n, same.agreed, same.adjusted) == (found.n, found.agreed, found.adjusted)
    assert (same.kappa or 0) == pytest.approx(found.kappa or 0)
    assert (same.interval or (0, 0)) == pytest.approx(found.interval or (0, 0))
    told = [
        [(names, one.n) for names, one in agreement.by_people(Counter(x))] for x in (read, other)
    ]
    assert told[0] == told[1]
    assert agreement.by_answer(Counter(read)) == agreement.by_answer(Counter(other))


@given(read=st.lists(_READ, min_size=FEWEST, max_size=60))
def test_one_more_article_on_which_both_agree_never_lowers_the_share(read: list[Read]) -> None:
    more = agreement_of([*read, read[0]] if read[0][0][1] == read[0][1][1] else read)
    assert more.share >= agreement_of(read).share


def test_more_articles_give_a_narrower_interval() -> None:
    widths = []
    for times in (1, 4, 16):
        interval = agreement_of(table(20, 5, 5, 10) * times).interval
        assert interval
        widths.append(interval[1] - interval[0])
    assert widths[0] > 1.8 * widths[1] > 3.3 * widths[2]


# --- the interval holds what it promises ----------------------------------------------------

_TEAMS = tuple(product((30, 60, 150), ((0.5, 0.5), (0.7, 0.3), (0.6, 0.3, 0.1)),
                       (0.2, 0.4, 0.6, 0.8)))  # fmt: skip


def made_up(lots: random.Random, n: int, shares: Sequence[float], kappa: float) -> list[Read]:
    """Readings of a team whose true kappa is known: alike by nature, else each by chance."""
    answers = lots.choices(ANSWERS[: len(shares)], shares, k=2 * n)
    return [
        ((one, first), (other, first if lots.random() < kappa else second))
        for (one, other), first, second in zip(
            lots.choices(_PAIRS, k=n), answers[:n], answers[n:], strict=True
        )
    ]


def held(n: int, shares: Sequence[float], kappa: float, times: int) -> float:
    """Return in which share of made-up teams the interval held the true kappa."""
    lots = random.Random(f"{n} {shares} {kappa}")  # noqa: S311 - chance that repeats
    found = [agreement_of(made_up(lots, n, shares, kappa)) for _ in range(times)]
    spans = [one.interval for one in found if one.interval]
    return sum(low <= kappa <= high for low, high in spans) / len(spans)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "shares", "kappa"), _TEAMS)
def test_the_interval_holds_the_truth_in_about_95_of_100_teams(
    n: int, shares: Sequence[float], kappa: float
) -> None:
    """2,000 teams a case: chance itself moves the share by .01 either way."""
    share = held(n, shares, kappa, 2000)
    assert 0.93 <= share <= (0.99 if (n, kappa) == (30, 0.8) else 0.975)


@pytest.mark.slow
@pytest.mark.parametrize("kappa", [0.2, 0.4, 0.6, 0.8])
def test_the_interval_holds_at_skewed_answers_too(kappa: float) -> None:
    assert 0.915 <= held(40, (0.85, 0.15), kappa, 2000) <= 0.99


def test_the_interval_holds_the_truth_in_a_small_count_that_every_run_makes() -> None:
    assert 0.9 <= held(40, (0.7, 0.3), 0.5, 300) <= 0.99


def test_students_quantile_is_the_tables() -> None:
    for freedom, told in ((19, 2.0930), (29, 2.0452), (60, 2.0003), (1000, 1.9623)):
        assert math.isclose(agreement._student(freedom), told, abs_tol=0.001)
