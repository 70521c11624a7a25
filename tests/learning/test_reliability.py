"""What scores promised is set beside what became of them, with how sure one can be."""

from __future__ import annotations

import random

from classifiers.measuring.reliability import level_told, reliability


def answered(share_of: float, n: int = 400, seed: int = 1) -> list[tuple[float, bool]]:
    """Scores all over, accepted ``share_of`` times as often as they promise."""
    draw = random.Random(seed)  # noqa: S311
    scores = [draw.random() for _ in range(n)]
    return [(score, draw.random() < score * share_of) for score in scores]


def test_honest_scores_hold_and_every_answer_is_in_one_band() -> None:
    pairs = answered(1.0)
    bands = reliability(pairs)
    assert sum(band.n for band in bands) == len(pairs)
    assert sum(band.holds for band in bands) >= len(bands) - 1
    assert "within what chance allows" in level_told(pairs)
    for band in bands:
        assert band.low <= band.promised < band.high or band.high == 1.0
        assert band.interval[0] <= band.kept <= band.interval[1]


def test_scores_that_promise_too_much_are_told() -> None:
    pairs = answered(0.5)
    assert "they promise too much" in level_told(pairs)
    assert not all(band.holds for band in reliability(pairs))
    assert "they promise too little" in level_told([(0.2, True)] * 40)


def test_few_answers_are_no_measure() -> None:
    assert level_told(answered(1.0, n=12)).startswith("Not yet measurable: 12 scores")
    assert reliability([]) == []


def test_scores_at_the_very_ends_have_a_band() -> None:
    (low, high) = reliability([(0.0, False), (1.0, True)])
    assert (low.n, high.n, high.high) == (1, 1, 1.0)
