"""Search and Why in a real browser: by keyboard alone, and without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from classifiers.lexicon import load_lexicon
from monitor.inquiry.spelling import spellings_of
from store import reviews
from tests.chromium import NEEDS_CHROMIUM
from tests.pages.conftest import DeskUp, Newsroom, Serve

pytestmark = NEEDS_CHROMIUM


@pytest.fixture
def desk(full_room: Newsroom, desk_over: Serve) -> Iterator[DeskUp]:
    lexicon = load_lexicon()
    with desk_over(full_room, spell=lambda: spellings_of(lexicon)) as served:
        yield served


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without"])
def page(request: pytest.FixtureRequest, browser: Browser, desk: DeskUp) -> Iterator[Any]:
    context = browser.new_context(java_script_enabled=request.param, base_url=desk.url)
    yield context.new_page()
    context.close()


def test_a_search_is_narrowed_kept_and_opened_again(page: Any) -> None:
    page.goto("/search")
    page.get_by_label("Words, a", exact=False).fill("Torkham")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#hits li").first).to_be_visible()
    page.get_by_text("Narrow it").click()
    page.get_by_label("Side").select_option("afghanistan")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#hits li")).to_have_count(1)
    assert "side=afghanistan" in page.url
    page.get_by_label("Keep it as").fill("The other side")
    page.get_by_role("button", name="Save for everybody").click()
    expect(page.get_by_text("This is the saved search")).to_be_visible()
    page.goto("/searches")
    page.get_by_role("link", name="The other side", exact=True).click()
    expect(page.locator("#hits li")).to_have_count(1)


def test_a_rejected_headline_is_rescued_and_put_back(page: Any, desk: DeskUp) -> None:
    page.goto("/why")
    page.get_by_label("The address of an article, or its headline").fill(
        "Cricket board names squad for the autumn tour"
    )
    page.get_by_role("button", name="Look up").click()
    page.locator("main .plain a").first.click()
    page.get_by_role("button", name="Put it into the queue").click()
    expect(page.get_by_role("status").first).to_contain_text("in the queue now")
    db = desk.room.open()
    assert any("Cricket" in row.title for row in reviews.queue(db))
    db.close()
    page.get_by_role("button", name="Take it out of the queue again").click()
    expect(page.get_by_role("status").first).to_contain_text("Taken back")


def test_one_key_rescues_it(browser: Browser, desk: DeskUp) -> None:
    page = browser.new_context(base_url=desk.url).new_page()
    page.goto("/why?url=https://elsewhere.example/2026/a-story")
    page.locator("h1").click()
    page.keyboard.press("r")
    expect(page.get_by_role("status").first).to_contain_text("Entered by hand")
