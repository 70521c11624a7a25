"""Looking at what an outlet sent tells the outlet nothing: the reviewer's browser asks the desk.

The outlet here listens: whatever the browser asks of it, for a picture, a font or its icon, arrives
and is counted. Two hundred items are reviewed one by one, each with every way a page has to ask.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import pytest
from playwright.sync_api import Error

from monitor.serving import desk_for
from monitor.web.server import create, serve
from tests.hostile.looking import in_a_browser, witness

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from playwright.sync_api import Browser, Page

    from tests.hostile.conftest import Hostile, Paper
    from tests.scorecard import Figure

    Open = Callable[[Path, Mapping[str, Mapping[str, object]]], AbstractContextManager[Paper]]

ITEMS, EACH = 200, 20  # so many in a feed
ON_SHOW = "document.querySelector('#decision form, form#decision')?.getAttribute('action') ?? ''"
HEAD = (
    b"<?xml version='1.0'?><rss version='2.0' xmlns:media='http://search.yahoo.com/mrss/'"
    b" xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><title>An outlet</title>"
)
# ``{u}`` is an address of the outlet, another one in each item.
ASKING = """\
<img src={u}>
<img src=x srcset="{u} 1x, {u}2 2x">
<picture><source srcset={u}><img src={u}></picture>
<link rel=stylesheet href={u}>
<link rel=icon href={u}>
<link rel="apple-touch-icon" href={u}>
<link rel=preload as=image href={u}>
<link rel=prefetch href={u}>
<link rel=preconnect href={u}>
<link rel=dns-prefetch href={u}>
<link rel=prerender href={u}>
<link rel=modulepreload href={u}>
<link rel=manifest href={u}>
<style>@import '{u}'; @font-face {{ font-family: x; src: url({u}) }} * {{ font-family: x }}</style>
<p style="background: url({u})">x</p>
<table background={u}><tr><td background={u}>x</td></tr></table>
<body background={u}>
<meta http-equiv=refresh content="0; url={u}">
<base href={u}/>
<iframe src={u}></iframe>
<frameset><frame src={u}></frameset>
<object data={u}></object>
<embed src={u}>
<svg><image href={u} /><use href="{u}#a" /></svg>
<svg><filter><feImage href={u} /></filter></svg>
<video src={u} poster={u} autoplay></video>
<audio src={u} autoplay></audio>
<video><source src={u}><track src={u} default></video>
<input type=image src={u}>
<script src={u}></script>
<script>fetch('{u}'); new Image().src = '{u}'; navigator.sendBeacon('{u}')</script>
<a href={u} ping={u}>x</a>
<img src=x onerror="location='{u}'">
<form action={u}><input autofocus onfocus="this.form.submit()"></form>
<portal src={u}></portal>
![x]({u})
{u}
"><img src={u}>
'><img src={u}>
</title><img src={u}>
&lt;img src={u}&gt;
<![CDATA[<img src={u}>]]>""".splitlines()


def asking(hostile: Hostile, number: int) -> str:
    return ASKING[number % len(ASKING)].format(u=hostile.url(f"/track/{number}"))


def arrive(paper: Paper, hostile: Hostile) -> None:
    """Let a feed bring the items whole; what the service itself asks is no part of this."""
    items = []
    for number in range(ITEMS):
        payload = asking(hostile, number)
        story = paper.story(f"item {number}").decode()
        said = story[story.index("<p>") : story.index("</article>")] + payload
        link = hostile.url(f"/track/{number}/link")
        items.append(
            f"<item><title>TTP at Torkham, {number}: {escape(payload)}</title><link>{link}</link>"
            f"<guid>{number}</guid><author>{escape(payload)}</author>"
            f"<description>{escape(payload)}</description><category>{escape(payload)}</category>"
            f"<enclosure url='{hostile.url(f'/track/{number}/e.png')}' type='image/png' />"
            f"<media:thumbnail url='{hostile.url(f'/track/{number}/t.png')}' />"
            f"<content:encoded>{escape(said)}</content:encoded></item>"
        )
    for key, at in enumerate(range(0, ITEMS, EACH)):
        some = "".join(items[at : at + EACH]).encode()
        paper.put(f"outlet-{key}", HEAD + some + b"</channel></rss>")
    paper.work("poll", "harvest", "judge")


def queued(paper: Paper) -> list[int]:
    rows = paper.rows("SELECT id FROM articles WHERE disposition = 'queued' ORDER BY id")
    return [row["id"] for row in rows]


def reviewed(page: Page, home: str, numbers: Sequence[int]) -> set[str]:
    """Say of each in the queue that it is wanted, by its key; return which were on show."""
    page.goto(f"{home}/queue", wait_until="load")
    shown: set[str] = set()
    for _ in numbers:
        shown.add(now := page.evaluate(ON_SHOW))
        page.keyboard.press("r")
        page.wait_for_function(f"before => ({ON_SHOW}) !== before", arg=now)
    return shown


@in_a_browser
def test_the_outlet_would_hear_of_it(hostile: Hostile, browser: Browser) -> None:
    """Shown as they are, most of these do ask: else their silence would prove nothing."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n"
    for number in range(len(ASKING)):
        page = f"<html><body>{asking(hostile, number)}</body></html>"
        hostile.answers[f"/bare/{number}"] = head + page.encode()
    with witness(browser, hostile.url(""), script=True) as eye:
        for number in range(len(ASKING)):
            with suppress(Error):  # the page before may send the browser elsewhere in that moment
                eye.page.goto(hostile.url(f"/bare/{number}"), wait_until="load")
    heard = {path for path in hostile.paths() if path.startswith("/track/")}
    assert len(heard) > len(ASKING) // 2, heard


@pytest.mark.row(36)
@in_a_browser
def test_two_hundred_hostile_items_are_reviewed_and_the_browser_asks_the_desk_alone(
    open_paper: Open, hostile: Hostile, browser: Browser, tmp_path: Path, figure: Figure
) -> None:
    """In the queue and each on its own page, decided there; the outlet hears nothing of it."""
    with open_paper(tmp_path, {f"outlet-{key}": {} for key in range(ITEMS // EACH)}) as paper:
        arrive(paper, hostile)
        with serve(create(desk_for(paper.app))) as serving:
            home = serving.url.rstrip("/")
            with witness(browser, home, script=True, policy=False) as eye:
                asked: list[str] = []
                eye.page.on("request", lambda request: asked.append(request.url))
                numbers = queued(paper)
                shown = reviewed(eye.page, home, numbers)
                eye.read(f"{home}/articles/{numbers[0]}")
        rows = paper.rows("SELECT count(*) AS n FROM articles WHERE decision IS NOT NULL")
    assert len(numbers) == ITEMS
    assert rows[0]["n"] == len(shown) == ITEMS
    elsewhere = [url for url in asked if not url.startswith(home + "/")]
    assert elsewhere == []
    assert [path for path in hostile.paths() if path.startswith("/track/")] == []
    figure(f"{ITEMS} hostile items reviewed, {len(asked)} requests of the browser: 0 elsewhere")
