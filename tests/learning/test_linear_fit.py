"""The fit finds the minimum it is meant to find, and does not run away from its prior."""

import numpy as np
import pytest

from classifiers.learning.calibrate import platt
from classifiers.learning.linear import fit, left_out, sigmoid


def problem(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    inputs = draw.normal(size=(n, 4))
    labels = (inputs @ np.array([1.0, -2.0, 0.5, 0.0]) + draw.normal(size=n) > 0).astype(float)
    prior = draw.normal(size=4)
    return inputs, labels, prior, draw.uniform(0.5, 2.0, size=n)


@pytest.mark.parametrize("seed", range(5))
def test_the_gradient_is_nought_at_the_fit(seed: int) -> None:
    inputs, labels, prior, counts = problem(60, seed)
    strict = 2.0
    found = fit(inputs @ inputs.T / strict, inputs @ prior, labels, counts)
    weights = prior + inputs.T @ found.alpha / strict
    slope = inputs.T @ (counts * (sigmoid(inputs @ weights) - labels)) + strict * (weights - prior)
    assert np.abs(slope).max() < 1e-5
    assert np.allclose(inputs @ weights, found.logits, atol=1e-8)


def test_one_sided_labels_and_equal_examples_do_not_run_away() -> None:
    inputs = np.ones((50, 3))
    found = fit(inputs @ inputs.T / 2.0, np.zeros(50), np.ones(50), np.ones(50))
    assert np.isfinite(found.logits).all()
    assert found.logits.max() < 10


@pytest.mark.parametrize("n", [80, 301])
def test_left_out_log_odds_are_those_of_a_fit_without_the_example(n: int) -> None:
    inputs, labels, prior, _ = problem(n, 7)
    kernel, offset, ones = inputs @ inputs.T / 2.0, inputs @ prior, np.ones(n)
    quick = left_out(kernel, fit(kernel, offset, labels, ones), labels, ones)
    for place in range(0, n, n // 5):
        keep = np.arange(n) != place
        less = fit(kernel[np.ix_(keep, keep)], offset[keep], labels[keep], ones[keep])
        honest = offset[place] + kernel[place, keep] @ less.alpha
        assert quick[place] == pytest.approx(honest, abs=0.25)


def test_calibration_tames_boasting_and_leaves_honesty_alone() -> None:
    draw = np.random.default_rng(0)
    logits = draw.normal(scale=2.0, size=2000)
    labels = (draw.uniform(size=2000) < sigmoid(logits)).astype(float)
    slope, shift = platt(logits, labels)
    assert slope == pytest.approx(1.0, abs=0.15)
    assert shift == pytest.approx(0.0, abs=0.2)
    tamed, _ = platt(3 * logits, labels)
    assert tamed == pytest.approx(1 / 3, abs=0.06)
