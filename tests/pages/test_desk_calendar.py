"""Days by outlets, the books of a day, and the gaps with what was asked about them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html

from monitor.inquiry.calendar import MARKS, calendar
from store import days, feeds, holes
from store.db import write
from store.polls import FeedState
from store.sql import run
from store.watch import Asked

if TYPE_CHECKING:
    from tests.pages.conftest import DeskUp, Newsroom

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
TODAY = date(2026, 11, 21)


def tree_of(page: str) -> Any:
    return html.fromstring(page)


def words(node: Any) -> str:
    return " ".join(node.text_content().split())


def lived(room: Newsroom) -> None:
    """Write ten days: one feed well, one that failed, one that fell silent, one with gaps."""
    room.feed("kabul", outlet="Kabul Courier", side="afghanistan")
    room.feed("subh", outlet="صبحِ سرحد", language="ur")
    room.feed("frontier-b", outlet="Frontier Daily", section="Business")
    for back in range(9, -1, -1):
        at = NOW - timedelta(days=back)
        if back != 5:  # the service was down
            _poll(room, "frontier", at, 3)
            _poll(room, "frontier-b", at, 0)
            _poll(room, "kabul", at, 4, failed=back in {2, 3})
            _poll(room, "subh", at, 0 if back == 1 else 6)
    db = room.open()
    with write(db):
        first = holes.open_hole(
            db, "kabul", NOW - timedelta(days=4), NOW - timedelta(days=1), why="outage", now=NOW
        )
        ended = NOW - timedelta(days=8)
        second = holes.open_hole(
            db, "subh", ended - timedelta(hours=3), ended, why="possible_gap", now=NOW
        )
    said = Asked(
        source="sitemap", where="https://subh.example/news.xml", at=NOW, listed=34, known=31,
        added=3, covers=True,
    )  # fmt: skip
    late = replace(
        said, where="https://kabul.example/news.xml", listed=2, known=2, added=0, covers=False,
        said="it reaches back only to 04:00 UTC on 19 November <script>",
    )  # fmt: skip
    holes.fill(db, second, [], state="filled", asked=[said], next_try_at=None, now=NOW)
    holes.fill(db, first, [], state="partly", asked=[late], next_try_at=None, now=NOW)
    db.close()


def _poll(room: Newsroom, key: str, at: datetime, n: int, *, failed: bool = False) -> None:
    entries = [
        room.entry(f"https://{key}.example/{at:%d}/{i}", f"Story {i} of {at:%d %B}")
        for i in range(0 if failed else n)
    ]
    state = FeedState(spec=room.specs[key], condition="ok", last_ok_at=at)
    room.poll(key, *entries, at=at, state=state, outcome="connect" if failed else "ok")


@pytest.fixture
def room(newsroom: Newsroom) -> Newsroom:
    lived(newsroom)
    return newsroom


@pytest.fixture
def up(room: Newsroom, desk_over: Any) -> Iterator[DeskUp]:
    with desk_over(room) as desk:
        yield desk


def cells(tree: Any, name: str) -> dict[str, str]:
    """Return a line of the calendar: what each day's cell says to the eye and to a reader."""
    head = [words(th) for th in tree.xpath("//table[contains(@class, 'calendar')]/thead//th")][1:-1]
    (row,) = [r for r in tree.xpath("//tbody/tr") if words(r.xpath("./th")[0]).endswith(name)]
    return dict(zip(head, (words(td) for td in row.xpath("./td")), strict=False))


def cell(tree: Any, name: str, day: int) -> str:
    found = [text for head, text in cells(tree, name).items() if f", {day} November" in head]
    assert len(found) == 1
    return found[0]


def test_the_calendar_says_what_each_outlet_showed_on_each_day(up: DeskUp) -> None:
    page = up.get("/calendar")
    assert page.status_code == 200
    tree = tree_of(page.text)
    assert cell(tree, "Kabul Courier", 21).startswith("4 items")
    assert cell(tree, "Kabul Courier", 10).endswith("not watched yet")
    sums = [words(td) for td in tree.xpath("//tfoot//td")]
    assert sums[0] == "13"
    assert sums[-1] == str(9 * 3 + 7 * 4 + 8 * 6)
    assert words(tree.xpath("//h1")[0]) == f"{sums[-1]} items in 28 days"


def test_every_mark_is_a_word_and_a_sentence_and_never_a_colour_alone(up: DeskUp) -> None:
    tree = tree_of(up.get("/calendar").text)
    told = {
        ("Kabul Courier", 19): ("gap", "items may have rolled out unseen; asked, and never"),
        ("Frontier Daily Business", 16): ("off", "not asked at all"),
        ("صبحِ سرحد", 20): ("mute", "showed nothing new, which is unusual"),
        ("صبحِ سرحد", 13): ("gap ✓", "a gap that was filled"),
    }
    for (name, day), (short, sentence) in told.items():
        text = cell(tree, name, day)
        assert short in text.split(" items")[0], text
        assert sentence in text
    assert "mute" not in cell(tree, "Frontier Daily Business", 20), "it never showed anything"
    legend = words(tree.xpath("//ul[@class='legend']")[0])
    assert all(said in legend for said in MARKS.values())


def test_a_feed_that_failed_all_day_is_told_from_one_that_showed_nothing(room: Newsroom) -> None:
    db = room.open()
    with write(db):
        run(db, "DELETE FROM holes")
    made = calendar(db, NOW)
    db.close()
    line = next(line for line in made.lines if line.feed == "kabul")
    marks = {of.day_on.day: of.mark for of in line.cells if of.mark}
    assert marks == {16: "unasked", 18: "failed", 19: "failed"}


def test_an_outlet_with_several_feeds_has_a_line_for_each_and_one_for_all(up: DeskUp) -> None:
    tree = tree_of(up.get("/calendar").text)
    rows = [words(row.xpath("./th")[0]) for row in tree.xpath("//tbody/tr")]
    assert rows[:3] == ["Frontier Daily", "Frontier Daily frontier", "Frontier Daily Business"]
    group = tree.xpath("//tr[@class='group']/td/a/@href")[0]
    page = tree_of(up.get(group).text)
    assert len(page.xpath("//tbody/tr")) == 2


@pytest.mark.slow
def test_every_number_opens_what_it_counts(up: DeskUp) -> None:
    tree = tree_of(up.get("/calendar?days=7").text)
    for line in ("Kabul Courier", "صبحِ سرحد"):
        row = next(r for r in tree.xpath("//tbody/tr") if words(r.xpath("./th")[0]) == line)
        for anchor in row.xpath("./td/a"):
            number = int(words(anchor).split()[0])
            day = tree_of(up.get(anchor.get("href")).text)
            assert f": {number} found = {number} waiting +" in words(day)
            for inner in day.xpath("//table//td/a"):
                items = tree_of(up.get(inner.get("href")).text)
                shown = items.xpath("//ul[@class='plain']/li")
                assert len(shown) == int(words(inner))


def test_the_names_of_outlets_are_isolated_whatever_their_direction(up: DeskUp) -> None:
    for path in ("/calendar", "/gaps", "/ledger/day?day=2026-11-21"):
        for node in tree_of(up.get(path).text).xpath("//*[contains(text(), 'سرحد')]"):
            assert node.tag == "bdi", path


def test_a_day_whose_rows_lie_is_shown_as_not_balancing(up: DeskUp) -> None:
    db = up.room.open()
    with write(db):
        run(db, "UPDATE ledger_days SET n = n + 1 WHERE day_on = '2026-11-20' AND feed = 'kabul'")
    assert days.unbalanced(db, TODAY - timedelta(days=3), TODAY) == [date(2026, 11, 20)]
    db.close()
    assert "The books of 20 November do not balance" in words(tree_of(up.get("/calendar").text))
    assert "do not balance" in up.get("/ledger").text
    assert "do not balance" in up.get("/ledger/day?day=2026-11-20").text
    assert "do not balance" not in up.get("/ledger/day?day=2026-11-19").text


def test_earlier_days_are_a_link_away_for_as_long_as_there_are_any(up: DeskUp) -> None:
    older = tree_of(up.get("/calendar?days=4").text).xpath("//a[text()='Earlier']/@href")
    assert older == ["/calendar?until=2026-11-17&days=4"]
    tree = tree_of(up.get(older[0]).text)
    assert "17 November" in words(tree.xpath("//thead")[0])
    assert tree.xpath("//a[text()='Later']")
    assert not tree_of(up.get("/calendar").text).xpath("//a[text()='Earlier']")


@pytest.mark.parametrize(
    "path",
    ["/calendar?until=9999-01-01", "/calendar?days=999999", "/calendar?until=x&days=-1",
     "/ledger?until=2000-01-01", "/ledger/day?day=2026-11-21&feed=nobody",
     "/ledger/day?day=2026-11-21&outlet=%F0%9F%99%82", "/ledger/items?before=x&feed=%00"],
)  # fmt: skip
def test_no_address_breaks_a_page(up: DeskUp, path: str) -> None:
    assert up.get(path).status_code == 200


def test_a_day_that_is_none_is_told_plainly(up: DeskUp) -> None:
    assert up.get("/ledger/day").status_code == 404
    assert up.get("/ledger/day?day=2026-02-31").status_code == 404


# --- gaps -----------------------------------------------------------------------------------


def test_a_gap_says_its_span_who_was_asked_and_what_was_answered(up: DeskUp) -> None:
    page = words(tree_of(up.get("/gaps").text))
    assert (
        "Between 09:00 and 12:00 PKT on 13 November items may have rolled out unseen; the outlet's "
        "news sitemap listed 34 of that time, 31 were known, 3 were added." in page
    )
    assert "filled in part" in page
    assert "it reaches back only to 04:00 UTC on 19 November <script>" in page
    assert "<script>" not in up.get("/gaps").text.split("<main")[1]


def test_today_and_coverage_tell_of_the_gap_in_the_same_words(up: DeskUp) -> None:
    for path in ("/", "/coverage", "/calendar", "/ledger/day?day=2026-11-18&feed=kabul"):
        page = words(tree_of(up.get(path).text))
        assert "it was not read or did not answer, and items may have gone by unseen" in page, path
    assert "1 possible gap" in words(tree_of(up.get("/").text).xpath("//h1")[0])


def test_no_gap_is_too_old_to_be_shown_or_to_be_counted(up: DeskUp) -> None:
    """Three nights without the service make 240 gaps: a page of 320 KB left out the first."""
    db = up.room.open()
    with write(db):
        for n in range(240):
            at = NOW - timedelta(days=9, hours=2 * n)
            holes.open_hole(db, "kabul", at - timedelta(hours=1), at, why="outage", now=NOW)
    said = "It reaches back only to 04:00 UTC on 19 November. " * 4
    one = Asked(source="sitemap", where=f"https://kabul.example/{'news/' * 20}.xml", at=NOW,
                listed=2, known=2, added=0, covers=False, said=said)  # fmt: skip
    held = holes.newest(db, 999)
    for hole in held[:-1]:
        holes.fill(db, hole.id, [], state="unfillable", asked=[one], next_try_at=None, now=NOW)
    last = held[-1].id
    db.close()
    met, path = [], "/gaps"
    while path:
        page = up.get(path)
        assert len(page.content) < 60_000
        assert tree_of(page.text).xpath("//h1")[0].text_content() == "1 gap is still asked about"
        met += tree_of(page.text).xpath("//article[@class='gap']/@id")
        path = "".join(tree_of(page.text).xpath("//a[@rel='next']/@href"))
    assert met == [f"gap-{hole.id}" for hole in held]
    assert f'id="gap-{last}"' in up.get(f"/gaps?from={last}").text
    assert "/gaps?from=" in up.get("/calendar").text
    assert up.get("/gaps?from=99999").status_code == 200, "joined with another meanwhile"


def test_people_can_have_a_gap_asked_about_again(up: DeskUp) -> None:
    db = up.room.open()
    assert holes.due(db, NOW, 10) == []
    (hole,) = [h.id for h in holes.newest(db, 10) if h.feed == "kabul"]
    answer = up.post(f"/gaps/{hole}/ask", {})
    assert answer.status_code == 303
    told = up.get(answer.headers["location"].partition("#")[0]).text
    assert "It is asked about again with the next poll." in told
    assert [h.id for h in holes.due(db, NOW, 10)] == [hole]
    assert up.post(f"/gaps/{hole}/ask", {"token": "0" * 64}).status_code == 403, "not our form"
    assert up.post("/gaps/999/ask", {}).status_code == 404
    assert "It is asked again soon." in up.get("/gaps").text
    db.close()


# --- size -----------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_hundred_feeds_are_read_from_small_rows_and_quickly(newsroom: Newsroom) -> None:
    """Twenty-eight days of a hundred feeds at fifty items a day, within a second."""
    from time import process_time

    for n in range(100):
        newsroom.specs[f"f{n}"] = replace(
            newsroom.specs["frontier"], key=f"f{n}", url=f"https://f{n}.example/feed",
            outlet=f"Outlet {n // 2}",
        )  # fmt: skip
    db = newsroom.open()
    feeds.sync(db, list(newsroom.specs.values()), NOW)
    rows = [
        (f"f{n}", str(TODAY - timedelta(days=back)), fate, "", 25)
        for n in range(100) for back in range(400) for fate in ("queued", "rejected")
    ]  # fmt: skip
    with write(db):
        db.conn.executemany("INSERT INTO ledger_days VALUES (?, ?, ?, ?, ?)", rows)
    began = process_time()
    made = calendar(db, NOW)
    took = process_time() - began
    db.close()
    assert made.total == 100 * 28 * 50
    assert len(made.unbalanced) == 28, "the rows were made up, and the items say so"
    assert took < 1.0


# --- why ------------------------------------------------------------------------------------


def test_an_address_never_seen_is_told_the_gap_nearest_to_its_day(up: DeskUp) -> None:
    page = words(tree_of(up.get("/why?url=https://kabul.example/2026/11/19/talks").text))
    assert "The nearest possible gap of its host is in kabul: Between 12:00 on 17" in page
    page = words(tree_of(up.get("/why?url=https://wire.example/2026/11/19/talks").text))
    assert "None of your feeds carries this host; torkham feeds add https://wire.example/" in page
    assert "gap" not in page.partition("Never seen")[2].partition("Looked for")[0]


def test_an_address_found_in_filling_says_so(up: DeskUp) -> None:
    db = up.room.open()
    (hole,) = [h.id for h in holes.newest(db, 10) if h.feed == "subh"]
    entry = up.room.entry("https://subh.example/missed", "Found later", key="filled:x")
    holes.fill(db, hole, [entry], state="filled", asked=[], next_try_at=None, now=NOW)
    db.close()
    page = words(tree_of(up.get("/why?url=https://subh.example/missed").text))
    assert "It was found in filling a gap of subh. Between 09:00 and 12:00 PKT" in page
    items = words(tree_of(up.get("/ledger/items?day=2026-11-21&feed=subh").text))
    assert "found in filling a gap" in items


# --- in a browser ---------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_calendar_holds_on_a_narrow_screen_and_under_the_keyboard(up: DeskUp) -> None:
    """Four hundred pixels: the page itself does not scroll sideways, and names stay in sight."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 400, "height": 800})
        page.goto(f"{up.url}calendar")
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
        frame = page.locator(".calendar-frame")
        frame.evaluate("frame => { frame.scrollLeft = frame.scrollWidth }")
        name = page.locator("tbody th.outlet").first.bounding_box()
        assert name is not None
        assert 0 <= name["x"] < 40
        frame.focus()
        reached = []
        for _ in range(8):
            page.keyboard.press("Tab")
            reached.append(page.evaluate("document.activeElement.getAttribute('href')"))
        assert all(str(path).startswith(("/ledger/day?", "/coverage/")) for path in reached)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert page.url.startswith((f"{up.url}ledger/day?", f"{up.url}coverage/"))
        browser.close()
