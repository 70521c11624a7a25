"""A web server on loopback that misbehaves on request, and a fetcher, or all of us, before it."""

from __future__ import annotations

import asyncio
import random
import re
import socket
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from html.parser import HTMLParser
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from monitor.app import App, open_app
from monitor.edge.clock import system_clock
from monitor.edge.http import FetchLimits, Web
from monitor.model import FetchOutcome, FetchRequest
from store.ledger import ledger
from store.types import LedgerCounts
from tests.flow.creche import nursed

Handler = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as the server saw it."""

    path: str
    headers: dict[str, str]
    at: float
    raw: bytes


@dataclass
class Hostile:
    """Answers each path with raw bytes, or by a coroutine that writes what it likes, when it likes.

    ``asked`` is every request in order; ``most_at_once`` the most that were open together.
    """

    port: int = 0
    answers: dict[str, bytes | Handler] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    most_at_once: int = 0
    _open: int = 0
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _stopped: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    async def serve(self, ready: threading.Event, tls: ssl.SSLContext | None) -> None:
        server = await asyncio.start_server(
            self._greet, "127.0.0.1", self.port, ssl=tls, backlog=512, limit=1 << 20
        )
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await self._stopped.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._open += 1
        self.most_at_once = max(self.most_at_once, self._open)
        try:
            await self._answer(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open -= 1
            self._tasks.discard(task)
            with suppress(OSError):
                writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raw = await reader.readuntil(b"\r\n\r\n")
        first, *rest = raw.decode("latin-1").split("\r\n")
        pairs = (line.partition(": ") for line in rest if line)
        headers = {name.lower(): value for name, _, value in pairs}
        path = first.split(" ")[1]
        self.asked.append(Asked(path=path, headers=headers, at=time.monotonic(), raw=raw))
        answer = self.answers.get(path, self.answers.get("*", b"HTTP/1.1 404 No\r\n\r\n"))
        if isinstance(answer, bytes):
            writer.write(answer)
            await writer.drain()
        else:
            await answer(writer)

    def run(self, tls: ssl.SSLContext | None = None) -> Iterator[Hostile]:
        ready = threading.Event()
        thread = threading.Thread(
            target=lambda: self._loop.run_until_complete(self.serve(ready, tls)), daemon=True
        )
        thread.start()
        assert ready.wait(5)
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._stopped.set)
            thread.join(5)
            self._loop.close()


def answer(
    body: bytes = b"", status: str = "200 OK", /, *more: str, length: int | None = None
) -> bytes:
    """Write an honest answer: ``more`` are header lines, ``length`` may lie."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}"]
    head = "\r\n".join([*lines, "Connection: close", *more])
    return head.encode("latin-1") + b"\r\n\r\n" + body


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    yield from Hostile().run()


@pytest.fixture
def make_answer() -> Callable[..., bytes]:
    return answer


@pytest.fixture
def fetch(hostile: Hostile) -> Iterator[Callable[..., FetchOutcome]]:
    """Fetch a path of the hostile server with short limits; keywords go to the request."""
    limits = FetchLimits(
        deadline_seconds=5.0,
        feed_bytes=200_000,
        page_bytes=100_000,
        host_gap_seconds=0.0,
        host_pause_cap_seconds=0.0,
    )
    web = Web(
        clock=system_clock,
        user_agent="Torkham/0.0 (+test)",
        limits=limits,
        allow=frozenset({("127.0.0.1", hostile.port)}),
    )

    def fetch_path(path: str = "/", **keywords: str) -> FetchOutcome:
        return web.fetch(FetchRequest(key="k", url=hostile.url(path), **keywords))  # type: ignore[arg-type]

    with web:
        yield fetch_path


# --- the whole product over that server -----------------------------------------------------


@dataclass
class Watch:
    """A clock that stands still until it is told to go on."""

    now: datetime = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **how_long: float) -> None:
        self.now += timedelta(**how_long)


@dataclass
class Post:
    """A real mail server's handler: keeps every envelope."""

    envelopes: list[Envelope] = field(default_factory=list)

    async def handle_DATA(  # noqa: N802 - aiosmtpd names its hooks so
        self, _server: object, _session: object, envelope: Envelope
    ) -> str:
        self.envelopes.append(envelope)
        return "250 OK"


PLACE = "http://127.0.0.1/"  # what the documents write for the outlet's own address
SYLLABLES = (
    "ba",
    "der",
    "mun",
    "lok",
    "shi",
    "ran",
    "tob",
    "wes",
    "kul",
    "gim",
    "pora",
    "zel",
    "vid",
)
WORDS = (
    *("border", "soldiers", "convoy", "valley", "checkpost", "officials", "elders", "traders"),
    *("trucks", "village", "police", "governor", "talks", "delegation", "fighters", "commander"),
    *("ceasefire", "strike", "shelling", "refugees", "crossing", "customs", "spokesman", "market"),
    *("agreement", "ministry", "province", "tribal", "security", "district", "school", "mosque"),
)
OUR_HEADERS = {
    *("from", "to", "subject", "date", "message-id", "auto-submitted", "mime-version"),
    *("content-type", "content-transfer-encoding"),
}
OUR_FILES = re.compile(
    r"feeds\.yaml|data|data/outbox|data/outbox/(alert|digest|test)-[a-z0-9-]+\.(txt|html)"
    r"|data/torkham\.(db|db-wal|db-shm|db-journal|lock)|data/desk\.key"
    r"|data/pages(/[0-9a-f]{2}(/[0-9a-f]{64}\.gz)?)?"
    r"|data/fonts|data/fonts/fontlist-[a-z0-9.-]+\.json"
)
UNCLEAN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")  # all but the newline
PEOPLE = ("editor@desk.example", "second@desk.example")


def faults_of(envelope: Envelope) -> Iterator[str]:
    """Give what a title must never do to a mail."""
    content = envelope.content
    assert isinstance(content, bytes)
    message = message_from_bytes(content, policy=default)
    names = [name.lower() for name in message.keys()]  # noqa: SIM118 - repeats count
    if set(names) - OUR_HEADERS or len(names) != len(set(names)):
        yield f"headers {names}"
    to = [address.addr_spec for address in message["to"].addresses]
    if to != envelope.rcpt_tos or len(to) != 1 or to[0] not in PEOPLE:
        yield f"sent to {envelope.rcpt_tos}, addressed to {to}"
    if envelope.mail_from != "desk@desk.example":
        yield f"sent from {envelope.mail_from}"
    if UNCLEAN.search(str(message["subject"])):
        yield f"subject {message['subject']!r}"
    page = message.get_body(("html",))
    watcher = Markup()
    watcher.feed(page.get_content() if page else "")
    yield from watcher.faults


class Markup(HTMLParser):
    """Reads a mail as a browser would, and notes whatever could run, load or lead astray."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        plain = "html head meta title style body div h1 h2 h3 h4 p a bdi strong mark span br ul li"
        known = "style dir href rel lang charset name content class"
        if tag == "img":  # the days as a picture, which travels with the mail
            known += " src alt width height"
        elif tag not in plain.split():
            self.faults.append(f"<{tag}>")
        for name, value in attrs:
            leads = name != "href" or str(value).startswith(("http://", "https://"))
            within = name != "src" or str(value).startswith("cid:")
            if name not in known.split() or not leads or not within or "url(" in str(value):
                self.faults.append(f"{tag} {name}={value}")

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "style" and re.search(r"url\(|@import|expression", data):
            self.faults.append(f"style {data[:80]}")


@dataclass
class Paper:
    """The whole product, open: its folder, its server of feeds and pages, its post, its clock."""

    folder: Path
    outlet: Hostile
    post: Post
    watch: Watch
    app: App

    def serve(self, path: str, body: bytes, *more: str, status: str = "200 OK") -> None:
        self.outlet.answers[path] = answer(body, status, *more)

    def put(self, key: str, document: bytes) -> None:
        """Serve a feed; the outlet's address in it leads to ``/p/key/`` of this server."""
        home = self.outlet.url(f"/p/{key}/")
        for encoding in ("utf-8", "utf-16-le"):
            document = document.replace(PLACE.encode(encoding), home.encode(encoding))
        self.serve(f"/{key}", document)

    def story(self, seed: str, head: str = "", more: str = "") -> bytes:
        """Return a page with a relevant article of its own; ``head`` and ``more`` are markup."""
        draw = random.Random(seed)  # noqa: S311 - the same page every time

        def name() -> str:  # else all pages would tell one story, and be told once
            return "".join(draw.choices(SYLLABLES, k=4)).title()

        said = "".join(
            f"<p>{name()} of {name()} spoke of {' '.join(draw.choices(WORDS, k=9))} near {name()}, "
            f"while the TTP was blamed in Kabul for {name()} and {name()}.</p>"
            for _ in range(8)
        )
        body = f"<article><h1>Talks go on at the crossing</h1>{said}{more}</article>"
        made = f"<html><head><title>T</title>{head}</head><body>{body}</body></html>"
        return made.encode("utf-8", "surrogatepass")

    def work(self, *jobs: str) -> dict[str, dict[str, int]]:
        """Run jobs in order; one that raises fails the test."""
        return {job: dict(self.app.run_job(job)) for job in jobs}

    def day(self) -> None:
        """Do what a working day does, from the first poll to the last message sent."""
        self.work("poll", "harvest", "judge", "alert", "send")
        self.watch.forward(days=1)
        self.work("digest")
        while self.work("send")["send"]:
            pass

    def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        with closing(self.app.open_store()) as db:
            return list(db.query(sql, values))

    def books(self) -> LedgerCounts:
        with closing(self.app.open_store()) as db:
            return ledger(db)

    def balanced(self) -> bool:
        books = self.books()
        parts = books.waiting + books.queued + books.rejected + books.duplicate
        return books.found == parts + sum(books.dropped.values()) + sum(books.failed.values())

    def unclean(self) -> list[str]:
        """Return the columns of the store that hold a control character or half a letter."""
        sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%STRICT%'"
        return [
            f"{table['name']}.{name}: {value[:80]!r}"
            for table in self.rows(sql)
            for row in self.rows(f"SELECT * FROM {table['name']}")  # noqa: S608 - our own
            for name, value in row.items()
            if isinstance(value, str) and UNCLEAN.search(value)
        ]

    def strays(self) -> list[str]:
        """Return the files that stand where no channel and no store has its place."""
        found = (str(path.relative_to(self.folder)) for path in self.folder.rglob("*"))
        return [name for name in found if not OUR_FILES.fullmatch(name)]

    def bad_letters(self) -> list[str]:
        """Return what is wrong with the mails: another reader, another header, live markup."""
        return [f"{fault}: {e.rcpt_tos}" for e in self.post.envelopes for fault in faults_of(e)]


def settings_for(feeds: Mapping[str, Mapping[str, object]], base: str, port: int) -> str:
    """Write feeds.yaml: every text goes to a folder and to two people, by a rule of its feed.

    A rule for all would be a storm, and told in one message. There are at most 200 rules.
    """
    mail = {"kind": "mail", "host": "127.0.0.1", "port": port, "security": "none"}
    mail |= {"from": "Torkham <desk@desk.example>", "to": list(PEOPLE)}
    return yaml.safe_dump(
        {
            "feeds": [
                {"key": key, "url": f"{base}/{key}", "outlet": key, **has}
                for key, has in feeds.items()
            ],
            "alerts": [
                {
                    "name": f"All of {key}",
                    "pattern": r"\S",
                    "outlets": [str(has.get("outlet", key))],
                    "channels": ["outbox", "people"],
                }
                for key, has in islice(feeds.items(), 200)
            ],
            "digest": {"stories": 200, "channels": ["outbox", "people"]},
            "channels": {"people": mail},
            "thresholds": {"sample_share": 0.0},
            "fetch": {"host_gap": 0, "per_host": 8, "obey_robots": False, "deadline": 5},
        }
    )


@contextmanager
def paper_over(folder: Path, feeds: Mapping[str, Mapping[str, object]]) -> Iterator[Paper]:
    """Open the product over feeds by key; each is asked for under ``/key`` of a server."""
    post, watch = Post(), Watch()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    mail = Controller(post, hostname="127.0.0.1", port=port)
    mail.start()
    config = folder / "feeds.yaml"
    try:
        with contextmanager(Hostile().run)() as outlet:
            config.write_text(settings_for(feeds, outlet.url(""), port))
            allow = frozenset({("127.0.0.1", outlet.port)})
            with open_app(config, folder / "data", {}, clock=watch, allow=allow) as app:
                nursed(app.workers)
                yield Paper(folder=folder, outlet=outlet, post=post, watch=watch, app=app)
    finally:
        mail.stop()


@pytest.fixture(scope="session")
def open_paper() -> Callable[..., AbstractContextManager[Paper]]:
    """Return what opens the product in a folder over the feeds named."""
    return paper_over
