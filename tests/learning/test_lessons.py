"""What is remembered of examples changes no model, stays within its bound, and adds up."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.features import Reader
from classifiers.learning.calibrate import platt
from classifiers.learning.lessons import Lesson, Lessons, matrix
from classifiers.learning.linear import fit, fit_few
from classifiers.lexicon import load_lexicon
from classifiers.pack import load_pack
from classifiers.profile import Profile
from classifiers.registry import trainer
from classifiers.types import Example, Text

PACK = load_pack()
READER = Reader(PACK, load_lexicon(), Profile(PACK.profile))
WORDS = ["alpha", "beta", "gamma", "delta", "kabul", "torkham", "talks", "apples", "report"]
ROWS = st.lists(st.lists(st.sampled_from(WORDS), max_size=12), min_size=1, max_size=140)


def lesson(words: list[str]) -> Lesson:
    once = list(dict.fromkeys(words))
    counts = bytes(words.count(word) for word in once)
    return Lesson(values=(), terms="\n".join(once), counts=counts)


@settings(deadline=None)
@given(ROWS)
def test_inner_products_are_those_of_the_rows(rows: list[list[str]]) -> None:
    found = matrix([lesson(row) for row in rows], [True] * len(rows), most_in=999, most=999)
    dense = np.zeros((len(rows), len(found.terms)))
    dense[found.rows, found.columns] = found.weights
    assert np.allclose(found.products(), dense @ dense.T)
    pull = np.arange(len(rows), dtype=float)
    assert np.allclose(found.down(pull), dense.T @ pull)
    for place, row in enumerate(rows):
        assert set(found.row(place)) == set(row)
        assert np.isclose((dense[place] ** 2).sum(), 1.0 if row else 0.0)


def test_words_in_nearly_every_example_and_lone_words_of_others_are_left_out() -> None:
    rows = [["said", "alpha", "one"], ["said", "alpha", "two"], ["said", "three"]]
    found = matrix([lesson(row) for row in rows], [True, False, False], most_in=2, most=9)
    assert found.terms == ("alpha", "one")
    assert list(found.count(np.array([False, True, True]))) == [1, 0]


def test_a_remembered_text_teaches_what_it_taught_when_it_was_read() -> None:
    lessons = Lessons(READER)
    text = Text(title="Kabul and Islamabad", body="Talks on Torkham. " * 9)
    assert lessons.of(text) == lessons.of(text) == Lessons(READER).of(text)


def test_what_tells_two_texts_apart_is_remembered_apart() -> None:
    lessons = Lessons(READER)
    base: dict[str, Any] = {"title": "FM leaves for Kabul", "body": "He spoke."}
    at_home = lessons.of(Text(**base, outlet="dawn"))
    assert lessons.of(Text(**base)).values != at_home.values
    assert lessons.of(Text(**base, side="pakistan")).values == at_home.values
    joined = Text(title="FM leaves", body=" for KabulHe spoke.")
    assert lessons.of(joined).terms != lessons.of(Text(**base)).terms


def test_no_more_is_remembered_than_the_bound() -> None:
    lessons = Lessons(READER, kept=5)
    for n in range(20):
        lessons.of(Text(title=f"Kabul {n}", body="\ud800"))
    assert len(lessons) == 5


def test_a_few_weights_are_found_as_the_large_fit_finds_them() -> None:
    draw = np.random.default_rng(3)
    inputs = draw.normal(size=(70, 2))
    offset, labels = draw.normal(size=70), (draw.uniform(size=70) < 0.4).astype(float)
    large = inputs.T @ fit(inputs @ inputs.T, offset, labels, np.ones(70)).alpha
    assert fit_few(inputs, offset, labels) == pytest.approx(large, abs=1e-4)


def test_calibration_survives_certainty_that_is_wrong() -> None:
    slope, shift = platt(np.array([60.0, -60.0] * 30), np.array([0.0, 1.0] * 30))
    assert slope == 0.2
    assert np.isfinite(shift)


def test_decisions_learnt_again_give_the_same_model_and_are_not_read_again() -> None:
    draw = np.random.default_rng(0)
    pool = [f"word{n}" for n in range(2000)]
    some = [
        Example(
            id=f"{n:04}",
            text=Text(title=f"Kabul note {n}", body=" ".join(draw.choice(pool, 900))),
            relevant=n % 3 == 0,
        )
        for n in range(100)
    ]
    assert trainer().train(some) == trainer().train(some)
    lessons = Lessons(READER)
    read = [lessons.of(one.text) for one in some]
    assert all(lessons.of(one.text) is lesson for one, lesson in zip(some, read, strict=True))
