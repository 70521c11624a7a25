"""``torkham run``: it answers, ticks, takes new settings, and stops when asked."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from monitor.app import App
from monitor.jobs import running
from monitor.ticks import EVERY_SECONDS
from monitor.work import JOBS
from store import health
from store.db import connect

if TYPE_CHECKING:
    from tests.flow.newsroom import Handler, Installation, Newsroom

STOPS_WITHIN = 10.0  # seconds: five are promised, a loaded machine gets twice that


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture
def port() -> int:
    return free_port()


def ask(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        found: bytes = answer.read()
    return found.decode()


def answers(port: int) -> bool:
    try:
        return bool(ask(port, "/healthz"))
    except OSError:
        return False


def served(made_up: Any, here: Installation, port: int) -> subprocess.Popen[str]:
    """Start the service and wait for its desk."""
    log = (here.folder / "service.log").open("a")
    process = here.start("run", stdout=log, stderr=log)
    log.close()
    log_text = here.folder / "service.log"
    assert made_up.until_true(lambda: answers(port) or process.poll() is not None, 60)
    assert process.poll() is None, log_text.read_text()
    return process


def stop(made_up: Any, process: subprocess.Popen[str], number: int = signal.SIGTERM) -> float:
    """Ask the service to stop: it leaves with 0 and leaves nobody. Return the seconds it took."""
    children = made_up.descendants(process.pid)
    began = time.monotonic()
    process.send_signal(number)
    assert process.wait(60) == 0
    took = time.monotonic() - began
    assert made_up.gone(children, 2) == []
    return took


def finished(here: Installation, job: str) -> int:
    (row,) = here.rows("SELECT count(*) AS n FROM runs WHERE job = ? AND ok = 1", (job,))
    return int(row["n"])


def notes(here: Installation) -> list[tuple[str, str]]:
    rows = here.rows("SELECT kind, detail FROM notes ORDER BY id")
    return [(row["kind"], row["detail"]) for row in rows]


# --- the process ----------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.row(6)
def test_the_desk_answers_jobs_tick_and_a_second_instance_is_refused(
    made_up: Any, newsroom: Newsroom, here: Installation, port: int
) -> None:
    newsroom.fill(2, 3)
    here.configure(web={"port": port})
    process = served(made_up, here, port)
    assert made_up.until_true(lambda: all(finished(here, job) for job in JOBS), 60)
    assert made_up.until_true(
        lambda: here.rows("SELECT count(*) AS n FROM articles WHERE verdict > 0") == [{"n": 6}], 60
    )
    assert "TTP talks resume" in ask(port, "/queue")

    code, out, err = here.run("run")
    assert (code, out) == (1, "")
    (line,) = err.splitlines()
    assert "already runs" in line
    assert str(process.pid) in line

    code, _, err = here.run("status", "--json")  # short commands work beside it
    assert (code, err) == (0, "")
    assert stop(made_up, process, signal.SIGINT) < STOPS_WITHIN
    log = (here.folder / "service.log").read_text()
    assert "Traceback" not in log
    assert "WARNING" not in log


def hung_feed(newsroom: Newsroom) -> Callable[[], bool]:
    newsroom.publish("slow", "Never told")
    newsroom.answers["/feed/slow"] = lambda handler: handler.hang(30)
    return lambda: newsroom.at_once["/feed/slow"] == 1


def hung_page(newsroom: Newsroom) -> Callable[[], bool]:
    story = newsroom.publish("slow", "Told slowly")
    newsroom.answers[story.path] = lambda handler: handler.hang(30)
    return lambda: newsroom.at_once[story.path] == 1


@pytest.mark.slow
@pytest.mark.parametrize("hung", [hung_feed, hung_page])
def test_it_stops_within_seconds_while_an_outlet_hangs(
    made_up: Any, newsroom: Newsroom, here: Installation, port: int,
    hung: Callable[[Newsroom], Callable[[], bool]],
) -> None:  # fmt: skip
    """What was cut is no failure of the outlet's: it is asked again next time."""
    is_hung = hung(newsroom)
    here.configure(web={"port": port}, fetch={"deadline": 60})
    if hung is hung_page:
        here.once("poll")
    process = served(made_up, here, port)
    assert made_up.until_true(is_hung, 30)
    time.sleep(1)
    assert stop(made_up, process) < STOPS_WITHIN
    unsaved = here.rows("SELECT count(*) AS n FROM polls WHERE outcome <> 'ok'")
    assert unsaved == [{"n": 0}]
    tried = "SELECT count(*) AS n FROM articles WHERE version > 0 OR attempts > 0"
    assert here.rows(tried) == [{"n": 0}]
    assert "Traceback" not in (here.folder / "service.log").read_text()


@pytest.mark.slow
def test_it_stops_within_seconds_while_hundreds_of_articles_are_read(
    made_up: Any, newsroom: Newsroom, here: Installation, port: int
) -> None:
    """Those read so far are kept; those in the children's hands are read next time, unharmed."""
    for number in range(400):
        body = made_up.prose(10_000 + number, on_topic=False, sentences=120)
        newsroom.publish("reams", body=body, in_feed=True)
    here.configure(web={"port": port}, workers={"count": 1})
    here.once("poll")
    process = served(made_up, here, port)
    read = "SELECT count(*) AS n FROM articles WHERE version > 0"
    assert made_up.until_true(lambda: here.rows(read)[0]["n"] > 3, 60, every=0.005)
    assert stop(made_up, process, signal.SIGHUP) < STOPS_WITHIN  # its terminal was closed
    assert 3 < here.rows(read)[0]["n"] < 400
    whole = "SELECT count(*) AS n FROM articles WHERE text_from = 'headline' OR refused > ''"
    assert here.rows(whole) == [{"n": 0}], "a reader that was stopped is no fault of the page"
    assert here.once("harvest")["ledger"]["failed"] == {}
    assert here.rows(read) == [{"n": 400}]
    assert "Traceback" not in (here.folder / "service.log").read_text()


@pytest.mark.slow
def test_it_stops_within_seconds_while_a_mail_server_hangs(
    made_up: Any, newsroom: Newsroom, here: Installation, port: int
) -> None:
    """The mail in hand is cut, and sent again when its lease is over."""
    newsroom.publish("lantern", "Envoys at Torkham", on_topic=True)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections, never greets
        here.configure(
            web={"port": port},
            alerts=[{"name": "Envoys", "any": ["Envoys"], "channels": ["mail"]}],
            channels={
                "mail": {
                    "kind": "mail", "host": "127.0.0.1", "port": silent.getsockname()[1],
                    "security": "none", "from": "a@example.org", "to": ["b@example.org"],
                }
            },
        )  # fmt: skip
        here.once("poll", "harvest", "judge")
        process = served(made_up, here, port)
        sending = "SELECT count(*) AS n FROM outbox WHERE state = 'sending'"
        assert made_up.until_true(lambda: here.rows(sending) == [{"n": 1}], 60)
        assert stop(made_up, process) < STOPS_WITHIN + 5
    assert here.rows(sending) == [{"n": 1}]


@pytest.mark.slow
@pytest.mark.row(6)
def test_after_a_kill_it_starts_again_at_once(
    made_up: Any, newsroom: Newsroom, here: Installation, port: int
) -> None:
    """No stale lock, no stale port, no child left, and the work goes on."""
    newsroom.fill(1, 4)
    newsroom.page_seconds = 0.5
    here.configure(web={"port": port}, fetch={"per_host": 1})
    here.once("poll")
    process = served(made_up, here, port)
    assert made_up.until_true(lambda: any("/story-" in path for path in newsroom.asked), 30)
    assert made_up.killed(process) == []
    told = json.loads(here.run("status", "--json")[1])
    assert f"process {process.pid} was ended by force" in str(told["unwell"]), "said at once"
    again = served(made_up, here, port)
    assert made_up.until_true(
        lambda: here.rows("SELECT count(*) AS n FROM articles WHERE verdict > 0") == [{"n": 4}], 60
    )
    stop(made_up, again)


@pytest.mark.slow
def test_settings_are_read_anew_and_a_mistake_leaves_the_last_good_ones(
    made_up: Any, newsroom: Newsroom, here: Installation, port: int
) -> None:
    """The mistake is noted once, with its path; the feed that was taken out is asked no more."""
    newsroom.fill(1, 1)
    here.configure(web={"port": port})
    process = served(made_up, here, port)
    newsroom.fill(2, 1)
    here.configure(web={"port": port})
    keys = "SELECT key FROM feeds WHERE configured = 1 ORDER BY key"
    both = [{"key": "outlet-00"}, {"key": "outlet-01"}]
    assert made_up.until_true(lambda: here.rows(keys) == both, 40)

    here.configure(web={"port": port}, thresholds={"queue": 7})
    assert made_up.until_true(lambda: notes(here), 40)
    judged = finished(here, "judge")
    assert made_up.until_true(lambda: finished(here, "judge") >= judged + 2, 60)
    ((kind, detail),) = notes(here)
    assert kind == "settings"
    assert detail.startswith("thresholds.queue: ")
    assert here.rows(keys) == both
    assert process.poll() is None
    stop(made_up, process)


# --- the ticks ------------------------------------------------------------------------------


def break_tidy(here: Installation) -> None:
    (here.data / "backups").write_text("a file where a folder is wanted")


@pytest.mark.slow
def test_a_job_that_breaks_is_recorded_and_the_next_tick_runs(
    made_up: Any, newsroom: Newsroom, here: Installation
) -> None:
    """In the runs, the notes and `status`; the others go on, and so does it, once well."""
    newsroom.fill(1, 1)
    here.configure()
    with here.app() as app:
        break_tidy(here)
        with running(app) as scheduler:
            scheduler.reschedule_job("tidy", trigger="interval", seconds=0.2)
            broke = "SELECT n FROM tallies WHERE job = 'tidy' AND what = 'failures' AND n >= 3"
            assert made_up.until_true(lambda: here.rows(broke), 30)
            assert made_up.until_true(lambda: finished(here, "judge"), 30)
            code, out, _ = here.run("status", "--json")
            assert code == 0
            assert '"The job tidy has failed ' in out.partition('"unwell"')[2]
            (here.data / "backups").unlink()
            assert made_up.until_true(lambda: finished(here, "tidy"), 30)
            broken = [detail for kind, detail in notes(here) if kind == "job_error"]
            assert len(broken) == 1, "the same fault is noted when it begins, not at every tick"
            assert broken[0].startswith("tidy: ")
            (here.data / "backups").rename(here.folder / "kept")
            break_tidy(here)
            assert made_up.until_true(
                lambda: [kind for kind, _ in notes(here)].count("job_error") == 2, 30
            ), "the same fault after a rest is news"


@pytest.mark.slow
def test_a_job_that_oversleeps_is_never_run_beside_itself(
    made_up: Any, newsroom: Newsroom, here: Installation
) -> None:
    """A poll that takes longer than its tick: the ticks it slept through come to one, unharmed."""
    newsroom.publish("slow", "Told slowly")

    def slow(handler: Handler) -> None:
        handler.newsroom.closing.wait(1.2)
        handler.say(503, "Later.")

    newsroom.answers["/feed/slow"] = slow
    here.configure()
    with here.app() as app, running(app) as scheduler, closing(app.open_store()) as db:
        scheduler.reschedule_job("poll", trigger="interval", seconds=0.1)

        def asked_thrice() -> bool:
            db.conn.execute("UPDATE feeds SET next_poll_at = ''")  # due again, always
            return newsroom.asked.count("/feed/slow") >= 3

        assert made_up.until_true(asked_thrice, 30)
    assert newsroom.most_at_once["/feed/slow"] == 1
    assert [note for note in notes(here) if note[0] != "settings"] == []
    assert here.rows("SELECT count(*) AS n FROM runs WHERE ok = 0") == [{"n": 0}]


def test_every_job_has_a_tick() -> None:
    assert list(EVERY_SECONDS) == list(JOBS)


def test_what_needs_a_restart_says_so(newsroom: Newsroom, here: Installation) -> None:
    """The parts that fetch and read are built once; an edit of their limits is not just late."""
    newsroom.fill(1, 1)
    here.configure()
    with here.app() as app:
        here.configure(fetch={"deadline": 9})
        app.run_job("judge")
        app.run_job("judge")
        assert unwell(app) == ["fetch: changed; it takes effect when Torkham is started again"]


def unwell(app: App) -> list[str]:
    with closing(connect(app.data / "torkham.db")) as db:
        return [note.detail for note in health.notes(db, app.clock() - timedelta(days=1))]
