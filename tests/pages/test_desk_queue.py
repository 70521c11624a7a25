"""The queue's list: what is new on top, best text first, filters with counts, nothing hidden."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from monitor.config.shape import Queue
from monitor.web.filters import Filters, Sieve, asked_for
from monitor.web.gathering import best, in_order
from store import articles, facets, genres, reviews, tags
from store.sql import run, write
from store.waiting import Waiter
from tests.pages.conftest import NOW

if TYPE_CHECKING:
    from tests.pages.conftest import DeskUp, Newsroom

    class Serve(Protocol):
        def __call__(self, room: Newsroom, **changes: Any) -> AbstractContextManager[DeskUp]: ...


REASONS = Queue().reasons
OLD = (NOW - timedelta(days=9)).isoformat()


def titles(page: str) -> list[str]:
    """Return the headlines of the list, in order."""
    shown = page.split('id="list"')[1].split("</section>", maxsplit=1)[0]
    return [unescape(t) for t in re.findall(r'class="line-title">.*?<bdi[^>]*>(.*?)</bdi>', shown)]


def text(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def put(room: Newsroom, sql: str, *params: Any) -> None:
    """Change the store under the desk, as the machine would over days."""
    db = room.open()
    with write(db):
        run(db, sql, params)
    db.close()


# --- order ----------------------------------------------------------------------------------


def test_what_came_since_yesterday_stands_on_top_whatever_it_scores(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    old = newsroom.article("frontier", "An old story, very likely", "Text.", score=0.99)
    newsroom.article("frontier", "A new story, less likely", "Other text.", score=0.7)
    put(newsroom, "UPDATE articles SET first_seen_at = ? WHERE id = ?", OLD, old)
    with desk_over(newsroom) as desk:
        page = desk.get("/queue").text
        assert titles(page) == ["A new story, less likely", "An old story, very likely"]
        assert re.search(r"New since yesterday 1 .* Earlier 1 ", text(page))
        assert "<h1" in page
        assert "A new story" in page.split("<h1")[1].split("</h1>")[0]


def test_a_story_is_one_line_with_its_best_text_and_the_others_folded_under_it(
    full_room: Newsroom, desk_over: Serve
) -> None:
    put(full_room, "UPDATE articles SET story = 1 WHERE id IN (1, 2)")
    with desk_over(full_room) as desk:
        page = desk.get("/queue").text
        assert len(titles(page)) == 3
        line = page.split('id="list"')[1].split("</li>\n<li")[0]
        assert "Kabul Courier" in text(line.split('class="also"')[1])
        assert "/queue?open=2" in line, "the other text that waits is one press away"
        assert "+1 outlet" in text(line)


def waiter(article: int, score: float, **facts: Any) -> Waiter:
    row = Waiter(article, score, "queue", article, NOW.isoformat(), '["talks"]', "Dawn", "pakistan")
    return row._replace(**facts)


def test_of_a_backlog_of_thousands_some_that_are_far_behind_stand_in_front() -> None:
    rows = [waiter(n, 1 - n / 5000) for n in range(1, 5000)]
    drawn = waiter(9000, 0.001, route="sample", key=-9000)
    order = in_order([*rows, drawn], since=NOW, mix=(6, 3, 1))
    assert sorted(row.article for group in order.groups for row in group) == sorted(
        [*(row.article for row in rows), 9000]
    ), "nothing is left out"
    first = [best(group) for group in order.groups[:60]]
    assert 9000 in first, "the audit's"
    scores = {row.article: row.score or 0 for row in rows}
    assert any(abs(scores.get(article, 1) - 0.5) < 0.01 for article in first), "and those near even"
    assert order.fresh == len(order.groups)


def test_the_line_does_not_tell_what_was_drawn(full_room: Newsroom, desk_over: Serve) -> None:
    """The line of a rejected one that was drawn has the very shape of one that is near even."""
    put(full_room, "UPDATE articles SET route = 'sample', score = 0.01 WHERE id = 5")
    with desk_over(full_room) as desk:
        page = desk.get("/queue").text
        shown = page.split('id="list"')[1].split("</section>")[0]
        found = dict(re.findall(r'href="/queue\?open=(\d+)"[^>]*>(.*?)</a>', shown, re.DOTALL))

        def shape(line: str) -> str:
            return re.sub(r"(<bdi[^>]*>|<time[^>]*>)[^<]*", "", re.sub(r"\s+", " ", line))

        assert shape(found["5"]) == shape(found["4"])


# --- filters --------------------------------------------------------------------------------


def test_each_choice_tells_how_many_wait_under_the_other_filters() -> None:
    rows = [
        waiter(1, 0.9, tags=("doha",)),
        waiter(2, 0.7, outlet="Khaama", side="afghanistan", told='["trade", "talks"]'),
        waiter(3, 0.2, side="afghanistan", genre="op_ed"),
    ]
    tests = Filters(side="afghanistan").tests(lambda _: (NOW, NOW))
    sieve = Sieve(rows, tests)
    assert [row.article for row in sieve.passing] == [2, 3]
    told = sieve.choices([(NOW.date(), "2026-11-21T00:00:00+00:00")])
    assert told["side"] == [("afghanistan", 2), ("pakistan", 1)], "without the filter itself"
    assert told["outlet"] == [("Dawn", 1), ("Khaama", 1)]
    assert told["topic"] == [("talks", 2), ("trade", 1)]
    assert told["tag"] == []
    assert told["kind"] == [("op_ed", 1)]
    assert told["minimum"] == [("0.9", 0), ("0.8", 0), ("0.65", 1)]
    assert told["day"] == [("2026-11-21", 2)]
    assert len(sieve.without("side")) == 3


def test_filters_live_in_the_address_bar_and_go_on_with_every_form(
    full_room: Newsroom, desk_over: Serve
) -> None:
    db = full_room.open()
    genres.correct(db, article=2, genre="op_ed", by="Omar", now=NOW)
    tags.add(db, article=4, tags=["winter"], by="Omar", now=NOW)
    facets.correct(db, article=3, topics=["trade"], by="Omar", now=NOW)
    db.close()
    with desk_over(full_room) as desk:
        every = titles(desk.get("/queue").text)
        for query, number in (
            ("kind=op_ed", 2),
            ("tag=winter", 4),
            ("topic=trade&language=ur", 3),
            ("outlet=Frontier+Daily", 1),
            ("side=international&copies=yes", 4),
            ("minimum=0.95", 1),
        ):
            page = desk.get(f"/queue?{query}").text
            assert titles(page) == [t for t in every if t in titles(page)]
            assert len(titles(page)) == 1, query
            assert f"/articles/{number}/decision" in page
        form = desk.form(2) | {"from": "queue", "query": "side=afghanistan&copies=yes"}
        answer = desk.post("/articles/2/decision", form | {"answer": "skip"})
        assert answer.headers["location"] == "/queue?side=afghanistan&copies=yes&done=2"
        assert desk.get("/queue?filter=open").status_code == 200


@pytest.mark.parametrize(
    "query", ["day=2026-02-30", "day=today", "minimum=high", "minimum=1.5", "mine=others"]
)
def test_a_filter_that_cannot_be_is_neither_applied_nor_said_to_be(
    reading: DeskUp, query: str
) -> None:
    """A page that says "Only day 2026-02-30" above everything that waits cannot be trusted."""
    page = reading.get(f"/queue?{query}").text
    assert len(titles(page)) == 4
    assert "Only" not in text(page.split('class="filtered"')[1].split("</p>", maxsplit=1)[0])
    assert "4 stories wait" in text(page)


@pytest.mark.parametrize("least", ["0.001", ".02", "0.3", "0.64"])
def test_no_score_in_the_address_bar_sets_what_was_drawn_apart(
    full_room: Newsroom, desk_over: Serve, least: str
) -> None:
    """One score after another would tell which was rejected, before anybody has decided on it."""
    put(full_room, "UPDATE articles SET route = 'sample', score = 0.01 WHERE id = 5")
    with desk_over(full_room) as desk:
        every = titles(desk.get("/queue").text)
        assert titles(desk.get(f"/queue?minimum={least}").text) == every
        assert len(every) == 5


def test_not_by_me_brings_what_others_passed_over_and_only_that(
    full_room: Newsroom, desk_over: Serve
) -> None:
    db = full_room.open()
    for article, answer in ((1, "skip"), (2, "unsure"), (3, "relevant")):
        reviews.decide(db, article=article, answer=answer, by="Omar", now=NOW)  # type: ignore[arg-type]
    db.close()
    with desk_over(full_room) as desk:
        assert len(titles(desk.get("/queue").text)) == 1
        page = desk.get("/queue?mine=undecided").text
        assert len(titles(page)) == 3
        assert "Omar said unsure" in text(page)
        assert "unsure of, too (2)" in text(desk.get("/queue?filter=open").text)


def test_where_nothing_fits_the_page_says_which_filter_to_drop(reading: DeskUp) -> None:
    page = text(reading.get("/queue?outlet=Frontier+Daily&side=afghanistan").text)
    assert "Nothing that waits fits these filters." in page
    assert "Any outlet : 1 article" in page
    assert "Any side : 1 article" in page
    assert "0 stories of 4" in page


@pytest.mark.parametrize("value", ["x" * 300, "<b>", "%00", "-1", "nan", "9" * 30])
def test_no_filter_breaks_the_page(reading: DeskUp, value: str) -> None:
    for name in (
        "topic",
        "outlet",
        "kind",
        "tag",
        "minimum",
        "day",
        "mine",
        "page",
        "open",
        "done",
    ):
        assert reading.get(f"/queue?{name}={value}&filter=open").status_code == 200


def test_asking_for_copies_is_no_filter() -> None:
    filters = asked_for({"copies": "yes"})
    assert not filters.any
    assert filters.query() == "copies=yes"


# --- deciding -------------------------------------------------------------------------------


def test_a_reason_is_for_ones_own_standing_decision_and_from_the_list(
    full_room: Newsroom, desk_over: Serve
) -> None:
    db = full_room.open()
    others = reviews.decide(db, article=1, answer="skip", by="Omar", now=NOW)
    db.close()
    with desk_over(full_room, reasons=lambda: REASONS) as desk:
        form = {"decision": others, "reason": REASONS[0]}
        assert desk.post("/articles/1/reason", form).status_code == 409, "a colleague's"
        desk.post("/articles/2/decision", desk.form(2) | {"answer": "relevant"})
        db = full_room.open()
        own = reviews.history(db, 2)[-1].id
        assert desk.post("/articles/2/reason", {"decision": own, "reason": "my own"}).is_error
        given = {"decision": own, "reason": REASONS[0]}
        assert desk.post("/articles/2/reason", given).status_code == 303
        assert desk.post("/articles/2/reason", given).status_code == 303, "pressed twice"
        assert reviews.history(db, 2)[-1].reasons == (REASONS[0],)
        desk.post("/articles/2/undo", {"decision": own})
        assert desk.post("/articles/2/reason", given).status_code == 409, "undone"
        db.close()


def test_an_undo_sent_twice_undoes_once(full_room: Newsroom, desk_over: Serve) -> None:
    with desk_over(full_room) as desk:
        desk.post("/articles/2/decision", desk.form(2) | {"answer": "relevant"})
        desk.post("/articles/2/decision", desk.form(2) | {"answer": "unsure"})
        db = full_room.open()
        line = reviews.history(db, 2)[-1].id
        for _ in range(2):
            desk.post("/articles/2/undo", {"decision": line})
        row = articles.get(db, 2)
        assert row is not None
        assert row.decision == "relevant"
        db.close()


def test_an_undo_that_leaves_a_colleagues_answer_standing_says_so(
    full_room: Newsroom, desk_over: Serve
) -> None:
    """Rabia takes back what she said over Omar: the story is decided, and not in the queue."""
    people = {"Zarghuna": "administrator", "Omar": "reviewer", "Rabia": "reviewer"}
    with desk_over(full_room, people=people) as desk:
        desk.sign_in("Rabia")
        with desk.beside("Omar") as omar:
            omar.post("/articles/2/decision", omar.form(2) | {"answer": "not_relevant"})
        desk.post("/articles/2/decision", desk.form(2) | {"answer": "relevant"})
        answer = desk.post("/articles/2/undo", {"from": "queue"})
        page = desk.get(answer.headers["location"]).text
        result = text(page.split('id="result"')[1].split("</div>", maxsplit=1)[0])
        assert "Omar said not relevant, and that stands" in result
        assert "back in its place" not in result
        assert not any("Torkham shut" in title for title in titles(page))


def test_what_was_written_beside_a_refused_decision_stands_in_the_form_again(
    full_room: Newsroom, desk_over: Serve
) -> None:
    """A colleague was faster: without a script, too, nobody writes a note twice."""
    people = {"Zarghuna": "administrator", "Omar": "reviewer", "Rabia": "reviewer"}
    note = "Ask Kabul: </textarea><b>who</b> met?\r\nAnd where."
    with desk_over(full_room, people=people, reasons=lambda: REASONS) as desk:
        desk.sign_in("Rabia")
        stale = desk.form(2) | {"answer": "relevant", "note": note, "reason-2": "yes"}
        with desk.beside("Omar") as omar:
            omar.post("/articles/2/decision", omar.form(2) | {"answer": "not_relevant"})
        refused = desk.post("/articles/2/decision", stale)
        assert refused.status_code == 409
        field = re.search(r'<textarea id="note"[^>]*>\n(.*?)</textarea>', refused.text, re.DOTALL)
        assert field
        assert unescape(field[1]) == note.replace("\r\n", "\n")
        assert re.findall(r'name="reason-(\d)" value="yes" checked', refused.text) == ["2"]
        assert '<textarea id="note"' in desk.get("/articles/2").text
        assert "Ask Kabul" not in desk.get("/articles/2").text, "and nowhere else"


def test_who_decides_again_after_a_refusal_goes_on_in_the_queue(
    full_room: Newsroom, desk_over: Serve
) -> None:
    """With the filter and the next story as before; it led to the page of the article alone."""
    with desk_over(full_room) as desk:
        stale = desk.form(1) | {"from": "queue", "query": "topic=talks", "next": "3"}
        desk.post("/articles/1/decision", desk.form(1) | {"answer": "unsure"})
        refused = desk.post("/articles/1/decision", stale | {"answer": "relevant"})
        assert refused.status_code == 409
        inside = refused.text[refused.text.index('id="decision"') :].split("</form>")[0]
        form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', inside))
        again = desk.post("/articles/1/decision", form | {"answer": "relevant"})
        assert again.headers["location"] == "/queue?topic=talks&open=3&done=1"


def test_a_note_of_the_length_the_page_allows_is_kept_whole(
    full_room: Newsroom, desk_over: Serve
) -> None:
    """Browsers send two characters for a line break that the field counted as one."""
    written = ("A line of the note.\n" * 100)[:1999] + "."
    assert len(written) == 2000
    with desk_over(full_room) as desk:
        sent = desk.form(1) | {"answer": "unsure", "note": written.replace("\n", "\r\n")}
        desk.post("/articles/1/decision", sent)
        with desk.store() as db:
            assert reviews.history(db, 1)[-1].note == written


def test_who_has_the_next_page_already_is_told_only_where_it_stands(
    full_room: Newsroom, desk_over: Serve
) -> None:
    with desk_over(full_room) as desk:
        form = desk.form(1) | {"from": "queue", "next": "2", "answer": "not_relevant"}
        answer = desk.post("/articles/1/decision", form, Prefer="return=minimal")
        assert (answer.status_code, answer.text) == (204, "")
        assert answer.headers["content-location"] == "/queue?open=2&done=1"
        other = desk.form(2) | {"standing": "77", "answer": "relevant"}
        answer = desk.post("/articles/2/decision", other, Prefer="return=minimal")
        assert answer.status_code == 409, "what was not recorded is a page"


def test_a_reader_sees_the_queue_and_decides_nothing(full_room: Newsroom, desk_over: Serve) -> None:
    people = {"Zarghuna": "administrator", "Rahim": "reader"}
    with desk_over(full_room, people=people, reasons=lambda: REASONS) as desk:
        desk.sign_in("Rahim")
        page = desk.get("/queue").text
        assert len(titles(page)) == 4
        assert "/decision" not in page
        assert "/tags" not in page
        for path in ("decision", "reason", "tags", "undo", "same"):
            assert desk.post(f"/articles/1/{path}", {"answer": "relevant"}).status_code == 403


def test_a_second_reading_waits_like_all_others(full_room: Newsroom, desk_over: Serve) -> None:
    """Nothing in the list tells that a colleague has read it, nor how; nor does the form."""
    people = {"Zarghuna": "administrator", "Omar": "reviewer", "Rabia": "reviewer"}
    settings: dict[str, Any] = {"people": people, "read_twice": lambda: 1.0}
    with desk_over(full_room, **settings, reasons=lambda: REASONS) as desk:
        desk.sign_in("Rabia")
        desk.post("/articles/4/decision", desk.form(4) | {"answer": "unsure"})
        with desk.beside("Omar") as omar:
            for article, answer in ((1, "relevant"), (2, "not_relevant")):
                form = omar.form(article) | {"answer": answer, "reason-2": "yes"}
                omar.post(f"/articles/{article}/decision", form)
            assert len(titles(omar.get("/queue").text)) >= 1
        page = desk.get("/queue").text
        assert len(titles(page)) == 3
        assert "Omar" not in page
        assert "said" not in text(desk.get("/queue?open=1").text.split('class="decide"')[1])
        answered = desk.post("/articles/1/decision", desk.form(1) | {"answer": "unsure"})
        assert answered.status_code == 303, "and the blind answer is taken"


# --- size -----------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_page_of_a_long_backlog_stays_small(newsroom: Newsroom, desk_over: Serve) -> None:
    words = "Officials from Pakistan and the authorities in Kabul met at the crossing and agreed"
    for n in range(60):
        number = newsroom.article("frontier", f"{words} {n}", f"Text {n}.\n" * 60)
        put(newsroom, "UPDATE articles SET story = ? WHERE id = ?", number // 4, number)
    with desk_over(newsroom, reasons=lambda: REASONS) as desk:
        page = desk.get("/queue?done=1&filter=open")
        assert page.status_code == 200
        assert len(page.content) < 60_000
