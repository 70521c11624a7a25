"""What a decision taught is told of exactly that decision."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.learning.teachers import MOST, Teachers, teachers_of
from classifiers.registry import trainer
from classifiers.types import Contribution, Example, Text

PARTS = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 4), st.floats(-1, 1)), min_size=1, max_size=60
)


def examples(many: int) -> list[Example]:
    return [
        Example(id=f"e{n}", text=Text(title=f"Title {n}", body=""), relevant=n % 2 == 0)
        for n in range(many)
    ]


@settings(deadline=None)
@given(PARTS)
def test_the_strongest_are_those_a_plain_count_finds(parts: list[tuple[int, int, float]]) -> None:
    table = np.zeros((10, 5))
    for row, column, part in parts:
        table[row, column] = part
    teachers = Teachers(examples(10))
    told = teachers.of_figures(table)
    named = teachers.rows()
    for column in range(5):
        own = table[:, column]
        if abs(own.sum()) < 0.05:
            assert column not in told
            continue
        found = teachers_of(told[column], named)
        assert len(found) <= MOST
        whole = np.abs(own).sum()
        best = sorted((-abs(part), row) for row, part in enumerate(own))[: len(found)]
        assert [t.example for t in found] == [f"e{row}" for _, row in best]
        for teacher in found:
            row = int(teacher.example[1:])
            assert teacher.share == pytest.approx(own[row] / whole, abs=0.006)
            assert teacher.relevant is (row % 2 == 0)
            assert teacher.title == f"Title {row}"


CARPETS = [
    ("Afghan carpet fair opens in Islamabad", "Weavers from Kabul show carpets in Islamabad."),
    ("Carpet weavers from Kabul praise Islamabad fair", "The carpet fair drew buyers."),
    ("Islamabad carpet fair extended by a week", "Afghan weavers sold carpets to buyers."),
]
NEXT = Text(
    title="Afghan weavers bring carpets to Islamabad again",
    body="The carpet fair in Islamabad hosts weavers from Kabul.",
)


def contributions(learnt: list[Example], text: Text) -> dict[str, Contribution]:
    judge = trainer().load(trainer().train(learnt))
    return {c.feature: c for c in judge.judge([text])[0].evidence.contributions}


def test_because_you_rejected_these_three() -> None:
    rejected = [
        Example(id=f"article:{n}", text=Text(title=title, body=body), relevant=False)
        for n, (title, body) in enumerate(CARPETS)
    ]
    accepted = Example(
        id="article:9",
        text=Text(title="Kabul and Islamabad agree truce", body="Talks on the TTP go on."),
        relevant=True,
    )
    found = contributions([*rejected, accepted], NEXT)
    fair = found["word:fair"]
    assert fair.weight < 0
    assert {t.example for t in fair.taught_by} == {"article:0", "article:1", "article:2"}
    assert all(t.share < 0 and not t.relevant for t in fair.taught_by)
    assert math.fsum(t.share for t in fair.taught_by) == pytest.approx(-1.0, abs=0.02)
    assert {t.title for t in fair.taught_by} == {title for title, _ in CARPETS}
    moved = [c for name, c in found.items() if not name.startswith("word") and c.taught_by]
    assert moved, "the weights of the figures were moved as well"


def test_what_nobody_taught_names_nobody() -> None:
    judge = trainer().load(None)
    shown = judge.judge([NEXT])[0].evidence.contributions
    assert shown
    assert not any(c.taught_by for c in shown)


def test_a_model_of_many_decisions_stays_small() -> None:
    """Three examples a word at most: the teachers are a part of it, not most of it."""
    draw = np.random.default_rng(1)
    letters = np.array(list("abcdefghijklmnopqrst"))
    pool = np.array(["".join(row) for row in draw.choice(letters, (9000, 5))])
    words = draw.choice(pool, (600, 85))
    many = [
        Example(
            id=f"{n:05}",
            text=Text(title=f"Kabul {' '.join(row[:5])}", body=" ".join(row[5:])),
            relevant=n % 4 == 0,
        )
        for n, row in enumerate(words)
    ]
    params = trainer().train(many).params
    terms = params["terms"]
    assert isinstance(terms, dict)
    assert len(terms) <= 8000
    assert all(len(row) <= 4 + 2 * MOST for row in terms.values())
