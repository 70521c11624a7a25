"""The log: one event, one line, whatever strangers wrote; and no secret in it."""

from __future__ import annotations

import base64
import html
import io
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

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


@pytest.mark.slow
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


# --- what repeats itself, and secrets in other clothes ----------------------------------------


@pytest.mark.parametrize("secret", [CANARY, "https://hooks.example/services/T0C4NARY99/b0c4nary-x"])
def test_a_secret_in_other_clothes_is_hidden_too(set_up: SetUp, secret: str) -> None:
    stream = io.StringIO()
    formatter = log.Line([secret])
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    logger = logging.getLogger("torkham.test.clothes")
    logger.propagate = False
    logger.addHandler(handler)
    raw = secret.encode()
    forms = [
        quote(secret, safe=""), quote_plus(secret), json.dumps({"k": secret}), html.escape(secret),
        *(base64.b64encode(b"ab"[:n] + raw + b"cd").decode() for n in range(3)),
        raw.hex(), repr(raw),
        base64.urlsafe_b64encode(b"u:" + raw).decode(), secret.rpartition("/")[2],
    ]  # fmt: skip
    for form in forms:
        logger.warning("said %s", form)
    logger.removeHandler(handler)
    told = stream.getvalue().splitlines()
    assert [form for form, line in zip(forms, told, strict=True) if log.HIDDEN not in line] == (
        [] if "://" in secret else [forms[-1]]
    )
    assert "c4nary" not in stream.getvalue().lower().replace("s3cret+word", "")


def test_a_secret_that_comes_later_is_hidden_from_then_on() -> None:
    secrets: list[str] = []
    formatter = log.Line(lambda: secrets)
    record = logging.LogRecord("x", logging.INFO, "", 0, "it is n3w-secret", (), None)
    assert "n3w-secret" in formatter.format(record)
    secrets.append("n3w-secret")
    assert "n3w-secret" not in formatter.format(record)


def said_at(spare: log.Sparing, second: float, words: str, *args: object) -> bool:
    record = logging.LogRecord("m", logging.ERROR, "", 0, words, args, None)
    record.created = second
    return spare.filter(record)


@pytest.mark.slow
def test_a_full_disk_does_not_fill_the_log() -> None:
    spare = log.Sparing()
    day = range(0, 86_400, 2)
    same = sum(said_at(spare, second, "the disk is full") for second in day)
    assert same <= 3 * 144
    spare = log.Sparing()
    alike = sum(said_at(spare, second / 100, "article %s: no room", second) for second in day)
    assert alike <= 30 * (864 / 60 + 1)


def test_how_many_were_left_out_is_said(set_up: SetUp) -> None:
    stream = set_up()
    logger = logging.getLogger("monitor.x")
    for n in range(40):
        logger.warning("article %s: no room", n)
    assert len(stream.getvalue().splitlines()) == 30
    spare = log.Sparing()
    for n in range(40):
        said_at(spare, 0, "article %s: no room", n)
    record = logging.LogRecord("m", logging.ERROR, "", 0, "article %s: no room", (41,), None)
    record.created = 61
    assert spare.filter(record)
    assert "10 more like it, left out" in log.Line().format(record)


def test_events_that_differ_are_all_written(set_up: SetUp) -> None:
    stream = set_up()
    for n in range(100):
        logging.getLogger(f"monitor.x{n}").info("this happened")
    assert len(stream.getvalue().splitlines()) == 100


def test_a_stream_that_takes_nothing_loses_the_event_and_nothing_else(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Full(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError(28, "No space left on device")

    root = logging.getLogger()
    before = root.handlers[:], root.level
    handler = log.set_up(secrets=[CANARY], stream=Full())
    logging.getLogger("monitor").error("with %s", CANARY)
    root.removeHandler(handler)
    root.handlers[:], root.level = before
    assert capsys.readouterr().err == ""


def test_a_fault_of_a_thread_is_one_line_like_any(set_up: SetUp) -> None:
    stream = set_up()
    before = threading.excepthook, sys.unraisablehook
    log.log_the_rest()

    def broken() -> None:
        raise ValueError(f"{CANARY}\nroot login")

    try:
        thread = threading.Thread(target=broken, name="job-poll")
        thread.start()
        thread.join()
    finally:
        threading.excepthook, sys.unraisablehook = before
    assert stream.getvalue().count("\n") == 1
    assert "job-poll ended by a fault" in stream.getvalue()
    assert "c4nary" not in stream.getvalue()
