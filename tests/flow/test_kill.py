"""kill -9 at any moment: nothing is lost, nothing is doubled, nobody is left behind."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from monitor.edge.clock import system_clock
from store import outbox
from store.backups import verify
from store.messages import Outgoing
from tests.flow.forge import Forge, Run
from tests.flow.whole import assert_delivered, assert_whole

if TYPE_CHECKING:
    from tests.flow.newsroom import Installation, Newsroom

RULES = [{"name": "Torkham", "any": ["Torkham"]}, {"name": "Gone", "any": ["gone"]}]


def furnish(newsroom: Newsroom, feeds: int, each: int) -> None:
    """Publish every fate an item can have: read, copied, refused, failed, without a link."""
    newsroom.fill(feeds, each - 3)
    for feed in list(newsroom.stories):
        first, second, *_ = newsroom.stories[feed]
        other = f"outlet-{(int(feed[-2:]) + 1) % feeds:02}"
        newsroom.publish(other, first.title, body=first.body)  # a copy
        newsroom.publish(feed, "A notice without a link", page=False)
        broken = newsroom.publish(feed, f"A page that is gone, {feed}")
        newsroom.answers[broken.path] = lambda handler: handler.say(404, "<h1>Gone</h1>")
        newsroom.answers[second.path] = lambda handler: handler.say(
            200, "<html><title>Log in</title><p>Please log in to continue.</p></html>"
        )


class Moment:
    """Waits for a moment of a run, drawn beforehand: so many requests in, and a little later."""

    def __init__(self, draw: random.Random, newsroom: Newsroom, most: int) -> None:
        self.requests = draw.randint(0, most)
        self.later = draw.uniform(0, 0.25)
        self._newsroom = newsroom

    def __str__(self) -> str:
        return f"{self.requests} requests + {self.later:.3f} s"

    def wait(self, run: Run) -> None:
        enough = len(self._newsroom.asked) + self.requests
        while len(self._newsroom.asked) < enough and run.at_work():
            time.sleep(0.002)
        time.sleep(self.later)


def seeded() -> random.Random:
    """Return a draw whose seed is shown when the test fails; set it again to repeat the kills."""
    seed = int(os.environ.get("TORKHAM_KILL_SEED") or random.SystemRandom().randrange(10**6))
    print(f"TORKHAM_KILL_SEED={seed}")  # noqa: T201
    return random.Random(seed)  # noqa: S311


def lose_nothing(
    made_up: Any, newsroom: Newsroom, forge: Forge, install: Callable[[str], Installation],
    *, kills: int, feeds: int, each: int, most: int,
) -> str:  # fmt: skip
    """Kill an installation again and again, let it end, and hold it against a whole one."""
    began = time.monotonic()
    furnish(newsroom, feeds, each)
    newsroom.page_seconds = 0.02
    here, whole = install("killed"), install("whole")
    for place in (here, whole):
        place.configure(alerts=RULES, fetch={"per_host": 2})
    forge.warm(whole.folder, newsroom.port, "jobs")
    draw, at_work = seeded(), 0
    for number in range(kills):
        moment = Moment(draw, newsroom, most)
        run = forge.start(here.folder, newsroom.port, "jobs")
        moment.wait(run)
        at_work += run.at_work()
        run.kill()
        assert not run.ended().left, f"children live on after kill {number}, {moment}"
    assert at_work >= kills * 3 // 4, "most kills were to hit a run at work"
    assert forge.run(here.folder, newsroom.port, "jobs") == 0
    # A message that was in hand at two kills waits as one that failed.
    assert forge.run(here.folder, newsroom.port, "jobs", minutes=60 * 24) == 0
    assert_whole(made_up, here, whole, feeds * each)
    assert_delivered(here)
    seconds = time.monotonic() - began
    return (
        f"{kills} kills, {at_work} of them at work, over {feeds} feeds of {feeds * each:,} items:"
        f" 0 lost, 0 doubled ({seconds:.0f} s)"
    )


@pytest.mark.slow
@pytest.mark.row(1)
@pytest.mark.timeout(600)
def test_twenty_kills_at_random_moments_of_a_run_lose_and_double_nothing(
    made_up: Any, newsroom: Newsroom, forge: Forge, install: Callable[[str], Installation],
    figure: Callable[..., None],
) -> None:  # fmt: skip
    said = lose_nothing(
        made_up, newsroom, forge, install, kills=20, feeds=10, each=12, most=9
    )  # fmt: skip
    figure(said)


@pytest.mark.long
@pytest.mark.row(1)
@pytest.mark.timeout(3600)
def test_two_hundred_kills_over_twenty_feeds_of_2_000_items_lose_and_double_nothing(
    made_up: Any, newsroom: Newsroom, forge: Forge, install: Callable[[str], Installation],
    figure: Callable[..., None],
) -> None:  # fmt: skip
    said = lose_nothing(
        made_up, newsroom, forge, install, kills=200, feeds=20, each=100, most=14
    )  # fmt: skip
    figure(said)


@pytest.mark.slow
@pytest.mark.row(1)
@pytest.mark.timeout(600)
def test_kills_while_texts_are_judged_told_and_copied_lose_and_double_nothing(
    made_up: Any, newsroom: Newsroom, forge: Forge, install: Callable[[str], Installation],
    figure: Callable[..., None],
) -> None:  # fmt: skip
    """Where no request marks the moment: verdicts, alerts, deliveries, the nightly backup."""
    furnish(newsroom, 6, 8)
    rules = [{"name": f"Torkham {n}", "any": ["Torkham"]} for n in range(3)]
    read, here, whole = install("read"), install("killed"), install("whole")
    for place in (read, here, whole):
        place.configure(alerts=rules)
    assert forge.run(read.folder, newsroom.port, "jobs", "poll", "harvest") == 0
    for place in (here, whole):
        shutil.copytree(read.data, place.data, ignore=shutil.ignore_patterns("*.lock"))
    last = ("judge", "alert", "send", "tidy")
    began = time.monotonic()
    assert forge.run(whole.folder, newsroom.port, "jobs", *last) == 0
    takes = time.monotonic() - began
    draw, kills, at_work = seeded(), 0, 0
    # On a machine that became idle since, a run ends before the time it took.
    while kills < 20 or (at_work < 5 and kills < 200):
        kills += 1
        run = forge.start(here.folder, newsroom.port, "jobs", *last)
        time.sleep(draw.uniform(0, takes))
        at_work += run.at_work()
        run.kill()
        assert not run.ended().left
        for backup in (here.data / "backups").glob("*.db"):
            verify(backup)  # it is there whole or not at all
    assert at_work >= 5
    assert forge.run(here.folder, newsroom.port, "jobs", minutes=60 * 24) == 0
    assert_whole(made_up, here, whole, 6 * 8)
    assert_delivered(here)
    figure(f"{at_work} kills while it judged, told, sent or copied: 0 lost, 0 doubled")


# --- between claiming a message and settling it ---------------------------------------------


def put(here: Installation, many: int) -> None:
    """Put messages into the outbox."""
    rows = [
        Outgoing(
            key=f"alert:test:{n}", kind="alert", channel="outbox", subject=f"Message {n}",
            text=f"The words of message {n}.", html=None, created_at=system_clock(),
        )
        for n in range(many)
    ]  # fmt: skip
    with here.store() as db:
        outbox.put(db, rows)


@pytest.mark.slow
@pytest.mark.parametrize("point", ["before-send", "after-send"])
def test_a_kill_between_claim_and_settle_loses_no_file_and_doubles_none(
    newsroom: Newsroom, forge: Forge, here: Installation, empty_store: Path, point: str
) -> None:
    """The next start sends what was in hand; the second time it waits, and the rest does not."""
    newsroom.publish("lantern")
    here.configure()
    here.data.mkdir()
    shutil.copyfile(empty_store, here.data / "torkham.db")
    put(here, 5)
    states = "SELECT state, count(*) AS n FROM outbox GROUP BY 1 ORDER BY 1"

    def send(at: str = "", minutes: float = 0) -> int:
        return forge.run(here.folder, newsroom.port, "jobs", "send", at=at, minutes=minutes)

    assert send(f"{point}:3") == -9
    assert here.rows(states) == [
        {"state": "queued", "n": 2}, {"state": "sending", "n": 1}, {"state": "sent", "n": 2},
    ]  # fmt: skip
    assert send(f"{point}:3") == -9, "the two others, and then the one that was in hand"
    assert send() == 0
    assert here.rows(states) == [{"state": "queued", "n": 1}, {"state": "sent", "n": 4}]
    assert send(minutes=6) == 0
    assert here.rows(states) == [{"state": "sent", "n": 5}]
    texts = [path.read_text() for path in (here.data / "outbox").glob("*.txt")]
    assert sorted(text.splitlines()[0] for text in texts) == [f"Message {n}" for n in range(5)]
    assert list((here.data / "outbox").glob(".*")) == [], "half a file was left"
