"""Copies are found after whatever a desk does to a text, and different articles stay apart.

The floors may only rise. The news that most of this is measured on belongs to others and is no
part of the project: where it is absent those tests skip, and the reports written for the project
keep the promise everywhere.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench import copies
from bench.copies import Report, Shelf
from bench.edits import EDITS, Printed, edited
from bench.rivals import same_title, simhash_alike
from bench.story_quality import STREAM
from monitor.stages.dedupe import copy_of, fingerprint
from store.copies import INDEXED
from store.sql import fetch
from store.types import Candidate
from tests.flow.newsroom import prose

ROOT = Path(__file__).resolve().parents[2]
OWN = ROOT / "tests" / "data" / "reports.jsonl"
FLOORS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "floors.json").read_text(encoding="utf-8")
)["copies"]
PRIVATE = pytest.mark.skipif(
    not (STREAM.exists() and copies.PAIRS.exists()),
    reason=f"no news at {STREAM}; set TORKHAM_SHARED",
)


def own_reports() -> list[Report]:
    rows = [json.loads(line) for line in OWN.read_text(encoding="utf-8").strip().split("\n")]
    return [
        Report(id=row["id"], title=row["title"], body=row["text"], story=row["story"])
        for row in rows
    ]


def mean(by_kind: dict[str, dict[str, float]], way: str) -> float:
    return sum(shares[way] for shares in by_kind.values()) / len(by_kind)


@pytest.mark.slow
def test_in_the_projects_own_reports_edited_texts_find_their_original(tmp_path: Path) -> None:
    """Short ones, in three languages: reports, retellings, updates, bulletins of other days."""
    reports = own_reports()
    shelf = Shelf(tmp_path / "own.sqlite", reports)
    assert copies.wrong_merges(shelf, reports) == []
    rivals = {"title equality": same_title, "SimHash": simhash_alike}
    found = copies.recalls(shelf, reports, range(len(reports)), rivals)
    assert mean(found, "ours") >= FLOORS["own_recall"], found
    assert mean(found, "ours") > max(mean(found, name) for name in rivals)
    assert (
        min(found[kind]["ours"] for kind in found if kind != "three of these") >= FLOORS["own_kind"]
    )


def test_reports_of_one_event_in_other_words_are_no_copies(tmp_path: Path) -> None:
    """The project's own reports tell eight events twice; none copies another."""
    reports = own_reports()
    shelf = Shelf(tmp_path / "own.sqlite", reports)
    assert [report.id for report in reports if shelf.put(report)] == []


@pytest.mark.slow
@pytest.mark.parametrize("on_topic", [False, True])
def test_texts_written_from_the_same_set_phrases_are_no_copies(*, on_topic: bool) -> None:
    """Every two of 200 texts, put together at random from one stock of phrases and sentences."""
    earlier: list[Candidate] = []
    for number in range(200):
        text = prose(number, on_topic=on_topic, sentences=13)
        prints = fingerprint(f"Report {number}", text)
        assert copy_of(prints, earlier) is None, number
        earlier.append(
            Candidate(
                article=number + 1,
                text_hash=prints.text_hash,
                title_key=prints.title_key,
                sketch=prints.sketch,
                first_seen_at=copies.SEEN_AT,
            )
        )


def test_an_article_takes_two_dozen_rows_of_the_index(tmp_path: Path) -> None:
    reports = own_reports()
    shelf = Shelf(tmp_path / "own.sqlite", reports)
    for report in reports:
        shelf.put(report)
    rows = fetch(shelf.db, "SELECT article, count(*) AS n FROM sketches GROUP BY article")
    assert {row["n"] for row in rows} == {INDEXED}
    assert len(rows) == len(reports)


def test_an_edit_changes_the_text_and_the_same_seed_changes_it_the_same_way() -> None:
    one, *others = (Printed(title=r.title, body=r.body) for r in own_reports()[:3])
    for kind in EDITS:
        printed = edited(kind, one, others, "seed")
        assert printed != one, kind
        assert printed == edited(kind, one, others, "seed"), kind


@pytest.fixture(scope="module")
def private() -> dict[str, Any]:
    return copies.measure(60)


@PRIVATE
@pytest.mark.slow
def test_in_a_real_fortnight_edited_articles_find_their_original(private: dict[str, Any]) -> None:
    by_kind = private["by_kind"]
    assert mean(by_kind, "ours") >= FLOORS["recall"], by_kind
    assert min(by_kind[kind]["ours"] for kind in by_kind if kind != "three of these") >= 0.95
    for rival in ("title equality", "cosine 0.95", "SimHash"):
        assert mean(by_kind, "ours") > mean(by_kind, rival)


@PRIVATE
@pytest.mark.slow
def test_in_a_real_fortnight_no_different_articles_are_merged(private: dict[str, Any]) -> None:
    assert private["wrong"] == []
    assert private["merged"] >= FLOORS["copies_in_fortnight"]


@PRIVATE
@pytest.mark.slow
def test_labelled_copies_are_found_and_updates_templates_and_retellings_are_not(
    private: dict[str, Any],
) -> None:
    taken, asked = private["pairs"]["near_dup"]
    assert taken / asked >= FLOORS["labelled_copies"]
    for label, (wrong, _) in private["pairs"].items():
        assert label == "near_dup" or wrong == 0, label
