"""Mail against a real server, a broken one and hostile titles: no header but ours, no storm."""

from __future__ import annotations

import base64
import json
import os
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.edge import mail
from monitor.edge.mail import SmtpSettings
from monitor.told import Message

SHARED = Path(os.environ.get("TORKHAM_SHARED", Path(__file__).resolve().parents[3] / "shared"))
CREATED = datetime(2026, 3, 12, 2, 0, tzinfo=UTC)
PASSWORD = "corr3ct-horse"
OURS = {
    *("from", "to", "subject", "date", "message-id", "auto-submitted", "mime-version"),
    *("content-type", "content-transfer-encoding"),
}


@dataclass
class Inbox:
    """A real server's handler: keeps what it was given and refuses whom it is told to."""

    envelopes: list[Envelope] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    answer: str = "250 OK"

    async def handle_RCPT(  # noqa: N802  aiosmtpd names its hooks so
        self, _server: Any, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, _server: Any, _session: Session, envelope: Envelope
    ) -> str:
        self.envelopes.append(envelope)
        return self.answer


@contextmanager
def server(inbox: Inbox, **options: Any) -> Iterator[SmtpSettings]:
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield smtp(controller.port)
    finally:
        controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def smtp(port: int, *, host: str = "127.0.0.1") -> SmtpSettings:
    return SmtpSettings(
        host=host,
        port=port,
        security="none",
        sender="The desk <desk@example.org>",
        recipients=("rana@example.org", "omar@example.org"),
    )


def letter(
    subject: str = "Torkham shut", text: str = "A text.\n", html: str | None = None
) -> Message:
    return Message(
        key="digest:2026-03-12:mail", subject=subject, text=text, html=html, created_at=CREATED
    )


def header_names(raw: bytes) -> list[str]:
    """As a mail program reads them: the lines before the first empty one, unfolded."""
    head = re.sub(rb"\r\n[ \t]", b" ", raw.split(b"\r\n\r\n", 1)[0])
    return [line.split(b":", 1)[0].decode().lower() for line in head.split(b"\r\n")]


def content(envelope: Envelope) -> bytes:
    raw = envelope.content
    assert isinstance(raw, bytes)
    return raw


# --- what arrives ---------------------------------------------------------------------------


def test_a_mail_arrives_as_text_and_html_with_a_fixed_identity() -> None:
    inbox = Inbox()
    with server(inbox) as settings_:
        said = mail.send(letter(text="Ein Tor\n.\n..ends", html="<p>طورخم</p>"), smtp=settings_)
    assert said.state == "sent"
    (envelope,) = inbox.envelopes
    assert envelope.mail_from == "desk@example.org"
    assert envelope.rcpt_tos == ["rana@example.org", "omar@example.org"]
    message = message_from_bytes(content(envelope), policy=default)
    assert message["Message-ID"] == mail.message_id("digest:2026-03-12:mail")
    assert re.fullmatch(r"<[0-9a-f]{40}@torkham>", message["Message-ID"])
    assert message["Date"].datetime == CREATED
    assert message["Auto-Submitted"] == "auto-generated"
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().splitlines() == ["Ein Tor", ".", "..ends"]
    assert html.get_content().strip() == "<p>طورخم</p>"


def test_the_same_message_sent_twice_is_the_same_bytes() -> None:
    settings_ = smtp(25)
    once, twice = mail.build(letter(), settings_), mail.build(letter(), settings_)
    assert once == twice
    assert b"\n" not in once.replace(b"\r\n", b"")


def test_a_mail_with_html_has_the_same_bytes_but_for_its_boundary() -> None:
    def told() -> bytes:
        built = mail.build(letter(html="<p>x</p>"), smtp(25))
        return re.sub(rb"={15}\d+==", b"BOUNDARY", built)

    assert told() == told()


# --- hostile titles -------------------------------------------------------------------------

TITLES = [
    "Blast =?UTF-8?Q?=0ABcc:_spy@example.net?= now",
    "Blast =?UTF-8?Q?=0D=0ABcc:_spy@example.net=0D=0A=0D=0Abody?=",
    "=?utf-8?b?DQpCY2M6IHNweUBleGFtcGxlLm5ldA==?=",
    "=?UTF-8?Q?=3D=3FUTF-8=3FQ=3F=3D0ABcc=3A_x@example.net=3F=3D?=",
    "=?=?UTF-8?Q?=0ABcc:_a@b.example?=",
    "Blast\r\nBcc: spy@example.net",
    "Blast\nBcc: spy@example.net",
    "Blast\rBcc: spy@example.net",
    "Blast\r\n\r\n<h1>body</h1>",
    "Blast\r\n.\r\nMAIL FROM:<x@example.net>",
    "Blast\x00\x0b\x0c\x1c\x85\u2028Bcc: spy@example.net",
    "\ud800 lone",
    "x" * 100_000,
    "ط" * 5_000,
    "To: a@b.example, c@d.example",
    "",
]


def shared_titles() -> list[str]:
    """Titles of the private collections: naughty strings and feed entries that carry headers."""
    strings = SHARED / "data/hostile/naughty_strings.json"
    feeds = SHARED / "data/hostile/edge_feeds"
    if not strings.exists():
        pytest.skip(f"the private hostile data is not at {SHARED}")
    titles: list[str] = json.loads(strings.read_text("utf-8"))
    for name in ("31_title_mail_header.xml", "32_title_mail_header_lf.xml"):
        found = re.search(
            r"<item><title>(.*?)</title>", (feeds / name).read_text("utf-8"), re.DOTALL
        )
        assert found
        titles.append(found[1])
    return titles


def assert_only_ours(titles: list[str]) -> None:
    inbox = Inbox()
    with server(inbox) as settings_:
        for title in titles:
            said = mail.send(letter(title, title, f"<p>{title}</p>"), smtp=settings_)
            assert said.state == "sent", (title, said)
    assert len(inbox.envelopes) == len(titles)
    for title, envelope in zip(titles, inbox.envelopes, strict=True):
        names = header_names(content(envelope))
        assert len(names) == len(set(names)), title
        assert set(names) <= OURS, title
        assert envelope.rcpt_tos == ["rana@example.org", "omar@example.org"], title
        message = message_from_bytes(content(envelope), policy=default)
        assert message["To"] == "rana@example.org, omar@example.org", title
        assert not message.defects, title


def test_no_title_adds_a_header_or_a_recipient() -> None:
    assert_only_ours(TITLES)


@pytest.mark.slow
def test_no_title_of_the_collections_adds_a_header_to_a_message() -> None:
    for title in shared_titles():
        names = header_names(mail.build(letter(title, title, title), smtp(25)))
        assert set(names) <= OURS, title
        assert len(names) == len(set(names)), title


@pytest.mark.slow
def test_no_title_of_the_collections_adds_a_header_or_a_recipient() -> None:
    assert_only_ours(shared_titles())


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="=?UTF-8QB_0AD:bcc@ \r\n\x00ط\u2028", max_size=120))
def test_whatever_a_title_is_made_of_the_headers_are_ours(title: str) -> None:
    names = header_names(mail.build(letter(title), smtp(25)))
    assert set(names) <= OURS
    assert len(names) == len(set(names))


@pytest.mark.parametrize("title", ["Pakistan, Kabul to resume talks", "طورخم بارڈر بند", "a" * 190])
def test_an_ordinary_title_arrives_as_it_is(title: str) -> None:
    message = message_from_bytes(mail.build(letter(title), smtp(25)), policy=default)
    assert message["Subject"] == title


@pytest.mark.parametrize(
    "recipient", ["a@example.org\r\nRCPT TO:<b@example.org>", "a b@example.org", "nobody", "a@b@c"]
)
def test_a_broken_address_in_the_settings_sends_nothing(recipient: str) -> None:
    inbox = Inbox()
    with server(inbox) as settings_:
        said = mail.send(letter(), smtp=replace(settings_, recipients=(recipient,)))
    assert (said.state, said.permanent) == ("failed", True)
    assert inbox.envelopes == []


# --- servers that refuse --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "permanent"), [("451 try later", False), ("554 no spam here", True)]
)
def test_a_4xx_may_be_tried_again_and_a_5xx_not(answer: str, permanent: bool) -> None:
    with server(Inbox(answer=answer)) as settings_:
        said = mail.send(letter(), smtp=settings_)
    assert (said.state, said.permanent) == ("failed", permanent)
    assert answer in said.detail


def test_refused_recipients_are_named_and_the_others_get_it() -> None:
    inbox = Inbox(refuse={"omar@example.org": "550 no such person"})
    with server(inbox) as settings_:
        said = mail.send(letter(), smtp=settings_)
    assert (said.state, said.refused) == ("sent", ("omar@example.org",))
    assert "omar@example.org (550 no such person)" in said.detail
    assert [envelope.rcpt_tos for envelope in inbox.envelopes] == [["rana@example.org"]]


def test_when_all_are_put_off_the_mail_may_be_tried_again() -> None:
    later = dict.fromkeys(("rana@example.org", "omar@example.org"), "450 greylisted")
    inbox = Inbox(refuse=later)
    with server(inbox) as settings_:
        said = mail.send(letter(), smtp=settings_)
    assert (said.state, said.permanent) == ("failed", False)
    assert inbox.envelopes == []


def test_no_recipient_is_a_failure_not_a_success() -> None:
    assert mail.send(letter(), smtp=replace(smtp(25), recipients=())).state == "failed"


def test_a_server_that_is_down_is_a_failure_to_be_tried_again() -> None:
    said = mail.send(letter(), smtp=smtp(free_port()), deadline=5)
    assert (said.state, said.permanent) == ("failed", False)


# --- servers that die or hang ---------------------------------------------------------------


@contextmanager
def scripted(talk: Callable[[socket.socket], None]) -> Iterator[SmtpSettings]:
    """A server that does with each connection what ``talk`` says."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        try:
            connection, _ = listener.accept()
            with connection:
                talk(connection)
        except OSError:
            return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield smtp(listener.getsockname()[1])
    finally:
        listener.close()
        thread.join(5)


def greet_until_data(connection: socket.socket) -> Any:
    lines = connection.makefile("rb")
    connection.sendall(b"220 ready\r\n")
    for line in lines:
        connection.sendall(b"354 go on\r\n" if line.startswith(b"DATA") else b"250 OK\r\n")
        if line.startswith(b"DATA"):
            return lines
    return lines


def die_after_data(connection: socket.socket) -> None:
    for line in greet_until_data(connection):
        if line == b".\r\n":
            return


def die_within_data(connection: socket.socket) -> None:
    greet_until_data(connection).readline()


def hang_after_data(connection: socket.socket) -> None:
    for line in greet_until_data(connection):
        if line == b".\r\n":
            connection.recv(1)
            return


def say_nothing(connection: socket.socket) -> None:
    connection.recv(1)


def drip(connection: socket.socket) -> None:
    for _ in range(200):
        connection.sendall(b"220-slow\r\n")
        time.sleep(0.05)


def flood(connection: socket.socket) -> None:
    connection.sendall(b"220 " + b"x" * 100_000 + b"\r\n")


@pytest.mark.parametrize(
    ("talk", "state"),
    [
        (die_after_data, "unknown"),
        (hang_after_data, "unknown"),
        (die_within_data, "failed"),
        (say_nothing, "failed"),
        (drip, "failed"),
        (flood, "failed"),
    ],
)
def test_whatever_the_server_does_it_ends_in_time_and_says_whether_it_may_have_the_mail(
    talk: Callable[[socket.socket], None], state: str
) -> None:
    big = "A line of text that is long enough to fill the buffers.\n" * 100_000
    body = big if talk is die_within_data else "A text.\n"
    started = time.monotonic()
    with scripted(talk) as settings_:
        said = mail.send(letter(text=body), smtp=settings_, deadline=1.0)
        assert time.monotonic() - started < 5
    assert (said.state, said.permanent) == (state, False)
    assert said.detail


def talk_for_ever(connection: socket.socket) -> None:
    """Answer the greeting with line after line, each of them in order, as fast as it is read."""
    lines = (b"220-" + b"welcome " * 500 + b"\r\n") * 100
    for _ in range(1_000):  # 400 MB
        connection.sendall(lines)


def test_a_server_that_talks_for_ever_is_not_listened_to_for_ever() -> None:
    """Within the deadline a fast one could fill the memory."""
    began = time.monotonic()
    with scripted(talk_for_ever) as settings_:
        said = mail.send(letter(), smtp=settings_, deadline=20)
    assert time.monotonic() - began < 5
    assert (said.state, said.permanent, said.closed) == ("failed", False, False)
    assert "said more than" in said.detail


def answering(answers: dict[bytes, bytes]) -> Callable[[socket.socket], None]:
    """A server that takes everything but has its own answer to some words; b"." is the content."""

    def talk(connection: socket.socket) -> None:
        lines = connection.makefile("rb")
        connection.sendall(b"220 \xe9\xff ready\r\n")
        inside = False
        for line in lines:
            word = line.strip().split(b" ")[0].upper()
            if inside and line != b".\r\n":
                continue
            inside = word == b"DATA" and word not in answers
            usual = b"354 go on\r\n" if inside else b"250 OK\r\n"
            connection.sendall(answers.get(word, usual))

    return talk


@pytest.mark.parametrize("word", [b"MAIL", b"RCPT", b"DATA", b"."])
@pytest.mark.parametrize("code", [b"530", b"535"])
def test_a_login_that_is_missed_later_is_no_fault_of_the_mail(word: bytes, code: bytes) -> None:
    """Some servers ask for it only at the recipients or after the content: the mail must wait."""
    with scripted(answering({word: code + b" 5.7.0 Authentication required\r\n"})) as settings_:
        said = mail.send(letter(), smtp=settings_, deadline=10)
    assert (said.state, said.permanent, said.closed) == ("failed", False, True), said
    assert "Authentication required" in said.detail


@pytest.mark.parametrize("word", [b"MAIL", b"RCPT", b"DATA"])
def test_a_line_without_end_is_not_taken_for_a_refusal_of_the_mail(word: bytes) -> None:
    with scripted(answering({word: b"354 " + b"x" * 100_000 + b"\r\n"})) as settings_:
        said = mail.send(letter(), smtp=settings_, deadline=10)
    assert (said.state, said.permanent, said.closed) == ("failed", False, False), said


def test_a_server_that_says_starttls_and_goes_on_in_the_clear_gets_nothing() -> None:
    def talk(connection: socket.socket) -> None:
        lines = connection.makefile("rb")
        connection.sendall(b"220 ready\r\n")
        for line in lines:
            offers = line.upper().startswith(b"EHLO")
            connection.sendall(
                b"250-me\r\n250 STARTTLS\r\n" if offers else b"220 go on\r\n250 ok\r\n"
            )

    with scripted(talk) as settings_:
        said = mail.send(letter(), smtp=replace(settings_, security="starttls"), deadline=10)
    assert (said.state, said.permanent) == ("failed", False)
    assert "SSL" in said.detail


def test_a_repeat_after_an_unknown_end_carries_the_same_identity() -> None:
    identities: list[bytes] = []

    def keep_and_die(connection: socket.socket) -> None:
        for line in greet_until_data(connection):
            if line.startswith(b"Message-ID:"):
                identities.append(line)
            if line == b".\r\n":
                return

    for _ in range(2):
        with scripted(keep_and_die) as settings_:
            assert mail.send(letter(), smtp=settings_, deadline=5).state == "unknown"
    assert len(identities) == 2
    assert identities[0] == identities[1]


# --- encryption, passwords ------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def server_context(authority: trustme.CA, name: str) -> Any:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def accept_password(
    _server: Any, _session: Any, _envelope: Any, _kind: str, data: Any
) -> AuthResult:
    good = isinstance(data, LoginPassword) and data.password == PASSWORD.encode()
    return AuthResult(success=good, handled=False)


def test_with_starttls_the_certificate_is_verified_and_the_password_is_taken(
    authority: trustme.CA, ca_file: str
) -> None:
    inbox = Inbox()
    tls = server_context(authority, "127.0.0.1")
    with server(
        inbox, tls_context=tls, require_starttls=True, authenticator=accept_password
    ) as settings_:
        safe = replace(settings_, security="starttls", user="desk", password=PASSWORD)
        trusted = replace(safe, ca_file=ca_file)
        assert mail.send(letter(), smtp=trusted).state == "sent"
        stranger = mail.send(letter(), smtp=safe)
        wrong = mail.send(letter(), smtp=replace(trusted, password="wr0ng-horse"))
    assert stranger.state == wrong.state == "failed"
    assert "certificate" in stranger.detail.lower()
    assert (wrong.permanent, wrong.closed) == (False, True)  # the mail is tried again, once mended
    assert "wr0ng-horse" not in wrong.detail
    assert len(inbox.envelopes) == 1


def test_a_certificate_for_another_host_is_refused(authority: trustme.CA, ca_file: str) -> None:
    inbox = Inbox()
    with server(inbox, tls_context=server_context(authority, "mail.example.org")) as settings_:
        safe = replace(settings_, security="starttls", ca_file=ca_file)
        assert mail.send(letter(), smtp=safe).state == "failed"
    assert inbox.envelopes == []


def test_tls_from_the_first_byte(authority: trustme.CA, ca_file: str) -> None:
    inbox = Inbox()
    tls = server_context(authority, "127.0.0.1")
    with server(inbox, ssl_context=tls) as settings_:
        safe = replace(settings_, security="tls", ca_file=ca_file)
        assert mail.send(letter(), smtp=safe).state == "sent"
        assert mail.send(letter(), smtp=replace(safe, ca_file=None)).state == "failed"
    assert len(inbox.envelopes) == 1


def test_without_starttls_on_offer_nothing_is_sent_in_the_clear() -> None:
    inbox = Inbox()
    with server(inbox) as settings_:
        safe = replace(settings_, security="starttls", user="desk", password=PASSWORD)
        said = mail.send(letter(), smtp=safe)
    assert said.state == "failed"
    assert inbox.envelopes == []


def test_a_password_is_not_sent_unencrypted_to_another_machine() -> None:
    settings_ = replace(smtp(25, host="mail.example.org"), user="desk", password=PASSWORD)
    said = mail.send(letter(), smtp=settings_)
    assert (said.state, said.closed) == ("failed", True)
    assert "unencrypted" in said.detail


def test_a_server_that_repeats_the_password_gets_it_into_no_message() -> None:
    plain = base64.b64encode(b"\0desk\0" + PASSWORD.encode())

    def parrot(connection: socket.socket) -> None:
        lines = connection.makefile("rb")
        connection.sendall(b"220 ready\r\n")
        for line in lines:
            if line.startswith(b"EHLO"):
                connection.sendall(b"250-me\r\n250 AUTH PLAIN\r\n")
            else:
                secret = PASSWORD.encode() + b" " + plain
                connection.sendall(b"535 I do not like " + secret + b"\r\n")

    with scripted(parrot) as settings_:
        login = replace(settings_, user="desk", password=PASSWORD)
        said = mail.send(letter(), smtp=login, deadline=5)
    assert said.state == "failed"
    assert "535" in said.detail
    assert PASSWORD not in said.detail
    assert plain.decode() not in said.detail
    assert PASSWORD not in repr(login)
