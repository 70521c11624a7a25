"""The audit draws with known chances, and its interval holds what was missed."""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Iterator, Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.stages import audit
from monitor.stages.audit.bounds import hypergeometric
from store.inquiry import AuditStratum

ROOT = Path(__file__).resolve().parents[2]


def stratum(
    rejected: int, decided: int, relevant: int, band: int = 0, chance: float = 0.1
) -> AuditStratum:
    return AuditStratum(
        band=band,
        chance=chance,
        rejected=rejected,
        drawn=decided,
        decided=decided,
        relevant=relevant,
    )


# --- drawing --------------------------------------------------------------------------------

VOLUMES = st.lists(
    st.builds(audit.Volume, a_day=st.floats(0.01, 5000), mean_score=st.floats(0, 0.5)),
    min_size=3,
    max_size=3,
)


@given(st.floats(0.001, 1), VOLUMES, st.floats(0.1, 50), st.integers(0, 1000))
def test_everything_rejected_has_a_chance_and_none_is_certain_to_be_shown(
    threshold: float, volumes: list[audit.Volume], a_day: float, waiting: int
) -> None:
    bands = audit.bands(threshold, volumes, a_day=a_day, waiting=waiting)
    assert all(0 < band.chance <= 0.5 for band in bands)
    assert bands[0].least == 0.0
    assert bands[-1].below == threshold
    assert all(a.below == b.least for a, b in itertools.pairwise(bands))


@given(VOLUMES, st.floats(1, 20))
def test_no_more_is_drawn_a_day_than_asked_for_but_a_step(
    volumes: list[audit.Volume], a_day: float
) -> None:
    bands = audit.bands(0.1, volumes, a_day=a_day)
    expected = sum(b.chance * v.a_day for b, v in zip(bands, volumes, strict=True))
    step = 2**0.25  # half a step up; the floor of the chances adds at most one in 8,192
    assert expected <= a_day * step + sum(v.a_day for v in volumes) / 8000


def test_on_usual_days_three_are_drawn_and_each_band_gets_its_sixth() -> None:
    days = [[0.002] * 380 + [0.01] * 5 + [0.05] * 5 for _ in range(14)]
    volumes = audit.volumes(days, 0.1)
    assert volumes is not None
    bands = audit.bands(0.1, volumes, a_day=3)
    drawn = [b.chance * v.a_day for b, v in zip(bands, volumes, strict=True)]
    assert 2.4 < sum(drawn) < 3.6
    assert all(part > 0.4 for part in drawn)
    assert drawn[0] == max(drawn)  # hundreds of unlikely ones may hide more than five likelier


def test_chances_stay_the_same_from_day_to_day_while_the_news_does() -> None:
    """Days are pooled by their chance: one that moved with every item could not be."""
    random = Random(3)  # noqa: S311
    days = [[0.002] * random.randint(340, 420) + [0.01] * 8 + [0.05] * 6 for _ in range(42)]
    seen = set()
    for day in range(14, 42):
        volumes = audit.volumes(days[day - 14 : day], 0.1)
        seen.add(tuple(band.chance for band in audit.bands(0.1, volumes, a_day=3)))
    assert len(seen) <= 2


def test_an_archive_shown_once_does_not_thin_the_draws() -> None:
    usual = [[0.002] * 300 for _ in range(13)]
    assert audit.volumes([*usual, [0.002] * 50_000], 0.1) == audit.volumes([*usual, usual[0]], 0.1)


def test_before_a_full_day_was_seen_all_bands_have_the_same_small_chance() -> None:
    assert audit.volumes([], 0.1) is None
    chances = {band.chance for band in audit.bands(0.1, None, a_day=3)}
    assert chances == {1 / 128}


def test_nothing_is_drawn_where_the_audit_is_off() -> None:
    assert {b.chance for b in audit.bands(0.1, None, a_day=0)} == {0.0}


def test_fewer_are_drawn_while_a_weeks_worth_waits() -> None:
    volumes = audit.volumes([[0.002] * 400] * 3, 0.1)
    usual = audit.bands(0.1, volumes, a_day=3, waiting=21)
    fewer = audit.bands(0.1, volumes, a_day=3, waiting=22)
    assert fewer[0].chance == pytest.approx(usual[0].chance / 4)


# --- the interval ---------------------------------------------------------------------------


def every_way(strata: Sequence[AuditStratum]) -> Iterator[tuple[int, ...]]:
    """All numbers of misses a stratum each that agree with what was seen."""
    return itertools.product(
        *(range(s.relevant, s.rejected - (s.decided - s.relevant) + 1) for s in strata)
    )


def by_hand(strata: Sequence[AuditStratum], tail: float) -> tuple[int, int]:
    """The interval by trying every possible truth, with chances counted out by combinations."""
    seen = sum(s.rejected / s.decided * s.relevant for s in strata)
    low, high = math.inf, -1
    for misses in every_way(strata):
        most = least = 0.0
        for finds in itertools.product(*(range(s.decided + 1) for s in strata)):
            chance = math.prod(
                math.comb(m, k)
                * math.comb(s.rejected - m, s.decided - k)
                / math.comb(s.rejected, s.decided)
                for m, k, s in zip(misses, finds, strata, strict=True)
            )
            weight = sum(s.rejected / s.decided * k for s, k in zip(strata, finds, strict=True))
            most += chance * (weight <= seen + 1e-9)
            least += chance * (weight >= seen - 1e-9)
        if most >= tail:
            high = max(high, sum(misses))
        if least >= tail:
            low = min(low, sum(misses))
    return int(low), high


@pytest.mark.parametrize(
    "strata",
    [
        [stratum(12, 5, 0), stratum(9, 4, 1, band=1)],
        [stratum(20, 4, 1), stratum(6, 3, 0, band=1)],
        [stratum(15, 6, 2), stratum(8, 4, 4, band=1)],
        [stratum(25, 5, 0)],
        [stratum(10, 3, 1), stratum(6, 2, 0, band=1), stratum(4, 2, 1, band=2)],
    ],
)
def test_the_search_finds_what_trying_everything_finds(strata: list[AuditStratum]) -> None:
    low, high = audit.interval(strata)
    exact_low, exact_high = by_hand(strata, 0.05)
    assert abs(low - exact_low) <= 1
    assert exact_high - 1 <= high <= exact_high


def test_no_find_leaves_three_in_a_sample_of_a_hundred_possible() -> None:
    """The rule of three: 95 % sure of at most 3 in n, less what was looked at itself."""
    low, high = audit.interval([stratum(10_000, 100, 0)])
    assert low == 0
    assert 285 <= high <= 300


def test_a_band_looked_at_whole_leaves_no_doubt() -> None:
    assert audit.interval([stratum(30, 30, 4)]) == (4, 4)


def test_what_nobody_looked_at_counts_in_full() -> None:
    low, high = audit.interval([stratum(30, 30, 4), stratum(7, 0, 0, band=1)])
    assert (low, high) == (4, 11)


STRATA = st.lists(
    st.tuples(st.integers(1, 900), st.integers(0, 15), st.integers(0, 2), st.integers(0, 2)),
    min_size=1,
    max_size=4,
).map(
    lambda rows: [
        stratum(n + d, d, min(x, d), band=b, chance=2.0 ** -(5 + at))
        for at, (n, d, x, b) in enumerate(rows)
    ]
)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(STRATA)
def test_the_interval_holds_what_is_certain_and_the_estimate(strata: list[AuditStratum]) -> None:
    low, high = audit.interval(strata)
    found = sum(s.relevant for s in strata)
    assert found <= low <= high <= sum(s.rejected - s.decided + s.relevant for s in strata)
    assert low <= math.ceil(audit.estimate(strata) + 1e-9)


def test_a_stratum_nobody_looked_at_does_not_lift_the_lower_end_above_the_estimate() -> None:
    looked_at = [stratum(3, 2, 2, chance=2.0**-at) for at in (5, 6, 7)]
    strata = [*looked_at, stratum(6, 0, 0, chance=2.0**-8)]
    assert audit.interval(strata)[0] <= math.ceil(audit.estimate(strata))


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(STRATA)
def test_the_order_of_the_bands_does_not_matter(strata: list[AuditStratum]) -> None:
    assert audit.interval(strata) == audit.interval(strata[::-1])


def test_a_find_moves_both_ends_up_and_a_miss_down() -> None:
    fewer = audit.interval([stratum(5000, 40, 0), stratum(100, 20, 1, band=1)])
    more = audit.interval([stratum(5000, 40, 1), stratum(100, 20, 1, band=1)])
    longer = audit.interval([stratum(5000, 80, 0), stratum(100, 20, 1, band=1)])
    assert fewer[0] <= more[0]
    assert fewer[1] < more[1]
    assert longer[1] < fewer[1]


def test_the_chances_of_a_draw_add_up_to_one() -> None:
    for size, marked, taken in [
        (50, 7, 9),
        (50, 45, 9),
        (10, 10, 4),
        (10, 0, 4),
        (200_000, 3, 900),
    ]:
        row = hypergeometric(size, marked, taken)
        assert math.fsum(row) == pytest.approx(1, abs=1e-9)
        expected = math.fsum(k * float(chance) for k, chance in enumerate(row))
        assert expected == pytest.approx(taken * marked / size)


def test_many_days_with_other_chances_are_pooled_within_their_band() -> None:
    """A year has a dozen different chances; the answer is the same size and comes at once."""
    year = [stratum(4000, 25, 0, chance=2.0 ** -(6 + at / 2)) for at in range(12)]
    one = audit.interval([stratum(48_000, 300, 0)])
    assert audit.interval(year)[1] == pytest.approx(one[1], rel=0.02)


# --- what is said ---------------------------------------------------------------------------


def test_nothing_is_estimated_before_twenty_decisions_and_it_says_what_is_needed() -> None:
    early = audit.missed([stratum(4000, 19, 1)])
    assert not early.measurable
    assert (early.estimate, early.low, early.high) == (None, None, None)
    assert audit.sentence(early, "in the last 28 days") == (
        "Not yet measurable: what was missed in the last 28 days. "
        "19 were drawn, 19 decided, 1 relevant; it takes 20 decisions."
    )
    assert audit.missed([stratum(4000, 20, 1)]).measurable


def test_the_sentence_gives_the_interval_and_what_it_rests_on() -> None:
    found = audit.missed([stratum(1000, 50, 1)])
    said = audit.sentence(found, "since the start")
    assert said.startswith("Of 1,000 rejected since the start about 20 were relevant, with 90 %")
    assert f"between {found.low} and {found.high} (50 were drawn, 50 decided, 1 relevant)" in said


def test_where_nothing_was_drawn_it_says_that_the_audit_is_off() -> None:
    assert "the audit is off" in audit.sentence(audit.missed([], unaudited=300), "since the start")


def test_scores_add_up_to_an_estimate_only_once_they_are_probabilities() -> None:
    strata = [stratum(1000, 50, 1)]
    assert audit.missed(strata, calibrated=500, calibrated_sum=4).by_model is None
    assert audit.missed(strata, calibrated=1000, calibrated_sum=8).by_model == pytest.approx(8)
    assert "not yet" in audit.by_model(audit.missed(strata))


def test_reading_on_finds_what_the_scores_promise_and_leaves_the_rest() -> None:
    steps = audit.left([0.9] * 10 + [0.1] * 30)
    assert [step.read for step in steps] == [0, 10, 25]
    assert [round(step.found, 6) for step in steps] == [0, 9, 10.5]
    assert [round(step.left, 6) for step in steps] == [12, 3, 1.5]


# --- a hundred months -----------------------------------------------------------------------


def bench() -> Any:
    spec = spec_from_file_location("bench_audit", ROOT / "bench" / "audit.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look there for their own module
    spec.loader.exec_module(module)
    return module


def test_the_reference_of_the_simulation_is_clopper_and_pearsons() -> None:
    """Known values, 95 %: 0 of 10 → (0, .3085), 2 of 10 → (.0252, .5561), 10 of 10 → (.6915, 1)."""
    limits = bench().clopper_pearson
    assert limits(0, 10, 0.95) == pytest.approx((0, 0.3085), abs=1e-4)
    assert limits(2, 10, 0.95) == pytest.approx((0.0252, 0.5561), abs=1e-4)
    assert limits(10, 10, 0.95) == pytest.approx((0.6915, 1), abs=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1])
def test_in_a_hundred_months_the_interval_holds_the_truth_and_beats_its_reference(
    seed: int,
) -> None:
    found = bench().simulate(100, seed)
    assert found["audit"]["covered"] >= 0.85
    assert found["width_ratio"] <= 1.0
    assert found["jeffreys"]["covered"] < 0.85  # which is why it is not that
    assert abs(found["estimate_bias"]) < 30  # of hundreds that one find stands for
