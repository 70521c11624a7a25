"""Atom feeds: valid whatever an outlet wrote, the same after a restart, and silent on tokens."""

from __future__ import annotations

import io
import unicodedata
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

import feedparser
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import etree

from monitor.web.desk import Desk
from monitor.web.views import atom
from store import people as accounts
from store import reviews, searches, tokens

if TYPE_CHECKING:
    from tests.pages.conftest import DeskUp, Newsroom

    class Serve(Protocol):
        def __call__(self, room: Newsroom, **changes: Any) -> AbstractContextManager[DeskUp]: ...


NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def up(full_room: Newsroom, desk_over: Serve) -> Any:
    db = full_room.open()
    for number, article in enumerate((2, 1, 3)):
        at = NOW + timedelta(minutes=number)
        reviews.decide(db, article=article, answer="relevant", by="Rabia", now=at)
    reviews.decide(db, article=4, answer="not_relevant", by="Rabia", now=NOW)
    searches.save(db, name="Trucks <&> fruit", query="q=trucks", by="Rabia", now=NOW)
    db.close()
    with desk_over(full_room) as desk:
        yield desk


def read(up: DeskUp, path: str) -> Any:
    answer = up.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/atom+xml"
    found = feedparser.parse(io.BytesIO(answer.content))
    assert not found.bozo, found.get("bozo_exception")
    assert found.version == "atom10"
    return found


def valid(document: bytes) -> etree._Element:
    """What RFC 4287 asks of every feed and every entry."""
    root = etree.fromstring(document)
    assert root.tag == f"{ATOM}feed"
    for part in (root, *root.iter(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            [found] = part.findall(f"{ATOM}{name}")
            assert found.text
            assert found.text.strip()
        updated = part.findtext(f"{ATOM}updated")
        assert updated
        assert updated.endswith("Z")
        datetime.fromisoformat(updated)
        assert part.find(f"{ATOM}author/{ATOM}name") is not None
        for link in part.findall(f"{ATOM}link"):
            assert link.get("href", "").startswith(("http://", "https://"))
        assert len([lk for lk in part.findall(f"{ATOM}link") if lk.get("rel") == "alternate"]) == 1
    ids = [e.text for e in root.iter(f"{ATOM}id")]
    assert len(set(ids)) == len(ids)
    return root


# --- what is in it --------------------------------------------------------------------------


def test_accepted_articles_come_newest_decision_first_with_both_links(up: DeskUp) -> None:
    found = read(up, "/accepted.atom")
    assert [entry.author for entry in found.entries] == [
        "صبحِ سرحد", "Frontier Daily", "Kabul Courier",
    ]  # fmt: skip
    entry = found.entries[1]
    assert entry.link == "https://frontier.example/news/1"
    assert entry.updated == "2026-11-21T06:01:00Z"
    links = {link.rel: link.href for link in entry.links}
    assert links["related"] == f"{up.url}articles/1"
    valid(up.get("/accepted.atom").content)


def test_it_can_be_narrowed_and_anything_else_is_refused_by_name(up: DeskUp) -> None:
    assert len(read(up, "/accepted.atom?outlet=Kabul+Courier").entries) == 1
    assert len(read(up, "/accepted.atom?topic=talks").entries) == 2
    assert not read(up, "/accepted.atom?outlet=Nobody").entries
    assert up.get("/accepted.atom?side=x").json()["parameter"] == "side"
    twice = up.get("/accepted.atom?outlet=Kabul+Courier&outlet=Frontier+Daily")
    assert (twice.status_code, twice.json()["parameter"]) == (400, "outlet")


def test_a_saved_search_is_a_feed_of_what_it_finds(up: DeskUp) -> None:
    found = read(up, "/searches/1.atom")
    assert found.feed.title == "Torkham: Trucks <&> fruit"
    assert [entry.author for entry in found.entries] == ["Kabul Courier", "Frontier Daily"]
    for path in ("/searches/2.atom", "/searches/x.atom", "/searches/0.atom"):
        assert up.get(path).status_code == 404
    valid(up.get("/searches/1.atom").content)


def test_what_waits_undecided_shows_no_score_and_what_is_kept_back_no_strand(
    up: DeskUp,
) -> None:
    number = up.room.article("wire", "Trucks in a storm", "Trucks stood.", score=0.44)
    text = up.get("/searches/1.atom").text
    entry = next(part for part in text.split("<entry>") if f"/articles/{number}" in part)
    assert "category" not in entry
    assert "0.44" not in text


def test_an_empty_feed_is_valid_too(newsroom: Newsroom, desk_over: Serve) -> None:
    with desk_over(newsroom) as desk:
        valid(desk.get("/accepted.atom").content)


# --- asking again ---------------------------------------------------------------------------


def test_a_reader_that_has_it_is_told_so_until_something_changes(up: DeskUp) -> None:
    first = up.get("/accepted.atom")
    mark = first.headers["etag"]
    for asked in (mark, f'W/{mark}, "x"', f'"x",{mark}', "*"):
        again = up.get("/accepted.atom", **{"if-none-match": asked})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == mark
    assert up.get("/accepted.atom", **{"if-none-match": '"x"'}).status_code == 200
    db = up.room.open()
    reviews.undo(db, article=1, by="Rabia", now=NOW)
    db.close()
    assert up.get("/accepted.atom", **{"if-none-match": mark}).status_code == 200


def test_ids_outlive_a_restart_under_another_address(
    up: DeskUp, full_room: Newsroom, desk_over: Serve
) -> None:
    with desk_over(full_room) as again:
        ids = [[e.id for e in read(desk, "/accepted.atom").entries] for desk in (up, again)]
        feeds = [read(desk, "/accepted.atom").feed.id for desk in (up, again)]
    assert ids[0] == ids[1]
    assert feeds[0] == feeds[1]
    with desk_over(full_room, secret=b"another desk, another secret of 32") as other:
        assert ids[0][0] != read(other, "/accepted.atom").entries[0].id


# --- tokens ---------------------------------------------------------------------------------


def test_a_feed_reader_may_show_its_token_in_the_address_and_no_answer_repeats_it(
    full_room: Newsroom, desk_over: Serve
) -> None:
    with desk_over(full_room, people={"Ada": "administrator"}) as up:
        db = full_room.open()
        ada = accounts.named(db, "Ada")
        assert ada
        now = up.desk.clock()
        token = tokens.issue(db, person=ada.id, label="reader", now=now, read_only=True)
        db.close()
        assert up.get("/accepted.atom").status_code == 401
        answer = up.get(f"/accepted.atom?outlet=x&token={token}")
        assert answer.status_code == 200
        wrong = up.get(f"/accepted.atom?zzz=1&token={token}")
        assert wrong.status_code == 400
        none = up.get(f"/accepted.atom?token={token[:-1]}")
        assert none.status_code == 401
        for told in (answer, wrong, none):
            assert "trk_" not in told.text + str(told.headers)
            assert told.headers["referrer-policy"] == "no-referrer"
        assert "set-cookie" not in answer.headers
        assert up.get(f"/api/me?token={token}").status_code == 401  # an address serves Atom alone
        assert up.get(f"/queue?token={token}").status_code == 303


# --- whatever an outlet wrote ---------------------------------------------------------------

HOSTILE = (
    "<script>alert(1)</script>",
    "]]><script>alert(1)</script><![CDATA[",
    '"><img src=x onerror=alert(1)>',
    "<!ENTITY x SYSTEM 'file:///etc/passwd'>&x;",
    "\x00\x01\x0b\x1f\x7f\x80",
    "\ud800 half a pair \udfff",
    "\ufffe\uffff\U0010ffff",
    "\u202etxt.exe\u2066\u2069\u200f",
    "</title></entry></feed>",
    " ",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_headlines_and_names_give_a_feed_that_can_be_read(
    newsroom: Newsroom, desk_over: Serve, text: str
) -> None:
    newsroom.feed("odd", outlet=text)
    number = newsroom.article("odd", text, f"Body {text}", summary=text * 50, topics=(text,))
    db = newsroom.open()
    reviews.decide(db, article=number, answer="relevant", by=text, now=NOW)
    searches.save(db, name=f"a {text}", query="q=body", by=text, now=NOW)
    db.close()
    with desk_over(newsroom) as desk:
        assert desk.get("/api/articles").json()["articles"][0]["tags"] == []
        for path in ("/accepted.atom", "/searches/1.atom"):
            answer = desk.get(path)
            assert answer.status_code == 200
            root = valid(answer.content)
            assert len(root.findall(f"{ATOM}entry")) == 1
            assert not list(root.iter("script", f"{ATOM}script"))
            summary = root.findtext(f"{ATOM}entry/{ATOM}summary") or ""
            assert len(summary) <= atom.LONGEST


class Asking:
    """As much of a visit as the document needs."""

    def __init__(self) -> None:
        self.desk = Desk(
            open_store=lambda: None,  # type: ignore[arg-type,return-value]
            clock=lambda: NOW,
            zone=ZoneInfo("UTC"),
            secret=b"x" * 32,
        )
        self.request = type("Request", (), {"headers": {"host": "desk.example"}})()


anything = st.text(st.characters(codec=None), max_size=60)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(anything, anything, anything, anything, st.lists(anything, max_size=3))
@example("\ud83d", "\x08", "javascript:alert(1)", "\ufffe", ["\x00"])
def test_any_text_at_all_gives_a_well_formed_feed(
    title: str, outlet: str, url: str, summary: str, topics: list[str]
) -> None:
    row = replace(_ROW, title=title, outlet=outlet, url=url, summary=summary)
    told = {row.article: tuple(topics)}
    visit: Any = Asking()
    answer = atom._feed(
        visit, f"Torkham: {title}", "/accepted.atom", {"outlet": outlet}, [(row, NOW)], told
    )
    root = valid(bytes(answer.body))
    for element in root.iter():
        for char in (element.text or "") + "".join(map(str, element.attrib.values())):
            assert unicodedata.category(char) != "Cs"


def _row() -> Any:
    from store.types import ArticleRow

    return ArticleRow(
        article=7, url="https://x.example/7", title="t", outlet="o", side="", language=None,
        feed="f", summary="", first_seen_at=NOW, published_at=NOW, published_original=None,
        published_source=None, disposition="queued", reason=None, text_from=None, version=1,
        score=0.5, topics=(), model=None, route="queue", evidence=None, decision=None,
        decided_by=None, decided_at=None, copy_of=None, copies=0,
    )  # fmt: skip


_ROW = _row()
