"""Every page of the desk over the sample newsroom, in a real browser.

The addresses come from the desk's own table of routes, so that a new page cannot be left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from bench.desk_pages import Open, sample_desk
from tests.chromium import NEEDS_CHROMIUM

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [*NEEDS_CHROMIUM, pytest.mark.timeout(900)]
PHONE, SCREEN = 390, 1280

# What is well is the most of what axe says, and takes longer to bring home than to find.
AXE = "asked => axe.run(document, asked).then(made => made.violations)"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    with sample_desk(tmp_path_factory.mktemp("sample")) as serving:
        yield serving


LOOKS = (  # a page is loaded once: resizing it and turning off the light cost far less
    (PHONE, "light", None),
    (PHONE, "dark", ["color-contrast"]),  # ink changes contrasts and nothing else
    (SCREEN, "dark", None),
    (SCREEN, "light", ["color-contrast"]),
)


def test_no_page_keeps_anybody_out(desk: Open, browser: Browser) -> None:
    """axe-core finds no violation of WCAG 2 A and AA or of its best practices."""
    from axe_playwright_python.base import AXE_FILE_PATH

    page = browser.new_page(reduced_motion="reduce")  # no colour half-way to another
    found = []
    for path in desk.addresses():
        page.goto(desk.url + path)
        page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
        page.evaluate(AXE_FILE_PATH.read_text(encoding="utf-8"))
        for width, ink, rules in LOOKS:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=ink)  # type: ignore[arg-type]
            asked = {"runOnly": {"type": "rule", "values": rules}} if rules else {}
            found += [_told(f"{path} at {width}, {ink}", one) for one in page.evaluate(AXE, asked)]
    page.close()
    assert found == []


def _told(path: str, violation: Any) -> str:
    where = violation["nodes"][0]["html"][:200]
    return f"{path}: {violation['id']} ({len(violation['nodes'])}): {where}"


def test_no_page_scrolls_sideways_or_asks_anybody_else(desk: Open, browser: Browser) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: asked.append(f"a script broke: {error}"))
    wide = []
    for path in desk.addresses():
        page.goto(desk.url + path)
        for width in (SCREEN, 360):
            page.set_viewport_size({"width": width, "height": 800})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wide.append((path, width))
    page.close()
    assert wide == []
    assert [url for url in asked if not url.startswith(desk.url)] == []


def test_every_page_says_the_same_without_scripts(desk: Open, browser: Browser) -> None:
    """All text and every form is there when scripts are off; only the names of keys are not."""
    plain = browser.new_context(java_script_enabled=False).new_page()
    page = browser.new_page()
    lacking = []
    for path in desk.addresses():
        texts: list[list[str]] = []
        for view in (plain, page):
            view.goto(desk.url + path)
            texts.append([word for word in view.inner_text("main").split() if len(word) > 1])
        if texts[0] != texts[1]:
            lacking.append(path)
    plain.context.close()
    page.close()
    assert lacking == []
