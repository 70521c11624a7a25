"""What the desk shows of a reading: what stands beside the article, the choice, day and tongue."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from lxml import html

from store import articles

if TYPE_CHECKING:
    from tests.pages.conftest import DeskUp, Newsroom

    class Serve(Protocol):
        def __call__(self, room: Newsroom, **changes: Any) -> AbstractContextManager[DeskUp]: ...


OWN = "Officials met at the crossing on Friday.\nThe next meeting is planned for Tuesday."
BOX = "More on the TTP\nA commander was named by the police"
BODY = f"{OWN}\n{BOX}"


NOTE = "The feed says 1 January 2099, later than it was first seen."


@pytest.fixture
def up(newsroom: Newsroom, desk_over: Serve) -> Iterator[DeskUp]:
    with desk_over(newsroom) as up:
        yield up


def page_of(up: DeskUp, *, language: str = "en", **facts: Any) -> Any:
    number = up.room.article("frontier", "Talks", OWN, score=None)
    text = replace(up.room.text(number, "Talks", BODY, "A. Reporter", language), **facts)
    assert text.published_at is not None
    with closing(up.room.open()) as db:
        articles.save_text(db, text, text.published_at)
    return html.fromstring(up.get(f"/articles/{number}").text)


def facts_of(page: Any) -> dict[str, str]:
    return {
        " ".join(row.xpath("string(dt)").split()): " ".join(row.xpath("string(dd)").split())
        for row in page.xpath("//dl[@class='facts']/div")
    }


def test_lines_of_other_stories_are_dimmed_and_say_so_once(up: DeskUp) -> None:
    page = page_of(up, aside=((len(OWN) + 1, len(BODY)),))
    beside = [p.text_content().strip() for p in page.xpath("//p[@class='beside']")]
    assert beside == [
        "Beside the article, not counted: More on the TTP",
        "A commander was named by the police",
    ]
    assert "counted for nothing" in page.xpath("//p[@class='beside']/@title")[0]
    assert len(page.xpath("//div[contains(@class, 'text')]/p[not(@class)]")) == 2


def test_a_text_with_nothing_beside_it_has_no_dimmed_line(up: DeskUp) -> None:
    assert page_of(up).xpath("//p[@class='beside']") == []


def test_which_text_was_kept_and_why_is_told(up: DeskUp) -> None:
    told = facts_of(page_of(up, text_choice="The page carries more of it: 9 to 3."))
    assert told["Read by"].endswith("from the page. The page carries more of it: 9 to 3.")


def test_what_is_odd_of_its_day_is_told_in_words(up: DeskUp) -> None:
    odd = {"published_source": "url", "published_flag": "future", "published_note": NOTE}
    told = facts_of(page_of(up, **odd))
    assert "in its address" in told["Published"]
    assert told["Published"].endswith(NOTE)


@pytest.mark.parametrize(
    ("code", "words"), [("en", "English, left to right"), ("de", "German, left to right")]
)
def test_the_language_is_named_with_its_direction(up: DeskUp, code: str, words: str) -> None:
    assert facts_of(page_of(up, language=code))["Language"] == words
