"""New names on the desk: listed with their sentences, added, refused, set aside, taken back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from lxml import html as markup

from classifiers.pack import Team
from monitor.inquiry.weighing import Judges
from store import changes, names
from store.db import Db

if TYPE_CHECKING:
    from tests.pages.conftest import DeskUp, Newsroom

    class Serve(Protocol):
        def __call__(self, room: Newsroom, **changes: Any) -> AbstractContextManager[DeskUp]: ...


SAID = (
    "The TTP in Pakistan said that Commander Zarrak Lohani <b onclick=x>led</b> the raid.",
    "Security forces in Pakistan killed two aides of the TTP's Zarrak Lohani.",
    "A source close to the TTP in Pakistan named Zarrak Lohani as its new head.",
)


def judges(db: Db) -> Judges:
    """What judges by the names that stand among the desk's changes."""
    laid = ((c.path.partition(".")[2], json.loads(c.value)) for c in changes.changes(db))
    team = Team(names=tuple((concept, tuple(found)) for concept, found in laid if found))
    return Judges(topic="pak_afg_ttp", team=team, threshold=0.1)


@pytest.fixture
def up(newsroom: Newsroom, desk_over: Serve) -> Iterator[DeskUp]:
    newsroom.feed("kabul", outlet="Kabul Courier")
    newsroom.feed("wire", outlet="Regional Wire")
    for feed, said in zip(("frontier", "kabul", "wire"), SAID, strict=True):
        newsroom.article(feed, f"TTP news of {feed}", f"{said}\nThe {feed} has more.", score=0.9)
    newsroom.article("wire", "A quiet day", "Zarrak Lohani passed.", score=0.02, to="reject")
    with desk_over(newsroom, judges=judges) as desk:
        yield desk


def parsed(page: str) -> Any:
    """The page as lxml has it; its stubs know too little of what a path can find."""
    return markup.fromstring(page)


def shown(page: str) -> str:
    return " ".join(parsed(page).xpath("string(//main)").split())


def form(page: str, action: str) -> dict[str, str]:
    """What a browser would send of the first form for ``action``, nothing changed."""
    (found, *_) = parsed(page).xpath(f"//form[@action='{action}']")
    fields = {box.get("name"): box.get("value", "") for box in found.xpath(".//input[@name]")}
    for choice in found.xpath(".//select"):
        fields[choice.get("name")] = choice.xpath("string(.//option[@selected]/@value)")
    return {name: value for name, value in fields.items() if name != "token"}


def looked(up: DeskUp) -> str:
    assert up.post("/names/look", {}).status_code == 303
    return up.get("/names").text


def test_before_the_first_list_the_page_says_when_it_is_made(up: DeskUp) -> None:
    assert "once a week, at night" in shown(up.get("/names").text)


def test_a_name_is_shown_with_its_sentences_marked_and_nothing_of_them_runs(up: DeskUp) -> None:
    page = looked(up)
    tree = parsed(page)
    assert tree.xpath("string(//h1)") == "1 name the lexicon does not know"
    assert tree.xpath("//li//mark/text()") == ["Zarrak Lohani"] * 3
    assert not tree.xpath("//main//b[@onclick]")
    assert SAID[0] in shown(page)
    text = shown(page)
    assert "in 3 stories of 3 outlets: Frontier Daily, Kabul Courier, Regional Wire" in text
    assert "in 1 outside the topic" in text
    assert "it would be matched in 4 articles of the last 28 days" in text


def test_the_desk_tells_of_the_weeks_names_where_the_judgement_is_shown(up: DeskUp) -> None:
    looked(up)
    assert "1 new name of the week" in shown(up.get("/judgement").text)


def test_one_press_adds_the_name_and_another_takes_it_out(up: DeskUp) -> None:
    asked = form(looked(up), "/names/add")
    assert asked["concept"] == "team_person_ttp"
    assert asked["spelling1"] == "Zarrak Lohani"
    assert up.post("/names/add", asked).status_code == 303
    page = up.get("/names?said=added").text
    assert "No new name waits" in shown(page)
    db = up.room.open()
    assert judges(db).team.names == (("team_person_ttp", ("Zarrak Lohani",)),)
    taken = form(page, "/names/remove")
    assert taken == {"spelling": "Zarrak Lohani"}
    assert up.post("/names/remove", taken).status_code == 303
    assert judges(db).team == Team()
    db.close()
    assert "1 name the lexicon does not know" in shown(up.get("/names").text)


def test_what_speaks_against_a_name_is_said_and_a_doubt_can_be_confirmed(up: DeskUp) -> None:
    asked = form(looked(up), "/names/add")
    refused = up.post("/names/add", {**asked, "spelling1": "Noor Wali Mehsud"})
    assert refused.status_code == 409
    assert "belongs to noor_wali_mehsud" in shown(refused.text)
    assert up.post("/names/add", {**asked, "other": "nobody"}).status_code == 409
    assert up.post("/names/add", {**asked, "spelling1": ""}).status_code == 409
    doubted = up.post("/names/add", {**asked, "spelling1": "Wali"})
    assert doubted.status_code == 409
    assert form(doubted.text, "/names/add")["sure"] == "yes"
    assert up.post("/names/add", {**asked, "spelling1": "Wali", "sure": "yes"}).status_code == 303
    db = up.room.open()
    assert judges(db).team.names == (("team_person_ttp", ("Wali",)),)
    db.close()


@pytest.mark.parametrize(("answer", "word"), [("no_name", "no name"), ("later", "later")])
def test_a_name_set_aside_can_be_taken_back(up: DeskUp, answer: str, word: str) -> None:
    page = looked(up)
    key = form(page, "/names/add")["key"]
    assert up.post("/names/answer", {"key": key, "answer": answer}).status_code == 303
    text = up.get("/names").text
    assert f"Zarrak Lohani: {word}, desk" in shown(text)
    assert "No new name waits" in shown(text)
    assert up.post("/names/answer", form(text, "/names/answer")).status_code == 303
    assert "1 name the lexicon does not know" in shown(up.get("/names").text)


def test_an_answer_to_nothing_is_a_page_that_says_so(up: DeskUp) -> None:
    looked(up)
    for asked in ({"key": "nobody", "answer": "later"}, {"key": "", "answer": "hm"}, {}):
        assert up.post("/names/answer", asked).status_code == 404
    assert up.post("/names/remove", {"spelling": "Nobody"}).status_code == 404
    db = up.room.open()
    assert names.answers(db) == {}
    db.close()


def test_each_decision_has_one_key(up: DeskUp) -> None:
    keys = re.findall(r'data-key="(\w)"', looked(up))
    assert sorted(keys) == ["a", "l", "x"]


def test_a_desk_without_a_topic_has_no_such_page(newsroom: Newsroom, desk_over: Serve) -> None:
    with desk_over(newsroom) as desk:
        assert desk.get("/names").status_code == 404
