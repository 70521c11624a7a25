"""Quality gate on labelled news: average precision may rise, never fall below its floor.

The labelled news belongs to others and is no part of the project: where it is absent, these skip.
"""

import hashlib
import json
import math
import os
from pathlib import Path
from typing import Any

import pytest

from classifiers.fit import reading_hash
from classifiers.measuring.evaluate import evaluate, text_of
from classifiers.pack import TOPICS, load_pack
from classifiers.registry import load

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("TORKHAM_SHARED", ROOT.parent / "shared"))
POOL = SHARED / "data" / "topic" / "dev.jsonl"
PACK = TOPICS / "pak_afg_ttp"
FLOORS: dict[str, Any] = json.loads((PACK / "floors.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    if not POOL.exists():
        pytest.skip(f"no labelled news at {POOL}; set TORKHAM_SHARED")
    raw = POOL.read_bytes()
    if hashlib.sha256(raw).hexdigest() != FLOORS["pool_sha256"]:
        pytest.skip(f"{POOL} is another pool than the one the floors were measured on")
    return [json.loads(line) for line in raw.split(b"\n") if line.strip()]


@pytest.fixture(scope="module")
def figures(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return evaluate(rows, load())


@pytest.mark.slow
def test_contributions_add_up_and_every_match_is_in_its_place(rows: list[dict[str, Any]]) -> None:
    texts = [text_of(row) for row in rows]
    for text, verdict in zip(texts, load().judge(texts), strict=True):
        total = math.fsum(c.weight for c in verdict.evidence.contributions)
        odds = math.log(verdict.score / (1 - verdict.score)) if verdict.score < 1 else total
        assert abs(total - odds) < 1e-9 / (verdict.score * (1 - verdict.score) + 1e-12), text.title
        shown = [m for c in verdict.evidence.contributions for m in c.matches]
        for match in [*shown, *verdict.evidence.ignored]:
            part = text.title if match.part == "title" else text.body
            assert part[match.start : match.end] == match.text


@pytest.mark.parametrize("kind", ["all", "full", "short"])
def test_average_precision_is_at_its_floor_or_above(figures: dict[str, Any], kind: str) -> None:
    measured = figures if kind == "all" else figures["by_kind"][kind]
    assert measured["average_precision"] >= FLOORS["average_precision"][kind]


def test_the_queue_misses_next_to_nothing(figures: dict[str, Any]) -> None:
    assert figures["recall_at_precision_90"] >= FLOORS["recall_at_precision_90"]


def test_the_shipped_weights_were_fitted_on_what_is_shipped() -> None:
    weights = json.loads((PACK / "weights.json").read_text(encoding="utf-8"))
    assert weights["read_with"] == reading_hash(load_pack()), "run python -m classifiers.fit again"
    assert weights["pool_sha256"] == FLOORS["pool_sha256"]


def test_the_figures_that_are_promised_are_cross_validated() -> None:
    weights = json.loads((PACK / "weights.json").read_text(encoding="utf-8"))
    unseen, same = (weights["average_precision"][k] for k in ("cross_validated", "same_rows"))
    held = weights["intervals"]["cross_validated"]
    for kind in ("all", "full", "short"):
        assert held[kind][0] <= unseen[kind] <= held[kind][1]
        assert unseen[kind] >= FLOORS["cross_validated"][kind]
        assert same[kind] - unseen[kind] < 0.05, "learnt by heart"


def test_the_three_figures_stand_apart_and_in_their_order() -> None:
    """What the examples alone can do, what hand-set weights add, what labelled texts add."""
    weights = json.loads((PACK / "weights.json").read_text(encoding="utf-8"))
    for kind in ("all", "full", "short"):
        alone, hand, fitted = (
            weights["average_precision"][name][kind]
            for name in ("seeds", "hand", "cross_validated")
        )
        assert alone < hand < fitted


def test_one_threshold_finds_nearly_all_and_reads_little_of_a_stream() -> None:
    """At the recall of 0.95 no more than one in fifty of a newspaper's articles is read."""
    stream = json.loads((PACK / "weights.json").read_text(encoding="utf-8"))["queue"]["stream"]
    assert stream["at_recall_95"]["recall"] >= 0.95
    assert stream["at_recall_95"]["share"] <= FLOORS["stream_share_at_recall_95"]
    assert stream["at_threshold"]["recall"] >= FLOORS["recall_at_queue"]
