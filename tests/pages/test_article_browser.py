"""An article in a real browser: right to left where it should be, folded without a script."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import pytest

from store import articles
from tests.chromium import NEEDS_CHROMIUM

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.pages.conftest import DeskUp, Newsroom

    class Serve(Protocol):
        def __call__(self, room: Newsroom, **changes: Any) -> AbstractContextManager[DeskUp]: ...


pytestmark = NEEDS_CHROMIUM
TITLE = "پاکستان اور افغانستان کے درمیان مذاکرات Doha میں دوبارہ شروع"
BODY = (
    "اسلام آباد: حکام نے طورخم پر ملاقات کی۔ ترجمان نے بتایا کہ Torkham crossing بند ہے اور 4,000 "
    "ٹرک کھڑے ہیں۔\n"
    "UNHCR said in Geneva that 900 families a day come through Chaman (Spin Boldak).\n"
    "مسخ شدہ لاشیں سڑک کنارے سے برآمد ہوئیں۔ وزیر نے بیان جاری کیا۔\n"
    "اگلا اجلاس منگل کو Doha میں ہوگا۔"
)
# Where the first and the last letter of a needle stand, and how wide its line is.
PLACES = """(needle) => {
  const walk = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const at = node.data.indexOf(needle);
    if (at < 0 || node.parentElement.closest('.unseen')) continue;
    const box = (from, to) => {
      const range = document.createRange();
      range.setStart(node, from); range.setEnd(node, to);
      const r = range.getBoundingClientRect();
      return [r.left, r.right, r.top];
    };
    return [box(at, at + 1), box(at + needle.length - 1, at + needle.length)];
  }
  return null;
}"""


@pytest.fixture
def up(newsroom: Newsroom, desk_over: Serve) -> Iterator[DeskUp]:
    newsroom.feed("subh", outlet="صبحِ سرحد", language="ur")
    words = ("پاکستان", "Torkham crossing", "طورخم")
    newsroom.article("subh", TITLE, BODY, language="ur", author="نامہ نگار", words=words)
    changed = BODY.replace("4,000", "6,500").replace("منگل", "جمعے")
    with closing(newsroom.open()) as db:
        articles.save_text(db, newsroom.text(1, TITLE, changed, "نامہ نگار", "ur"), newsroom_now())
        row = newsroom.verdict(1, TITLE, changed, 0.9, words, (), "queue")
        articles.save_verdicts(db, [replace(row, version=2)], [], newsroom_now())
    with desk_over(newsroom) as desk:
        yield desk


def newsroom_now() -> Any:
    from tests.pages.conftest import NOW

    return NOW


@pytest.fixture(params=[(390, "light"), (1280, "dark")], ids=["phone, light", "desktop, dark"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    yield context.new_page()
    context.close()


def places(page: Page, needle: str) -> tuple[list[float], list[float]]:
    found = page.evaluate(PLACES, needle)
    assert found, f"{needle} does not stand on the page"
    return found[0], found[1]


def test_urdu_runs_from_the_right_and_latin_names_in_it_from_the_left(
    up: DeskUp, page: Page
) -> None:
    page.goto(f"{up.url}articles/1")
    first, last = places(page, "ترجمان")
    assert first[0] > last[0], "an Urdu word begins at the right"
    first, last = places(page, "Torkham crossing")
    assert first[0] < last[0], "a marked Latin name inside it reads from the left"
    first, last = places(page, "6,500")
    assert first[0] < last[0], "a number inside it reads from the left"
    before, after = places(page, "کہ ")[0], places(page, "بند ہے")[0]
    name = places(page, "Torkham")[0]
    if before[2] == after[2] == name[2]:  # on one line
        assert before[0] > name[0] > after[0], "and stands where it was said"
    line = page.locator(".text p").first
    assert line.evaluate("p => getComputedStyle(p).direction") == "rtl"
    height, size = (
        line.evaluate(f"p => parseFloat(getComputedStyle(p).{of})")
        for of in ("lineHeight", "fontSize")
    )
    assert abs(height / size - 1.9) < 0.01


def test_an_english_paragraph_in_an_urdu_article_reads_from_the_left(
    up: DeskUp, page: Page
) -> None:
    page.goto(f"{up.url}articles/1")
    line = page.locator(".text p", has_text="UNHCR")
    assert line.evaluate("p => getComputedStyle(p).direction") == "ltr"
    for part in ("(Spin", "Boldak)."):  # each on one line
        first, last = places(page, part)
        assert first[0] < last[0], "its brackets and stops stand where they belong"


def test_no_page_scrolls_sideways(up: DeskUp, page: Page) -> None:
    for path in ("articles/1", "articles/1?unfold=1", "articles/1/versions"):
        page.goto(up.url + path)
        wide = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, path


def test_what_went_stands_before_what_came_also_from_right_to_left(up: DeskUp, page: Page) -> None:
    page.goto(f"{up.url}articles/1/versions")
    gone, came = page.locator("del").first, page.locator("ins").first
    assert "4,000" in gone.inner_text()
    assert "6,500" in came.inner_text()
    left, right = gone.bounding_box(), came.bounding_box()
    assert left
    assert right
    same_line = abs(left["y"] - right["y"]) < 4
    assert not same_line or left["x"] > right["x"], "an Urdu reader meets what went first"
    assert gone.evaluate("d => getComputedStyle(d).textDecorationLine") == "line-through"
    assert "underline" in came.evaluate("d => getComputedStyle(d).textDecorationLine")


def test_folding_needs_no_script_and_the_keyboard_opens_it(up: DeskUp, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).netloc))
    page.goto(f"{up.url}articles/1")
    grim = page.get_by_text("لاشیں")
    assert not grim.is_visible()
    page.locator("details.grim > summary").focus()
    page.keyboard.press("Enter")
    assert grim.is_visible()
    page.goto(f"{up.url}articles/1?unfold=1")
    assert page.get_by_text("لاشیں").is_visible()
    page.goto(f"{up.url}articles/1/versions")
    assert page.locator("ins").first.is_visible()
    assert set(asked) == {urlsplit(up.url).netloc}, "the browser talks to nobody but the desk"
    context.close()


def test_a_screen_reader_meets_every_word_once(up: DeskUp, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{up.url}articles/1")
    told = page.locator("main").aria_snapshot()
    body = told.split("A graphic passage")[0]
    assert body.count("ترجمان") == 1
    assert "weighs most" in told
    page.close()
