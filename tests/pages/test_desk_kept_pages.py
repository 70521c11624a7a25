"""Kept pages on the desk: the books, what became of articles, and files that cannot run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from store import archived, backfills, pages, removals, rereads

if TYPE_CHECKING:
    from tests.pages.conftest import DeskUp, Newsroom

    class Serve(Protocol):
        def __call__(self, room: Newsroom, **changes: Any) -> AbstractContextManager[DeskUp]: ...


NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
HOSTILE = b"<html><script>alert(1)</script><body onload=alert(2)>A page.</body></html>"


@pytest.fixture
def up(newsroom: Newsroom, desk_over: Serve) -> Iterator[DeskUp]:
    with desk_over(newsroom) as up:
        yield up


def keep(up: DeskUp, article: int, body: bytes = HOSTILE) -> None:
    with closing(up.room.open()) as db:
        url = f"https://gazette.example/{article}"
        kept = pages.page(
            body, source="page", url=url, final_url=url, status=200,
            headers={"content-type": "text/html"}, fetched_at=NOW,
        )  # fmt: skip
        pages.keep(db, article, kept)


@pytest.mark.parametrize("ending", ["warc.gz", "txt"])
def test_a_kept_page_is_a_file_to_be_saved_and_never_a_page_of_ours(
    up: DeskUp, ending: str
) -> None:
    """Whatever a stranger wrote into it: nothing runs in the desk's name."""
    article = up.room.article("frontier", "Talks resume", "A text of some words.")
    keep(up, article)
    answer = up.get(f"/articles/{article}/page.{ending}")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "html" not in answer.headers["content-type"]
    if ending == "txt":
        assert answer.content == HOSTILE
    assert up.get("/articles/999/page.txt").status_code == 404


def test_an_article_says_what_became_of_it(up: DeskUp) -> None:
    article = up.room.article("frontier", "Talks resume", "A text of some words.")
    keep(up, article)
    with closing(up.room.open()) as db, db.conn:
        db.conn.execute(
            "INSERT INTO rereads (article, after, due_at, asked_at, outcome, status, detail)"
            " VALUES (?, 86400, ?, ?, 'gone', 410, 'The page is gone (410).')",
            (article, NOW.isoformat(), NOW.isoformat()),
        )
        assert rereads.told_since(db, NOW)
    shown = up.get(f"/articles/{article}").text
    assert "save it as WARC" in shown
    listed = up.get("/corpus/pages").text
    assert "removed by the outlet" in listed
    assert "The page is gone (410)." in listed
    with closing(up.room.open()) as db:
        removals.request(db, article, by="Gul", why="The <b>author</b> asked", now=NOW)
    for place in (f"/articles/{article}", f"/articles/{article}/versions"):
        shown = up.get(place).text
        assert "The text was removed on" in shown
        assert "The &lt;b&gt;author&lt;/b&gt; asked" in shown
        assert "A text of some words." not in shown
    assert "save it as WARC" not in shown
    assert "Removed on request" in up.get("/corpus/pages").text


def test_the_queue_shows_a_backfill_alone_or_leaves_it_out(up: DeskUp) -> None:
    up.room.article("frontier", "News of today", "A text of some words.")
    old = up.room.article("frontier", "Old talks", "Another text of some words.")
    assert "Backfill <select" not in " ".join(up.get("/queue?filter=open").text.split())
    with closing(up.room.open()) as db:
        backfills.begin(db, "archive", [], by="Gul", now=NOW)
        with db.conn:
            db.conn.execute(
                "INSERT INTO feeds (key, url, outlet, side, language, section, kind, body, note,"
                " enabled, every_minutes) SELECT 'backfill:archive', '', outlet, side, language,"
                " section, 'page', body, '', 0, 15 FROM feeds LIMIT 1"
            )
            db.conn.execute("UPDATE articles SET feed = 'backfill:archive' WHERE id = ?", (old,))
    assert "archive (1)" in up.get("/queue?filter=open").text
    with closing(up.room.open()) as db:
        row = archived.Archive(id=0, place="/a/<b>news.warc.gz", size=9, digest="d", spans=1)
        archived.begin(db, "archive", [row], b"")
        find = archived.Find(
            article=old, place="", member="", offset=12_345, length=9, digest="sha256:d",
            crawled_at=NOW, url="https://gazette.example/old",
        )  # fmt: skip
        archived.add_finds(db, archived.every(db, "archive")[0].id, [find])
    page = up.get(f"/articles/{old}/versions").text
    assert "&lt;b&gt;news.warc.gz" in page
    assert "record at 12,345, crawled" in page
    only = up.get("/queue?backfill=archive").text
    assert "Old talks" in only
    assert "News of today" not in only
    rest = up.get("/queue?backfill=none").text
    assert "Old talks" not in rest
    assert "News of today" in rest
    assert "/queue?backfill=archive" in up.get("/corpus/pages").text


def test_an_administrator_takes_a_text_down_and_nobody_else(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    article = newsroom.article("frontier", "Talks resume", "The envoys met in the old library.")
    names = {"Amina": "administrator", "Rabia": "reviewer"}
    with desk_over(newsroom, people=names) as up:
        up.sign_in("Rabia")
        assert "Take this text down" not in up.get(f"/articles/{article}").text
        given = {"why": "The author asked, 3 March", "sure": "yes"}
        assert up.post(f"/articles/{article}/remove", given).status_code == 403
        with up.beside("Amina") as chief:
            assert "Take this text down" in chief.get(f"/articles/{article}").text
            assert chief.post(f"/articles/{article}/remove", {"why": " "}).status_code == 422
            assert "old library" in chief.get(f"/articles/{article}").text
            assert chief.post(f"/articles/{article}/remove", given).status_code == 303
            shown = chief.get(f"/articles/{article}").text
    assert "old library" not in shown
    assert "The author asked, 3 March" in shown
    assert "Take this text down" not in shown
    assert "3 March. Its record stays." in re.sub(r"<[^>]+>", "", shown)
    assert "the page gave none" not in shown
