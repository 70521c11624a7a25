"""Extraction, screening and copies, measured on real pages; the floors may only rise."""

from __future__ import annotations

import gzip
import json
import os
import re
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from monitor.model import ArticleText, Dropped
from monitor.stages.dedupe import copy_of, fingerprint
from monitor.stages.extract import extract
from monitor.stages.screen import screen
from store.types import Candidate

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("TORKHAM_SHARED", str(ROOT.parent / "shared"))) / "data"
FLOORS: dict[str, float] = json.loads(
    (Path(__file__).parent / "floors.json").read_text(encoding="utf-8")
)["pages"]
FETCHED_AT = datetime(2026, 11, 22, tzinfo=UTC)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the private pages are not at {DATA}"),
]


def read(body: bytes, url: str) -> ArticleText | Dropped:
    return extract(body, content_type="text/html", url=url, fetched_at=FETCHED_AT)


@cache
def gold() -> list[tuple[str, bytes, str, ArticleText | Dropped]]:
    truth = json.loads((DATA / "pages/gold/ground-truth.json").read_text(encoding="utf-8"))
    rows = []
    for name, facts in truth.items():
        body = gzip.decompress((DATA / f"pages/gold/{name}.html.gz").read_bytes())
        rows.append((facts["url"], body, facts["articleBody"], read(body, facts["url"])))
    return rows


@cache
def phrases() -> list[tuple[str, bytes, dict[str, Any], ArticleText | Dropped]]:
    expected = json.loads((DATA / "pages/phrases/expected.json").read_text(encoding="utf-8"))
    rows = []
    for url, facts in expected.items():
        body = (DATA / "pages/phrases" / facts["file"]).read_bytes()
        rows.append((url, body, facts, read(body, url)))
    return rows


def text_of(outcome: ArticleText | Dropped) -> str:
    return outcome.body if isinstance(outcome, ArticleText) else ""


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """Runs of four words, as the article extraction benchmark counts them."""
    words = re.findall(r"\w+", text.lower())
    return Counter(tuple(words[n : n + 4]) for n in range(max(1, len(words) - 3)))


def test_the_text_of_gold_pages_is_found_whole_and_clean() -> None:
    precision, recall = [], []
    for _, _, wanted, outcome in gold():
        want, got = shingles(wanted), shingles(text_of(outcome))
        both = (want & got).total()
        precision.append(both / max(1, got.total()))
        recall.append(both / max(1, want.total()))
    p, r = sum(precision) / len(precision), sum(recall) / len(recall)
    assert 2 * p * r / (p + r) >= FLOORS["gold_f1"]


def test_the_phrases_that_belong_to_a_page_are_there_and_the_others_are_not() -> None:
    there = [s in text_of(o) for _, _, facts, o in phrases() for s in facts["with"]]
    gone = [s not in text_of(o) for _, _, facts, o in phrases() for s in facts["without"]]
    assert sum(there) / len(there) >= FLOORS["phrases_with"]
    assert sum(gone) / len(gone) >= FLOORS["phrases_without"]


def test_the_screen_refuses_at_most_one_real_page_in_a_hundred() -> None:
    pages = [(url, body, outcome) for url, body, _, outcome in (*gold(), *phrases())]
    passed = [
        isinstance(outcome, ArticleText) and screen(outcome, body=body, url=url) is None
        for url, body, outcome in pages
    ]
    assert sum(passed) / len(passed) >= FLOORS["real_pages_passed"]


def test_the_screen_refuses_nothing_of_real_news_texts() -> None:
    texts = [
        json.loads(line)
        for line in (DATA / "topic/stream.jsonl").read_text(encoding="utf-8").strip().split("\n")
    ]
    refused = [
        row["title"]
        for row in texts
        if screen(
            ArticleText(
                title=row["title"] or "",
                body=row["text"],
                author=None,
                published=None,
                language=None,
                extractor="",
            ),
            body=b"<html></html>",
        )
    ]
    assert len(refused) / len(texts) <= 1 - FLOORS["real_texts_passed"]


def test_fakes_and_list_pages_are_refused() -> None:
    files = [*(DATA / "hostile/fake_articles").iterdir(), *(DATA / "pages/listings").iterdir()]
    taken = []
    for file in files:
        outcome = read(file.read_bytes(), "")
        fine = isinstance(outcome, ArticleText)
        if fine and screen(outcome, body=file.read_bytes()) is None:  # type: ignore[arg-type]
            taken.append(file.name)
    assert 1 - len(taken) / len(files) >= FLOORS["fakes_refused"], taken


@cache
def pairs() -> list[tuple[str, bool]]:
    """Each labelled pair: its label, and whether it is taken for a copy."""
    rows = []
    for line in (DATA / "pairs/pairs.jsonl").read_text(encoding="utf-8").strip().split("\n"):
        pair = json.loads(line)
        one, two = (
            fingerprint(pair[side]["title"] or "", pair[side]["text"]) for side in ("a", "b")
        )
        old = Candidate(
            article=1,
            text_hash=one.text_hash,
            title_key=one.title_key,
            sketch=one.sketch,
            first_seen_at=FETCHED_AT,
        )
        rows.append((pair["label"], copy_of(two, [old]) is not None))
    return rows


def test_copies_are_found_and_nothing_else_is_taken_for_one() -> None:
    copies = [copy for label, copy in pairs() if label == "near_dup"]
    others = [copy for label, copy in pairs() if label != "near_dup"]
    assert sum(copies) / len(copies) >= FLOORS["copies_found"]
    assert 1 - sum(others) / len(others) >= FLOORS["others_kept_apart"]
