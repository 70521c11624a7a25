"""The watchdog: it barks at what stands still, at nothing else, and it lets nobody hammer."""

from __future__ import annotations

import os
import socket
import threading
import time
from pathlib import Path

import pytest

from monitor.cli.minding import Limits
from monitor.edge import anew, systemd
from monitor.edge.anew import Start
from monitor.edge.watchdog import Stuck, Watchdog
from monitor.ticks import EVERY_SECONDS
from store.pulse import beat, felt


class Kennel:
    """A watchdog with short limits, and what it said."""

    def __init__(self, limit: float) -> None:
        self.stuck: list[Stuck] = []
        self.well = 0
        self.dog = Watchdog(
            limits={}, otherwise=limit, stuck=self.stuck.append, well=self._well, every=0.02
        )

    def _well(self) -> None:
        self.well += 1

    def barked(self, seconds: float) -> bool:
        ends = time.monotonic() + seconds
        while not self.stuck and time.monotonic() < ends:
            time.sleep(0.01)
        return bool(self.stuck)


def wait_for_the_night(ended: threading.Event) -> None:
    ended.wait(30)


def test_a_job_that_keeps_nothing_is_named_with_the_place_it_hangs_at() -> None:
    kennel, ended = Kennel(0.3), threading.Event()

    def job() -> None:
        with kennel.dog.run("harvest"):
            wait_for_the_night(ended)

    hanging = threading.Thread(target=job)
    with kennel.dog.on_guard():
        hanging.start()
        assert kennel.barked(20)
    ended.set()
    hanging.join()
    found = kennel.stuck[0]
    assert found.name == "harvest"
    assert 0.3 < found.seconds < 0.3 * 2 + 5
    assert "wait_for_the_night (test_watchdog.py:" in found.stack
    assert "\n" not in found.stack


def test_a_job_that_keeps_something_now_and_then_may_take_for_ever() -> None:
    kennel = Kennel(0.6)
    with kennel.dog.on_guard(), kennel.dog.run("harvest"):
        for _ in range(12):
            time.sleep(0.1)
            beat()
    assert kennel.stuck == []
    assert kennel.well > 5


def test_what_another_thread_keeps_is_no_sign_of_life_of_this_one() -> None:
    with felt() as pulse:
        other = threading.Thread(target=beat)
        other.start()
        other.join()
        assert pulse.beats == 0
        beat()
        assert pulse.beats == 1


def test_what_ended_is_minded_no_more() -> None:
    kennel = Kennel(0.1)
    with kennel.dog.on_guard():
        with kennel.dog.run("send"), kennel.dog.mind("the desk", 0.1, lambda: 1):
            pass
        assert not kennel.barked(0.5)


def test_a_part_whose_count_stands_still_is_named() -> None:
    kennel = Kennel(9.0)
    with kennel.dog.on_guard(), kennel.dog.mind("the desk", 0.2, lambda: 7):
        assert kennel.barked(20)
    assert kennel.stuck[0].name == "the desk"


def test_every_job_has_a_limit_well_over_what_a_unit_of_it_may_take() -> None:
    limits = Limits()
    assert set(limits.jobs) <= set(EVERY_SECONDS)
    assert min([*limits.jobs.values(), limits.otherwise, limits.ticks]) >= 300
    assert limits.jobs["harvest"] > 300 + 450, "the longest answer and the longest reading"
    assert limits.stop < 60, "what the unit allows"


# --- starting anew ----------------------------------------------------------------------------


def starts(*uptimes: float) -> list[Start]:
    return [Start(uptime=uptime, at="2026-03-10T04:00:00+00:00", why="-") for uptime in uptimes]


def test_three_starts_in_ten_minutes_are_enough() -> None:
    assert not anew.too_many(starts(0, 100), 200)
    assert anew.too_many(starts(0, 100, 200), 300)
    assert not anew.too_many(starts(0, 100, 200), 601), "the first is long ago"


def test_why_it_started_is_handed_on_and_seen_by_nobody_else() -> None:
    environ = {anew.HANDED_ON: '[[1, "2026-03-10T04:00:00Z", "send hung"]]', "PATH": "/bin"}
    (found,) = anew.earlier(environ)
    assert (found.uptime, found.why) == (1.0, "send hung")
    assert environ == {"PATH": "/bin"}
    assert anew.earlier(environ) == ()


@pytest.mark.parametrize("rubbish", ["", "{", "[1]", "[[1]]", '[["x", 1, 2]]', "null", '"a"'])
def test_rubbish_in_the_environment_starts_the_service_all_the_same(rubbish: str) -> None:
    assert anew.earlier({anew.HANDED_ON: rubbish}) == ()


# --- the service manager ----------------------------------------------------------------------


def test_the_service_manager_hears_by_path_and_by_abstract_name(tmp_path: Path) -> None:
    names = {f"@torkham-test-{os.getpid()}": f"\0torkham-test-{os.getpid()}"}
    path = tmp_path / "n"
    if len(str(path)) < 100:
        names[str(path)] = str(path)
    for name, address in names.items():
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.settimeout(5)
            manager.bind(address)
            line = systemd.status("Two\nlines")
            assert systemd.say({"NOTIFY_SOCKET": name}, systemd.READY, line)
            assert manager.recv(200) == b"READY=1\nSTATUS=Two lines"


def test_where_no_service_manager_is_nothing_is_sent_and_nothing_breaks(tmp_path: Path) -> None:
    for place in ("", "relative", f"{tmp_path}/nobody", "@", "vsock:2:1", "/" + "x" * 300):
        assert not systemd.say({"NOTIFY_SOCKET": place}, systemd.ALIVE)
    assert not systemd.say({}, systemd.ALIVE)


def test_signs_of_life_come_twice_as_often_as_they_are_wanted() -> None:
    wanted = systemd.wants_signs_every
    assert wanted({"WATCHDOG_USEC": "120000000"}) == 60.0
    assert wanted({"WATCHDOG_USEC": "120000000", "WATCHDOG_PID": str(os.getpid())}) == 60.0
    assert wanted({"WATCHDOG_USEC": "120000000", "WATCHDOG_PID": "1"}) is None, "another's"
    assert wanted({}) is None
    assert wanted({"WATCHDOG_USEC": "0"}) is None
    assert wanted({"WATCHDOG_USEC": "soon"}) is None
