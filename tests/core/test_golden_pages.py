"""Every page under tests/data/pages carries beside it what must be read from it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.model import ArticleText, Dropped
from monitor.stages.dating import dated
from monitor.stages.extract import extract
from monitor.stages.screen import screen

PAGES = Path(__file__).resolve().parents[1] / "data" / "pages"
NAMES = sorted(path.stem for path in PAGES.glob("*.html"))
FETCHED_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
URL = "https://herald.example/story/88"


def read(name: str) -> tuple[bytes, ArticleText | Dropped]:
    body = (PAGES / f"{name}.html").read_bytes()
    return body, extract(body, content_type="text/html", url=URL, fetched_at=FETCHED_AT)


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("article-")])
def test_an_article_is_read_whole_and_passes_the_screen(name: str) -> None:
    expected = json.loads((PAGES / f"{name}.json").read_text(encoding="utf-8"))
    body, text = read(name)
    assert isinstance(text, ArticleText)
    assert screen(text, body=body, url=URL, status=200) is None
    for passage in expected["with"]:
        assert passage in text.body
    for passage in expected["without"]:
        assert passage not in text.body
    for field in ("title", "author", "language", "canonical_link"):
        if field in expected:
            assert getattr(text, field) == expected[field]
    if "published_at" in expected:
        published = dated(text.written, url=URL, body=text.body, seen_at=FETCHED_AT).published
        assert published is not None
        assert published.at == datetime.fromisoformat(expected["published_at"])
        assert published.original == expected["published_original"]
        assert published.source == "page"
    if "aside" in expected:
        assert [text.body[start:end] for start, end in text.aside] == expected["aside"]


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("article-")])
def test_a_page_that_is_no_article_is_refused_with_the_reason_in_words(name: str) -> None:
    expected = json.loads((PAGES / f"{name}.json").read_text(encoding="utf-8"))
    body, text = read(name)
    assert isinstance(text, ArticleText), text
    refusal = screen(text, body=body, url=URL, status=200)
    assert isinstance(refusal, Dropped)
    assert (refusal.reason.value, expected["says"] in refusal.detail) == (
        expected["refused"],
        True,
    ), refusal.detail
