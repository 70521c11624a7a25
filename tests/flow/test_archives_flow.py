"""Web archives and saved pages into the store: every record counted, nothing twice."""

from __future__ import annotations

import gzip
import json
import os
import random
import resource
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastwarc")

from click.testing import CliRunner

from classifiers.lexicon import load_lexicon
from monitor.archives import cutting, engines, forecasting, saved, working, writing
from monitor.archives.model import Outlet, Recipe, Span, Worked
from monitor.articles import taught
from monitor.articles.keeping import kept
from monitor.articles.reading import read_page
from monitor.cli import archiving
from monitor.cli.main import torkham
from monitor.edge.warcfile import SourceError
from monitor.model import Fault, Fetched, FetchFailed
from monitor.stages import cutting as cutter
from store import archived, articles, backfills, entering, failpoint, removals, wrappers
from store.db import Db, StoreError, connect
from store.sql import fetch, write
from tests.flow import archives_made as made
from tests.new_store import new_store


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Db]:
    with closing(connect(new_store(tmp_path / "torkham.db"))) as found:
        yield found


def fates(db: Db, name: str = "old") -> dict[str, int]:
    found: dict[str, int] = {}
    for one in archived.every(db, name):
        for fate, n in one.counts.items():
            found[fate] = found.get(fate, 0) + n
    return found


def dump(db: Db) -> list[str]:
    """All rows of all tables, but for the numbers of spans, which follow from their sizes."""
    skipped = {"archives", "sqlite_sequence", "_sqlite_migrations", "salts"}
    names = [
        row["name"]
        for row in fetch(db, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")
    ]
    return [
        f"{name}: {row!r}"
        for name in names
        if name not in skipped and "words_" not in name
        for row in fetch(db, f'SELECT * FROM "{name}"')  # noqa: S608 - names of our own tables
    ]


RECORDS = [
    made.record("https://gazette.example/", b"software", kind="warcinfo", head=b"",
                media="application/warc-fields"),
    *made.articles(range(8)),
    made.record("https://gazette.example/a.png", b"PNG",
                head=b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n"),
    made.record("https://gazette.example/gone", b"<p>gone</p>",
                head=b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\n"),
    made.record("https://gazette.example/short", b"<html><p>Kabul.</p></html>"),
    made.record("ftp://gazette.example/x", b"<html><p>Kabul</p></html>"),
    made.record(made.url(2), made.article(2)),
]  # fmt: skip
EXPECTED = {
    "not_page": 3, "prefiltered": 4, "no_article:too_short": 1, "failed:bad_url": 1,
    "queued": 4, "duplicate": 1,
}  # fmt: skip


@pytest.mark.parametrize("packs", [True, False])
def test_every_record_is_counted_and_relevant_ones_are_kept_with_where_they_stand(
    db: Db, tmp_path: Path, packs: bool
) -> None:
    data = made.packed(RECORDS) if packs else b"".join(RECORDS)
    path = made.written(tmp_path / ("a.warc.gz" if packs else "a.warc"), data)
    made.backfilled(db, path)
    assert fates(db) == EXPECTED
    row = backfills.get(db, "old")
    assert row.balanced
    assert (row.archived, row.books.found) == (4, 4)
    found = [archived.find(db, n["id"]) for n in fetch(db, "SELECT id FROM articles")]
    for one in found:
        assert one is not None
        assert one.place == str(path)
        piece = data[one.offset : one.offset + one.length]
        piece = gzip.decompress(piece) if packs else piece
        assert f"WARC-Target-URI: {one.url}".encode() in piece
        assert one.crawled_at is not None
        assert one.crawled_at.isoformat() == "2026-03-11T05:06:07+00:00"


def test_the_rows_do_not_turn_on_where_the_archive_is_cut(tmp_path: Path) -> None:
    """One span, or a span for every few bytes, give the same rows."""
    path = made.written(tmp_path / "a.warc.gz", made.packed(RECORDS))
    dumps = []
    for at, size in enumerate((10_000_000, 1_500, 300)):
        with closing(connect(tmp_path / f"{at}.db")) as db:
            made.backfilled(db, path, sizes=cutting.Sizes(packed=size))
            dumps.append(dump(db))
    assert dumps[0] == dumps[1] == dumps[2]


@pytest.mark.parametrize(
    ("media", "wrapped"),
    [("", True), ("text/html, text/html", False), ('"text/html"', False), ("text/plain", False),
     ("application/octet-stream", True), ("application/xml", False)],
)  # fmt: skip
def test_what_is_a_page_is_read_whatever_it_is_called(
    db: Db, tmp_path: Path, media: str, wrapped: bool
) -> None:
    """As on the live path: the server's word for it is not all that counts."""
    coding = "Content-Encoding: gzip\r\n" * wrapped
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {media}\r\n{coding}\r\n".encode()
    body = gzip.compress(made.article(2)) if wrapped else made.article(2)
    others = [
        made.record(f"https://gazette.example/{at}", other, head=head.replace(b"gzip", b"identity"))
        for at, other in enumerate(
            (b"Kabul, in plain words.", b'{"Kabul": 1}', b"PK\x03\x04 Kabul")
        )
    ]
    records = [made.record(made.url(2), body, head=head), *others[: 3 * ("html" not in media)]]
    made.backfilled(db, made.written(tmp_path / "a.warc", b"".join(records)))
    assert fates(db).pop("queued") == 1
    assert fates(db).get("not_page", 0) == len(records) - 1


def test_what_is_no_text_is_not_counted_as_looked_through(db: Db, tmp_path: Path) -> None:
    """Compressed as nobody can tell: it may have held any name."""
    data = made.record(made.url(1), b"\x1b\x03\x00\xf8" + bytes(range(200)) * 5)
    made.backfilled(db, made.written(tmp_path / "a.warc", data))
    assert fates(db) == {"no_article:not_html": 1}


def test_a_page_that_holds_a_record_forges_no_article(db: Db, tmp_path: Path) -> None:
    """What looks like a record inside a page is found by guessing, and set right by the writer."""
    inner = made.record("https://victim.example/said-so", made.article(6))
    page = made.article(1, on_topic=False) + b"\r\n\r\n" + inner
    outer = made.record(made.url(1), page)
    path = made.written(tmp_path / "a.warc", outer + made.articles([4])[0])
    spans = made.spans_at(path, [outer.index(inner) - 20])
    source = cutting.Source(
        place=str(path), size=path.stat().st_size, digest="d", spans=tuple(spans)
    )
    recipe = made.recipe()
    guessed = [one.url for span in spans for one in working.work(span, recipe).found]
    assert "https://victim.example/said-so" in guessed
    writing.begin(db, "old", [source], recipe, by="test", now=made.NOW)
    archive = archived.every(db, "old")[0]
    first = working.work(spans[0], recipe)
    fixed, _ = writing.chained(
        working.work(spans[1], recipe), first.ended, made.Here(), recipe, lambda: False
    )
    assert archive.spans == 2
    assert fixed is not None
    assert [one.url for one in fixed.found] == [made.url(4)]


def test_stopped_anywhere_and_gone_on_with_it_is_as_if_never_stopped(tmp_path: Path) -> None:
    small = cutting.Sizes(packed=700)
    path = made.written(tmp_path / "a.warc.gz", made.packed(RECORDS))
    with closing(connect(tmp_path / "whole.db")) as db:
        made.backfilled(db, path, sizes=small)
        whole = dump(db)

    class CutOffError(Exception):
        pass

    with closing(connect(tmp_path / "parts.db")) as db:
        for most in (1, 2, 3, 99):
            left = most

            def counted(_worked: Worked) -> None:
                nonlocal left
                left -= 1
                if left < 0:
                    raise CutOffError

            try:
                made.backfilled(db, path, how=made.Here(counted), sizes=small)
            except CutOffError:
                continue
        assert dump(db) == whole
        again = made.Here()
        made.backfilled(db, path, how=again, sizes=small)
        assert not again.spans
        assert dump(db) == whole


@pytest.mark.parametrize("point", ["after-span", "before-commit", "after-commit", "span-kept"])
def test_a_writer_that_dies_at_a_bad_moment_loses_and_doubles_nothing(
    tmp_path: Path, point: str
) -> None:
    """It dies at each passing of the point in turn; the next start goes on where it stands."""
    small = cutting.Sizes(packed=1_500)
    path = made.written(tmp_path / "a.warc.gz", made.packed(RECORDS))
    with closing(connect(tmp_path / "whole.db")) as db:
        made.backfilled(db, path, sizes=small)
        whole = dump(db)
    for nth in range(1, 60):
        passed = 0

        def act(name: str, last: int = nth) -> None:
            nonlocal passed
            passed += name == point
            if name == point and passed == last:
                raise KeyboardInterrupt

        failpoint.install(act)
        try:
            with closing(connect(tmp_path / "killed.db")) as db:
                made.backfilled(db, path, sizes=small)
                break
        except KeyboardInterrupt:
            continue
        finally:
            failpoint.install(None)
    with closing(connect(tmp_path / "killed.db")) as db:
        assert dump(db) == whole


def test_the_same_page_in_two_archives_is_one_article_and_a_duplicate(
    db: Db, tmp_path: Path
) -> None:
    one = made.written(tmp_path / "a.warc.gz", made.packed(made.articles([2, 4])))
    two = made.written(tmp_path / "b.warc", b"".join(made.articles([4, 6])))
    made.backfilled(db, one, two)
    made.backfilled(db, one, name="again")
    assert fates(db) == {"queued": 3, "duplicate": 1}
    assert fates(db, "again") == {"duplicate": 2}
    assert backfills.get(db, "again").balanced


def test_an_archive_that_changed_since_is_refused_in_words(db: Db, tmp_path: Path) -> None:
    path = made.written(tmp_path / "a.warc.gz", made.packed(made.articles([2])))
    made.backfilled(db, path)
    made.written(path, made.packed(made.articles([2, 4])))
    with pytest.raises(StoreError, match="not the file that was begun with"):
        made.backfilled(db, path)


def test_an_archive_that_was_moved_is_gone_on_with_through_a_link(db: Db, tmp_path: Path) -> None:
    path = made.written(tmp_path / "a.warc.gz", made.packed(RECORDS))
    recipe = writing.begin(
        db, "old", [cutting.cut(str(path))], made.recipe(), by="test", now=made.NOW
    )
    path.rename(tmp_path / "moved.warc.gz")

    def go_on() -> None:
        writing.run(db, "old", recipe, engine=made.Here(), lexicon=load_lexicon(),
                    clock=lambda: made.NOW, stopped=lambda: False)  # fmt: skip

    with pytest.raises(SourceError, match="not there any more; a link to where it is now will do"):
        go_on()
    path.symlink_to("moved.warc.gz")
    go_on()
    assert fates(db) == EXPECTED


@pytest.mark.parametrize("how", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_archives_inside_a_wacz_file_are_read(db: Db, tmp_path: Path, how: int) -> None:
    files = {
        "archive/b.warc": b"".join(made.articles([6])),
        "archive/a.warc.gz": made.packed(made.articles([1, 2, 4])),
        "indexes/index.cdx": b"ignored", "pages/pages.jsonl": b"{}", "archive/x.txt": b"no",
    }  # fmt: skip
    made.backfilled(db, made.wacz(tmp_path / "a.wacz", files, how=how))
    assert fates(db) == {"queued": 3, "prefiltered": 1}
    assert {one["member"] for one in fetch(db, "SELECT member FROM archive_finds")} == {
        "archive/a.warc.gz", "archive/b.warc"
    }  # fmt: skip


def test_an_archive_compressed_as_a_whole_is_read_and_said_to_be_slow(
    db: Db, tmp_path: Path
) -> None:
    data = gzip.compress(b"".join(made.articles(range(8))))
    path = made.written(tmp_path / "a.warc.gz", data)
    assert "compressed as a whole" in cutting.cut(str(path)).remark
    made.backfilled(db, path, sizes=cutting.Sizes(stream=4_000))
    assert fates(db) == {"queued": 4, "prefiltered": 4}


def test_all_records_compressed_as_one_behind_the_files_own_are_read(
    db: Db, tmp_path: Path
) -> None:
    parts = [RECORDS[0], b"".join(made.articles(range(8)))]
    made.backfilled(db, made.written(tmp_path / "a.warc.gz", made.packed(parts)))
    assert fates(db) == {"not_page": 1, "queued": 4, "prefiltered": 4}


WHOLE = gzip.compress(b"".join(made.articles(range(0, 16, 2))), mtime=0)


@pytest.mark.parametrize(
    ("data", "expected"),
    [(WHOLE[:-30], {"queued": 7, "failed:truncated": 1}), (WHOLE[:-4], {"queued": 8}),
     (WHOLE + b"rubbish", {"queued": 8})],
)  # fmt: skip
def test_what_comes_out_of_an_archive_that_is_cut_off_is_read(
    db: Db, tmp_path: Path, data: bytes, expected: dict[str, int]
) -> None:
    path = made.written(tmp_path / "a.warc.gz", data)
    assert "ends early" in cutting.cut(str(path)).remark
    made.backfilled(db, path, sizes=cutting.Sizes(stream=4_000))
    assert fates(db) == expected


def test_a_record_longer_than_many_spans_of_a_stream_is_passed_over(db: Db, tmp_path: Path) -> None:
    """Looking for the next one goes on, it does not unpack all from the beginning at each look."""
    film = made.record(
        "https://gazette.example/film", bytes(60_000_000),
        head=b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n",
    )  # fmt: skip
    parts = [made.articles([2])[0], made.articles([4])[0], film, made.articles([6])[0]]
    path = made.written(tmp_path / "a.warc.gz", gzip.compress(b"".join(parts), 1))
    began = time.process_time()
    made.backfilled(db, path, sizes=cutting.Sizes(stream=20_000_000))
    assert fates(db) == {"queued": 3, "failed:too_large": 1}
    assert time.process_time() - began < 10


def test_of_a_wacz_file_whatever_can_be_read_is_read(db: Db, tmp_path: Path) -> None:
    good = made.packed(made.articles([2]))
    files = {
        "archive/a.warc.gz": b"", "archive/b.warc.gz": b"rubbish", "archive/c.warc.gz": good,
    }  # fmt: skip
    path = made.wacz(tmp_path / "a.wacz", files)
    said = cutting.cut(str(path)).remark
    assert "archive/a.warc.gz is passed over" in said
    assert "archive/b.warc.gz is passed over: not a WARC file" in said
    made.backfilled(db, path)
    assert fates(db) == {"queued": 1}


def test_archives_inside_a_wacz_file_that_are_not_read_are_named(tmp_path: Path) -> None:
    """As in a package of several crawls."""
    one = made.packed(made.articles([0, 1]))
    inner = {"crawl-1.wacz": b"PK", "extra/b.warc.gz": one, "archive/c.wacz": b"PK"}
    both = made.wacz(tmp_path / "a.wacz", {"archive/a.WARC.gz": one, **inner})
    assert cutting.cut(str(both)).remark == " ".join(
        f"{name} is passed over: unpack it and name it by itself." for name in sorted(inner)
    )
    with pytest.raises(SourceError, match=r"no WARC file inside .* crawl-1\.wacz is passed over"):
        cutting.cut(str(made.wacz(tmp_path / "b.wacz", inner)))


def test_the_spans_of_a_large_archive_are_made_as_they_are_asked_for() -> None:
    """A year of news is millions of spans: none is held."""
    two = [
        cutting.Stretch(source="a", kind="warc", size=10**13 + 1, step=10**6, member=name)
        for name in ("x", "y")
    ]
    spans = cutting.Spans(two)
    assert len(spans) == 20_000_002
    last = spans[-1]
    assert (last.number, last.member, last.start, last.end) == (20_000_001, "y", 10**13, 10**13 + 1)
    assert [one.exact for one in spans[10_000_000:10_000_002]] == [False, True]
    assert [one.member for one in spans[10_000_000:10_000_002]] == ["x", "y"]


def test_what_is_passed_over_in_a_folder_is_told(db: Db, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    (folder / "page_files").mkdir(parents=True)
    mark = b"<link rel='canonical' href='https://gazette.example/%s'>"
    page = made.article(2).replace(b"<title>", mark % b"a" + b"<title>")
    for name in ("page.html", "page_files/frame.html", "b.mhtml", "c.warc.gz"):
        made.written(folder / name, page)
    made.written(folder / os.fsdecode(b"\xff.html"), page)
    (folder / "link.html").symlink_to("page.html")
    (folder / "round").symlink_to(folder)
    (folder / "dangling.html").symlink_to("nowhere")
    os.mkfifo(folder / "pipe.html")
    os.mkfifo(folder / "pipe")
    for name in ("story.php?id=5", "story", "story.SHTML"):
        made.written(folder / name, page)
    made.written(folder / "page.txt", b"https://gazette.example/a")
    made.written(folder / "notes", b"What is to be read")
    said = cutting.cut(str(folder)).remark
    assert said == (
        "Passed over in it: .mhtml (save them as .html): 1; links: 3;"
        " names that are not in UTF-8: 1; no regular files: 1;"
        " pages that are not called so (call them .html): 3;"
        " web archives (name each by itself): 1."
    )
    made.backfilled(db, folder)
    assert fates(db) == {"queued": 1}


def test_saved_pages_are_read_however_they_were_written_down(db: Db, tmp_path: Path) -> None:
    """In UTF-16, compressed without a name that says so, with pictures before their address."""
    folder = tmp_path / "saved"
    folder.mkdir()
    picture = b"<link rel='icon' href='data:image/png;base64,%b'>" % (b"A" * 300_000)
    for at, head in enumerate((b"", b"", picture)):
        mark = b"<link rel='canonical' href='https://gazette.example/%d'>" % at
        page = made.article(2 * at).replace(b"<title>", head + mark + b"<title>")
        page = page.decode().encode("utf-16") if at == 0 else page
        made.written(folder / f"{at}.html", gzip.compress(page) if at == 1 else page)
    made.backfilled(db, folder)
    assert fates(db) == {"queued": 3}


def test_how_far_it_is_is_told_in_bytes_whatever_spans_count(db: Db, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    folder.mkdir()
    for at in range(6):
        made.written(folder / f"{at}.html", made.article(at))
    source = cutting.cut(str(folder), small := cutting.Sizes(pages=2))
    recipe = writing.begin(db, "old", [source], made.recipe(), by="test", now=made.NOW)
    told: list[writing.Progress] = []
    writing.run(
        db, "old", recipe, engine=made.Here(), lexicon=load_lexicon(), clock=lambda: made.NOW,
        stopped=lambda: False, sizes=small, told=told.append,
    )  # fmt: skip
    assert [one.done for one in told] == [source.size // 3, source.size * 2 // 3, source.size]


def test_saved_pages_say_where_they_were_or_are_named(db: Db, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    (folder / "deeper").mkdir(parents=True)
    marks = {
        "a.html": b"<link rel='canonical' href='https://gazette.example/a'>",
        "b.htm": b'<meta property="og:url" content="https://gazette.example/b">',
        "deeper/c.html": b"<!-- saved from url=(0033)https://gazette.example/c -->",
        "d.html": b"",
        "e.html": b"",
    }
    for at, (name, mark) in enumerate(marks.items()):
        page = made.article(2 * at).replace(b"<title>", mark + b"<title>")
        made.written(folder / name, page)
    made.written(folder / "d.url", b"[InternetShortcut]\r\nURL=https://gazette.example/d\r\n")
    packed = made.article(20).replace(
        b"<title>", marks["a.html"].replace(b"/a", b"/g") + b"<title>"
    )
    made.written(folder / "g.html.gz", gzip.compress(packed))
    made.backfilled(db, folder)
    assert fates(db) == {"queued": 5, "failed:no_address": 1}
    (trouble,) = archived.faults(db, "old")
    assert "e.html" in trouble.detail


PLIST = (
    b'<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN"'
    b' "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n<plist version="1.0"><dict>'
    b"<key>URL</key>\n<string>https://gazette.example/a?x=1&amp;y=2</string></dict></plist>"
)


@pytest.mark.parametrize(
    ("name", "data", "url"),
    [
        ("a.webloc", PLIST, "https://gazette.example/a?x=1&y=2"),
        ("a.webloc", b"bplist00\xd1\x01\x02SURL_\x10\x17https://gazette.example/a\x08\x0b\x0f",
         "https://gazette.example/a"),
        ("a.url", (b"[DEFAULT]\r\nBASEURL=https://ads.example/x\r\n[InternetShortcut]\r\n"
         b"IconFile=https://x.example/i.ico\r\nURL=https://gazette.example/a\r\n"),
         "https://gazette.example/a"),
        ("a.url", "[InternetShortcut]\r\nURL=https://gazette.example/a".encode("utf-16"),
         "https://gazette.example/a"),
        ("a.txt", b"\nhttps://gazette.example/a\nsaved by hand", "https://gazette.example/a"),
        ("a.txt", b"The clerk pointed to https://t.example/abc on Monday.", ""),
        ("a.txt", b"https://t.example/abc is what the clerk pointed to.", ""),
    ],
)  # fmt: skip
def test_a_file_beside_a_page_is_read_for_the_pages_own_address(
    tmp_path: Path, name: str, data: bytes, url: str
) -> None:
    made.written(tmp_path / name, data)
    assert saved.address(b"<p>", tmp_path / "a.html") == url


@pytest.mark.parametrize(
    "head",
    [
        (
            "<!-- saved from url=(0036)https://gazette.example/a?x=1&amp;y=2 -->"
            '<link rel="canonical" href="https://gazette.example/">'
        ),
        (
            '<link rel="canonical" href="https://gazette.example">'
            '<meta property="og:url" content="https://gazette.example/a?x=1&amp;y=2">'
        ),
        '<link rel="canonical" href="//gazette.example/a?x=1&amp;y=2">',
        '<link rel="canonical shortlink" href="https://gazette.example/a?x=1&amp;y=2">',
    ],
)
def test_a_saved_page_is_of_the_page_it_names_and_not_of_its_site(
    tmp_path: Path, head: str
) -> None:
    found = saved.address(head.encode(), tmp_path / "a.html")
    assert found == "https://gazette.example/a?x=1&y=2"
    front = b'<link rel="canonical" href="https://gazette.example/">'
    assert saved.address(front, tmp_path / "a.html") == "https://gazette.example/"


def test_a_page_that_breaks_the_reader_costs_itself_alone(db: Db, tmp_path: Path) -> None:
    deep = b"<html><body>" + b"<div>" * 200_000 + b"Kabul and Islamabad"
    records = [*made.articles([2]), made.record(made.url(50), deep), *made.articles([4])]
    made.backfilled(db, made.written(tmp_path / "a.warc.gz", made.packed(records)))
    found = fates(db)
    assert found.pop("queued") == 2
    assert sum(found.values()) == 1


def test_what_was_learned_of_a_site_changes_no_text_of_its_pages(db: Db, tmp_path: Path) -> None:
    """The wrappers are frozen with the recipe; the texts are those that the extractor makes."""
    frozen = learned(db)
    assert texts(tmp_path, range(20, 30, 2), frozen) == texts(tmp_path, range(20, 30, 2), {})


def test_a_site_that_was_built_otherwise_has_the_extractors_texts(db: Db, tmp_path: Path) -> None:
    """What is kept of an archive was read by the extractor, however wrong the wrapper is by now."""
    said = (
        b"<p>Send the story of the day to a friend, please, and thank you for all your letters.</p>"
    )
    box = b'<div class="paid-content">' + said * 2 + b"</div>"
    old = {n: made.article(n).replace(b"</article>", box + b"</article>") for n in range(20, 40, 2)}
    frozen = learned(db)
    [wrapper] = frozen["gazette.example"]
    cut = cutter.cut(old[20], "text/html", [loaded] if (loaded := cutter.loaded(wrapper)) else [])
    assert cut is not None
    assert "to a friend" in cut.body
    records = [made.record(made.url(n), body) for n, body in old.items()]
    path = made.written(tmp_path / "old.warc.gz", made.packed(records))
    (span,) = cutting.cut(str(path)).spans
    worked = working.work(span, replace(made.recipe(), id="old", wrappers=frozen))
    assert len(worked.found) == 10
    assert not [one for one in worked.found if "to a friend" in one.reading.text.body]
    assert {one.reading.text.extractor.split()[0] for one in worked.found} == {"trafilatura"}


def texts(tmp_path: Path, numbers: range, frozen: dict[str, tuple[str, ...]]) -> list[str]:
    """Return the texts that a span of articles gives, read with what is known of their site."""
    path = made.written(tmp_path / "a.warc.gz", made.packed(made.articles(numbers)))
    (span,) = cutting.cut(str(path)).spans
    worked = working.work(span, replace(made.recipe(), id=str(len(frozen)), wrappers=frozen))
    return [one.reading.text.body for one in worked.found]


def learned(db: Db) -> dict[str, tuple[str, ...]]:
    """Have the site of the articles learned; return its trusted wrappers."""
    sites = taught.Sites(db, lambda: made.NOW)
    for number in range(0, 16, 2):
        page = Fetched(
            key=str(number), url=made.url(number), final_url=made.url(number), status=200,
            headers={"content-type": "text/html"}, body=made.article(number), fetched_at=made.NOW,
        )  # fmt: skip
        item = working.pending_of(made.url(number), Outlet(outlet="gazette.example"), made.NOW)
        sites.note(page, read_page(page, item, sites.known(page)))
    sites.close()
    known = [one for one in wrappers.listed(db) if one.state == "trusted"]
    assert known
    return {one.host: (one.wrapper,) for one in known}


def test_what_is_no_archive_is_refused_in_words(tmp_path: Path) -> None:
    cases = {
        "empty.warc.gz": (b"", "empty"),
        "page.warc.gz": (gzip.compress(b"<html>"), "not a WARC file"),
        "page.warc": (b"<html>", "not a WARC file"),
        "none.wacz": (b"", "empty"),
        os.fsdecode(b"\xff.warc"): (b"WARC/1.0", "not in UTF-8"),
    }
    for name, (data, said) in cases.items():
        with pytest.raises(SourceError, match=said):
            cutting.cut(str(made.written(tmp_path / name, data)))
    with pytest.raises(SourceError, match="no such file"):
        cutting.cut(str(tmp_path / "absent.warc"))
    os.mkfifo(tmp_path / "pipe.warc")
    with pytest.raises(SourceError, match="no regular file"):
        cutting.cut(str(tmp_path / "pipe.warc"))
    (tmp_path / "folder").mkdir()
    with pytest.raises(SourceError, match="no saved pages"):
        cutting.cut(str(tmp_path / "folder"))


def test_a_sample_foretells_and_keeps_nothing(tmp_path: Path) -> None:
    path = made.written(tmp_path / "a.warc.gz", made.packed(made.articles(range(30), every=3)))
    source = cutting.cut(str(path), cutting.Sizes(packed=2_000))
    said = forecasting.forecast(
        [source], made.recipe(), engine=made.Here(), n=12, stopped=lambda: False
    )
    assert 12 <= said.sampled < 30
    assert 20 <= said.records <= 40
    assert said.found_low <= 10 <= said.found_high


class Slowly(made.Here):
    """An engine of several readers, which take turns, and some time to start."""

    READERS, START, TURN = 4, 0.3, 0.02

    def run(
        self, spans: Iterable[Span], recipe: Recipe, *, stopped: Callable[[], bool]
    ) -> Iterator[Worked]:
        """Give the results as so many readers would: all of a turn at its end."""
        time.sleep(self.START)
        for at, worked in enumerate(super().run(spans, recipe, stopped=stopped)):
            if at % self.READERS == 0:
                time.sleep(self.TURN)
            yield worked

    def at_once(self) -> int:
        return self.READERS


def test_what_a_run_takes_is_told_of_all_readers_without_their_start(tmp_path: Path) -> None:
    """Of an archive of a hundred spans, and of one that has fewer than there are readers."""
    for of, per_span in ((200, 1), (3, 1)):
        records = [made.record(made.url(n), b"<p>" + b"x" * 400) for n in range(of)]
        path = made.written(tmp_path / "a.warc", b"".join(records))
        source = cutting.cut(str(path), cutting.Sizes(bare=len(records[0]) * per_span + 9))
        engine = Slowly()
        made_of = forecasting.forecast(
            [source], made.recipe(), engine=engine, n=3, stopped=lambda: False
        )
        due = len(source.spans) / engine.READERS * engine.TURN
        assert 0.5 * due < made_of.seconds < 2.5 * due + 0.02
        assert made_of.sampled <= of


def ran(folder: Path, *words: str) -> tuple[int, str, str]:
    place = ["--config", str(folder / "feeds.yaml"), "--data", str(folder / "data")]
    found = CliRunner().invoke(torkham, ["backfill", *words, *place])
    return found.exit_code, found.stdout, found.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    feeds = "feeds:\n  - {url: 'https://gazette.example/feed', outlet: Gazette}\n"
    (tmp_path / "feeds.yaml").write_text(feeds)
    return tmp_path


@pytest.mark.slow
def test_the_command_reads_judges_and_balances_its_books(folder: Path) -> None:
    """With children of its own; what it found is judged and stands in the ledger."""
    path = made.written(folder / "a.warc.gz", made.packed(RECORDS))
    code, out, err = ran(folder, str(path), "--workers", "1", "--json")
    assert code == 0, out + err
    said: dict[str, Any] = json.loads(out)
    assert said["fates"] == EXPECTED
    assert said["records"] == len(RECORDS)
    assert said["balanced"]
    assert said["ledger"]["queued"] == 4
    assert said["ledger"]["waiting"] == 0
    code, out, _ = ran(folder, "--list")
    assert "14 records = no page 3 + no name in it 4 + no article 1 (too short 1)" in out
    code, out, err = ran(folder, "--resume", "a-warc")
    assert code == 0, out + err


def test_the_command_refuses_in_words_what_it_cannot_do(folder: Path) -> None:
    path = made.written(folder / "a.warc", b"".join(made.articles([2])))
    addresses = made.written(folder / "list.txt", b"https://gazette.example/1\n")
    cases = [
        ([str(folder / "absent.warc")], "no such file"),
        ([str(path), str(addresses)], "two backfills"),
        ([str(path), "--since", "2026-01-01"], "an archive is taken whole"),
        ([str(addresses), "--engine", "dask"], "are for archives"),
        ([str(path), "--scheduler", "tcp://127.0.0.1:1"], "--engine dask"),
        ([str(path), "--name", "Not This"], "small letters"),
    ]
    for words, said in cases:
        code, out, err = ran(folder, *words)
        assert code == 2, words
        assert said in err, (words, out, err)


@pytest.mark.slow
def test_the_rows_are_the_same_whoever_reads(tmp_path: Path) -> None:
    """Two children of the machine's own engine write what this process alone would."""
    small = cutting.Sizes(packed=2_000)
    path = made.written(tmp_path / "a.warc.gz", made.packed(RECORDS))
    with closing(connect(tmp_path / "here.db")) as db:
        made.backfilled(db, path, sizes=small)
        here = dump(db)
    with closing(connect(tmp_path / "there.db")) as db, engines.engine(workers=2) as engine:
        made.backfilled(db, path, how=engine, sizes=small)
        assert dump(db) == here


def test_pages_of_the_sample_newsroom_are_found_in_an_archive(db: Db, tmp_path: Path) -> None:
    pages = list(made.newsroom_pages())[:12]
    records = [made.record(address, body) for address, body in pages]
    made.backfilled(db, made.written(tmp_path / "a.warc.gz", made.packed(records)))
    assert sum(fates(db).values()) == len(pages)
    assert backfills.get(db, "old").balanced


def test_the_line_on_the_way_says_how_far_how_fast_and_what_was_found() -> None:
    progress = writing.Progress(
        done=600_000_000, total=1_000_000_000, records=60_000, found=120, began=100_000_000,
        place="a",
    )  # fmt: skip
    line = archiving.line_of(progress, 10_000, 100.0)
    assert line.startswith("60,000 records, 600 of 1,000 MB, 500 a second, ")
    assert ", 1 min left" in line
    assert line.endswith("left; found 120")


def test_two_that_write_the_same_archive_are_told_and_nothing_is_doubled(
    db: Db, tmp_path: Path
) -> None:
    path = made.written(tmp_path / "a.warc.gz", made.packed(RECORDS))
    other = connect(tmp_path / "torkham.db")

    def meanwhile(_worked: Worked) -> None:
        if not fates(other):
            made.backfilled(other, path)

    with closing(other), pytest.raises(StoreError, match="another run is writing it"):
        made.backfilled(db, path, how=made.Here(meanwhile))
    assert fates(db) == EXPECTED
    assert backfills.get(db, "old").balanced


def grown(path: Path, megabytes: int, folder: Path) -> int:
    """Kilobytes by which this process grew in going through an archive of that size."""
    page = made.article(1, on_topic=False)
    filler = random.Random(1).randbytes(60_000).hex().encode()  # noqa: S311 - no secret
    with path.open("wb") as out:
        number = 0
        while out.tell() < megabytes * 1_000_000:
            number += 1
            body = page.replace(b"</body>", b"<!--" + filler + b"--></body>")
            out.write(gzip.compress(made.record(made.url(number), body), 1, mtime=0))
    with closing(connect(folder / "torkham.db")) as db, engines.engine(workers=1) as engine:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        made.backfilled(db, path, how=engine)
        assert sum(fates(db).values()) == number
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before


@pytest.mark.slow
def test_going_through_an_archive_takes_little_memory(tmp_path: Path) -> None:
    assert grown(tmp_path / "a.warc.gz", 25, tmp_path) < 80_000


@pytest.mark.long
def test_going_through_a_large_archive_takes_no_more_memory(tmp_path: Path) -> None:
    assert grown(tmp_path / "a.warc.gz", 300, tmp_path) < 80_000


# --- what was known by its headline ---------------------------------------------------------

TOLD = "Talks go on, the feed said"


def entered(db: Db, number: int, *, failed: bool) -> int:
    """An article that a feed told of; its page was not read yet, or could not be had."""
    row = {
        "url": made.url(number), "canonical_url": made.url(number), "host": "gazette.example",
        "title": TOLD, "published": "2026-03-10T04:00:00+00:00",
    }  # fmt: skip
    with write(db):
        article = entering.entered(db, "live", [row], made.NOW)[made.url(number)]
    item = articles.as_wanted(db, article)
    assert item is not None
    if failed:
        gone = FetchFailed(
            key=str(article), url=item.url, fault=Fault.CONNECT, detail="", fetched_at=made.NOW
        )
        kept(db, item, gone, None, made.NOW, lexicon=load_lexicon())
    return article


def text_of(db: Db, article: int) -> tuple[str, str, str, str]:
    sql = """SELECT a.text_from, v.title, v.body, coalesce(a.published_at, '') AS at FROM articles a
        LEFT JOIN versions v ON v.article = a.id AND v.version = a.version WHERE a.id = ?"""
    (row,) = fetch(db, sql, (article,))
    return row["text_from"], row["title"], row["body"] or "", row["at"]


@pytest.mark.parametrize("failed", [True, False], ids=["failed", "waiting"])
def test_an_article_known_by_its_headline_gets_the_text_that_an_archive_has(
    db: Db, tmp_path: Path, failed: bool
) -> None:
    article = entered(db, 2, failed=failed)
    path = made.written(tmp_path / "a.warc.gz", made.packed(made.articles([2, 4])))
    made.backfilled(db, path)
    kind, title, body, at = text_of(db, article)
    assert (kind, title, at[:10]) == ("page", TOLD, "2026-03-10")
    assert "round 2 of talks about the TTP" in body
    stands = archived.find(db, article)
    assert stands is not None
    assert stands.url == made.url(2)
    assert fates(db) == {"queued": 1, "duplicate": 1}
    assert backfills.get(db, "old").balanced
    before = dump(db)
    made.backfilled(db, path, name="again")
    assert fates(db, "again") == {"duplicate": 2}
    told = [line for line in dump(db) if line not in before]
    assert not [line for line in told if line.startswith(("version", "articles", "archive_finds"))]


def test_a_text_that_was_removed_does_not_come_back_from_an_archive(db: Db, tmp_path: Path) -> None:
    article = entered(db, 2, failed=True)
    removals.request(db, article, by="somebody", why="asked for", now=made.NOW)
    path = made.written(tmp_path / "a.warc.gz", made.packed(made.articles([2])))
    made.backfilled(db, path)
    assert text_of(db, article)[0] == "headline"
    assert fates(db) == {"duplicate": 1}
