"""Claims and quotes on the desk: side by side, proved by their sentence, answered by a person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from lxml import html as markup

from classifiers.lexicon import load_lexicon
from monitor.articles import claiming
from store import claims
from store.claims import Wanted
from store.lineage import ClaimRow

if TYPE_CHECKING:
    from tests.pages.conftest import DeskUp, Newsroom

    class Serve(Protocol):
        def __call__(self, room: Newsroom, **changes: Any) -> AbstractContextManager[DeskUp]: ...


BLAST = (
    "PESHAWAR: At least five people were killed in a blast in Bannu on Friday, police said.\n"
    "“Those who shelter the attackers <img src=x onerror=alert(1)> will answer,” Defence Minister"
    " Khawaja Asif said."
)
LATER = "The death toll from the blast in Bannu rose to 12 <script>alert(1)</script>, ISPR said."


def parsed(page: str) -> Any:
    """The page as lxml has it; its stubs know too little of what a path can find."""
    return markup.fromstring(page)


def shown(page: str) -> str:
    return " ".join(parsed(page).xpath("string(//main)").split())


@pytest.fixture
def up(newsroom: Newsroom, desk_over: Serve) -> Iterator[DeskUp]:
    newsroom.feed("wire", outlet="Regional Wire", side="international")
    first = newsroom.article("frontier", "Five killed in Bannu blast", BLAST)
    second = newsroom.article("wire", "Toll in Bannu rises", LATER)
    db = newsroom.open()
    when = "2026-11-21T07:00:00+00:00"
    db.execute("UPDATE articles SET published_at = ? WHERE id = ?", (when, second))
    db.execute(
        "INSERT OR REPLACE INTO stories (id, first_at, last_at, members) VALUES (?, ?, ?, 2)",
        (first, when, when),
    )
    db.execute("UPDATE articles SET story = ? WHERE id IN (?, ?)", (first, first, second))
    db.conn.commit()
    claiming.note(db, lexicon=load_lexicon(), now=newsroom_now(db))
    db.close()
    with desk_over(newsroom) as desk:
        yield desk


def newsroom_now(db: Any) -> Any:
    from datetime import datetime

    newest = db.execute("SELECT max(first_seen_at) FROM articles").fetchone()[0]
    return datetime.fromisoformat(newest)


def held(up: DeskUp, population: str = "killed") -> list[ClaimRow]:
    db = up.room.open()
    rows = claims.listed(db, Wanted(population=population, everything=True))
    db.close()
    return rows


def claim_of(up: DeskUp, least: float) -> ClaimRow:
    return next(row for row in held(up) if row.facts.least == least)


def test_claims_stand_in_groups_with_their_sentence_and_nothing_of_them_runs(up: DeskUp) -> None:
    page = up.get("/claims").text
    text = shown(page)
    assert "People killed · Bannu" in text
    assert "at least 5" in text
    assert "rose to 12 <script>alert(1)</script>, ISPR said." in text
    tree = parsed(page)
    assert tree.xpath("//main//script") == []
    assert all(src.startswith("/pictures/") for src in tree.xpath("//main//img/@src"))
    assert "At least five" in [mark.text for mark in tree.xpath("//mark")]


def test_every_claim_leads_to_its_sentence_and_its_article(up: DeskUp) -> None:
    row = claim_of(up, 5)
    page = parsed(up.get("/claims").text)
    links = page.xpath(f"//tr[@id='c{row.id}']//a/@href")
    assert f"/claims/{row.id}" in links
    assert f"/articles/{row.article}#:~:text=PESHAWAR%3A%20At%20least" in " ".join(links)
    assert all(up.get(link.split("#")[0]).status_code == 200 for link in links)


def test_claims_are_filtered_and_an_empty_answer_says_so(up: DeskUp) -> None:
    assert "1 claim " in shown(up.get("/claims?claimant=police").text)
    assert "ISPR" in shown(up.get("/claims?place=bannu&year=2026&population=killed").text)
    for nothing in ("place=Nowhere", "year=1999", "claimant=%22%3E%3Cscript%3E", "population=x"):
        assert "No claim of this kind" in shown(up.get(f"/claims?{nothing}").text)
    for odd in ("year=abcd", "before=x", "year=99999999999999", "before=-3"):
        assert up.get(f"/claims?{odd}").status_code == 200


def test_a_person_confirms_discards_and_takes_it_back(up: DeskUp) -> None:
    row = claim_of(up, 5)
    path = f"/claims/{row.id}/answer"
    assert (
        up.post(path, {"answer": "confirm"}).headers["location"] == f"/claims/{row.id}?said=confirm"
    )
    assert "confirmed by" in shown(up.get(f"/claims/{row.id}").text)
    up.post(path, {"answer": "discard", "from": "list", "population": "killed"})
    assert "at least 5" not in shown(up.get("/claims").text)
    assert "discarded by" in shown(up.get("/claims?everything=yes").text)
    up.post(path, {"answer": "open"})
    assert "at least 5" in shown(up.get("/claims").text)
    history = shown(up.get(f"/claims/{row.id}").text)
    assert history.index("took the last answer back") < history.index("confirmed it")


def test_a_corrected_figure_counts_and_the_sentence_stays(up: DeskUp) -> None:
    row = claim_of(up, 5)
    form = {"answer": "correct", "least": "6", "most": "6", "population": "killed",
            "place": "Domel", "note": "the second paragraph says six"}  # fmt: skip
    up.post(f"/claims/{row.id}/answer", form)
    text = shown(up.get(f"/claims/{row.id}").text)
    assert "People killed · Domel: 6" in text
    assert "At least five people were killed" in text
    assert "corrected it: least 6.0, most 6.0, place Domel “the second paragraph says six”" in text


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("least", "many", "no number"),
        ("least", "99", "more than the most"),
        ("most", "-4", "no figure"),
        ("since_on", "yesterday", "no day"),
        ("population", "unheard of", "nothing that is counted"),
        ("least", "nan", "no figure"),
    ],
)
def test_a_correction_that_cannot_be_is_refused_in_words(
    up: DeskUp, field: str, value: str, told: str
) -> None:
    row = claim_of(up, 12)
    answer = up.post(f"/claims/{row.id}/answer", {"answer": "correct", field: value})
    assert answer.status_code == 409
    assert told in shown(answer.text)
    assert claim_of(up, 12).answer is None


def test_answers_need_a_token_and_a_claim_that_is_there(up: DeskUp) -> None:
    row = claim_of(up, 5)
    bare = up.client.post(f"/claims/{row.id}/answer", data={"answer": "confirm"})
    assert bare.status_code == 403
    assert up.post("/claims/99999/answer", {"answer": "confirm"}).status_code == 404
    assert up.post(f"/claims/{row.id}/answer", {"answer": "perhaps"}).status_code == 404
    assert up.get("/claims/x").status_code == 404
    assert claim_of(up, 5).answer is None


def test_a_story_shows_what_changed_between_outlets_with_both_sentences(up: DeskUp) -> None:
    story = claim_of(up, 5).story
    text = shown(up.get(f"/stories/{story}").text)
    assert "People killed · Bannu: from at least 5 (Frontier Daily) to 12 (Regional Wire)." in text
    assert "At least five people were killed in a blast" in text
    assert text.index("What changed") < text.index("Who says what") < text.index("As it was told")


def test_quotes_are_searched_and_shown_as_text(up: DeskUp) -> None:
    page = up.get("/quotes?speaker=asif&q=shelter").text
    assert "Khawaja Asif, Defence Minister" in shown(page)
    assert "<img src=x onerror=alert(1)> will answer" in shown(page)
    assert parsed(page).xpath("//main//img") == []
    for nothing in ("q=peace", "q=%22", "since=2030-01-01", "office=ambassador", "q=a+AND+("):
        assert "Nobody is quoted like this" in shown(up.get(f"/quotes?{nothing}").text)
    assert up.get("/quotes?since=never&until=x").status_code == 200


def test_an_empty_register_says_what_will_fill_it(newsroom: Newsroom, desk_over: Serve) -> None:
    with desk_over(newsroom) as desk:
        assert "at the end of each run of judge" in shown(desk.get("/claims").text)
        assert "at the end of each run of judge" in shown(desk.get("/quotes").text)


def test_every_control_has_a_name(up: DeskUp) -> None:
    row = claim_of(up, 5)
    for path in ("/claims", f"/claims/{row.id}", "/quotes"):
        page = parsed(up.get(path).text)
        for control in page.xpath("//main//input[not(@type='hidden')] | //main//select"):
            assert control.xpath("ancestor::label"), (path, control.get("name"))
        for button in page.xpath("//main//button"):
            assert re.search(r"\w", "".join(button.itertext()))


def test_an_answer_on_a_further_page_leads_back_to_that_page(up: DeskUp) -> None:
    row = claim_of(up, 5)
    page = up.get("/claims?place=bannu&before=99").text
    assert '<input type="hidden" name="before" value="99">' in page
    form = {"answer": "confirm", "from": "list", "place": "bannu", "before": "99"}
    answer = up.post(f"/claims/{row.id}/answer", form)
    assert answer.headers["location"] == "/claims?place=bannu&before=99&said=confirm"


def many_times(up: DeskUp, table: str, times: int) -> None:
    """Tell what one row says ``times`` more often, in long sentences of two bytes a letter."""
    told = "سرحدی گزرگاہ نو دن سے بند ہے اور دونوں طرف ہزاروں ٹرک کھڑے ہیں۔ " * 4
    with up.store() as db:
        names = [row[1] for row in db.execute(f"PRAGMA table_info({table})") if row[1] != "id"]
        longer = {"mark": "mark || ?", "sentence": "sentence || ?"}
        cells = ", ".join(longer.get(name, name) for name in names)
        source = f"(SELECT * FROM {table} ORDER BY id LIMIT 1)"  # noqa: S608
        for n in range(times):
            into = f"INSERT INTO {table} ({', '.join(names)}) SELECT {cells} FROM {source}"  # noqa: S608
            marks = {"mark": f" {n}", "sentence": told}
            db.execute(into, [marks[name] for name in names if name in marks])
        db.conn.commit()


@pytest.mark.parametrize(("path", "table"), [("/claims", "claims"), ("/quotes", "quotes")])
def test_a_long_register_is_turned_page_by_page_and_nothing_of_it_is_left_out(
    up: DeskUp, path: str, table: str
) -> None:
    """Nine hundred articles made three hundred claims, and those a page of 430 KB."""
    many_times(up, table, 150)
    with up.store() as db:
        held = db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
    met, page = 0, up.get(path)
    assert ", the newest" in parsed(page.text).xpath("string(//h1)")
    while True:
        assert len(page.content) < 60_000
        assert not parsed(page.text).xpath("string(//h1)").startswith("No "), "no page is empty"
        met += int(parsed(page.text).xpath("string(//h1)").split()[0])
        onward = parsed(page.text).xpath("//a[contains(., 'Older ')]/@href")
        if not onward:
            break
        page = up.get(onward[0])
    assert met == held
