"""Settings: each part in a sentence, feeds seen before they are kept, every change undoable."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest

from monitor.inquiry.sourcing import Found, Search
from monitor.stages.parse.finding import Told
from store import changes
from store.polls import FeedState

PAGES = ("/settings", "/settings/feeds", "/settings/rules", "/settings/queue", "/settings/history")
HARBOUR = "https://harbour.example/feed.xml"


def plain(text: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", text)).split())


@pytest.fixture
def found(newsroom: Any) -> Search:
    """A feed as it was found at a site: one entry of a stranger's making."""
    told = Told(
        title="Harbour <News>",
        entries=12,
        newest_at=None,
        newest_title="Ferries run",
        full_text=False,
        language="en",
        newest=((None, "Ferries run"), (None, "<script>alert(1)</script>")),
        often="about 3 a day",
    )
    hit = Found(url=HARBOUR, kind="rss", why="the page names it", told=told)
    return Search(found=hit, also=["https://harbour.example/sport.xml"], site="Harbour News")


@pytest.fixture
def desk(desk_over: Any, full_room: Any, office_over: Any, found: Search) -> Iterator[Any]:
    rules = [{"name": "In the file", "any": ["Torkham"]}]
    with desk_over(full_room, office=office_over(full_room, found, alerts=rules)) as up:
        yield up


def entry(desk: Any) -> dict[str, str]:
    """Return the form that keeps what was found."""
    page = desk.post("/settings/feeds/look", {"url": "harbour.example"})
    assert page.status_code == 200, plain(page.text)[:1500]
    form = page.text.split('action="/settings/feeds/add"')[1].split("</form>")[0]
    fields = re.findall(r'name="(\w+)" value="([^"]*)"', form)
    return {name: unescape(value) for name, value in fields if name != "token"}


# --- the frame ------------------------------------------------------------------------------


def test_the_front_page_says_of_each_part_how_it_stands(desk: Any) -> None:
    told = plain(desk.get("/settings").text)
    assert re.search(r"Feeds ?4 feeds, all well", told)
    assert "1 rule." in told
    assert "Every strand is as the model judges" in told
    assert "No accounts" in told
    assert "Nothing was changed on the desk yet" in told


@pytest.mark.parametrize("path", PAGES)
def test_each_page_stands_in_the_same_frame_and_is_light(desk: Any, path: str) -> None:
    page = desk.get(path)
    assert page.status_code == 200
    nav = page.text.split('aria-label="Settings"')[1].split("</nav>")[0]
    assert re.search(rf'href="{path}" aria-current="page"', nav)
    assert len(page.content) < 60_000
    assert page.text.count("<h1") == 1


@pytest.mark.parametrize("path", PAGES)
def test_a_desk_without_settings_says_so_and_breaks_nowhere(
    desk_over: Any, full_room: Any, path: str
) -> None:
    with desk_over(full_room) as up:
        assert up.get(path).status_code == 200
        for act in ("feeds/look", "feeds/add", "feeds/withdraw", "rules/try", "rules", "queue"):
            assert up.post(f"/settings/{act}", {"url": "x"}).status_code in {404, 422}


# --- feeds ----------------------------------------------------------------------------------


def test_what_was_found_is_shown_before_it_is_kept_and_its_words_are_only_words(desk: Any) -> None:
    page = desk.post("/settings/feeds/look", {"url": "harbour.example"})
    told = plain(page.text)
    assert "lists 12 entries, about 3 a day" in told
    assert "headlines and summaries" in told
    assert "Ferries run" in told
    assert "<script>alert" not in page.text
    assert "harbour.example" not in desk.get("/settings/feeds").text, "nothing is kept yet"


@pytest.mark.parametrize(
    ("field", "form", "sentence"),
    [
        ("key", {"key": "Not A Key"}, "small letters"),
        ("key", {"key": "frontier"}, "of this key already"),
        ("key", {"key": "x." * 20}, "small letters"),
        ("outlet", {"outlet": "a\x07b"}, "control character"),
        ("outlet", {"outlet": "x" * 300}, "longer than 200"),
        ("side", {"side": "moon"}, "is one of"),
        ("language", {"language": "english"}, "language code"),
        ("url", {"url": "ftp://x.example"}, "no web address"),
        ("url", {"url": "https://frontier.example/feed"}, "same as that of frontier"),
        ("body", {"body": "whole"}, "is one of"),
    ],
)
def test_every_mistake_of_a_new_feed_stands_beside_its_field(
    desk: Any, field: str, form: dict[str, str], sentence: str
) -> None:
    answer = desk.post("/settings/feeds/add", {**entry(desk), "side": "exile", **form})
    assert answer.status_code == 422
    told = re.findall(rf'id="wrong-{field}">(.*?)</p>', answer.text, re.DOTALL)
    assert sentence in plain(" ".join(told)), plain(answer.text)[:2500]
    assert "harbour" not in plain(desk.get("/settings/feeds").text)


def test_a_feed_added_on_the_desk_says_by_whom_and_can_be_taken_back_in_the_history(
    desk: Any,
) -> None:
    kept = desk.post("/settings/feeds/add", {**entry(desk), "side": "exile", "why": "ferries"})
    assert kept.status_code == 303
    assert "Added on the desk by desk" in plain(desk.get("/settings/feeds").text)
    history = desk.get("/settings/history").text
    assert "added the feed" in plain(history)
    assert "ferries" in history
    [undo] = re.findall(r'action="(/settings/history/\d+/undo)"', history)
    assert desk.post(undo, {}).status_code == 303
    told = plain(desk.get("/settings/feeds").text)
    assert "Added on the desk" not in told
    again = desk.post("/settings/feeds/add", {**entry(desk), "side": "exile"})
    assert again.status_code == 303, "the same key may come again"


def test_a_feed_is_paused_with_a_reason_from_a_page_that_asks_for_it(desk: Any) -> None:
    page = desk.get("/settings/feeds").text
    link = re.search(r'href="(/settings/feeds\?feed=frontier)#act"', page)
    assert link
    asked = desk.get(link[1]).text
    assert "Pause Frontier Daily" in plain(asked)
    assert 'name="why"' in asked
    answer = desk.post("/coverage/frontier", {"do": "pause", "back": "settings", "why": "too slow"})
    assert answer.headers["location"] == "/settings/feeds?done=pause"
    assert "paused by desk" in plain(desk.get("/settings/feeds").text)
    assert "too slow" in desk.get("/settings/feeds").text
    assert "Resume Frontier Daily" in plain(desk.get(link[1]).text)
    assert desk.get("/settings/feeds?feed=nobody").status_code == 200


@pytest.mark.slow
def test_a_hundred_feeds_are_still_a_light_page(
    desk_over: Any, newsroom: Any, office_over: Any
) -> None:
    desk_now = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
    for n in range(100):
        newsroom.feed(f"outlet-number-{n}", outlet=f"The Outlet of Number {n}")
        state = FeedState(
            spec=newsroom.specs[f"outlet-number-{n}"],
            condition="ok",
            newest_entry_at=desk_now - timedelta(hours=n),
        )
        newsroom.poll(f"outlet-number-{n}", state=state)
    with desk_over(newsroom, office=office_over(newsroom)) as up:
        page = up.get("/settings/feeds")
        assert page.text.count("<tr>") > 100
        assert "99 hours ago" in page.text or "4 days ago" in page.text
        assert len(page.content) < 60_000


def test_an_address_that_is_listed_already_is_not_asked_again(desk: Any) -> None:
    answer = desk.post("/settings/feeds/look", {"url": "http://www.frontier.example/feed/"})
    assert answer.status_code == 422
    assert "in the list already, as frontier" in plain(answer.text)


# --- history --------------------------------------------------------------------------------


def test_only_what_stands_can_be_taken_back_and_the_file_stands_behind_it(desk: Any) -> None:
    desk.post("/coverage/frontier", {"do": "pause", "why": "it repeats"})
    desk.post("/coverage/frontier", {"do": "resume"})
    history = desk.get("/settings/history").text
    assert len(re.findall(r"/settings/history/\d+/undo", history)) == 1
    assert "let the feed frontier go on" in plain(history)
    db = desk.room.open()
    newest, first = changes.of_path(db, "feeds.frontier.enabled")
    late = desk.post(f"/settings/history/{first.id}/undo", {})
    assert late.status_code == 409
    assert "changed again since" in plain(late.text)
    assert desk.post(f"/settings/history/{newest.id}/undo", {}).status_code == 303
    assert changes.of_path(db, "feeds.frontier.enabled")[0].value == "false"
    db.close()
    assert desk.post("/settings/history/999/undo", {}).status_code == 404
    assert "it repeats" in desk.get("/settings/history").text, "no line is lost"


def test_the_history_is_read_in_pages_and_names_strange_paths_plainly(desk: Any) -> None:
    db, now = desk.room.open(), desk.desk.clock()
    for n in range(130):
        changes.record(db, "thresholds.queue", f"0.{n + 100}", "Gul", now + timedelta(seconds=n))
    changes.record(db, "nowhere.<b>x</b>", '"\u202eodd"', "<i>Gul</i>", now)
    db.close()
    page = desk.get("/settings/history")
    assert "<b>x</b>" not in page.text
    assert "<i>Gul" not in page.text
    assert len(page.content) < 60_000
    older = re.search(r'href="(/settings/history\?before=\d+)"', page.text)
    assert older
    assert "set thresholds.queue to 0.1" in plain(desk.get(older[1]).text)
    assert "1 change of the desk does not fit" in plain(desk.get("/settings").text)


# --- the queue ------------------------------------------------------------------------------


def test_a_threshold_is_set_in_one_way_only_and_what_is_the_files_alone_says_so(desk: Any) -> None:
    assert desk.post("/settings/queue", {"way": "queue", "queue": "0.3", "check": "usual"}
                     ).status_code == 303  # fmt: skip
    form = {"way": "miss_at_most", "miss_at_most": "0,05", "check": "sample_share",
            "sample_share": "0.02"}  # fmt: skip
    assert desk.post("/settings/queue", form).status_code == 303
    kept = plain(desk.get("/settings/queue?done=kept").text)
    assert "When articles were last judged: " in kept, "the new way has judged nothing yet"
    page = desk.get("/settings/queue").text
    assert re.search(r'value="miss_at_most" checked', page)
    assert re.search(r'name="miss_at_most" value="0.05"', page)
    assert "mix: [6, 3, 1]" in page
    db = desk.room.open()
    stands = {change.path: change.value for change in changes.changes(db)}
    db.close()
    assert stands == {"thresholds.queue": "null", "thresholds.miss_at_most": "0.05",
                      "thresholds.sample_share": "0.02"}  # fmt: skip


@pytest.mark.parametrize("value", ["", "often", "1e999", "-1", "2", "\u0663", "9" * 50])
def test_no_threshold_that_cannot_be_is_kept(desk: Any, value: str) -> None:
    answer = desk.post("/settings/queue", {"way": "queue", "queue": value, "check": "usual"})
    assert answer.status_code == 422
    assert "from 0 to 1" in plain(answer.text)
    assert "Nothing was changed on the desk yet" in plain(desk.get("/settings/history").text)


def test_only_an_administrator_changes_anything(
    desk_over: Any, full_room: Any, office_over: Any, found: Search
) -> None:
    roles = {"Adil": "administrator", "Rabia": "reviewer"}
    office = office_over(full_room, found)
    with desk_over(full_room, people=roles, office=office) as up, up.beside("Rabia") as rabia:
        for path in PAGES:
            assert rabia.get(path).status_code == 200, path
        for act in ("feeds/look", "feeds/add", "feeds/withdraw", "rules", "queue",
                    "history/1/undo", "rule/x"):  # fmt: skip
            assert rabia.post(f"/settings/{act}", {}).status_code == 403, act
        assert 'action="/settings/feeds/look"' not in rabia.get("/settings/feeds").text
        assert "An administrator changes this" in rabia.get("/settings/queue").text
