"""Stories in a real browser: one key answers for the others, and both widths hold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from monitor.articles import retelling
from monitor.articles.retelling import Telling
from store import reviews
from tests.chromium import NEEDS_CHROMIUM

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.pages.conftest import DeskUp, Newsroom

    class Serve(Protocol):
        def __call__(self, room: Newsroom, **changes: Any) -> AbstractContextManager[DeskUp]: ...


NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
pytestmark = NEEDS_CHROMIUM


@pytest.fixture
def up(full_room: Newsroom, desk_over: Serve) -> Iterator[DeskUp]:
    """Serve a newsroom whose first four articles are one story."""
    with closing(full_room.open()) as db:
        home = None
        for number in (1, 2, 3, 4):
            telling = Telling(
                article=number, at=NOW - timedelta(hours=2), title=f"Talks {number}", body="",
                concepts=(), sketch=(), outlet="", copy_of=None,
            )  # fmt: skip
            home = retelling.place(db, telling, NOW, standing=home)
    with desk_over(full_room) as desk:
        yield desk


def test_one_key_gives_the_same_answer_to_the_others_of_a_story(
    up: DeskUp, browser: Browser
) -> None:
    page = browser.new_page()
    page.goto(up.url + "queue")
    assert page.locator(".lines > li").count() == 1
    assert "3 more of it wait" in page.inner_text(".lines")
    page.keyboard.press("r")
    page.wait_for_selector(".offer")
    page.wait_for_load_state()  # the keys come with the script
    page.keyboard.press("a")
    page.wait_for_selector(".empty")
    assert "3 others of its story" in page.inner_text("#result")
    with closing(up.room.open()) as db:
        assert reviews.queue_size(db) == 0
    page.get_by_role("button", name="Undo the 3 others").click()
    page.wait_for_selector(".lines li")
    with closing(up.room.open()) as db:
        assert reviews.queue_size(db) == 3
    page.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_a_storys_page_never_scrolls_sideways_and_names_its_fields(
    up: DeskUp, browser: Browser, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    for path in ("stories?show=all", "stories/1"):
        page.goto(up.url + path)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, path
    page.get_by_label("Something else").nth(1).check()
    page.get_by_role("button", name="Split").click()
    assert "put here by desk" in page.inner_text("main") or "took 1 article" in page.inner_text(
        "main"
    )
    page.close()
