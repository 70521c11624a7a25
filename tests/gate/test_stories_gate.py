"""Articles are sorted into the stories a person sorted them into; the floors may only rise.

The fortnight that was sorted belongs to others and is no part of the project: where it is absent
its tests skip, and the reports written for the project keep the promise everywhere.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bench import bcubed
from bench import story_quality as quality
from bench.bcubed import Label
from bench.story_quality import Article

ROOT = Path(__file__).resolve().parents[2]
OWN = ROOT / "tests" / "data" / "reports.jsonl"
FLOORS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "floors.json").read_text(encoding="utf-8")
)["stories"]
PRIVATE = pytest.mark.skipif(
    not quality.STREAM.exists(), reason=f"no news at {quality.STREAM}; set TORKHAM_SHARED"
)


def own_reports() -> tuple[list[Article], dict[str, Label]]:
    rows = [json.loads(line) for line in OWN.read_text(encoding="utf-8").strip().split("\n")]
    rows = sorted((row for row in rows if row["lang"] == "en"), key=lambda row: row["at"])
    articles = [
        Article(
            article=number + 1, id=row["id"], outlet=row["outlet"], title=row["title"],
            body=row["text"], at=datetime.fromisoformat(row["at"]),
        )
        for number, row in enumerate(rows)
    ]  # fmt: skip
    labels = {row["id"]: Label(story=row["story"], part="test") for row in rows}
    return quality.as_kept(articles), labels


def test_the_projects_own_reports_are_sorted_by_event() -> None:
    """Two tellings of an event together; the next hearing, attack or bulletin apart."""
    articles, labels = own_reports()
    found = bcubed.score(articles, quality.ours(articles), labels, "test")
    alone = bcubed.score(articles, list(range(len(articles))), labels, "test")
    assert found.wrong <= FLOORS["own_wrong_pairs"], found
    assert found.f1 >= FLOORS["own_f1"] > alone.f1, found


def test_the_labels_hold_no_text_and_a_hundred_stories_that_are_told_twice() -> None:
    rows = [json.loads(line) for line in quality.LABELS.read_text("utf-8").strip().split("\n")]
    assert all(set(row) == {"id", "story", "part"} for row in rows)
    assert len({row["id"] for row in rows}) == len(rows)
    labels = quality.read_labels()
    twice = bcubed.told_twice(labels)
    of_part = {
        part: {
            label.story for label in labels.values() if label.part == part and twice(label.story)
        }
        for part in ("tune", "test")
    }
    assert sum(map(len, of_part.values())) >= 100
    assert not of_part["tune"] & of_part["test"]


def test_b_cubed_counts_what_it_should() -> None:
    """Four articles of two stories, sorted as one, as four, and rightly."""
    articles, _ = own_reports()
    labels = {a.id: Label(story=s, part="test") for a, s in zip(articles, "aabb", strict=False)}
    four = articles[:4]
    one = bcubed.score(four, [1, 1, 1, 1], labels, "test")
    assert (one.precision, one.recall, one.wrong, one.missed) == (0.5, 1.0, 8, 0)
    alone = bcubed.score(four, [1, 2, 3, 4], labels, "test")
    assert (alone.precision, alone.recall, alone.wrong, alone.missed) == (1.0, 0.5, 0, 4)
    assert bcubed.score(four, [1, 1, 2, 2], labels, "test").f1 == 1.0


@pytest.fixture(scope="module")
def private() -> dict[str, Any]:
    return quality.measure()


@PRIVATE
@pytest.mark.slow
@pytest.mark.parametrize("part", ["tune", "test"])
def test_a_real_fortnight_is_sorted_as_a_person_sorted_it(
    private: dict[str, Any], part: str
) -> None:
    articles, labels, ways = private["articles"], private["labels"], private["ways"]
    twice = bcubed.told_twice(labels)
    found = bcubed.score(articles, ways["ours"], labels, part)
    many = bcubed.score(articles, ways["ours"], labels, part, among=twice)
    assert found.f1 >= FLOORS["f1"], found
    assert many.f1 >= FLOORS["f1_told_twice"], many
    assert bcubed.pairs(found)[0] >= FLOORS["pair_precision"], found
    for name, rival in ways.items():
        other = bcubed.score(articles, rival, labels, part)
        assert name == "ours" or found.f1 > other.f1, name
