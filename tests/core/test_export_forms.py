"""Every form of an export read back by a program that is not ours."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from monitor.exports import bibliography, forms, tables
from monitor.exports.record import COLUMNS, Row, member_of, rows_of
from monitor.exports.splits import split
from store.learned import Answered, Member

T0: Final = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
TITLES: Final = (
    "Talks at the salt road", '=HYPERLINK("https://evil.example")', "+1+cmd|' /C calc'!A0", "-2+3",
    "@SUM(A1)", "'quoted", "\t=1", "\r\n=2", " =3", "＝4", "007", "1/2", "2026-03-04", "1E5", "",
    "2 March 2026", "MAR1", "false",
    "a\x00b", "two\r\nlines\rand\nmore", "}{ unbalanced", "\\input{/etc/passwd} $x_1^2$ ~ % # &",
    "ER  - \r\nTY  - JOUR\r\nTI  - forged", "@article{forged, title={x}}", 'a "quoted" title',
    "<i>marked</i> &amp; up", "'json:\"x\"", "---\nforged: yes\n---", "طورخم پر مذاکرات",
    "په تورخم کې خبرې", "Переговоры", "谈判 🕊", "\u2028line\u2029para\x85next", "\ufeffmark",
    "None", "True", "null", "a;b,c|d", "\u202eneerg", "{braces} kept",
)  # fmt: skip


def member(n: int, title: str, **more: Any) -> Member:
    body = more.pop("body", f"{title}\r\nBody {n}.")
    cells: dict[str, Any] = {
        "id": f"https://lantern.example/{n}", "title": title, "body": body,
        "sha256": sha256((body or "").encode()).hexdigest(), "outlet": "Lantern Post",
        "side": "pakistan", "language": "en", "url": f"https://lantern.example/{n}?a={{b}}",
        "author": title or None, "published_at": T0 + timedelta(days=n),
        "published_source": "feed", "first_seen_at": T0 + timedelta(days=n, hours=1),
        "genre": "report", "topics": ("talks", "=border"), "tags": ("=tag",),
        "relevant": n % 2 == 0, "origin": "review", "by": "=rida", "at": T0 + timedelta(days=40),
        "history": (Answered(answer="relevant", by="=rida", at=T0, note=title, score=0.25),),
        "group": f"https://lantern.example/{n}", "shown": "sample", "chance": 0.05,
    }  # fmt: skip
    return Member(**(cells | more))


MEMBERS: Final = [
    *(member(n, title) for n, title in enumerate(TITLES)),
    member(900, "Not dated", published_at=None, published_source="first_seen", outlet="",
           side=None, url=None, id="import:00ff", origin="import", chance=None, shown=None),
    member(901, "Taken down", body=None, sha256="0" * 64),
    member(902, "First seen only", published_source="first_seen"),
]  # fmt: skip
ROWS: Final = rows_of(MEMBERS, split(MEMBERS))


def made(form: str) -> bytes:
    return forms.FORMS[form].made(ROWS)


def plain(text: str | None) -> str:
    """A text as one line: what a reference can show of it."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", text or "").split())


@pytest.mark.parametrize("form", sorted(forms.FORMS))
def test_the_same_lines_are_the_same_bytes(form: str) -> None:
    assert made(form) == made(form)
    assert forms.FORMS[form].made([])[:4] is not None


@pytest.mark.row(39)
def test_json_lines_give_every_member_back() -> None:
    lines = made("jsonl").decode().splitlines()
    back = [member_of(json.loads(line)) for line in lines]
    assert back == MEMBERS
    again = rows_of(back, split(back))
    assert forms.FORMS["jsonl"].made(again) == made("jsonl"), "the same bytes, sign for sign"


# --- tables ---------------------------------------------------------------------------------


@pytest.mark.row(39)
def test_the_csv_gives_every_member_back_and_no_cell_begins_as_a_formula() -> None:
    text = made("csv").decode()
    cells = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [member_of(tables.values_of(row)) for row in cells] == MEMBERS
    for row in cells:
        for cell in row.values():
            assert not re.match(r"\s*[=+\-@＝＋－＠]|[\t\r\n]", cell or ""), cell
            assert "\x00" not in (cell or "")


@pytest.mark.row(39)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_back_from_its_cell_and_is_no_formula(text: str) -> None:
    cell = tables.guarded(text)
    assert tables.unguarded(cell) == text
    assert not re.match(r"[\s\x00-\x1f]*[=+\-@＝＋－＠]", cell)
    sink = io.StringIO()
    csv.writer(sink).writerow([cell, "x"])
    assert next(csv.reader(io.StringIO(sink.getvalue(), newline=""))) == [cell, "x"]


def test_pandas_reads_the_csv_and_the_lines() -> None:
    pandas = pytest.importorskip("pandas")
    table = pandas.read_csv(io.BytesIO(made("csv")), keep_default_na=False, dtype=str)
    assert [tables.unguarded(cell) for cell in table["title"]] == [m.title for m in MEMBERS]
    lines = pandas.read_json(io.BytesIO(made("jsonl")), lines=True, dtype=False)
    assert list(lines["title"]) == [m.title for m in MEMBERS]
    at = pandas.to_datetime(lines["published_at"], utc=True)
    assert at[0].to_pydatetime() == T0


@pytest.mark.slow
def test_pandas_reads_the_parquet_with_its_types() -> None:
    pandas, pq = pytest.importorskip("pandas"), pytest.importorskip("pyarrow.parquet")
    raw = made("parquet")
    schema = pq.read_schema(io.BytesIO(raw))
    assert schema.names == list(COLUMNS)
    assert str(schema.field("published_at").type) == "timestamp[us, tz=UTC]"
    assert str(schema.field("relevant").type) == "bool"
    assert str(schema.field("topics").type).startswith("list<")
    table = pandas.read_parquet(io.BytesIO(raw))
    assert list(table["title"]) == [m.title for m in MEMBERS]
    assert list(table["relevant"]) == [m.relevant for m in MEMBERS]
    assert table["history"][0][0]["score"] == 0.25
    assert table["published_at"][0].to_pydatetime() == T0
    assert table["body"].isna().sum() == 1


# --- references -----------------------------------------------------------------------------


def test_an_ris_parser_reads_every_entry_and_none_is_forged() -> None:
    rispy = pytest.importorskip("rispy")
    entries = rispy.loads(made("ris").decode())
    assert len(entries) == len(MEMBERS)
    for entry, m in zip(entries, MEMBERS, strict=True):
        assert entry.get("title", "") == bibliography.one_line(m.title)
        assert entry.get("urls", [None])[0] == m.url
        assert f"sha256 {m.sha256}" in entry["notes"]
    lines = made("ris").decode().splitlines()
    assert all(re.match(r"[A-Z][A-Z0-9]  - |$", line) for line in lines), "tags and nothing else"
    assert lines[0].startswith("TY  - ")
    assert entries[0]["date"] == "2026/03/02"
    assert entries[0]["secondary_title"] == "Lantern Post"
    assert ("date" in entries[-3], "year" in entries[-3]) == (False, False)


def test_two_bibtex_parsers_read_every_entry_under_a_key_of_its_own() -> None:
    bibtexparser, pybtex = pytest.importorskip("bibtexparser"), pytest.importorskip("pybtex")
    assert pybtex is not None
    from pybtex.database import parse_string

    text = made("bibtex").decode()
    one = bibtexparser.loads(text)
    other = parse_string(text, "bibtex")
    keys = [bibliography.key_of(row) for row in ROWS]
    assert len(set(keys)) == len(keys)
    assert [entry["ID"] for entry in one.entries] == keys
    assert list(other.entries.keys()) == keys
    for key, m in zip(keys, MEMBERS, strict=True):
        told = other.entries[key].fields.get("title", "")
        assert untex(told) == bibliography.one_line(m.title)
    first = other.entries[keys[0]]
    assert (first.fields["year"], first.fields["month"], first.fields["day"]) == ("2026", "3", "2")
    assert first.fields["url"] == "https://lantern.example/0?a=%7Bb%7D"
    assert "year" not in other.entries[keys[-3]].fields


def untex(text: str) -> str:
    """Undo what TeX would undo when it sets the title."""
    shown = re.sub(r"^\{|\}$", "", text)
    for command, letter in (
        (r"\textbackslash{}", "\\"), (r"\textbraceleft{}", "{"), (r"\textbraceright{}", "}"),
        (r"\textasciitilde{}", "~"), (r"\textasciicircum{}", "^"), (r"\textquotedbl{}", '"'),
    ):  # fmt: skip
        shown = shown.replace(command, f"\0{ord(letter)}\0")
    shown = re.sub(r"\\([$&#%_])", r"\1", shown)
    return re.sub("\0(\\d+)\0", lambda found: chr(int(found[1])), shown)


def test_a_key_does_not_change_when_the_title_does() -> None:
    row = ROWS[0]
    assert bibliography.key_of(row) == bibliography.key_of(row | {"title": "Another"})
    assert re.fullmatch(r"lantern.?post20260302-[0-9a-f]{8}", bibliography.key_of(row))


CSL_TYPES: Final = {"article-newspaper", "document"}
CSL_TEXT: Final = {"id", "type", "title", "container-title", "URL", "language", "keyword", "note"}


def test_csl_items_keep_the_rules_of_their_schema_and_leave_out_what_nobody_knows() -> None:
    items = json.loads(made("csl-json"))
    assert len(items) == len(MEMBERS)
    assert len({item["id"] for item in items}) == len(items)
    for item, m in zip(items, MEMBERS, strict=True):
        assert set(item) <= CSL_TEXT | {"author", "issued"}
        assert item["type"] in CSL_TYPES
        assert all(isinstance(item[key], str) and item[key] for key in CSL_TEXT & set(item))
        assert item.get("title", "") == bibliography.one_line(m.title)
        for name in item.get("author", []):
            assert set(name) == {"literal"}
        for year, month, day in item.get("issued", {}).get("date-parts", []):
            assert datetime(year, month, day, tzinfo=UTC).date() == m.published_at.date()  # type: ignore[union-attr]
    assert "issued" not in items[-1], "the day it was first seen is not the day it was published"
    assert "issued" not in items[-3]


def test_texts_with_front_matter_hold_exactly_the_text_their_hash_names() -> None:
    with zipfile.ZipFile(io.BytesIO(made("text"))) as box:
        names = box.namelist()
        assert len(set(names)) == len(MEMBERS)
        assert all(re.fullmatch(r"texts/[a-z0-9-]+\.md", name) for name in names)
        read = [split_front(box.read(name)) for name in names]
    held = {front["id"]: (front, body) for front, body in read}
    for m in MEMBERS:
        front, body = held[m.id]
        assert front["title"] == m.title
        assert body == (m.body or "").encode()
        assert m.body is None or sha256(body).hexdigest() == front["sha256"]


def split_front(raw: bytes) -> tuple[dict[str, Any], bytes]:
    found = re.match(rb"---\n(.*?\n)---\n(.*)\Z", raw, re.DOTALL)
    assert found is not None
    return yaml.safe_load(found[1]), found[2]


def test_references_hold_no_text_no_title_and_nobodys_name() -> None:
    secret = replace(
        MEMBERS[0], title="The secret headline", body="The secret body", by="The secret person",
        author="The secret author", tags=("secret tag",),
        history=(Answered(answer="relevant", by="The secret person", at=T0, note="secret"),),
    )  # fmt: skip
    raw = forms.FORMS["references"].made(rows_of([secret], split([secret])))
    assert b"secret" not in raw
    told = json.loads(raw)
    assert (told["id"], told["sha256"], told["label"]) == (secret.id, secret.sha256, "relevant")
    assert told["title_sha256"] == sha256(b"The secret headline").hexdigest()


# --- a spreadsheet --------------------------------------------------------------------------


@pytest.mark.slow
def test_a_spreadsheet_opens_the_csv_runs_nothing_and_keeps_every_text(tmp_path: Path) -> None:
    tool = shutil.which("ssconvert")
    if tool is None:
        pytest.skip("ssconvert (gnumeric) is not installed")
    source, book, back = tmp_path / "c.csv", tmp_path / "c.xlsx", tmp_path / "back.csv"
    source.write_bytes(made("csv"))
    for a, b in ((source, book), (book, back)):
        subprocess.run([tool, str(a), str(b)], check=True, capture_output=True, timeout=60)
    with zipfile.ZipFile(book) as box:
        sheets = b"".join(box.read(n) for n in box.namelist() if "worksheets/" in n)
    assert b"<f>" not in sheets
    assert b"<f " not in sheets, "a cell became a formula"
    rows = list(csv.DictReader(io.StringIO(back.read_text(encoding="utf-8"), newline="")))
    assert len(rows) == len(MEMBERS)
    for row, m in zip(rows, MEMBERS, strict=True):
        assert lines_of(row["title"]) in shown_as(m.title)
        assert lines_of(row["body"]) in shown_as(m.body or "")
        assert row["sha256"].removeprefix("'") == m.sha256
        assert math.isclose(float(row["chance"] or 1), m.chance or 1)


def shown_as(text: str) -> set[str]:
    """The text, or its cell: some spreadsheets take the apostrophe away themselves."""
    cell = tables.guarded(text) if text else ""
    return {lines_of(text), lines_of(cell), lines_of(cell.removeprefix("'"))}


def lines_of(text: str) -> str:
    """A text with one kind of line end: a spreadsheet keeps lines, not their ends."""
    return re.sub(r"\r\n|\r", "\n", text)


def test_a_row_is_the_same_whatever_stands_beside_it() -> None:
    row: Row = ROWS[3]
    assert tables.jsonl([row]) in tables.jsonl(ROWS)
