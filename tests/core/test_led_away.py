"""A page that leads to the front page of its site is not what was asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.stages.screen import Kind, led_away

STORY = "https://www.gazette.example/2026/03/09/talks-resume"


@pytest.mark.parametrize(
    ("asked", "url"),
    [
        (STORY, "https://www.gazette.example/"),
        (STORY, "https://gazette.example"),
        (STORY, "https://gazette.example/?utm_source=gone"),
        (STORY, "https://www.gazette.example/index.php"),
        (STORY, "https://www.gazette.example/ur/"),
        (STORY, "https://international.gazette.example/"),
        ("https://gazette.example/?p=1204", "https://gazette.example/"),
    ],
)
def test_the_front_page_of_the_site_is_no_story_of_it(asked: str, url: str) -> None:
    refusal = led_away(asked, url)
    assert refusal is not None
    assert (refusal.kind, "front page" in refusal.detail) == (Kind.MISSING.value, True)


@pytest.mark.parametrize(
    ("asked", "url"),
    [
        (STORY, STORY),
        (STORY, "https://www.gazette.example/news/1204"),
        (STORY, "https://www.gazette.example/?p=1204"),
        ("https://gazette.example/", "https://www.gazette.example/"),
        ("https://gazette.example/", "https://www.gazette.example/en"),
        ("https://short.example/x7Kq", "https://floods-report.example/"),
        (STORY, "https://notgazette.example/"),
    ],
)
def test_another_page_and_a_front_page_that_was_meant_are_read(asked: str, url: str) -> None:
    assert led_away(asked, url) is None


@pytest.mark.slow
@given(st.text(), st.text())
def test_any_two_addresses_get_an_answer(asked: str, url: str) -> None:
    led_away(asked, url)
