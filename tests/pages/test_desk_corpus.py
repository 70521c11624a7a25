"""The corpus on the desk: what is held over time, and snapshots to be cited."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html

from classifiers import registry
from monitor.exports.datasheet import About
from monitor.exports.taking import take
from store import reviews
from store.db import Db
from store.learned import Fixed

if TYPE_CHECKING:
    from tests.pages.conftest import DeskUp, Newsroom

NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
ABOUT = About(topic="pak_afg_ttp", title="The <b>border</b>", team="The desk", version="0.1.0")


def taken(db: Db, note: str) -> Fixed:
    return take(db, trainer=registry.trainer(), about=ABOUT, now=NOW, note=note)[0]


def tree_of(page: str) -> Any:
    return html.fromstring(page)


def text_of(page: str) -> str:
    return " ".join(tree_of(page).text_content().split())


def pictures(page: str) -> list[Any]:
    return list(tree_of(page).xpath('//figure[@class="picture"]'))


def decide(room: Newsroom, article: int, answer: Any) -> None:
    db = room.open()
    reviews.decide(db, article=article, answer=answer, by="rida", now=NOW)
    db.close()


# --- over time ------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["outlet", "side", "topic", "kind"])
@pytest.mark.parametrize("span", ["28", "182", "all"])
def test_the_corpus_is_drawn_by_each_with_its_table(reading: DeskUp, by: str, span: str) -> None:
    page = reading.get(f"/corpus/trends?by={by}&span={span}").text
    [figure] = pictures(page)
    rows = figure.xpath(".//tbody/tr")
    assert rows
    assert len(figure.xpath(".//img")[0].get("alt")) > 40
    first = {"outlet": "Frontier Daily", "side": "Pakistani", "topic": "talks", "kind": "not known"}
    assert any(first[by] in row.text_content() for row in rows)
    assert reading.get(figure.xpath(".//img")[0].get("src")).content.startswith(b"<svg")


def test_a_word_over_time_has_its_share_its_interval_and_its_breaks(reading: DeskUp) -> None:
    page = reading.get("/corpus/trends?q=Torkham&span=28").text
    _, figure = pictures(page)
    told = figure.xpath(".//img")[0].get("alt")
    assert told.startswith("2 articles of 4 say “Torkham” (50.0%)")
    cells = [[c.text_content() for c in row] for row in figure.xpath(".//tbody/tr")]
    assert sum(int(row[2]) for row in cells) == 2
    assert any(re.fullmatch(r"\d+\.\d% to \d+\.\d%", row[5]) for row in cells)
    assert reading.get(figure.xpath(".//img")[0].get("src")).content.startswith(b"<svg")


@pytest.mark.parametrize(
    "typed", ["nowhere", "%22", "-Torkham", "OR", "%00", "%3Cscript%3Ealert(1)%3C/script%3E"]
)
def test_whatever_is_typed_is_answered_with_a_page(reading: DeskUp, typed: str) -> None:
    answer = reading.get(f"/corpus/trends?q={typed}")
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert (
        "No article of this time says that" in answer.text or "0 articles of 4 say" in answer.text
    )


# --- snapshots ------------------------------------------------------------------------------


def test_a_snapshot_is_taken_once_shown_cited_and_taken_along(
    full_room: Newsroom, desk_over: Any
) -> None:
    for article, answer in ((1, "relevant"), (2, "relevant"), (3, "relevant"), (4, "not_relevant")):
        decide(full_room, article, answer)
    with desk_over(full_room, snapshot=taken) as desk:
        assert "No snapshot was taken yet" in desk.get("/corpus/snapshots").text
        assert "No snapshot was taken yet" in desk.get("/corpus").text
        first = desk.post("/corpus/snapshots", {"note": "=1+1 <b>spring</b>"})
        assert first.status_code == 303
        address = first.headers["location"]
        assert desk.post("/corpus/snapshots", {"note": "again"}).headers["location"] == address
        page = desk.get(address).text
        assert "&lt;b&gt;spring&lt;/b&gt;" in page
        assert "<b>border</b>" not in page
        name = address.rsplit("/", 1)[-1]
        assert f"SHA-256 {name}." in text_of(page)
        assert "4 texts in 4 stories: 3 relevant, 1 not." in text_of(page)
        assert name[:16] in desk.get("/corpus").text
        box = zipfile.ZipFile(io.BytesIO(desk.get(f"{address}/download").content))
        assert any(entry.endswith("CITATION.cff") for entry in box.namelist())
        for form in ("jsonl", "csv", "ris", "bibtex", "csl-json", "references", "text"):
            answer = desk.get(f"{address}/download?form={form}")
            assert answer.status_code == 200, form
            assert "attachment" in answer.headers["content-disposition"]
        rows = [json.loads(x) for x in desk.get(f"{address}/download?form=jsonl").text.split("\n")
                if x]  # fmt: skip
        assert [row["by"] for row in rows] == ["rida"] * 4
        assert desk.get(f"{address}/download?form=pickle").status_code == 404
        assert desk.get("/corpus/snapshots/000000").status_code == 404


def test_two_snapshots_are_compared_text_by_text(full_room: Newsroom, desk_over: Any) -> None:
    decide(full_room, 1, "relevant")
    decide(full_room, 2, "relevant")
    with desk_over(full_room, snapshot=taken) as desk:
        first = desk.post("/corpus/snapshots", {}).headers["location"].rsplit("/", 1)[-1]
        decide(full_room, 3, "not_relevant")
        decide(full_room, 2, "not_relevant")
        second = desk.post("/corpus/snapshots", {}).headers["location"]
        page = desk.get(f"{second}?against={first}").text
    told = text_of(page)
    assert "Added: 1 text" in told
    assert "With another answer: 1 text" in told
    assert "With another text: 0 texts" in told
    assert "Torkham shut for a ninth day" in told
    assert 'lang="ur"' in page[page.index("Against another") :]


def test_with_nothing_decided_the_desk_says_so_and_keeps_nothing(
    newsroom: Newsroom, desk_over: Any
) -> None:
    with desk_over(newsroom, snapshot=taken) as desk:
        answer = desk.post("/corpus/snapshots", {})
        assert answer.status_code == 409
        assert "Nothing was decided or imported yet" in answer.text


def test_only_reviewers_take_snapshots_and_take_them_along(
    full_room: Newsroom, desk_over: Any
) -> None:
    decide(full_room, 1, "relevant")
    people = {"Amina": "administrator", "Rahim": "reader", "Rabia": "reviewer"}
    with desk_over(full_room, people=people, snapshot=taken) as desk:
        with desk.beside("Rabia") as rabia:
            address = rabia.post("/corpus/snapshots", {}).headers["location"]
            assert rabia.get(f"{address}/download").status_code == 200
        with desk.beside("Rahim") as rahim:
            page = rahim.get(address)
            assert page.status_code == 200
            assert "/download" not in page.text
            assert rahim.get(f"{address}/download").status_code == 403
            assert "Take a snapshot" not in rahim.get("/corpus/snapshots").text
            assert rahim.post("/corpus/snapshots", {}).status_code == 403
