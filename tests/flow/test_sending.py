"""Messages on their way: no way out holds up another, none is lost, none told out of hours."""

from __future__ import annotations

import io
import json
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from email import message_from_bytes
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller
from click.testing import CliRunner, Result

from monitor import pipeline
from monitor.cli.main import torkham
from monitor.delivery import sending
from monitor.stages.retry import MESSAGE_AFTER
from monitor.told import Delivery
from store import outbox, ways
from store.db import Db, connect
from store.messages import OutboxRow, Outgoing

if TYPE_CHECKING:
    from tests.flow.newsroom import Installation


def cli(here: Installation, *words: str) -> Result:
    """A command in this process, as somebody types it."""
    place = ["--config", str(here.folder / "feeds.yaml"), "--data", str(here.data)]
    given = [*words] if words[1:] == ("secret",) else [*words, *place]
    return CliRunner().invoke(torkham, given, env={"COLUMNS": "200"})


def configure(here: Installation, **sections: Any) -> None:
    here.newsroom.publish("lantern")
    here.configure(**sections)


SENT = Delivery(state="sent", detail="taken")
DOWN = Delivery(state="failed", detail="no connection")


def message(key: str, way: str, at: Any, **given: Any) -> Outgoing:
    plain = {"kind": "alert", "subject": "S", "text": "T", "html": None}
    return Outgoing(**{**plain, "key": key, "channel": way, "created_at": at, **given})


@pytest.fixture
def db(here: Installation) -> Iterator[Db]:
    here.data.mkdir(parents=True, exist_ok=True)
    with closing(connect(here.data / "torkham.db")) as opened:
        yield opened


def running(
    db_path: Any, deliver: Any, clock: Any, **more: Any
) -> tuple[threading.Thread, Counter[str]]:
    """The send job in a thread of its own, as the service runs it."""
    counts: Counter[str] = Counter()

    def run() -> None:
        with closing(connect(db_path)) as own:
            given = {"stopped": lambda: False, **more}
            counts.update(pipeline.send(own, deliver=deliver, clock=clock, **given))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, counts


# --- side by side ---------------------------------------------------------------------------


def test_a_way_that_hangs_for_its_whole_deadline_delays_the_others_by_less_than_a_second(
    made_up: Any, here: Installation, db: Db
) -> None:
    """Also what comes for them while it hangs; and what waits behind it waits alone."""
    clock, went = made_up.Hands(), {}
    over = threading.Event()

    def deliver(row: OutboxRow) -> Delivery:
        if row.message.channel.startswith("team:"):
            over.wait(10)
            return Delivery(state="unknown", detail="no answer")
        went[row.message.key] = time.monotonic()
        return SENT

    outbox.put(db, [message(f"m{n}", f"team:{n}@x.example", clock()) for n in range(5)])
    outbox.put(db, [message("first", "slack", clock()), message("other", "outbox", clock())])
    began = time.monotonic()
    thread, counts = running(here.data / "torkham.db", deliver, clock)
    until(lambda: {"first", "other"} <= went.keys())
    assert max(went.values()) - began < 1
    outbox.put(db, [message("later", "slack", clock())])
    put = time.monotonic()
    until(lambda: "later" in went)
    assert went["later"] - put < 1
    over.set()
    thread.join(5)
    assert counts == {"sent": 3, "unknown": 5}


def until(holds: Callable[[], bool], seconds: float = 5.0) -> None:
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, "it did not come to pass in time"
        time.sleep(0.005)


def test_each_channel_tells_in_order_and_one_at_a_time(made_up: Any, db: Db) -> None:
    clock = made_up.Hands()
    at_once: Counter[str] = Counter()
    most: Counter[str] = Counter()
    order: dict[str, list[str]] = {"a": [], "b": [], "team": []}
    lock = threading.Lock()

    def deliver(row: OutboxRow) -> Delivery:
        lane = outbox.lane_of(row.message.channel)
        with lock:
            at_once[lane] += 1
            most[lane] = max(most[lane], at_once[lane])
            most["all"] = max(most["all"], sum(at_once.values()))
            order[lane].append(row.message.key)
        time.sleep(0.005)
        with lock:
            at_once[lane] -= 1
        return SENT

    keys = [f"{n:02}" for n in range(30)]
    places = ["a", "b", "team:x@y.example", "team:z@y.example"]
    outbox.put(db, [message(key, places[n % 4], clock()) for n, key in enumerate(keys)])
    counts = pipeline.send(db, deliver=deliver, clock=clock, stopped=lambda: False)
    assert counts == {"sent": 30}
    assert all(keys == sorted(keys) for keys in order.values())
    assert sum(map(len, order.values())) == 30
    assert (most["a"], most["b"], most["team"]) == (1, 1, 1)
    assert most["all"] > 1


@pytest.mark.slow
def test_a_stop_is_prompt_though_a_way_hangs_and_its_message_is_sent_again_later(
    made_up: Any, here: Installation, db: Db
) -> None:
    clock, told = made_up.Hands(), threading.Event()
    hung = threading.Event()

    def hangs(_row: OutboxRow) -> Delivery:
        hung.set()
        threading.Event().wait(30)
        return SENT

    outbox.put(db, [message("m", "slack", clock()), message("n", "slack", clock())])
    thread, _ = running(here.data / "torkham.db", hangs, clock, stopped=told.is_set)
    assert hung.wait(5)
    told.set()
    began = time.monotonic()
    thread.join(10)
    assert time.monotonic() - began < sending.PATIENCE + 1
    assert {row.message.key: row.state for row in outbox.recent(db)} == {
        "m": "sending", "n": "queued",
    }  # fmt: skip
    clock.forward(minutes=11)
    seen: list[str] = []

    def works(row: OutboxRow) -> Delivery:
        seen.append(row.message.key)
        return SENT

    pipeline.send(db, deliver=works, clock=clock, stopped=lambda: False)
    assert sorted(seen) == ["m", "n"]


def test_a_delivery_that_breaks_in_our_own_code_stops_no_other_and_ends(
    made_up: Any, db: Db, caplog: pytest.LogCaptureFixture
) -> None:
    clock = made_up.Hands()

    def deliver(row: OutboxRow) -> Delivery:
        if row.message.key == "bad":
            raise RuntimeError("https://hooks.example/s3cret")
        return SENT

    outbox.put(db, [message("bad", "slack", clock()), message("good", "slack", clock())])
    tries = 0
    for _ in range(20):
        counts = pipeline.send(db, deliver=deliver, clock=clock, stopped=lambda: False)
        tries += counts.get("failed", 0)
        clock.forward(hours=25)
    states = {row.message.key: row for row in outbox.recent(db)}
    assert (states["good"].state, states["bad"].state) == ("sent", "failed")
    assert tries == 1 + len(MESSAGE_AFTER)
    assert "s3cret" not in states["bad"].error
    assert "RuntimeError" in states["bad"].error


# --- hours ----------------------------------------------------------------------------------


def test_nobody_is_told_in_their_quiet_hours_also_not_by_a_later_attempt(
    made_up: Any, here: Installation
) -> None:
    """The server was down in the evening; what is tried again at night waits for the morning."""
    configure(
        here,
        team={"time_zone": "Asia/Karachi"},
        channels={"chat": {"kind": "directory", "path": "chat"}},
        readers={"asma": {"channels": ["chat"], "quiet": {"from": "22:00", "until": "06:30"}}},
    )
    clock = made_up.Hands()
    with here.app(clock) as app, closing(app.open_store()) as opened:
        local = clock().astimezone(app.zone)
        clock.forward(minutes=((21 - local.hour) % 24) * 60 + 58 - local.minute)  # 21:58
        tried: dict[str, list[str]] = {}

        def deliver(row: OutboxRow) -> Delivery:
            at = clock().astimezone(app.zone)
            tried.setdefault(row.message.key, []).append(f"{at:%H:%M}")
            return DOWN if at.hour > 20 else SENT

        outbox.put(
            opened,
            [
                message("hers", "chat", clock(), reader="asma"),
                message("digest", "chat", clock(), kind="digest", reader="asma"),
                message("team", "outbox", clock()),
            ],
        )
        for _ in range(60):
            pipeline.send(
                opened, deliver=deliver, clock=clock, stopped=lambda: False, held=app.held
            )
            clock.forward(minutes=10)
            if clock().astimezone(app.zone).hour == 23:
                outbox.put(opened, [message("night", "chat", clock(), reader="asma")])
    assert tried["hers"][0] == "21:58"
    assert tried["hers"][1:] == ["06:38"]
    assert tried["night"] == ["06:38"]
    assert tried["digest"][1] == "22:08"
    assert tried["team"][1] == "22:08"


# --- mail servers as they are ---------------------------------------------------------------


class Post:
    """A mail server that takes mail, but not for those it does not know."""

    def __init__(self) -> None:
        self.unknown: set[str] = set()
        self.mails: list[tuple[str, str]] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address in self.unknown:
            return "550 5.1.1 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        said = message_from_bytes(envelope.content)
        self.mails += [(who, str(said["Message-ID"])) for who in envelope.rcpt_tos]
        return "250 taken"


@contextmanager
def served(post: Post, port: int) -> Iterator[None]:
    controller = Controller(post, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


PEOPLE = ["asma@x.example", "bilal@x.example", "chand@x.example"]


@pytest.fixture
def port(free_port: Callable[[], int]) -> int:
    return free_port()


@pytest.fixture
def free_port() -> Callable[[], int]:
    import socket

    def find() -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return int(probe.getsockname()[1])

    return find


def mail_to(here: Installation, port: int) -> None:
    configure(here,
        channels={
            "team": {
                "kind": "mail", "host": "127.0.0.1", "port": port, "security": "none",
                "from": "desk@x.example", "to": PEOPLE,
            }
        },
        notices={"channels": ["outbox", "team"], "after": "6h"},
    )  # fmt: skip


def digest_for(at: Any) -> list[Outgoing]:
    return [message(f"digest:d:team:{who}", f"team:{who}", at, kind="digest") for who in PEOPLE]


def test_a_recipient_whom_the_server_does_not_know_is_shown_and_told_once_by_another_way(
    made_up: Any, here: Installation, port: int
) -> None:
    post, clock = Post(), made_up.Hands()
    post.unknown = {PEOPLE[1]}
    mail_to(here, port)
    with here.app(clock) as app, served(post, port), closing(app.open_store()) as db:
        outbox.put(db, digest_for(clock()))
        assert app.run_job("send") == {"sent": 2, "failed": 1, "notices": 3}
        assert [who for who, _ in post.mails] == [PEOPLE[0], PEOPLE[2]]
        notices = outbox.recent(db, "notice")
        assert {row.message.channel for row in notices} == {
            "outbox", f"team:{PEOPLE[0]}", f"team:{PEOPLE[2]}",
        }  # fmt: skip
        assert "550 5.1.1 no such user here" in notices[0].message.text
        for _ in range(5):
            clock.forward(hours=7)
            app.run_job("send")
        assert len(outbox.recent(db, "notice")) == 3
        told = cli(here, "status").output
        assert told.count(f"team:{PEOPLE[1]}") == 1
        assert f"No message has gone out by team:{PEOPLE[1]}" in told
        listed = json.loads(cli(here, "channels", "list", "--json").output)
        (team,) = [line for line in listed if line["name"] == "team"]
        assert "no such user here" in team["unwell"][0]
        post.unknown.clear()
        outbox.put(db, [message("next", f"team:{PEOPLE[1]}", clock())])
        assert app.run_job("send") == {"sent": 1, "notices": 4}
        assert "again" in outbox.recent(db, "notice")[0].message.subject
        assert ways.failing(db) == []
        assert "refused" not in cli(here, "status").output


@pytest.mark.slow
def test_a_server_that_is_down_for_a_day_gets_every_mail_late_and_once(
    made_up: Any, here: Installation, port: int
) -> None:
    """Nobody listens there, and then somebody does; the notice of it comes by the folder, once."""
    post, clock = Post(), made_up.Hands()
    mail_to(here, port)
    with here.app(clock) as app, closing(app.open_store()) as db:
        outbox.put(db, digest_for(clock()))
        for _ in range(3 * 24):
            app.run_job("send")
            clock.forward(minutes=20)
        told = [row.message for row in outbox.recent(db, "notice")]
        assert [one.channel for one in told] == ["outbox"]
        assert all(who in told[0].text for who in PEOPLE)
        with served(post, port):
            for _ in range(3 * 36):
                app.run_job("send")
                clock.forward(minutes=20)
    got = Counter(post.mails)
    assert {who for who, _ in got} == set(PEOPLE)
    digests = [row for row in here.rows("SELECT * FROM outbox") if row["kind"] == "digest"]
    assert {row["state"] for row in digests} == {"sent"}
    assert set(got.values()) == {1}


def test_a_channel_taken_out_of_the_settings_is_unwell_no_more(
    made_up: Any, here: Installation, port: int
) -> None:
    mail_to(here, port)
    clock = made_up.Hands()
    with here.app(clock) as app, closing(app.open_store()) as db:
        outbox.put(db, digest_for(clock()))
        app.run_job("send")
        assert len(ways.failing(db)) == 3
        configure(here)
        app.run_job("send")
        assert ways.failing(db) == []


def test_a_mail_follows_the_first_of_its_thread(
    made_up: Any, here: Installation, port: int
) -> None:
    from monitor.edge.mail import message_id

    heads: list[Any] = []

    class Keeping(Post):
        async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
            heads.append(message_from_bytes(envelope.content))
            return "250 taken"

    mail_to(here, port)
    clock = made_up.Hands()
    way = f"team:{PEOPLE[0]}"
    with here.app(clock) as app, served(Keeping(), port), closing(app.open_store()) as db:
        outbox.put(db, [message("first", way, clock())])
        outbox.put(db, [message("update", way, clock(), follows="first")])
        assert app.run_job("send") == {"sent": 2}
    first, update = heads
    assert first["In-Reply-To"] is None
    assert (
        update["In-Reply-To"] == update["References"] == first["Message-ID"] == message_id("first")
    )


# --- trying a channel out -------------------------------------------------------------------


def test_a_channel_is_tried_out_and_says_in_words_what_happened(
    here: Installation, port: int
) -> None:
    post = Post()
    mail_to(here, port)
    down = cli(here, "channels", "test", "team")
    assert down.exit_code == 1
    assert down.output.count("not sent.") == 3
    post.unknown = {PEOPLE[1]}
    with served(post, port):
        partly = cli(here, "channels", "test", "team")
    assert partly.exit_code == 1
    assert partly.output.count(": sent.") == 2
    assert "no such user here" in partly.output
    with served(Post(), port):
        assert cli(here, "channels", "test", "team").exit_code == 0
    folder = cli(here, "channels", "test", "outbox")
    assert folder.exit_code == 0
    (written,) = (here.data / "outbox").glob("test-outbox-*.txt")
    assert "nothing needs doing" in written.read_text()
    wrong = cli(here, "channels", "test", "tema")
    assert wrong.exit_code == 2
    assert "there are: outbox, team" in wrong.output


@pytest.mark.slow
def test_no_secret_of_a_way_out_stands_in_what_is_printed_kept_or_logged(
    here: Installation,
) -> None:
    """Tried, refused, listed, asked of the status, written into the store and its journal."""
    secret, place = "whsec_" + "Zm9v" * 10, "https://10.1.2.3/s3cret-path"
    configure(here, channels={"dash": {"kind": "webhook"}, "chat": {"kind": "apprise"}})
    here.data.mkdir(parents=True)
    kept = here.data / "secrets.env"
    kept.write_text(
        f"TORKHAM_WEBHOOK_SECRET_DASH={secret}\nTORKHAM_WEBHOOK_DASH={place}\n"
        "TORKHAM_APPRISE_CHAT=json://127.0.0.1:9/s3cret-token?cto=1\n"
    )
    kept.chmod(0o600)
    log = io.StringIO()
    ear = logging.StreamHandler(log)
    logging.getLogger().addHandler(ear)
    tries = [
        cli(here, "channels", "test", "dash"), cli(here, "channels", "test", "chat", "--json"),
        cli(here, "channels", "list"), cli(here, "channels", "list", "--json"),
        cli(here, "status"), cli(here, "check"),
    ]  # fmt: skip
    assert [one.exit_code for one in tries] == [1, 1, 0, 0, 0, 0]
    assert "dash: not sent. The address was refused" in tries[0].output
    logging.getLogger().removeHandler(ear)
    told = "".join(one.output for one in tries) + log.getvalue()
    for path in here.data.rglob("*"):
        if path.is_file() and path != kept:
            told += path.read_bytes().decode("latin-1")
    assert "refused" in told
    for word in ("s3cret", secret, "Zm9vZm9v", "10.1.2.3"):
        assert word not in told


def test_the_list_tells_readers_quiet_hours_and_the_last_delivery(here: Installation) -> None:
    configure(here,
        channels={
            "chat": {
                "kind": "directory", "path": "chat", "hourly": 4,
                "quiet": {"from": "22:00", "until": "06:30", "days": ["fri", "sat"]},
            }
        },
        readers={"asma": {"channels": ["chat"]}, "bilal": {"channels": ["chat", "outbox"]}},
    )  # fmt: skip
    assert cli(here, "channels", "test", "chat").exit_code == 0
    said = cli(here, "channels", "list").output
    assert "chat  directory  (readers asma, bilal; quiet 22:00 to 06:30, Fridays, Saturdays" in said
    assert "4 an hour; last delivery" in said
    assert "outbox  directory  (readers bilal; nothing delivered yet)" in said


def test_a_new_secret_is_one_and_never_the_same(here: Installation) -> None:
    from monitor.edge.signing import key_of

    first, second = (cli(here, "channels", "secret").output.strip() for _ in range(2))
    assert key_of(first)
    assert first != second
