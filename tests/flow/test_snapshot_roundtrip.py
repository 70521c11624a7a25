"""A snapshot leaves one store and is the same in another: the promise a paper rests on."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from monitor.cli.main import torkham
from monitor.exports import checking
from monitor.exports.opening import ExportError
from store import articles, facets, feeds, imports, ledger, removals, reviews, snapshots, tags
from store.db import Db, connect
from store.learned import Label, Member
from store.members import members
from store.polls import FeedSpec, FeedState, FoundEntry, PollRecord
from store.types import StoredText, VerdictRow

T0 = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
SETTINGS = """\
team: {name: The Lantern desk, time_zone: Asia/Karachi}
feeds:
  - {key: lantern, url: 'https://lantern.example/feed', outlet: Lantern Post, enabled: false}
"""
OUTLETS = {"lantern": ("Lantern Post", "pakistan"), "harbour": ("=Harbour", "afghanistan")}
URDU = "طورخم پر مذاکرات دوبارہ شروع، ’تجارت‘ کھلنے کی امید"
PASHTO = "په تورخم کې خبرې اترې بیا پیل شوې او لارې پرانیستل شوې"
CYRILLIC = "Переговоры на границе возобновлены после дождей"
HOSTILE = (
    '=HYPERLINK("https://evil.example";"press")', "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)",
    "'already quoted", "\t=1+1", "\r\n=2+2", " =3+3", "＝4+4", "007", "1/2", "1E5", "null", "",
    "a\x00b", "two\r\nlines", "bell\x07", "}{unbalanced\\ \\input{x} %50 $& #_~^",
    "ER  - \nTY  - X",
    '<b>bold</b> & "quoted", with; commas', "'json:\"x\"", "---\nnot: front",
    "emoji 🕊 family 👨‍👩‍👧",
    "\u2028line\u2029para\x85next", "\ufeffmark", "True", "None", "nan",
)  # fmt: skip


class Desk:
    """A store that people worked in: feeds polled, texts read and judged, decisions made."""

    def __init__(self, db: Db) -> None:
        self.db = db
        self.minute = 0
        self.specs = [
            FeedSpec(key=key, url=f"https://{key}.example/feed", outlet=outlet, side=side,
                     language="en")
            for key, (outlet, side) in OUTLETS.items()
        ]  # fmt: skip
        feeds.sync(db, self.specs, T0)

    def at(self) -> datetime:
        self.minute += 7
        return T0 + timedelta(minutes=self.minute)

    def article(self, name: str, title: str, body: str, feed: str = "lantern", **more: Any) -> int:
        spec = next(s for s in self.specs if s.key == feed)
        url, now = f"https://{feed}.example/{name}", self.at()
        entry = FoundEntry(
            key=name, item_hash=name, guid=name, url=url, canonical_url=url, title=title,
            summary="", content_html=None, author=None, language=more.get("language", "en"),
            published_at=now - timedelta(hours=2), published_original=None,
        )  # fmt: skip
        state = FeedState(spec=spec, polls=1, condition="ok", last_ok_at=now)
        feeds.save_poll(
            self.db, PollRecord(state=state, at=now, outcome="ok", listed=1, found=(entry,))
        )
        number = ledger.why(self.db, url, "").items[0].article
        assert number is not None
        text = StoredText(
            article=number, title=title, body=body, author=more.get("author"), sketch=(),
            language=more.get("language", "en"), published_at=now - timedelta(hours=2),
            published_original=None, published_source="feed", extractor="test", text_from="page",
            text_hash=sha256(body.encode()).hexdigest(), title_key=title, scheme="test",
        )  # fmt: skip
        articles.save_text(self.db, text, now)
        verdict = VerdictRow(
            article=number, version=1, topic="pak_afg_ttp", model="cold", lexicon="lex 1",
            score=more.get("score", 0.83), relevant=True, topics=("border", "trade"),
            evidence="{}", route=more.get("route", "queue"), route_why="", probability=1.0,
            disposition="queued" if more.get("route", "queue") == "queue" else "rejected",
            threshold=0.1, calibrated=False,
        )  # fmt: skip
        articles.save_verdicts(self.db, [verdict], [], now)
        return number

    def decide(self, article: int, answer: Any, by: str = "rida", **more: Any) -> int:
        return reviews.decide(self.db, article=article, answer=answer, by=by, now=self.at(), **more)


def worked(db: Db) -> Desk:
    """Fill a store with all that a snapshot may hold."""
    desk = Desk(db)
    for n, title in enumerate(HOSTILE):
        number = desk.article(f"h{n}", title, f"{title}\r\nText {n} of the hostile sort.",
                              feed="harbour" if n % 2 else "lantern")  # fmt: skip
        desk.decide(number, "relevant" if n % 3 else "not_relevant", note=title, reasons=["=1+1"])
    for n, title in enumerate((URDU, PASHTO, CYRILLIC, "Talks at the salt road resume again")):
        number = desk.article(f"s{n}", title, f"{title}۔\n\n{title} {n}", language="ur")
        desk.decide(number, "relevant")
        tags.add(db, article=number, tags=["check", "=tag", URDU[:20]], by="sam", now=desk.at())
    changed = desk.article("changed", "The crossing opens for a day", "One text.", author="A. =B")
    desk.decide(changed, "not_relevant")
    reviews.undo(db, article=changed, by="rida", now=desk.at())
    desk.decide(changed, "unsure", by="sam")
    desk.decide(changed, "relevant", by="sam", note="after a second look", reasons=["names both"])
    facets.correct(db, article=changed, topics=["talks"], by="sam", now=desk.at())
    drawn = desk.article("drawn", "Mulberry prices rise once more", "Fruit.", route="sample",
                         score=0.02)  # fmt: skip
    desk.decide(drawn, "not_relevant", by="sam")
    left = desk.article("left", "Nobody could tell about this one", "Unclear.")
    desk.decide(left, "unsure")
    copy = desk.article("copy", "Talks at the salt road resume again", "The same.", feed="harbour")
    desk.decide(copy, "relevant", by="sam")
    imports.add(db, [seed(n) for n in range(3)])
    return desk


def seed(n: int) -> Label:
    return Label(
        id=f"import:{n:016x}", title=f"=An essay {n}", body=f"Essay\x00 {n} on {URDU}", outlet="",
        language=None, side=None, relevant=True, origin="import", by="import", at=T0,
        topics=("talks",), url="https://essays.example/1" if n else None,
    )  # fmt: skip


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that was worked in, made once and copied for each test."""
    folder = place(tmp_path_factory.mktemp("filled") / "home")
    with store(folder) as db:
        worked(db)
    return folder


@pytest.fixture
def home(filled: Path, tmp_path: Path) -> Path:
    shutil.copytree(filled, tmp_path / "home")
    return tmp_path / "home"


def place(folder: Path) -> Path:
    folder.mkdir()
    (folder / "feeds.yaml").write_text(SETTINGS)
    return folder


def store(folder: Path) -> Any:
    return closing(connect(folder / "data/torkham.db"))


def run_in(folder: Path, *words: object, code: int = 0, zone: str = "UTC") -> Result:
    given = [*map(str, words), "--config", str(folder / "feeds.yaml"), "--data",
             str(folder / "data")]  # fmt: skip
    result = CliRunner().invoke(torkham, given, env={"TZ": zone})
    assert result.exit_code == code, result.output
    return result


def taken(folder: Path, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        run_in(folder, "corpus", "snapshot", "--json", **more).stdout
    )
    return found


def test_twice_is_the_same_snapshot_also_elsewhere_and_in_another_zone(
    home: Path, tmp_path: Path
) -> None:
    first = taken(home, zone="Asia/Karachi")
    assert taken(home, zone="America/St_Johns") == first
    other = place(tmp_path / "other")
    with store(other) as db:
        Desk(db).article("unlike", "Other rows come first here", "So that numbers differ.")
        worked(db)
    assert taken(other)["id"] == first["id"]


@pytest.mark.slow
@pytest.mark.parametrize("form", ["jsonl", "csv", "folder", "zip"])
def test_what_was_exported_is_the_same_snapshot_in_an_empty_store(
    home: Path, tmp_path: Path, form: str
) -> None:
    run_in(home, "corpus", "snapshot", "--note", "the first")
    with store(home) as db:
        desk = Desk(db)
        removed = desk.article("gone", "A text that was taken down", "It said much.")
        desk.decide(removed, "relevant")
        removals.request(db, removed, by="rida", why="on request", now=desk.at())
        before = members(db)
    first = taken(home)
    out = tmp_path / f"out.{form}" if form != "folder" else tmp_path / "out"
    named = ["--format", form] if form in {"jsonl", "csv"} else ["--snapshot", first["id"][:12]]
    run_in(home, "corpus", "export", *named, "--out", out)
    other = place(tmp_path / "other")
    run_in(other, "corpus", "import", out)
    with store(other) as db:
        assert members(db) == before
    again = taken(other)
    assert again["id"] == first["id"]
    if form in {"folder", "zip"}:
        assert again["model"] == first["model"]
        assert again["created_at"] == first["created_at"]
        run_in(other, "corpus", "export", "--snapshot", first["id"], "--out", tmp_path / "2.zip")
        run_in(home, "corpus", "export", "--snapshot", first["id"], "--out", tmp_path / "1.zip")
        assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()
    assert json.loads(run_in(other, "corpus", "import", out, "--json").stdout)["new"] == 0


def test_a_snapshot_stays_as_it_was_when_decisions_change_and_texts_are_edited(home: Path) -> None:
    first = taken(home)
    with store(home) as db:
        held = snapshots.held_by(db, first["id"])
        number = desk_article(db, "https://lantern.example/s0")
        reviews.decide(
            db, article=number, answer="not_relevant", by="new", now=T0 + timedelta(days=9)
        )
        db.execute("UPDATE version_rows SET body = 'rewritten', title = 'other'")
        db.conn.commit()
        assert snapshots.held_by(db, first["id"]) == held
        (line,) = [m for m in held if m.id == "https://lantern.example/changed"]
        assert [(h.answer, h.by, h.undoes) for h in line.history] == [
            ("not_relevant", "rida", None), (None, "rida", 0), ("unsure", "sam", None),
            ("relevant", "sam", None),
        ]  # fmt: skip
        assert (line.history[3].model, line.history[3].score) == ("cold", 0.83)
        assert line.history[3].reasons == ("names both",)
        assert line.topics == ("talks",)
    second = taken(home)
    assert second["id"] != first["id"]
    listed = json.loads(run_in(home, "corpus", "snapshots", "--json").stdout)
    assert [one["id"] for one in listed] == [second["id"], first["id"]]
    told = json.loads(run_in(home, "corpus", "show", "last", "--json").stdout)["datasheet"]
    assert told["changes"]["since"] == first["id"]
    assert told["changes"]["text_changed"] > 0


def desk_article(db: Db, url: str) -> int:
    found = ledger.why(db, url, "").items[0].article
    assert found is not None
    return found


def test_a_snapshot_is_of_one_moment_however_people_decide_meanwhile(home: Path) -> None:
    """Else an answer stands beside a history that takes it back, for good."""
    with store(home) as db, store(home) as other:
        if db.conn.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            pytest.skip("without a WAL journal who writes waits for who reads")
        before = members(db)
        changed = next(m for m in before if m.id.endswith("/changed"))
        number = ledger.why(db, changed.url or "", "").items[0].article
        assert number is not None
        waiting = [number]

        def between(statement: str) -> None:
            if waiting and "FROM decisions d" in statement:
                reviews.undo(other, article=waiting.pop(), by="sam", now=T0 + timedelta(days=9))

        db.conn.set_trace_callback(between)
        held = members(db)
        db.conn.set_trace_callback(None)
        assert waiting == [], "it was undone while the corpus was read"
        assert held == before
        assert changed not in members(db)


def test_who_comes_back_to_an_earlier_corpus_is_told_that_the_last_one_is_another(
    home: Path,
) -> None:
    """The next step of citing it is `show last`, which is not what was just taken."""
    first = taken(home)["id"]
    assert "nothing has changed since" in run_in(home, "corpus", "snapshot").stdout
    with store(home) as db:
        number = ledger.why(db, "https://lantern.example/s1", "").items[0].article
        assert number is not None
        tags.add(db, article=number, tags=["new"], by="sam", now=T0 + timedelta(days=9))
    assert taken(home)["id"] != first
    with store(home) as db:
        tags.remove(db, article=number, tag="new", by="sam", now=T0 + timedelta(days=10))
    told = run_in(home, "corpus", "snapshot").stdout
    assert told.startswith(first)
    assert "`last` is another one" in told


def test_a_removed_text_leaves_its_record_and_the_snapshot_its_hash(
    home: Path, tmp_path: Path
) -> None:
    first = taken(home)
    file = tmp_path / "references.jsonl"
    run_in(home, "corpus", "export", "--format", "references", "--out", file)
    whole = json.loads(run_in(home, "corpus", "check", file, "--json").stdout)
    assert (whole["here"], whole["missing"]) == (whole["texts"], 0)
    with store(home) as db:
        number = desk_article(db, "https://lantern.example/s0")
        removals.request(db, number, by="rida", why="the outlet asked", now=T0)
    assert taken(home)["id"] == first["id"]
    told = json.loads(run_in(home, "corpus", "check", file, "--json").stdout)
    assert (told["here"], told["missing"]) == (whole["here"] - 1, 1), "nobody can read it here"
    run_in(home, "corpus", "export", "--snapshot", "last", "--out", tmp_path / "s.zip")
    with zipfile.ZipFile(tmp_path / "s.zip") as box:
        for name in box.namelist():
            assert URDU.encode() + "۔\n\n".encode() not in box.read(name), name
        rows = [json.loads(line) for name in box.namelist() if name.endswith("texts.jsonl")
                for line in box.read(name).splitlines()]  # fmt: skip
    (row,) = [row for row in rows if row["id"] == "https://lantern.example/s0"]
    assert (row["body"], row["text_kept"], row["title"]) == (None, False, URDU)
    assert row["sha256"] == sha256(f"{URDU}۔\n\n{URDU} 0".encode()).hexdigest()
    run_in(home, "corpus", "check", tmp_path / "s.zip")


BROKEN = {
    "another text": ({"body": "another text"}, "sha256"),
    "no hash": ({"sha256": None}, "sha256"),
    "half a pair": ({"title": "half \ud800 a pair"}, "surrogates"),
    "half a pair in the text": ({"body": "half \udfff a pair"}, "surrogates"),
    "no instant": ({"at": "yesterday"}, "at"),
    "an instant without a zone": ({"at": "2026-01-01T00:00:00"}, ""),
    "no answer": ({"relevant": "perhaps"}, "relevant"),
    "a script for an id": ({"id": "javascript:alert(1)"}, "id"),
    "a script for an address": ({"url": "javascript:alert(1)"}, "url"),
    "no history": ({"history": [{"answer": "relevant"}]}, "history"),
    "no list": ({"topics": "talks"}, "topics"),
    "another format": ({"format": "torkham.corpus/9"}, "format"),
}


@pytest.mark.slow
def test_lines_that_were_changed_are_refused_each_with_why_and_the_others_come_in(
    home: Path, tmp_path: Path
) -> None:
    rows = [json.loads(x) for x in run_in(home, "corpus", "export").stdout.splitlines()]
    good, last = rows[0], rows[1]
    file = tmp_path / "changed.jsonl"
    lines = [json.dumps(good), *(json.dumps(last | cells) for cells, _ in BROKEN.values())]
    lines += ["[1]", "{", '{"a":' * 5000, json.dumps(good), json.dumps(last)]
    file.write_text("\n".join(lines) + "\n")
    other = place(tmp_path / "other")
    told = json.loads(run_in(other, "corpus", "import", file, "--json", code=1).stdout)
    assert (told["read"], told["new"]) == (2, 2)
    assert len(told["refused"]) == len(BROKEN) + 4
    for row, (name, (_, word)) in zip(told["refused"], BROKEN.items(), strict=False):
        assert word in row["why"], (name, row)
    with store(other) as db:
        assert [m.id for m in members(db)] == sorted([good["id"], last["id"]])
    run_in(other, "corpus", "check", file, code=1)


@pytest.mark.parametrize(
    ("written", "coding"),
    [
        ({"delimiter": ";"}, "utf-8-sig"), ({"delimiter": "\t"}, "utf-8"),
        ({"quoting": csv.QUOTE_ALL}, "utf-8"),
        ({"lineterminator": "\r", "quoting": csv.QUOTE_ALL}, "utf-8"),
        ({"lineterminator": "\n"}, "utf-8-sig"),
    ],
    ids=["semicolons", "tabs", "all quoted", "CR", "LF"],
)  # fmt: skip
def test_a_table_comes_back_however_another_program_saved_it(
    home: Path, tmp_path: Path, written: dict[str, Any], coding: str
) -> None:
    run_in(home, "corpus", "export", "--format", "csv", "--out", tmp_path / "c.csv")
    with (tmp_path / "c.csv").open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    fold = head.index("fold")  # pandas writes whole numbers so, where some are missing
    for row in rows:
        row[fold] = row[fold] and f"{row[fold]}.0"
    with (tmp_path / "saved.csv").open("w", encoding=coding, newline="") as file:
        csv.writer(file, **written).writerows([["", *head], *(["7", *row] for row in rows)])
    other = place(tmp_path / "other")
    run_in(other, "corpus", "import", tmp_path / "saved.csv")
    assert taken(other)["id"] == taken(home)["id"]


def test_addresses_as_feeds_write_them_come_back_too(home: Path, tmp_path: Path) -> None:
    """One with a blank in it, and no check of any snapshot that held it would have passed."""
    with store(home) as db:
        desk = Desk(db)
        for n, raw in enumerate(
            ("https://l.example/a b\u00a0c", "HTTP://l.example/B", "https://l")
        ):
            number = desk.article(f"odd{n}", f"A title of its own, {n}", f"Text {n} of these.")
            db.execute("UPDATE articles SET url = ? WHERE id = ?", [raw, number])
            db.conn.commit() if db.conn.in_transaction else None
            desk.decide(number, "relevant")
        imports.add(
            db, [replace(seed(7), url="https://essays.example/1; https://essays.example/2")]
        )
    name = taken(home)["id"]
    run_in(home, "corpus", "export", "--snapshot", "last", "--out", tmp_path / "s.zip")
    run_in(home, "corpus", "check", tmp_path / "s.zip")
    other = place(tmp_path / "other")
    run_in(other, "corpus", "import", tmp_path / "s.zip")
    assert taken(other)["id"] == name


def test_an_export_that_finds_no_room_leaves_the_one_before(home: Path, tmp_path: Path) -> None:
    """It may be the one that a paper cites."""
    out, link = tmp_path / "spring.csv", tmp_path / "link.csv"
    out.write_text("what was exported in spring")
    out.chmod(0o604)
    link.symlink_to(out)
    with store(home) as db:
        imports.add(db, [replace(seed(8), body="Long. " * 50_000)])
    where = ["--config", home / "feeds.yaml", "--data", home / "data"]
    given = ["corpus", "export", "--format", "csv", "--out", out, *where]
    main = "from monitor.cli.main import main; main()"
    done = subprocess.run(
        ["prlimit", "--fsize=100000", sys.executable, "-c", main, *map(str, given)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "what was to be written could not be" in done.stderr
    assert out.read_text() == "what was exported in spring"
    assert sorted(path.name for path in tmp_path.glob("*spring*")) == ["spring.csv"]
    run_in(home, "corpus", "export", "--format", "csv", "--out", link)
    assert link.is_symlink()
    assert out.read_text().startswith("id,title,")
    assert out.stat().st_mode & 0o777 == 0o604


def test_who_fetched_the_texts_again_is_told_which_are_the_same(home: Path, tmp_path: Path) -> None:
    """Nobody decided upon them there: they are articles, or texts that were brought in."""
    file = tmp_path / "references.jsonl"
    run_in(home, "corpus", "export", "--format", "references", "--out", file)
    other = place(tmp_path / "other")
    with store(other) as db:
        desk = Desk(db)
        desk.article("s0", URDU, f"{URDU}۔\n\n{URDU} 0")
        desk.article("s1", PASHTO, "Quite another text.")
        desk.article("not-listed", "Elsewhere", "Not in the list.")
    told = json.loads(run_in(other, "corpus", "check", file, "--json").stdout)
    assert (told["here"], told["differs"]) == (1, ["https://lantern.example/s1"])
    assert told["missing"] == told["texts"] - 2


def test_a_table_that_is_no_export_says_so_and_a_cell_that_is_none_is_named(
    home: Path, tmp_path: Path
) -> None:
    run_in(home, "corpus", "export", "--format", "csv", "--out", tmp_path / "c.csv")
    with (tmp_path / "c.csv").open(encoding="utf-8", newline="") as file:
        head, first, *_ = csv.reader(file)
    for name, rows, why in (
        ("bare.csv", [first], "its first line does not name the columns"),
        ("twice.csv", [[*head, "title"], [*first, "x"]], "its first line does not name"),
        ("cell.csv", [head, ["yes" if n == "relevant" else c for n, c in zip(head, first,
         strict=True)]], ":2: its cell relevant cannot be read"),
        ("short.csv", [head, first[:-1]], ":2: its cell format cannot be read"),
    ):  # fmt: skip
        with (tmp_path / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
        assert why in run_in(home, "corpus", "import", tmp_path / name, code=1).stderr
    (tmp_path / "a.jsonl").write_text('{"id": "1", "text": "x", "label": "relevant"}\n')
    said = run_in(home, "corpus", "import", tmp_path / "a.jsonl", code=1).stderr
    assert "no export of this program" in said
    run_in(home, "corpus", "export", "--out", tmp_path / "b.jsonl")
    (tmp_path / "b.jsonl").write_text("\n" + (tmp_path / "b.jsonl").read_text())
    run_in(home, "corpus", "check", tmp_path / "b.jsonl")


def test_a_snapshot_whose_files_were_changed_does_not_come_in(home: Path, tmp_path: Path) -> None:
    taken(home)
    run_in(home, "corpus", "export", "--snapshot", "last", "--out", tmp_path / "s")
    sheet = tmp_path / "s/datasheet.json"
    sheet.write_text(sheet.read_text().replace("Lantern desk", "Other desk"))
    result = run_in(home, "corpus", "check", tmp_path / "s", code=1)
    assert "datasheet.json" in result.stderr
    other = place(tmp_path / "other")
    assert "datasheet.json" in run_in(other, "corpus", "import", tmp_path / "s", code=1).stderr
    with store(other) as db:
        assert members(db) == []


def test_what_a_system_leaves_in_a_folder_it_shows_costs_no_snapshot(
    home: Path, tmp_path: Path
) -> None:
    name = taken(home)["id"]
    run_in(home, "corpus", "export", "--snapshot", "last", "--out", tmp_path / "s")
    for litter in (".DS_Store", "data/._texts.jsonl", "data/Thumbs.db"):
        (tmp_path / "s" / litter).write_bytes(b"\0")
    assert name in run_in(home, "corpus", "check", tmp_path / "s").stdout
    shutil.make_archive(str(tmp_path / "again"), "zip", tmp_path, "s")
    with zipfile.ZipFile(tmp_path / "again.zip", "a") as archive:
        archive.writestr("__MACOSX/s/._snapshot.json", b"\0")
    assert name in run_in(home, "corpus", "check", tmp_path / "again.zip").stdout
    (tmp_path / "s/data/more.jsonl").write_text("{}")
    assert "more.jsonl" in run_in(home, "corpus", "check", tmp_path / "s", code=1).stderr


def test_a_zip_of_which_a_bit_moved_or_the_end_is_gone_is_told_so(
    home: Path, tmp_path: Path
) -> None:
    """Whichever bit it is: the check answers, it does not break."""
    taken(home)
    path = tmp_path / "s.zip"
    run_in(home, "corpus", "export", "--snapshot", "last", "--out", path)
    whole = path.read_bytes()
    for at in range(31, len(whole), 211):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        with suppress(ExportError):
            checking.check(None, path)
    for end in (100, len(whole) // 2, len(whole) - 3):
        path.write_bytes(whole[:end])
        assert "no whole zip file" in run_in(home, "corpus", "check", path, code=1).stderr
    folders = tmp_path / "other.zip"
    with zipfile.ZipFile(folders, "w") as archive:
        archive.writestr("a.txt", "a")
    assert "no snapshot in it" in run_in(home, "corpus", "check", folders, code=1).stderr


def test_a_text_decided_here_stays_as_it_is_when_an_export_brings_it(
    home: Path, tmp_path: Path
) -> None:
    run_in(home, "corpus", "export", "--out", tmp_path / "all.jsonl")
    other = place(tmp_path / "other")
    with store(other) as db:
        desk = Desk(db)
        own = desk.article("s0", URDU, "Our own reading of it.")
        desk.decide(own, "not_relevant", by="ours")
    run_in(other, "corpus", "import", tmp_path / "all.jsonl")
    with store(other) as db:
        (found,) = [m for m in members(db) if m.id == "https://lantern.example/s0"]
        assert (found.by, found.body) == ("ours", "Our own reading of it.")


@pytest.fixture
def held(home: Path) -> Iterator[list[Member]]:
    with store(home) as db:
        yield members(db)


def test_any_change_of_what_was_said_of_a_text_is_another_snapshot(held: list[Member]) -> None:
    name = snapshots.name_of(held)
    assert snapshots.name_of(list(reversed(held))) == name
    first = held[0]
    for other in (
        replace(first, relevant=not first.relevant), replace(first, by="somebody else"),
        replace(first, title=first.title + " "), replace(first, tags=("new",)),
        replace(first, at=first.at + timedelta(microseconds=1)), replace(first, history=()),
        replace(first, sha256="0" * 64), replace(first, group="another"),
    ):  # fmt: skip
        assert snapshots.name_of([other, *held[1:]]) != name
    assert snapshots.name_of(held[1:]) != name
    assert snapshots.name_of([replace(m, body=None) for m in held]) == name
