"""The log: one event, one line, whatever strangers wrote; and no secret in it."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.edge import log

ROOT = Path(__file__).resolve().parents[2]
CANARY = "c4nary/s3cret+word"
SetUp = Callable[..., io.StringIO]


@pytest.fixture
def set_up() -> Iterator[SetUp]:
    root = logging.getLogger()
    level = root.level
    handlers: list[logging.Handler] = []

    def begin(*, level: int = logging.INFO, as_json: bool = False) -> io.StringIO:
        stream = io.StringIO()
        root.handlers.clear()  # pytest's own: half a surrogate pair cannot travel in its report
        handlers.append(log.set_up(level=level, as_json=as_json, secrets=[CANARY], stream=stream))
        return stream

    yield begin
    for handler in handlers:
        root.removeHandler(handler)
    root.setLevel(level)
    logging.captureWarnings(capture=False)


HOSTILE = "ok\n2026-01-01 00:00:00 ERROR root login\r\x1b[2J\u202e\u2028\x85\x00\ud800"


@pytest.mark.parametrize("as_json", [False, True])
def test_one_event_is_one_line(set_up: SetUp, as_json: bool) -> None:
    stream = set_up(as_json=as_json)
    logging.getLogger("monitor.x\ny").info("title %s", HOSTILE)
    written = stream.getvalue()
    assert written.count("\n") == 1
    assert written[:-1].isprintable()
    assert len(written.splitlines()) == 1
    written.encode()


@pytest.mark.parametrize("as_json", [False, True])
def test_a_traceback_stays_on_its_line(set_up: SetUp, as_json: bool) -> None:
    stream = set_up(as_json=as_json)
    try:
        int(HOSTILE)
    except ValueError:
        logging.getLogger("monitor").exception("it broke")
    assert stream.getvalue().count("\n") == 1
    assert "ValueError" in stream.getvalue()


@pytest.mark.parametrize("as_json", [False, True])
def test_no_secret_is_written_in_any_form(set_up: SetUp, as_json: bool) -> None:
    stream = set_up(as_json=as_json)
    logger = logging.getLogger("monitor")
    logger.info("plain %s", CANARY)
    logger.info("in an address https://x/c4nary%2Fs3cret%2Bword/y")
    logger.info("user %s", "smtp://desk:other-word@mail.example.org/")
    try:
        int(CANARY)
    except ValueError:
        logger.exception("with a traceback")
    written = stream.getvalue()
    assert CANARY not in written
    assert "c4nary" not in written
    assert "other-word" not in written
    assert written.count(log.HIDDEN) >= 4


@given(st.text(max_size=300))
def test_escaping_leaves_nothing_that_ends_a_line_or_commands_a_terminal(text: str) -> None:
    said = log.escaped(text)
    assert len(said.splitlines()) <= 1
    assert all(char.isprintable() or char in "\u200c\u200d" for char in said)


def test_urdu_stays_readable(set_up: SetUp) -> None:
    stream = set_up()
    logging.getLogger("monitor").info("طورخم می\u200cخواهد")
    assert "طورخم می\u200cخواهد" in stream.getvalue()


def test_json_lines_hold_the_event(set_up: SetUp) -> None:
    stream = set_up(as_json=True)
    logging.getLogger("monitor.pipeline").warning("poll of %s", "dawn")
    event = json.loads(stream.getvalue())
    assert event["level"] == "WARNING"
    assert event["logger"] == "monitor.pipeline"
    assert event["message"] == "poll of dawn"
    assert event["at"].endswith("Z")


def test_libraries_are_heard_only_when_it_is_grave(set_up: SetUp) -> None:
    stream = set_up(level=logging.DEBUG)
    logging.getLogger("urllib3").debug("POST https://hooks.example/secret")
    logging.getLogger("urllib3").warning("it failed")
    assert "secret" not in stream.getvalue()
    assert "it failed" in stream.getvalue()


EMPTY_PAGE = "trafilatura.extract('<html><body><p>x</p></body></html>', url='https://x.example')"


@pytest.mark.parametrize("set_up", ["", "monitor.edge.log.set_up();"])
@pytest.mark.parametrize(
    "library",
    ["trafilatura.core", "courlan.clean", "htmldate", "charset_normalizer", "feedparser"],
)
def test_what_a_library_says_of_a_page_never_reaches_the_terminal(
    set_up: str, library: str
) -> None:
    code = (
        f"import logging, trafilatura, monitor.edge.log; {set_up} {EMPTY_PAGE};"
        f"logging.getLogger({library!r}).error('of a page: \\x1b[2J')"
    )
    assert written(code) == ""


def test_other_libraries_reach_the_terminal_through_our_log_alone() -> None:
    say = "logging.getLogger('urllib3.pool').warning('a\\nb')"
    assert written(f"import logging, monitor.edge.log; {say}") == ""
    said = written(f"import logging, monitor.edge.log as ours; ours.set_up(); {say}")
    assert said.endswith("WARNING urllib3.pool: a\\nb\n")


def written(code: str) -> str:
    """Return what a fresh interpreter writes to standard error."""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    return done.stderr


def test_a_mistaken_log_call_loses_no_event() -> None:
    record = logging.LogRecord("monitor", logging.INFO, "", 0, "two %s %s", ("one",), None)
    assert "two %s %s" in log.Line().format(record)


def test_an_endless_event_is_cut_and_says_so(set_up: SetUp) -> None:
    stream = set_up()
    logging.getLogger("monitor").info("x" * 100_000)
    assert len(stream.getvalue()) < 9_000
    assert stream.getvalue().endswith("… (cut)\n")


def test_setting_up_twice_writes_each_event_once(set_up: SetUp) -> None:
    first, second = set_up(), set_up()
    logging.getLogger("monitor").info("once")
    assert first.getvalue() == ""
    assert second.getvalue().count("once") == 1
