"""The outbox, health and changes: a message is put once, claimed by one, and settled."""

from __future__ import annotations

import subprocess
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from store import changes, health, outbox, ways
from store.db import Db
from store.messages import WayState
from store.upkeep import Note

LEASE = timedelta(minutes=10)
Spawn = Callable[..., "subprocess.Popen[str]"]


def claimed(db: Db, make: Any, minutes: float, *busy: str) -> list[str]:
    now = make.at(minutes)
    return [row.message.key for row in outbox.claim(db, now, now + LEASE, busy=busy)]


def test_a_message_is_put_once_whatever_its_words(db: Db, make: Any) -> None:
    first = make.message("k", html="<p>ق</p>", day_on=date(2026, 3, 2))
    assert outbox.put(db, [first, make.message("k2")]) == 2
    assert outbox.put(db, [make.message("k", subject="Other"), make.message("k3")]) == 1
    assert outbox.put(db, []) == 0
    rows = outbox.recent(db)
    assert [row.message.key for row in rows] == ["k3", "k2", "k"]
    assert rows[-1].message == first
    assert (rows[-1].state, rows[-1].attempts, rows[-1].next_try_at) == ("queued", 0, None)


def test_a_claimed_message_is_nobody_elses_until_its_lease_is_over(db: Db, make: Any) -> None:
    outbox.put(db, [make.message("a"), make.message("b")])
    assert claimed(db, make, 0) == ["a"]
    assert claimed(db, make, 1) == ["b"]
    assert claimed(db, make, 9) == []
    [again] = outbox.claim(db, make.at(10), make.at(20), busy=())
    assert (again.message.key, again.attempts, again.state) == ("a", 2, "sending")


def test_a_settled_message_stays_settled(db: Db, make: Any) -> None:
    outbox.put(db, [make.message("a"), make.message("b"), make.message("c")])
    a, b, c = (outbox.claim(db, make.T0, make.T0 + LEASE)[0].id for _ in range(3))
    outbox.settle(db, a, state="sent", now=make.at(1))
    outbox.settle(db, a, state="failed", now=make.at(2), error="late", next_try_at=make.at(2))
    outbox.settle(db, b, state="failed", now=make.at(1), error="550 no such user")
    outbox.settle(
        db, c, state="unknown", now=make.at(1), error="died after DATA", next_try_at=make.at(30)
    )
    assert claimed(db, make, 29) == []
    states = {row.message.key: row for row in outbox.recent(db)}
    assert (states["a"].state, states["a"].sent_at, states["a"].error) == ("sent", make.at(1), "")
    assert (states["b"].state, states["b"].error, states["b"].sent_at) == (
        "failed",
        "550 no such user",
        None,
    )
    assert (states["c"].state, states["c"].next_try_at) == ("queued", make.at(30))
    assert claimed(db, make, 30) == ["c"]


def test_a_message_a_channel_is_claimed_and_none_of_a_channel_at_work(db: Db, make: Any) -> None:
    """The recipients of one mail channel share its server, so they share its lane."""
    ways = ["team:a@x.example", "team:b@x.example", "team-two", "slack", "slack"]
    outbox.put(db, [make.message(f"k{n}", channel=way) for n, way in enumerate(ways)])
    assert sorted(claimed(db, make, 0)) == ["k0", "k2", "k3"]
    assert sorted(claimed(db, make, 0, "team")) == ["k4"]
    assert claimed(db, make, 0) == ["k1"]


def test_a_message_held_back_waits_as_if_it_had_not_been_claimed(db: Db, make: Any) -> None:
    outbox.put(db, [make.message("a")])
    (row,) = outbox.claim(db, make.T0, make.T0 + LEASE)
    outbox.hold(db, row.id, make.at(60))
    assert claimed(db, make, 59) == []
    (again,) = outbox.claim(db, make.at(60), make.at(70))
    assert again.attempts == 1
    outbox.settle(db, row.id, state="sent", now=make.at(60))
    outbox.hold(db, row.id, make.at(90))
    assert outbox.recent(db)[0].state == "sent"


def test_a_way_is_known_to_fail_from_its_first_failure_until_it_takes_one(
    db: Db, make: Any
) -> None:
    outbox.put(db, [make.message(f"k{n}", channel="team:a@x.example") for n in range(4)])

    def settle(minutes: float, state: Any, **more: Any) -> WayState:
        (row,) = outbox.claim(db, make.at(minutes), make.at(minutes) + LEASE)
        outbox.settle(db, row.id, state=state, now=make.at(minutes), **more)
        return ways.states(db)["team:a@x.example"]

    assert settle(0, "sent") == WayState(way="team:a@x.example", sent_at=make.at(0))
    settle(1, "failed", error="it is down")
    said = settle(2, "failed", error="550 no such user", refused=True)
    assert (said.failing_since, said.failures, said.refused) == (make.at(1), 2, True)
    assert (said.sent_at, said.error) == (make.at(0), "550 no such user")
    assert [one.way for one in ways.failing(db)] == ["team:a@x.example"]
    ways.tell(db, began=["team:a@x.example"], over=[], now=make.at(3))
    assert ways.recovered(db) == []
    assert settle(4, "sent").failing_since is None
    assert [one.way for one in ways.recovered(db)] == ["team:a@x.example"]
    ways.tell(db, began=[], over=["team:a@x.example"], now=make.at(5))
    assert ways.states(db)["team:a@x.example"] == WayState(
        way="team:a@x.example", sent_at=make.at(4)
    )


CLAIMER = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from store import outbox
from store.db import connect
db = connect(Path(sys.argv[1]))
now = datetime(2026, 3, 2, 7, tzinfo=UTC)
while rows := outbox.claim(db, now, now + timedelta(minutes=10)):
    for row in rows:
        print(row.message.key, flush=True)
"""


def test_two_senders_never_claim_the_same_message(
    path: Path, db: Db, spawn: Spawn, make: Any
) -> None:
    outbox.put(db, [make.message(f"k{n}", channel=f"way-{n % 5}") for n in range(40)])
    senders = [spawn(CLAIMER, path) for _ in range(2)]
    sent = [line for sender in senders for line in sender.communicate()[0].split()]
    assert sorted(sent) == sorted(f"k{n}" for n in range(40))


def test_keys_are_found_by_how_they_begin(db: Db, make: Any) -> None:
    outbox.put(
        db, [make.message("digest:2026-03-02:mail"), make.message("alert:a_b:1:mail", kind="alert")]
    )
    assert outbox.exists(db, "digest:2026-03-02")
    assert outbox.exists(db, "alert:a_b:1:mail")
    assert not outbox.exists(db, "digest:2026-03-03")
    assert not outbox.exists(db, "alert:a%")
    assert not outbox.exists(db, "alert:axb")
    assert [row.message.kind for row in outbox.recent(db, kind="alert")] == ["alert"]


def test_a_list_of_messages_holds_nothing_of_what_they_say(db: Db, make: Any) -> None:
    outbox.put(db, [make.message(f"k{n}", text="a" * 50_000) for n in range(40)])
    outbox.listed(db)  # what is kept for good is there from now on
    tracemalloc.start()
    try:
        rows = outbox.listed(db)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 40 * 3_000, "bytes; with what they say 50 KB a message"
    assert [replace(row.message, text="") for row in outbox.recent(db)] == [
        row.message for row in rows
    ]


def test_the_last_run_of_every_job_tells_how_it_went(db: Db, make: Any) -> None:
    first = health.started(db, "poll", make.at(0))
    health.finished(db, first, ok=True, detail="", counts={"new": 3}, now=make.at(1))
    second = health.started(db, "poll", make.at(2))
    health.finished(db, second, ok=False, detail="disk full", counts={}, now=make.at(3))
    health.started(db, "judge", make.at(4))
    judge, poll = health.last_runs(db)
    assert (judge.job, judge.ok, judge.finished_at) == ("judge", None, None)
    assert (poll.ok, poll.detail, poll.started_at, poll.finished_at) == (
        False,
        "disk full",
        make.at(2),
        make.at(3),
    )
    health.forget_runs(db, make.at(99))
    assert len(health.last_runs(db)) == 2
    health.finished(db, first, ok=True, detail="gone", counts={}, now=make.at(5))
    assert health.last_runs(db)[1].detail == "disk full"


def test_notes_are_kept_once_and_missed_runs_counted(db: Db, make: Any) -> None:
    for _ in range(2):
        health.note(db, "job_missed", "poll", make.at(1))
    health.note(db, "clock", "set back by an hour", make.at(2))
    assert health.notes(db, make.at(2)) == [
        Note(at=make.at(2), kind="clock", detail="set back by an hour")
    ]
    assert health.missed_since(db, make.T0) == 1
    assert health.missed_since(db, make.at(2)) == 0


def test_the_newest_change_of_a_path_stands_and_all_stay_on_record(db: Db, make: Any) -> None:
    changes.record(db, "thresholds.queue", "0.2", "rida", make.at(1))
    changes.record(db, "feeds.dawn.enabled", "false", "omar", make.at(2))
    changes.record(db, "thresholds.queue", "0.3", "omar", make.at(3))
    changes.record(db, "thresholds.queue", "0.3", "rida", make.at(4))
    standing = {change.path: (change.value, change.by) for change in changes.changes(db)}
    assert standing == {
        "thresholds.queue": ("0.3", "omar"),
        "feeds.dawn.enabled": ("false", "omar"),
    }
    assert [(c.value, c.at) for c in changes.history(db)] == [
        ("0.3", make.at(3)), ("false", make.at(2)), ("0.2", make.at(1)),
    ]  # fmt: skip


def test_the_channels_with_something_to_send_are_found_by_seeks_alone(db: Db, make: Any) -> None:
    """A hundred thousand messages wait for one channel: the next channel is still one seek away."""
    found = [row[-1] for row in db.execute(f"EXPLAIN QUERY PLAN {outbox.LANES}")]
    of_outbox = [line for line in found if "outbox" in line]
    assert of_outbox
    assert all("SEARCH outbox USING" in line and "outbox_lane" in line for line in of_outbox)
