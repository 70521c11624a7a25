"""The desk by story: one line for many tellers, nothing hidden behind it, every change undone."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from lxml import html as markup

from monitor.articles import retelling
from monitor.articles.retelling import Telling
from store import articles, placing, reviews, stories
from store.sql import run, write

if TYPE_CHECKING:
    from tests.pages.conftest import DeskUp, Newsroom

    class Serve(Protocol):
        def __call__(self, room: Newsroom, **changes: Any) -> AbstractContextManager[DeskUp]: ...


NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
TOLD = (
    (
        "frontier",
        "Six traders die as drone hits Birmal timber market",
        (
            "A drone hit the timber market of Birmal on Friday, killing six traders and wounding "
            "nineteen, health officer Naqib Zadran said. Crews from Urgun dug until dark."
        ),
    ),
    (
        "kabul",
        "Birmal timber market hit from the air, six dead",
        (
            "Six traders died when a drone hit the timber market of Birmal, said Naqib Zadran, the "
            "health officer. Nineteen were wounded; crews came from Urgun."
        ),
    ),
    (
        "wire",
        "Eight now dead after the strike on Birmal",
        (
            "Two of the nineteen wounded in the timber market of Birmal have died, health officer "
            "Naqib Zadran said, which makes eight traders killed by the drone."
        ),
    ),
    (
        "wire",
        "Chess final in Samarkand ends in a draw",
        "The last game of the chess final in Samarkand ended in a draw after seventy moves.",
    ),
)


def placed(room: Newsroom, *, route: str = "queue") -> list[int]:
    """Return articles of two stories, judged and placed as the harvest does."""
    for key, side in (("frontier", "pakistan"), ("kabul", "afghanistan"), ("wire", "world")):
        room.feed(key, outlet=key.title(), side=side)
    numbers = []
    for n, (key, title, body) in enumerate(TOLD):
        number = room.article(key, title, body, score=None)
        row = replace(
            room.verdict(number, title, body, 0.9 - n / 20, (), (), "queue"),
            route="sample" if route == "sample" and n == 2 else "queue",
        )
        with closing(room.open()) as db:
            telling = Telling(
                article=number, at=NOW - timedelta(hours=4 - n), title=title, body=body,
                concepts=(), sketch=(), outlet=key.title(), copy_of=None,
            )  # fmt: skip
            retelling.place(db, telling, NOW)
            placing.note_wires(db, number, ("AFP",) if key == "wire" else ())
            articles.save_verdicts(db, [row], [], NOW)
        numbers.append(number)
    return numbers


def tree_of(page: str) -> Any:
    return markup.fromstring(page)


def text_of(page: str) -> str:
    return " ".join(tree_of(page).text_content().split())


def lines_of(page: str) -> list[str]:
    return [" ".join(a.text_content().split()) for a in tree_of(page).xpath("//ol/li/a")]


def story_of(room: Newsroom, article: int) -> int:
    with closing(room.open()) as db:
        found = placing.story_of(db, article)
    assert found is not None
    return found


@pytest.fixture
def told(newsroom: Newsroom) -> list[int]:
    return placed(newsroom)


@pytest.fixture
def up(newsroom: Newsroom, told: list[int], desk_over: Serve) -> Any:
    assert len({story_of(newsroom, number) for number in told}) == 2
    with desk_over(newsroom) as desk:
        yield desk


# --- the queue ------------------------------------------------------------------------------


def test_the_queue_has_one_line_a_story_and_counts_what_stands_behind_it(up: DeskUp) -> None:
    page = up.get("/queue").text
    lines = lines_of(page)
    assert len(lines) == 2
    first = next(line for line in lines if "Birmal" in line)
    assert "+2 outlets" in first
    assert "2 more of it wait" in first
    assert "2 stories wait (4 articles)" in text_of(page)
    assert "2 stories wait" in text_of(up.get("/").text)


def test_what_was_drawn_to_see_what_is_missed_stands_on_its_own_line(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    told = placed(newsroom, route="sample")
    with desk_over(newsroom) as up:
        lines = lines_of(up.get("/queue").text)
        assert sum("Birmal" in line for line in lines) == 2
        up.post(f"/articles/{told[0]}/decision", up.form(told[0]) | {"answer": "relevant"})
        page = up.get(f"/queue?done={told[0]}").text
        assert TOLD[1][1] in page.split("Same for")[1].split("</form>")[0]
        assert TOLD[2][1] not in page.split("Same for")[1].split("</form>")[0]


def test_a_decision_offers_the_same_for_the_others_by_their_headlines(
    up: DeskUp, told: list[int]
) -> None:
    form = up.form(told[0]) | {"answer": "not_relevant", "from": "queue"}
    onward = up.post(f"/articles/{told[0]}/decision", form).headers["location"]
    page = up.get(onward).text
    offer = tree_of(page).xpath("//form[contains(@class, 'offer')]")[0]
    assert "Same for the 2 others" in " ".join(offer.text_content().split())
    assert [a.get("href") for a in offer.xpath(".//a")] == [f"/articles/{n}" for n in told[1:3]]
    with closing(up.room.open()) as db:
        assert reviews.queue_size(db) == 3  # nothing was decided for anybody yet


def test_the_same_for_the_others_is_a_decision_of_each_and_can_be_undone(
    up: DeskUp, told: list[int]
) -> None:
    up.post(f"/articles/{told[0]}/decision", up.form(told[0]) | {"answer": "relevant"})
    others = ",".join(map(str, told))
    up.post(f"/articles/{told[0]}/same", {"others": others})
    with closing(up.room.open()) as db:
        lines = [reviews.history(db, n) for n in told]
    assert [len(line) for line in lines] == [1, 1, 1, 0]
    assert {line[0].note for line in lines[1:3]} == {f"as article {told[0]}"}
    assert {line[0].answer for line in lines[:3]} == {"relevant"}
    assert "and 2 others of its story" in text_of(up.get(f"/queue?done={told[0]}").text)
    up.post(f"/articles/{told[0]}/same", {"undo": "yes"})
    with closing(up.room.open()) as db:
        found = [articles.get(db, n) for n in told]
    assert [row.decision if row else "" for row in found] == ["relevant", None, None, None]


def test_only_what_was_offered_is_decided(up: DeskUp, told: list[int]) -> None:
    up.post(f"/articles/{told[0]}/same", {"others": str(told[1])})  # no answer stands yet
    up.post(f"/articles/{told[0]}/decision", up.form(told[0]) | {"answer": "relevant"})
    up.post(f"/articles/{told[0]}/same", {"others": f"{told[1]},{told[3]},x,-4,{2**70}"})
    with closing(up.room.open()) as db:
        found = [articles.get(db, n) for n in told]
    assert [row.decision if row else "" for row in found] == ["relevant", "relevant", None, None]


def test_an_unsure_answer_is_offered_to_nobody(up: DeskUp, told: list[int]) -> None:
    up.post(f"/articles/{told[0]}/decision", up.form(told[0]) | {"answer": "unsure"})
    assert "Same for" not in up.get(f"/queue?done={told[0]}").text


def test_an_article_names_who_else_tells_it(up: DeskUp, told: list[int]) -> None:
    page = text_of(up.get(f"/articles/{told[0]}").text)
    assert re.search(r"also: Kabul [+−]?\w+.*, Wire .*\(AFP\)", page)
    assert "Told once so far" in text_of(up.get(f"/articles/{told[3]}").text)


# --- a story --------------------------------------------------------------------------------


def test_a_story_tells_who_told_it_when_whose_text_and_why(up: DeskUp, told: list[int]) -> None:
    page = text_of(up.get(f"/stories/{story_of(up.room, told[0])}").text)
    assert "first seen in Frontier" in page
    assert "Pakistani: Frontier; Afghan: Kabul; international: Wire" in page
    assert re.search(r"Credited ?AFP by Wire", page)
    assert "tells what Frontier told; both have" in page
    assert page.index(TOLD[0][1]) < page.index(TOLD[1][1]) < page.index(TOLD[2][1])


def test_a_headline_that_was_changed_is_told_and_marks_the_line(
    up: DeskUp, told: list[int]
) -> None:
    with closing(up.room.open()) as db:
        edited = up.room.text(told[1], "Death toll of Birmal raised", "Seven died.", None, "en")
        articles.save_text(db, edited, NOW)
    page = text_of(up.get(f"/stories/{story_of(up.room, told[0])}").text)
    assert f"Its headline was “{TOLD[1][1]}”" in page
    line = next(line for line in lines_of(up.get("/queue").text) if "+2 outlets" in line)
    assert line.endswith("changed")


def test_the_stories_of_a_day_are_listed_and_the_days_can_be_paged(up: DeskUp) -> None:
    page = up.get("/stories?show=several").text
    assert [line.split(" 3 articles")[0] for line in lines_of(page)] == [TOLD[0][1]]
    assert len(lines_of(up.get("/stories?show=all").text)) == 2
    assert "No story" in text_of(up.get("/stories?day=2026-11-01").text)
    for odd in ("/stories?day=x&show=%00", "/stories?day=2026-13-45"):
        assert up.get(odd).status_code == 200


def test_all_stories_of_a_busy_day_are_listed_page_by_page(up: DeskUp) -> None:
    """A busy day has hundreds; the list ended at two hundred, on a page of 120 KB."""
    title = "سرحدی گزرگاہ نو دن سے بند ہے اور دونوں طرف ہزاروں ٹرک کھڑے ہیں "
    number = up.room.article("wire", "A story of its own", "Text.")
    with closing(up.room.open()) as db:
        names = [row[1] for row in db.execute("PRAGMA table_info(articles)")]
        told = {"id": "?", "url": "url || ?", "canonical_url": "canonical_url || ?"}
        cells = ", ".join(told.get(name, name) for name in names)
        for n in range(230):
            at = (NOW - timedelta(seconds=n // 2)).isoformat()
            add = "INSERT INTO stories (id, first_at, last_at, members) VALUES (?, ?, ?, 1)"
            db.execute(add, (900 + n, at, at))
            copy = f"INSERT INTO articles SELECT {cells} FROM articles WHERE id = ?"  # noqa: S608
            db.execute(copy, [*([900 + n] * sum(name in told for name in names)), number])
        db.execute("UPDATE articles SET story = id, title = ? || id WHERE id >= 900", (title,))
        db.conn.commit()
    for show, many in (("all", 232), ("wanted", 232), ("several", 1)):
        met: list[str] = []
        path = f"/stories?show={show}"
        while path:
            page = up.get(path)
            assert len(page.content) < 60_000
            tree: Any = markup.fromstring(page.text)
            met += tree.xpath("//ol[@class='lines']/li/a/@href")
            path = "".join(tree.xpath("//a[@rel='next']/@href"))
        assert len(met) == len(set(met)) == many, show


def test_a_split_needs_a_tick_and_can_be_undone_on_the_page(up: DeskUp, told: list[int]) -> None:
    home = story_of(up.room, told[0])
    answer = up.post(f"/stories/{home}/split", {})
    assert answer.status_code == 409
    assert "Tick the articles" in answer.text
    up.post(f"/stories/{home}/split", {f"article-{told[2]}": "yes"})
    apart = story_of(up.room, told[2])
    assert apart != home == story_of(up.room, told[1])
    assert "put here by desk" in text_of(up.get(f"/stories/{apart}").text)
    edit = re.search(r'name="edit" value="(\d+)"', up.get(f"/stories/{home}").text)
    assert edit
    up.post(f"/stories/{home}/undo", {"edit": edit[1]})
    assert story_of(up.room, told[2]) == home
    again = up.get(f"/stories/{apart}")
    assert again.headers["location"] == f"/stories/{home}?was={apart}"
    assert "(undone)" in up.get(f"/stories/{home}").text


def test_a_copy_alone_cannot_be_split_off_and_the_page_says_why(
    up: DeskUp, told: list[int]
) -> None:
    """Ticking one copy of a story that is one text takes all of it along."""
    home = story_of(up.room, told[0])
    with closing(up.room.open()) as db:
        with write(db):
            run(db, "UPDATE articles SET copy_of = ? WHERE story = ? AND id <> ?",
                (told[0], home, told[0]))  # fmt: skip
        assert len(stories.members(db, [home])[home]) > 1
    answer = up.post(f"/stories/{home}/split", {f"article-{told[1]}": "yes"})
    assert answer.status_code == 409
    assert "A copy goes where its text goes" in text_of(answer.text)


@pytest.mark.slow
def test_half_of_a_long_story_can_be_split_off_at_once(up: DeskUp, told: list[int]) -> None:
    """A story that two attacks were put into has a box to tick for each of a hundred articles."""
    home = story_of(up.room, told[0])
    more = [up.room.article("wire", f"Strike on Birmal, {n}", f"Text {n}.") for n in range(60)]
    with closing(up.room.open()) as db, write(db):
        for number in more:
            run(db, "UPDATE articles SET story = ? WHERE id = ?", (home, number))
    answer = up.post(f"/stories/{home}/split", {f"article-{number}": "yes" for number in more})
    assert answer.status_code == 303
    assert len({story_of(up.room, number) for number in more} - {home}) == 1


def test_a_split_of_a_story_that_was_merged_meanwhile_says_that_nothing_changed(
    up: DeskUp, told: list[int]
) -> None:
    """Ticked on a page from before a colleague put all of it into another story."""
    home, other = story_of(up.room, told[0]), story_of(up.room, told[3])
    up.post(f"/stories/{other}/merge", {"other": str(home)})
    answer = up.post(f"/stories/{home}/split", {f"article-{told[2]}": "yes"})
    assert answer.status_code == 409
    assert "nothing changed" in text_of(answer.text)
    assert f"Story {other}" in text_of(answer.text), "where its articles are now"
    assert f'action="/stories/{other}/split"' in answer.text
    assert story_of(up.room, told[2]) == other


def test_two_stories_merge_by_number_or_address_and_the_old_number_leads_on(
    up: DeskUp, told: list[int]
) -> None:
    home, other = story_of(up.room, told[0]), story_of(up.room, told[3])
    for wrong in ("", "x", "99999", str(home), f"/stories/{home}"):
        assert up.post(f"/stories/{home}/merge", {"other": wrong}).status_code == 409, wrong
    up.post(f"/stories/{home}/merge", {"other": f"{up.url}stories/{other}"})
    assert story_of(up.room, told[3]) == home
    assert up.get(f"/stories/{other}").headers["location"] == f"/stories/{home}?was={other}"
    with closing(up.room.open()) as db:
        assert [line.kind for line in stories.edits(db, home)] == ["merge"]


def test_there_is_no_story_of_a_wrong_number(up: DeskUp) -> None:
    for path in ("/stories/0", "/stories/999", "/stories/x", f"/stories/{2**70}"):
        assert up.get(path).status_code == 404
        assert up.post(f"{path}/merge", {"other": "1"}).status_code == 404


def test_what_sources_write_stands_on_a_storys_page_as_text(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    payload = "</title><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    number = newsroom.article("frontier", payload, payload, author=payload)
    with closing(newsroom.open()) as db:
        telling = Telling(
            article=number, at=NOW, title=payload, body=payload, concepts=(payload,), sketch=(),
            outlet=payload, copy_of=None,
        )  # fmt: skip
        home = retelling.place(db, telling, NOW)
        placing.note_wires(db, number, (payload,))
    with desk_over(newsroom) as up:
        for path in (f"/stories/{home}", "/stories?show=all", "/queue", f"/articles/{number}"):
            page = up.get(path).text
            assert "<script>alert" not in page, path
            assert "<img" not in page, path
            assert "&lt;script&gt;alert(1)" in page, path
