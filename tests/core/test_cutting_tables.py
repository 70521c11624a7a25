"""A table of data is cut as the extractor reads it; one that lays out a page is no table."""

from __future__ import annotations

from datetime import UTC, datetime
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import ArticleText
from monitor.stages import cutting, extract
from monitor.stages.cutting import Lesson, Wrapper
from tests.site_press import piece

URL = "https://lantern.example/story/1"
HTML = "text/html; charset=utf-8"
ONE = Wrapper(teacher="trafilatura 1", container="div.story", shortest=900, longest=3_000)
HARVEST = (
    "<tr><th>Valley</th><th>Sacks<br>of corn</th></tr>"
    "<tr><td>Upper</td><td>1,204</td></tr><tr><td>Lower</td><td><b>98</b>1</td></tr>"
)
TABLES = {
    "with a head": f"<table><thead>{HARVEST}</table>",
    "without one": "<table><tr><td>Upper</td><td>1,204</td></tr><tr><td>Lower</td><td>9</td></tr>"
    "</table>",
    "with an empty cell": f"<table>{HARVEST}<tr><td></td><td>7</td></tr></table>",
    "with an empty row": f"<table>{HARVEST}<tr><td></td><td> </td></tr></table>",
    "of rows of several widths": f"<table>{HARVEST}<tr><td>None</td></tr></table>",
    "with a wide cell": f"<table>{HARVEST}<tr><td colspan=2>In all of it</td></tr></table>",
    "with a head in each row": "<table><tr><th>Upper</th><td>1</td></tr><tr><th>Lower</th><td>2"
    "</td></tr></table>",
}


def page(inside: str) -> bytes:
    prose = "".join(f"<p>{line}</p>" for line in piece(1).text.split("\n"))
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>The harvest</title>"
        f'<meta property="og:title" content="The harvest"></head><body><article>'
        f"<h1>The harvest</h1><div class=story>{prose}{inside}<p>{piece(2).text[:200]}.</p></div>"
        f"</article></body></html>"
    ).encode()


def read(body: bytes) -> ArticleText:
    found = extract.extract(
        body, content_type=HTML, url=URL, fetched_at=datetime(2026, 11, 22, tzinfo=UTC)
    )
    assert isinstance(found, ArticleText)
    return found


def cut(body: bytes, wrapper: Wrapper = ONE) -> list[str]:
    made = cutting.cut(body, HTML, wrapper)
    assert made is not None
    return made.body.split("\n")


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_cut_as_the_extractor_reads_it(name: str) -> None:
    body = page(TABLES[name])
    assert any(line.startswith("|") for line in cut(body))
    assert cut(body) == read(body).body.split("\n")


@pytest.mark.parametrize("name", TABLES)
def test_a_page_with_a_table_teaches_and_its_table_is_kept_on_the_next(name: str) -> None:
    body = page(TABLES[name])
    made = cutting.learn([Lesson(body=body, content_type=HTML, text=read(body))])
    assert made is not None
    other = page(TABLES[name].replace("1", "3"))
    assert cut(other, made) == read(other).body.split("\n")


@pytest.mark.parametrize(
    "table",
    [
        "<table><tr><td><p>One line</p><p>and one more</p></td></tr></table>",
        "<table><tr><td rowspan=2>One line</td><td>and one</td></tr><tr><td>more</td></tr></table>",
    ],
)
def test_a_table_that_holds_more_than_words_has_no_bars(table: str) -> None:
    lines = cut(page(table))
    assert "One line" in lines
    assert not any("|" in line for line in lines)


def test_what_is_left_out_inside_a_table_stays_left_out() -> None:
    wrapper = Wrapper(
        teacher="trafilatura 1", container="div.story", shortest=900, longest=3_000,
        drop=("td.note",), dropped=0.1,
    )  # fmt: skip
    table = "<table><tr><td>Upper</td><td class=note>hidden words</td></tr></table>"
    assert "hidden words" not in "\n".join(cut(page(table), wrapper))


def test_links_in_a_table_are_links() -> None:
    linked = "".join(f"<tr><td><a href=/{n}>Story number {n}</a></td></tr>" for n in range(3))
    made = cutting.cut(page(f"<table>{linked}</table>"), HTML, ONE)
    assert made is not None
    assert "Story number 1" in made.links


def test_tables_in_tables_take_no_longer_than_other_pages() -> None:
    deep = page("<table><tr><td>" * 3_000 + "words")
    began = process_time()
    cutting.cut(deep, HTML, ONE)
    assert process_time() - began < 2  # 0.05 s; looked at anew in each, 11 s


cells = st.lists(st.sampled_from(["<td>a", "<th>b", "<tr>", "<td colspan=9999999>c", "<br>", "x",
                                  "<td rowspan=x>", "<table>", "</table>", "<a href=/>l</a>",
                                  "<td colspan=²>d"]), max_size=30)  # fmt: skip


@given(parts=cells)
def test_no_table_however_broken_makes_it_raise(parts: list[str]) -> None:
    cutting.cut(page(f"<table>{''.join(parts)}"), HTML, ONE)
