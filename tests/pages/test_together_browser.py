"""Several people at one desk, in a real browser: nothing begun is lost, nothing is left unsaid."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from monitor.config.shape import Queue
from store import reviews
from store.desk import Role
from tests.chromium import NEEDS_CHROMIUM

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.pages.conftest import DeskUp, Newsroom

    class Serve(Protocol):
        def __call__(self, room: Newsroom, **changes: Any) -> AbstractContextManager[DeskUp]: ...


pytestmark = NEEDS_CHROMIUM
PASSWORD = "a long enough password"
PEOPLE: dict[str, Role] = {"Zarghuna": "administrator", "Omar": "reviewer", "Rabia": "reviewer"}


@pytest.fixture
def up(full_room: Newsroom, desk_over: Serve) -> Iterator[DeskUp]:
    with desk_over(full_room, people=PEOPLE, reasons=lambda: Queue().reasons) as desk:
        yield desk


@pytest.fixture
def omar(browser: Browser, up: DeskUp) -> Iterator[BrowserContext]:
    """Give a browser in which Omar has signed in."""
    context = browser.new_context(base_url=up.url, viewport={"width": 390, "height": 844})
    signed_in(context, "Omar").close()
    yield context
    context.close()


def signed_in(context: BrowserContext, name: str) -> Page:
    page = context.new_page()
    page.goto("/login")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("/")
    return page


def decided(up: DeskUp) -> list[tuple[str | None, str]]:
    db = up.room.open()
    found: list[tuple[str | None, str]] = [
        (line.answer, line.by) for line in reversed(reviews.recent(db))
    ]
    db.close()
    return found


def over(page: Page, context: BrowserContext) -> None:
    """Let the session end while a story is read, and the decision on it be refused."""
    context.clear_cookies()
    page.keyboard.press("n")
    page.locator("#trouble").filter(has_text="your session is over").wait_for()


def test_after_signing_in_anew_on_another_tab_the_same_key_decides(
    up: DeskUp, omar: BrowserContext
) -> None:
    page = omar.new_page()
    page.goto("/queue?open=1")
    page.keyboard.press("e")
    page.keyboard.type("from the border desk")
    page.keyboard.press("Escape")
    over(page, omar)
    page.keyboard.press("n")
    page.locator("#trouble").filter(has_text="your session is over").wait_for()
    signed_in(omar, "Omar").close()
    page.keyboard.press("n")
    page.locator("#result p").filter(has_text="Marked not relevant").wait_for()
    assert decided(up) == [("not_relevant", "Omar")]
    db = up.room.open()
    assert [line.note for line in reviews.history(db, 1)] == ["from the border desk"]
    db.close()


def test_nobody_decides_under_the_name_of_who_signed_in_after_them(
    up: DeskUp, omar: BrowserContext
) -> None:
    page = omar.new_page()
    page.goto("/queue?open=1")
    over(page, omar)
    signed_in(omar, "Rabia").close()
    page.keyboard.press("n")
    page.locator("#trouble").filter(has_text="Rabia has signed in").wait_for()
    assert decided(up) == []


def test_what_is_ticked_stays_ticked_while_tags_are_put_on(
    up: DeskUp, omar: BrowserContext
) -> None:
    page = omar.new_page()
    page.goto("/queue?open=1")
    for key in ("w", "2", "Escape", "t"):
        page.keyboard.press(key)
    page.keyboard.type("doha round")
    page.keyboard.press("Enter")
    page.locator("#said").filter(has_text="Tagged doha round.").wait_for()
    assert page.locator("#decision [name=reason-2]").is_checked()
    page.keyboard.press("r")
    page.locator(".reasons > span").filter(has_text=f"Why: {Queue().reasons[1]}").wait_for()
    assert page.locator("#decision :checked").count() == 0, "the next story begins empty"


def test_a_screen_reader_hears_reasons_and_which_story_came_back(
    up: DeskUp, omar: BrowserContext
) -> None:
    page = omar.new_page()
    page.goto("/queue?open=1")
    first = page.inner_text("h1")
    said = page.locator("#said")
    page.keyboard.press("r")
    said.filter(has_text="Relevant. Next:").wait_for()
    page.locator(".reasons").wait_for()
    page.keyboard.press("1")
    said.filter(has_text=f"Why: {Queue().reasons[0]}").wait_for()
    page.keyboard.press("1")
    said.filter(has_text="No reason given.").wait_for()
    page.keyboard.press("z")
    said.filter(has_text=f"Undone. Open again: {first}").wait_for()


def test_on_a_telephone_the_list_opens_in_place_and_counts_down(
    up: DeskUp, omar: BrowserContext
) -> None:
    page = omar.new_page()
    page.goto("/queue")
    page.evaluate("window.same = true")
    page.get_by_role("link", name="4 stories wait").click()
    page.locator(".list").wait_for()
    page.get_by_role("link", name="Back to the story").click()
    page.locator("#headline").wait_for()
    page.get_by_role("button", name="Relevant", exact=True).click()
    page.get_by_role("link", name="3 stories wait").wait_for()
    assert page.evaluate("window.same"), "no page was loaded anew"


def test_the_list_of_keys_does_not_begin_with_what_turns_them_off(
    up: DeskUp, omar: BrowserContext
) -> None:
    page = omar.new_page()
    page.goto("/queue")
    page.keyboard.press("?")
    page.keyboard.press("Enter")
    assert not page.locator("#keys").is_visible()
    page.keyboard.press("r")
    page.locator("#result p").filter(has_text="Marked relevant").wait_for()


def test_the_last_story_of_the_list_is_decided_too_and_the_empty_queue_is_told(
    up: DeskUp, omar: BrowserContext
) -> None:
    page = omar.new_page()
    page.goto("/queue")
    last = page.locator(".list .lines > li > a").last.get_attribute("href")
    page.goto(last or "")
    for left in ("3 stories wait", "2 stories wait", "1 story waits"):
        page.keyboard.press("r")  # after the last of the list the first of it follows
        page.get_by_role("link", name=left).wait_for()
    page.keyboard.press("n")
    page.get_by_role("heading", name="The queue is empty").wait_for()
    page.locator("#said").filter(has_text="Not relevant. The queue is empty.").wait_for()
    assert [answer for answer, _ in decided(up)] == ["relevant"] * 3 + ["not_relevant"]
    page.keyboard.press("z")
    page.get_by_role("link", name="1 story waits").wait_for()


@pytest.mark.parametrize("width", [390, 1280])
def test_a_very_long_headline_leaves_room_for_the_next_story(
    up: DeskUp, omar: BrowserContext, width: int
) -> None:
    up.room.article("frontier", "Delegations " * 60, "Delegations met.", score=0.99, words=("met",))
    page = omar.new_page()
    page.set_viewport_size({"width": width, "height": 844})
    page.goto("/queue")
    while not page.inner_text("h1").startswith("Delegations"):
        before = page.inner_text("h1")
        page.keyboard.press("j")
        page.wait_for_function("was => document.querySelector('h1').innerText !== was", arg=before)
    page.keyboard.press("r")
    page.locator(".reasons").wait_for()
    strip = page.locator(".result-strip").bounding_box()
    undo = page.get_by_role("button", name="Undo").bounding_box()
    assert strip is not None
    assert undo is not None
    assert strip["height"] < 170
    assert undo["x"] > width / 2, "at the right of what was decided"
