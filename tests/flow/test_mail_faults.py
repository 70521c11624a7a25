"""A mail server in every bad mood for more than a day: no mail lost, none twice without need."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import socketserver
import ssl
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from monitor import pipeline
from monitor.edge.clock import system_clock
from monitor.edge.mail import SmtpSettings
from monitor.edge.notify import MailChannel, deliver, one_each
from monitor.told import Delivery
from store import outbox
from store.db import Db, connect
from store.messages import OutboxRow, Outgoing

if TYPE_CHECKING:
    from tests.flow.forge import Forge
    from tests.flow.newsroom import Installation, Newsroom

PEOPLE = ("amna@desk.example", "gul@desk.example")
PASSWORD = "corr3ct-horse"
LASTS = timedelta(hours=26)
PATIENCE, LITTLE = 5.0, 0.15  # seconds for one mail; for one to a server that says nothing


@dataclass
class Post:
    """A mail server with a mood. ``kept``: how often it has each mail, by reader and Message-ID."""

    mood: str = "well"
    kept: Counter[tuple[str, str]] = field(default_factory=Counter)
    named: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    visits: int = 0
    kills: Callable[[], None] | None = None
    tls: ssl.SSLContext | None = None

    def keep(self, readers: list[str], content: bytes) -> None:
        mail = message_from_bytes(content)
        for reader in readers:
            self.kept[reader, str(mail["Message-ID"])] += 1
            self.named[f"{reader} {mail['Subject']}"].add(str(mail["Message-ID"]))


REFUSALS = {
    ("greeting", "turned away"): "554 no service here today",
    ("greeting", "busy at the door"): "421 too many connections",
    ("AUTH", "password refused"): "535 authentication failed",
    ("AUTH", "password put off"): "454 temporary authentication failure",
    ("MAIL", "sender refused"): "550 we do not know you",
    ("RCPT", "greylisted"): "450 try again later",
    ("RCPT", "mailbox full"): "452 mailbox full",
    ("DATA", "not now"): "451 local error",
    (".", "put off after the content"): "451 try later",
    (".", "spam"): "554 this looks like spam",
}
PLAIN = {
    "greeting": "220 ready", "STARTTLS": "220 go on", "AUTH": "235 welcome", "DATA": "354 go on",
}  # fmt: skip


class Talk(socketserver.StreamRequestHandler):
    """One connection."""

    server: Server

    def handle(self) -> None:
        post = self.server.post
        post.visits += 1
        with suppress(OSError):
            if post.mood == "silent":
                self.rfile.read(1)
                return
            self._talk(post)

    def _say(self, step: str) -> bool:
        said = REFUSALS.get((step, self.server.post.mood), PLAIN.get(step, "250 OK"))
        self.wfile.write(f"{said}\r\n".encode())
        return said[0] in "23"

    def _talk(self, post: Post) -> None:
        readers: list[str] = []
        self._say("greeting")
        while raw := self.rfile.readline():
            verb, _, rest = raw.decode().strip().partition(" ")
            verb = verb.upper()
            if verb == "EHLO":
                tls = "250-STARTTLS\r\n" if post.tls and not self._is_safe() else ""
                self.wfile.write(f"250-post.example\r\n{tls}250 AUTH PLAIN\r\n".encode())
            elif verb == "STARTTLS" and post.tls:
                self._say("STARTTLS")
                self.connection = post.tls.wrap_socket(self.connection, server_side=True)
                self.rfile = self.connection.makefile("rb")
                self.wfile = self.connection.makefile("wb", buffering=0)
            elif verb == "DATA":
                if post.mood == "dies at DATA" or (
                    self._say("DATA") and not self._take(post, readers)
                ):
                    return
            elif self._say(verb) and verb == "RCPT":
                readers.append(rest.partition("<")[2].partition(">")[0])

    def _is_safe(self) -> bool:
        return isinstance(self.connection, ssl.SSLSocket)

    def _take(self, post: Post, readers: list[str]) -> bool:
        content = b"".join(iter(self.rfile.readline, b".\r\n"))
        if (".", post.mood) not in REFUSALS:
            post.keep(readers, content)
        if post.kills:
            post.kills()
        if post.mood == "dies after DATA":
            return False
        if post.mood == "hangs after DATA":
            self.rfile.read(1)
            return False
        self._say(".")
        return True


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = allow_reuse_address = True

    def __init__(self, post: Post, port: int = 0) -> None:
        self.post = post
        super().__init__(("127.0.0.1", port), Talk)

    def handle_error(self, *_: Any) -> None:
        """Clients that hang up, and handshakes that fail, are what is tried here."""


@pytest.fixture
def post() -> Iterator[Post]:
    """A server that is well until a test puts it in a mood; ``port`` is where it is."""
    made = Post()
    server = Server(made)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    made.port = server.server_address[1]  # type: ignore[attr-defined]
    yield made
    server.shutdown()
    server.server_close()


def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class Sender:
    """The send job over a store, by a clock that is set."""

    def __init__(self, made_up: Any, db: Db, smtp: SmtpSettings) -> None:
        self.clock, self.db = made_up.Hands(), db
        self.doubts: Counter[str] = Counter()
        self.use(smtp)

    def use(self, smtp: SmtpSettings, patience: float = PATIENCE) -> None:
        channel = MailChannel(name="team", smtp=smtp, deadline=patience)
        self.ways = {way.name: way for way in one_each(channel)}

    def put(self, days: int = 3) -> None:
        rows = [
            Outgoing(
                key=f"digest:{day}:{way}", kind="digest", channel=way, subject=f"Day {day}",
                text=f"What happened on day {day}.", html=None, created_at=self.clock(),
            )
            for day in range(days)
            for way in self.ways
        ]  # fmt: skip
        outbox.put(self.db, rows)

    def tick(self) -> None:
        pipeline.send(self.db, deliver=self._deliver, clock=self.clock, stopped=lambda: False)

    def _deliver(self, row: OutboxRow) -> Delivery:
        made = deliver(row.message, self.ways[row.message.channel])
        self.doubts[row.message.key] += made.state == "unknown"
        return made

    def live(self, lasts: timedelta, step: timedelta) -> None:
        until = self.clock() + lasts
        while self.clock() < until:
            self.tick()
            self.clock.at += step


@pytest.fixture
def db(tmp_path: Path, empty_store: Path) -> Iterator[Db]:
    shutil.copyfile(empty_store, tmp_path / "torkham.db")
    with closing(connect(tmp_path / "torkham.db")) as opened:
        yield opened


def smtp(port: int, **given: Any) -> SmtpSettings:
    plain = {"security": "none", "user": "desk", "password": PASSWORD}
    return SmtpSettings(
        host="127.0.0.1", port=port, sender="torkham@desk.example", recipients=PEOPLE,
        **{**plain, **given},
    )  # fmt: skip


MOODS = (
    *("turned away", "busy at the door", "password refused", "password put off"),
    *("sender refused", "greylisted", "mailbox full", "not now", "put off after the content"),
    *("dies at DATA", "silent", "nobody there", "certificate of a stranger"),
)
DOUBTFUL = ("dies after DATA", "hangs after DATA")


@pytest.mark.slow
@pytest.mark.row(32)
def test_whatever_ails_the_mail_server_for_26_hours_every_mail_arrives_late_and_once(
    made_up: Any, post: Any, db: Db, tmp_path: Path, figure: Callable[..., None]
) -> None:
    """In thirteen moods that leave no doubt; a mail is tried a handful of times, not hundreds."""
    good, bad = trustme.CA(), trustme.CA()
    good.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    most = 0
    for mood in MOODS:
        post.kept.clear()
        post.mood, post.visits = mood, 0
        post.tls = served(bad) if mood == "certificate of a stranger" else None
        more = {"security": "starttls", "ca_file": str(tmp_path / "ca.pem")} if post.tls else {}
        port = closed_port() if mood == "nobody there" else post.port
        db.execute("DELETE FROM outbox")
        sender = Sender(made_up, db, smtp(port, **more))
        sender.put()
        sender.use(smtp(port, **more), LITTLE if mood == "silent" else PATIENCE)
        sender.live(LASTS, timedelta(minutes=30))
        states = {row.state for row in outbox.recent(db)}
        assert states == {"queued"}, f"{mood}: given up: {states}"
        assert not post.kept
        most = max(most, *(row.attempts for row in outbox.recent(db)))
        post.mood = "well"
        post.tls = served(good) if post.tls else None
        sender.use(smtp(post.port, **more))
        sender.live(timedelta(days=3), timedelta(hours=4))
        assert {row.state for row in outbox.recent(db)} == {"sent"}, mood
        assert len(post.kept) == 3 * len(PEOPLE), f"{mood}: lost"
        assert set(post.kept.values()) == {1}, f"{mood}: doubled"
    assert most <= 6
    figure(
        f"{len(MOODS)} faults of 26 hours each (down, 4xx and 5xx at every step, TLS, password,"
        f" hang): 0 of {len(MOODS) * 6} mails lost, 0 doubled, at most {most} tries in the 26 hours"
    )


def served(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.mark.slow
@pytest.mark.row(32)
def test_a_server_that_takes_mails_and_says_nothing_gets_each_twice_at_most(
    made_up: Any, post: Any, db: Db, figure: Callable[..., None]
) -> None:
    """It died, or hung, after DATA for 26 hours: one repeat, known by its Message-ID."""
    copies = 0
    for mood in DOUBTFUL:
        post.kept.clear()
        post.mood = mood
        db.execute("DELETE FROM outbox")
        sender = Sender(made_up, db, smtp(post.port))
        sender.put(1)
        sender.use(smtp(post.port), LITTLE * 4)  # so that it has all before nobody waits any more
        sender.live(LASTS, timedelta(minutes=30))
        post.mood = "well"
        sender.use(smtp(post.port))
        sender.live(timedelta(days=3), timedelta(hours=4))
        assert set(post.kept.values()) == {2}, mood
        assert len(post.kept) == len(PEOPLE), mood
        assert {row.state for row in outbox.recent(db)} == {"unknown"}, "it is on the list"
        copies = max(copies, *post.kept.values())
    assert all(len(ids) == 1 for ids in post.named.values())
    figure(f"death and hang after DATA for 26 hours: 0 lost, {copies} copies with one Message-ID")


def test_a_mail_that_is_refused_itself_is_tried_once_and_shown(
    made_up: Any, post: Any, db: Db
) -> None:
    post.mood = "spam"
    sender = Sender(made_up, db, smtp(post.port))
    sender.put(1)
    sender.live(LASTS, timedelta(minutes=30))
    rows = outbox.recent(db)
    assert [(row.state, row.attempts) for row in rows] == [("failed", 1)] * len(PEOPLE)
    assert all("looks like spam" in row.error for row in rows)


CRASHES, MAILS = 100, 25


@pytest.mark.slow
@pytest.mark.row(32)
@pytest.mark.timeout(600)
def test_a_hundred_kills_before_the_server_can_say_yes_lose_no_mail(
    newsroom: Newsroom, here: Installation, forge: Forge, post: Any, empty_store: Path,
    figure: Callable[..., None],
) -> None:  # fmt: skip
    """Each costs one repeat at most, with its Message-ID; who is killed again waits longer."""
    newsroom.publish("lantern")
    mail = {
        "kind": "mail", "host": "127.0.0.1", "port": post.port, "security": "none",
        "from": "torkham@desk.example", "to": [PEOPLE[0]],
    }  # fmt: skip
    here.configure(channels={"team": mail})
    here.data.mkdir()
    shutil.copyfile(empty_store, here.data / "torkham.db")
    rows = [
        Outgoing(
            key=f"digest:{n}", kind="digest", channel=f"team:{PEOPLE[0]}", subject=f"Mail {n}",
            text="What happened.", html=None, created_at=system_clock(),
        )
        for n in range(MAILS)
    ]  # fmt: skip
    with here.store() as db:
        outbox.put(db, rows)
    minutes, crashes, pid = 0.0, 0, [0]
    post.kills = lambda: os.kill(pid[0], signal.SIGKILL)
    began = time.monotonic()
    while crashes < CRASHES:
        run = forge.start(here.folder, newsroom.port, "jobs", "send", minutes=minutes)
        pid[0] = run.pid
        ended = run.ended()
        crashes += ended.status == -signal.SIGKILL
        if ended.status == 0:
            minutes += 60  # all that is left waits for its turn
        assert time.monotonic() - began < 500
    post.kills = None
    for days in (2, 4):  # what the last kill left waits once more
        on = minutes + 60 * 24 * days
        assert forge.run(here.folder, newsroom.port, "jobs", "send", minutes=on) == 0
    assert here.rows("SELECT DISTINCT state FROM outbox") == [{"state": "sent"}]
    assert len(post.kept) == MAILS, "lost"
    copies = sum(post.kept.values())
    assert copies <= MAILS + CRASHES
    assert all(len(ids) == 1 for ids in post.named.values())
    most = max(post.kept.values())
    figure(
        f"{CRASHES} kills between DATA and its answer: 0 of {MAILS} mails lost, {copies - MAILS}"
        f" repeats, all with their first Message-ID, at most {most} of one mail"
    )
    attempts = here.rows("SELECT max(attempts) AS most FROM outbox")[0]["most"]
    assert most <= attempts
