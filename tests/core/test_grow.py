"""What is learnt from, what is held out, and which model is promoted."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

import pytest

from monitor.stages import grow
from store.learned import Label


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


def test_edited_copies_of_a_story_are_never_on_both_sides() -> None:
    """A wire story that two outlets cut differently keeps its headline."""
    titles = [f"Envoys meet for round {n} of talks" for n in range(200)]
    labels = [
        replace(label(f"{title} {cut}", name=f"{cut}{title}"), title=title)
        for title in titles
        for cut in ("short", "long")
    ]
    train, held_out = grow.select(labels)
    assert held_out
    assert not {row.title for row in train} & {row.title for row in held_out}


@pytest.mark.parametrize("origin", ["seed", "import"])
def test_what_was_given_as_an_example_is_always_learnt_from(
    origin: Literal["seed", "import"],
) -> None:
    given = [label(f"text {n}", origin=origin, name=f"s{n}") for n in range(100)]
    reviews = [label(f"text {n}") for n in range(100)]
    assert grow.select([*reviews, *given])[1] == ()


def figures(
    relevant: int = 20,
    other: int = 20,
    *,
    surprise: tuple[float, float] = (0.0, 0.01),
    ranking: tuple[float, float] = (0.0, 0.01),
) -> dict[str, float]:
    return {
        "held_out_relevant": float(relevant),
        "held_out_not_relevant": float(other),
        "log_loss": 0.3,
        "surprise_change": surprise[0],
        "surprise_change_error": surprise[1],
        "average_precision": 0.9,
        "average_precision_change": ranking[0],
        "average_precision_change_error": ranking[1],
    }


@pytest.mark.parametrize(
    ("told", "promoted"),
    [
        (figures(), True),
        (figures(surprise=(-0.1, 0.01), ranking=(0.1, 0.01)), True),
        (figures(surprise=(0.03, 0.01)), False),
        (figures(surprise=(0.03, 0.03)), True),  # one decision may have done that
        (figures(surprise=(0.004, 0.0)), True),  # slight, however certain
        (figures(ranking=(-0.03, 0.01)), False),
        (figures(ranking=(-0.03, 0.03)), True),
        (figures(ranking=(-0.009, 0.001)), True),  # within a hundredth
        (figures(surprise=(math.nan, 0.01)), False),
        (figures(ranking=(math.nan, math.nan)), False),
        (figures(surprise=(-0.1, math.nan)), False),
    ],
)
def test_a_candidate_that_is_worse_beyond_doubt_is_not_promoted(
    told: dict[str, float], promoted: bool
) -> None:
    verdict, why = grow.promotes(told)
    assert verdict is promoted
    assert why


def test_few_decisions_can_refuse_a_candidate_that_is_far_worse() -> None:
    """Even one answer only, where a ranking cannot be compared at all."""
    verdict, why = grow.promotes(figures(0, 6, surprise=(0.8, 0.3)))
    assert verdict is False
    assert "6 held-out decisions" in why


def test_a_ranking_of_too_few_of_one_answer_refuses_nothing() -> None:
    verdict, why = grow.promotes(figures(4, 30, ranking=(-0.5, 0.01)))
    assert verdict is True
    assert "too few" in why


def test_a_missing_figure_refuses() -> None:
    told = figures()
    del told["surprise_change"]
    assert grow.promotes(told)[0] is False


def test_the_reason_names_the_figure_and_both_values() -> None:
    _, why = grow.promotes(figures(surprise=(0.1, 0.01)))
    assert "log loss 0.200 would become 0.300" in why
    _, why = grow.promotes(figures(ranking=(-0.05, 0.01)))
    assert why.startswith("average precision would go from 0.950 to 0.900")


def test_with_too_few_decisions_held_out_it_says_that_it_cannot_be_measured() -> None:
    verdict, why = grow.promotes(figures(2, 3, surprise=(9.0, 0.1)))
    assert verdict is True
    assert why.startswith("not yet measurable: 2 relevant and 3 other")
