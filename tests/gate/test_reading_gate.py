"""Reading, measured on real pages beside trafilatura itself; the floors may only rise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import corpus_of_pages as pages
from bench import dates, extraction
from monitor.model import Reading

FLOORS: dict[str, float] = json.loads(
    (Path(__file__).parent / "floors.json").read_text(encoding="utf-8")
)["reading"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        not pages.DATA.is_dir(), reason=f"the private pages are not at {pages.DATA}"
    ),
]


def test_what_an_article_is_judged_by_is_not_worse_than_trafilaturas_own_text() -> None:
    """Screen and all: half a point of F1 is the most that may be lost on the way."""
    gold = list(pages.gold())
    wanted = [page.facts["articleBody"] for page in gold]
    _, _, ours = extraction.scores([extraction.ours(page) for page in gold], wanted, 4)
    peer = extraction.peer(fast=False)
    _, _, theirs = extraction.scores([peer(page) for page in gold], wanted, 4)
    assert ours >= theirs - 0.005
    assert ours >= FLOORS["gold_f1"]


def test_the_day_of_publication_is_right_for_nine_pages_in_ten() -> None:
    rows = [(page, dates.told(page)[1]) for page in pages.phrases() if page.facts.get("date")]
    right = [
        when.published is not None and dates.day(when.published.original) == page.facts["date"]
        for page, when in rows
    ]
    assert sum(right) / len(right) >= FLOORS["day_right"]


def test_marks_of_other_stories_hardly_ever_touch_the_article() -> None:
    read = [(page, pages.as_read(page)) for page in pages.gold()]
    lines = [
        extraction.is_own(page, line)
        for page, made in read
        if isinstance(made, Reading)
        for start, end in made.text.aside
        for line in made.text.body[start:end].split("\n")
    ]
    assert len(lines) >= 20
    assert 1 - sum(lines) / len(lines) >= FLOORS["marked_rightly"]
