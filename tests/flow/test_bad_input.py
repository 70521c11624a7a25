"""Bad feeds, bad pages, bad files, a full disk, a dying mail server: said plainly, nothing lost."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from email import message_from_string
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from classifiers.types import Classifier, Text, Verdict
from monitor import pipeline
from monitor.told import Delivery
from store import articles, outbox
from store.db import StoreLocked, connect
from store.messages import OutboxRow, Outgoing

if TYPE_CHECKING:
    from tests.flow.newsroom import Handler, Installation, Newsroom

CHUNK = b"<p>" + b"One more sentence of a page that has no end. " * 1400 + b"</p>\n"  # 64 kB
HOLD = """
import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
time.sleep(float(sys.argv[2]))
db.execute("ROLLBACK")
"""


def dispositions(here: Installation) -> dict[str, tuple[str, str | None]]:
    rows = here.rows("SELECT title, disposition, reason FROM items")
    return {row["title"]: (row["disposition"], row["reason"]) for row in rows}


def faults(here: Installation) -> dict[str, str]:
    rows = here.rows("SELECT f.key, p.outcome FROM feeds f JOIN polls p ON p.feed = f.key")
    return {row["key"]: row["outcome"] for row in rows}


# --- feeds ----------------------------------------------------------------------------------


def hang_up(handler: Handler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


BAD_FEEDS: dict[str, tuple[Callable[[Handler], None], str]] = {
    "hangs-up": (hang_up, "connect"),
    "hangs": (lambda handler: handler.hang(30), "deadline"),
    "html": (lambda h: h.say(200, "<!doctype html><html><body>Welcome</body></html>"), "not_feed"),
    "empty": (lambda handler: handler.say(200, b"", "application/rss+xml"), "not_feed"),
    "gone": (lambda handler: handler.say(410, "Gone."), "gone"),
    "missing": (lambda handler: handler.say(404, "Not here."), "not_found"),
    "broken": (lambda handler: handler.say(500, "Oh."), "server"),
    "endless": (lambda handler: handler.stream(b"<item>" * 10_000, 4_000), "too_large"),
    "garbage": (lambda handler: handler.say(200, os.urandom(50_000), "text/xml"), "not_feed"),
}


@pytest.mark.slow
def test_bad_feeds_are_named_with_the_reason_and_the_good_one_is_read(
    newsroom: Newsroom, here: Installation
) -> None:
    """None is given up: each has a next poll. A feed that answers 410 waits a day."""
    for key, (answer, _) in BAD_FEEDS.items():
        newsroom.stories[key] = []
        newsroom.answers[f"/feed/{key}"] = answer
    newsroom.publish("lantern", "Envoys discuss the TTP at Torkham", on_topic=True)
    here.configure(fetch={"deadline": 2, "feed_bytes": 1_000_000})
    run = here.once()
    assert run["ledger"]["found"] == run["ledger"]["queued"] == 1
    wanted = {key: fault for key, (_, fault) in BAD_FEEDS.items()}
    assert faults(here) == wanted | {"lantern": "ok"}

    code, out, _ = here.run("feeds", "health", "--json")
    told = {row["id"]: row for row in json.loads(out)}
    assert code == 0
    for key in BAD_FEEDS:
        assert told[key]["state"] == ("paused" if key == "gone" else "failing")
        assert told[key]["reason"]
        assert told[key]["next_poll_at"]
    assert told["gone"]["next_poll_at"] > told["missing"]["next_poll_at"]


def test_a_port_where_nobody_listens_is_no_trouble(newsroom: Newsroom, here: Installation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    newsroom.publish("lantern", "Growers discuss onions")
    here.configure()
    settings = here.folder / "feeds.yaml"
    settings.write_text(settings.read_text().replace(str(newsroom.port), str(port)))
    with here.app(allow=frozenset({("127.0.0.1", port)})) as app:
        assert app.run_job("poll")["connect"] == 1


def test_a_feed_that_turns_bad_and_back_resends_and_forgets_nothing(
    made_up: Any, newsroom: Newsroom, here: Installation
) -> None:
    newsroom.fill(1, 5)
    here.configure()
    clock = made_up.Hands()
    with here.app(clock) as app:
        for answer, _ in [BAD_FEEDS["html"], BAD_FEEDS["empty"], BAD_FEEDS["gone"]]:
            assert app.run_job("poll")["new"] == (5 if clock() == made_up.FIRST_DAY else 0)
            newsroom.answers["/feed/outlet-00"] = answer
            clock.forward(days=40)
            assert app.run_job("poll")["new"] == 0
            del newsroom.answers["/feed/outlet-00"]
            clock.forward(days=40)
        assert app.run_job("poll")["new"] == 0
    assert here.rows("SELECT count(*) AS n FROM items") == [{"n": 5}]


# --- pages ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_bad_pages_cost_their_own_item_and_little_memory(
    newsroom: Newsroom, here: Installation
) -> None:
    """Two hundred megabytes, an endless page, a picture: judged by headline, the reason kept."""
    sent = [0]

    def huge(handler: Handler) -> None:
        for _ in range(3_200):
            handler.wfile.write(CHUNK)
            sent[0] += len(CHUNK)

    def declared(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.send_header("Content-Length", str(3_200 * len(CHUNK)))
        handler.end_headers()
        huge(handler)

    def drip(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.end_headers()
        while not handler.newsroom.closing.wait(0.2):
            handler.wfile.write(b"x")

    bad: dict[str, tuple[Callable[[Handler], None], tuple[str, str]]] = {
        "Huge": (lambda handler: handler.stream(CHUNK, 3_200), ("failed", "too_large")),
        "Declared huge": (declared, ("failed", "too_large")),
        "Dripping": (drip, ("failed", "deadline")),
        "Hanging": (lambda handler: handler.hang(30), ("failed", "deadline")),
        "Missing": (lambda handler: handler.say(404, "No."), ("failed", "not_found")),
        "Gone": (lambda handler: handler.say(410, "No."), ("failed", "gone")),
        "Broken": (lambda handler: handler.say(500, "Oh."), ("failed", "server")),
        "A picture": (
            lambda handler: handler.say(200, os.urandom(5_000), "image/png"),
            ("dropped", "not_html"),
        ),
        "Nothing": (lambda handler: handler.say(200, b""), ("dropped", "not_html")),
    }
    for title, (answer, _) in bad.items():
        story = newsroom.publish("lantern", title, summary="Growers discussed onions.")
        newsroom.answers[story.path] = answer
    newsroom.publish("lantern", "A good page")
    here.configure(fetch={"deadline": 3})

    code, out, err = here.run("--peak", "once", "--json")

    assert code == 0
    assert json.loads(out)["balanced"]
    assert dispositions(here) == {title: fate for title, (_, fate) in bad.items()} | {
        "A good page": ("rejected", None)
    }
    assert int(err.split()[-1]) < 300_000, "kilobytes, of the service and its largest child"
    assert sent[0] < 40_000_000, "the stream was read on beyond the cap"
    stuck = here.rows("SELECT title FROM items WHERE disposition = 'failed'")
    assert len(stuck) == 7


# --- the store ------------------------------------------------------------------------------


@contextmanager
def held(path: Path, seconds: float) -> Iterator[None]:
    """Another process holds the database for so long."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), str(seconds)], stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    try:
        yield
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()


@pytest.mark.slow
def test_a_database_locked_for_seconds_is_waited_for(
    newsroom: Newsroom, here: Installation
) -> None:
    newsroom.fill(1, 2)
    here.configure()
    here.once("poll")
    began = time.monotonic()
    with held(here.data / "torkham.db", 3):
        run = here.once()
        assert time.monotonic() - began > 2.5, "the lock was not in the way"
    assert run["books"]["rejected"] + run["books"]["queued"] == 2


@pytest.mark.slow
def test_a_database_locked_for_too_long_is_one_clear_line_and_loses_nothing(
    newsroom: Newsroom, here: Installation
) -> None:
    newsroom.fill(1, 2)
    here.configure()
    with here.app() as app:
        app.run_job("poll")
        path = here.data / "torkham.db"
        with closing(connect(path, busy_seconds=0.2)) as db:
            with held(path, 60), pytest.raises(StoreLocked, match="locked by another process") as e:
                pipeline.harvest(
                    db,
                    web=app.page_web,
                    workers=app.workers,
                    lexicon=app.lexicon,
                    clock=app.clock,
                    stopped=app.stopped,
                )
            assert len(str(e.value).splitlines()) == 1
        assert app.run_job("harvest") == {"pending": 2, "read": 2}


@pytest.mark.slow
def test_a_command_that_cannot_write_says_so_in_one_line(
    newsroom: Newsroom, here: Installation
) -> None:
    """A data folder that is a file; a database of a newer version; a damaged one."""
    newsroom.fill(1, 1)
    here.configure()
    here.data.write_text("a file where a folder is wanted")
    code, out, err = here.run("once")
    assert (code, out, len(err.splitlines())) == (1, "", 1), err
    here.data.unlink()

    here.once("poll")
    with here.store() as db:
        db.conn.execute("PRAGMA user_version = 999")
    code, out, err = here.run("once")
    assert (code, out) == (1, "")
    (line,) = err.splitlines()
    assert "newer Torkham" in line
    assert str(here.data / "torkham.db").endswith("here/data/torkham.db")

    (here.data / "torkham.db").write_bytes(b"this is no database" * 1000)
    code, out, err = here.run("once")
    assert (code, out) == (1, "")
    (line,) = err.splitlines()
    assert "damaged" in line
    assert (here.data / "torkham.db").read_bytes().startswith(b"this is no database")


def filled_up(here: Installation, run: Callable[[], subprocess.CompletedProcess[str]]) -> None:
    """Run on a disk that fills up: the error is plain, and what was committed is whole."""
    done = run()
    assert done.returncode == 1, done.stdout + done.stderr
    told = json.loads(done.stdout)
    errors = [counts["error"] for counts in told["jobs"].values() if "error" in counts]
    assert errors
    for error in errors:
        assert len(error.splitlines()) == 1
        assert "torkham.db" in error, error
        assert any(hint in error for hint in ("free some space", "check the disk"))
    assert here.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]


@pytest.mark.slow
def test_a_file_that_cannot_grow_keeps_what_was_committed_and_goes_on_later(
    made_up: Any, newsroom: Newsroom, here: Installation
) -> None:
    """As on a full disk or quota: one clear line, committed rows kept, and well again with room."""
    newsroom.fill(4, 12)
    here.configure()
    here.once("poll")
    before = here.rows("SELECT feed, key FROM items ORDER BY 1, 2")
    room = max(path.stat().st_size for path in here.data.glob("torkham.db*")) + 60_000

    def run() -> subprocess.CompletedProcess[str]:
        process = here.start(
            "once", "harvest", "judge", "--json", limits=[f"--fsize={room}:{room}"]
        )  # fmt: skip
        out, err = process.communicate(timeout=100)
        return subprocess.CompletedProcess([], process.returncode, out, err)

    filled_up(here, run)
    assert here.rows("SELECT feed, key FROM items ORDER BY 1, 2") == before
    run_again = here.once()
    assert run_again["books"]["found"] == 48
    assert run_again["books"]["queued"] + run_again["books"]["rejected"] == 48


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mount"), reason="needs root to mount")
def test_a_full_disk_keeps_what_was_committed_and_goes_on_when_there_is_room(
    newsroom: Newsroom, here: Installation
) -> None:
    newsroom.fill(4, 12)
    here.configure()
    here.data.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(here.data)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        here.once("poll")
        before = here.rows("SELECT feed, key FROM items ORDER BY 1, 2")
        ballast = here.data / "ballast"
        free = shutil.disk_usage(here.data).free
        ballast.write_bytes(b"x" * (free - 70_000))

        def run() -> subprocess.CompletedProcess[str]:
            code, out, err = here.run("once", "harvest", "judge", "--json")
            return subprocess.CompletedProcess([], code, out, err)

        filled_up(here, run)
        assert here.rows("SELECT feed, key FROM items ORDER BY 1, 2") == before
        ballast.unlink()
        again = here.once("poll", "harvest", "judge")
        assert again["books"]["found"] == 48
        assert again["books"]["queued"] + again["books"]["rejected"] == 48
    finally:
        subprocess.run(["umount", str(here.data)], check=True)


# --- one item's fault is one item's ---------------------------------------------------------


class Brittle:
    """A classifier that keeps its word but for one text."""

    model, lexicon = "brittle", "1"

    def __init__(self, sturdy: Classifier) -> None:
        self._sturdy = sturdy

    def judge(self, texts: list[Text]) -> list[Verdict]:
        if any("onions" in text.title for text in texts):
            raise ValueError("onions")
        return [replace(verdict, model=self.model) for verdict in self._sturdy.judge(texts)]


def test_a_text_the_judgement_breaks_on_goes_to_people_and_costs_no_other_its_verdict(
    newsroom: Newsroom, here: Installation
) -> None:
    newsroom.publish("lantern", "Growers discuss onions")
    newsroom.publish("lantern", "Growers discuss wells")
    newsroom.publish("lantern", "Envoys discuss the TTP at Torkham", on_topic=True)
    here.configure()
    with here.app() as app, closing(app.open_store()) as db:
        app.run_job("poll")
        app.run_job("harvest")
        counts = pipeline.judge(
            db,
            classifier=Brittle(app.classifier(db)),
            topic=app.settings.topic,
            thresholds=app.thresholds(),
            rulebook=app.rulebook(),
            clock=app.clock,
            stopped=app.stopped,
        )
    assert counts["judged"] == 3
    assert dispositions(here) == {
        "Growers discuss onions": ("queued", None),
        "Growers discuss wells": ("rejected", None),
        "Envoys discuss the TTP at Torkham": ("queued", None),
    }


def test_an_article_the_store_refuses_ends_on_the_list_of_failures_and_stops_no_other(
    made_up: Any, newsroom: Newsroom, here: Installation
) -> None:
    """A row that breaks a rule of the database: tried again for hours, then shown as failed."""
    newsroom.publish("lantern", "Growers discuss poison")
    newsroom.publish("lantern", "Growers discuss wells")
    here.configure()
    clock = made_up.Hands()
    with here.app(clock) as app, closing(app.open_store()) as db:
        db.conn.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON version_rows WHEN NEW.title LIKE '%poison%'"
            " BEGIN SELECT RAISE(ABORT, 'refused by a rule'); END"
        )
        app.run_job("poll")
        assert app.run_job("harvest") == {"pending": 2, "read": 1, "other": 1}
        for _ in range(6):
            clock.forward(hours=13)
            app.run_job("harvest")
        (item,) = articles.items(db, disposition="failed")
    assert item.title == "Growers discuss poison"
    assert "refused by a rule" in item.reason_detail


# --- the mail server ------------------------------------------------------------------------


class DyingServer:
    """Takes the content of a mail and dies before it says so, or turns the mail away for now."""

    def __init__(self) -> None:
        self.mails: list[str] = []
        self.mood = "dies"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as line:
                self._talk(line)

    def _talk(self, line: Any) -> None:
        def say(words: str) -> None:
            line.write(f"{words}\r\n".encode())
            line.flush()

        say("220 here")
        for words in line:
            command = words.decode().upper()
            if command.startswith("MAIL") and self.mood == "busy":
                say("451 later")
            elif command.startswith("DATA"):
                say("354 go on")
                content = b"".join(iter(line.readline, b".\r\n"))
                self.mails.append(content.decode())
                return  # hangs up without a word
            else:
                say("250 good")

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def dying() -> Iterator[DyingServer]:
    server = DyingServer()
    yield server
    server.close()


@pytest.mark.parametrize("between", ["", "busy"])
def test_a_mail_server_that_dies_after_the_content_gets_it_once_more_and_no_third_time(
    made_up: Any, newsroom: Newsroom, here: Installation, dying: DyingServer, between: str
) -> None:
    """It may have the mail: a repeat under the same Message-ID, then the doubt is shown, for good.

    Also when it turned the repeat away in between.
    """
    newsroom.publish("lantern")
    here.configure(
        channels={
            "mail": {
                "kind": "mail", "host": "127.0.0.1", "port": dying.port, "security": "none",
                "from": "a@example.org", "to": ["b@example.org"],
            }
        }
    )  # fmt: skip
    clock = made_up.Hands()
    with here.app(clock) as app:
        with closing(app.open_store()) as db:
            outbox.put(db, [message(clock(), channel="mail:b@example.org")])
        assert app.run_job("send") == {"unknown": 1}
        assert app.run_job("send") == {}
        clock.forward(minutes=6)
        if between:
            dying.mood = between
            assert app.run_job("send") == {"failed": 1}
            dying.mood = "dies"
            clock.forward(hours=1)
        assert app.run_job("send") == {"unknown": 1}
        for _ in range(10):
            clock.forward(hours=24)
            assert app.run_job("send") == {}
    assert len(dying.mails) == 2
    assert len({message_from_string(mail)["Message-ID"] for mail in dying.mails}) == 1
    (row,) = here.rows("SELECT state, error FROM outbox")
    assert row["state"] == "unknown"
    assert "may have arrived" in row["error"]


def message(at: Any, **given: Any) -> Outgoing:
    plain = {"key": "alert:x:1", "kind": "alert", "channel": "c", "subject": "S", "text": "T"}
    return Outgoing(**{**plain, "html": None, "created_at": at, **given})


def sent_at(made_up: Any, here: Installation, *deliveries: Delivery) -> list[float]:
    """Deliver one message with these results, the last for ever; hours at which it was tried."""
    clock, tried = made_up.Hands(), []

    def deliver(_row: OutboxRow) -> Delivery:
        tried.append((clock() - made_up.FIRST_DAY).total_seconds() / 3600)
        return deliveries[min(len(tried), len(deliveries)) - 1]

    here.folder.mkdir(exist_ok=True)
    with closing(connect(here.folder / "torkham.db")) as db:
        outbox.put(db, [message(clock())])
        while clock() < made_up.FIRST_DAY + timedelta(days=7):
            pipeline.send(db, deliver=deliver, clock=clock, stopped=lambda: False)
            clock.forward(minutes=5)
    return tried


FAILED = Delivery(state="failed", detail="no connection")
SENT = Delivery(state="sent", detail="taken")


def test_a_server_that_is_down_for_more_than_a_day_gets_the_mail_late_and_once(
    made_up: Any, here: Installation
) -> None:
    down = [FAILED] * 5
    tried = sent_at(made_up, here, *down, SENT)
    assert tried[-1] > 24, "an outage of a day loses the digest"
    assert len(tried) == 6, "tried again after it was sent, or given up before"


def test_a_server_that_never_comes_back_is_not_tried_for_ever(
    made_up: Any, here: Installation
) -> None:
    tried = sent_at(made_up, here, FAILED)
    assert 24 * 7 - 12 < tried[-1] < 24 * 9  # hours: a week
    waits = [round(later - earlier, 6) for earlier, later in pairwise(tried)]
    assert waits == sorted(waits), "soon at first, then rarely"


def test_a_refusal_for_good_is_not_repeated(made_up: Any, here: Installation) -> None:
    refused = Delivery(state="failed", detail="no such user", permanent=True)
    assert sent_at(made_up, here, refused) == [0.0]


def test_a_server_that_asks_for_patience_is_given_it(made_up: Any, here: Installation) -> None:
    busy = Delivery(state="failed", detail="slow down", retry_after=7200.0)
    first, second = sent_at(made_up, here, busy, SENT)
    assert second - first >= 2


def test_what_becomes_due_during_a_run_waits_for_the_next(made_up: Any, here: Installation) -> None:
    """Or a run with many messages to a server that answers slowly would never end."""
    clock, tried = made_up.Hands(), []

    def slow(row: OutboxRow) -> Delivery:
        tried.append(row.message.key)
        clock.forward(minutes=4)
        return FAILED

    here.folder.mkdir()
    with closing(connect(here.folder / "torkham.db")) as db:
        outbox.put(db, [message(clock(), key=f"alert:x:{n}") for n in range(5)])
        counts = pipeline.send(db, deliver=slow, clock=clock, stopped=lambda: False)
    assert counts == {"failed": 5}
    assert len(set(tried)) == 5


# --- what people write ----------------------------------------------------------------------


@pytest.mark.slow
def test_a_rule_that_is_no_expression_is_a_mistake_with_its_path(
    newsroom: Newsroom, here: Installation
) -> None:
    newsroom.fill(1, 1)
    here.configure(alerts=[{"name": "Fine", "any": ["snow"]}, {"name": "Odd", "pattern": "(snow"}])
    for command in (["once"], ["check"]):
        code, out, err = here.run(*command)
        assert (code, out) == (2, "")
        (line,) = err.splitlines()
        assert line.startswith("torkham: alerts[1].pattern: ")
    assert newsroom.asked == []


TEN = """\
topik: pak_afg_ttp
team: {time_zone: Asia/Karatschi}
feeds:
  - {key: One, url: 'https://one.example/feed'}
  - {key: two, url: 'ftp://two.example/feed'}
  - {key: four, url: 'https://four.example/feed', every: 1m}
digest: {at: 25:00}
thresholds: {queue: 2}
web: {port: 99999}
alerts:
  - {name: Void}
  - {name: Lost, any: ['concept:atlantis']}
"""


@pytest.mark.slow
def test_ten_mistakes_are_ten_lines_each_with_its_place(here: Installation) -> None:
    here.folder.mkdir()
    (here.folder / "feeds.yaml").write_text(TEN)
    code, out, err = here.run("check")
    assert (code, out) == (2, "")
    lines = err.splitlines()
    assert len(lines) == 10, err
    for place in (
        *("topik: ", "team.time_zone: ", "feeds[0].key: ", "feeds[1].url: ", "feeds[2].every: "),
        *("digest.at: ", "thresholds.queue: ", "web.port: ", "alerts[0]: ", "alerts[1].any[0]: "),
    ):
        assert any(line.startswith(f"torkham: {place}") for line in lines), place


@pytest.mark.slow
def test_a_corpus_file_in_a_wrong_encoding_is_named_and_the_others_are_taken(
    newsroom: Newsroom, here: Installation
) -> None:
    newsroom.fill(1, 1)
    here.configure()
    texts = here.folder / "texts"
    texts.mkdir()
    story = newsroom.stories["outlet-00"][0]
    (texts / "good.txt").write_text(f"{story.title}\n{story.body}")
    urdu = "طورخم سرحد پر تجارت بحال ہو گئی اور ٹرکوں کی قطاریں ختم ہو گئیں"
    (texts / "old.txt").write_bytes(f"{urdu}\n{urdu} {urdu}".encode("cp1256", "replace"))
    code, out, err = here.run("corpus", "import", "texts")
    assert code == 1
    assert "1 new" in out
    assert "old.txt: not UTF-8" in err
    assert "Traceback" not in err
    assert len(err.splitlines()) == 2
    assert here.rows("SELECT count(*) AS n FROM imports") == [{"n": 1}]
