"""``torkham corpus import``: shown before it is kept, kept once, and taken back again."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bench import papers
from monitor.cli.main import torkham

TEXTS = papers.paragraphs(9)
SETTINGS = (
    "topic: pak_afg_ttp\nfeeds:\n"
    "  - {key: one, url: 'https://one.example/feed', outlet: One, side: pakistan, language: en}\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "feeds.yaml").write_text(SETTINGS)
    return tmp_path


def run(folder: Path, *words: str | Path, **more: Any) -> Result:
    place = ["--config", str(folder / "feeds.yaml"), "--data", str(folder / "data")]
    given = ["corpus", *(str(word) for word in words), *place]
    result = CliRunner().invoke(torkham, given, env={"COLUMNS": "100", "USER": "rida"}, **more)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def told(folder: Path, *words: str | Path, code: int = 0) -> Any:
    result = run(folder, *words, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def exported(folder: Path) -> list[dict[str, Any]]:
    rows = run(folder, "export").stdout.splitlines()
    return [json.loads(row) for row in rows if row.strip()]


def zotero(home: Path) -> Path:
    """An export of references as Zotero makes it: a list, and a folder of files beside it."""
    (home / "files/12").mkdir(parents=True)
    (home / "files/12/gate.docx").write_bytes(papers.word(TEXTS[:3]))
    (home / "files/note.txt").write_text("\n".join(["A note", *TEXTS[3:6]]))
    (home / "library.ris").write_text(
        "TY  - NEWS\nTI  - The closed gate\nAU  - Fictional, R.\nT2  - The Hill Courier\n"
        "DA  - 2025/03/04\nUR  - https://hill.example/gate\nL1  - files/12/gate.docx\nER  - \n"
        f"TY  - NEWS\nTI  - An abstract alone\nAB  - {TEXTS[6]}\nER  - \n"
        "TY  - NEWS\nTI  - Nothing at all\nER  - \n"
        "TY  - NEWS\nTI  - Elsewhere\nL1  - ../../feeds.yaml\nER  - \n"
    )
    return home


def test_a_zotero_export_comes_in_with_its_references_and_its_files(folder: Path) -> None:
    found = told(folder, "import", zotero(folder / "library"), code=1)
    assert (found["read"], found["new"]) == (3, 3)
    assert {row["file"].rpartition("#")[2] for row in found["refused"]} == {"entry 3", "entry 4"}
    assert "leads out of the folder" in str(found["refused"])
    rows = {row["title"]: row for row in exported(folder)}
    gate = rows["The closed gate"]
    assert (gate["outlet"], gate["url"]) == ("The Hill Courier", "https://hill.example/gate")
    assert gate["published_at"].startswith("2025-03-04")
    assert TEXTS[2] in json.dumps(gate, ensure_ascii=False)
    assert set(rows) == {"The closed gate", "An abstract alone", "A note"}


@pytest.mark.slow
def test_a_zip_of_the_same_is_the_same(folder: Path) -> None:
    home = zotero(folder / "library")
    path = folder / "library.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(home.rglob("*.*")):
            if file.is_file():
                archive.write(file, file.relative_to(home))
    assert told(folder, "import", path, code=1)["new"] == 3
    again = told(folder, "import", home, code=1)
    assert (again["new"], again["known"]) == (0, 3)


@pytest.mark.slow
def test_a_dry_run_shows_every_line_that_is_cut_and_keeps_nothing(folder: Path) -> None:
    (folder / "gate.docx").write_bytes(papers.word(TEXTS[:3]))
    shown = run(folder, "import", folder / "gate.docx", "--dry-run").stdout
    for words in (
        papers.HEAD, "The writer is a former surveyor of bridges.", "cut       foot: 1",
        "[Word properties, created; not the day", "nothing was kept", "R. Fictional",
    ):  # fmt: skip
        assert words in shown
    found = told(folder, "import", folder / "gate.docx", "--dry-run")
    [row] = found["texts"]
    assert row["words_before"] > row["words_after"] > 0
    assert {cut["kind"] for cut in row["cut"]} == {"head", "foot", "title", "bio"}
    assert exported(folder) == []
    assert told(folder, "import", "--history") == []


def test_boxes_of_other_stories_are_cut_from_any_kind_of_file(folder: Path) -> None:
    lines = ["The gate", *TEXTS[:2], "Also read: Another gate opens", *TEXTS[2:4]]
    (folder / "a.txt").write_text("\n".join(lines))
    [row] = told(folder, "import", folder / "a.txt", "--dry-run")["texts"]
    assert {"kind": "box", "text": "Also read: Another gate opens"} in row["cut"]


@pytest.mark.slow
def test_a_near_copy_is_left_out_or_kept_as_a_version_and_the_opposite_label_is_said(
    folder: Path,
) -> None:
    (folder / "a.txt").write_text("\n".join(["The gate", *TEXTS[:4]]))
    (folder / "b.txt").write_text("\n".join(["The gate", *TEXTS[:4], "One line was added today."]))
    assert told(folder, "import", folder / "a.txt")["new"] == 1
    left = told(folder, "import", folder / "b.txt")
    assert (left["new"], left["known"], left["outcomes"]) == (0, 1, {"left": 1})
    assert "nearly the same text as the import" in left["texts"][0]["why"]
    against = told(folder, "import", folder / "b.txt", "--not-relevant")
    assert "decide it on the desk" in against["texts"][0]["why"]
    kept = told(folder, "import", folder / "b.txt", "--duplicates", "version")
    assert kept["outcomes"] == {"version": 1}
    assert len(exported(folder)) == 2


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("https://hill.example/a b", "https://hill.example/a%20b"), ("https://", None),
        ("HTTPS://hill.example/c", "HTTPS://hill.example/c"), ("javascript:alert(1)", None),
    ],
)  # fmt: skip
def test_an_address_is_kept_where_it_leads_somewhere(
    folder: Path, written: str, kept: str | None
) -> None:
    (folder / "a.txt").write_text("\n".join([f"---\nurl: {written}\n---", "The gate", *TEXTS[:4]]))
    [row] = told(folder, "import", folder / "a.txt", "--dry-run")["texts"]
    assert row["url"] == kept


def test_two_copies_in_one_folder_are_one_text(folder: Path) -> None:
    home = folder / "texts"
    home.mkdir()
    for name in ("a.txt", "b.txt"):
        (home / name).write_text("\n".join(["The gate", *TEXTS[:4]]))
    found = told(folder, "import", home)
    assert (found["read"], found["new"], found["known"]) == (2, 1, 1)


def test_an_import_is_taken_back_by_its_number_and_its_line_stays(folder: Path) -> None:
    (folder / "a.txt").write_text("\n".join(["The gate", *TEXTS[:4]]))
    number = told(folder, "import", folder / "a.txt", "--by", "Rabia")["import"]
    assert told(folder, "import", "--undo", str(number), "--why", "wrong folder")["taken_back"] == 1
    assert exported(folder) == []
    [row] = told(folder, "import", "--history")
    assert (row["by"], row["undone_by"], row["undone_why"]) == ("Rabia", "rida", "wrong folder")
    assert row["counts"] == {"kept": 1}
    assert run(folder, "import", "--undo", str(number)).exit_code == 1


@pytest.mark.slow
def test_what_two_people_brought_stays_until_both_take_it_back(folder: Path) -> None:
    """Else one's wrong folder takes the other's text away, and nobody is told."""
    for name, lines in (("a", TEXTS[:4]), ("b", TEXTS[4:8])):
        (folder / f"{name}.txt").write_text("\n".join([f"The gate {name}", *lines]))
    told(folder, "import", folder / "a.txt", folder / "b.txt", "--by", "Rabia")
    assert told(folder, "import", folder / "a.txt", "--by", "Sami")["known"] == 1
    first = run(folder, "import", "--undo", "1").stdout
    assert "1 texts are gone" in first
    assert "1 of its texts stay: another import brought them" in first
    assert [row["title"] for row in exported(folder)] == ["The gate a"]
    assert told(folder, "import", "--undo", "2") == {"import": 2, "taken_back": 1, "staying": 0}
    assert exported(folder) == []


@pytest.mark.slow
def test_an_export_is_taken_back_like_any_import_and_its_snapshot_stays(folder: Path) -> None:
    """Else a wrong folder of exports could never be got rid of, nor known whose it was."""
    (folder / "a.txt").write_text("\n".join(["The gate", *TEXTS[:4]]))
    told(folder, "import", folder / "a.txt")
    name = told(folder, "snapshot")["id"]
    run(folder, "export", "--snapshot", "last", "--out", folder / "s.zip")
    other = folder / "other"
    other.mkdir()
    (other / "feeds.yaml").write_text(SETTINGS)
    (other / "b.txt").write_text("\n".join(["Another gate", *TEXTS[4:8]]))
    found = told(other, "import", folder / "s.zip", other / "b.txt", "--by", "Rabia")
    assert (found["new"], found["import"]) == (2, 1), "one command is one import"
    assert told(other, "import", folder / "s.zip")["import"] is None, "nothing is new"
    [row] = told(other, "import", "--history")
    assert (row["by"], row["counts"], row["files"][0]) == (
        "Rabia", {"kept": 2}, str(folder / "s.zip")
    )  # fmt: skip
    assert told(other, "import", "--undo", "1", "--why", "another team's")["taken_back"] == 2
    assert exported(other) == []
    assert [row["id"] for row in told(other, "snapshots")] == [name], "it never changes"
    assert told(other, "import", folder / "s.zip")["new"] == 1, "it may come again"


def test_one_bad_file_costs_one_file(folder: Path) -> None:
    home = folder / "texts"
    home.mkdir()
    (home / "bad.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    (home / "bad.docx").write_bytes(b"PK\x03\x04 and nothing more")
    (home / "bad.bib").write_bytes(b"@article{x, title = {never closed")
    (home / "good.txt").write_text("\n".join(["The gate", *TEXTS[:4]]))
    found = told(folder, "import", home, code=1)
    assert found["new"] == 1
    assert {Path(row["file"]).name for row in found["refused"]} == {
        "bad.pdf", "bad.docx", "bad.bib",
    }  # fmt: skip


@pytest.mark.slow
def test_a_name_in_another_encoding_costs_nothing(folder: Path) -> None:
    """As files have them that were unpacked from an old archive."""
    home = folder / "texts"
    home.mkdir()
    name = os.fsdecode("Gümüş.txt".encode("iso8859-9"))
    try:
        (home / name).write_text("\n".join(["The gate", *TEXTS[:4]]))
    except OSError:
        pytest.skip("this disk takes names in UTF-8 alone")
    (home / "other.txt").write_text("\n".join(["Another gate", *TEXTS[4:8]]))
    (home / os.fsdecode(b"\xe4.pdf")).write_bytes(b"none")
    found = told(folder, "import", home, code=1)
    assert (found["new"], len(found["refused"])) == (2, 1)
    assert "m\\udcfc" in run(folder, "import", "--history").stdout
    assert told(folder, "import", home / name)["known"] == 1


@pytest.mark.slow
def test_what_is_passed_over_in_a_folder_is_told(folder: Path) -> None:
    """Old Word files are refused by name; pictures, links out and parts of pages are counted."""
    home = folder / "texts"
    (home / "gate_files").mkdir(parents=True)
    good = "\n".join(["The gate", *TEXTS[:4]])
    (home / "gate.html").write_text(f"<html><body><h1>G</h1><p>{good}</p></body></html>")
    (home / "gate_files/frame.html").write_text(f"<html><p>{good} advertisement</p></html>")
    (home / "old.doc").write_bytes(b"\xd0\xcf\x11\xe0 and more")
    (home / "picture.jpg").write_bytes(b"\xff\xd8")
    (home / "no ending").write_text(good)
    (home / "out.txt").symlink_to("/etc/hostname")
    (home / "two\nlines.txt").write_text("\n".join(["Another gate", *TEXTS[4:8]]))
    found = told(folder, "import", home, code=1)
    assert [Path(row["file"]).name for row in found["refused"]] == ["old.doc"]
    [passed] = found["passed_over"]
    for words in (".jpg file", "file without an ending", "a path that leads out", "a saved page"):
        assert words in passed
    shown = run(folder, "import", home, "--dry-run")
    assert "passed over in it" in shown.stderr
    assert "\nlines.txt" not in shown.stdout, "a name stands on one line"


@pytest.mark.slow
def test_a_reference_whose_scan_cannot_be_read_comes_from_its_next_file(folder: Path) -> None:
    home = folder / "library"
    home.mkdir()
    (home / "scan.pdf").write_bytes(papers.picture_pdf())
    (home / "page.txt").write_text("\n".join(TEXTS[:4]))
    files = "L1  - scan.pdf\nL2  - page.txt\n"
    (home / "library.ris").write_text(f"TY  - NEWS\nTI  - The scanned gate\n{files}ER  - \n")
    [row] = told(folder, "import", home, "--dry-run")["texts"]
    assert (row["title"], Path(row["file"]).name) == ("The scanned gate", "page.txt")
    assert "scan.pdf was refused" in run(folder, "import", home, "--dry-run").stdout


@pytest.mark.slow
def test_exports_in_a_folder_come_in_as_exports_and_nothing_else_of_them(folder: Path) -> None:
    """The README and the datasheet of a snapshot are no texts, its lists no references."""
    (folder / "a.txt").write_text("\n".join(["The gate", *TEXTS[:4]]))
    told(folder, "import", folder / "a.txt")
    name = told(folder, "snapshot")["id"]
    shelf, other = folder / "shelf", folder / "other"
    (shelf / "deep").mkdir(parents=True)
    other.mkdir()
    run(folder, "export", "--snapshot", "last", "--out", shelf / "deep/spring")
    run(folder, "export", "--format", "csv", "--out", shelf / "all.csv")
    (shelf / "b.txt").write_text("\n".join(["Another gate", *TEXTS[4:8]]))
    (shelf / "figures.csv").write_text("a,b\n1,2\n")
    (shelf / "snapshot.json").write_text("[]")  # of another program
    (other / "feeds.yaml").write_text(SETTINGS)
    found = told(other, "import", shelf, code=1)
    assert found["new"] == 2
    assert [Path(row["file"]).name for row in found["refused"]] == ["snapshot.json"]
    assert found["passed_over"] == [f"{shelf}: passed over in it: .csv file"]
    assert {row["title"] for row in exported(other)} == {"The gate", "Another gate"}
    again = told(other, "import", shelf / "all.csv", shelf, "--dry-run", code=1)
    assert [Path(row["file"]).name for row in again["texts"]][:2] == ["all.csv", "spring"]
    assert len(again["texts"]) == 4, "and the two files, of which one is refused"
    assert [row["id"] for row in told(other, "snapshots")] == [name]


@pytest.mark.slow
def test_a_full_export_comes_back_into_an_empty_store(folder: Path, tmp_path: Path) -> None:
    run(folder, "import", zotero(folder / "library"))
    out = folder / "all.jsonl"
    assert run(folder, "export", "--out", out).exit_code == 0
    first = told(folder, "snapshot")["id"]
    other = tmp_path / "other"
    other.mkdir()
    (other / "feeds.yaml").write_text(SETTINGS)
    assert told(other, "import", out)["new"] == 3
    assert told(other, "snapshot")["id"] == first
