"""A file that somebody hands over: its text, what is cut from it, and what it says of itself."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import zipfile
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import papers
from monitor.edge.wire import packed
from monitor.model import Dropped
from monitor.stages.documents import Document, Passage, References, furniture, kept, kind_of, script
from monitor.stages.documents.flow import flowed
from monitor.stages.documents.pdf import read_pdf
from monitor.stages.documents.plain import read_text
from monitor.stages.documents.references import read_references
from monitor.stages.documents.word import read_word

TEXT = papers.paragraphs(3)


def told(found: Document | Dropped, about: str) -> list[tuple[str, str]]:
    assert isinstance(found, Document), found
    return [(said.text, said.place) for said in found.said if said.about == about]


def cut(found: Document | Dropped) -> dict[str, str]:
    assert isinstance(found, Document), found
    return {passage.text: passage.cut for passage in found.passages if passage.cut}


@cache
def paper(layout: papers.Layout) -> Document:
    urdu = layout.startswith("urdu")
    if urdu and not _drawn("ہ"):
        pytest.skip("no font here has the letters of Urdu (Debian: fonts-noto-core)")
    texts = papers.paragraphs(8, urdu=urdu, mixed=layout == "urdu mixed")
    found = read_pdf(papers.pdf(layout, texts))
    assert isinstance(found, Document), found
    return found


def _drawn(letter: str) -> bool:
    """Whether a font here has it: without one, a PDF of it holds nothing to read."""
    if os.environ.get("TORKHAM_BROWSER") == "required":  # where CI runs, all is there
        return True
    asked = ["fc-list", f":charset={ord(letter):x}"]
    return bool(
        shutil.which(asked[0]) and subprocess.run(asked, capture_output=True, check=False).stdout
    )


# --- plain text -----------------------------------------------------------------------------


def test_a_short_first_line_is_the_title_and_furniture_is_cut_not_lost() -> None:
    notice = "Published in The Hill Courier, March 4th, 2025"
    ends = ["Scroll to Top", "No comments:", "The writer is a surveyor.", notice]
    lines = ["Gate shut", "By R. Fictional", *TEXT, *ends]
    found = read_text("\n".join(lines).encode())
    assert told(found, "title") == [("Gate shut", "first line")]
    assert told(found, "author") == [("R. Fictional", "line below the title")]
    assert told(found, "outlet") == [("The Hill Courier", "the line “published in”")]
    assert told(found, "published") == [("March 4th, 2025", "the line “published in”")]
    assert cut(found) == {
        "Gate shut": "title",
        "Scroll to Top": "navigation", "No comments:": "navigation",
        "The writer is a surveyor.": "bio",
        "Published in The Hill Courier, March 4th, 2025": "notice",
    }  # fmt: skip
    assert isinstance(found, Document)
    assert [p.text for p in found.passages] == lines, "every line is there, kept or cut"


@pytest.mark.parametrize(
    "line",
    ["The author is right that the gate is a wall, and the merchants know it.",
     "Home is where the road ends, the porter said.",
     "Share of the customs in the budget fell to a third.",
     "Search parties went up the valley at dawn."],
)  # fmt: skip
def test_a_sentence_of_the_text_is_no_furniture(line: str) -> None:
    middle = [*TEXT, *TEXT, line, *papers.paragraphs(12)]
    assert [p.text for p in furniture.marked(middle) if p.cut] == []


def test_markdown_loses_its_marks_and_its_fields_are_read() -> None:
    raw = (
        '---\ntitle: "The gate"\ndate: 2025-03-04\noutlet: Hill Courier\n---\n\n# The gate\n\n'
        "A **bold** word, [a link](https://x.example/a_b) and ![no picture](x.png) one_more.\n"
    )
    found = read_text(raw.encode(), markdown=True)
    assert told(found, "title") == [("The gate", "field “title”")]
    assert told(found, "published") == [("2025-03-04", "field “date”")]
    assert isinstance(found, Document)
    assert kept(found.passages).strip() == "A bold word, a link and one_more."


@pytest.mark.parametrize("ends", ["\r\n", "\r"])
@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16"])
def test_fields_are_read_whatever_a_line_ends_with(ends: str, coding: str) -> None:
    raw = "---\ntitle: The gate\ndate: 2025-03-04\n---\nIt is shut.\n\nIt was open.\n"
    found = read_text(raw.replace("\n", ends).encode(coding))
    assert told(found, "title") == [("The gate", "field “title”")]
    assert told(found, "published") == [("2025-03-04", "field “date”")]
    assert isinstance(found, Document)
    assert kept(found.passages) == "It is shut.\n\nIt was open."


def test_fields_of_any_yaml_are_fields() -> None:
    block = (
        "title: 'It''s shut'\nog:site_name: Hill\n\"dc.date\": x\ntags:\n  - a\n- b\n"
        "list: [\n  a,\n]\n"
        "# a remark\ndescription: >\n  long\n\nread more at: x\ndate: 2025-03-04\n...\n"
    )
    found = read_text(f"---\n{block}---\nIt was open.".encode())
    assert told(found, "title") == [("It's shut", "field “title”")]
    assert told(found, "published") == [("2025-03-04", "field “date”")]
    assert isinstance(found, Document)
    assert kept(found.passages) == "It was open."


@pytest.mark.parametrize("markdown", [True, False])
def test_text_between_two_rules_is_text_and_none_of_it_is_lost(*, markdown: bool) -> None:
    parts = papers.paragraphs(4)
    whole = f"---\n\nThe gate\n\n{parts[0]}\n\n{parts[1]}\n\n---\n\n{parts[2]}\n{parts[3]}\n"
    found = read_text(whole.encode(), markdown=markdown)
    assert told(found, "title") == [("The gate", "first line")]
    assert isinstance(found, Document)
    assert set(parts) <= {p.text for p in found.passages if not p.cut}


def test_what_is_no_utf8_text_is_refused_in_words() -> None:
    for body, why in (
        ("Grenzübergang".encode("latin-1"), "UTF-8"), (b"GIF89a\0\0", "not a text file"),
        (b'[{"title": "x"}]', "JSON list"),
    ):  # fmt: skip
        found = read_text(body)
        assert isinstance(found, Dropped)
        assert why in found.detail


# --- PDF ------------------------------------------------------------------------------------


def test_heads_feet_and_page_numbers_of_a_pdf_are_cut_and_its_columns_read_in_order() -> None:
    found = paper("columns")
    reasons = cut(found)
    assert reasons[papers.HEAD] in {"head", "foot"}
    assert reasons[f"Page 1 of {found.pages}"] == "page number"
    assert reasons[papers.TITLE] == "title"
    right = papers.right(kept(found.passages), papers.paragraphs(8))
    assert min(right.found, right.true) > 0.99
    assert found.joined, "words parted at a line's end were made whole"
    assert told(found, "title")[0] == (papers.TITLE, "PDF information, Title")
    assert told(found, "author")[0] == (papers.AUTHOR, "PDF information, Author")
    assert told(found, "made")[0] == ("2025-03-04", "PDF information, CreationDate")
    assert told(found, "published") == [], "a page printed today was not published today"


def test_a_hyphen_that_the_word_has_elsewhere_stays() -> None:
    lines = ["A half-empty market and a nego-", "tiation, and again a half-", "empty one there."]
    passages, joined = flowed([[Passage(text=line) for line in lines]])
    assert (
        kept(passages) == "A half-empty market and a negotiation, and again a half-empty one there."
    )
    assert joined == ("negotiation",)


def test_urdu_is_read_from_the_right_with_its_figures() -> None:
    found = paper("urdu")
    assert papers.right(kept(found.passages), papers.paragraphs(8, urdu=True)).found > 0.99
    assert "۲۱" in kept(found.passages)


def test_urdu_whose_letters_are_lost_is_refused_and_turned_lines_are_turned_back() -> None:
    lines = papers.paragraphs(4, urdu=True)
    assert script.ordered([line[::-1] for line in lines]) is not None
    again = script.ordered([line[::-1] for line in lines])
    assert again is not None
    assert script.share(" ".join(again)) == script.share(" ".join(lines))
    broken = [line.replace("ک", "").replace("م", " ").replace("ن", "ںن") for line in lines]
    assert script.ordered(broken) is None


@pytest.mark.slow
def test_the_share_of_words_that_are_right_does_not_fall() -> None:
    """The figures of ``python -m bench.papers``, less a little."""
    floors = {"plain": 0.99, "columns": 0.99, "rows": 0.95, "urdu": 0.99, "urdu mixed": 0.97}
    for layout in papers.LAYOUTS:
        got = papers.measured(layout)
        assert min(got.found, got.true) >= floors[layout], layout


# --- Word -----------------------------------------------------------------------------------


def test_a_word_file_gives_its_text_and_its_properties() -> None:
    found = read_word(papers.word(TEXT))
    assert isinstance(found, Document)
    assert kept(found.passages) == "\n".join(TEXT)
    assert cut(found) == {
        papers.HEAD: "head", "For members only": "foot", papers.TITLE: "title",
        "The writer is a former surveyor of bridges.": "bio",
    }  # fmt: skip
    assert told(found, "title")[0] == (papers.TITLE, "Word properties, title")
    assert told(found, "author") == [(papers.AUTHOR, "Word properties, author")]
    assert told(found, "made")[0][0].startswith("2025-03-04")
    assert told(found, "published") == []


def test_a_word_file_without_properties_says_nothing_of_itself() -> None:
    """python-docx puts "Word Document" and this moment in place of what is missing."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(papers.word(TEXT))) as whole,
        zipfile.ZipFile(file, "w") as bare,
    ):
        for name in whole.namelist():
            body = whole.read(name)
            if name == "_rels/.rels":
                body = re.sub(rb"<Relationship [^>]*core-properties[^>]*/>", b"", body)
            if name != "docProps/core.xml":
                bare.writestr(name, body)
    found = read_word(file.getvalue())
    assert isinstance(found, Document)
    assert told(found, "title") == [(papers.TITLE, "first line")]
    assert told(found, "made") == []


MOVED = """
<w:p><w:moveFrom w:id="1" w:author="E."><w:r><w:t>It was moved. </w:t></w:r></w:moveFrom>
  <w:r><w:t>It stayed.</w:t></w:r></w:p>
<w:p><w:moveTo w:id="2" w:author="E."><w:r><w:t>It was moved.</w:t></w:r></w:moveTo>
  <w:del w:id="3" w:author="E."><w:r><w:delText>struck</w:delText></w:r></w:del></w:p>
<w:p><w:r><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">
  <mc:Choice Requires="wps"><w:p><w:r><w:t>In a box.</w:t></w:r></w:p></mc:Choice>
  <mc:Fallback><w:p><w:r><w:t>In a box.</w:t></w:r></w:p></mc:Fallback>
</mc:AlternateContent></w:r></w:p>
"""


def test_what_was_moved_and_what_stands_in_a_box_is_read_once() -> None:
    """Word writes a box twice, for programs that know it and for others."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(papers.word(TEXT))) as whole,
        zipfile.ZipFile(file, "w") as changed,
    ):
        for name in whole.namelist():
            body = whole.read(name)
            if name == "word/document.xml":
                body = body.replace(b"<w:sectPr", MOVED.encode() + b"<w:sectPr", 1)
            changed.writestr(name, body)
    found = read_word(file.getvalue())
    assert isinstance(found, Document)
    text = kept(found.passages)
    assert text.count("It was moved.") == text.count("In a box.") == 1
    assert text.index("It stayed.") < text.index("It was moved.")
    assert "struck" not in text


# --- references -----------------------------------------------------------------------------

RIS = """TY  - NEWS
TI  - The price of a closed gate
AU  - Fictional, R.
AU  - Invented, S.
T2  - The Hill Courier
DA  - 2025/03/04/
UR  - https://hill.example/gate
L2  - files/12/Fictional - gate.html
L2  - https://hill.example/gate.pdf
L1  - files/13/Fictional - gate.pdf
ER  -

this is no entry
ER  -

TY  - NEWS
TI  - Alone
AB  - Only an abstract.
"""
BIB = r"""@article{fictional_price_2025,
  title = {The {Price} of a M{\"u}d Road}, journal = {The Hill Courier},
  author = {Fictional, R. and Invented, S.}, month = mar, year = {2025},
  file = {Full Text:files/12/a\:b.pdf:application/pdf;Snapshot:files/13/y.html:text/html},
}"""
CSL = """[{"id": "x/1", "type": "article-newspaper", "title": "The gate",
  "container-title": "The Hill Courier", "issued": {"date-parts": [["2025", 3, 4]]},
  "author": [{"family": "Fictional", "given": "R."}], "attachments": [{"path": "files/1/a.pdf"}]},
  7]"""


def references(text: str, kind: str) -> References:
    found = read_references(text.encode(), kind)
    assert isinstance(found, References), found
    return found


def test_ris_keeps_every_file_and_a_bad_entry_costs_itself() -> None:
    found = references(RIS, "ris")
    first, last = found.entries
    assert first.files == ("files/13/Fictional - gate.pdf", "files/12/Fictional - gate.html")
    said = {one.about: (one.text, one.place) for one in first.said}
    assert said["outlet"] == ("The Hill Courier", "RIS, secondary_title")
    assert said["author"][0] == "Fictional, R.; Invented, S."
    assert said["published"][0] == "2025-03-04"
    assert last.abstract == "Only an abstract."
    assert len(found.problems) == 1
    assert found.problems[0].startswith("entry 2")


def test_bibtex_escapes_and_letters_are_read() -> None:
    [entry] = references(BIB, "bibtex").entries
    assert entry.files == ("files/12/a:b.pdf", "files/13/y.html")
    said = {one.about: one.text for one in entry.said}
    assert said["title"] == "The Price of a Müd Road"
    assert said["author"] == "Fictional, R.; Invented, S."
    assert said["published"] == "March 2025"


def test_a_bibtex_entry_that_cannot_be_read_is_named_and_the_others_come() -> None:
    found = references(
        "@comment{@misc{old, title={Put out of use}}}\nA remark, mail me @ home (soon).\n"
        "@article{one, title={One}}\n@article{two, title={Never closed}\n"
        "@article{three, title={Three}}\n@article{, title={No key}}\n@misc{a b, title={Blank}}\n"
        "@misc{four}\n@article{five, title={Five}}\n",
        "bibtex",
    )
    assert [entry.id for entry in found.entries] == ["one", "three", "five"]
    named = [problem.partition(":")[0] for problem in found.problems]
    assert named == [
        "entry two, line 4", "entry without a key, line 6", "entry a, line 7", "entry four, line 8",
    ]  # fmt: skip


def test_a_bare_word_that_no_bibtex_file_defines_costs_nothing() -> None:
    found = references(
        '@string{hill = "The Hill Courier"}\n'
        "@article{one, title={One}, journal=Dawn, day=4, month=sept, year=2025}\n"
        "@article{two, title={Two}, journal=hill # { } # Weekly, month=mar, year=2025}\n",
        "bibtex",
    )
    one, two = ({said.about: said.text for said in entry.said} for entry in found.entries)
    assert (one["outlet"], one["published"]) == ("Dawn", "4 sept 2025")
    assert (two["outlet"], two["published"]) == ("The Hill Courier Weekly", "March 2025")
    assert found.problems == ()


def test_a_ris_entry_that_does_not_begin_says_so() -> None:
    found = references("TI  - No kind\nER  - \nTY  - NEWS\nTI  - Good\nER  - \n", "ris")
    assert found.problems == ("entry 1: it does not begin with its kind (TY)",)
    assert len(found.entries) == 1


@pytest.mark.parametrize(
    ("name", "whole"),
    [
        ({"family": "Berg", "given": "Jan", "non-dropping-particle": "van der"},
         "van der Berg, Jan"),
        ({"family": "Hashimi", "given": "O.", "non-dropping-particle": "al-"}, "al-Hashimi, O."),
        ({"family": "Arcy", "given": "A.", "dropping-particle": "d'"}, "d'Arcy, A."),
        ({"family": "Khan", "given": "Sami", "suffix": "Jr."}, "Khan, Sami, Jr."),
        ({"literal": "Staff reporter"}, "Staff reporter"),
        ({"family": "Rabia"}, "Rabia"),
    ],
)  # fmt: skip
def test_a_name_of_csl_json_comes_whole(name: dict[str, str], whole: str) -> None:
    row = {"title": "One", "author": [name], "issued": {"date-parts": [["²", 3]]}}
    [entry] = references(json.dumps([row]), "csl-json").entries
    assert {said.about: said.text for said in entry.said} == {"title": "One", "author": whole}


def test_half_a_letter_in_csl_json_costs_no_entry() -> None:
    rows = [{"title": "Half \ud800", "id": "\udcff", "file": "a\ud800.pdf", "URL": "http://\ud800"}]
    [entry] = references(json.dumps(rows), "csl-json").entries
    assert entry.files == ("a?.pdf",)
    packed(entry)


WEB = r"""
@misc{a, title={\emph{The} gate --- ``shut''}, howpublished={\url{https://x.example/~u/a_b\_c}},
  author={Khan, R.}, year=2025, month={3}, day={4}, abstract={One line
and its end.

Another.}}
@online{b, title={B}, url={https://x.example/a\%20b?c={1}\#d}, journaltitle={The Courier},
  year={2025}, month={{12}}}
@misc{c, title={C}, howpublished={Printed leaflet}, note={See \href{https://x.example/c}{here}},
  year=2025, month=mar, day=4}
"""


def test_web_addresses_and_days_of_bibtex_are_read_as_they_stand() -> None:
    """The command of an address was read as an accent, a month's number as no date at all."""
    a, b, c = references(WEB, "bibtex").entries
    assert {said.about: said.text for said in a.said} == {
        "title": "The gate — “shut”", "author": "Khan, R.", "published": "2025-03-04",
        "url": "https://x.example/~u/a_b_c",
    }  # fmt: skip
    assert a.abstract == "One line and its end.\n\nAnother."
    told = {said.about: said.text for said in b.said}
    assert told["url"] == "https://x.example/a%20b?c={1}#d"
    assert (told["outlet"], told["published"]) == ("The Courier", "2025-12")
    told = {said.about: said.text for said in c.said}
    assert (told["outlet"], told["url"]) == ("Printed leaflet", "https://x.example/c")
    assert told["published"] == "4 March 2025"


def test_of_an_ris_entry_the_exactest_day_and_the_first_address_are_taken() -> None:
    found = references(
        "TY  - NEWS\nTI  - One\nDA  - 2025\nY1  - 2025/03/04/\nUR  - https://a.example/1\n"
        "UR  - https://a.example/2\nER  - \nTY  - NEWS\nTI  - Two\nPY  - 2025\nDA  - 20250304\n"
        "ER  - \n",
        "ris",
    )
    one, two = ({said.about: said.text for said in entry.said} for entry in found.entries)
    assert (one["published"], one["url"]) == ("2025-03-04", "https://a.example/1")
    assert two["published"] == "2025-03-04"


def test_csl_json_is_read_and_what_is_no_entry_is_named() -> None:
    found = references(CSL, "csl-json")
    [entry] = found.entries
    assert entry.files == ("files/1/a.pdf",)
    assert {one.about: one.text for one in entry.said}["published"] == "2025-03-04"
    assert found.problems == ("entry 2: it is no reference",)


# --- any input ------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["", "%PDF-1.7\n", "PK\x03\x04", "TY  - NEWS\n"]))
def test_any_bytes_give_a_value(body: bytes, start: str) -> None:
    raw = start.encode() + body
    for name in ("a.txt", "a.pdf", "a.docx", "a", "a.ris"):
        assert kind_of(name, raw)
    assert isinstance(read_text(raw), Document | Dropped)
    assert isinstance(read_pdf(raw), Document | Dropped)
    assert isinstance(read_word(raw), Document | Dropped)
    for kind in ("ris", "bibtex", "csl-json"):
        assert isinstance(read_references(raw, kind), References | Dropped)


@given(st.lists(st.text(max_size=80), max_size=20))
def test_no_line_is_lost_whatever_it_holds(lines: list[str]) -> None:
    whole = [line for line in lines if line.strip()]
    assert [p.text for p in furniture.marked(lines)] == whole
    pages = [[Passage(text=line) for line in whole]]
    letters = "".join(char for line in whole for char in line if char.isalpha())
    found = "".join(char for p in flowed(pages)[0] for char in p.text if char.isalpha())
    assert found == letters
