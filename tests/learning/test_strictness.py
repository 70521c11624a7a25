"""The shipped weights hold until the decisions show that a team means something else."""

import numpy as np
import pytest

from classifiers.learning.strictness import CHOICES, strictness

Sample = tuple[np.ndarray, np.ndarray, np.ndarray]
PRIOR = np.array([3.0, 0.0, -1.0])


def held(inputs: np.ndarray, offset: np.ndarray, labels: np.ndarray) -> float:
    return strictness(inputs @ inputs.T, np.ones((len(inputs), len(inputs))), offset, labels)


def decisions(meant: np.ndarray, n: int = 200, wrong: float = 0.0, seed: int = 0) -> Sample:
    draw = np.random.default_rng(seed)
    inputs = draw.uniform(size=(n, 3)) < 0.4
    chance = 1 / (1 + np.exp(-(inputs @ meant - 1.0)))
    labels = (draw.uniform(size=n) < chance) ^ (draw.uniform(size=n) < wrong)
    return inputs.astype(float), inputs @ PRIOR - 1.0, labels.astype(float)


def test_decisions_as_expected_and_few_decisions_leave_them_strict() -> None:
    assert held(*decisions(PRIOR, n=19)) == CHOICES[0]
    inputs, offset, _ = decisions(PRIOR)
    assert held(inputs, offset, np.ones(len(inputs))) == CHOICES[0]
    assert held(*decisions(PRIOR)) > 1.0


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_team_that_means_something_else_loosens_them(seed: int) -> None:
    other = np.array([-2.0, 4.0, -1.0])
    moved = held(*decisions(other, seed=seed))
    assert moved < 1.0
    assert moved < 0.75 * held(*decisions(PRIOR, seed=seed))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_wrong_answers_do_not_loosen_them_as_another_meaning_does(seed: int) -> None:
    other = np.array([-2.0, 4.0, -1.0])
    assert held(*decisions(PRIOR, wrong=0.1, seed=seed)) > held(*decisions(other, seed=seed))


@pytest.mark.slow
def test_it_stays_between_the_bounds_and_depends_on_nothing_else() -> None:
    some = decisions(np.array([-9.0, 9.0, 9.0]), n=1000)
    assert CHOICES[-1] <= held(*some) <= CHOICES[0]
    assert held(*some) == held(*some)
