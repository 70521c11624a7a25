"""Pages as they were fetched: kept, read again by a newer extractor, handed out, let go of."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from monitor.cli.main import torkham
from monitor.exports.pages import write_pages
from store import articles, feeds, pages, search

if TYPE_CHECKING:
    from pathlib import Path

    from tests.flow.newsroom import Hands, Installation, Newsroom

warcio = pytest.importorskip("warcio.archiveiterator")
pytest.importorskip("fastwarc")
_NOW = datetime(2026, 3, 12, tzinfo=UTC)


def run(here: Installation, *jobs: str, clock: Any = None) -> None:
    with here.app(clock) as app:
        for job in jobs or ("poll", "harvest", "judge"):
            app.run_job(job)


def files(here: Installation) -> list[Path]:
    return sorted((here.data / "pages").rglob("*.gz"))


def asked(here: Installation, *words: str) -> Result:
    """Run a command in this process: nothing of it concerns the process."""
    place = ["--config", str(here.folder / "feeds.yaml"), "--data", str(here.data)]
    return CliRunner().invoke(torkham, [*words, *place])


def test_a_page_is_kept_byte_for_byte_with_how_it_was_had(
    newsroom: Newsroom, here: Installation
) -> None:
    story = newsroom.publish("gazette", on_topic=True)
    here.configure()
    run(here)
    (file,) = files(here)
    assert gzip.decompress(file.read_bytes()) == (newsroom.page(story.path) or "").encode()
    with here.store() as db:
        row = pages.get(db, 1)
        assert row is not None
        assert (row.version, row.source, row.status) == (1, "page", 200)
        assert row.final_url == newsroom.url(story)
        assert row.headers["content-type"] == "text/html"
        assert pages.body(db, row) == (newsroom.page(story.path) or "").encode()
        assert sha256(pages.body(db, row) or b"").hexdigest() == row.sha256 == file.stem
        file.write_bytes(file.read_bytes()[:-90])
        assert pages.body(db, row) is None, "what was damaged is not handed out as the page"


def test_what_a_feed_carried_is_kept_as_it_carried_it(
    newsroom: Newsroom, here: Installation, made_up: Any
) -> None:
    body = made_up.prose(41, on_topic=True, sentences=30)
    story = newsroom.publish("gazette", "TTP talks resume", body=body, in_feed=True)
    here.configure()
    run(here)
    assert story.path not in newsroom.asked
    with here.store() as db:
        row = pages.get(db, 1)
        assert row is not None
        assert row.source == "feed"
        assert (pages.body(db, row) or b"").startswith(b"<p>")


def test_after_two_days_only_what_is_wanted_stays_and_the_books_balance(
    newsroom: Newsroom, here: Installation, made_up: Any
) -> None:
    """Until then each page stays: a person may accept on Tuesday what came on Monday."""
    newsroom.publish("gazette", on_topic=True)
    dull, accepted = newsroom.publish("gazette"), newsroom.publish("gazette")
    here.configure()
    clock: Hands = made_up.Hands()
    run(here, clock=clock)
    assert len(files(here)) == 3
    clock.forward(days=1)
    run(here, "tidy", clock=clock)
    assert len(files(here)) == 3
    with here.store() as db:
        (row,) = db.query("SELECT id FROM articles WHERE url = ?", [newsroom.url(accepted)])
        made_up.decide(db, row["id"], "relevant", clock())
    clock.forward(days=2)
    run(here, "tidy", clock=clock)
    assert len(files(here)) == 2
    with here.store() as db:
        books = pages.space(db)
        assert pages.balanced(books)
        assert {what: held.n for what, held in books.items() if held.n} == {
            "taken": 3, "kept": 2, "unwanted": 1
        }  # fmt: skip
        (row,) = db.query("SELECT id FROM articles WHERE url = ?", [newsroom.url(dull)])
        assert pages.get(db, row["id"]) is None
    clock.forward(days=366)
    run(here, "tidy", clock=clock)
    assert not files(here)
    with here.store() as db:
        assert pages.balanced(pages.space(db))
        assert pages.get(db, 1) is not None, "that it was fetched, when and as what, is known still"


def test_an_outlets_own_rule_lets_text_and_pages_go_and_leaves_the_record(
    newsroom: Newsroom, here: Installation, made_up: Any
) -> None:
    newsroom.publish("gazette", on_topic=True)
    newsroom.publish("herald", on_topic=True)
    here.configure(retention={"outlets": {"Gazette": {"text_days": 30, "pages_days": 0}}})
    clock: Hands = made_up.Hands()
    run(here, clock=clock)
    assert len(files(here)) == 1, "of the Gazette no page is kept at all"
    with here.store() as db:
        (mine,) = [row["id"] for row in db.query("SELECT id FROM articles WHERE feed = 'gazette'")]
        before = articles.text(db, mine)
        made_up.decide(db, mine, "relevant", clock())
        books = made_up.books(db)
    clock.forward(days=31)
    run(here, "tidy", clock=clock)
    with here.store() as db:
        text, row = articles.text(db, mine), articles.get(db, mine)
        assert text is not None
        assert before is not None
        assert row is not None
        assert (text.body, text.text_hash) == ("", before.text_hash)
        assert (text.removed_by, text.removed_at) == ("the settings", clock())
        assert text.removed_why == "Texts of Gazette are held for 30 days."
        assert (row.decision, row.title) == ("relevant", before.title)
        assert made_up.books(db) == books
        assert {hit.outlet for hit in search.search(db, "Torkham", limit=10)} == {"Herald"}


def test_a_text_removed_on_request_is_gone_everywhere_and_never_comes_back(
    newsroom: Newsroom, here: Installation, made_up: Any
) -> None:
    story = newsroom.publish("gazette", on_topic=True)
    here.configure()
    clock: Hands = made_up.Hands()
    run(here, clock=clock)
    assert asked(here, "pages", "remove", "1", "--why", " ").exit_code == 2
    assert asked(here, "pages", "remove", "99", "--why", "The author").exit_code == 1
    asking = ("--why", "The author asked for it", "--by", "Rabia", "--json")
    first = json.loads(asked(here, "pages", "remove", "1", *asking).output)
    assert (first["texts"], first["by"]) == (1, "Rabia")
    again = asked(here, "pages", "remove", "1", "--why", "Once more", "--json")
    assert json.loads(again.output)["why"] == "The author asked for it"
    assert not files(here)
    story.title += ", amended"
    story.body += " And more."
    clock.forward(days=8)
    run(here, "poll", "harvest", "judge", "reread", clock=clock)
    with here.store() as db:
        assert [one.body for one in articles.versions(db, 1)] == [""]
        assert not search.search(db, "Torkham", limit=10)
        assert pages.balanced(pages.space(db))
        assert not list(db.query("SELECT 1 FROM items WHERE content_html IS NOT NULL"))
    assert newsroom.asked.count(story.path) == 1


_SIGN = "Quillback"  # stands in every sentence of the text, before another word
_PAIRS = ("quillback talks", "quillback bombing", "quillback gates", "quillback crossing")


def test_no_sentence_of_a_removed_text_stays_anywhere_in_the_store(
    newsroom: Newsroom, here: Installation
) -> None:
    """Not beside a figure, in a quotation, in what a rule caught, in a digest or in a message."""
    body = (
        f'Pakistan and the Afghan Taliban held {_SIGN} talks on "the TTP & trade" in Sorkhab.\n'
        f"At least nine soldiers were killed in the {_SIGN} bombing by the TTP, police said.\n"
        f'"We will not rest before the {_SIGN} gates are open," said minister Sadia Qureshi.\n'
        f"Afghan refugees who passed the {_SIGN} crossing spoke of fear of strikes by Islamabad."
    )
    newsroom.publish("gazette", on_topic=True, body=body, title="Nine killed as TTP talks resume")
    here.configure(alerts=[{"name": "ttp", "any": ["TTP"]}])
    run(here, "poll", "harvest", "judge", "alert", clock=lambda: _NOW)
    run(here, "digest", clock=lambda: _NOW + timedelta(hours=3))  # past seven in Karachi
    held = set(_holding(here))
    assert held >= {"claims", "quotes", "firings", "outbox", "editions", "version_rows", "articles"}
    done = asked(here, "pages", "remove", "1", "--why", "The outlet asked for it")
    assert done.exit_code == 0, done.output
    assert _holding(here) == []
    with here.store() as db:
        (figure,) = db.query("SELECT least, text, sentence FROM claims WHERE part = 'body'")
        assert figure == {"least": 9, "text": "At least nine", "sentence": ""}
        assert list(db.query("SELECT 1 FROM editions WHERE instr(page, '[removed]')"))
        assert articles.text(db, 1).title == "Nine killed as TTP talks resume"  # type: ignore[union-attr]


def _holding(here: Installation) -> list[str]:
    """The tables in which words of the text stand as they stood there, one beside the other."""
    with here.store() as db:
        found = {table.name: str(list(table.rows)).casefold() for table in db.tables}
    return [name for name, rows in found.items() if any(pair in rows for pair in _PAIRS)]


def test_a_crash_leaves_no_file_behind_for_long(
    newsroom: Newsroom, here: Installation, made_up: Any
) -> None:
    newsroom.publish("gazette", on_topic=True)
    here.configure()
    clock: Hands = made_up.Hands()
    run(here, clock=clock)
    (kept,) = files(here)
    for name in (f"{'0' * 64}.gz", f"{kept.stem}.part"):
        (kept.parent / name).write_bytes(b"left by a crash")
    run(here, "tidy", clock=clock)
    assert sorted(kept.parent.iterdir()) == [kept]


# --- read again -----------------------------------------------------------------------------


def older(here: Installation) -> None:
    """Let the texts be as an older extractor gave them: the end missed, and a menu for a start."""
    with here.store() as db, db.conn:
        db.conn.execute(
            "UPDATE version_rows SET body = 'Home News Sport' || char(10) || substr(body, 1, 400),"
            " extractor = 'trafilatura 0.1', text_hash = 'older' || article WHERE article = 1"
        )
        db.conn.execute("UPDATE articles SET text_hash = 'older' || id WHERE id = 1")
    with here.store() as db:
        search.reindex(db)


@pytest.mark.slow
def test_reading_again_shows_what_would_change_and_changes_it_when_told_to(
    newsroom: Newsroom, here: Installation, made_up: Any
) -> None:
    """A decision stands on the version it was made on; a second run finds nothing more to do."""
    newsroom.publish("gazette", on_topic=True)
    newsroom.publish("gazette", on_topic=True)
    here.configure()
    run(here)
    older(here)
    with here.app() as app, here.store() as db:
        made_up.decide(db, 1, "relevant", app.clock())
    seen = asked(here, "pages", "reextract", "--json")
    assert seen.exit_code == 0, seen.output
    *changes, told = map(json.loads, seen.output.splitlines())
    assert (told["pages"], told["changed"], told["same"], told["applied"]) == (2, 1, 1, False)
    assert [row["article"] for row in changes] == [1]
    assert changes[0]["came"] > changes[0]["went"] >= 3
    assert changes[0]["before"] is not None
    assert len(here.rows("SELECT 1 FROM versions WHERE article = 1")) == 1
    assert asked(here, "pages", "reextract", "--apply").exit_code == 0
    first, second = here.rows("SELECT * FROM versions WHERE article = 1 ORDER BY version")
    assert first["extractor"] == "trafilatura 0.1"
    assert second["extractor"].startswith("trafilatura ")
    assert "Home News Sport" not in second["body"]
    assert here.rows("SELECT version FROM decisions WHERE article = 1") == [{"version": 1}]
    run(here, "judge")
    assert here.rows("SELECT version FROM verdicts WHERE article = 1 ORDER BY id")[-1] == {
        "version": 2
    }
    last = asked(here, "pages", "reextract", "--apply", "--json")
    assert json.loads(last.output.splitlines()[-1])["changed"] == 0
    assert len(here.rows("SELECT 1 FROM versions WHERE article = 1")) == 2
    with here.store() as db:
        assert pages.balanced(pages.space(db))
    assert len(files(here)) == 2


# --- handed out -----------------------------------------------------------------------------


def test_a_warc_is_read_back_by_another_program_record_by_record(
    newsroom: Newsroom, here: Installation
) -> None:
    stories = [newsroom.publish("gazette", on_topic=True) for _ in range(3)]
    here.configure()
    run(here)
    out = io.BytesIO()
    with here.store() as db:
        now = pages.listed(db)
        assert not now, "they are on trial still"
        assert write_pages(db, out, (1, 2, 3, 3, 99), form="warc", now=_NOW, software="T 1") == 3
        second = io.BytesIO()
        write_pages(db, second, (1, 2, 3), form="warc", now=_NOW, software="T 1")
    assert out.getvalue() == second.getvalue()
    out.seek(0)
    found: dict[str, bytes] = {}
    kinds = []
    for record in warcio.ArchiveIterator(out, check_digests="raise"):
        kinds.append(record.rec_type)
        if record.rec_type == "response":
            url = record.rec_headers.get_header("WARC-Target-URI")
            found[url] = record.content_stream().read()
            assert record.http_headers.get_statuscode() == "200"
            assert record.http_headers.get_header("Content-Type") == "text/html"
        elif record.rec_type == "metadata":
            assert b"article: " in record.content_stream().read()
    assert kinds == ["warcinfo", *["response", "metadata"] * 3]
    assert found == {newsroom.url(s): (newsroom.page(s.path) or "").encode() for s in stories}


def test_a_wacz_holds_together_entry_by_entry(newsroom: Newsroom, here: Installation) -> None:
    """Every hash is right, and each line of the index leads to the very record of its page."""
    stories = [newsroom.publish("gazette", on_topic=True) for _ in range(3)]
    here.configure()
    run(here)
    out, again = io.BytesIO(), io.BytesIO()
    with here.store() as db:
        for file in (out, again):
            assert write_pages(db, file, (1, 2, 3), form="wacz", now=_NOW, software="T 1") == 3
    assert out.getvalue() == again.getvalue()
    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
        package = archive.read("datapackage.json")
        told = json.loads(package)
        assert (told["profile"], told["wacz_version"]) == ("data-package", "1.1.1")
        for one in told["resources"]:
            data = archive.read(one["path"])
            assert (one["hash"], one["bytes"]) == (f"sha256:{sha256(data).hexdigest()}", len(data))
        digest = json.loads(archive.read("datapackage-digest.json"))
        assert digest["hash"] == f"sha256:{sha256(package).hexdigest()}"
        head, *listed = map(json.loads, archive.read("pages/pages.jsonl").splitlines())
        assert head["format"] == "json-pages-1.0"
        assert {row["url"] for row in listed} == {newsroom.url(story) for story in stories}
        lines = archive.read("indexes/index.cdx").decode().splitlines()
        assert lines == sorted(lines)
        warc = archive.read("archive/data.warc.gz")
    for line in lines:
        key, stamp, rest = line.split(" ", 2)
        place = json.loads(rest)
        assert key.startswith("1,0,0,127:")
        assert len(stamp) == 14
        start, length = int(place["offset"]), int(place["length"])
        record = next(iter(warcio.ArchiveIterator(io.BytesIO(warc[start : start + length]))))
        assert record.rec_headers.get_header("WARC-Target-URI") == place["url"]
        body = record.content_stream().read()
        assert sha256(body).hexdigest() == place["digest"].removeprefix("sha256:")
        assert body == (newsroom.page(place["url"].removeprefix(newsroom.base)) or "").encode()


def test_a_feeds_own_text_is_a_resource_and_no_answer_of_a_server(
    newsroom: Newsroom, here: Installation, made_up: Any
) -> None:
    body = made_up.prose(41, on_topic=True, sentences=30)
    newsroom.publish("gazette", "TTP talks resume", body=body, in_feed=True)
    here.configure()
    run(here)
    out = io.BytesIO()
    with here.store() as db:
        assert feeds.states(db)
        write_pages(db, out, [1], form="warc", now=_NOW + timedelta(days=1), software="T 1")
    out.seek(0)
    kinds = [record.rec_type for record in warcio.ArchiveIterator(out, check_digests="raise")]
    assert kinds == ["warcinfo", "resource", "metadata"]
