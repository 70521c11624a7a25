"""The one judgement of whether the service is well: each thing that can ail, and what does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.inquiry.ailments import ABOUT, Copies, Disk, Facts
from monitor.inquiry.wellness import wellness
from monitor.ticks import EVERY_SECONDS
from store.messages import WayState
from store.upkeep import Ailing, Failing, Held, JobRun, Note, Signs

NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def run(job: str, *, ago: timedelta = timedelta(seconds=5), ok: bool | None = True) -> JobRun:
    at = NOW - ago
    ended = None if ok is None else at + timedelta(seconds=1)
    return JobRun(job=job, started_at=at, finished_at=ended, ok=ok, detail="", counts={})


ALL_RUN = tuple(run(job) for job in EVERY_SECONDS)
SIGNS = Signs(runs=ALL_RUN, first_run_at=NOW - 30 * 24 * HOUR, feeds=20)
WELL = Facts(
    every=EVERY_SECONDS,
    signs=SIGNS,
    disk=Disk(total=100_000_000_000, free=50_000_000_000, database=2_000_000_000),
    copies=Copies(n=7, newest_at=NOW - 7 * HOUR, bytes=2_000_000_000),
    begun_at=NOW - 30 * 24 * HOUR,
)


def with_signs(**more: object) -> Facts:
    return replace(WELL, signs=replace(SIGNS, **more))  # type: ignore[arg-type]


def without(job: str, *instead: JobRun) -> Facts:
    return with_signs(runs=(*(one for one in ALL_RUN if one.job != job), *instead))


def fails(job: str, times: int, ago: timedelta, detail: str = "OSError: no") -> Facts:
    one = Failing(job=job, since_at=NOW - ago, times=times, detail=detail)
    return with_signs(failing=(one,))


def way(**more: object) -> WayState:
    given: dict[str, object] = {"way": "mail:a@b.example", "failing_since": NOW - 4 * HOUR}
    return WayState(**{**given, "error": "it refused", **more})  # type: ignore[arg-type]


AILING: dict[str, tuple[Facts, str, bool]] = {
    "no store": (replace(WELL, signs=None, store_says="it is locked"), "store", True),
    "damaged": (replace(WELL, signs=None, store_says="x", damaged=True), "damage", True),
    "damage found by night": (
        fails("tidy", 1, HOUR, "StoreCorrupt: torkham.db is damaged (x)"), "damage", True,
    ),
    "no process": (
        replace(with_signs(runs=(run("poll", ago=HOUR),)), begun_at=None), "stopped", True,
    ),
    "killed": (
        replace(with_signs(runs=(run("poll", ago=HOUR / 60),)), begun_at=None, cut_off=4711),
        "stopped", True,
    ),
    "never run": (replace(with_signs(runs=()), begun_at=None), "stopped", True),
    "one job late": (without("judge", run("judge", ago=HOUR / 2)), "late:judge", True),
    "a slow job late": (without("tidy", run("tidy", ago=HOUR)), "late:tidy", True),
    "at work for ever": (without("poll", run("poll", ago=4 * HOUR, ok=None)), "late:poll", True),
    "three failures": (fails("learn", 3, timedelta(minutes=1)), "fails:learn", False),
    "fails for long": (fails("poll", 2, HOUR), "fails:poll", True),
    "disk": (replace(WELL, disk=Disk(total=10**11, free=4 * 10**8)), "disk", False),
    "no room for a backup": (
        replace(WELL, disk=Disk(total=10**11, free=10**9, database=2 * 10**9)), "disk", False,
    ),
    "old backup": (replace(WELL, copies=Copies(n=1, newest_at=NOW - 61 * HOUR)), "backup", False),
    "no backup": (replace(WELL, copies=Copies()), "backup", False),
    "second set": (replace(WELL, elsewhere=("no disk",)), "backup:elsewhere", False),
    "clock set back": (without("send", run("send", ago=-HOUR)), "clock", False),
    "all feeds": (with_signs(feeds_failing=20), "feeds", True),
    "most feeds": (with_signs(feeds_failing=11), "feeds", False),
    "pages": (with_signs(tried=50, unread=45), "pages", False),
    "not read": (with_signs(waiting_since=NOW - 13 * HOUR), "intake", False),
    "not judged": (with_signs(unjudged_since=NOW - 13 * HOUR), "intake", False),
    "mail": (with_signs(ways=(way(),)), "mail:mail:a@b.example", False),
    "mail refused": (
        with_signs(ways=(way(failing_since=NOW, refused=True),)), "mail:mail:a@b.example", False,
    ),
    "held": (with_signs(held=(Held(lane="mail", since_at=NOW - 4 * HOUR),)), "mail:mail", False),
    "failed for good": (with_signs(failed_messages=2, failed_message="no"), "mail", False),
    "after a restore": (with_signs(in_doubt=2), "doubt", False),
    "watchdog": (
        with_signs(notes=(Note(at=NOW - HOUR, kind="watchdog", detail="judge stood still"),)),
        "watchdog", False,
    ),
    "heartbeat": (replace(WELL, unheard_since=NOW - HOUR, unheard="no"), "heartbeat", False),
    "settings": (replace(WELL, mistakes=("web.port: is no number",)), "settings", False),
}  # fmt: skip


def test_a_service_that_does_its_work_is_well() -> None:
    assert wellness(WELL, NOW) == ()


@pytest.mark.parametrize("name", AILING)
def test_each_thing_that_can_ail_is_told_once_with_what_to_do(name: str) -> None:
    facts, cause, stops = AILING[name]
    found = wellness(facts, NOW)
    assert [one.cause for one in found] == [cause]
    assert found[0].stops == stops
    assert found[0].sentence.strip().endswith(".")
    assert found[0].advice.strip().endswith(".")
    assert found[0].about == ABOUT[found[0].kind]


def test_every_kind_of_ailment_is_tried_here() -> None:
    assert {cause.partition(":")[0] for _, cause, _ in AILING.values()} == set(ABOUT)


NOT_AILING = {
    "the first minutes": replace(with_signs(runs=(), first_run_at=None), begun_at=NOW),
    "a long round of pages": without("harvest", run("harvest", ago=2 * HOUR, ok=None)),
    "one failure a moment ago": fails("poll", 1, timedelta(seconds=10)),
    "one mail late": with_signs(ways=(way(failing_since=NOW - HOUR),)),
    "a night without a copy": replace(WELL, copies=Copies(n=7, newest_at=NOW - 55 * HOUR)),
    "half the feeds": with_signs(feeds_failing=10),
    "the only feed": with_signs(feeds=1, feeds_failing=1),
    "a few pages": with_signs(tried=10, unread=10),
    "a small disk": replace(WELL, disk=Disk(total=3_000_000, free=2_000_000, database=1_000_000)),
    "a reader ended": with_signs(notes=(Note(at=NOW, kind="worker_ended", detail="x"),)),
    "cut off": with_signs(notes=(Note(at=NOW, kind="cut_off", detail="x"),)),
    "the clock a little off": without("send", run("send", ago=timedelta(seconds=-30))),
}


@pytest.mark.parametrize("name", NOT_AILING)
def test_what_passes_by_itself_is_no_ailment(name: str) -> None:
    assert wellness(NOT_AILING[name], NOW) == ()


def test_the_gravest_stands_first() -> None:
    facts = replace(with_signs(feeds_failing=20, runs=()), mistakes=("x",), begun_at=None)
    assert [one.kind for one in wellness(facts, NOW)] == ["stopped", "feeds", "settings"]


def test_a_command_beside_the_service_tells_what_only_the_service_can_see() -> None:
    known = (Ailing(cause="settings", seen_at=NOW - HOUR, sentence="a mistake."),)
    beside = replace(with_signs(known=known), begun_at=None)
    assert [one.kind for one in wellness(beside, NOW)] == ["settings"]
    assert wellness(with_signs(known=known), NOW) == ()  # the service itself knows better


def test_words_of_other_parts_stay_one_line_and_short() -> None:
    found = wellness(fails("poll", 3, HOUR, "first\nsecond " + "x" * 5_000), NOW)[0]
    assert "\n" not in found.sentence
    assert len(found.sentence) < 1_000
