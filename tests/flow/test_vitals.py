"""People hear once that the service is unwell, once that it is over; others hear that it lives."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from monitor.edge.http import Poster
from monitor.inquiry.ailments import Ailment
from monitor.upkeep import vitals
from monitor.upkeep.vitals import Heart, failing
from store import outbox, ways
from store.db import Db, connect

NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
AFTER = timedelta(minutes=15)
STEP = 3  # minutes between two looks


def ailment(cause: str, *, told_by_others: bool = False) -> Ailment:
    return Ailment(
        cause=cause, sentence=f"{cause} ails.", advice="Do this.", told_by_others=told_by_others
    )


class Ward:
    """A store, a clock that goes a few minutes at a time, and what people were told."""

    def __init__(self, path: Path) -> None:
        self.path, self.now = path, NOW
        with closing(self.open()):
            pass

    def open(self) -> Db:
        return connect(self.path)

    def minutes(self, n: int, *causes: str, to: Sequence[str] = ("outbox",)) -> list[str]:
        """Let so many minutes pass with these causes; return the subjects told meanwhile."""
        before = self.told()
        with closing(self.open()) as db:  # anew each time: as after a restart
            for _ in range(0, n, STEP):
                vitals.tell(db, [ailment(c) for c in causes], to=to, after=AFTER, now=self.now)
                self.now += timedelta(minutes=STEP)
        return self.told()[len(before) :]

    def told(self) -> list[str]:
        with closing(self.open()) as db:
            return [row.message.subject for row in reversed(outbox.recent(db))]


@pytest.fixture
def ward(tmp_path: Path) -> Ward:
    return Ward(tmp_path / "torkham.db")


def test_one_message_when_it_lasts_and_one_when_it_is_over(ward: Ward) -> None:
    assert ward.minutes(15, "disk") == []
    assert ward.minutes(300, "disk") == ["Torkham is unwell: The disk is nearly full"]
    assert ward.minutes(29) == []
    assert ward.minutes(60) == ["Torkham is well again"]


def test_what_passes_soon_is_told_to_nobody(ward: Ward) -> None:
    assert ward.minutes(14, "feeds") == []
    assert ward.minutes(300) == []


@pytest.mark.slow
def test_what_comes_and_goes_is_one_spell(ward: Ward) -> None:
    told = [subject for _ in range(20) for subject in ward.minutes(6, "feeds") + ward.minutes(6)]
    assert told == ["Torkham is unwell: Most feeds cannot be read"]
    assert ward.minutes(60) == ["Torkham is well again"]


@pytest.mark.slow
def test_the_same_cause_is_told_once_a_day_at_most(ward: Ward) -> None:
    told = []
    for _ in range(24):  # 30 hours of half an hour ill, half an hour well
        told += ward.minutes(30, "disk") + ward.minutes(45)
    assert len([subject for subject in told if "unwell" in subject]) <= 2
    assert len(told) <= 4


def test_all_at_once_is_one_message(ward: Ward) -> None:
    assert ward.minutes(20, *(f"fails:{job}" for job in "abcdef"), "disk") == [
        "Torkham is unwell: A job fails at every run, and 6 more"
    ]


@pytest.mark.slow
def test_one_after_the_other_is_no_storm_either(ward: Ward) -> None:
    causes: list[str] = []
    told = []
    for n in range(40):  # every three minutes something else
        causes.append(f"fails:{n}")
        told += ward.minutes(3, *causes)
    assert len(told) <= 3  # one an hour
    assert ward.minutes(120, *causes)  # the rest in one more
    assert ward.minutes(40) == ["Torkham is well again"]


def test_a_way_that_fails_is_not_used_and_nothing_counts_as_told_meanwhile(ward: Ward) -> None:
    def went(*, sent: bool) -> None:
        with closing(ward.open()) as db:
            ways.note(db, "mail:a@b.example", sent=sent, error="no", refused=False, now=ward.now)

    went(sent=False)
    assert ward.minutes(60, "disk", to=["mail:a@b.example"]) == []
    with closing(ward.open()) as db:
        before = outbox.recent(db)
    assert ward.minutes(3, "disk", to=["mail:a@b.example", "outbox"])
    with closing(ward.open()) as db:
        new = [row for row in outbox.recent(db) if row not in before]
    assert [row.message.channel for row in new] == ["outbox"]


def test_what_others_tell_is_not_told_twice(ward: Ward) -> None:
    with closing(ward.open()) as db:
        for n in range(60):
            found = [ailment("mail:x", told_by_others=True)]
            at = NOW + timedelta(minutes=n)
            vitals.tell(db, found, to=["outbox"], after=AFTER, now=at)
    assert ward.told() == []


def test_a_clock_that_is_set_back_keeps_nobody_from_being_told(ward: Ward) -> None:
    assert ward.minutes(20, "disk")
    ward.now -= timedelta(days=400)
    ward.minutes(40)  # over
    assert any("unwell" in subject for subject in ward.minutes(60, "backup"))


def test_an_idle_minute_writes_nothing(ward: Ward) -> None:
    ward.minutes(21, "disk")
    with closing(ward.open()) as db:
        before = db.conn.total_changes
        vitals.tell(db, [ailment("disk")], to=["outbox"], after=AFTER, now=ward.now)
        vitals.tell(db, [ailment("disk")], to=["outbox"], after=AFTER, now=ward.now)
        assert db.conn.total_changes == before


def test_days_of_everything_failing_and_mending_are_a_message_a_day(ward: Ward) -> None:
    with closing(ward.open()) as db:
        for n in range(0, 2 * 24 * 60, 10):
            found = [ailment(f"fails:{job}") for job in "abc"] if n % 60 < 40 else []
            at = NOW + timedelta(minutes=n)
            vitals.tell(db, found, to=["outbox"], after=AFTER, now=at)
    assert len(ward.told()) <= 4


# --- the heartbeat ----------------------------------------------------------------------------


class Monitoring(ThreadingHTTPServer):
    """A monitoring service on loopback, which remembers what it was told and may misbehave."""

    daemon_threads = True

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.status = 200
        monitoring = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                monitoring.heard.append((self.path, body))
                self.send_response(monitoring.status)
                self.end_headers()

            def log_message(self, *_args: Any) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/ping/c4nary-5ecret"


@pytest.fixture
def monitoring() -> Iterator[Monitoring]:
    with Monitoring() as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


def poster() -> Poster:
    return Poster(clock=lambda: NOW, user_agent="Torkham test")


def test_a_sign_of_life_goes_out_every_so_often(monitoring: Monitoring) -> None:
    heart, within = Heart(), poster().reaching(monitoring.url)
    for minute in range(20):
        now = NOW + timedelta(minutes=minute, seconds=minute % 3)
        heart.beat(within, monitoring.url, every=timedelta(minutes=5), found=(), now=now)
    assert monitoring.heard == [("/ping/c4nary-5ecret", "well")] * 4


def test_it_says_that_something_ails_and_names_nothing(monitoring: Monitoring) -> None:
    heart = Heart()
    heart.beat(
        poster().reaching(monitoring.url), monitoring.url,
        every=timedelta(minutes=5), found=(ailment("mail:asma@desk.example"),), now=NOW,
    )  # fmt: skip
    assert monitoring.heard == [("/ping/c4nary-5ecret/fail", "Messages do not leave.")]


@pytest.mark.parametrize(
    ("url", "fails"),
    [
        ("https://hc.example/uuid", "https://hc.example/uuid/fail"),
        ("https://hc.example/uuid/?a=b", "https://hc.example/uuid/fail?a=b"),
        ("https://k.example/p/t?status=up&msg=OK", "https://k.example/p/t?status=down&msg=OK"),
    ],
)
def test_failing_is_told_as_the_service_takes_it(url: str, fails: str) -> None:
    assert failing(url) == fails


def test_an_address_inside_is_refused_unless_the_settings_name_it(
    monitoring: Monitoring, caplog: pytest.LogCaptureFixture
) -> None:
    heart = Heart()
    heart.beat(poster(), monitoring.url, every=timedelta(minutes=5), found=(), now=NOW)
    assert monitoring.heard == []
    assert heart.failing_since == NOW
    assert "refused" in heart.says
    assert "c4nary" not in caplog.text + heart.says


def test_only_the_very_host_and_port_is_let_in(monitoring: Monitoring) -> None:
    other = Monitoring()
    within = poster().reaching(other.url)
    assert within.post(monitoring.url, b"x", {}, deadline=2).status is None
    other.server_close()


def test_a_monitor_that_fails_is_logged_once_and_when_it_is_over(
    monitoring: Monitoring, caplog: pytest.LogCaptureFixture
) -> None:
    heart, within = Heart(), poster().reaching(monitoring.url)
    caplog.set_level("INFO")
    for minute in range(0, 60, 5):
        monitoring.status = 500 if minute < 30 else 200
        now = NOW + timedelta(minutes=minute)
        heart.beat(within, monitoring.url, every=timedelta(minutes=5), found=(), now=now)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert heart.failing_since is None
    assert "c4nary" not in caplog.text
