"""Who wrote an article, of what its page says: people, not the outlet that printed them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import PageSays
from monitor.stages.extract.authors import authors

URL = "https://www.hillgazette.example/news/2026/11/checkpoint"
SITE = "The Hill Gazette"


def told(*head: str, data: Any = None) -> str | None:
    blobs = () if data is None else (data if isinstance(data, str) else json.dumps(data),)
    return authors(PageSays(authors=head, data=blobs, sites=(SITE,)), URL)


def article(**more: Any) -> dict[str, Any]:
    return {"@type": "NewsArticle", "headline": "Border closed", **more}


PEOPLE = "Mina Example, Tor Sample"


@pytest.mark.parametrize(
    "author",
    [
        "Mina Example",
        ["Mina Example"],
        {"@type": "Person", "name": "Mina Example"},
        {"@type": "Person", "image": {"name": "A portrait"}, "name": "Mina Example"},
        {"@type": "Person", "givenName": "Mina", "familyName": "Example"},
        {"@type": "Person", "byline": "Mina Example"},
        [{"name": "By Mina Example"}, {"name": SITE}],
    ],
)
def test_the_structured_data_names_a_writer_in_many_ways(author: object) -> None:
    assert told("Desk Editor", data=article(author=author)) == "Mina Example"


def test_several_writers_are_all_named() -> None:
    both = [{"name": "Mina Example"}, {"name": "Tor Sample"}, {"name": "Mina Example"}]
    assert told(data=article(author=both)) == PEOPLE
    assert told(data=[article(author=both)]) == PEOPLE
    assert told(data={"@graph": [{"@type": "WebSite"}, article(author=both)]}) == PEOPLE


def test_a_writer_who_stands_elsewhere_in_the_block_is_looked_up_there() -> None:
    graph = [article(author={"@id": "#7"}), {"@type": "Person", "@id": "#7", "name": "Tor Sample"}]
    assert told(data={"@graph": graph}) == "Tor Sample"


def test_who_took_the_picture_did_not_write_the_article() -> None:
    picture = {"@type": "ImageObject", "author": {"name": "Wire Pictures"}}
    assert told(data={"image": picture, **article(author={"name": "Tor Sample"})}) == "Tor Sample"
    assert told(data=picture) is None


@pytest.mark.parametrize(
    "name",
    [SITE, "hillgazette", "hillgazette.example", "Hill Media GmbH", "https://social.example/hill",
     "desk@hillgazette.example", "105092", "www.hill.com", "-", ""],
)  # fmt: skip
def test_an_outlet_an_address_or_a_number_is_no_writer(name: str) -> None:
    assert told(name) is None
    assert told(name, "Mina Example") == "Mina Example"
    assert told("Mina Example", data=article(author={"name": name})) == "Mina Example"


def test_broken_data_still_names_its_writer() -> None:
    assert told(data='{"author": {"@type": "Person", "name": "Tor Sample"},,') == "Tor Sample"


@pytest.mark.parametrize("data", ["", "null", "[" * 9_999, '{"author":' * 900, "1" * 9_999])
def test_data_that_says_nothing_names_nobody(data: str) -> None:
    assert told(data=data) is None


@given(st.lists(st.text(max_size=30), max_size=3), st.text(max_size=60), st.text(max_size=30))
def test_whatever_a_page_says_its_writers_are_a_line_or_nobody(
    head: list[str], data: str, url: str
) -> None:
    found = authors(PageSays(authors=tuple(head), data=(f'"author"{data}',)), url)
    assert found is None or (found == " ".join(found.split()) and 2 <= len(found) <= 3_000)
