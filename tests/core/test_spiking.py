"""Spikes: rare on news without any, found where news trebles, silent where it cannot be known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.stages import spiking
from monitor.stages.spiking import weigh

ALL = [True] * 56


def test_a_place_of_two_a_day_that_has_fourteen_is_a_spike_with_its_figures() -> None:
    before = [2, 1, 3, 2, 2, 1, 2] * 7 + [0, 6, 2, 1, 2, 2, 1]
    weighed = weigh(14, before, ALL, series=40)
    assert weighed.state == "spike"
    assert spiking.told("Bannu", weighed, "yesterday 18:00") == (
        "Bannu: 14 articles since yesterday 18:00; in the last eight weeks 1.9 a day, never"
        " above 6."
    )
    assert weigh(6, before, ALL, series=40).state == "usual"


def test_before_four_weeks_it_is_not_yet_measurable_and_says_so() -> None:
    weighed = weigh(99, [1] * 27, [True] * 27, series=1)
    assert (weighed.state, weighed.why) == (
        "unmeasurable", "it takes 28 days without holes, and there are 27",
    )  # fmt: skip
    assert weigh(99, [1] * 28, [True] * 28, series=1).state == "spike"


def test_days_with_holes_count_for_nothing() -> None:
    """A hole reads as a quiet day, and quiet days would make an ordinary one look loud."""
    before = [20] * 28 + [0] * 28
    usable = [True] * 28 + [False] * 28
    assert weigh(26, before, usable, series=1).habit == 20
    assert weigh(26, before, usable, series=1).state == "usual"
    assert weigh(26, before, [not one for one in usable], series=1).state == "spike"


def test_a_busy_weekday_is_held_against_its_own() -> None:
    even = [10] * 56
    busy = [40 if at % 7 == 6 else 5 for at in range(56)]
    assert weigh(40, even, ALL, series=20).state == "spike"
    assert weigh(40, busy, ALL, series=20).state == "usual"


@pytest.mark.parametrize("a_day", [700, 1_000, 5_000])
def test_news_that_trebles_is_a_spike_however_much_of_it_there_is(a_day: int) -> None:
    weighed = weigh(3 * a_day, [a_day] * 56, ALL, series=40)
    assert weighed.state == "spike"
    assert a_day < weighed.needed < 1.5 * a_day


def test_the_more_is_watched_the_rarer_must_be_what_is_told() -> None:
    before = [8, 12, 10, 9, 11, 10, 10] * 8
    needed = [weigh(0, before, ALL, series=series).needed for series in (1, 10, 100)]
    assert needed == sorted(needed)
    assert needed[0] < needed[2]


def test_a_spike_is_over_on_a_day_like_those_before_it() -> None:
    assert spiking.is_over(6, 1.9, 6)
    assert not spiking.is_over(7, 1.9, 6)
    assert spiking.is_over(4, 0.1, 1), "what is too little for a spike does not keep one open"


counts = st.lists(st.integers(0, 10_000), max_size=60)


@given(st.integers(0, 10_000), counts, st.integers(1, 500))
def test_any_counts_give_an_answer(n: int, before: list[int], series: int) -> None:
    usable = [bool(count % 3) for count in before]
    weighed = weigh(n, before, usable, series=series)
    assert weighed.state in {"usual", "spike", "unmeasurable"}
    assert (weighed.state == "spike") == (weighed.why == "" and n >= weighed.needed)
    assert math.isfinite(weighed.habit)


# --- how often it is wrong, and what it finds -----------------------------------------------

_HOURS = np.array([0.3] * 6 + [1.0] * 6 + [1.5] * 8 + [0.8] * 4)


def news(
    draw: np.random.Generator, mean: float, spread: float, days: int, last: float = 1.0
) -> list[int]:
    """Return articles an hour: in bursts, few at night; ``last`` multiplies the last day."""
    rate = np.tile(_HOURS / _HOURS.sum(), days) * mean
    rate[-24:] *= last
    single = 2 / (1 + spread)  # of bursts of geometric length; their dispersion is ``spread``
    bursts = draw.poisson(rate * single)
    hours = np.zeros(len(rate), dtype=int)
    np.add.at(hours, np.repeat(np.arange(len(rate)), bursts), draw.geometric(single, bursts.sum()))
    return [0, *np.cumsum(hours).tolist()]


def alarms(total: list[int], from_day: int, series: int) -> int:
    """Count spikes, looking every hour from a day on; one that goes on counts once."""
    found, open_ = 0, None
    for hour in range(from_day * 24 + 1, len(total)):
        n = total[hour] - total[hour - 24]
        if open_ is not None:
            open_ = None if spiking.is_over(n, *open_) else open_
            continue
        if n < spiking.LEAST:
            continue
        before = [total[hour - 24 * k] - total[hour - 24 * (k + 1)] for k in range(1, 57)]
        if n <= max(before):  # what weigh says of these, without asking
            continue
        weighed = weigh(n, before, ALL, series=series)
        if weighed.state == "spike":
            found, open_ = found + 1, (weighed.habit, weighed.most)
    return found


def test_news_without_spikes_gives_about_one_false_alarm_a_month_for_all_series_together() -> None:
    draw, months, series = np.random.default_rng(11), 8, 40
    found = 0
    for _ in range(months):
        for mean in np.exp(draw.uniform(np.log(0.2), np.log(30), series)):
            spread = float(draw.choice([1.2, 1.5, 2.0, 3.0]))
            found += alarms(news(draw, mean, spread, 57 + 30), 57, series)
    print(f"\nfalse alarms a month over {series} series: {found / months:.2f}")  # noqa: T201
    assert found / months <= 1.5


@pytest.mark.parametrize(("mean", "least"), [(20, 0.85), (40, 0.95)])
def test_a_trebling_is_found_within_the_day(mean: float, least: float) -> None:
    draw, tries = np.random.default_rng(12), 60
    found = sum(alarms(news(draw, mean, 1.5, 58, last=3), 57, 40) > 0 for _ in range(tries))
    print(f"\n{mean} a day, trebled: found within the day in {found / tries:.0%}")  # noqa: T201
    assert found / tries >= least
