"""The page of what counts, and the strands of a story, over real HTTP of a real store."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from lxml import html as markup

from classifiers.pack import Team, load_pack
from monitor.inquiry.weighing import Judges
from store import articles, changes, facets
from store.db import Db

if TYPE_CHECKING:
    from tests.pages.conftest import DeskUp, Newsroom

    class Serve(Protocol):
        def __call__(self, room: Newsroom, **changes: Any) -> AbstractContextManager[DeskUp]: ...


ATTACK = "Four policemen martyred in attack on post in Bannu"
LEAD = (
    "BANNU: Gunmen attacked a police post before dawn and fled, police said. Shops in the bazaar"
    " stayed shut in the morning, and schools sent the children home. An officer said that the"
    " road had been searched and that the men had come on motorcycles, as they had in spring. The"
    " four were buried in their villages in the afternoon; elders, teachers and shopkeepers came."
    " The district has asked for more lamps on the road and for a second post at the bridge."
)


def parsed(page: str) -> Any:
    """The page as lxml has it; its stubs know too little of what a path can find."""
    return markup.fromstring(page)


def judges(db: Db) -> Judges:
    """What ``App.judges`` gives, for a team without a file: the desk's changes alone."""
    found = {line.path.split(".")[1]: json.loads(line.value) for line in changes.changes(db)}
    switches = sorted((name, to) for name, to in found.items() if to != "open")
    return Judges(topic="pak_afg_ttp", team=Team(switches=tuple(switches)), threshold=0.1)


@pytest.fixture
def up(full_room: Newsroom, desk_over: Serve) -> Any:
    full_room.article("frontier", ATTACK, LEAD, score=0.03, topics=(), to="reject")
    with desk_over(full_room, judges=judges, strands=load_pack().strands) as desk:
        yield desk


def words(page: str, path: str) -> list[str]:
    return [" ".join(node.text_content().split()) for node in parsed(page).xpath(path)]


# --- the definition -------------------------------------------------------------------------


def test_the_page_says_of_every_strand_what_is_in_it_and_how_its_switch_stands(up: DeskUp) -> None:
    page = up.get("/definition").text
    strands = load_pack().definition["strands"]
    told = words(page, "//ul[contains(@class,'definition')]/li/h2")
    assert [name.lower() for name in told] == [row["title"].lower() for row in strands.values()]
    standing = words(page, "//*[contains(@class,'switches')]/span[@aria-current]")
    assert standing == ["as the model judges"] * len(strands)


def test_nothing_is_kept_before_it_was_shown_what_moves(up: DeskUp) -> None:
    page = up.get("/definition/kp_attacks?to=in").text
    assert "1 story into the queue, 0 out of it" in page
    assert ATTACK in words(page, "//table//th/a")
    db = up.room.open()
    assert not changes.history(db)
    db.close()


def test_a_kept_switch_is_recorded_with_who_and_shown(up: DeskUp) -> None:
    up.post("/you", {"name": "Rana"})
    answer = up.post("/definition/kp_attacks", {"to": "in", "before": "open"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/definition?done=kp_attacks"
    page = up.get(answer.headers["location"]).text
    assert words(page, "//li[@id='kp_attacks']//span[@aria-current]") == ["we count it"]
    assert "Rana" in words(page, "//li[@id='kp_attacks']")[0]
    assert "judged anew" in page
    db = up.room.open()
    (line,) = changes.history(db)
    db.close()
    assert (line.path, line.value, line.by) == ("definition.kp_attacks", '"in"', "Rana")


def test_a_colleague_who_was_quicker_is_not_overruled(up: DeskUp) -> None:
    up.post("/definition/refugees", {"to": "out", "before": "open"})
    answer = up.post("/definition/refugees", {"to": "in", "before": "open"})
    assert answer.status_code == 409
    assert "Somebody moved this switch meanwhile" in answer.text
    db = up.room.open()
    assert [line.value for line in changes.history(db)] == ['"out"']
    db.close()


@pytest.mark.parametrize(
    "path",
    ["/definition/nonsense?to=in", "/definition/refugees?to=perhaps", "/definition/refugees"],
)
def test_a_wrong_address_is_a_plain_page(up: DeskUp, path: str) -> None:
    assert up.get(path).status_code == 404


def test_a_switch_from_another_site_or_without_a_token_is_refused(up: DeskUp) -> None:
    form = {"to": "out", "before": "open"}
    assert up.client.post("/definition/refugees", data=form).status_code == 403
    away = up.post("/definition/refugees", form, Origin="https://elsewhere.example")
    assert away.status_code == 403
    db = up.room.open()
    assert not changes.history(db)
    db.close()


def test_a_topic_without_a_definition_says_so(full_room: Newsroom, desk_over: Serve) -> None:
    with desk_over(full_room) as desk:
        assert "no definition.yaml" in desk.get("/definition").text
        assert desk.get("/definition/refugees?to=in").status_code == 404


def test_what_a_source_wrote_cannot_act_on_the_page(up: DeskUp) -> None:
    up.room.article("frontier", ATTACK + "<script>x</script>\u202e", LEAD, score=0.03, to="reject")
    page = up.get("/definition/kp_attacks?to=in").text
    assert "<script>x" not in page
    assert "\u202e" not in page


# --- the strands of a story -----------------------------------------------------------------


def shown(up: DeskUp, article: int) -> str:
    page = up.get(f"/articles/{article}").text
    return words(page, "//dl[@class='facts']/div[dt='Strands']/dd")[0]


def test_the_form_has_a_tick_for_every_strand_and_those_it_has_are_ticked(up: DeskUp) -> None:
    page = parsed(up.get("/articles/1").text)
    boxes = page.xpath("//form[contains(@action,'/strands')]//input[@type='checkbox']")
    assert [box.get("name") for box in boxes] == [f"strand-{name}" for name in load_pack().strands]
    assert [box.get("name") for box in boxes if box.get("checked") is not None] == ["strand-talks"]


def test_ticked_strands_stand_with_who_put_them_and_what_the_judgement_said(up: DeskUp) -> None:
    up.post("/you", {"name": "Rana"})
    form = {"do": "keep", "first": "trade", "strand-talks": "yes", "strand-china": "yes"}
    answer = up.post("/articles/1/strands", {**form, "strand-evil": "yes"})
    assert answer.status_code == 303
    db = up.room.open()
    row = articles.get(db, 1)
    db.close()
    assert row is not None
    assert row.topics == ("trade", "talks", "china")
    told = shown(up, 1)
    assert told.startswith("trade and transit, talks and mediation, China")
    assert "put by Rana" in told
    assert "the judgement said talks and mediation" in told


def test_the_queue_finds_a_story_under_the_strand_people_gave_it(up: DeskUp) -> None:
    up.post("/articles/1/strands", {"do": "keep", "first": "trade"})
    titles = words(up.get("/queue?topic=trade").text, "//ol[@class='lines']//bdi")
    assert any("resume talks in Doha" in title for title in titles)


def test_going_back_shows_the_judgement_again_and_the_lines_are_kept(up: DeskUp) -> None:
    up.post("/articles/1/strands", {"do": "keep", "first": "trade"})
    up.post("/articles/1/strands", {"do": "back"})
    assert shown(up, 1).startswith("talks and mediation")
    assert "put by" not in shown(up, 1)
    db = up.room.open()
    assert [line.topics for line in facets.history(db, 1)] == [("trade",), None]
    db.close()


def test_corrections_are_counted_on_the_page_of_what_counts(up: DeskUp) -> None:
    assert "Nobody has corrected" in up.get("/definition").text
    up.post("/articles/1/strands", {"do": "keep", "first": "trade"})
    rows = words(up.get("/definition").text, "//table//tr")
    assert "talks and mediation01" in rows
    assert "trade and transit10" in rows


def test_from_the_queue_one_returns_to_the_queue(up: DeskUp) -> None:
    form = {"do": "keep", "first": "trade", "from": "queue", "query": "outlet=Frontier+Daily"}
    answer = up.post("/articles/1/strands", form)
    assert answer.headers["location"] == "/queue?outlet=Frontier+Daily&open=1"


def test_strands_of_an_article_that_is_not_there_are_a_404(up: DeskUp) -> None:
    assert up.post("/articles/999/strands", {"do": "keep"}).status_code == 404
