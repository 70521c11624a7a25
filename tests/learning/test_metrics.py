"""The figures of `evaluate` are the ones of the textbooks, worked here by hand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.measuring import metrics
from classifiers.measuring.evaluate import evaluate
from classifiers.registry import load

SCORES = [0.9, 0.8, 0.7, 0.6, 0.5]
TRUTH = [True, False, True, False, False]


def test_average_precision_by_hand() -> None:
    found = metrics.cuts(SCORES, TRUTH)
    assert metrics.average_precision(found) == pytest.approx((1 / 1 + 2 / 3) / 2)
    assert metrics.precision_at_recall(found, 0.95) == pytest.approx(2 / 3)
    assert metrics.recall_at_precision(found, 0.9) == pytest.approx(0.5)
    assert metrics.work_saved(found, 0.95) == pytest.approx(1 - 3 / 5 - 0.05)
    assert metrics.at_threshold(SCORES, TRUTH, 0.7) == {
        "threshold": 0.7,
        "precision": pytest.approx(2 / 3),
        "recall": 1.0,
    }


def test_the_threshold_of_a_recall_is_the_highest_that_reaches_it() -> None:
    found = metrics.cuts(SCORES, TRUTH)
    assert metrics.threshold_of_recall(found, 0.5) == 0.9
    assert metrics.threshold_of_recall(found, 0.51) == 0.7
    assert metrics.threshold_of_recall(metrics.cuts([0.5], [False]), 0.5) is None


def test_scores_that_promise_too_much_add_up_to_more_than_there_is() -> None:
    assert metrics.expected_over_relevant([0.9, 0.6], [True, False]) == pytest.approx(1.5)
    assert metrics.expected_over_relevant([0.9], [False]) is None


def test_equal_scores_win_nothing_by_their_order() -> None:
    assert metrics.average_precision(metrics.cuts([0.5] * 4, [True, False, False, False])) == 0.25
    assert metrics.average_precision(metrics.cuts([0.5] * 4, [False, False, False, True])) == 0.25


def test_brier_and_calibration_by_hand() -> None:
    assert metrics.brier([1.0, 0.0, 0.5], [True, False, True]) == pytest.approx(0.25 / 3)
    assert metrics.calibration_error([0.85, 0.85], [True, False]) == pytest.approx(0.35)
    assert metrics.calibration_error([1.0, 0.0], [True, False]) == 0.0


def test_a_pool_without_relevant_rows_has_no_figures_and_no_error() -> None:
    out = evaluate([{"label": "not_relevant", "title": None, "text": None}], load())
    assert out["average_precision"] is None
    assert out["at_threshold"]["recall"] is None
    assert evaluate([], load())["n"] == 0


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
def test_figures_stay_within_their_bounds(rows: list[tuple[float, bool]]) -> None:
    scores, truth = [s for s, _ in rows], [y for _, y in rows]
    found = metrics.cuts(scores, truth)
    for figure in (
        metrics.average_precision(found),
        metrics.precision_at_recall(found, 0.95),
        metrics.recall_at_precision(found, 0.9),
        metrics.brier(scores, truth),
        metrics.calibration_error(scores, truth),
    ):
        assert figure is None or 0.0 <= figure <= 1.0 + 1e-12


POOL = [
    {
        "id": f"r{n}",
        "label": "relevant",
        "title": f"Kabul and Islamabad hold talks {n}",
        "text": "x",
    }
    for n in range(12)
] + [
    {"id": f"n{n}", "label": "not_relevant", "title": f"Sugar prices fall again {n}", "text": "x"}
    for n in range(28)
]


def test_unsure_rows_are_left_out_and_kinds_reported_apart() -> None:
    unsure = {"label": "unsure", "title": "Kabul and Islamabad hold talks", "text": "x"}
    out = evaluate([*POOL, unsure, {**POOL[0], "kind": "full"}], load())
    assert out["n"] == 41
    assert out["by_kind"]["full"]["n"] == 1
    assert out["by_kind"]["short"]["relevant"] == 12
    assert out["average_precision"] == 1.0
