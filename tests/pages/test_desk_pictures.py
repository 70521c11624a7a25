"""Pictures on the desk: each with its sentence and its table, kept by its address alone."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace as changed
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html

from monitor.web import plates
from monitor.web.desk import pages
from store import pins, reviews
from store.desk import PinFacts
from store.polls import FeedState
from store.sql import one, run, write

if TYPE_CHECKING:
    from tests.pages.conftest import DeskUp, Newsroom

NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
SVG = re.compile(r'src="(/pictures/[^"]+)"')


def tree_of(page: str) -> Any:
    return html.fromstring(page)


def image(desk: DeskUp, page: str) -> str:
    """Return the address of the first picture of a page, as a browser asks for it."""
    found = SVG.search(desk.get(page).text)
    assert found, f"no picture on {page}"
    return str(tree_of(f'<img src="{found[1]}">').get("src"))


@pytest.mark.parametrize(
    "page",
    ["/pictures", "/pictures?by=side&span=182", "/pictures?by=topic&span=all", "/calendar",
     "/corpus"],
)  # fmt: skip
def test_every_picture_says_its_finding_and_has_its_table(reading: DeskUp, page: str) -> None:
    tree = tree_of(reading.get(page).text)
    [figure] = tree.xpath('//figure[@class="picture"]')
    [img] = figure.xpath(".//img")
    assert len(img.get("alt")) > 40
    assert img.get("alt").endswith((".", ")"))
    assert figure.xpath(".//details//table/tbody/tr")
    for source in [img.get("src"), *(s.get("srcset") for s in figure.xpath(".//source"))]:
        answer = reading.get(source)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "image/svg+xml"
        assert answer.content.startswith(b"<svg")
        assert "immutable" in answer.headers["cache-control"]
        assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_picture_of_other_facts_has_another_address_and_is_never_kept(
    full_room: Newsroom, desk_over: Any
) -> None:
    with desk_over(full_room) as desk:
        before = image(desk, "/pictures")
        full_room.article("frontier", "Another headline of the morning", "A text of its own.")
        assert image(desk, "/pictures") != before
        assert desk.get(before).headers["cache-control"] == "no-store"
        assert desk.get("/pictures").headers["cache-control"] == "no-store"


def test_narrow_and_dark_pages_are_given_their_own(reading: DeskUp) -> None:
    tree = tree_of(reading.get("/pictures").text)
    media = [source.get("media") for source in tree.xpath(".//source")]
    assert len(media) == 3
    looks = {reading.get(s.get("srcset")).content for s in tree.xpath(".//source")}
    assert len(looks) == 3


def test_the_table_behind_a_picture_runs_in_no_spreadsheet(
    full_room: Newsroom, desk_over: Any
) -> None:
    full_room.feed("evil", outlet="=cmd|' /C calc'!A0")
    full_room.article("evil", "A headline", "A text.")
    with desk_over(full_room) as desk:
        answer = desk.get("/pictures/coverage.csv")
        assert answer.headers["content-type"].startswith("text/csv")
        rows = list(csv.reader(io.StringIO(answer.text)))
        assert any(row[0].startswith("'=cmd") for row in rows)
        assert {len(row) for row in rows} == {len(rows[0])}
        assert desk.get("/pictures/coverage.png").content[:4] == b"\x89PNG"


def test_what_is_no_picture_is_a_plain_404(reading: DeskUp) -> None:
    for path in ("/pictures/nothing.svg", "/pictures/story.svg?story=99999", "/pictures/story.csv",
                 "/pictures/promise.svg", "/pictures/claims.svg?population=$"):  # fmt: skip
        assert reading.get(path).status_code == 404, path


def test_a_day_without_an_answer_is_a_question_mark_and_no_zero(
    newsroom: Newsroom, desk_over: Any
) -> None:
    for back, outcome in ((4, "ok"), (3, "connect"), (2, "ok"), (1, "ok"), (0, "ok")):
        at = NOW - timedelta(days=back)
        state = FeedState(spec=newsroom.specs["frontier"], condition="ok")
        entry = newsroom.entry(f"https://frontier.example/{back}", f"Story {back}")
        found = (entry,) if outcome == "ok" and back != 1 else ()
        newsroom.poll("frontier", *found, at=at, outcome=outcome, state=state)
    with desk_over(newsroom) as desk:
        rows = list(csv.reader(io.StringIO(desk.get("/pictures/coverage.csv").text)))
        cells = dict(zip(rows[0], rows[1], strict=True))
        assert [cells[f"{day} Nov"] for day in (16, 17, 18, 19, 20, 21)] == [
            "–", "1", "?", "1", "0", "1",
        ]  # fmt: skip
        assert "hatched" in tree_of(desk.get("/pictures").text).xpath(".//img")[0].get("alt")


def test_an_empty_desk_says_what_would_fill_its_pictures(
    newsroom: Newsroom, desk_over: Any
) -> None:
    with desk_over(newsroom) as desk:
        assert "fills with the first poll" in desk.get("/pictures").text
        assert "no feed" not in desk.get("/corpus").text
        told = desk.get("/judgement").text
        assert told.count("Not yet measurable") >= 3
        assert "10 are needed" in " ".join(told.split())
        assert "Nothing is pinned yet" in desk.get("/timeline").text


def test_judgement_draws_what_reading_found_from_the_tenth_text_on(
    newsroom: Newsroom, desk_over: Any
) -> None:
    db = newsroom.open()
    for n in range(12):
        number = newsroom.article("frontier", f"Headline number {n} of these", f"Text number {n}.")
        answer: Any = "relevant" if n < 7 else "not_relevant"
        at = NOW - timedelta(hours=20 - n)
        reviews.decide(db, article=number, answer=answer, by="R", now=at)
    db.close()
    with desk_over(newsroom) as desk:
        tree = tree_of(desk.get("/judgement").text)
        [drawn] = tree.xpath('//figure[@class="picture"]//img')
        assert drawn.get("alt").startswith("12 texts read, 7 of them relevant.")
        rows = list(csv.reader(io.StringIO(desk.get("/pictures/reading.csv").text)))
        assert rows[-1][1:3] == ["12", "7"]


def test_without_the_library_the_table_stands_open_with_a_sentence(reading: DeskUp) -> None:
    """The page is made of the same facts; only the addresses of pictures are missing."""
    db = reading.room.open()
    visit: Any = type("Visit", (), {"db": db, "now": NOW, "desk": reading.desk,
                                    "asked": staticmethod(lambda _name: "")})()  # fmt: skip
    full = plates.shown("coverage", plates.coverage(visit))
    db.close()
    assert full is not None
    macro: Any = pages().get_template("_picture.html").module
    told = tree_of(str(macro.figure(changed(full, addresses=(), png=""))))
    assert not told.xpath(".//img")
    assert told.xpath(".//details[@open]//table")
    assert "needs matplotlib" in told.text_content()
    assert full.plate.told in told.text_content()


def test_no_name_of_an_outlet_becomes_markup_or_mathematics(
    full_room: Newsroom, desk_over: Any
) -> None:
    full_room.feed("evil", outlet="<img src=x onerror=alert(1)> $\\frac{1}{0}$")
    full_room.article("evil", "A headline", "A text.")
    with desk_over(full_room) as desk:
        page = desk.get("/pictures").text
        assert "<img src=x" not in page
        drawn = desk.get(image(desk, "/pictures")).text
        assert "&lt;img src=x" in drawn
        assert "$\\frac" in drawn or "…" in drawn


# --- the timeline ---------------------------------------------------------------------------

ENTRY = {"title": "Second round of talks", "kind": "talks", "since": "2025-10",
         "url": "https://almanac.example/two", "note": "In Doha."}  # fmt: skip


def test_a_reviewer_pins_an_article_changes_it_and_takes_it_off(
    full_room: Newsroom, desk_over: Any
) -> None:
    with desk_over(full_room) as desk:
        form = tree_of(desk.get("/timeline/new?article=1").text)
        [title] = form.xpath('//input[@name="title"]')
        assert "Pakistan, Kabul" in title.get("value")
        assert form.xpath('//input[@name="article"]')[0].get("value") == "1"
        kept = desk.post("/timeline", {**ENTRY, "article": "1"})
        assert kept.status_code == 303
        where = kept.headers["location"].partition("?")[0]
        listed = tree_of(desk.get("/timeline").text)
        assert "Oct 2025" in listed.text_content()
        [out] = listed.xpath('//ol[@class="pins"]//a[@class="out"]')
        assert "noopener" in out.get("rel")
        assert listed.xpath('//figure[@class="picture"]//img')[0].get("alt").startswith("1 entry")
        assert desk.post(f"{where}/change", {**ENTRY, "since": "2025"}).status_code == 303
        assert "changed it" in desk.get(where).text
        assert desk.post(f"{where}/undo", {}).status_code == 303
        assert desk.post(f"{where}/remove", {}).headers["location"] == "/timeline?said=removed"
        assert "Nothing is pinned yet" in desk.get("/timeline").text
        assert desk.post(f"{where}/restore", {}).status_code == 303
        assert "Second round" in desk.get("/timeline?since=2025-10-31&kind=talks").text
        assert "Nothing like this" in desk.get("/timeline?since=2026").text


def test_the_timeline_tells_the_days_of_its_entries_and_not_those_of_its_paper(
    full_room: Newsroom, desk_over: Any
) -> None:
    db = full_room.open()
    pins.add(db, PinFacts(kind="phase", title="A toll", since="2024-12", until="2026-03"),
             by="R", now=NOW)  # fmt: skip
    pins.add(db, PinFacts(kind="note", title="A note", since="2026-05-02"), by="R", now=NOW)
    db.close()
    with desk_over(full_room) as desk:
        [img] = tree_of(desk.get("/timeline").text).xpath('//figure[@class="picture"]//img')
        assert img.get("alt").startswith("2 entries, Dec 2024 to 2 May 2026: ")
        desk.post("/timeline", {**ENTRY, "kind": "phase", "since": "2026-03", "until": "",
                                "open": "yes"})  # fmt: skip
        [img] = tree_of(desk.get("/timeline").text).xpath('//figure[@class="picture"]//img')
        assert img.get("alt").startswith("3 entries, Dec 2024 to today: ")


def test_an_article_says_where_it_is_pinned(full_room: Newsroom, desk_over: Any) -> None:
    db = full_room.open()
    pin = pins.add(db, PinFacts(kind="article", title="Kept for the year", since="2026",
                                article=1), by="R", now=NOW)  # fmt: skip
    db.close()
    with desk_over(full_room) as desk:
        [told] = tree_of(desk.get("/articles/1").text).xpath('//*[@class="to-timeline"]')
        assert told.xpath(f'.//a[@href="/timeline/{pin}"]')[0].text_content() == "Kept for the year"
        assert "Pin it again" in told.text_content()
        desk.post(f"/timeline/{pin}/remove", {})
        assert "Kept for the year" not in desk.get("/articles/1").text


def test_a_gap_is_told_in_weeks_as_it_is_in_days(full_room: Newsroom, desk_over: Any) -> None:
    """The picture of the corpus said that no gap is known while the calendar hatched one."""
    db = full_room.open()
    feed = str(one(db, "SELECT feed FROM item_counts ORDER BY n DESC LIMIT 1"))
    outlet = str(one(db, "SELECT outlet FROM feeds WHERE key = ?", (feed,)))
    with write(db):
        run(db, "INSERT INTO holes (feed, since_at, until_at, opened_at, why, state)"
            " VALUES (?, '2026-11-21T01:00:00Z', '2026-11-21T05:00:00Z', ?, 'outage', 'open')",
            (feed, NOW.isoformat()))  # fmt: skip
    db.close()
    with desk_over(full_room) as desk:
        for page in ("/pictures", "/pictures?span=182"):
            [img] = tree_of(desk.get(page).text).xpath('//figure[@class="picture"]//img')
            assert outlet in img.get("alt").partition("hatched")[2], page


def test_a_story_leads_to_its_entry(full_room: Newsroom, desk_over: Any) -> None:
    db = full_room.open()
    from store.sql import one, run
    from store.sql import write as writing

    with writing(db):
        run(db, "INSERT INTO stories (id, first_at, last_at, members) VALUES (1, ?, ?, 1)",
            (NOW.isoformat(), NOW.isoformat()))  # fmt: skip
        run(db, "UPDATE articles SET story = 1 WHERE id = 1")
    facts = PinFacts(kind="article", title="Pinned", since="2026", story=1)
    pin = pins.add(db, facts, by="R", now=NOW)
    assert one(db, "SELECT count(*) FROM pin_lines") == 1
    db.close()
    with desk_over(full_room) as desk:
        page = desk.get("/stories/1").text
        assert f"/timeline/{pin}" in page
        assert "/timeline/new?story=1" in page


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"since": "<script>"}, "is no day, month or year"),
        ({"until": "2020"}, "would end before it begins"),
        ({"url": "javascript:alert(1)"}, "must begin with https"),
        ({"title": " "}, "needs a title"),
        ({"article": "999999"}, "There is no article 999999"),
    ],
)
def test_what_cannot_be_pinned_is_told_and_nothing_typed_is_lost(
    full_room: Newsroom, desk_over: Any, wrong: dict[str, str], said: str
) -> None:
    with desk_over(full_room) as desk:
        answer = desk.post("/timeline", {**ENTRY, **wrong})
        assert answer.status_code == 409
        assert said in tree_of(answer.text).text_content()
        assert "<script>" not in answer.text
        assert "In Doha." in answer.text


def test_a_reader_sees_the_timeline_and_changes_nothing(
    full_room: Newsroom, desk_over: Any
) -> None:
    people = {"Amina": "administrator", "Leser": "reader"}
    db = full_room.open()
    pin = pins.add(db, PinFacts(kind="note", title="Seen", since="2026"), by="A", now=NOW)
    db.close()
    with desk_over(full_room, people=people) as desk:
        desk.sign_in("Leser")
        page = desk.get("/timeline").text
        assert "Seen" in page
        assert "/timeline/new" not in page
        assert desk.get("/timeline/new").status_code == 403
        assert '<form method="post"' not in desk.get(f"/timeline/{pin}").text
        token = desk.token("/you")
        for path in ("/timeline", f"/timeline/{pin}/remove", f"/timeline/{pin}/change"):
            answer = desk.client.post(path, data={"token": token, **ENTRY})
            assert answer.status_code == 403, path
