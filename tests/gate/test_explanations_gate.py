"""On real news every explanation adds up, and every word stands where it is said to stand.

The labelled news belongs to others and is no part of the project: where it is absent, this skips.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from classifiers import registry
from classifiers.telling import account_of, read_evidence
from classifiers.types import Text

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("TORKHAM_SHARED", ROOT.parent / "shared")) / "data" / "topic"


@pytest.mark.slow
def test_every_term_of_the_labelled_news_adds_up_and_is_quoted_in_place() -> None:
    path = DATA / "dev.jsonl"
    if not path.exists():
        pytest.skip(f"no labelled news at {path}; set TORKHAM_SHARED")
    rows = [json.loads(line) for line in path.read_text("utf-8").split("\n") if line.strip()]
    texts = [
        Text(title=row["title"] or "", body=row["text"] or "", outlet=row.get("outlet") or "")
        for row in rows
    ]
    counted = 0
    for text, verdict in zip(texts, registry.load(None).judge(texts), strict=True):
        parts = {"title": text.title, "lead": text.body, "body": text.body}
        evidence = verdict.evidence
        for match in [m for c in evidence.contributions for m in c.matches] + [*evidence.ignored]:
            assert parts[match.part][match.start : match.end] == match.text
            counted += 1
        told = account_of(
            evidence, score=verdict.score, calibrated=False, title=text.title, body=text.body
        )
        assert told.adds_up
        assert all(quote.at for line in told.lines for quote in line.quotes)
        for line in told.lines:
            if line.value is not None:
                assert line.value * (line.weight / line.value) == pytest.approx(line.weight)
    assert counted > 1000
    assert read_evidence("{}").contributions == ()
