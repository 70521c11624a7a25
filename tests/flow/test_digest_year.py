"""A year of digests in ten zones: every local day told once, whatever clock, mail and power did.

The real digest and send jobs run over a real store and real SMTP, by a clock that is set. Torkham
is off for hours or weeks, its clock is put forward and back, it is closed and opened again between
any two steps, and killed between claim and settle; the mail server is down, slow, refuses one of
the recipients for a while or for good, or takes a mail and dies before it says so.
"""

from __future__ import annotations

import asyncio
import random
import socket
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as hour_of_day
from email import message_from_bytes
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from monitor import pipeline
from monitor.config.shape import Digest as Settings
from monitor.delivery import sending
from monitor.delivery.sending import LEASE
from monitor.digests import publishing
from monitor.digests.edition import Press
from monitor.edge.mail import SmtpSettings
from monitor.edge.notify import Channel, MailChannel, deliver, one_each
from monitor.told import Delivery
from monitor.told import Digest as Content
from store import editions, feeds, outbox
from store.db import Db, connect
from store.messages import OutboxRow
from store.polls import FeedSpec, FeedState, FoundEntry, PollRecord

ZONES = (
    ("Asia/Karachi", hour_of_day(7, 0)), ("Asia/Kabul", hour_of_day(7, 30)),
    ("Europe/Berlin", hour_of_day(2, 30)),  # an hour that is skipped in spring, and twice in autumn
    ("America/New_York", hour_of_day(1, 30)), ("Africa/Cairo", hour_of_day(0, 0)),
    ("Australia/Lord_Howe", hour_of_day(1, 45)),  # half an hour of summer time
    ("Pacific/Apia", hour_of_day(23, 45)), ("Pacific/Kiritimati", hour_of_day(0, 15)),
    ("America/Santiago", hour_of_day(0, 0)), ("Asia/Kathmandu", hour_of_day(6, 15)),
)  # fmt: skip
FIRST = datetime(2027, 12, 31, 12, 0, tzinfo=UTC)  # 2028 is a leap year: 366 days
DAYS = 366
CATCH_UP = 7
PATIENCE = 0.25  # seconds a whole mail may take; a slow server takes longer
AMNA = "amna@desk.example"
GUEST = "guest@desk.example"  # of one zone; turned away for a while, and in the end for good
LARGE = ("Asia/Karachi",)  # where the guest reads, too


class Post:
    """A mail server with moods. ``inbox`` is what it kept: recipient, Message-ID, subject."""

    def __init__(self) -> None:
        self.mood = "well"
        self.refuses: dict[str, str] = {}  # recipient -> answer
        self.inbox: list[tuple[str, str, str]] = []
        self.moods: Counter[str] = Counter()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd names its hooks so
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuses:
            self.moods[f"refused {self.refuses[address][:3]}"] += 1
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        mood, self.moods[self.mood] = self.mood, self.moods[self.mood] + 1
        if mood == "busy":
            return "451 later, please"
        content = envelope.content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content)
        for recipient in envelope.rcpt_tos:
            self.inbox.append((recipient, str(mail["Message-ID"]), str(mail["Subject"])))
        if mood == "dies":
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        if mood == "slow":
            await asyncio.sleep(PATIENCE * 1.5)
        return "250 kept"


@dataclass
class Year:
    """One team's year: true time, the machine's clock beside it, and the store in between."""

    zone: ZoneInfo
    folder: Path
    port: int
    post: Post
    at: hour_of_day
    draw: random.Random
    true: datetime = FIRST
    skew: timedelta = timedelta()
    readers: tuple[str, ...] = (AMNA,)
    sums: Counter[str] = field(default_factory=Counter)
    doubts: Counter[str] = field(default_factory=Counter)  # deliveries in doubt, by Message-ID
    looked_at: list[datetime] = field(default_factory=list)  # when it ran by a clock that is right
    jumps: int = 0  # how often the clock was set, forward or back

    def __post_init__(self) -> None:
        self.db = connect(self.folder / "torkham.db")
        smtp = SmtpSettings(
            host="127.0.0.1", port=self.port, sender="torkham@desk.example",
            recipients=self.readers, security="none",
        )  # fmt: skip
        channel = MailChannel(name="post", smtp=smtp, deadline=PATIENCE)
        self.ways: dict[str, Channel] = {way.name: way for way in one_each(channel)}
        self.press = Press(
            settings=Settings(at=self.at), zone=self.zone, to=tuple(self.ways), model="m",
            threshold=0.1, draws=False,
        )  # fmt: skip

    def clock(self) -> datetime:
        return self.true + self.skew

    def set_clock(self, skew: timedelta) -> None:
        self.jumps += skew != self.skew
        self.skew = skew

    @property
    def doubt(self) -> int:
        return sum(self.doubts.values())

    def deliver(self, row: OutboxRow) -> Delivery:
        way = self.ways[row.message.channel]
        if self.post.mood == "down":
            assert isinstance(way, MailChannel)
            nobody = SmtpSettings(
                host="127.0.0.1", port=CLOSED, sender=way.smtp.sender,
                recipients=way.smtp.recipients, security="none",
            )  # fmt: skip
            way = MailChannel(name=way.name, smtp=nobody, deadline=PATIENCE)
        made = deliver(row.message, way)
        self.sums[f"deliveries {made.state}"] += 1
        if made.state == "unknown":
            self.doubts[row.message.key] += 1
        return made

    # --- what Torkham does ------------------------------------------------------------------

    def digest(self, press: Press | None = None) -> None:
        counts = pipeline.digest(
            self.db, presses=[press or self.press], catch_up_days=CATCH_UP, clock=self.clock
        )
        self.sums["editions"] += counts.get("editions", 0)

    def send(self) -> None:
        pipeline.send(self.db, deliver=self.deliver, clock=self.clock, stopped=lambda: False)

    def tick(self) -> None:
        """Run both jobs once, with a restart between any two steps now and then."""
        if not self.skew:
            self.looked_at.append(self.true)
        self._maybe_restart()
        if self.draw.random() < 0.02:
            self._fail_half_way()
        self.digest()
        self._maybe_restart()
        if self.draw.random() < 0.02:
            self._die_at_work()
        self.send()

    def _maybe_restart(self) -> None:
        if self.draw.random() < 0.01:
            self.restart()

    def restart(self) -> None:
        self.db.close()
        self.db = connect(self.folder / "torkham.db")
        sending.take_up(self.db, self.clock())
        self.sums["restarts"] += 1

    def _fail_half_way(self) -> None:
        """The making of a digest breaks after its content: nothing may have been written."""
        before = rows(self.db)
        with suppress(publishing.DigestError):
            self.digest(Breaking(**{name: getattr(self.press, name) for name in FIELDS}))
        assert rows(self.db) == before
        self.sums["broken half-way"] += 1

    def _die_at_work(self) -> None:
        """Killed after a message was claimed, and delivered or not, before that was noted."""
        now = self.clock()
        for row in outbox.claim(self.db, now, now + LEASE):
            if self.draw.random() < 0.5:
                self.doubts[row.message.key] += 1
                self.deliver(row)
            self.sums["killed between claim and settle"] += 1
        self.restart()

    # --- what is asked of it ----------------------------------------------------------------

    def wanted(self) -> list[date]:
        """The local days that must have been told: due when it looked, and not too long ago."""
        on, days = FIRST.astimezone(self.zone).date() + timedelta(days=1), []
        for number in range(DAYS):
            day = on + timedelta(days=number)
            _, until = self.press.window(day, None)
            first_look = next((at for at in self.looked_at if at >= until), None)
            local = first_look.astimezone(self.zone).date() if first_look else None
            if local and (local - day).days <= CATCH_UP:
                days.append(day)
        return days


class Breaking(Press):
    """A press that breaks when the content of an edition is made."""

    def printed(self, digest: Content, *_: Any) -> Any:
        raise RuntimeError(f"out of ink for {digest.day_on}")


FIELDS = tuple(Press.__dataclass_fields__)


def rows(db: Db) -> tuple[int, int]:
    found = db.execute("SELECT (SELECT count(*) FROM editions), (SELECT count(*) FROM outbox)")
    editions_kept, messages = found.fetchone()
    return int(editions_kept), int(messages)


def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


CLOSED = closed_port()


def one_item(db: Db, now: datetime) -> None:
    spec = FeedSpec(
        key="f", url="https://lantern.example/f", outlet="L", side="world", language="en"
    )
    feeds.sync(db, [spec], now)
    entry = FoundEntry(
        key="1", item_hash="1", guid="1", url="https://lantern.example/1",
        canonical_url="https://lantern.example/1", title="One", summary="", content_html=None,
        author=None, published_at=None, published_original=None, language="en",
    )  # fmt: skip
    state = FeedState(spec=spec)
    feeds.save_poll(db, PollRecord(state=state, at=now, outcome="ok", found=(entry,)))


def troubles(year: Year) -> Iterator[tuple[datetime, datetime, str]]:
    """The year's troubles: from when, until when, what. They may lie over one another.

    Each begins within the half hour before a digest is due, where it can do the most harm.
    """
    draw = year.draw
    spans = {
        "off": [draw.randrange(1, 60) for _ in range(12)] + [7 * 24, 20 * 24],
        "ahead": [draw.randrange(1, 12) for _ in range(8)],
        "behind": [draw.randrange(1, 12) for _ in range(8)],
        "down": [draw.randrange(1, 24) for _ in range(12)],
        "busy": [draw.randrange(1, 12) for _ in range(8)],
        "dies": [1] * 10,
        "slow": [1] * 2,
        "refuses one": [draw.randrange(1, 24) for _ in range(8)],
    }
    on = FIRST.astimezone(year.zone).date()
    for what, hours in spans.items():
        for long in hours:
            day = on + timedelta(days=draw.randrange(2, DAYS - 30))
            _, due = year.press.window(day, None)
            begins = due - timedelta(minutes=draw.randrange(0, 30))
            yield begins, begins + timedelta(hours=long), what


def live(year: Year) -> None:
    """Live the year: a look at due hours and at others in between, through all the troubles."""
    plan = list(troubles(year))
    looks = sorted(_looks(year))
    guest_left = FIRST + timedelta(days=DAYS * 9 // 10)
    for at in looks:
        year.true = at
        now = {what for begins, ends, what in plan if begins <= at < ends}
        year.set_clock(_skew(year.draw, now))
        if "off" in now:
            continue
        moods = [mood for mood in ("down", "dies", "busy", "slow") if mood in now]
        year.post.mood = moods[0] if moods else "well"
        year.post.refuses = {GUEST: "450 try later"} if "refuses one" in now else {}
        if at >= guest_left:
            year.post.refuses[GUEST] = "550 no such person"
        year.sums["clock wrong"] += bool(year.skew)
        year.tick()


def _skew(draw: random.Random, now: set[str]) -> timedelta:
    if "ahead" in now:
        return timedelta(hours=draw.randrange(1, 10 * 24))
    return timedelta(hours=-draw.randrange(1, 10 * 24)) if "behind" in now else timedelta()


def _looks(year: Year) -> Iterator[datetime]:
    """A minute or so after each due hour, soon after that, and at any hour besides."""
    on = FIRST.astimezone(year.zone).date()
    for number in range(DAYS + 8):
        _, due = year.press.window(on + timedelta(days=number + 1), None)
        yield due + timedelta(seconds=year.draw.randrange(0, 120))
        yield due + timedelta(minutes=year.draw.randrange(7, 50))
        yield due + timedelta(minutes=year.draw.randrange(60, 1380))


@pytest.fixture(scope="module")
def total() -> Iterator[Counter[str]]:
    """The sums of all zones, printed at the end."""
    sums: Counter[str] = Counter()
    yield sums
    print("\nThe year:", *(f"{n:,} {what}" for what, n in sorted(sums.items())), sep="\n  ")  # noqa: T201


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: 15,000 syncs of a disk are no part of the test."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
    if not memory.is_dir():
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory, prefix="torkham-year-") as folder:
        yield Path(folder)


SHORT = ("Asia/Karachi", "Australia/Lord_Howe", "America/Santiago")
LENGTH = {True: pytest.mark.slow, False: pytest.mark.long}


@pytest.mark.row(30, 32)
@pytest.mark.parametrize(
    ("zone", "at"), [pytest.param(*one, marks=LENGTH[one[0] in SHORT], id=one[0]) for one in ZONES]
)
def test_every_local_day_is_told_once_to_everybody(
    zone: str, at: hour_of_day, memory: Path, total: Counter[str], figure: Callable[..., None]
) -> None:
    """None missed; none doubled but the repeat of a mail in doubt, under the same Message-ID."""
    began = time.monotonic()
    post = Post()
    port = closed_port()
    server = Controller(post, hostname="127.0.0.1", port=port)
    server.start()
    try:
        year = Year(
            zone=ZoneInfo(zone), folder=memory, port=port, post=post, at=at,
            readers=(AMNA, GUEST) if zone in LARGE else (AMNA,),
            draw=random.Random(f"{zone} 2028"),  # noqa: S311 - the same year on every run
        )  # fmt: skip
        one_item(year.db, FIRST)
        live(year)
        missed, doubled, repeats = judged(year)
        untold = hours_in_no_digest(year)
    finally:
        server.stop()
    year.db.close()
    sums = year.sums + Counter({f"SMTP {mood}": n for mood, n in post.moods.items()})
    wanted = len(year.wanted())
    sums += Counter({
        "zone-days wanted": wanted, "zone-days excused by an outage": DAYS - wanted,
        "mails kept": len(post.inbox), "repeats recognisable": repeats,
    })  # fmt: skip
    total.update(sums)
    total.update({"missed": len(missed), "doubled": len(doubled)})
    print(f"\n{zone}: {time.monotonic() - began:.1f} s, {dict(sums)}")  # noqa: T201
    lost = f"{zone}, 366 days over SMTP: {len(missed)} missed, {len(doubled)} doubled"
    figure(f"{lost}, the clock set {year.jumps} times", row=30)
    figure(f"{lost} without need, {repeats} repeats recognisable, {year.doubt} in doubt", row=32)
    assert year.jumps >= 20
    assert missed == []
    assert doubled == []
    assert untold == []
    assert year.sums["editions"] >= wanted


def judged(year: Year) -> tuple[list[str], list[str], int]:
    """Return who missed which day, who got one twice without need, and how often a need was."""
    messages = {row.message.key: row for row in outbox.recent(year.db, "digest", 5000)}
    got = Counter((who, number) for who, number, _ in year.post.inbox)
    told = set(editions.days(year.db, limit=1000))
    missed = [f"{day}: no edition" for day in year.wanted() if day not in told]
    doubled: list[str] = []
    repeats = 0
    for key, row in messages.items():
        who = row.message.channel.partition(":")[2]
        times = got[(who, _id(key))]
        refused = who == GUEST and row.state == "failed"
        if not times and not refused:
            missed.append(f"{row.message.day_on} for {who}: {row.state} {row.error}")
        if times > 1 + year.doubts[key]:
            doubled.append(f"{key}: {times} times, {year.doubts[key]} doubts")
        repeats += max(0, times - 1)
    days = Counter((row.message.channel, row.message.day_on) for row in messages.values())
    doubled += [f"{way} {day}: {n} messages" for (way, day), n in days.items() if n > 1]
    return missed, doubled, repeats


def hours_in_no_digest(year: Year) -> list[str]:
    """Return the hours that no digest told of although the clock was right: seen then, and lost.

    An edition that a clock put forward made holds only what had been seen by then; where Torkham
    was off until its hour had passed, nothing tells that it came too early. Those are counted.
    """
    right = set(year.looked_at)
    made = sorted(editions.recent(year.db, limit=1000), key=lambda one: one.until_at)
    covered, gaps = made[0].until_at, []
    early = [one.until_at for one in made if one.made_at not in right]
    for one in made:
        if one.made_at not in right:
            continue
        if one.since_at > covered and not any(covered < at <= one.since_at for at in early):
            gaps.append(f"{covered} to {one.since_at}")
        year.sums["windows cut by a clock put forward"] += one.since_at > covered
        covered = max(covered, one.until_at)
    return gaps


def _id(key: str) -> str:
    from monitor.edge.mail import message_id

    return message_id(key)
