"""Refused pages and kinds of texts on the desk, over real HTTP of a real store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html

from classifiers.lexicon import load_lexicon
from monitor.articles.overruling import overrule, take_back
from store import refusals
from store.kinds import Refusal

if TYPE_CHECKING:
    from tests.pages.conftest import DeskUp, Newsroom

AT = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)
BODY = "<script>alert(1)</script> You must show both permits at the pass.\nBring water."
LEXICON = load_lexicon()


@pytest.fixture
def up(full_room: Newsroom, desk_over: Any) -> Iterator[DeskUp]:
    """A desk over a newsroom in which the page of article 1 stands refused."""

    def act(db: Any, article: int, by: str, does: bool) -> str:
        if does:
            return overrule(db, article=article, by=by, now=AT, lexicon=LEXICON)
        return take_back(db, article=article, by=by, now=AT)

    with closing(full_room.open()) as db:
        db.execute(
            "UPDATE articles SET refused = 'not_article', text_from = 'headline' WHERE id = 1"
        )
        refusals.keep(
            db,
            Refusal(
                article=1, refused_at=AT, reason="not_article", kind="consent",
                detail="a consent wall stands in front of the page", title="Permits", body=BODY,
            ),
        )  # fmt: skip
    with desk_over(full_room, overrule=act) as desk:
        yield desk


def said(page: str) -> str:
    return " ".join("".join(map(str, html.fromstring(page).itertext())).split())


def test_a_refused_article_says_as_what_and_shows_the_text_as_text(up: DeskUp) -> None:
    page = up.get("/articles/1").text
    assert "refused as: a consent wall stands in front of the page" in said(page)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert(1)" not in page
    assert "This is an article" in page


def test_the_button_makes_it_an_article_and_the_page_says_who_and_offers_the_way_back(
    up: DeskUp,
) -> None:
    up.post("/you", {"name": "Rana"})
    assert up.post("/articles/1/overrule", {"do": "overrule"}).status_code == 303
    page = said(up.get("/articles/1").text)
    assert "Rana said that it is an article" in page
    assert "Bring water." in page
    assert "Take that back" in page
    assert up.post("/articles/1/overrule", {"do": "back"}).status_code == 303
    assert "This is an article" in up.get("/articles/1").text


def test_what_cannot_be_overruled_says_why_and_changes_nothing(up: DeskUp) -> None:
    answer = up.post("/articles/2/overrule", {"do": "overrule"})
    assert answer.status_code == 409
    assert "no refused text" in said(answer.text)
    assert up.post("/articles/1/overrule", {"do": "what"}).status_code == 404


def test_the_list_of_the_refused_is_reached_from_the_books_and_told_by_kind(up: DeskUp) -> None:
    assert 'href="/refused"' in up.get("/ledger").text
    assert 'href="/refused"' in up.get("/ledger/items?disposition=dropped").text
    assert "consent walls 1" in said(up.get("/refused").text)
    assert 'href="/articles/1"' in up.get("/refused?kind=consent").text
    assert 'href="/articles/1"' not in up.get("/refused?kind=login").text


def test_every_refused_page_can_be_reached_however_many_there_are(
    newsroom: Newsroom, desk_over: Any
) -> None:
    """A wall in front of one outlet refuses hundreds; behind which of them is the story?"""
    title = "سرحدی گزرگاہ نو دن سے بند ہے اور دونوں طرف ہزاروں ٹرک کھڑے ہیں "
    number = newsroom.article("frontier", "Permits", BODY)
    with closing(newsroom.open()) as db:
        names = [row[1] for row in db.execute("PRAGMA table_info(articles)")]
        told = {"id": "id + ?", "url": "url || ?", "canonical_url": "canonical_url || ?"}
        cells = ", ".join(told.get(name, name) for name in names)
        for n in range(1, 230):
            given = [n for name in names if name in told]
            sql = f"INSERT INTO articles SELECT {cells} FROM articles WHERE id = {number}"  # noqa: S608
            db.execute(sql, given)
        db.execute("UPDATE articles SET refused = 'not_article', title = ? || id", (title,))
        db.conn.commit()
        for n in range(230):
            kind = "consent" if n < 200 else "login"
            refusals.keep(
                db,
                Refusal(
                    article=number + n, refused_at=AT, reason="not_article", kind=kind,
                    detail="a consent wall stands in front of the page", title=title, body=BODY,
                ),
            )  # fmt: skip
    with desk_over(newsroom) as desk:
        for path, many in (("/refused", 230), ("/refused?kind=consent", 200)):
            met: list[str] = []
            onward: str = path
            while onward:
                page = desk.get(onward)
                assert len(page.content) < 60_000
                tree: Any = html.fromstring(page.text)
                met += tree.xpath("//main//li/a/@href")
                onward = "".join(tree.xpath("//a[@rel='next']/@href"))
            assert len(met) == len(set(met)) == many


def test_a_reviewer_s_kind_of_text_stands_beside_the_guess_and_can_go_back(up: DeskUp) -> None:
    up.post("/you", {"name": "Rana"})
    assert up.post("/articles/2/genre", {"genre": "op_ed"}).status_code == 303
    page = said(up.get("/articles/2").text)
    assert "op-ed put by Rana" in page
    assert "the first guess was not known" in page
    up.post("/articles/2/genre", {"genre": "back"})
    assert "put by Rana" not in said(up.get("/articles/2").text)
    assert up.post("/articles/2/genre", {"genre": "poem"}).status_code == 404
