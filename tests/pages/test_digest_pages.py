"""The digests on the desk: each as it was made, in its forms, with its picture, as a feed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import feedparser
import pytest
from lxml import html as pages

from monitor.edge.render import pdf
from store import editions
from store.messages import Edition

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
DAY = date(2026, 11, 21)
PNG = b"\x89PNG\r\n\x1a\nthe picture"
Serve = Callable[..., AbstractContextManager[Any]]


def parsed(html: str) -> Any:
    return pages.fromstring(html)


def edition(name: str = "daily", back: int = 0, **change: Any) -> Edition:
    day = DAY - timedelta(days=back)
    facts: dict[str, Any] = {
        "name": name, "day_on": day, "made_at": NOW, "since_at": NOW - timedelta(days=1),
        "until_at": NOW, "title": f"Torkham {name} {day}", "text": f"{name} {day} as text\n",
        "page": f'<div class="digest-digest"><h1>Torkham {name} {day}</h1>'
        f'<img src="/digests/{name}/{day}/picture.png" alt="x"></div>',
        "markdown": f"# {name} {day}\n", "picture": PNG, **change,
    }  # fmt: skip
    return Edition(**facts)


@pytest.fixture
def up(newsroom: Any, desk_over: Serve) -> Any:
    db = newsroom.open()
    for one in (edition(), edition(back=1), edition("weekly"), edition("weekly", 7, picture=None)):
        editions.put(db, one, [])
    old = edition(back=2, text="", markdown="", picture=None)
    editions.put(db, old, [])
    db.close()
    with desk_over(newsroom) as desk:
        yield desk


def test_each_digest_has_a_list_and_pages_of_its_own(up: Any) -> None:
    """The daily ones stay where they were; others stand under their name."""
    listed = up.get("/digests").text
    assert 'href="/digests/2026-11-21"' in listed
    assert 'href="/digests?name=weekly"' in listed
    weekly = up.get("/digests?name=weekly").text
    assert 'href="/digests/weekly/2026-11-14"' in weekly
    assert "Torkham daily 2026-11-21" in up.get("/digests/2026-11-21").text
    page = up.get("/digests/weekly/2026-11-21").text
    assert "Torkham weekly 2026-11-21" in page
    assert 'href="/digests/weekly/2026-11-14"' in page
    assert up.get("/digests/daily/2026-11-21").status_code == 200
    for absent in ("/digests?name=evening", "/digests/weekly/2026-11-20", "/digests/x/y"):
        assert up.get(absent).status_code == 404, absent


def test_an_edition_is_had_as_text_markdown_and_picture(up: Any) -> None:
    at = "/digests/daily/2026-11-21"
    assert up.get(f"{at}/digest.txt").text == "daily 2026-11-21 as text\n"
    markdown = up.get(f"{at}/digest.md")
    assert markdown.text == "# daily 2026-11-21\n"
    assert "torkham-daily-2026-11-21.md" in markdown.headers["content-disposition"]
    picture = up.get(f"{at}/picture.png")
    assert (picture.content, picture.headers["content-type"]) == (PNG, "image/png")
    links = parsed(up.get("/digests/2026-11-21").text).xpath("//a/@href")
    assert {f"{at}/digest.txt", f"{at}/digest.md"} <= set(links)
    assert (f"{at}/digest.pdf" in links) == pdf.installed()


def test_an_edition_of_before_there_were_forms_offers_none(up: Any) -> None:
    """Its page stands; it has no link that leads nowhere."""
    page = up.get("/digests/2026-11-19").text
    assert "As Markdown" not in page
    assert "As plain text" not in page
    for form in ("digest.txt", "digest.md", "picture.png"):
        assert up.get(f"/digests/daily/2026-11-19/{form}").status_code == 404


@pytest.mark.slow
def test_an_edition_is_had_as_pdf(up: Any) -> None:
    if not pdf.installed():
        pytest.skip("WeasyPrint is not installed")
    made = up.get("/digests/weekly/2026-11-14/digest.pdf")
    assert made.headers["content-type"] == "application/pdf"
    assert made.content.startswith(b"%PDF")


def test_digests_are_a_feed_with_all_they_said(up: Any) -> None:
    """Pictures and pages by whole addresses; ids that stay; other digests by their name."""
    found = feedparser.parse(up.get("/digests.atom").content)
    assert not found.bozo
    assert [entry.title for entry in found.entries] == [
        f"Torkham daily 2026-11-{day}" for day in (21, 20, 19)
    ]
    first = found.entries[0]
    assert urlsplit(first.link).path == "/digests/daily/2026-11-21"
    (image,) = parsed(first.content[0].value).xpath("//img/@src")
    assert image.startswith("http://")
    assert len({entry.id for entry in found.entries}) == 3
    weekly = feedparser.parse(up.get("/digests.atom?name=weekly").content)
    assert len(weekly.entries) == 2
    assert up.get("/digests.atom?name=evening").status_code == 404
    assert up.get("/digests.atom?day=x").json()["parameter"] == "day"


def test_programs_ask_for_a_digest_by_its_name(up: Any) -> None:
    listed = up.get("/api/digests?name=weekly").json()["digests"]
    assert [(one["name"], one["day_on"]) for one in listed] == [
        ("weekly", "2026-11-21"), ("weekly", "2026-11-14"),
    ]  # fmt: skip
    assert up.get("/api/digests").json()["digests"][0]["name"] == "daily"
    whole = up.get("/api/digests/2026-11-14?name=weekly").json()
    assert whole["title"] == "Torkham weekly 2026-11-14"
