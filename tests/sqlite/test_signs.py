"""What the store tells of how the service does: cheap to ask, right over restarts, bounded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from store import ailments, gauges, health, outbox, restores, signs
from store.db import Db, connect
from store.messages import Outgoing
from store.upkeep import Ailing
from tests.new_store import new_store

NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Db]:
    opened = connect(new_store(tmp_path / "torkham.db"))
    yield opened
    opened.close()


def ran(db: Db, job: str, at: datetime, broke: str = "", **counts: int) -> None:
    number = health.started(db, job, at)
    ended = at + 2 * SECOND
    health.finished(db, number, ok=not broke, detail=broke, counts=counts, now=ended)


def rows(db: Db) -> int:
    return int(db.execute("SELECT count(*) FROM runs").fetchone()[0])


def test_a_job_that_breaks_all_night_is_two_rows_with_how_often_and_since_when(db: Db) -> None:
    ran(db, "send", NOW - SECOND, sent=1)
    for n in range(500):
        ran(db, "send", NOW + n * 10 * SECOND, "OSError: the disk is full")
    found = signs.signs(db, NOW + timedelta(hours=2)).failing
    assert [(one.job, one.times, one.since_at) for one in found] == [("send", 500, NOW)]
    assert rows(db) == 3
    ran(db, "send", NOW + timedelta(hours=2))
    assert signs.signs(db, NOW + timedelta(hours=2)).failing == ()
    ran(db, "send", NOW + timedelta(hours=3), "OSError: again")
    assert signs.signs(db, NOW + timedelta(hours=3)).failing[0].times == 1


def test_other_faults_in_between_stay_on_record(db: Db) -> None:
    for n in range(6):
        ran(db, "poll", NOW + n * SECOND, "one" if n % 2 else "another")
    assert rows(db) == 6


def test_what_was_counted_only_grows(db: Db) -> None:
    ran(db, "poll", NOW, asked=3, ok=2)
    ran(db, "poll", NOW + SECOND, asked=4)
    ran(db, "poll", NOW + 2 * SECOND, "no line")
    health.forget_runs(db, NOW + timedelta(days=1))
    found = {one.what: one.n for one in health.tallies(db)}
    assert found == {
        "runs": 3, "failures": 1, "in_a_row": 1, "seconds": 6, "n:asked": 7, "n:ok": 2,
    }  # fmt: skip


def test_a_clock_that_goes_back_takes_nothing_away(db: Db) -> None:
    number = health.started(db, "poll", NOW)
    health.finished(db, number, ok=True, detail="", counts={}, now=NOW - timedelta(days=1))
    assert {one.what: one.n for one in health.tallies(db)} == {"runs": 1}


def test_what_people_were_told_is_as_it_was_kept(db: Db) -> None:
    one = Ailing(cause="disk", seen_at=NOW, sentence="full", told_at=NOW + SECOND)
    ailments.keep(db, [one], [])
    assert ailments.known(db) == {"disk": one}
    ailments.keep(db, [], ["disk"])
    assert ailments.known(db) == {}


def test_a_message_that_waits_is_told_by_its_channel_alone(db: Db) -> None:
    message = Outgoing(
        key="k", kind="alert", channel="mail:asma@desk.example", subject="s", text="t",
        html=None, created_at=NOW - timedelta(hours=5),
    )  # fmt: skip
    outbox.put(db, [message])
    found = signs.signs(db, NOW)
    assert [(one.lane, one.since_at) for one in found.held] == [("mail", message.created_at)]
    assert gauges.gauges(db, NOW).lanes == (("mail", 1),)


PLANS = (
    (signs.TRIED, (NOW.isoformat(), 400)),
    (signs.WAITS, ()),
    (signs.UNJUDGED, ()),
    (restores.IN_DOUBT_OF_NEWEST, (1_000, restores.IN_DOUBT)),
    (signs.FIRST_HELD, {"lane": "mail", "now": NOW.isoformat()}),
    (gauges.QUEUE, ()),
    (gauges.PENDING, ()),
    (gauges.LANES, ()),
)


@pytest.mark.parametrize("asked", PLANS)
def test_no_question_reads_a_whole_table(db: Db, asked: tuple[str, object]) -> None:
    sql, params = asked
    plan = "\n".join(row[-1] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", params))  # type: ignore[arg-type]
    assert "USING" in plan
    assert "TEMP B-TREE" not in plan
    for line in plan.splitlines():
        assert not line.startswith("SCAN") or "INDEX" in line, plan
