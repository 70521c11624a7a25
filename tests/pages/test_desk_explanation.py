"""Why a score is what it is, on the desk: in place, for and against, and never told too early."""

from __future__ import annotations

import html
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lxml.html

from classifiers import registry
from monitor.inquiry.setting import Bench
from monitor.inquiry.unlearning import take_back
from store import imports, reviews
from store.learned import Label

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.pages.conftest import DeskUp, Newsroom

NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)


def parsed(page: str) -> Any:
    """The page as lxml has it; its stubs know too little of what a path can find."""
    return lxml.html.fromstring(page)


def text_of(page: str) -> str:
    return " ".join(parsed(page).text_content().split())


def decided(room: Newsroom, answers: dict[int, str], by: str = "Rabia") -> None:
    db = room.open()
    for number, answer in answers.items():
        given: Any = answer
        reviews.decide(db, article=number, answer=given, by=by, now=NOW - timedelta(hours=1))
    db.close()


def test_the_article_tells_what_spoke_for_and_against_with_the_words_in_place(
    reading: DeskUp,
) -> None:
    said = text_of(reading.get("/articles/1").text)
    assert "Spoke for it" in said
    assert "title Pakistan, Kabul to resume talks" in said
    assert "Sum in log-odds" in said
    assert "A prior estimate: 0 decisions so far" in said
    page = reading.get("/articles/1").text
    assert 'href="/articles/1/explanation"' in page


def test_the_whole_explanation_lists_every_verdict_and_what_is_like_the_text(
    full_room: Newsroom, desk_over: Callable[..., Any], tmp_path: Path
) -> None:
    db = full_room.open()
    passage = "Officials met at the Torkham crossing and agreed to resume talks next week."
    label = Label(
        id="import:1", title="An essay on <crossings>", body=passage, outlet="Review",
        language="en", side=None, relevant=True, origin="seed", by="R.", at=NOW,
    )  # fmt: skip
    imports.add(db, [label])
    db.close()
    bench = Bench(config=tmp_path / "none.yaml", environ={})
    with desk_over(full_room, bench=bench) as desk:
        page = desk.get("/articles/1/explanation").text
    said = text_of(page)
    assert "Similar, not a reason" in said
    assert passage in said
    assert "An essay on <crossings>" in said
    assert "<crossings>" not in page, "what strangers wrote is escaped"
    assert "It cannot be judged again from the record." in said
    assert "the model blend-cold-1 is no longer there" in said
    assert "Every verdict it was given" in said


def test_a_score_that_is_kept_back_is_not_told_by_its_explanation(
    full_room: Newsroom, desk_over: Callable[..., Any]
) -> None:
    number = full_room.article("wire", "A faint story", "Little of ours.", score=0.12)
    with desk_over(full_room) as desk:
        answer = desk.get(f"/articles/{number}/explanation")
        assert answer.status_code == 404
        assert "told once you have decided" in html.unescape(answer.text)
        decided(full_room, {number: "relevant"})
        assert desk.get(f"/articles/{number}/explanation").status_code == 200


def test_an_explanation_of_nothing_is_a_plain_404(reading: DeskUp) -> None:
    for path in ("/articles/999/explanation", "/articles/1/explanation?verdict=999"):
        assert reading.get(path).status_code == 404


# --- the judgement --------------------------------------------------------------------------


def test_the_curve_is_drawn_from_what_was_answered_and_says_the_same_in_a_table(
    full_room: Newsroom, desk_over: Callable[..., Any]
) -> None:
    numbers = [
        full_room.article("wire", f"Story {n}", f"Text {n}.", score=0.95 if n % 2 else 0.3)
        for n in range(32)
    ]
    decided(full_room, {n: "relevant" if k % 2 else "not_relevant" for k, n in enumerate(numbers)})
    with desk_over(full_room) as desk:
        page = desk.get("/judgement").text
        drawn = parsed(page).xpath("//figure[1]//img")[0]
        assert desk.get(drawn.get("src")).headers["content-type"] == "image/svg+xml"
    tree = parsed(page)
    assert "too much promised" in drawn.get("alt")
    rows = [row.xpath("./td/text()") for row in tree.xpath("//figure[1]//tbody/tr")]
    assert [row[:3] for row in rows] == [["16", "0.30", "0.00"], ["16", "0.95", "1.00"]]
    assert "too much promised" in text_of(page)
    assert "<script>" not in page
    assert "style=" not in page


def test_before_there_are_answers_the_page_says_so_in_words(reading: DeskUp) -> None:
    said = text_of(reading.get("/judgement").text)
    assert "Scores are a prior estimate" in said
    assert "Not yet measurable: 0 scores were answered" in said
    assert "too few decisions to tell" in said


def test_a_persons_day_is_taken_back_from_the_page_and_the_model_learns_anew(
    full_room: Newsroom, desk_over: Callable[..., Any]
) -> None:
    decided(full_room, {1: "relevant", 2: "relevant", 3: "not_relevant"}, by="Omar")
    decided(full_room, {4: "relevant"}, by="Rabia")

    def forget(db: Any, asked: Any) -> Any:
        return take_back(
            db, person=asked.person, since=asked.since, until=asked.until, by=asked.by,
            trainer=registry.trainer(), clock=lambda: NOW,
        )  # fmt: skip

    with desk_over(replace(full_room), forget=forget) as desk:
        form = {"person": "Omar", "from": "2026-11-21", "to": "2026-11-21"}
        assert "Omar (3 decisions)" in text_of(desk.get("/judgement").text)
        answer = desk.post("/judgement/forget", form)
        assert answer.status_code == 303
        page = text_of(desk.get(answer.headers["location"]).text)
        assert "3 decisions were taken back" in page
        assert "Omar (3" not in page
        again = desk.post("/judgement/forget", form)
        told = text_of(desk.get(again.headers["location"]).text)
        assert "Omar decided nothing on those days" in told
        for wrong in ({}, {**form, "to": "2026-11-20"}, {**form, "from": "x"}):
            assert desk.post("/judgement/forget", wrong).status_code == 404
        assert desk.client.post("/judgement/forget", data=form).status_code == 403
    db = full_room.open()
    assert [a for a in (reviews.history(db, 1)) if a.undoes]
    assert {name for name, *_ in reviews.deciders(db)} == {"Rabia"}
    db.close()
