"""Two models compared on the same decisions: the difference, and how far it may be chance."""

import math
import random

import pytest

from classifiers.learning.pairing import paired

TRUTH = [n % 3 == 0 for n in range(60)]
GOOD = [0.8 if y else 0.1 for y in TRUTH]


def test_a_model_differs_from_itself_by_nothing() -> None:
    told = paired(GOOD, GOOD, TRUTH)
    assert told["surprise_change"] == told["surprise_change_error"] == 0.0
    assert told["average_precision_change"] == told["average_precision_change_error"] == 0.0
    assert told["average_precision"] == 1.0


def test_the_change_has_the_sign_of_harm_and_help() -> None:
    coin = [0.5] * len(TRUTH)
    better, worse = paired(GOOD, coin, TRUTH), paired(coin, GOOD, TRUTH)
    assert better["surprise_change"] == -worse["surprise_change"] < 0
    assert better["average_precision_change"] == -worse["average_precision_change"] > 0
    assert worse["log_loss"] == pytest.approx(math.log(2))


@pytest.mark.slow
def test_a_difference_by_chance_stays_within_its_error() -> None:
    """Of 60 pairs of equally good models, about one in ten differs beyond 1.645 errors."""
    draw = random.Random(5)  # noqa: S311
    beyond = 0
    for _ in range(60):
        a, b = ([min(0.99, max(0.01, draw.gauss(s, 0.15))) for s in GOOD] for _ in range(2))
        told = paired(a, b, TRUTH)
        beyond += abs(told["surprise_change"]) > 1.645 * told["surprise_change_error"]
    assert 1 <= beyond <= 14


def test_a_difference_that_one_decision_made_is_in_doubt() -> None:
    slipped = [0.001, *GOOD[1:]]
    told = paired(slipped, GOOD, TRUTH)
    assert told["surprise_change"] > 0
    assert told["surprise_change"] < 1.645 * told["surprise_change_error"]


def test_one_sided_decisions_give_no_ranking_and_none_give_nothing() -> None:
    told = paired([0.1, 0.2], [0.3, 0.3], [False, False])
    assert "average_precision" not in told
    assert told["surprise_change"] < 0
    assert paired([], [], []) == {}


def test_certainty_that_is_wrong_stays_a_number() -> None:
    assert math.isfinite(paired([1.0, 0.0], [0.0, 1.0], [False, True])["surprise_change"])
