"""A title that a page tells of itself is its headline, without the name of its site."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import PageSays
from monitor.stages.extract.headline import headline

URL = "https://www.hillgazette.example/news/2026/11/checkpoint"


def told(title: str, *, site: str = "", publisher: str = "", url: str = URL) -> str:
    data = (f'{{"publisher": {{"@type": "Organization", "name": "{publisher}"}}}}',)
    return headline(PageSays(titles=(title,), sites=(site,), data=data), url)


@pytest.mark.parametrize(
    ("title", "site"),
    [
        ("Border closed after clash | The Hill Gazette", "The Hill Gazette"),
        ("Border closed after clash - Hill Gazette", ""),  # as its address says
        ("Border closed after clash – HILLGAZETTE.EXAMPLE", ""),
        ("Border closed after clash | Gazette News", "Gazette"),
        ("Border closed after clash | The Gazette", "Gazette"),
        ("Border closed after clash - World - The Hill Gazette", "Hill Gazette"),
        ("Border closed after clash | The Hill Gazette | by Ana Example", "Hill Gazette"),
        ("Border closed after clash – HG – 22.11.2026", "HG"),
    ],
)
def test_the_name_of_the_site_and_what_follows_it_are_no_part_of_a_headline(
    title: str, site: str
) -> None:
    assert told(title, site=site).removesuffix(" - World") == "Border closed after clash"


@pytest.mark.parametrize(
    ("title", "url", "expected"),
    [
        ("سرحد بند کر دی گئی | پہاڑی اخبار", URL, "سرحد بند کر دی گئی"),
        ("国境の検問所が閉鎖：山の新聞デジタル", URL, "国境の検問所が閉鎖"),
        ("Grenze nach Gefecht geschlossen | Übergang-Zeitung",
         "https://www.uebergang-zeitung.example/1", "Grenze nach Gefecht geschlossen"),
        ("Border closed after it | BBZ", "https://news.bbz.co.uk/1", "Border closed after it"),
    ],
)  # fmt: skip
def test_names_are_known_in_any_script(title: str, url: str, expected: str) -> None:
    site = {"س": "پہاڑی اخبار", "国": "山の新聞"}.get(title[0], "")
    assert told(title, site=site, url=url) == expected


def test_the_publisher_of_the_structured_data_is_a_name_of_the_site() -> None:
    title = "Border closed after clash | Meridian Post"
    assert told(title) == title
    assert told(title, publisher="Meridian Post") == "Border closed after clash"


@pytest.mark.parametrize(
    "title",
    [
        "Border closed after clash",
        "Border closed - and nobody knows why",
        "Army: no talks - Taliban: no truce",
        "Live | The Hill Gazette",  # hardly anything would be left
        "The Hill Gazette - who reads it, and why",
        "Anti-terror push: what the Hill Gazette's readers ask",
        "",
    ],
)
def test_any_other_title_stays_as_it_is(title: str) -> None:
    assert told(title, site="The Hill Gazette") == title


@given(st.text(max_size=80), st.text(max_size=30), st.text(max_size=40))
def test_a_headline_is_how_its_title_begins(title: str, site: str, url: str) -> None:
    said = " ".join(title.split())
    found = headline(PageSays(sites=(site,)), url, title=said)
    assert said.startswith(found)
    assert bool(found) == bool(said)
