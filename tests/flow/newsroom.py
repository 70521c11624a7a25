"""A made-up newsroom on loopback, and an installation of Torkham that reads it.

Every outlet, person and event in it is invented. Tests publish stories, make addresses misbehave,
and run the product as a process of its own or in this one.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, Self

import yaml

from monitor.app import App, open_app
from monitor.digests import edition
from monitor.edge.clock import system_clock
from monitor.told import Ledger
from store import ledger, reviews
from store import types as kept
from store.db import Db, connect
from tests.flow.creche import nursed

DRIVER = Path(__file__).with_name("torkham_on_loopback.py")
ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
FIRST_DAY = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)  # 09:00 in Karachi

_WHO = (
    *("The provincial council", "A delegation of traders", "Teachers in the valley"),
    *("The harbour office", "A committee of elders", "The municipal library", "Local growers"),
    *("The weather bureau", "An association of drivers", "The district hospital"),
)
_DID = (
    *("postponed", "welcomed", "reviewed", "described", "questioned", "announced", "explained"),
    *("defended", "published", "discussed"),
)
_WHAT = (
    *("a plan for new wells", "the budget of the coming season", "repairs on the old bridge"),
    *("a survey of mulberry orchards", "the timetable of the night buses", "a school calendar"),
    *("the price of onions", "a report on glass recycling", "rules for the spring market"),
    *("the opening of a reading room",),
)
_WHERE = (
    *("in Mirpur Lantern", "near the salt road", "at a meeting on Tuesday", "after long rain"),
    *("before the holidays", "in a crowded hall", "beside the river", "under a leaking roof"),
    *("with little debate", "for the third time this year"),
)
_TOPIC = (
    "Pakistan and the Afghan Taliban agreed to resume talks on the TTP in {place}, {who} said.",
    "Islamabad wants Kabul to act against Tehreek-i-Taliban Pakistan hideouts near {place}.",
    "Trucks waited for hours at the Torkham crossing while border guards of both sides met.",
    "The foreign ministry in Islamabad asked Kabul for guarantees against cross-border militancy.",
    "Afghan refugees returning through {place} spoke of fear of new strikes along the Durand Line.",
)
_SPOTS = ("Upper Kesra", "Zarmina Pass", "Dehbala Ridge", "Sorkhab", "Tangi Wadar", "Landi Sar")
_PEOPLE = ("Mirwais Halim", "Sadia Qureshi", "an official", "a mediator", "Gul Bano", "two envoys")


def prose(number: int, *, on_topic: bool, sentences: int = 11) -> str:
    """Return paragraphs that no other number gives, in the register of news."""
    draw = random.Random(number)  # noqa: S311 - the same words on every run
    said = [
        f"{draw.choice(_WHO)} {draw.choice(_DID)} {draw.choice(_WHAT)} {draw.choice(_WHERE)}, "
        f"and {draw.choice(_WHO).lower()} {draw.choice(_DID)} {draw.choice(_WHAT)}."
        for _ in range(sentences)
    ]
    if on_topic:
        topic = [s.format(place=draw.choice(_SPOTS), who=draw.choice(_PEOPLE)) for s in _TOPIC]
        draw.shuffle(topic)
        said = [*topic, *said[: sentences // 2]]
    return "\n".join(" ".join(said[at : at + 3]) for at in range(0, len(said), 3))


@dataclass(kw_only=True)
class Story:
    """An entry of a feed and the page behind it. ``page`` False: the entry has no link."""

    feed: str
    slug: str
    title: str
    body: str
    summary: str
    published_at: datetime
    page: bool = True
    in_feed: bool = False  # the whole text stands in the feed

    @property
    def path(self) -> str:
        return f"/{self.feed}/{self.slug}"


Answer = Callable[["Handler"], None]


class Newsroom:
    """Outlets on one port. ``answers`` replaces what an address says; ``asked`` remembers all."""

    def __init__(self) -> None:
        self.stories: dict[str, list[Story]] = {}
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.at_once: Counter[str] = Counter()  # requests now under way
        self.most_at_once: Counter[str] = Counter()
        self.page_seconds = 0.0
        self.closing = threading.Event()
        self.lock = threading.Lock()
        self._numbers = iter(range(1, 1_000_000))
        handler = type("Bound", (Handler,), {"newsroom": self})
        self._server = _Server((HOST, 0), handler)
        self.port = int(self._server.server_address[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def base(self) -> str:
        return f"http://{HOST}:{self.port}"

    def url(self, story: Story) -> str:
        return self.base + story.path

    def publish(self, feed: str, title: str = "", *, on_topic: bool = False, **given: Any) -> Story:
        """Add a story to a feed; what is not given is invented."""
        number = next(self._numbers)
        body = given.pop("body", None) or prose(number, on_topic=on_topic)
        spot = _SPOTS[number % len(_SPOTS)]
        said = f"TTP talks resume, story {number}" if on_topic else f"News of {spot} {number}"
        story = Story(
            feed=feed,
            slug=given.pop("slug", f"story-{number}"),
            title=title or said,
            body=body,
            summary=given.pop("summary", body.split(". ")[0] + "."),
            published_at=given.pop("published_at", FIRST_DAY - timedelta(minutes=number)),
            **given,
        )
        self.stories.setdefault(feed, []).append(story)
        return story

    def fill(self, feeds: int, each: int, *, topic_every: int = 3) -> None:
        """Publish ``feeds`` feeds of ``each`` stories, every third of them on the topic."""
        for feed in range(feeds):
            for n in range(each):
                self.publish(f"outlet-{feed:02}", on_topic=n % topic_every == 0)

    def document(self, feed: str) -> str:
        """Return a feed as RSS."""
        return (
            '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" '
            'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
            f"<title>{feed}</title><link>{self.base}/{feed}/</link><description>-</description>"
            + "".join(self._entry(story) for story in self.stories.get(feed, []))
            + "</channel></rss>"
        )

    def _entry(self, story: Story) -> str:
        link = f"<link>{self.url(story)}</link>" if story.page else ""
        paragraphs = "".join(f"<p>{escape(p)}</p>" for p in story.body.split("\n"))
        whole = f"<content:encoded><![CDATA[{paragraphs}]]></content:encoded>"
        return (
            f'<item><guid isPermaLink="false">{story.feed}-{story.slug}</guid>{link}'
            f"<title>{escape(story.title)}</title>"
            f"<description>{escape(story.summary)}</description>"
            f"<pubDate>{format_datetime(story.published_at)}</pubDate>"
            f"{whole if story.in_feed else ''}</item>"
        )

    def page(self, path: str) -> str | None:
        """Return the page of a story, with the furniture pages have."""
        _, feed, slug = path.split("/", 2) if path.count("/") >= 2 else ("", "", "")
        found = [s for s in self.stories.get(feed, []) if s.slug == slug]
        if not found:
            return None
        story = found[0]
        paragraphs = "".join(f"<p>{escape(p)}</p>" for p in story.body.split("\n"))
        return (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>'
            f"{escape(story.title)} - {feed}</title></head><body><nav><a href='/'>Home</a> "
            f"<a href='/{feed}/'>All news</a></nav><main><article><h1>{escape(story.title)}</h1>"
            f"{paragraphs}</article></main><footer>Invented for a test.</footer></body></html>"
        )

    def settings(self, **sections: Any) -> str:
        """Return a feeds.yaml for all feeds published so far; ``sections`` replace its keys.

        Nothing is drawn for audit unless asked: the draw is by address, and ports differ.
        """
        feeds = [
            {"key": key, "url": f"{self.base}/feed/{key}", "outlet": key.replace("-", " ").title()}
            for key in self.stories
        ]
        fetch = {"host_gap": 0, "per_host": 8, "obey_robots": False, "deadline": 20}
        given = {
            "fetch": {**fetch, **sections.pop("fetch", {})},
            "thresholds": {"sample_share": 0, **sections.pop("thresholds", {})},
        }
        return yaml.safe_dump({"feeds": feeds, **given, **sections}, sort_keys=False)

    def entered(self, path: str) -> None:
        with self.lock:
            self.asked.append(path)
            self.at_once[path] += 1
            self.most_at_once[path] = max(self.most_at_once[path], self.at_once[path])

    def left(self, path: str) -> None:
        with self.lock:
            self.at_once[path] -= 1


class _Server(ThreadingHTTPServer):
    """One that has seen clients die."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One request. Misbehaviour is written with ``say`` and ``hang``."""

    newsroom: ClassVar[Newsroom]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        newsroom, path = self.newsroom, self.path
        newsroom.entered(path)
        try:
            with suppress(OSError):  # the client went away
                self._answer(newsroom, path)
        finally:
            newsroom.left(path)

    def _answer(self, newsroom: Newsroom, path: str) -> None:
        if path in newsroom.answers:
            newsroom.answers[path](self)
        elif path.startswith("/feed/"):
            self.say(200, newsroom.document(path.removeprefix("/feed/")), "application/rss+xml")
        else:
            newsroom.closing.wait(newsroom.page_seconds)
            page = newsroom.page(path)
            self.say(200 if page else 404, page or "<h1>No such page</h1>", "text/html")

    def say(self, status: int, text: str | bytes, kind: str = "text/html") -> None:
        body = text.encode() if isinstance(text, str) else text
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def hang(self, seconds: float) -> None:
        """Say nothing for so long, or until the newsroom closes."""
        self.newsroom.closing.wait(seconds)
        self.close_connection = True

    def stream(self, chunk: bytes, times: int) -> None:
        """Send a chunk again and again without saying how much it will be."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        for _ in range(times):
            if self.newsroom.closing.is_set():
                return
            self.wfile.write(chunk)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


# --- the product on it ----------------------------------------------------------------------


class Hands:
    """A clock that stands until it is set."""

    def __init__(self, at: datetime = FIRST_DAY) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


def later(**by: float) -> Callable[[], datetime]:
    """Return the world's clock put forward."""
    return lambda: system_clock() + timedelta(**by)


@dataclass(kw_only=True)
class Installation:
    """A folder with feeds.yaml and data, and ways to run the product there."""

    folder: Path
    newsroom: Newsroom
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def configure(self, **sections: Any) -> None:
        """Write feeds.yaml for the newsroom as it stands."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "feeds.yaml").write_text(self.newsroom.settings(**sections))

    def start(
        self, *words: str, limits: Sequence[str] = (), **options: Any
    ) -> subprocess.Popen[str]:
        """Start a command as a process of its own; it is killed when the test ends.

        ``limits`` are options of prlimit. Python of the child's own before it becomes the command
        (preexec_fn) may wait for ever for a lock that a thread of the tests held at the fork.
        """
        limited = ["env", "--default-signal=HUP"]  # whatever started the tests may ignore it
        limited += ["prlimit", *limits] if limits else []
        process = subprocess.Popen(
            [*limited, sys.executable, str(DRIVER), str(self.newsroom.port), *words],
            cwd=self.folder,
            env=self.environ() | options.pop("env", {}),
            text=True,
            stdout=options.pop("stdout", subprocess.PIPE),
            stderr=options.pop("stderr", subprocess.PIPE),
            **options,
        )
        self.started.append(process)
        return process

    @staticmethod
    def environ() -> dict[str, str]:
        """Return this environment without anybody's own settings."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("TORKHAM_")}
        return kept | {"PYTHONPATH": str(ROOT)}

    def run(self, *words: str, timeout: float = 110, **options: Any) -> tuple[int, str, str]:
        """Run a command to its end: exit code, what it printed, what it said on standard error."""
        process = self.start(*words, **options)
        out, err = process.communicate(timeout=timeout)
        return process.returncode, out, err

    def once(self, *jobs: str) -> dict[str, Any]:
        """Run ``once --json``, which must end well."""
        code, out, err = self.run("once", *jobs, "--json")
        assert code == 0, out[:2000] + err[-2000:]
        found: dict[str, Any] = json.loads(out)
        assert found["balanced"]
        return found

    @contextmanager
    def app(self, clock: Callable[[], datetime] | None = None, **more: Any) -> Iterator[App]:
        """The product in this process, on a clock of the test's."""
        given = {"allow": frozenset({(HOST, self.newsroom.port)}), **more}
        given |= {"clock": clock} if clock else {}
        with open_app(self.folder / "feeds.yaml", self.data, {}, **given) as app:
            nursed(app.workers)
            yield app

    @contextmanager
    def store(self) -> Iterator[Db]:
        with closing(connect(self.data / "torkham.db", create=False)) as db:
            yield db

    def rows(self, sql: str, params: Any = ()) -> list[dict[str, Any]]:
        with self.store() as db:
            return list(db.query(sql, params))

    def close(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait()
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()


# --- processes ------------------------------------------------------------------------------


def descendants(pid: int) -> list[int]:
    """Return the living processes that came from ``pid``, itself left out."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError, IndexError, ValueError):
                parents[int(entry.name)] = int(_stat(int(entry.name))[1])
    found: list[int] = []
    edge = [pid]
    while edge:
        edge = [child for child, parent in parents.items() if parent in edge]
        found += edge
    return found


def lives(pid: int) -> bool:
    """Whether a process runs; one that is dead and not yet collected does not."""
    try:
        return _stat(pid)[0] != "Z"
    except (OSError, IndexError):
        return False


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def gone(pids: list[int], seconds: float = 5.0) -> list[int]:
    """Wait for processes to end; return those that live still."""
    until_true(lambda: not any(lives(pid) for pid in pids), seconds)
    return [pid for pid in pids if lives(pid)]


def until_true(condition: Callable[[], Any], seconds: float = 20.0, every: float = 0.02) -> bool:
    """Wait for a condition; False when it did not come true in time.

    It looks less often the longer it waits, up to ten times a second: to look into a store takes
    5 ms of a processor that others could use.
    """
    begun = time.monotonic()
    while (waited := time.monotonic() - begun) < seconds:
        if condition():
            return True
        time.sleep(max(every, min(every * (1 + waited), 0.1)))
    return bool(condition())


def killed(process: subprocess.Popen[str]) -> list[int]:
    """Kill -9 a process alone; return its descendants that are still there five seconds on."""
    children = descendants(process.pid)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return gone(children)


def total(ledger: Mapping[str, Any]) -> int:
    """Return the sum of the parts of a ledger, which must be what was found."""
    plain = sum(ledger[key] for key in ("waiting", "queued", "rejected", "duplicate"))
    return int(plain + sum(ledger["dropped"].values()) + sum(ledger["failed"].values()))


def decide(db: Db, article: int, answer: kept.Answer, now: datetime) -> None:
    """Answer as a person at the desk does."""
    reviews.decide(db, article=article, answer=answer, by="Gul Bano", now=now)


def books(db: Db) -> Ledger:
    """Return the ledger of everything so far."""
    return edition.books(ledger.ledger(db))
