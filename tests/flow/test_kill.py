"""kill -9 at any moment: nothing is lost, nothing is doubled, nobody is left behind."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from email import message_from_bytes
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from monitor.app import JOBS
from monitor.edge.clock import system_clock
from store import outbox
from store.db import verify
from store.messages import Outgoing

if TYPE_CHECKING:
    from tests.flow.newsroom import Installation, Newsroom

SENDER = Path(__file__).with_name("send_and_die.py")
KILLS = 20
FEEDS, EACH = 12, 15


def furnish(newsroom: Newsroom) -> None:
    """Publish every fate an item can have: read, copied, refused, failed, without a link."""
    newsroom.fill(FEEDS, EACH - 3)
    for feed in list(newsroom.stories):
        first, second, *_ = newsroom.stories[feed]
        other = f"outlet-{(int(feed[-2:]) + 1) % FEEDS:02}"
        newsroom.publish(other, first.title, body=first.body)  # a copy
        newsroom.publish(feed, "A notice without a link", page=False)
        broken = newsroom.publish(feed, f"A page that is gone, {feed}")
        newsroom.answers[broken.path] = lambda handler: handler.say(404, "<h1>Gone</h1>")
        newsroom.answers[second.path] = lambda handler: handler.say(
            200, "<html><title>Log in</title><p>Please log in to continue.</p></html>"
        )
    newsroom.page_seconds = 0.03


def fates(here: Installation) -> dict[str, list[tuple[str, str | None]]]:
    """Return what became of each text: which of two copies counts as the first is a race."""
    rows = here.rows("SELECT title, disposition, reason FROM items")
    told = defaultdict(list)
    for row in rows:
        told[row["title"]].append((row["disposition"], row["reason"]))
    return {title: sorted(found, key=str) for title, found in told.items()}


def assert_whole(made_up: Any, here: Installation, whole: Installation) -> None:
    """Compare with an installation that was never killed."""
    items = "SELECT feed, key FROM items ORDER BY 1, 2"
    assert here.rows(items) == whole.rows(items)
    assert len(here.rows(items)) == FEEDS * EACH
    articles = "SELECT canonical_url FROM articles ORDER BY 1"
    assert here.rows(articles) == whole.rows(articles)
    assert fates(here) == fates(whole)
    texts = "SELECT a.canonical_url, v.version, v.body, v.title FROM versions v"
    texts += " JOIN articles a ON a.id = v.article ORDER BY 1, 2"
    assert here.rows(texts) == whole.rows(texts)
    met = "SELECT f.rule, a.canonical_url FROM firings f JOIN articles a ON a.id = f.article"
    assert here.rows(f"{met} ORDER BY 1, 2") == whole.rows(f"{met} ORDER BY 1, 2")
    assert here.rows("SELECT * FROM firings WHERE open = 1") == [], "somebody was not told"
    told = "SELECT f.rule, a.story, w.way FROM firing_ways w JOIN firings f ON f.id = w.firing"
    told += " JOIN articles a ON a.id = f.article WHERE w.state = 'told'"
    twice = f"SELECT * FROM ({told} GROUP BY 1, 2, 3 HAVING count(DISTINCT w.key) > 1)"  # noqa: S608
    assert here.rows(twice) == [], "a story was told twice for one rule"
    scored = "SELECT a.canonical_url, v.version, v.score, v.model FROM verdicts v"
    scored += " JOIN articles a ON a.id = v.article ORDER BY 1, 2"
    assert here.rows(scored) == whole.rows(scored)
    for table, unique in (
        ("items", "feed, key"),
        ("articles", "canonical_url"),
        ("outbox", "key"),
        ("versions", "article, version"),
        ("verdicts", "article, version, topic, model"),
    ):
        doubled = f"SELECT {unique} FROM {table} GROUP BY {unique} HAVING count(*) > 1"  # noqa: S608
        assert here.rows(doubled) == []
    assert here.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
    assert here.rows("PRAGMA foreign_key_check") == []
    with here.store() as db:
        counts = made_up.books(db)
    assert counts.balanced
    assert (counts.found, counts.waiting) == (FEEDS * EACH, 0)


class Moment:
    """Waits for a moment of a run, drawn beforehand: so many requests in, and a little later."""

    def __init__(self, draw: random.Random, newsroom: Newsroom) -> None:
        self.requests = draw.randint(0, 12)
        self.later = draw.uniform(0, 0.25)
        self._newsroom = newsroom

    def __str__(self) -> str:
        return f"{self.requests} requests + {self.later:.3f} s"

    def wait(self, process: subprocess.Popen[str]) -> None:
        enough = len(self._newsroom.asked) + self.requests
        while len(self._newsroom.asked) < enough and process.poll() is None:
            time.sleep(0.002)
        time.sleep(self.later)


def seeded() -> random.Random:
    """Return a draw whose seed is shown when the test fails; set it again to repeat the kills."""
    seed = int(os.environ.get("TORKHAM_KILL_SEED") or random.SystemRandom().randrange(10**6))
    print(f"TORKHAM_KILL_SEED={seed}")  # noqa: T201
    return random.Random(seed)  # noqa: S311


def finish(made_up: Any, here: Installation) -> None:
    """Run every job once more, when the lease of a message that was in hand is over."""
    with here.app(made_up.later(minutes=11)) as app:
        for job in JOBS:
            app.run_job(job)


def assert_delivered(here: Installation) -> None:
    rows = here.rows("SELECT state, count(*) AS n FROM outbox GROUP BY state")
    (row,) = rows
    assert row["state"] == "sent"
    assert len(list((here.data / "outbox").glob("*.txt"))) == row["n"] > 0


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_twenty_kills_at_random_moments_of_a_run_lose_and_double_nothing(
    made_up: Any, newsroom: Newsroom, install: Callable[[str], Installation]
) -> None:
    furnish(newsroom)
    rules = [{"name": "Torkham", "any": ["Torkham"]}, {"name": "Gone", "any": ["gone"]}]
    here, whole = install("killed"), install("whole")
    for place in (here, whole):
        place.configure(alerts=rules, fetch={"per_host": 2})
    whole.once()
    draw, at_work = seeded(), 0
    for number in range(KILLS):
        moment = Moment(draw, newsroom)
        process = here.start("once")
        moment.wait(process)
        at_work += process.poll() is None
        assert made_up.killed(process) == [], f"children live on after kill {number}, {moment}"
    assert at_work >= KILLS * 3 // 4, "most kills were to hit a run at work"
    here.once()
    finish(made_up, here)
    assert_whole(made_up, here, whole)
    assert_delivered(here)


def newest_run(here: Installation, job: str) -> int:
    (row,) = here.rows("SELECT coalesce(max(id), 0) AS id FROM runs WHERE job = ?", (job,))
    return int(row["id"])


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_kills_while_texts_are_judged_told_and_copied_lose_and_double_nothing(
    made_up: Any, newsroom: Newsroom, install: Callable[[str], Installation]
) -> None:
    """Where no request marks the moment: verdicts, alerts, deliveries, the nightly backup."""
    furnish(newsroom)
    newsroom.page_seconds = 0
    rules = [{"name": f"Torkham {n}", "any": ["Torkham"]} for n in range(3)]
    here, whole = install("killed"), install("whole")
    for place in (here, whole):
        place.configure(alerts=rules)
    whole.once()
    here.once("poll", "harvest")
    draw = seeded()
    for _ in range(KILLS // 2):
        before = newest_run(here, "judge")
        process = here.start("once", "judge", "alert", "send", "tidy")
        assert made_up.until_true(lambda b=before: newest_run(here, "judge") > b, 30)
        time.sleep(draw.uniform(0, 0.8))
        assert made_up.killed(process) == []
        for backup in (here.data / "backups").glob("*.db"):
            verify(backup)  # it is there whole or not at all
    finish(made_up, here)
    assert_whole(made_up, here, whole)
    assert_delivered(here)


# --- between claiming a message and settling it ---------------------------------------------


def put(here: Installation, channel: str, many: int) -> list[str]:
    """Put messages into the outbox and return their keys."""
    at = system_clock()
    rows = [
        Outgoing(
            key=f"alert:test:{n}:{channel}", kind="alert", channel=channel, subject=f"Message {n}",
            text=f"The words of message {n}.", html=None, created_at=at,
        )
        for n in range(many)
    ]  # fmt: skip
    with here.app() as app, closing(app.open_store()) as db:
        outbox.put(db, rows)
    return [row.key for row in rows]


def send(here: Installation, when: str, nth: int = 0, *, minutes: float = 0) -> int:
    done = subprocess.run(
        [sys.executable, str(SENDER), str(here.folder), str(minutes), when, str(nth)],
        env=here.environ(), timeout=60, check=False,
    )  # fmt: skip
    return done.returncode


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_between_claim_and_settle_loses_no_file_and_doubles_none(
    newsroom: Newsroom, here: Installation, when: str
) -> None:
    """The rest is not held up: only the message in hand waits until its lease is over."""
    newsroom.publish("lantern")
    here.configure()
    put(here, "outbox", 5)
    assert send(here, when, 3) == -signal.SIGKILL
    states = "SELECT state, count(*) AS n FROM outbox GROUP BY 1 ORDER BY 1"
    assert here.rows(states) == [
        {"state": "queued", "n": 2}, {"state": "sending", "n": 1}, {"state": "sent", "n": 2},
    ]  # fmt: skip
    assert send(here, "never") == 0
    assert here.rows(states) == [{"state": "sending", "n": 1}, {"state": "sent", "n": 4}]
    assert send(here, "never", minutes=11) == 0
    assert here.rows(states) == [{"state": "sent", "n": 5}]
    texts = [path.read_text() for path in (here.data / "outbox").glob("*.txt")]
    assert sorted(text.splitlines()[0] for text in texts) == [f"Message {n}" for n in range(5)]
    assert list((here.data / "outbox").glob(".*")) == [], "half a file was left"


class Inbox:
    """A mail server's handler: keeps every mail, and kills the sender when it has one."""

    def __init__(self) -> None:
        self.subjects: Counter[str] = Counter()
        self.ids: defaultdict[str, set[str]] = defaultdict(set)
        self.kill: int | None = None

    async def handle_DATA(  # noqa: N802 - aiosmtpd names its hooks so
        self, _server: Any, _session: Any, envelope: Envelope
    ) -> str:
        mail = message_from_bytes(envelope.content or b"")  # type: ignore[arg-type]
        self.subjects[mail["Subject"]] += 1
        self.ids[mail["Subject"]].add(mail["Message-ID"])
        if self.kill is not None:
            os.kill(self.kill, signal.SIGKILL)
        return "250 taken"


@contextmanager
def mail_server(inbox: Inbox) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@pytest.mark.slow
def test_kills_before_the_mail_server_can_say_yes_repeat_each_mail_once_at_most(
    newsroom: Newsroom, here: Installation
) -> None:
    """Three kills in the worst window: no mail is lost, and a repeat has the same Message-ID."""
    newsroom.publish("lantern")
    inbox = Inbox()
    with mail_server(inbox) as port:
        here.configure(
            channels={
                "mail": {
                    "kind": "mail", "host": "127.0.0.1", "port": port, "security": "none",
                    "from": "a@example.org", "to": ["b@example.org"],
                }
            }
        )  # fmt: skip
        put(here, "mail:b@example.org", 5)
        kills = 3
        for number in range(kills):
            process = subprocess.Popen(
                [sys.executable, str(SENDER), str(here.folder), str(11 * number), "never", "0"],
                env=here.environ(),
            )
            inbox.kill = process.pid
            assert process.wait(60) == -signal.SIGKILL
        inbox.kill = None
        assert send(here, "never", minutes=11 * (kills + 1)) == 0
        assert send(here, "never", minutes=60 * 24 * 3) == 0
    assert sorted(inbox.subjects) == [f"Message {n}" for n in range(5)]
    assert sum(inbox.subjects.values()) <= 5 + kills
    assert all(len(ids) == 1 for ids in inbox.ids.values())
    assert here.rows("SELECT DISTINCT state FROM outbox") == [{"state": "sent"}]
