"""A webhook and a chat that refuse, fail and hang: every message arrives, and summons nobody."""

from __future__ import annotations

import json
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from monitor.delivery import sending
from monitor.edge import notify
from monitor.edge.http import Poster
from store import outbox
from store.db import connect
from store.messages import OutboxRow, Outgoing

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")  # Apprise reads it
NOW = datetime(2026, 3, 12, 2, 0, tzinfo=UTC)
SECRET = "whsec_" + "QUJD" * 8
MENTION = re.compile(r"<!|<@|<#|@(?:everyone|here|channel)|@\w+@", re.IGNORECASE)
BLASTS = ("<!channel>", "<!here|all>", "<!EVERYONE>", "<!subteam^S1>", "<@U123>", "@everyone",
          "@here", "@channel", "&lt;!channel&gt;", "<!\u200bchannel>")  # fmt: skip
REFUSALS = (429, 500, 502, 503, 504)
DEADLINE, SILENCE = 1.0, 1.6  # seconds: what hangs was taken, and nobody knows


@dataclass
class Service:
    """The other side: answers each message by its own faults first, then takes it."""

    faults: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    taken: Counter[str] = field(default_factory=Counter)  # that it acted on, by message
    hung: Counter[str] = field(default_factory=Counter)
    bodies: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    port: int = 0

    def answer(self, body: str) -> tuple[int, float]:
        found = re.search(r"message (\w+-\d+)\b", body)
        assert found, body
        with self.lock:
            left = self.faults[found[1]]
            status, silence = left.pop(0) if left else (200, 0.0)
            self.bodies.append(body)
            self.taken[found[1]] += status == 200
            self.hung[found[1]] += silence > 0
        return status, silence


@pytest.fixture
def service() -> Iterator[Service]:
    told = Service()

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, silence = told.answer(
                self.rfile.read(int(self.headers["Content-Length"])).decode()
            )
            time.sleep(silence)
            self.send_response(status)
            if status in {429, 503}:
                self.send_header("Retry-After", "7200")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                return  # who asked has gone

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    server.daemon_threads = True
    told.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield told
    server.shutdown()
    server.server_close()


@dataclass
class Hours:
    """A clock that stands until it is set."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at


def channels(service: Service, deadline: float = DEADLINE) -> dict[str, notify.Channel]:
    poster = Poster(
        clock=lambda: NOW, user_agent="Torkham/test",
        allow=frozenset({("127.0.0.1", service.port)}),
    )  # fmt: skip
    at = f"127.0.0.1:{service.port}"
    return {
        "hook": notify.WebhookChannel(
            name="hook", url=f"http://{at}/hook", secret=SECRET, poster=poster, deadline=deadline
        ),
        "chat": notify.AppriseChannel(
            name="chat", url=f"json://{at}/chat?rto=9&cto=9", deadline=deadline
        ),
    }


def messages(service: Service, each: int) -> list[Outgoing]:
    """Alerts that want to summon everybody, each with faults of its own before it is taken."""
    draw = random.Random(33)  # noqa: S311 - the same on every run
    made = []
    for name in ("hook", "chat"):
        for n in range(each):
            faults = [(draw.choice(REFUSALS), 0.0) for _ in range(n % 4)]
            if n % 6 == 5:
                faults.insert(draw.randrange(len(faults) + 1), (200, SILENCE))
            service.faults[f"{name}-{n}"] = faults
            blast = BLASTS[n % len(BLASTS)]
            made.append(
                Outgoing(
                    key=f"alert:{name}:{n}", kind="alert", channel=name, created_at=NOW, html=None,
                    subject=f"{blast} message {name}-{n}", text=f"{blast} at the crossing {blast}",
                )
            )  # fmt: skip
    return made


@pytest.mark.slow
@pytest.mark.row(33)
def test_whatever_the_other_side_does_every_message_arrives_and_nobody_is_summoned(
    service: Service, tmp_path: Path, figure: Callable[..., None]
) -> None:
    each, clock = 24, Hours()
    ways = channels(service)
    warm = channels(service, deadline=60.0)  # what Apprise reads at its first use takes a while
    notify.deliver(messages(service, 1)[1], warm["chat"])
    service.taken.clear()
    service.bodies.clear()
    waited: list[timedelta] = []

    def deliver(row: OutboxRow) -> Any:
        said = notify.deliver(row.message, ways[row.message.channel])
        waited.append(timedelta(seconds=said.retry_after or 0))
        return said

    path = tmp_path / "torkham.db"
    with closing(connect(path)) as db:
        outbox.put(db, messages(service, each))
        for _ in range(20):
            sending.send(db, deliver=deliver, clock=clock, stopped=lambda: False)
            clock.at += timedelta(hours=2, minutes=1)
            if not db.execute("SELECT 1 FROM outbox WHERE state <> 'sent'").fetchone():
                break
        left = [row for row in outbox.recent(db, limit=200) if row.state != "sent"]
    expected = {f"{name}-{n}" for name in ("hook", "chat") for n in range(each)}
    lost = expected - set(+service.taken)
    doubled = {name: n for name, n in service.taken.items() if n > 1}
    summoned = [body for body in service.bodies if "alert:" not in body and MENTION.search(
        " ".join(str(value) for value in said_to_people(body))
    )]  # fmt: skip
    assert left == []
    assert not lost
    assert all(n <= 1 + service.hung[name] <= 2 for name, n in doubled.items())
    assert set(doubled) <= set(+service.hung)
    assert timedelta(hours=2) in waited, "nobody was asked for patience"
    assert not summoned
    figure(
        f"{len(expected)} messages to a webhook and a chat, {len(service.bodies) - len(expected)} "
        f"times refused, failed or hung: 0 lost, {len(doubled)} doubles of "
        f"{len(+service.hung)} unknown answers, 0 mass mentions"
    )


def said_to_people(body: str) -> list[object]:
    """What a chat shows. A webhook is read by a program, which gets the words as they are."""
    told = json.loads(body)
    return [] if "created_at" in told else [told["title"], told["message"]]


def test_the_message_before_its_turn_is_not_sent(service: Service, tmp_path: Path) -> None:
    """Who asks for two hours of patience has them."""
    service.faults["hook-0"] = [(429, 0)]
    ways = channels(service)
    with closing(connect(tmp_path / "torkham.db")) as db:
        outbox.put(db, messages(service, 1)[:1])
        service.faults["hook-0"] = [(429, 0)]
        for minutes in (0, 30, 119, 121):
            at = NOW + timedelta(minutes=minutes)
            sending.send(
                db, deliver=lambda row: notify.deliver(row.message, ways[row.message.channel]),
                clock=Hours(at), stopped=lambda: False,
            )  # fmt: skip
            assert len(service.bodies) == (2 if minutes > 120 else 1)
