"""A document made to harm its reader costs itself, for a bounded time, and is refused in words."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pypdf
import pytest

from bench import papers
from monitor.edge.worker import Workers
from monitor.inquiry.bringing import Offer, Piece, offer
from monitor.inquiry.pieces import names, parted, pieces
from monitor.inquiry.shelves import Archive, Folder

NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
TEXT = papers.paragraphs(3)


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers(count=1, memory_bytes=600_000_000, wall_seconds=6, cpu_seconds=5,
                 preload=("monitor.stages.extract",)) as found:  # fmt: skip
        yield found


def read(workers: Workers, name: str, body: bytes) -> Offer:
    return offer(Piece(file=name, body=body), workers, NOW)


def pdf_of(*objects: bytes, trailer: bytes = b"<</Size 9/Root 1 0 R>>") -> bytes:
    """A PDF file of these objects, numbered from 1, with a table that is right."""
    body = b"%PDF-1.7\n"
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(body)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    return body + head + table + b"trailer\n" + trailer + b"\nstartxref\n%d\n%%%%EOF" % start


def stream(data: bytes, rest: bytes = b"") -> bytes:
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (rest, len(data), data)


CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
PAGES = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
PAGE = b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<<>>>>"


def bomb() -> bytes:
    """A page whose content unpacks to 2 GB."""
    packer = zlib.compressobj(9)
    once = packer.compress(b"(x) Tj " * 1_000_000)
    many = once + b"".join(packer.compress(b"(x) Tj " * 1_000_000) for _ in range(40))
    data = many + packer.flush()
    return pdf_of(CATALOG, PAGES, PAGE, stream(data, b"/Filter/FlateDecode"))


def encrypted() -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(papers.pdf("plain", TEXT)))
    writer.encrypt("secret", algorithm="RC4-128")
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def word_with(name: str, data: bytes) -> bytes:
    """A Word file with one of its parts replaced."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(papers.word(TEXT))) as old,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.namelist():
            new.writestr(part, data if part == name else old.read(part))
    return file.getvalue()


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">
<!ENTITY c SYSTEM "file:///etc/passwd">]><w:document xmlns:w=
"http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>&b;&c;</w:t>
</w:r></w:p></w:body></w:document>"""
LOOP = pdf_of(CATALOG, PAGES, PAGE, b"<<>>").replace(b"trailer\n<<", b"trailer\n<</Prev 9 ")
KIDS = pdf_of(CATALOG, b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>", PAGE)
FORMS = pdf_of(
    CATALOG, PAGES,
    b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>>>>>",
    stream(b"/F Do /F Do"),
    stream(b"/F Do /F Do (words) Tj",
           b"/Type/XObject/Subtype/Form/Resources<</XObject<</F 5 0 R>>>>"),
)  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [LOOP, KIDS, FORMS, b"%PDF-1.7\n" + b"[" * 200_000, b"%PDF-1.7\n" + b"1 0 obj\n" * 9000],
    ids=["tables in a ring", "pages in a ring", "forms in a ring", "brackets", "objects"],
)  # fmt: skip
def test_a_pdf_that_leads_in_a_ring_is_refused_and_the_next_is_read(
    workers: Workers, body: bytes
) -> None:
    found = read(workers, "ring.pdf", body)
    assert "PDF" in found.refused or "stopped" in found.refused, found
    assert not read(workers, "good.docx", papers.word(TEXT)).refused


@pytest.mark.slow
def test_a_pdf_that_unpacks_to_gigabytes_is_stopped(workers: Workers) -> None:
    found = read(workers, "bomb.pdf", bomb())
    assert "PDF" in found.refused or "stopped" in found.refused
    assert not read(workers, "good.docx", papers.word(TEXT)).refused


def test_an_encrypted_pdf_and_a_scanned_one_say_what_to_do(workers: Workers) -> None:
    assert "password" in read(workers, "a.pdf", encrypted()).refused
    assert "pictures of pages, no text; run OCR first" in read(
        workers, "b.pdf", papers.picture_pdf()
    ).refused  # fmt: skip


def test_a_word_file_of_entities_or_of_nothing_but_air_is_never_unpacked(workers: Workers) -> None:
    found = read(workers, "a.docx", word_with("word/document.xml", LAUGHS))
    assert "entities" in found.refused
    assert "root:" not in found.body
    air = word_with("word/document.xml", b"<x>" + b" " * 120_000_000)
    assert len(air) < 1_000_000
    assert "unpacks to more than" in read(workers, "b.docx", air).refused


def test_another_programs_file_is_named(workers: Workers) -> None:
    for name, body, why in (
        ("a.doc", b"\xd0\xcf\x11\xe0" + b"x" * 99, "save it as .docx"),
        ("a.docx", b"PK\x03\x04" + b"x" * 99, "damaged"),
        ("a.pdf", b"<html>no</html>", "not the PDF file"), ("a.odt", b"PK\x03\x04", "OpenDocument"),
        ("a.txt", b"\x89PNG\0\0", "not a text file"),
    ):  # fmt: skip
        assert why in read(workers, name, body).refused


# --- paths ----------------------------------------------------------------------------------


def ris(*paths: str) -> str:
    files = "".join(f"L1  - {path}\n" for path in paths)
    return f"TY  - NEWS\nTI  - A gate\n{files}ER  - \n"


@pytest.mark.row(39)
@pytest.mark.parametrize(
    "path", ["../secret.txt", "/etc/passwd", "files/../../secret.txt", "out/secret.txt", "link.txt",
             "..\\secret.txt", "files", "a\0b.txt"],
)  # fmt: skip
def test_a_list_of_references_reaches_nothing_outside_its_folder(
    workers: Workers, tmp_path: Path, path: str
) -> None:
    (tmp_path / "secret.txt").write_text("\n".join(["A secret", *TEXT]))
    home = tmp_path / "export"
    (home / "files").mkdir(parents=True)
    (home / "out").symlink_to(tmp_path)
    (home / "link.txt").symlink_to(tmp_path / "secret.txt")
    (home / "list.ris").write_text(ris(path))
    named, passed = parted(names([home]))
    assert "a path that leads out of it (2)" in passed[0]
    found = list(pieces(named, workers))
    assert [piece.body for piece in found] == [b""]
    assert found[0].refused


@pytest.mark.row(39)
def test_an_archive_reaches_nothing_outside_itself_and_lies_of_its_size_in_vain(
    workers: Workers, tmp_path: Path
) -> None:
    path = tmp_path / "texts.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../outside.txt", "\n".join(["Outside", *TEXT]))
        archive.writestr("big.txt", b" " * 40_000_000)
        archive.writestr("list.ris", ris("../outside.txt"))
        archive.writestr("good.txt", "\n".join(["Good", *TEXT]))
    found = {piece.file.rpartition("/")[2]: piece for piece in pieces(names([path]), workers)}
    assert "larger than" in found["big.txt"].refused
    assert not found["good.txt"].refused
    assert any("neither a file nor" in piece.refused for piece in found.values())
    assert sorted(p.name for p in tmp_path.iterdir()) == ["texts.zip"], "nothing is unpacked"
    with pytest.raises(ValueError, match="leads out"):
        Archive(path).beside("list.ris", "../outside.txt")
    with pytest.raises(ValueError, match="leads out"):
        Folder(tmp_path).beside("list.ris", "../x.txt")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_two_files_of_one_name_the_one_that_is_not_read_is_told(
    workers: Workers, tmp_path: Path
) -> None:
    path = tmp_path / "texts.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for title in ("First", "Second"):
            archive.writestr("a/one.txt", "\n".join([title, *TEXT]))
        archive.writestr("a\\two.txt", "\n".join(["Third", *TEXT]))
    named, passed = parted(names([path]))
    assert [p.body.split(b"\n")[0] for p in pieces(named, workers)] == [b"Second", b"Third"]
    assert passed == [f"{path}: passed over in it: a file under whose name another follows"]


def test_a_reference_to_a_file_that_no_disk_can_have_costs_itself(
    workers: Workers, tmp_path: Path
) -> None:
    (tmp_path / "loop.pdf").symlink_to("loop.pdf")
    long = "ب" * 3000
    (tmp_path / "list.ris").write_text(ris(f"{long}.pdf") + ris("loop.pdf") + ris("nul\0.pdf"))
    found = list(pieces(names([tmp_path / "list.ris"]), workers))
    assert len(found) == 3
    assert all("neither a file nor an abstract" in piece.refused for piece in found)
