"""Webhooks: signed as the specification says, sent nowhere else, and lost or doubled by nobody."""

from __future__ import annotations

import json
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.edge import notify
from monitor.edge.http import Poster
from monitor.edge.notify import webhook
from monitor.edge.signing import key_of, new_secret, signature, webhook_id
from monitor.told import Delivery, Message
from store.messages import Outgoing

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("TORKHAM_SHARED", ROOT.parent / "shared"))
NOW = datetime(2026, 3, 12, 9, 20, tzinfo=UTC)
SECRET = "whsec_" + "A" * 32
ALERT = Outgoing(
    key="alert:Torkham crossing:17:dashboard",
    kind="alert",
    channel="dashboard",
    subject="Torkham crossing: shut again",
    text="The crossing was shut.\nhttps://paper.example/17 (https://desk.example/articles/17).\n",
    html="<p>The crossing was shut. طورخم</p>",
    created_at=NOW,
    article=17,
    rule="Torkham crossing",
    story=4,
    reader="asma",
    follows="alert:Torkham crossing:9:dashboard",
)


def receivers_code() -> Callable[..., dict[str, Any]]:
    """What the manual tells a receiver to paste, run as it stands there."""
    page = (ROOT / "docs/how-to/webhooks.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, "webhooks.md", "exec"), names)  # noqa: S102 - the manual's own lines
    found: Callable[..., dict[str, Any]] = names["message_of"]
    return found


message_of = receivers_code()


@dataclass
class Receiver:
    """A program of the team's: keeps what it gets, answers what it was told to."""

    port: int = 0
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook/s3cret-path"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    told = Receiver()

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            time.sleep(told.delay)
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    told.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield told
    server.shutdown()
    server.server_close()


def channel_to(url: str, port: int, **more: Any) -> notify.WebhookChannel:
    poster = Poster(
        clock=lambda: NOW, user_agent="Torkham/test", allow=frozenset({("127.0.0.1", port)})
    )
    given: dict[str, Any] = {
        "name": "dashboard",
        "secret": SECRET,
        "deadline": 2.0,
        "poster": poster,
    } | more
    return notify.WebhookChannel(url=url, **given)


def sent_to(receiver: Receiver, letter: Any = ALERT, **more: Any) -> Delivery:
    return notify.deliver(letter, channel_to(receiver.url, receiver.port, **more))


# --- what arrives ---------------------------------------------------------------------------


def test_the_receivers_code_of_the_manual_takes_what_we_send(receiver: Receiver) -> None:
    assert sent_to(receiver) == Delivery(state="sent", detail="It answered 200.")
    ((headers, body),) = receiver.got
    assert message_of(SECRET, headers, body, now=NOW.timestamp()) == {
        "type": "alert",
        "id": headers["webhook-id"],
        "created_at": "2026-03-12T09:20:00+00:00",
        "subject": ALERT.subject,
        "text": ALERT.text,
        "html": ALERT.html,
        "links": ["https://paper.example/17", "https://desk.example/articles/17"],
        "article": 17,
        "rule": "Torkham crossing",
        "story": 4,
        "reader": "asma",
        "day": None,
        "follows": webhook_id("alert:Torkham crossing:9:dashboard"),
    }
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"] == "Torkham/test"
    assert "cookie" not in headers
    assert "expect" not in headers


@pytest.mark.parametrize("spoilt", ["body", "webhook-id", "webhook-timestamp", "secret", "old"])
def test_what_was_changed_on_the_way_is_refused(receiver: Receiver, spoilt: str) -> None:
    sent_to(receiver)
    ((headers, body),) = receiver.got
    secret, now = SECRET, NOW.timestamp()
    if spoilt == "body":
        body = body.replace(b"shut", b"open")
    elif spoilt == "secret":
        secret = new_secret()
    elif spoilt == "old":
        now += 301
    elif spoilt == "webhook-timestamp":
        headers[spoilt] = str(int(headers[spoilt]) + 1)
    else:
        headers[spoilt] += "0"
    with pytest.raises(ValueError, match=r"signature|too old"):
        message_of(secret, headers, body, now=now)


def test_the_published_example_is_signed_as_it_is_published() -> None:
    """Of https://github.com/standard-webhooks/standard-webhooks."""
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert key is not None
    said = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert said == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_repeat_is_known_by_its_id_and_is_the_same_to_the_letter(receiver: Receiver) -> None:
    receiver.status = 500
    assert sent_to(receiver).state == "failed"
    receiver.status = 200
    later = Poster(
        clock=lambda: NOW.replace(hour=10), user_agent="T",
        allow=frozenset({("127.0.0.1", receiver.port)}),
    )  # fmt: skip
    assert sent_to(receiver, poster=later).state == "sent"
    (first, body), (second, same) = receiver.got
    assert (first["webhook-id"], body) == (second["webhook-id"], same)
    assert first["webhook-signature"] != second["webhook-signature"]
    message_of(SECRET, second, same, now=NOW.replace(hour=10).timestamp())


def test_a_digest_says_its_day_and_a_bare_message_is_a_notice(receiver: Receiver) -> None:
    digest = Outgoing(
        key="digest:2026-03-12:dashboard", kind="digest", channel="dashboard", subject="A day",
        text="Text", html=None, created_at=NOW, day_on=date(2026, 3, 12),
    )  # fmt: skip
    bare = Message(key="k", subject="S", text="T", html=None, created_at=NOW)
    assert [sent_to(receiver, one).state for one in (digest, bare)] == ["sent", "sent"]
    first, second = (json.loads(body) for _, body in receiver.got)
    assert (first["type"], first["day"], first["article"]) == ("digest", "2026-03-12", None)
    assert (second["type"], second["day"]) == ("notice", None)


@given(st.text(max_size=60), st.text(max_size=200), st.integers(min_value=0, max_value=40_000))
def test_any_text_makes_json_within_the_limit(key: str, words: str, times: int) -> None:
    letter = Message(
        key=key, subject=words, text=words * times + " https://x.example/" + words,
        html=words * times, created_at=NOW,
    )  # fmt: skip
    body = webhook.payload(letter)
    assert len(body) <= webhook.LARGEST
    assert body == webhook.payload(letter)
    assert json.loads(body)["id"] == webhook_id(key)
    assert re.fullmatch(r"msg_[0-9a-f]{40}", webhook_id(key))


# --- what is answered -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "state", "permanent"),
    [
        *((200, "sent", False), (202, "sent", False), (204, "sent", False), (206, "sent", False)),
        *((410, "failed", True), (404, "failed", False), (401, "failed", False)),
        *((302, "failed", False), (429, "failed", False), (500, "failed", False)),
        *((502, "failed", False), (504, "failed", False)),
    ],
)
def test_the_status_alone_decides(
    receiver: Receiver, status: int, state: str, permanent: bool
) -> None:
    receiver.status = status
    said = sent_to(receiver)
    assert (said.state, said.permanent) == (state, permanent)
    assert str(status) in said.detail
    assert len(receiver.got) == 1


@pytest.mark.parametrize(
    ("status", "asked", "waits"),
    [
        *((429, "120", 120.0), (503, "3600", 3600.0), (429, "-5", None), (500, "120", None)),
        (503, "Thu, 12 Mar 2026 09:30:00 GMT", 600.0),
        (429, "99999999999", 86_400.0),
    ],
)
def test_patience_is_given_where_it_is_asked_for(
    receiver: Receiver, status: int, asked: str, waits: float | None
) -> None:
    receiver.status, receiver.headers = status, {"Retry-After": asked}
    assert sent_to(receiver).retry_after == waits


def test_a_redirect_is_never_followed_whatever_it_points_at(receiver: Receiver) -> None:
    for place in ("http://169.254.169.254/latest/meta-data/", "/elsewhere", receiver.url):
        receiver.status, receiver.headers = 307, {"Location": place}
        said = sent_to(receiver)
        assert (said.state, said.detail) == (
            "failed",
            "It answered 307. A redirect is not followed.",
        )
    assert len(receiver.got) == 3


def test_an_answer_that_comes_too_late_leaves_it_unknown_after_the_body_was_sent(
    receiver: Receiver,
) -> None:
    receiver.delay = 3.0
    said = sent_to(receiver, deadline=0.3)
    assert (said.state, said.permanent) == ("unknown", False)
    assert len(receiver.got) == 1


def test_a_port_where_nobody_listens_never_had_it() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    said = notify.deliver(ALERT, channel_to(f"http://127.0.0.1:{port}/s3cret-path", port))
    assert (said.state, said.permanent) == ("failed", False)
    assert "s3cret" not in said.detail


@contextmanager
def odd_server(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that takes the request and then does as it likes."""
    listening = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []

    def serve() -> None:
        while True:
            try:
                one, _ = listening.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=talk, args=(one,), daemon=True))
            threads[-1].start()

    def talk(one: socket.socket) -> None:
        with one:
            one.settimeout(5)
            try:
                one.recv(65_536)
                answer(one)
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.close()


def _endless_body(one: socket.socket) -> None:
    one.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        one.sendall(b"x" * 65_536)


def _endless_headers(one: socket.socket) -> None:
    one.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        one.sendall(b"X-More: " + b"y" * 8_000 + b"\r\n")


def _drip(one: socket.socket) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n":
        one.sendall(bytes([byte]))
        time.sleep(0.1)


def _nothing(one: socket.socket) -> None:
    one.close()


def _no_http(one: socket.socket) -> None:
    one.sendall(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")


def _bomb(one: socket.socket) -> None:
    one.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + b"\x1f\x8b\x08" * 1000)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        *((_endless_body, "sent"), (_bomb, "sent"), (_endless_headers, "unknown")),
        *((_drip, "unknown"), (_nothing, "unknown"), (_no_http, "unknown")),
    ],
)
def test_no_answer_holds_us_up_or_fills_our_memory(
    answer: Callable[[socket.socket], None], state: str
) -> None:
    with odd_server(answer) as port:
        began = time.monotonic()
        said = notify.deliver(ALERT, channel_to(f"http://127.0.0.1:{port}/", port, deadline=0.5))
    assert said.state == state
    assert time.monotonic() - began < 5


# --- where it may go ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://[::1]:{port}/",
        "http://2130706433:{port}/", "http://0x7f.1:{port}/", "http://169.254.169.254/latest/",
        "http://10.0.0.7/", "http://[::ffff:127.0.0.1]:{port}/", "ftp://hooks.example/",
        "http://user:pw@hooks.example/", "file:///etc/passwd", "http://hooks.example\\@10.0.0.7/",
    ],
)  # fmt: skip
def test_no_address_of_this_machine_or_network_is_posted_to(receiver: Receiver, url: str) -> None:
    poster = Poster(clock=lambda: NOW, user_agent="T")
    channel = channel_to(url.format(port=receiver.port), 1, poster=poster)
    said = notify.deliver(ALERT, channel)
    assert (said.state, said.permanent) == ("failed", True)
    assert receiver.got == []


@pytest.mark.parametrize("found", [["127.0.0.1"], ["::1"], ["169.254.169.254", "10.0.0.1"]])
def test_a_name_that_turns_out_to_be_ours_opens_no_socket(
    receiver: Receiver, found: list[str]
) -> None:
    """The second look-up of a name is the one that counts, and it is judged where it connects."""
    poster = Poster(clock=lambda: NOW, user_agent="T", names={"hooks.example": found})
    url = f"http://hooks.example:{receiver.port}/s3cret-path"
    said = notify.deliver(ALERT, channel_to(url, 1, poster=poster))
    assert (said.state, said.permanent) == ("failed", True)
    assert "refused" in said.detail
    assert receiver.got == []


def test_no_address_of_the_ssrf_list_is_posted_to() -> None:
    """Every name answers 127.0.0.1 here: the worst any resolver could do."""
    listed = SHARED / "data" / "hostile" / "ssrf_urls.txt"
    if not listed.is_file():
        pytest.skip("the list of SSRF URLs is private data, named by TORKHAM_SHARED")
    urls = [line for line in listed.read_text("utf-8").splitlines() if line]
    poster = Poster(clock=lambda: NOW, user_agent="T", names={"*": ["127.0.0.1"]})
    for url in urls:
        said = notify.deliver(ALERT, channel_to(url, 1, poster=poster))
        assert (said.state, said.permanent) == ("failed", True), url


# --- secrets --------------------------------------------------------------------------------


def test_neither_address_nor_secret_is_told(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    said = []
    for receiver.status in (200, 302, 410, 500):
        said.append(sent_to(receiver))
    receiver.delay = 0.5
    said.append(sent_to(receiver, deadline=0.1))
    told = repr(said) + repr(channel_to(receiver.url, 1)) + caplog.text
    for headers, body in receiver.got:
        told += body.decode() + repr({k: v for k, v in headers.items() if k != "host"})
    assert "s3cret" not in told
    assert SECRET not in told
    assert SECRET.removeprefix("whsec_") not in told


@pytest.mark.parametrize(
    "bad", ["", "whsec_", "A" * 32, "whsec_%%%%", "whsec_QUJD", "whsec_" + "A" * 400]
)
def test_a_secret_that_is_none_signs_nothing(receiver: Receiver, bad: str) -> None:
    said = sent_to(receiver, secret=bad)
    assert (said.state, said.permanent) == ("failed", True)
    assert receiver.got == []
    assert key_of(new_secret()) is not None
