"""A pool's figures are honest: copies count once, and nothing is judged by what it taught."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from classifiers.learning.linear import Floats, sigmoid
from classifiers.measuring import report
from classifiers.measuring.baselines import baselines, compared
from classifiers.measuring.curve import (
    Plan,
    Split,
    TwoPoleLearner,
    curve,
    next_batch,
    shares,
    splits_of,
)
from classifiers.measuring.sheet import Sheet, rows_of
from classifiers.measuring.unseen import cross_validated, fitted_on, folds_of, hand_set
from classifiers.pack import Team, load_pack
from classifiers.registry import load, trainer
from classifiers.two_pole import prior_params
from classifiers.types import Example

FILE = Path(__file__).resolve().parents[1] / "data" / "pool.jsonl"
ROWS: list[dict[str, Any]] = [
    json.loads(line) for line in FILE.read_text(encoding="utf-8").split("\n") if line
]


def sheet_of(rows: list[dict[str, Any]]) -> Sheet:
    return Sheet(rows_of(rows), load_pack())


@pytest.fixture(scope="module")
def sheet() -> Sheet:
    return sheet_of(ROWS)


# --- unseen ---------------------------------------------------------------------------------


def test_a_sheet_scores_as_the_classifier_does_cold_and_trained(sheet: Sheet) -> None:
    texts = [row.text for row in sheet.rows]
    examples = [
        Example(id=row.id, text=row.text, relevant=row.label == "relevant") for row in sheet.rows
    ]
    taught = trainer().train(examples)
    assert taught.params["terms"]
    for model in (None, taught):
        params = prior_params(sheet.pack) if model is None else model.params
        judged = [verdict.score for verdict in load(model).judge(texts)]
        assert sigmoid(sheet.logits(params)).tolist() == pytest.approx(judged, abs=1e-9)


def test_a_sheet_counts_what_the_team_counts() -> None:
    team = Team(switches=(("india_taliban", "in"),))
    pack = load_pack(team=team)
    assert "india_taliban" in pack.definition["strands"], "another name for it"
    rows = rows_of(row for row in ROWS if row["label"] == "unsure")
    judged = load(team=team).judge([row.text for row in rows])
    found = sigmoid(Sheet(rows, pack).logits(prior_params(pack)))
    assert found.tolist() == pytest.approx([verdict.score for verdict in judged], abs=1e-9)
    plain = sigmoid(Sheet(rows, load_pack()).logits(prior_params(load_pack())))
    assert (found > plain).any()


def test_no_row_is_judged_by_a_fit_that_saw_it_or_its_copy(sheet: Sheet) -> None:
    """Turning a group's labels round moves the scores of others, and never its own."""
    before = cross_validated(sheet, 5)
    place = next(n for n, row in enumerate(sheet.rows) if row.event == "doha-round")
    group = sheet.groups == sheet.groups[place]
    assert group.sum() == 2
    turned = [
        {**row, "label": "not_relevant"} if row.get("event_group") == "doha-round" else row
        for row in ROWS
    ]
    other = sheet_of(turned)
    fold = folds_of(sheet, 5)
    moved = np.zeros(len(sheet))
    for number in range(5):
        held = fold == number
        pack = fitted_on(other, ~held, other.pack)
        moved[held] = other.logits(prior_params(pack))[held]
    assert moved[group].tolist() == before[group].tolist()
    elsewhere = fold != fold[place]
    assert (moved[elsewhere] != before[elsewhere]).all()


def test_folds_keep_copies_together_and_share_out_what_is_relevant(sheet: Sheet) -> None:
    fold = folds_of(sheet, 4, seed=3)
    assert fold.tolist() == folds_of(sheet, 4, seed=3).tolist()
    assert fold.tolist() != folds_of(sheet, 4, seed=4).tolist()
    for group in set(sheet.groups.tolist()):
        assert len(set(fold[sheet.groups == group].tolist())) == 1
    relevant = [int(sheet.relevant[fold == n].sum()) for n in range(4)]
    assert max(relevant) - min(relevant) <= 3


def test_the_unsure_teach_no_weights(sheet: Sheet) -> None:
    all_rows = np.ones(len(sheet), dtype=np.bool_)
    assert fitted_on(sheet, all_rows, sheet.pack) == fitted_on(sheet, ~sheet.unsure, sheet.pack)
    assert hand_set(sheet.pack).weights == sheet.pack.prior


# --- the report -----------------------------------------------------------------------------


def told_of(sheet: Sheet, scores: Floats) -> dict[str, Any]:
    return report.report(sheet, report.Judged(scores=scores), threshold=0.5)


def test_the_unsure_are_left_out_and_counted_either_way_beside_it() -> None:
    rows = [
        {"title": "a", "text": "x", "label": "relevant", "kind": "short"},
        {"title": "b", "text": "x", "label": "unsure", "kind": "short"},
        {"title": "c", "text": "x", "label": "not_relevant", "kind": "short"},
        {"title": "d", "text": "x", "label": "relevant", "kind": "full"},
    ]
    found = told_of(sheet_of(rows), np.array([0.7, 0.9, 0.2, 0.6]))
    assert (found["n"], found["relevant"], found["unsure_rows"]) == (3, 2, 1)
    assert found["average_precision"] == 1.0
    either = found["average_precision_with_unsure"]
    assert either["as_not_relevant"] == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert either["as_relevant"] == 1.0
    assert found["by_kind"]["full"]["average_precision_with_unsure"]["n"] == 1
    assert found["by_kind"]["short"]["average_precision_with_unsure"]["n"] == 3


def test_strands_and_bands_count_every_row_once(sheet: Sheet) -> None:
    scores = sigmoid(sheet.logits(prior_params(sheet.pack)))
    found = told_of(sheet, scores)
    assert sum(row["n"] for row in found["by_strand"]) == found["relevant"] == 34
    hits = sum(row["n"] * row["recall"] for row in found["by_strand"])
    assert hits / 34 == pytest.approx(found["at_threshold"]["recall"])
    assert sum(band["n"] for band in found["reliability"]) == found["n"] == 80
    assert sum(band["relevant"] for band in found["reliability"]) == 34
    everywhere = report.strands_of_rows(sheet, [n for n, y in enumerate(sheet.relevant) if y])
    lowest = told_of(sheet, np.zeros(len(sheet)))
    assert {row["strand"] for row in lowest["by_strand"]} == set(everywhere), (
        "a relevant article that is missed keeps its strand"
    )


def test_the_worst_come_first_and_the_unsure_never(sheet: Sheet) -> None:
    scores = np.where(sheet.relevant, 0.9, 0.1)
    scores[[3, 40]] = 0.05, 0.97
    scores[sheet.unsure] = 0.99
    rows = report.worst(sheet, scores, 3)
    assert [row["id"] for row in rows[:2]] == [sheet.rows[40].id, sheet.rows[3].id]
    assert "unsure" not in {row["label"] for row in report.worst(sheet, scores, 1000)}
    assert len(report.worst(sheet, scores, 1000)) == 80


def test_a_stream_is_measured_at_the_threshold_that_the_pool_sets() -> None:
    rows = [
        {"title": f"row {n}", "text": "", "label": "relevant" if n < 20 else "not_relevant"}
        for n in range(40)
    ]
    own = sheet_of(rows)
    scores = np.concatenate([np.linspace(0.99, 0.5, 20), np.linspace(0.4, 0.0, 20)])
    nothing = np.nan
    stream = np.array([[0.9, 0.9], [0.9, 0.1], [nothing, 0.1], [nothing, 0.6], [0.0, 0.0]])
    found = report.report(own, report.Judged(scores=scores, stream=stream), threshold=0.95)
    line = found["stream"]["at_recall_95"]
    assert line["recall"] == 0.95
    assert line["threshold"] == pytest.approx(np.linspace(0.99, 0.5, 20)[18])
    assert line["share"] == pytest.approx((1 + 0.5 + 0 + 1 + 0) / 5)
    assert found["stream"]["at_threshold"]["share"] == 0.0


def test_a_copy_in_the_stream_is_never_judged_by_what_its_original_taught(sheet: Sheet) -> None:
    known, fresh = (
        ROWS[5],
        {"title": "Sugar is dearer in the bazaar of Multan", "text": "Buyers sigh."},
    )
    stream = sheet_of([known, fresh])
    found = report.judged_unseen(sheet, 5, stream).stream
    assert found is not None
    assert found.shape == (2, 5)
    assert np.isnan(found[0]).sum() == 4
    assert not np.isnan(found[1]).any()


def test_baselines_stand_beside_it_for_the_same_rows(sheet: Sheet) -> None:
    found = compared(sheet, baselines(sheet, folds=5))
    assert set(found) == {"keywords", "seeds", "hand", "fitted"}
    for row in found.values():
        assert set(row) == {"all", "full", "short"}
    assert found["seeds"]["all"] < found["keywords"]["all"] < found["hand"]["all"]  # type: ignore[operator] # none is None: the pool has relevant rows


# --- the simulated desk ---------------------------------------------------------------------


class Oracle:
    """Knows the order and nothing of the level."""

    def __init__(self, order: Floats) -> None:
        self.order = order
        self.asked: list[tuple[list[int], list[bool]]] = []

    def scores(self, reviewed: Any, answers: Any) -> Floats:
        self.asked.append((list(reviewed), list(answers)))
        return self.order


def test_a_batch_is_mostly_the_likeliest_some_nearest_to_even_some_at_random(sheet: Sheet) -> None:
    logits = np.linspace(4.0, -5.0, len(sheet))
    waiting = np.arange(len(sheet))
    draw = np.random.default_rng(0)
    batch = next_batch(sheet, waiting, logits, 10, (6, 3, 1), draw)
    assert batch[:6] == [0, 1, 2, 3, 4, 5]
    even = sorted(range(len(sheet)), key=lambda n: abs(logits[n]))[:3]
    assert sorted(batch[6:9]) == sorted(even)
    assert len(set(batch)) == 10


@pytest.mark.parametrize(
    ("size", "mix", "parts"),
    [
        (10, (6, 3, 1), (6, 3, 1)),
        (1, (6, 3, 1), (1, 0, 0)),
        (7, (6, 3, 1), (4, 2, 1)),
        (5, (1, 0, 0), (5, 0, 0)),
    ],
)
def test_a_batch_of_any_size_is_shared_out_whole(
    size: int, mix: tuple[int, int, int], parts: tuple[int, int, int]
) -> None:
    assert shares(size, mix) == parts


def test_what_taught_the_prior_is_neither_reviewed_nor_measured(sheet: Sheet) -> None:
    for split in splits_of(sheet, Plan(reviews=10, splits=6)):
        together = split.prior.astype(int) + split.reviewed + split.measured
        assert together.max() == 1
        assert together[~sheet.unsure].min() == 1
        assert not together[sheet.unsure].any()
        parts = [
            set(sheet.groups[p].tolist()) for p in (split.prior, split.reviewed, split.measured)
        ]
        assert len(parts[0] | parts[1] | parts[2]) == sum(map(len, parts)), "copies on two sides"
    four = splits_of(sheet, Plan(reviews=10, splits=4))
    measured = np.sum([split.measured for split in four], axis=0)
    assert measured.tolist() == (~sheet.unsure).astype(int).tolist()


def test_as_shipped_half_is_reviewed_and_half_measures(sheet: Sheet) -> None:
    for split in splits_of(sheet, Plan(reviews=10, splits=2, unseen=False)):
        assert not split.prior.any()
        assert (split.reviewed ^ split.measured).tolist() == (~sheet.unsure).tolist()


def test_a_curve_can_be_repeated_and_reviews_what_it_says(sheet: Sheet) -> None:
    plan = Plan(reviews=12, batch=5, seed=3, splits=2)
    found = curve(sheet, plan)
    assert [point["reviews"] for point in found] == [0, 5, 10, 12]
    assert found == curve(sheet, plan)
    assert found[-1]["found"] >= found[1]["found"] > 0
    low, high = found[0]["range"]["average_precision"]
    assert low <= found[0]["average_precision"] <= high


def test_no_review_is_asked_twice_and_wrong_answers_are_wrong(sheet: Sheet) -> None:
    order = np.where(sheet.relevant, 2.0, -2.0)
    oracle = Oracle(order)
    curve(sheet, Plan(reviews=500, splits=1), lambda _sheet, _split: oracle)
    places, answers = oracle.asked[-1]
    assert len(places) == len(set(places))
    assert answers == [bool(sheet.relevant[n]) for n in places]
    turned = Oracle(order)
    curve(sheet, Plan(reviews=500, splits=1, wrong=0.5), lambda _sheet, _split: turned)
    places, answers = turned.asked[-1]
    wrong = sum(a != bool(sheet.relevant[n]) for n, a in zip(places, answers, strict=True))
    assert 0.2 * len(places) < wrong < 0.8 * len(places)


def test_a_wider_definition_is_reviewed_and_measured_as_such(sheet: Sheet) -> None:
    seen: list[Split] = []
    oracle = Oracle(np.where(sheet.relevant | sheet.unsure, 2.0, -2.0))

    def make(_sheet: Sheet, split: Split) -> Oracle:
        seen.append(split)
        return oracle

    found = curve(sheet, Plan(reviews=500, splits=1, widen=True), make)
    assert seen[0].reviewed[sheet.unsure].any()
    assert seen[0].measured[sheet.unsure].any()
    assert found[-1]["average_precision"] == 1.0
    places, answers = oracle.asked[-1]
    assert all(a for n, a in zip(places, answers, strict=True) if sheet.unsure[n])


def test_reviews_are_learnt_as_the_trainer_learns_them(sheet: Sheet) -> None:
    places = [0, 5, 34, 36, 38, 41]
    answers = [bool(sheet.relevant[n]) for n in places]
    examples = [
        Example(id=sheet.rows[n].id, text=sheet.rows[n].text, relevant=a)
        for n, a in zip(places, answers, strict=True)
    ]
    learnt = trainer().train(examples)
    expected = load(learnt).judge([row.text for row in sheet.rows])
    found = sigmoid(TwoPoleLearner(sheet, sheet.pack).scores(places, answers))
    assert found.tolist() == pytest.approx([verdict.score for verdict in expected], abs=1e-9)
