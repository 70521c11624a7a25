"""``/healthz`` and ``/metrics``: right while all else fails, cheap, and telling no secret."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from monitor.edge import process
from monitor.inquiry import looking
from monitor.inquiry.ailments import Ailment, Facts
from monitor.inquiry.figures import Family, Reading, exposition, families
from monitor.inquiry.looking import Kept
from monitor.inquiry.wellness import wellness
from monitor.ticks import EVERY_SECONDS
from store import feeds, gauges, health, outbox, tokens, ways
from store.messages import Outgoing
from store.sqlite import sqlite3

if TYPE_CHECKING:
    from tests.pages.conftest import Newsroom, Serve

NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
CANARY = "c4nary-asma@desk.example"
PEOPLE = {"Adeela": "administrator", "Rashid": "reader"}


def facts(room: Newsroom) -> Facts:
    return looking.facts(room.path, NOW, every=EVERY_SECONDS)


def all_run(room: Newsroom) -> None:
    with closing(room.open()) as db:
        for job in EVERY_SECONDS:
            number = health.started(db, job, NOW - timedelta(seconds=2))
            health.finished(db, number, ok=True, detail="", counts={"new": 2}, now=NOW)


def ailing(room: Newsroom) -> Callable[[], tuple[Ailment, ...]]:
    return lambda: wellness(facts(room), NOW)


def text(room: Newsroom, **more: Any) -> str:
    with closing(room.open()) as db:
        found = gauges.gauges(db, NOW)
    seen = facts(room)
    return exposition(
        families(
            Reading(
                facts=seen, found=wellness(seen, NOW), gauges=found, used=process.used(),
                build={"version": "0.1.0", "python": "3"}, began_at=NOW, now=NOW, **more,
            )
        )
    )  # fmt: skip


# --- /healthz -----------------------------------------------------------------------------------


def test_it_answers_200_when_all_is_well(newsroom: Newsroom, desk_over: Serve) -> None:
    all_run(newsroom)
    with desk_over(newsroom, ailments=ailing(newsroom)) as desk:
        answer = desk.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"ok": True, "version": "0.1.0"})


def test_it_names_kinds_and_no_feed_reader_or_file(newsroom: Newsroom, desk_over: Serve) -> None:
    all_run(newsroom)
    with closing(newsroom.open()) as db:
        at = NOW - timedelta(hours=5)
        ways.note(db, f"mail:{CANARY}", sent=False, error=CANARY, refused=False, now=at)
        for _ in range(3):
            number = health.started(db, "poll", NOW - timedelta(seconds=9))
            health.finished(db, number, ok=False, detail=CANARY, counts={}, now=NOW)
    with desk_over(newsroom, {"Adeela": "administrator"}, ailments=ailing(newsroom)) as desk:
        answer = desk.get("/healthz")
        today = desk.get("/")
    assert answer.status_code == 503
    assert [one["cause"] for one in answer.json()["unwell"]] == ["fails", "mail"]
    assert "c4nary" not in answer.text
    assert str(newsroom.path.parent) not in answer.text
    assert "set-cookie" not in answer.headers
    assert today.status_code == 303  # and nobody sees the rest without signing in


def test_what_a_restart_does_not_mend_is_no_reason_to_restart(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    all_run(newsroom)
    with closing(newsroom.open()) as db:
        health.note(db, "watchdog", "judge stood still.", NOW - timedelta(minutes=5))
    with desk_over(newsroom, ailments=ailing(newsroom)) as desk:
        assert desk.get("/healthz").status_code == 503
        assert desk.get("/healthz?only=alive").status_code == 200


def test_a_locked_store_is_a_503_within_seconds(newsroom: Newsroom, desk_over: Serve) -> None:
    all_run(newsroom)
    with (
        desk_over(newsroom, ailments=ailing(newsroom)) as desk,
        closing(sqlite3.connect(newsroom.path)) as other,
    ):
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        answer = desk.get("/healthz")
        took = time.monotonic() - began
    assert answer.status_code == 503
    assert [one["cause"] for one in answer.json()["unwell"]] == ["store"]
    assert took < 6


def test_a_damaged_store_is_a_503_that_says_so(newsroom: Newsroom, desk_over: Serve) -> None:
    with desk_over(newsroom, ailments=ailing(newsroom)) as desk:
        newsroom.path.write_bytes(b"not a database at all" * 400)
        answer = desk.get("/healthz")
    assert answer.status_code == 503
    assert {one["cause"] for one in answer.json()["unwell"]} <= {"damage", "store"}


def test_a_thousand_who_ask_cost_one_look(newsroom: Newsroom) -> None:
    looks = []

    def look() -> Facts:
        looks.append(1)
        return facts(newsroom)

    kept = Kept(look, lasts=60)
    for _ in range(1_000):
        kept()
    assert len(looks) == 1


def test_one_look_is_cheap(newsroom: Newsroom) -> None:
    all_run(newsroom)
    times = []
    for _ in range(9):
        began = time.perf_counter()
        facts(newsroom)
        times.append(time.perf_counter() - began)
    assert sorted(times)[4] < 0.25  # 3 ms on a machine that does nothing else


def test_a_service_that_is_unwell_says_so_on_the_first_page(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    """To those who can do something about it with all particulars, to others in general."""
    people = {"Adeela": "administrator", "Rashid": "reader"}
    one = Ailment(
        cause="mail:x", sentence=f"No message for {CANARY}.", advice="Try <it>, `torkham <it>`."
    )
    with desk_over(newsroom, people, ailments=lambda: (one,)) as desk:
        desk.sign_in("Adeela")
        page = desk.get("/").text
        assert CANARY in page
        assert "Try &lt;it&gt;, <code>torkham &lt;it&gt;</code>." in page
        assert '<h1 class="lead">The service is unwell (1 thing). ' in page
        with desk.beside("Rashid") as other:
            page = other.get("/").text
    assert CANARY not in page
    assert "Messages do not leave." in page


# --- /metrics -----------------------------------------------------------------------------------

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
_SAMPLE = re.compile(rf"({_NAME})(?:\{{({_LABEL}(?:,{_LABEL})*)\}})? (-?[0-9.]+(?:e[+-]?[0-9]+)?)")


def parsed(text: str) -> dict[str, dict[str, float]]:
    """Read the text format strictly: a family's lines together, help and type first, none twice."""
    found: dict[str, dict[str, float]] = {}
    kinds: dict[str, str] = {}
    now = ""
    assert text.endswith("\n")
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            now = line.split(" ", 3)[2]
            assert now not in found, f"{now} comes twice"
            found[now] = {}
        elif line.startswith("# TYPE "):
            name, kinds[now] = line.split(" ")[2:]
            assert name == now
            assert kinds[now] in {"gauge", "counter"}
        else:
            sample = _SAMPLE.fullmatch(line)
            assert sample, f"no sample: {line!r}"
            assert sample[1] == now
            labels = sample[2] or ""
            assert labels not in found[now], f"{line} comes twice"
            found[now][labels] = float(sample[3])
    assert all(found.values())
    assert all(name.endswith("_total") == (kind == "counter") for name, kind in kinds.items())
    return found


def test_every_figure_is_written_as_the_format_wants(newsroom: Newsroom) -> None:
    all_run(newsroom)
    found = parsed(text(newsroom))
    assert found["torkham_well"] == {"": 1}
    assert found["torkham_feeds"] == {'state="new"': 1}
    assert found["torkham_job_runs_total"]['job="poll"'] == 1
    assert found["torkham_job_counted_total"]['job="poll",what="new"'] == 2
    assert found["torkham_unwell"]['cause="disk"'] == 0
    assert found["process_open_fds"][""] > 3
    assert found["process_resident_memory_bytes"][""] > 10_000_000
    assert found["torkham_build_info"]['python="3",version="0.1.0"'] == 1


def test_promtool_has_nothing_to_say(newsroom: Newsroom) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool (Debian: prometheus) is not installed")
    all_run(newsroom)
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=text(newsroom), capture_output=True, text=True,
        check=False, timeout=30,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stderr + checked.stdout


def test_a_label_cannot_make_a_line_of_its_own() -> None:
    value = 'x"} 1\nevil_total{a="\\'
    family = Family(name="n", kind="gauge", about="a\nb", values=(((("l", value),), 1.5),))
    assert parsed(exposition([family])) == {"n": {'l="x\\"} 1\\nevil_total{a=\\"\\\\"': 1.5}}


def test_no_figure_names_a_reader(newsroom: Newsroom) -> None:
    all_run(newsroom)
    with closing(newsroom.open()) as db:
        way = f"mail:{CANARY}"
        message = Outgoing(
            key="k", kind="alert", channel=way, subject=CANARY, text=CANARY, html=None,
            created_at=NOW - timedelta(hours=1),
        )  # fmt: skip
        outbox.put(db, [message])
        ways.note(db, way, sent=False, error=CANARY, refused=False, now=NOW - timedelta(hours=4))
        number = health.started(db, "poll", NOW)
        health.finished(db, number, ok=False, detail=CANARY, counts={f"{CANARY}\n": 1}, now=NOW)
        states = feeds.states(db)
    written = text(newsroom)
    assert "asma@" not in written
    assert states[0].spec.key not in written
    found = parsed(written)
    assert found["torkham_messages_waiting"] == {'channel="mail"': 1}
    assert found["torkham_channel_failing_seconds"] == {'channel="mail"': 14_400}


def test_figures_are_for_programs_with_a_token(newsroom: Newsroom, desk_over: Serve) -> None:
    with desk_over(newsroom, PEOPLE, figures=partial(text, newsroom)) as desk:
        refused = desk.get("/metrics")
        wrong = desk.get("/metrics", authorization="Bearer trk_" + "x" * 43)
        with desk.store() as db:
            person = desk.who("Rashid").id
            token = tokens.issue(db, person=person, label="p", now=NOW, read_only=True)
        taken = desk.get("/metrics", authorization=f"Bearer {token}")
    assert (refused.status_code, wrong.status_code, taken.status_code) == (401, 401, 200)
    assert taken.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert parsed(taken.text)
    assert "torkham_" not in refused.text + wrong.text


@pytest.mark.parametrize(
    ("here", "headers", "status"),
    [
        (True, {}, 200),
        (False, {}, 401),
        (True, {"x-forwarded-for": "203.0.113.9"}, 401),
        (True, {"forwarded": "for=203.0.113.9"}, 401),
    ],
)
def test_this_machine_reads_them_without_a_token_where_the_settings_let_it(
    newsroom: Newsroom, desk_over: Serve, here: bool, headers: dict[str, str], status: int
) -> None:
    with desk_over(
        newsroom, PEOPLE, figures=partial(text, newsroom), figures_here=lambda: here
    ) as desk:
        assert desk.get("/metrics", **headers).status_code == status
        assert desk.get("/queue", **headers).status_code == 303  # and nothing else is opened by it
