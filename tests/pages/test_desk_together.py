"""Two people at one desk: blind second readings, where they differ, history and undo."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from lxml import html as markup

from monitor.articles import retelling
from monitor.articles.retelling import Telling
from store import articles, editions, pairs, reviews
from store.messages import Edition

if TYPE_CHECKING:
    from tests.pages.conftest import DeskUp, Newsroom

    class Serve(Protocol):
        def __call__(self, room: Newsroom, **changes: Any) -> AbstractContextManager[DeskUp]: ...


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DISPUTES: tuple[tuple[int, str, Any], ...] = (
    (1, "Omar", "skip"), (1, "Rabia", "relevant"), (1, "Omar", "unsure"),
    (2, "Rabia", "relevant"), (2, "Omar", "not_relevant"), (3, "Mahjabeen Qizilbash", "skip"),
)  # fmt: skip
NOTE = "zarb-ul-masal"
PEOPLE = {"Rabia": "administrator", "Omar": "reviewer", "Sana": "reviewer", "Lina": "reader"}


@contextmanager
def desks(room: Newsroom, desk_over: Serve, *names: str, **changes: Any) -> Iterator[list[DeskUp]]:
    """Sit each of ``names`` at a browser of their own."""
    asked = {"read_twice": lambda: 1.0} | changes
    with desk_over(room, people=PEOPLE, **asked) as up, up.beside(names[0]) as one:
        if len(names) == 1:
            yield [one]
        else:
            with up.beside(names[1]) as two:
                yield [one, two]


def decide(desk: DeskUp, article: int, answer: str, **form: str) -> int:
    given = desk.form(article) | {"answer": answer, **form}
    return int(desk.client.post(f"/articles/{article}/decision", data=given).status_code)


def tree_of(page: str) -> Any:
    return markup.fromstring(page)


def words(page: str) -> str:
    """Return what a page says, without what differs from one visit to the next."""
    tree = tree_of(page)
    for part in tree.xpath("//script|//head|//header[@class='bar']|//input[@name='token']"):
        part.getparent().remove(part)
    return " ".join(tree.text_content().split())


def standing(room: Newsroom, article: int) -> tuple[Any, Any]:
    db = room.open()
    row = articles.get(db, article)
    db.close()
    assert row
    return row.decision, row.decided_by


# --- blind ----------------------------------------------------------------------------------


OF_THE_ARTICLE = (
    "/queue", "/queue?open={n}", "/articles/{n}", "/articles/{n}?done={n}", "/search?q=Chaman",
    "/why?url=https://wire.example/news/4", "/stories", "/stories/{story}", "/",
)  # fmt: skip
MOVING = ("/", "/queue", "/queue?open=4")  # the order of what waits changes with every answer
OF_EVERYBODY = ("/history", "/history?by=Rabia", "/history?answer=relevant", "/together",
                "/judgement", "/corpus", "/ledger/items?disposition=queued", "/claims",
                "/missed", "/definition", "/api/articles/{n}", "/api/articles")  # fmt: skip


@pytest.mark.slow
def test_whoever_is_to_read_it_second_finds_the_first_answer_on_no_page(
    full_room: Newsroom, desk_over: Serve
) -> None:
    """An article that could go either way looks to the last letter as if nobody had read it."""
    with desks(full_room, desk_over, "Rabia", "Omar") as (rabia, omar):
        db = full_room.open()
        row = articles.get(db, 4)
        assert row
        telling = Telling(
            article=4, at=row.first_seen_at, title=row.title, body="Families returned.",
            concepts=(), sketch=(), outlet=row.outlet, copy_of=None,
        )  # fmt: skip
        retelling.place(db, telling, omar.desk.clock())
        row = articles.get(db, 4)
        assert row
        pages = [path.format(n=4, story=row.story) for path in OF_THE_ARTICLE]
        before = {path: words(omar.get(path).text) for path in pages}
        assert decide(rabia, 4, "relevant", note=NOTE) == 303
        assert pairs.is_blind_to(db, 4, "Omar")
        db.close()
        for path in pages:
            answer = omar.get(path)
            assert answer.status_code == 200, path
            assert "Rabia" not in answer.text, path
            assert NOTE not in answer.text, path
            if path not in MOVING:
                assert words(answer.text) == before[path], path
        for path in (path.format(n=4) for path in OF_EVERYBODY):
            answer = omar.get(path)
            assert NOTE not in answer.text, path
            assert not re.search(r"Rabia</bdi>:[^<]*<a href=\"/articles/4\"", answer.text), path
        assert "/articles/4" not in omar.get("/history").text
        assert "/articles/4" not in omar.get("/search?q=Chaman&decision=relevant").text
        assert "/articles/4" in rabia.get("/search?q=Chaman&decision=relevant").text
        told = omar.get("/api/articles/4").json()
        assert not re.search('Rabia|relevant"', str(told).replace("'", '"'))
        assert "/articles/4" in rabia.get("/history").text
        assert omar.get("/articles/4/explanation").status_code == 404


def test_a_reader_who_decides_nothing_is_shown_what_stands(
    full_room: Newsroom, desk_over: Serve
) -> None:
    with desks(full_room, desk_over, "Rabia", "Lina") as (rabia, lina):
        decide(rabia, 4, "relevant")
        assert "Rabia" in lina.get("/articles/4").text


def test_the_second_answer_is_taken_although_the_first_came_meanwhile(
    full_room: Newsroom, desk_over: Serve
) -> None:
    """Both had the page open; the second overwrites nothing, and then sees both."""
    with desks(full_room, desk_over, "Rabia", "Omar") as (rabia, omar):
        opened = omar.form(1) | {"answer": "not_relevant"}
        assert decide(rabia, 1, "relevant", note=NOTE) == 303
        press = omar.client.post("/articles/1/decision", data=opened)
        assert press.status_code == 303
        assert standing(full_room, 1) == ("relevant", "Rabia")
        assert omar.client.post("/articles/1/decision", data=opened).status_code == 303, "twice"
        page = omar.get(press.headers["location"]).text
        assert "Rabia" in page
        assert NOTE in page
        db = full_room.open()
        assert len(reviews.history(db, 1)) == 2
        db.close()


def test_on_an_article_nobody_drew_the_second_press_is_told_who_was_first(
    full_room: Newsroom, desk_over: Serve
) -> None:
    with desks(full_room, desk_over, "Rabia", "Omar", read_twice=lambda: 0.0) as (rabia, omar):
        opened = omar.form(1) | {"answer": "not_relevant"}
        assert decide(rabia, 1, "relevant") == 303
        press = omar.client.post("/articles/1/decision", data=opened)
        assert press.status_code == 409
        assert "Rabia" in press.text
        assert standing(full_room, 1) == ("relevant", "Rabia")


def test_it_stands_in_the_second_readers_queue_and_no_longer_in_the_firsts(
    full_room: Newsroom, desk_over: Serve
) -> None:
    with desks(full_room, desk_over, "Rabia", "Omar") as (rabia, omar):
        decide(rabia, 1, "relevant")
        title = "Pakistan, Kabul to resume talks"
        lists = [tree_of(desk.get("/queue").text).xpath("string(//ol[@class='lines'])")
                 for desk in (rabia, omar)]  # fmt: skip
        assert [title in listed for listed in lists] == [False, True]


def test_the_first_answer_cannot_be_undone_by_whoever_must_not_know_it(
    full_room: Newsroom, desk_over: Serve
) -> None:
    with desks(full_room, desk_over, "Rabia", "Omar") as (rabia, omar):
        decide(rabia, 1, "relevant")
        omar.post("/articles/1/undo", {})
        omar.post("/history/undo", {"decision": 1})
        assert standing(full_room, 1) == ("relevant", "Rabia")


# --- where two differ -----------------------------------------------------------------------


def test_where_two_differ_both_are_shown_and_one_press_settles_it(
    full_room: Newsroom, desk_over: Serve
) -> None:
    with desks(full_room, desk_over, "Rabia", "Omar") as (rabia, omar):
        decide(rabia, 1, "relevant", note=NOTE)
        decide(omar, 1, "not_relevant", note="only trade")
        page = omar.get("/together").text
        for said in ("Rabia", "Omar", NOTE, "only trade", "Pakistan, Kabul to resume"):
            assert said in page
        tree = tree_of(page)
        [form] = tree.xpath("//form[@action='/together/1']")
        keys = form.xpath(".//button/@data-key")
        assert keys == ["r", "n", "u"]
        hidden = {f.get("name"): f.get("value") for f in form.xpath(".//input")}
        press = rabia.post(
            "/together/1", hidden | {"answer": "not_relevant", "token": rabia.token()}
        )
        assert press.headers["location"] == "/together?done=1"
        assert standing(full_room, 1) == ("not_relevant", "Rabia")
        page = rabia.get("/together?done=1").text
        assert "Settled as not relevant" in page
        assert "/together/1" not in page
        late = omar.post("/together/1", hidden | {"answer": "relevant", "token": omar.token()})
        assert late.status_code == 409
        assert standing(full_room, 1) == ("not_relevant", "Rabia")
        undo = tree_of(page).xpath("//form[@action='/history/undo']//input")
        back = rabia.post("/history/undo", {f.get("name"): f.get("value") for f in undo})
        told = tree_of(rabia.get(back.headers["location"]).text).xpath("//*[@id='result']")[0]
        assert "what was said before stands again" in told.text_content()
        assert "Two readers differ on 1 article" in omar.get("/together").text


@pytest.mark.slow
def test_agreement_is_told_in_figures_with_its_interval_and_not_too_soon(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    db = newsroom.open()
    numbers = [
        newsroom.article("frontier", f"Headline {n}", f"{n} trucks wait.") for n in range(24)
    ]

    def read(number: int, by: str, answer: Any, minutes: int) -> None:
        at = datetime(2026, 11, 21, 6, minutes, tzinfo=UTC)
        reviews.decide(db, article=number, answer=answer, by=by, now=at, read_twice=1.0)

    read(numbers[0], "Omar", "skip", 0)
    for number in numbers[:10]:
        read(number, "Rabia", "relevant", 1)
        read(number, "Omar", "relevant", 2)
    with desk_over(newsroom) as up:
        page = words(up.get("/together").text)
        assert "Not yet measurable: it takes 20 articles read twice" in page
        for number in numbers[10:]:
            read(number, "Rabia", "not_relevant", 3)
            read(number, "Omar", "not_relevant" if number % 7 else "relevant", 4)
        page = words(up.get("/together").text)
    db.close()
    assert re.search(r"Two readers said the same of 2[0-3] of 24 articles \(\d+ %\)", page)
    assert re.search(r"Kappa is 0\.\d\d, with 95 % confidence between 0\.\d\d and [01]\.\d\d", page)
    assert "Omar and Rabia" in page


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
@pytest.mark.parametrize("scripts", [True, False])
def test_a_dispute_is_settled_by_one_key_or_one_press_and_taken_back_by_another(
    full_room: Newsroom, desk_over: Serve, *, scripts: bool
) -> None:
    from playwright.sync_api import sync_playwright

    db = full_room.open()
    for at, (number, by, answer) in enumerate(DISPUTES):
        now = datetime(2026, 11, 21, 6, at, tzinfo=UTC)
        reviews.decide(db, article=number, answer=answer, by=by, now=now, read_twice=1.0)
    db.close()
    with desk_over(full_room) as up, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = chromium.new_context(java_script_enabled=scripts).new_page()
        page.goto(f"{up.url}together")
        assert "differ on 2 articles" in page.inner_text("h1")
        if scripts:
            page.keyboard.press("n")
        else:
            page.click(".settle button[value=not_relevant] >> nth=0")
        page.wait_for_url("**/together?done=2")
        assert "Settled as not relevant" in page.inner_text("#result")
        assert "differ on 1 article" in page.inner_text("h1")
        assert standing(full_room, 2) == ("not_relevant", "desk")
        if scripts:
            page.keyboard.press("z")
        else:
            page.click("main form[action='/history/undo'] button")
        page.wait_for_url("**/together?undone=*")
        assert "differ on 2 articles" in page.inner_text("h1")
        page.set_viewport_size({"width": 360, "height": 800})
        assert page.locator("[aria-labelledby=load] tbody tr").count() == 3
        assert page.evaluate("document.documentElement.scrollWidth") == 360, "a telephone's"
        chromium.close()


# --- history and undo -----------------------------------------------------------------------


def lines(page: str) -> list[int]:
    return [int(name[5:]) for name in tree_of(page).xpath("//li/@id")
            if name.startswith("line-")]  # fmt: skip


def test_the_history_is_paged_and_narrowed_by_the_address_bar(
    full_room: Newsroom, desk_over: Serve
) -> None:
    with desks(full_room, desk_over, "Rabia", read_twice=lambda: 0.0) as [rabia]:
        db = full_room.open()
        for turn in range(60):
            at = rabia.desk.clock() - timedelta(hours=60 - turn)
            by = "Omar" if turn % 3 == 0 else "Rabia"
            reviews.decide(db, article=1 + turn % 4, answer="unsure", by=by, now=at)
        reviews.undo(db, article=1, by="Sana", now=rabia.desk.clock())
        db.close()
        first = rabia.get("/history").text
        assert lines(first) == list(range(61, 21, -1))
        [older] = tree_of(first).xpath("//a[text()='Older']/@href")
        assert lines(rabia.get(older).text) == list(range(21, 0, -1))
        assert lines(rabia.get("/history?by=Omar").text) == list(range(58, 0, -3))
        assert lines(rabia.get("/history?answer=undo").text) == [61]
        assert lines(rabia.get("/history?answer=relevant").text) == []
        day = rabia.get("/history?day=2026-11-20&by=Rabia").text
        # The team's day: 20 November in Karachi is 19:00 UTC of the 19th to 19:00 of the 20th.
        since, until = 60 - 36, 60 - 12
        assert lines(day) == [n for n in range(until, since, -1) if (n - 1) % 3]
        assert lines(rabia.get("/history?day=2019-01-01").text) == []


def test_undo_in_the_history_takes_back_its_own_line_alone(
    full_room: Newsroom, desk_over: Serve
) -> None:
    with desks(full_room, desk_over, "Rabia", read_twice=lambda: 0.0) as [rabia]:
        decide(rabia, 1, "relevant")
        decide(rabia, 1, "unsure")
        decide(rabia, 2, "relevant")
        answer = rabia.post("/history/undo", {"decision": 1})
        assert answer.headers["location"] == "/history?undone=1"
        assert standing(full_room, 1) == ("unsure", "Rabia")
        rabia.post("/history/undo", {"decision": 2})
        assert standing(full_room, 1) == (None, None)
        assert standing(full_room, 2) == ("relevant", "Rabia")
        again = rabia.post("/history/undo", {"decision": 2})
        assert again.headers["location"] == "/history"
        assert rabia.post("/history/undo", {"decision": 99}).status_code == 404


def test_taking_back_a_day_says_first_what_it_changes_and_what_was_sent(
    full_room: Newsroom, desk_over: Serve
) -> None:
    with desks(full_room, desk_over, "Rabia", "Omar", read_twice=lambda: 0.0) as (rabia, omar):
        decide(omar, 1, "relevant")
        decide(omar, 2, "not_relevant")
        decide(rabia, 2, "not_relevant")
        db = full_room.open()
        now = rabia.desk.clock()
        row = articles.get(db, 1)
        assert row
        told = Edition(
            day_on=date(2026, 11, 21),
            made_at=now,
            since_at=now - timedelta(days=1),
            until_at=now,
            title="The digest",
            page=f'<a href="{row.url}">it</a>',
        )
        editions.put(db, told, [])
        db.close()
        page = rabia.get("/history/day?by=Omar&day=2026-11-21").text
        said = words(page)
        assert "Omar decided on 2 articles; 1 article would stand otherwise than today" in said
        assert "1 story of these stood in a digest that was sent" in said
        assert "relevant now, then undecided" in said
        assert standing(full_room, 1) == ("relevant", "Omar"), "asking changes nothing"
        answer = rabia.post("/history/day", {"by": "Omar", "day": "2026-11-21"})
        assert answer.headers["location"] == "/history?taken_back=2"
        assert standing(full_room, 1) == (None, None)
        assert standing(full_room, 2) == ("not_relevant", "Rabia")


def test_ones_own_day_is_anybodys_and_others_days_are_the_administrators(
    full_room: Newsroom, desk_over: Serve
) -> None:
    with desks(full_room, desk_over, "Omar", "Lina", read_twice=lambda: 0.0) as (omar, lina):
        decide(omar, 1, "relevant")
        db = full_room.open()
        reviews.decide(db, article=2, answer="relevant", by="Rabia", now=omar.desk.clock())
        db.close()
        assert "your own" in words(omar.get("/history").text)
        assert "by=Rabia" not in omar.get("/history").text
        for name in ("Rabia", "Sana"):
            there = f"/history/day?by={name}&day=2026-11-21"
            assert omar.get(there).status_code == 403
            sent = omar.post("/history/day", {"by": name, "day": "2026-11-21"})
            assert sent.status_code == 403
        assert standing(full_room, 2) == ("relevant", "Rabia")
        for form in ({"decision": 1}, {"by": "Omar", "day": "2026-11-21"}):
            path = "/history/undo" if "decision" in form else "/history/day"
            assert lina.post(path, form).status_code == 403
        assert "/history/undo" not in lina.get("/history").text
        assert omar.post("/history/day", {"by": "Omar", "day": "2026-11-21"}).status_code == 303
        assert standing(full_room, 1) == (None, None)


def test_taking_back_a_day_has_the_judgement_learn_without_it(
    full_room: Newsroom, desk_over: Serve
) -> None:
    """The page hands the day to the one who retrains, in the team's time zone."""
    asked: list[Any] = []

    def forget(_db: Any, wanted: Any) -> dict[str, object]:
        asked.append(wanted)
        return {"undone": 3}

    with desks(full_room, desk_over, "Rabia", forget=forget) as [rabia]:
        rabia.post("/history/day", {"by": "Omar", "day": "2026-11-20"})
    [one] = asked
    assert (one.person, one.by) == ("Omar", "Rabia")
    assert [at.isoformat() for at in (one.since, one.until)] == [
        "2026-11-20T00:00:00+05:00", "2026-11-21T00:00:00+05:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "path", ["/history", "/history?before=999999999999999999999&by=%00&day=x&answer=y", "/together"]
)
def test_the_pages_have_their_landmarks_and_stand_with_nothing_decided(
    reading: DeskUp, path: str
) -> None:
    answer = reading.get(path)
    assert answer.status_code == 200
    tree = tree_of(answer.text)
    assert len(tree.xpath("//h1")) == 1
    assert tree.xpath("//p[@class='empty']")
    for control in tree.xpath("//main//input[not(@type='hidden')]|//main//select"):
        assert control.xpath("ancestor::label")
