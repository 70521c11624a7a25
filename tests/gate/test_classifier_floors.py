"""Quality gate on labelled news: average precision may rise, never fall below its floor.

The labelled news belongs to others and is no part of the project: where it is absent, these skip.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from classifiers.evaluate import evaluate
from classifiers.lexicon import load_lexicon
from classifiers.pack import TOPICS
from classifiers.registry import load

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("TORKHAM_SHARED", ROOT.parent / "shared"))
POOL = SHARED / "data" / "topic" / "dev.jsonl"
PACK = TOPICS / "pak_afg_ttp"
FLOORS: dict[str, Any] = json.loads((PACK / "floors.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    if not POOL.exists():
        pytest.skip(f"no labelled news at {POOL}; set TORKHAM_SHARED")
    raw = POOL.read_bytes()
    if hashlib.sha256(raw).hexdigest() != FLOORS["pool_sha256"]:
        pytest.skip(f"{POOL} is another pool than the one the floors were measured on")
    rows = [json.loads(line) for line in raw.split(b"\n") if line.strip()]
    return evaluate(rows, load())


@pytest.mark.parametrize("kind", ["all", "full", "short"])
def test_average_precision_is_at_its_floor_or_above(figures: dict[str, Any], kind: str) -> None:
    measured = figures if kind == "all" else figures["by_kind"][kind]
    assert measured["average_precision"] >= FLOORS["average_precision"][kind]


def test_the_queue_misses_next_to_nothing(figures: dict[str, Any]) -> None:
    assert figures["recall_at_precision_90"] >= FLOORS["recall_at_precision_90"]


def test_the_shipped_weights_were_fitted_with_the_shipped_lexicon() -> None:
    weights = json.loads((PACK / "weights.json").read_text(encoding="utf-8"))
    assert weights["lexicon"] == load_lexicon().version, "run python -m classifiers.fit again"
    assert weights["pool_sha256"] == FLOORS["pool_sha256"]


def test_the_figures_that_are_promised_are_cross_validated() -> None:
    weights = json.loads((PACK / "weights.json").read_text(encoding="utf-8"))
    unseen, same = (weights["average_precision"][k] for k in ("cross_validated", "same_rows"))
    for kind in ("all", "full", "short"):
        assert unseen[kind] >= FLOORS["cross_validated"][kind]
        assert same[kind] - unseen[kind] < 0.05, "learnt by heart"
