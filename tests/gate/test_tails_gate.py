"""On real news the memory of repeated tails takes noise away and no evidence.

The news belongs to others and is no part of the project: where it is absent, these skip.
"""

from __future__ import annotations

import json
import os
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("TORKHAM_SHARED", ROOT.parent / "shared"))
POOLS = [SHARED / "data" / "topic" / name for name in ("dev.jsonl", "stream.jsonl")]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bench() -> Any:
    for pool in POOLS:
        if not pool.exists():
            pytest.skip(f"no news at {pool}; set TORKHAM_SHARED")
    spec = spec_from_file_location("bench_tails", ROOT / "bench" / "tails.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def named(figures: dict[str, Any], column: int) -> int:
    """How many articles that are not relevant name the other side, by a column of the table."""
    return sum(row[column] for (_, label), row in figures["table"].items() if label != "relevant")


def test_tails_of_real_outlets_fool_fewer_and_nothing_relevant_is_lost(bench: Any) -> None:
    figures = bench.measure(POOLS)
    found, without = named(figures, 1), named(figures, 2)
    assert without <= 0.8 * found, bench.report(figures)
    assert figures["relevant_that_lost_evidence"] == []
    before, after = figures["average_precision"]
    assert after >= before - 1e-9
    sys.stdout.write(bench.report(figures))


def test_captions_that_are_whole_sentences_are_set_aside_too(bench: Any, tmp_path: Path) -> None:
    """What an outlet cuts off with dots one document shows; whole captions only the memory does."""
    whole = []
    for pool in POOLS:
        rows = [json.loads(line) for line in pool.read_text("utf-8").strip().split("\n")]
        for row in rows:
            row["text"] = row["text"].replace("...", ". ").replace("…", ". ")
        whole.append(tmp_path / pool.name)
        whole[-1].write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    figures = bench.measure(whole)
    assert named(figures, 4) <= 0.8 * named(figures, 3), bench.report(figures)
    assert figures["relevant_that_lost_evidence"] == []
    before, after = figures["average_precision"]
    assert after >= before - 1e-9
    sys.stdout.write(bench.report(figures))
