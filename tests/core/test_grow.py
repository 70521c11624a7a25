"""What is learnt from, what is held out, and which model is promoted."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Literal

import pytest

from monitor.stages import grow
from store.types import Label


def label(
    body: str, *, origin: Literal["seed", "import", "review"] = "review", name: str = ""
) -> Label:
    return Label(
        id=name or f"import:{body}",
        title="A title",
        body=body,
        outlet="Dawn",
        language="en",
        side=None,
        relevant=True,
        origin=origin,
        by="r",
        at=datetime(2026, 3, 12, tzinfo=UTC),
    )


def test_about_one_in_ten_is_held_out_and_none_is_lost() -> None:
    labels = [label(f"text {n}") for n in range(2_000)]
    train, held_out = grow.select(labels)
    assert 150 < len(held_out) < 250
    assert sorted(row.id for row in (*train, *held_out)) == sorted(row.id for row in labels)


def test_a_text_keeps_its_side_when_others_come_or_its_answer_changes() -> None:
    before = {row.id for row in grow.select([label(f"text {n}") for n in range(100)])[1]}
    after = {row.id for row in grow.select([label(f"text {n}") for n in range(199, -1, -1)])[1]}
    assert before
    assert before <= after


def test_copies_of_a_text_are_never_on_both_sides() -> None:
    labels = [label(f"text  {n}", name=f"a{n}") for n in range(200)]
    labels += [label(f"TEXT {n} ", name=f"b{n}") for n in range(200)]
    train, held_out = grow.select(labels)
    assert not {row.id[1:] for row in train} & {row.id[1:] for row in held_out}


def test_seeds_and_their_copies_are_always_learnt_from() -> None:
    seeds = [label(f"text {n}", origin="seed", name=f"s{n}") for n in range(100)]
    reviews = [label(f"text {n}") for n in range(100)]
    assert grow.select([*reviews, *seeds])[1] == ()


GOOD = {"average_precision": 0.8, "recall": 0.9, "brier": 0.1}
COUNTS = {"held_out_relevant": 10.0, "held_out_not_relevant": 10.0}


@pytest.mark.parametrize(
    ("change", "promoted"),
    [
        ({}, True),
        ({"average_precision": 0.9, "brier": 0.05}, True),
        ({"average_precision": 0.795}, True),  # within a hundredth
        ({"average_precision": 0.78}, False),
        ({"recall": 0.85}, False),
        ({"brier": 0.13}, False),
        ({"average_precision": math.nan}, False),
        ({"brier": math.inf}, False),
    ],
)
def test_a_candidate_that_is_worse_in_any_figure_is_not_promoted(
    change: dict[str, float], promoted: bool
) -> None:
    verdict, why = grow.promotes({**GOOD, **COUNTS, **change}, GOOD)
    assert verdict is promoted
    assert why


def test_a_missing_figure_refuses() -> None:
    assert grow.promotes({**COUNTS, "recall": 0.9}, GOOD)[0] is False
    assert grow.promotes({**COUNTS, **GOOD}, {})[0] is False


def test_the_reason_names_the_figure_and_both_values() -> None:
    _, why = grow.promotes({**GOOD, **COUNTS, "recall": 0.5}, GOOD)
    assert why == "recall would go from 0.900 to 0.500"


def test_with_too_few_decisions_held_out_it_says_that_it_cannot_be_measured() -> None:
    figures = {**GOOD, "held_out_relevant": 2.0, "held_out_not_relevant": 9.0, "recall": 0.1}
    verdict, why = grow.promotes(figures, GOOD)
    assert verdict is True
    assert why.startswith("not yet measurable: 2 relevant and 9 other")
