"""Folders and chat services: whole files, honest answers, nobody summoned by a headline."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.edge import notify
from monitor.edge.mail import SmtpSettings
from monitor.edge.notify import chat
from monitor.told import Delivery, Message

# Apprise reads modules that Python 3.13 drops where they are still there.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

LETTER = Message(
    key="digest:2026-03-12",
    subject="Torkham: a day",
    text="Text.\n",
    html="<p>HTML</p>",
    created_at=datetime(2026, 3, 12, tzinfo=UTC),
)


# --- folders --------------------------------------------------------------------------------


def test_a_message_is_two_files_named_by_its_key(tmp_path: Path) -> None:
    folder = tmp_path / "out" / "box"
    said = notify.deliver(LETTER, notify.DirectoryChannel(name="outbox", folder=folder))
    stem = notify.file_stem(LETTER.key)
    assert said.state == "sent"
    assert said.detail == str(folder / f"{stem}.html")
    assert (folder / f"{stem}.html").read_text() == "<p>HTML</p>"
    assert (folder / f"{stem}.txt").read_text() == "Torkham: a day\n\nText.\n"
    assert sorted(path.name for path in folder.iterdir()) == [f"{stem}.html", f"{stem}.txt"]


def test_delivering_twice_leaves_one_message(tmp_path: Path) -> None:
    channel = notify.DirectoryChannel(name="outbox", folder=tmp_path)
    notify.deliver(LETTER, channel)
    notify.deliver(replace(LETTER, html="<p>later</p>"), channel)
    assert len(list(tmp_path.iterdir())) == 2


@given(st.text(max_size=300))
def test_a_file_name_is_plain_whatever_the_key(key: str) -> None:
    stem = notify.file_stem(key)
    assert stem.isascii()
    assert stem.replace("-", "").isalnum()
    assert len(stem) <= 70


def test_keys_that_look_alike_have_files_of_their_own() -> None:
    keys = ["alert:../../etc/passwd:1", "alert:etc passwd:1", "ALERT:etc-passwd-1", "x" * 500]
    keys += ["alert:🙂:1", "alert::1", "x" * 501]
    assert len({notify.file_stem(key) for key in keys}) == len(keys)


def test_a_link_planted_under_the_name_is_replaced_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / f"{notify.file_stem(LETTER.key)}.txt").symlink_to(victim)
    notify.deliver(LETTER, notify.DirectoryChannel(name="outbox", folder=folder))
    assert victim.read_text() == "mine"


def test_a_folder_that_cannot_be_is_a_failure_to_be_tried_again(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    channel = notify.DirectoryChannel(name="outbox", folder=tmp_path / "file" / "out")
    said = notify.deliver(LETTER, channel)
    assert (said.state, said.permanent) == ("failed", False)
    assert "cannot be written" in said.detail


# --- one row a recipient --------------------------------------------------------------------


def test_a_mail_channel_can_be_one_a_recipient() -> None:
    smtp = SmtpSettings(host="h", port=25, sender="d@e.org", recipients=("a@e.org", "b@e.org"))
    each = notify.one_each(notify.MailChannel(name="team", smtp=smtp))
    assert [channel.name for channel in each] == ["team:a@e.org", "team:b@e.org"]
    recipients = [c.smtp.recipients for c in each if isinstance(c, notify.MailChannel)]
    assert recipients == [("a@e.org",), ("b@e.org",)]


# --- chat services --------------------------------------------------------------------------


@contextmanager
def webhook(status: int = 200, delay: float = 0.0) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    received: list[dict[str, Any]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            received.append(json.loads(self.rfile.read(length)))
            time.sleep(delay)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"json://127.0.0.1:{server.server_address[1]}/hook?rto=5&cto=5", received
    finally:
        server.shutdown()
        server.server_close()


def test_a_webhook_gets_plain_text() -> None:
    with webhook() as (url, received):
        said = notify.deliver(LETTER, notify.AppriseChannel(name="hook", url=url))
    assert said.state == "sent"
    assert received[0]["title"] == "Torkham: a day"
    assert received[0]["message"].strip() == "Text."


@pytest.mark.parametrize(
    ("status", "permanent"), [(429, False), (500, False), (503, False), (404, True), (401, True)]
)
def test_an_answer_that_refuses_tells_whether_to_try_again(status: int, permanent: bool) -> None:
    with webhook(status) as (url, _):
        said = notify.deliver(LETTER, notify.AppriseChannel(name="hook", url=url))
    assert (said.state, said.permanent) == ("failed", permanent)
    assert str(status) in said.detail


def test_a_service_that_is_not_there_never_had_it() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    said = notify.deliver(
        LETTER, notify.AppriseChannel(name="hook", url=f"json://127.0.0.1:{port}/secret-token")
    )
    assert (said.state, said.permanent) == ("failed", False)
    assert "secret-token" not in said.detail


@pytest.mark.slow
def test_a_service_that_took_it_and_did_not_answer_may_have_it() -> None:
    with webhook(delay=1.5) as (url, received):
        hurried = notify.AppriseChannel(name="hook", url=url.replace("rto=5", "rto=1"))
        said = notify.deliver(LETTER, hurried)
    assert said.state == "unknown"
    assert len(received) == 1


def test_an_address_apprise_does_not_know_is_said_without_telling_it() -> None:
    channel = notify.AppriseChannel(name="hook", url="nosuch://secret-token")
    said = notify.deliver(LETTER, channel)
    assert (said.state, said.permanent) == ("failed", True)
    assert "hook" in said.detail
    assert "secret-token" not in said.detail + repr(channel)


@pytest.mark.parametrize(
    "command",
    [
        *("<!channel>", "<!here|x>", "<!EVERYONE>", "<!subteam^S1>", "<@U123>", "<#C1>"),
        *("@everyone", "@here", "@channel"),
    ],
)
def test_a_headline_summons_nobody(command: str) -> None:
    said = notify.chat_text(f"Blast {command} now")
    assert command.lower() not in said.lower()
    assert said.replace("\u2060", "") == f"Blast {command} now"


def test_apprise_escapes_for_slack_what_we_leave_to_it() -> None:
    apprise = pytest.importorskip("apprise")
    slack = apprise.Apprise.instantiate("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/")
    text = notify.chat_text("Blast <!channel> & <http://spy.example|bank>")
    said = slack.dialect_convert(text, body_format=apprise.NotifyFormat.TEXT)
    assert "<" not in said
    assert ">" not in said
    assert "&amp; " in said


@pytest.mark.parametrize(
    ("url", "most"),
    [
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/", chat.LONGEST),
        ("discord://123456789012345678/abcdefghijklmnopqrstuvwxyz", 2_000),
        ("tgram://123456789:abcdefg_hijklmnop/12315544/", chat.LONGEST),
        ("whatsapp://token12345678@123456789012345/15551231234", 1_024),
        ("signal://localhost:8080/15551231234/15551231235", chat.LONGEST),
    ],
)
def test_what_is_sent_fits_the_service_whatever_was_written(url: str, most: int) -> None:
    """Title included where the service has none, and counted as it is counted when escaped."""
    apprise = pytest.importorskip("apprise")
    service = apprise.Apprise()
    assert service.add(url)
    (one,) = service
    for words in ("A line & more of it <here>.\n", "😀 دھماکہ\n", "word " * 40, "&" * 500 + "\n"):
        letter = replace(LETTER, subject=words * 20, text=words * 400)
        title, body = chat._fitting(letter, list(service))
        whole = body if one.title_maxlen else f"{title}\r\n{body}"
        assert chat._length(whole) <= most
        assert chat._length(whole) > most / 2, "more was cut than had to be"
        assert len(title) <= (one.title_maxlen or most)
        assert "\n" not in title


def test_two_services_side_by_side_each_hear_their_own_answer() -> None:
    """Apprise logs for all in one place; a refusal of one must not be taken for the other's."""
    said: dict[str, Delivery] = {}
    with webhook(404, delay=0.1) as (refusing, _), webhook(500, delay=0.05) as (ill, _):
        urls = {"refusing": refusing, "ill": ill}

        def tell(name: str) -> None:
            channel = notify.AppriseChannel(name=name, url=urls[name])
            said[name] = notify.deliver(LETTER, channel)

        threads = [threading.Thread(target=tell, args=(name,)) for name in urls]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (said["refusing"].permanent, said["ill"].permanent) == (True, False)
    assert "404" in said["refusing"].detail
    assert "500" in said["ill"].detail


def test_what_apprise_says_of_a_failure_reaches_no_log() -> None:
    """It writes out addresses, which are keys."""
    import logging

    heard: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record.getMessage())

    ear = Ear(logging.DEBUG)
    logging.getLogger().addHandler(ear)
    try:
        url = "json://127.0.0.1:9/s3cret-token?cto=1"
        assert notify.deliver(LETTER, notify.AppriseChannel(name="h", url=url)).state == "failed"
        wrong = notify.AppriseChannel(name="h", url="nosuch://s3cret-token")
        assert notify.deliver(LETTER, wrong).permanent
    finally:
        logging.getLogger().removeHandler(ear)
    assert not [line for line in heard if "s3cret" in line]


@pytest.mark.slow
def test_a_service_that_hangs_is_left_at_its_deadline() -> None:
    with webhook(delay=3.0) as (url, _):
        channel = notify.AppriseChannel(name="h", url=url.replace("rto=5", "rto=9"), deadline=0.3)
        said = notify.deliver(LETTER, channel)
        assert said.state == "unknown", "its answer, which comes after three seconds, was awaited"


def test_long_texts_are_cut_at_a_line() -> None:
    said = notify.chat_text("A line of words.\n" * 1_000)
    assert len(said) <= chat.LONGEST + 2
    assert said.endswith("words.\n…")


def test_without_chat_channels_apprise_is_not_even_read() -> None:
    import subprocess
    import sys

    code = "import sys, monitor.edge.notify; sys.exit('apprise' in sys.modules)"
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, env=os.environ, check=False)
    assert done.returncode == 0
