"""The screen is spared where it would not refuse: long texts, and plain ones, never a wall's."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.articles.teaching import is_prose
from monitor.model import ArticleText
from monitor.stages import extract, screen
from tests.site_press import piece

FAKES = Path(__file__).resolve().parents[1] / "data/fakes"
KINDS = sorted(one.name for one in FAKES.iterdir() if one.is_dir() and one.name != "articles")
URL = "https://lantern.example/story/1"
NEWS = piece(1).text
WALL = (
    "We and our 842 partners store and read cookies on your device. With your consent we and our"
    " vendors process your data for advertising; some do so for a legitimate interest. "
)
ASKED = (
    "Sign in to your account to go on. ",
    "Your trial of this website has ended. ",
    "To read this article you have to subscribe. ",
    "This page is down for maintenance. ",
)


def of_words(count: int, text: str) -> str:
    """The text again and again, in paragraphs of a sentence or two, until there are so many."""
    times = -(-count // len(text.split()))
    return "\n".join([text.strip()] * times)


@pytest.mark.parametrize("kind", KINDS)
def test_the_text_of_no_page_that_is_none_passes_unasked(kind: str) -> None:
    for page in sorted((FAKES / kind).glob("*.html")):
        text = extract.extract(
            page.read_bytes(), content_type="text/html", url=URL,
            fetched_at=datetime(2026, 11, 22, tzinfo=UTC), feed_title="Talks in the valley",
        )  # fmt: skip
        assert not isinstance(text, ArticleText) or not is_prose(text.body), page.name


@pytest.mark.parametrize("count", [260, 600, 1_000])
def test_a_text_with_a_word_of_consent_walls_is_asked_up_to_twice_their_length(count: int) -> None:
    assert not is_prose(of_words(count, WALL * 2))


def test_what_is_longer_than_any_wall_is_not_asked_and_would_not_be_refused() -> None:
    body = of_words(1_400, WALL * 2)
    text = ArticleText(
        title="Talks in the valley", body=body, author=None, published=None, language="en",
        extractor="", canonical_link=None,
    )  # fmt: skip
    assert is_prose(body)
    assert screen.screen(text, body=f"<p>{body}</p>".encode(), url=URL) is None


def news_of(count: int) -> str:
    words = NEWS.split()
    return " ".join((words * 9)[:count])


@pytest.mark.parametrize("said", ASKED)
def test_a_short_text_with_words_of_walls_is_asked(said: str) -> None:
    assert not is_prose(news_of(150) + said)


def test_words_that_news_has_too_are_no_sign_of_a_wall_by_themselves() -> None:
    assert is_prose(news_of(150) + " The content of the article had an error on page two.")
    assert not is_prose(news_of(150) + " Subscribe to go on with the article.")


def test_a_brief_text_is_asked_whatever_it_says() -> None:
    assert not is_prose(news_of(60))
