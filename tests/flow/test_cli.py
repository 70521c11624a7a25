"""What scripts and people may rely on when they use the command line."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from monitor.cli.main import torkham
from monitor.edge.clock import system_clock
from store import articles, feeds, ledger, reviews, ways
from store.db import connect, hold
from store.polls import FeedSpec, FeedState, FoundEntry, PollRecord
from store.types import StoredText

SETTINGS = """\
team: {time_zone: Asia/Karachi}
feeds:
  - {key: gazette, url: 'https://gazette.example/feed', outlet: Gazette, enabled: false}
alerts:
  - {name: At the crossing, any: ['concept:torkham'], channels: [outbox]}
  - {name: Quiet, enabled: false, any: [cricket]}
"""
SPEC = FeedSpec(
    key="gazette", url="https://gazette.example/feed", outlet="Gazette", side="pakistan",
    language="en", enabled=False,
)  # fmt: skip
TEXTS = {
    "talks": (
        "Kabul and Islamabad agree to reopen Torkham",
        "Officials of Afghanistan and Pakistan agreed on Tuesday to reopen the Torkham crossing.",
    ),
    "cricket": (
        "Spinners win the series",
        "The wickets fell fast in Multan. The T20 side cheered.",
    ),
    "hostile": (
        "Talks \x1b[2J\u202eneerg",
        "Pakistan and Afghanistan talk. \x1b]0;title\x07 Again.",
    ),
}
LEDGER = {"found", "waiting", "queued", "rejected", "duplicate", "dropped", "failed"}
Run = Callable[..., Result]


def run_in(folder: Path, *words: str | Path, stdin: bytes | None = None, **more: Any) -> Result:
    """Run a command in this process; a traceback fails the test, whatever the command was."""
    place = ["--config", str(folder / "feeds.yaml"), "--data", str(folder / "data")]
    given = [str(word) for word in words] + ([] if words[0] == "--help" else place)
    result = CliRunner().invoke(torkham, given, input=stdin, env={"COLUMNS": "100"}, **more)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "\nTraceback" not in f"\n{result.stderr}"
    assert "\x1b" not in result.output
    return result


def only_line(result: Result, code: int) -> str:
    """The one line a mistake is told in."""
    assert result.exit_code == code, result.output
    (line,) = result.stderr.strip().split("\n")
    assert line.startswith("torkham: ")
    return line


def value(result: Result, code: int = 0) -> Any:
    """The one JSON value on standard output."""
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def remember(folder: Path, *, texts: bool = True) -> None:
    """Put the entries into a real store, as polling does, and their texts, as reading does."""
    now = system_clock() - timedelta(hours=1)
    with closing(connect(folder / "data/torkham.db")) as db:
        feeds.sync(db, [SPEC], now)
        found = tuple(entry(name) for name in TEXTS)
        state = FeedState(spec=SPEC, polls=1, condition="ok", last_ok_at=now)
        feeds.save_poll(db, PollRecord(state=state, at=now, outcome="ok", listed=3, found=found))
        for name, (title, body) in TEXTS.items() if texts else ():
            item = ledger.why(db, f"https://gazette.example/{name}", "").items[0]
            assert item.article is not None
            articles.save_text(db, stored(item.article, title, body), now)


def entry(name: str) -> FoundEntry:
    return FoundEntry(
        key=name, item_hash=name, guid=name, url=f"https://gazette.example/{name}",
        canonical_url=f"https://gazette.example/{name}", title=TEXTS[name][0], summary="",
        content_html=None, author=None, published_at=None, published_original=None, language="en",
    )  # fmt: skip


def stored(article: int, title: str, body: str) -> StoredText:
    return StoredText(
        article=article, title=title, body=body, author=None, language="en", published_at=None,
        published_original=None, published_source="first_seen", extractor="test", text_from="page",
        text_hash=sha256(body.encode()).hexdigest(), title_key=title, scheme="test", sketch=(),
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with settings and nothing else."""
    (tmp_path / "feeds.yaml").write_text(SETTINGS)
    return tmp_path


@pytest.fixture
def desk(folder: Path) -> Run:
    """Commands on a small store, whose three articles were judged."""
    remember(folder)
    assert run_in(folder, "once", "judge", "alert").exit_code == 0
    return lambda *words, **more: run_in(folder, *words, **more)


# --- once, status, check --------------------------------------------------------------------


def test_once_prints_the_books_of_its_run_and_of_all_time(folder: Path) -> None:
    remember(folder)
    done = value(run_in(folder, "once", "--json"))
    assert list(done["jobs"]) == [
        *("poll", "harvest", "judge", "alert", "digest", "send", "learn", "reread", "tidy"),
        "look",
    ]
    assert done["jobs"]["judge"]["judged"] == 3
    assert set(done["ledger"]) == set(done["books"]) >= LEDGER
    assert done["ledger"]["found"] == 0, "they were found before this run"
    assert done["books"]["found"] == 3
    assert done["balanced"] is True
    told = run_in(folder, "once", "judge", "send").stdout
    assert "judge    nothing to do" in told
    assert "all time: found 3 = waiting 0" in told


def test_a_job_that_is_none_is_a_mistake_of_usage(folder: Path) -> None:
    result = run_in(folder, "once", "dance")
    assert result.exit_code == 2
    assert "poll" in result.stderr


def test_a_job_that_breaks_ends_in_1_and_the_others_still_run(folder: Path) -> None:
    remember(folder)
    (folder / "data/backups").write_text("a file where a folder should be")
    result = run_in(folder, "once", "tidy", "judge", "--json")
    done = value(result, code=1)
    assert "backups" in done["jobs"]["tidy"]["error"]
    assert done["jobs"]["judge"]["judged"] == 3


def test_once_beside_a_running_service_is_refused(folder: Path) -> None:
    with hold(folder / "data"):
        line = only_line(run_in(folder, "once"), code=1)
    assert "already runs" in line


def test_status_tells_what_ran_and_what_is_due(desk: Run) -> None:
    found = value(desk("status", "--json"))
    assert {"jobs", "due", "unwell", "model", "versions"} <= set(found)
    assert found["jobs"]["judge"]["counts"]["judged"] == 3
    assert found["jobs"]["poll"] is None
    assert found["due"]["queue"] == 2
    assert found["model"] == "cold start"
    assert "judge    ran" in desk("status").stdout


def test_status_in_a_wrong_folder_says_so_and_begins_no_store(folder: Path) -> None:
    told = run_in(folder, "status")
    assert told.exit_code == 0
    assert "there is no store at" in told.stdout
    assert "`--data`" in told.stdout
    assert not (folder / "data").exists()


def test_status_says_what_is_known_where_the_store_cannot_be_read(folder: Path) -> None:
    """The disk, the settings and what to do are told all the same, and an error ends it."""
    (folder / "data").mkdir()
    (folder / "data/torkham.db").write_bytes(b"this is no database at all" * 200)
    (folder / "feeds.yaml").write_text(f"{SETTINGS}\nnosuchkey: 1\n")
    told = run_in(folder, "status")
    assert "damaged" in only_line(told, code=1)
    assert told.stdout.startswith("The service does not do its work.\nunwell: ")
    assert "restore the newest backup" in told.stdout
    ailments = value(run_in(folder, "status", "--json"), 1)["ailments"]
    assert "damage" in {one["cause"] for one in ailments}


def test_status_tells_of_a_way_that_takes_nothing_once(desk: Run, folder: Path) -> None:
    now = system_clock()
    with closing(connect(folder / "data/torkham.db")) as db:
        for hours in (5, 4, 3):
            at = now - timedelta(hours=hours)
            ways.note(
                db, "post:editor@desk.example", sent=False, error="535 no", refused=True, now=at
            )
    found = value(desk("status", "--json"))["unwell"]
    assert len([line for line in found if "post:editor@desk.example" in line]) == 1, found


def test_check_accepts_sound_settings(folder: Path) -> None:
    found = value(run_in(folder, "check", "--json"))
    assert found["ok"] is True
    assert (found["feeds"], found["feeds_enabled"], found["rules"]) == (1, 0, 1)
    assert run_in(folder, "check").stdout.endswith("No mistakes found.\n")


def test_check_lists_every_mistake_with_its_path_and_line(folder: Path) -> None:
    (folder / "feeds.yaml").write_text(
        SETTINGS.replace("https://gazette.example/feed", "no address") + "digset: {at: '07:00'}\n"
    )
    result = run_in(folder, "check")
    assert result.exit_code == 2
    url, key = result.stderr.strip().split("\n")
    assert url.startswith("torkham: feeds[0].url: ")
    assert url.endswith("(line 3)")
    assert key.startswith("torkham: digset: ")
    assert '"digest"' in key
    told = value(run_in(folder, "check", "--json"), code=2)
    assert told["ok"] is False
    assert len(told["problems"]) == 2


def test_check_names_outlets_of_the_retention_that_nothing_is_of(folder: Path) -> None:
    """Else a text is held for longer than its outlet allows, because of a letter or a new name."""
    rules = "retention: {outlets: {Gazete: {text_days: 30}, Gazette: {text_days: 30}}}\n"
    (folder / "feeds.yaml").write_text(SETTINGS + rules)
    (said,) = value(run_in(folder, "check", "--json"))["risks"]
    assert said == (
        'retention.outlets names "Gazete", of which there is no feed and no article: nothing goes'
        ' by that rule. Did you mean "Gazette"?'
    )
    assert f"Careful: {said}" in run_in(folder, "check").stdout


@pytest.mark.parametrize("words", [["check"], ["once"], ["feeds", "list"], ["digest"], ["run"]])
def test_missing_settings_are_said_in_one_line(tmp_path: Path, words: list[str]) -> None:
    line = only_line(run_in(tmp_path, *words), code=2)
    assert "feeds.yaml" in line


def test_init_writes_settings_that_hold_and_replaces_nothing(tmp_path: Path) -> None:
    assert run_in(tmp_path, "init").exit_code == 0
    assert run_in(tmp_path, "check").exit_code == 0
    (tmp_path / "feeds.yaml").write_text(SETTINGS)
    assert "nothing was changed" in only_line(run_in(tmp_path, "init"), code=2)
    assert (tmp_path / "feeds.yaml").read_text() == SETTINGS
    (tmp_path / "feeds.yaml").unlink()
    tmp_path.joinpath("none").touch()
    missing = CliRunner().invoke(torkham, ["init", "--config", str(tmp_path / "none/feeds.yaml")])
    assert "none/feeds.yaml" in only_line(missing, code=1)


# --- feeds, search, why, explain ------------------------------------------------------------


def test_feeds_are_listed_and_their_health_told(desk: Run) -> None:
    assert value(desk("feeds", "list", "--json"))[0]["key"] == "gazette"
    assert desk("feeds", "list").stdout.startswith("off gazette ")
    (row,) = value(desk("feeds", "health", "--json"))
    assert set(row) >= {
        "id", "url", "state", "since", "reason", "newest_entry_at", "last_ok_at", "next_poll_at"
    }  # fmt: skip
    assert row["id"] == "gazette"
    assert "gazette" in desk("feeds", "health").stdout
    assert "gazette.example" in desk("feeds", "export").stdout


def test_search_finds_the_article_and_explain_sums_its_score(desk: Run) -> None:
    (row,) = value(desk("search", "reopen Torkham", "--json"))
    found = value(desk("explain", str(row["article"]), "--json"))
    assert found["score"] == pytest.approx(row["score"], abs=1e-6)
    assert found["evidence"]["contributions"]
    assert "both sides in the title" in desk("explain", str(row["article"])).stdout
    assert desk("search", "nothing-like-it").stdout == "Nothing found.\n"
    every = value(desk("search", "--language", "en", "--json"))
    assert len(every) > 1
    assert desk("search", "--language", "en").stderr == "", "it is all there is"
    one = desk("search", "--language", "en", "--limit", "1").stderr
    assert f"the newest 1 of {len(every)}; the next ones: --before {every[0]['article']}" in one
    assert "18 more were left out" in desk("search", " ".join(f"w{n}" for n in range(50))).stderr
    assert "only leave out" in desk("search", "NOT reopen").stderr
    assert "there is no article 99" in only_line(desk("explain", "99"), code=1)
    assert desk("explain", "9" * 30).exit_code == 2


def test_why_tells_what_became_of_a_url(desk: Run) -> None:
    told = desk("why", "https://gazette.example/talks").stdout
    assert "by gazette: queued" in told
    assert "torkham explain 1" in told
    found = value(desk("why", "https://gazette.example/talks?utm_source=mail", "--json"))
    assert found["items"][0]["disposition"] == "queued"
    assert desk("why", "https://gazette.example/other").stdout.startswith("Never seen.")
    only_line(desk("why", "http://no address"), code=2)


def test_what_strangers_wrote_cannot_command_the_terminal(desk: Run) -> None:
    for words in (["search", "talk"], ["digest"], ["explain", "3"], ["alerts", "list"]):
        shown = desk(*words).stdout
        assert "\u202e" not in shown
        assert "\x07" not in shown


# --- alerts, digest -------------------------------------------------------------------------


def test_a_rule_can_be_tried_and_is_listed_with_what_it_caught(desk: Run) -> None:
    rows = value(desk("alerts", "list", "--json"))
    assert [(r["name"], r["enabled"], r["fired"]) for r in rows] == [
        ("At the crossing", True, 1),
        ("Quiet", False, 0),
    ]
    found = value(desk("alerts", "test", "At the crossing", "--json"))
    assert [row["title"] for row in found["caught"]] == [TEXTS["talks"][0]]
    assert found["looked_at"] == 3
    assert "1 of 3 articles of the last 7 days" in desk("alerts", "test", "At the crossing").stdout
    line = only_line(desk("alerts", "test", "Nothing"), code=2)
    assert "'At the crossing'" in line


def test_the_digest_is_shown_written_and_sent_once(desk: Run, folder: Path) -> None:
    assert TEXTS["talks"][0] in desk("digest").stdout
    assert {"sections", "ledger", "day_on"} <= set(value(desk("digest", "--json")))
    assert desk("digest", "--out", folder / "out.html").exit_code == 0
    assert (folder / "out.html").read_text().lstrip().startswith("<!DOCTYPE html>")
    only_line(desk("digest", "--out", folder / "none/out.html"), code=1)

    yesterday = f"{system_clock() - timedelta(days=2):%Y-%m-%d}"
    first = desk("digest", "--day", yesterday, "--send")
    assert first.exit_code == 0
    assert "sent" in first.stdout
    assert "told before" in desk("digest", "--day", yesterday, "--send").stdout
    assert len(list((folder / "data/outbox").glob("digest-*.html"))) == 1


def test_a_day_that_is_not_over_is_not_sent(desk: Run) -> None:
    """Sent too early, its last hours would be in no digest."""
    tomorrow = f"{system_clock() + timedelta(days=2):%Y-%m-%d}"
    assert "send it then" in only_line(desk("digest", "--day", tomorrow, "--send"), code=2)
    only_line(desk("digest", "--day", "0001-01-01"), code=2)
    assert desk("digest", "--day", "yesterday").exit_code == 2


def test_a_digest_that_did_not_go_out_ends_in_1(desk: Run, folder: Path) -> None:
    (folder / "data/outbox").write_text("a file where a folder should be")
    day = f"{system_clock() - timedelta(days=2):%Y-%m-%d}"
    result = desk("digest", "--day", day, "--send")
    assert result.exit_code == 1
    assert "2 failed" in result.stdout, "the digest, and the alert that waited for its turn"
    told = result.stderr.strip().split("\n")
    assert len(told) == 2
    assert all("outbox cannot be written" in line and "tried again" in line for line in told)


# --- classify -------------------------------------------------------------------------------

NEWS = "Pakistan and Afghanistan agreed to reopen the Torkham crossing, officials in Kabul said. "
HEADLINE = "Pakistan and Afghanistan reopen Torkham"
PAGE = f"""<!doctype html><html lang="en"><head><title>{HEADLINE}</title>
<meta property="og:type" content="article"></head><body><article><h1>{HEADLINE}</h1>
{"".join(f"<p>{NEWS} Paragraph {n} tells of lorries that waited for days.</p>" for n in range(9))}
</article></body></html>"""
WALL = """<!doctype html><html><head><title>Just a moment...</title></head>
<body><p>Checking your browser before you continue.</p></body></html>"""


def answers(result: Result, code: int = 0) -> list[dict[str, Any]]:
    assert result.exit_code == code, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def lines(*rows: object) -> bytes:
    texts = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    return "\n".join(texts).encode()


def test_every_line_is_answered_in_its_place_with_its_id(folder: Path) -> None:
    given = lines(
        {"id": "b", "title": "Kabul and Islamabad talk", "text": NEWS},
        "{broken",
        {"id": 7, "title": "Cricket", "text": "Wickets."},
        "[1, 2]",
        {"id": 8, "title": ["Kabul"], "text": NEWS},
        {"id": 9, "name": "neither title nor text"},
        {"id": "c", "title": None, "text": NEWS, "lang": None, "outlet": "Gazette", "error": "x"},
        "",
        {"title": "no id", "text": ""},
    )
    rows = answers(run_in(folder, "classify", "--json", stdin=given), code=1)
    assert [row["id"] for row in rows] == ["b", None, 7, None, 8, 9, "c", None]
    assert [row.get("line") for row in rows if "error" in row] == [2, 4, 5, 6]
    judged = [row for row in rows if "error" not in row]
    assert all(
        set(row) >= {"id", "score", "relevant", "topics", "evidence", "model"} for row in judged
    )
    assert judged[0]["relevant"] is True
    assert judged[1]["relevant"] is False
    assert (
        run_in(folder, "classify", "--json", stdin=lines(judged[0] | {"text": ""})).exit_code == 0
    )


def test_lines_end_where_they_end_and_nowhere_else(folder: Path) -> None:
    """U+2028 and CR LF are no reason to tear a line or to lose one."""
    given = "\ufeff" + json.dumps({"id": 1, "text": "a\u2028b\u0085c"}, ensure_ascii=False) + "\r\n"
    rows = answers(run_in(folder, "classify", "--json", stdin=(given * 2).encode()[3:]), code=1)
    assert [row["id"] for row in rows] == [1, None], "a mark inside a file is no JSON"
    rows = answers(run_in(folder, "classify", "--json", stdin=given.encode() + b'{"text": ""}'))
    assert [row["id"] for row in rows] == [1, None]


@pytest.mark.parametrize(
    "line",
    [
        '{"id": "\\ud800", "title": "half a letter", "text": "\\udfff"}',
        '{"id": 1, "title": "\\u0000\\u001b[2J", "text": "\\u202e"}',
        '{"id": 1e999, "title": "t"}',
        '{"id": {"a": 1}, "title": "t"}',
        '{"id": 1, "title": "t", "lang": {"x": []}}',
        '{"id": 1, "title": "t", "text": NaN}',
        '{"a":' * 50_000,
        '{"id": ' + "9" * 5000 + ', "title": "t"}',
        '{"title": "' + "x" * 4_000_001 + '"}',
    ],
    ids=["surrogate", "control", "infinite", "object-id", "object-lang", "nan", "deep", "long-id",
         "long-line"],
)  # fmt: skip
def test_a_hostile_line_costs_itself_alone(folder: Path, line: str) -> None:
    good = {"id": "good", "title": "Kabul and Islamabad talk", "text": NEWS}
    result = run_in(folder, "classify", "--json", stdin=lines(good, line, good))
    rows = [json.loads(row) for row in result.stdout.splitlines()]
    assert [row["id"] for row in (rows[0], rows[-1])] == ["good", "good"]
    assert len(rows) == 3
    assert "\x1b" not in run_in(folder, "classify", stdin=lines(good, line)).output


def test_a_line_for_people_names_what_decided(folder: Path) -> None:
    told = run_in(folder, "classify", stdin=b"Pakistan beat Afghanistan by 7 wickets in T20").output
    assert "sport -4" in told
    assert "before reading anything" not in told


def test_lines_that_are_not_utf_8_are_answered_by_an_error(folder: Path) -> None:
    given = b'{"id": 1, "text": "caf\xe9"}\n{"id": 2, "text": "caf\xc3\xa9"}\n'
    first, second = answers(run_in(folder, "classify", "--json", stdin=given), code=1)
    assert first["error"] == "not UTF-8"
    assert second["id"] == 2


@pytest.mark.slow
def test_a_page_is_judged_and_called_an_article_or_not(folder: Path) -> None:
    (folder / "page.html").write_text(PAGE)
    (row,) = answers(run_in(folder, "classify", folder / "page.html", "--json"))
    assert (row["article"], row["reason"], row["relevant"]) == (True, None, True)
    (folder / "wall.htm").write_text(WALL)
    (row,) = answers(run_in(folder, "classify", folder / "wall.htm", "--json"))
    assert (row["article"], row["relevant"]) == (False, False)
    assert row["reason"]
    (row,) = answers(run_in(folder, "classify", "--json", stdin=PAGE.encode()))
    assert row["article"] is True, "a page on standard input is a page, too"
    assert "no article" in run_in(folder, "classify", folder / "wall.htm").stdout


def test_a_plain_text_is_judged_as_one(folder: Path) -> None:
    (folder / "note.txt").write_text(f"Torkham reopens\n\n{NEWS}")
    (row,) = answers(run_in(folder, "classify", folder / "note.txt", "--json"))
    assert row["relevant"] is True
    assert "article" not in row
    told = run_in(folder, "classify", folder / "note.txt").stdout
    assert re.match(r"0\.\d{3} .*note\.txt ", told)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"\x89PNG\0\0\0\rIHDR", "not a text file"),
        ("Grenz\xfcbergang".encode("latin-1"), "not UTF-8"),
        (b'[{"title": "Kabul"}]', "one object a line"),
        (b"x" * 20_000_001, "longer than"),
    ],
    ids=["binary", "latin-1", "json-list", "huge"],
)
def test_a_file_that_is_no_text_is_refused_in_one_line(
    folder: Path, body: bytes, said: str
) -> None:
    (folder / "given").write_bytes(body)
    assert said in only_line(run_in(folder, "classify", folder / "given"), code=2)


def test_nothing_given_and_nothing_there(folder: Path) -> None:
    assert "cannot be read" in only_line(run_in(folder, "classify", folder / "none"), code=2)
    assert "cannot be read" in only_line(run_in(folder, "classify", folder), code=2)
    assert "nothing to judge" in only_line(run_in(folder, "classify", stdin=b" \n"), code=0)


class Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found = self.path == "/page"
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(PAGE.encode() if found else b"")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


@pytest.fixture
def outlet() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), Pages)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.slow
def test_a_url_is_fetched_and_judged_but_never_inside_this_machine(
    folder: Path, outlet: int
) -> None:
    allowed = frozenset({("127.0.0.1", outlet)})
    url = f"http://127.0.0.1:{outlet}/page"
    (row,) = answers(run_in(folder, "classify", url, "--json", obj=allowed))
    assert (row["id"], row["article"], row["relevant"]) == (url, True, True)
    only_line(run_in(folder, "classify", f"http://127.0.0.1:{outlet}/none", obj=allowed), code=1)
    only_line(run_in(folder, "classify", url), code=1)


def start(folder: Path, *words: str, **more: Any) -> subprocess.Popen[bytes]:
    """The command as a process of its own."""
    program = "from monitor.cli.main import main; main()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    command = [sys.executable, "-c", program, *words]
    return subprocess.Popen(command, cwd=folder, **(pipes | more))  # type: ignore[return-value] # bytes, since no option here asks for text


def test_answers_come_while_lines_still_arrive(folder: Path) -> None:
    """A line is answered before the next one is written: nothing waits for a full batch."""
    with start(folder, "classify", "--json") as child:
        assert child.stdin
        assert child.stdout
        for number in range(3):
            child.stdin.write(lines({"id": number, "title": "Kabul", "text": ""}) + b"\n")
            child.stdin.flush()
            assert json.loads(child.stdout.readline())["id"] == number
        child.stdin.close()
        assert child.wait(20) == 0


def test_a_reader_that_leaves_early_gets_no_traceback(folder: Path) -> None:
    given = lines(*({"id": n, "title": "Kabul", "text": NEWS} for n in range(2000)))
    with start(folder, "classify", "--json") as child:
        assert child.stdin
        assert child.stdout
        assert child.stderr
        writer = threading.Thread(target=_write, args=(child.stdin, given))
        writer.start()
        assert json.loads(child.stdout.readline())["id"] == 0
        child.stdout.close()
        said = child.stderr.read()
        writer.join()
        assert child.wait(20) == 1
    assert said == b""


def _write(stream: Any, given: bytes) -> None:
    try:
        with stream:
            stream.write(given)
    except BrokenPipeError:
        pass  # the child is gone, as it should be


@pytest.mark.slow
def test_memory_does_not_grow_with_the_lines(folder: Path) -> None:
    def peak(count: int) -> int:
        line = json.dumps({"id": 1, "title": "A day", "text": ""}).encode() + b"\n"
        (folder / "lines").write_bytes(line * count)
        program = (
            "import sys; from monitor.cli.main import torkham\n"
            "try: torkham()\n"
            "finally:\n"  # VmHWM: ru_maxrss would count the memory of whoever started it
            "    status = open('/proc/self/status').read()\n"
            "    print(status.partition('VmHWM:')[2].split()[0], file=sys.stderr)"
        )
        done = subprocess.run(
            [sys.executable, "-c", program, "classify", "lines", "--json"],
            cwd=folder, capture_output=True, check=True,
        )  # fmt: skip
        assert done.stdout.count(b"\n") == count
        return int(done.stderr)

    assert peak(60_000) < peak(2_000) + 8_000, "kilobytes"


# --- evaluate, model ------------------------------------------------------------------------


def pool(folder: Path, *rows: object) -> Path:
    path = folder / "pool.jsonl"
    path.write_bytes(lines(*rows) + b"\n")
    return path


LABELLED = [
    row
    for n in range(12)
    for row in (
        {
            "id": f"y{n}",
            "title": f"Kabul and Islamabad talk {n}",
            "text": NEWS,
            "label": "relevant",
        },
        {"id": f"n{n}", "title": f"Match {n}", "text": "Wickets fell.", "label": "not_relevant"},
    )
]


def test_evaluate_gives_the_figures_and_leaves_the_unsure_out(folder: Path) -> None:
    path = pool(folder, *LABELLED, {"title": "?", "text": "?", "label": "unsure"})
    found = value(run_in(folder, "evaluate", path, "--json"))
    assert {
        "n", "relevant", "average_precision", "precision_at_recall_95", "recall_at_precision_90",
        "wss_95", "brier", "ece", "at_threshold", "curve",
    } <= set(found)  # fmt: skip
    assert (found["n"], found["relevant"], found["average_precision"]) == (24, 12, 1.0)
    assert set(found["at_threshold"]) == {"threshold", "precision", "recall"}
    assert found["curve"] == []
    assert "average precision" in run_in(folder, "evaluate", path).stdout


def test_simulated_reviews_give_a_curve_that_can_be_repeated(folder: Path) -> None:
    words = ("evaluate", pool(folder, *LABELLED), "--reviews", "4", "--batch", "2", "--json")
    curve = value(run_in(folder, *words))["curve"]
    assert [point["reviews"] for point in curve] == [0, 2, 4]
    assert all("average_precision" in point for point in curve)
    assert value(run_in(folder, *words))["curve"] == curve


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([LABELLED[0], "", {"title": "t", "label": "maybe"}], "line 3: label must be"),
        ([LABELLED[0], {"title": "t"}], "line 2: label must be"),
        ([LABELLED[0], "{broken"], "line 2: not JSON"),
        ([LABELLED[0] | {"title": 5}], "line 1: title must be a string"),
        ([{"title": "t", "label": "unsure"}], "no row is labelled"),
        ([""], "no row is labelled"),
    ],
    ids=["maybe", "none", "broken", "number", "unsure", "empty"],
)
def test_a_bad_pool_is_refused_with_the_line(folder: Path, rows: list[Any], said: str) -> None:
    assert said in only_line(run_in(folder, "evaluate", pool(folder, *rows)), code=2)


def test_a_pool_with_one_answer_only_has_figures_that_are_missing(folder: Path) -> None:
    path = pool(folder, LABELLED[1])
    assert value(run_in(folder, "evaluate", path, "--json"))["average_precision"] is None
    assert "–" in run_in(folder, "evaluate", path).stdout
    assert "cannot be read" in only_line(run_in(folder, "evaluate", folder / "none"), code=2)


def test_models_are_trained_listed_and_taken_back(desk: Run, folder: Path) -> None:
    assert "cold start" in desk("model", "list").stdout
    assert "Nothing new" in desk("model", "learn").stdout
    with closing(connect(folder / "data/torkham.db")) as db:
        for article, answer in ((1, "relevant"), (2, "not_relevant"), (3, "relevant")):
            reviews.decide(db, article=article, answer=answer, by="rana", now=system_clock())  # type: ignore[arg-type] # a literal, spelled out above
    assert value(desk("model", "learn", "--json"))["trained"] == 1
    (row,) = value(desk("model", "list", "--json"))
    assert "artifact" not in row
    assert desk("model", "rollback", row["id"]).exit_code == 0
    assert value(desk("status", "--json"))["model"] == row["id"]
    (judged,) = answers(desk("classify", "--json", stdin=b'{"title": "Kabul"}'))
    assert judged["model"] == row["id"]
    assert desk("model", "rollback", "cold").exit_code == 0
    assert value(desk("status", "--json"))["model"] == "cold start"
    assert "there is no model" in only_line(desk("model", "rollback", "two-pole-0"), code=1)


# --- corpus ---------------------------------------------------------------------------------


def test_texts_are_imported_once_and_refusals_are_named(folder: Path) -> None:
    texts = folder / "texts"
    (texts / "deeper").mkdir(parents=True)
    (texts / "a.txt").write_text(f"Crossing reopens\n{NEWS * 3}")
    (texts / "deeper/b.html").write_text(PAGE)
    (texts / "c.md").write_bytes(b"Grenz\xfcbergang " * 30)
    (texts / "d.txt").write_bytes(b"GIF89a\0\0" * 30)
    (texts / "e.txt").write_text("Too short.")
    (texts / "f.html").write_text(WALL)
    (texts / "ignored.png").write_bytes(b"\x89PNG")
    result = run_in(folder, "corpus", "import", texts, "--json")
    found = value(result, code=1)
    assert (found["read"], found["new"]) == (2, 2)
    why = {Path(row["file"]).name: row["why"] for row in found["refused"]}
    assert set(why) == {"c.md", "d.txt", "e.txt", "f.html"}
    assert "UTF-8" in why["c.md"]
    assert "not a text file" in why["d.txt"]
    assert "c.md: not UTF-8" in result.stderr

    again = run_in(folder, "corpus", "import", texts / "a.txt", texts / "deeper")
    assert again.exit_code == 0
    assert again.stdout == "0 new examples, 2 known already.\n"
    assert value(run_in(folder, "corpus", "stats", "--json"))["imports"] == 2


def test_nothing_to_import_is_said(folder: Path) -> None:
    (folder / "empty").mkdir()
    line = only_line(run_in(folder, "corpus", "import", folder / "empty"), code=1)
    assert "nothing to import" in line
    result = run_in(folder, "corpus", "import", folder / "none.txt", folder / "feeds.yaml")
    assert result.exit_code == 1
    assert "none.txt: cannot be read" in result.stderr
    assert "feeds.yaml: not a file of a kind that is read" in result.stderr
    assert run_in(folder, "corpus", "import").exit_code == 2


def test_what_is_exported_is_what_was_decided_and_runs_in_no_spreadsheet(folder: Path) -> None:
    (folder / "a.txt").write_text(f"=HYPERLINK(0)\n{NEWS * 3}")
    run_in(folder, "corpus", "import", folder / "a.txt", "--not-relevant")
    (row,) = answers(run_in(folder, "corpus", "export"))
    assert (row["title"], row["relevant"], row["origin"]) == ("=HYPERLINK(0)", False, "import")
    assert "\n" in run_in(folder, "corpus", "export", "--format", "csv").stdout
    out = folder / "out.csv"
    assert run_in(folder, "corpus", "export", "--format", "csv", "--out", out).exit_code == 0
    assert ",'=HYPERLINK(0)," in out.read_text()
    only_line(run_in(folder, "corpus", "export", "--out", folder / "none/out"), code=1)


def test_the_same_corpus_is_the_same_snapshot(folder: Path) -> None:
    (folder / "a.txt").write_text(f"Crossing reopens\n{NEWS * 3}")
    run_in(folder, "corpus", "import", folder / "a.txt")
    first = value(run_in(folder, "corpus", "snapshot", "--json"))
    assert (first["relevant"], first["not_relevant"]) == (1, 0)
    assert value(run_in(folder, "corpus", "snapshot", "--json")) == first


def said_by(folder: Path, *words: str, terminal: bool) -> bytes:
    """What a command writes to standard error, a terminal or a pipe."""
    if not terminal:
        with start(folder, *words) as child:
            return child.communicate(timeout=30)[1]
    ours, theirs = os.openpty()
    with start(folder, *words, stderr=theirs) as child:
        child.communicate(timeout=30)
    os.close(theirs)
    said = os.read(ours, 10_000)
    os.close(ours)
    return said


@pytest.mark.slow
def test_a_bar_is_for_terminals_and_a_pipe_gets_none(folder: Path) -> None:
    names = [f"{n}.txt" for n in range(6)]
    for name in names:
        (folder / name).write_text(f"Crossing {name}\n{NEWS * 3}")
    assert said_by(folder, "corpus", "import", *names, terminal=False) == b""
    assert b"reading" in said_by(folder, "corpus", "import", *names, terminal=True)


@pytest.mark.slow
def test_reading_articles_shows_a_bar_on_a_terminal_alone(folder: Path) -> None:
    (folder / "feeds.yaml").write_text(
        SETTINGS.replace("enabled: false}", "enabled: false, body: headline}", 1)
    )
    remember(folder, texts=False)
    said = said_by(folder, "once", "harvest", terminal=True)
    assert b"reading" in said
    assert b"100%" in said
    assert b"reading" not in said_by(folder, "once", "harvest", terminal=False)


# --- run, backup, restore, the store --------------------------------------------------------


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.mark.slow
def test_run_serves_the_desk_and_stops_when_asked(folder: Path) -> None:
    environ = os.environ | {"TORKHAM_WEB_PORT": str(free_port())}
    with start(folder, "run", "--log-json", env=environ) as child:
        assert child.stderr
        said = child.stderr.readline().decode()
        while "The desk is at" not in said:
            assert said, "it ended before it served"
            said = child.stderr.readline().decode()
        child.send_signal(signal.SIGTERM)
        assert child.wait(20) == 0


def test_the_desk_is_not_shown_to_a_network_without_accounts(folder: Path) -> None:
    (folder / "feeds.yaml").write_text(
        SETTINGS + "web: {host: 0.0.0.0, allowed_hosts: [desk.example]}\n"
    )
    assert "torkham people add NAME" in only_line(run_in(folder, "run"), code=2)


def test_a_backup_is_verified_and_comes_back(desk: Run, folder: Path) -> None:
    copy = folder / "copy.db"
    assert "verified" in desk("backup", copy).stdout
    assert "there already" in only_line(desk("backup", copy), code=2)
    (folder / "data/torkham.db").unlink()
    for rest in (folder / "data").glob("torkham.db-*"):
        rest.unlink()
    assert desk("restore", copy).exit_code == 0
    assert value(desk("search", "Torkham", "--json"))
    with hold(folder / "data"):
        assert "already runs" in only_line(desk("restore", copy), code=1)
    (folder / "junk.db").write_bytes(b"no database" * 500)
    only_line(desk("restore", folder / "junk.db"), code=1)
    assert value(desk("search", "Torkham", "--json")), "a bad backup replaces nothing"
    assert desk("restore", folder / "none.db").exit_code == 2


def test_a_folder_without_a_store_is_not_backed_up(folder: Path) -> None:
    """An empty backup of the wrong folder would look like a good one."""
    assert "there is no store" in only_line(run_in(folder, "backup", folder / "copy.db"), code=1)
    assert not (folder / "copy.db").exists()


ON_THE_STORE = [
    ["once"], ["check"], ["status"], ["feeds", "list"], ["feeds", "health"], ["search", "x"],
    ["why", "https://gazette.example/x"], ["explain", "1"], ["digest"], ["alerts", "list"],
    ["model", "list"], ["model", "learn"], ["corpus", "stats"], ["backup", "copy.db"],
    ["classify", "feeds.yaml"],
]  # fmt: skip


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("broken")
    for name in ("newer", "damaged"):
        (folder / name).mkdir()
        (folder / name / "feeds.yaml").write_text(SETTINGS)
        remember(folder / name)
    with closing(sqlite3.connect(folder / "newer/data/torkham.db")) as db:
        db.execute("PRAGMA user_version = 9999")
    (folder / "damaged/data/torkham.db").write_bytes(b"this is no database at all" * 200)
    return folder


@pytest.mark.parametrize("words", ON_THE_STORE, ids=" ".join)
def test_a_store_that_cannot_be_used_is_refused_in_one_line(broken: Path, words: list[str]) -> None:
    given = [str(broken / word) if word == "copy.db" else word for word in words]
    newer = run_in(broken / "newer", *given)
    assert "newer Torkham" in only_line(newer, code=1)
    before = (broken / "damaged/data/torkham.db").read_bytes()
    damaged = run_in(broken / "damaged", *given)
    assert "damaged" in only_line(damaged, code=1)
    assert (broken / "damaged/data/torkham.db").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["status", "--json"], None),
        (["feeds", "health", "--json"], []),
        (["search", "x", "--json"], []),
        (["model", "list", "--json"], []),
        (["corpus", "stats", "--json"], None),
    ],
    ids=lambda found: " ".join(found) if isinstance(found, list) else "",
)
def test_an_empty_folder_has_empty_answers(folder: Path, words: list[str], shown: Any) -> None:
    found = value(run_in(folder, *words))
    assert shown is None or found == shown
