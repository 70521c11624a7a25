"""The judgement's figures where the weights never saw what they judge; the floors may only rise.

The labelled news belongs to others and is no part of the project: where it is absent, its tests
skip. The pool written for the project is always there.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from classifiers.learning.linear import sigmoid
from classifiers.measuring import report
from classifiers.measuring.curve import Plan, curve
from classifiers.measuring.sheet import Sheet, rows_of
from classifiers.pack import TOPICS, load_pack
from classifiers.two_pole import prior_params

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("TORKHAM_SHARED", ROOT.parent / "shared")) / "data" / "topic"
UNSEEN: dict[str, float] = json.loads(
    (TOPICS / "pak_afg_ttp" / "floors.json").read_text(encoding="utf-8")
)["cross_validated"]
FLOORS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "floors.json").read_text(encoding="utf-8")
)["judgement"]


def read(path: Path) -> Sheet:
    if not path.exists():
        pytest.skip(f"no labelled news at {path}; set TORKHAM_SHARED")
    lines = path.read_text(encoding="utf-8").split("\n")
    return Sheet(rows_of(json.loads(line) for line in lines if line.strip()), load_pack())


@pytest.fixture(scope="module")
def dev() -> Sheet:
    return read(DATA / "dev.jsonl")


@pytest.fixture(scope="module")
def figures(dev: Sheet) -> dict[str, Any]:
    judged = report.judged_unseen(dev, 5, read(DATA / "stream.jsonl"))
    return report.report(dev, judged, threshold=dev.pack.relevant_at)


@pytest.mark.parametrize(("kind", "asked"), [("all", 0.96), ("full", 0.95), ("short", 0.97)])
def test_with_no_reviews_unseen_articles_are_ranked(
    figures: dict[str, Any], kind: str, asked: float
) -> None:
    found = figures if kind == "all" else figures["by_kind"][kind]
    assert found["average_precision"] >= max(asked, UNSEEN[kind])


def test_one_threshold_finds_nineteen_of_twenty_and_shows_little(figures: dict[str, Any]) -> None:
    line = figures["stream"]["at_recall_95"]
    assert line["recall"] >= 0.95
    assert line["share"] <= FLOORS["stream_share"] < 0.02


def test_no_strand_is_left_out(figures: dict[str, Any]) -> None:
    missed = [r for r in figures["by_strand"] if r["n"] >= 10 and r["recall"] < 0.75]
    assert not missed


def at(points: list[dict[str, Any]], reviews: int) -> dict[str, Any]:
    return next(point for point in points if point["reviews"] == reviews)


@pytest.mark.slow
def test_reviews_make_it_better_and_wrong_ones_hardly_worse(dev: Sheet) -> None:
    right = curve(dev, Plan(reviews=300, splits=4))
    for reviews, floor in FLOORS["curve"].items():
        assert at(right, int(reviews))["average_precision"] >= floor
    for reviews, floor in FLOORS["curve_full"].items():
        assert at(right, int(reviews))["average_precision_by_kind"]["full"] >= floor
    for point in right[5:]:
        assert 0.85 <= point["expected_over_relevant"] <= 1.15, point["reviews"]
    wrong = curve(dev, Plan(reviews=300, splits=4, wrong=0.1))
    for reviews in (50, 100, 200, 300):
        cost = at(right, reviews)["average_precision"] - at(wrong, reviews)["average_precision"]
        assert cost <= FLOORS["wrong_answers_cost"]


@pytest.mark.slow
def test_a_wider_definition_is_followed(dev: Sheet) -> None:
    points = curve(dev, Plan(reviews=200, splits=4, widen=True))
    assert points[-1]["average_precision"] >= FLOORS["widened_at_200"] >= 0.9
    assert points[-1]["average_precision"] > points[0]["average_precision"] + 0.03


# --- the pool written for the project ---------------------------------------------------------


@pytest.fixture(scope="module")
def small() -> Sheet:
    return read(ROOT / "tests" / "data" / "pool.jsonl")


def test_the_shipped_model_holds_its_floors_on_our_own_pool(small: Sheet) -> None:
    scores = sigmoid(small.logits(prior_params(small.pack)))
    found = report.report(small, report.Judged(scores=scores), threshold=small.pack.relevant_at)
    floors = FLOORS["pool"]
    assert found["average_precision"] >= floors["average_precision"]
    assert found["at_threshold"]["recall"] >= floors["recall"]
    assert found["at_threshold"]["precision"] >= floors["precision"]


TRAPS = (
    "Justice Naeem Afghan to head the bench",
    "Flood warning for the Kabul River at Nowshera",
    "Anglers return to the Kabul river",
    "Defenders map attacker TTP to a public framework",
    "Patch now, says vendor",
    "Seven of Fitna al-Hindustan killed in Kalat",
    "BLA claims blast on railway line near Sibi",
    "IEA cuts its forecast of oil demand",
    "Tehreek-e-Insaf announces rally in Lahore",
    "Tehreek-i-Labbaik calls off march on Islamabad",
    "Afghanistan beat Pakistan by six wickets",
    "Durand Cup final goes to penalties",
    "Hussain Haqqani's book on diplomacy reviewed",
    "Afghan hound wins best in show",
    "Council delays vote on school meals",
    "Writing detection rules that last",
    "جامعہ کے طالبان علم کا فیسوں کے خلاف احتجاج",
)


@pytest.mark.parametrize("title", TRAPS)
def test_a_trap_stays_below_the_line_and_below_all_that_is_relevant(
    small: Sheet, title: str
) -> None:
    scores = sigmoid(small.logits(prior_params(small.pack)))
    place = next(n for n, row in enumerate(small.rows) if row.text.title == title)
    assert not small.relevant[place]
    assert scores[place] < small.pack.relevant_at
    assert scores[place] < np.quantile(scores[small.relevant], 0.05)


def test_our_own_pool_is_ours_and_whole(small: Sheet) -> None:
    assert 60 <= len(small) <= 120
    assert small.relevant.sum() >= 25
    assert small.unsure.sum() >= 10
    assert set(small.kinds) == {"full", "short"}
    assert len(set(small.groups.tolist())) < len(small), "it has near copies"
    for private in (DATA / "dev.jsonl", DATA / "stream.jsonl"):
        if private.exists():
            theirs = {json.loads(line)["title"] for line in private.open(encoding="utf-8")}
            assert not theirs & {row.text.title for row in small.rows}
