"""A service that is handled roughly: asked twice, unheard, out of files, its data taken away."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any

import pytest

from monitor.edge.clock import system_clock
from monitor.serving import desk_for
from store.faults import StoreError
from store.rows import stamp

if TYPE_CHECKING:
    from tests.flow.newsroom import Installation, Newsroom

START = 60.0  # seconds: what a start may take on a machine that is busy


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def log_of(here: Installation) -> str:
    return (here.folder / "service.log").read_text()


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


def judged(here: Installation, number: int) -> bool:
    if not (here.data / "torkham.db").exists():
        return False
    return here.rows("SELECT count(*) AS n FROM articles WHERE verdict > 0") == [{"n": number}]


@pytest.mark.slow
def test_whoever_asks_twice_does_not_wait(
    made_up: Any, newsroom: Newsroom, here: Installation, port: int
) -> None:
    """It leaves at once and says so; what it was at is done again, and nobody is left behind.

    The service manager heard when it was ready, that it was alive, and that it was to end.
    """
    newsroom.publish("slow", "Never told")
    newsroom.answers["/feed/slow"] = lambda handler: handler.hang(60)
    here.configure(web={"port": port}, fetch={"deadline": 60})
    told = {"NOTIFY_SOCKET": f"@torkham-rough-{port}", "WATCHDOG_USEC": "1000000"}
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(f"\0torkham-rough-{port}")
    with (here.folder / "service.log").open("w") as log:
        process = here.start("run", stdout=log, stderr=log, env=told)
    assert made_up.until_true(lambda: newsroom.at_once["/feed/slow"] == 1, START)
    assert made_up.until_true(lambda: "The desk is at" in log_of(here), START)
    time.sleep(1.2)  # twice the half of what WATCHDOG_USEC asks for
    children = made_up.descendants(process.pid)
    process.send_signal(signal.SIGTERM)
    assert made_up.until_true(lambda: "Stopping" in log_of(here), 10)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 128 + signal.SIGTERM
    assert log_of(here).splitlines()[-1].startswith("Asked twice: leaving at once.")
    assert made_up.gone(children, 5) == []
    with here.store() as db:
        assert db.conn.execute("PRAGMA quick_check").fetchone() == ("ok",)
    heard = list(all_heard(manager))
    signs = [words for words in heard if words == "WATCHDOG=1"]
    assert [words for words in heard if words not in signs] == [
        f"READY=1\nSTATUS=The desk is at http://127.0.0.1:{port}/",
        "STOPPING=1\nSTATUS=Stopping after the work in hand",
    ]
    assert len(signs) > 1


def all_heard(manager: socket.socket) -> Iterator[str]:
    with manager:
        manager.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                yield manager.recv(1000).decode()


@pytest.mark.slow
def test_a_log_that_nobody_reads_any_more_ends_no_job(
    made_up: Any, newsroom: Newsroom, here: Installation, port: int
) -> None:
    """Standard input and output closed, and whoever read the log gone, as when journald dies."""
    newsroom.fill(1, 2)
    here.configure(web={"port": port})
    reads, writes = os.pipe()
    words = [sys.executable, str(made_up.DRIVER), str(newsroom.port), "run", "--log-level", "debug"]
    process = subprocess.Popen(
        ["/bin/sh", "-c", 'exec "$0" "$@" <&- >&-', *words],
        cwd=here.folder, env=here.environ(), stderr=writes, text=True,
    )  # fmt: skip
    here.started.append(process)
    os.close(writes)
    os.close(reads)
    assert made_up.until_true(lambda: judged(here, 2), START), "jobs go on"
    newsroom.answers["/feed/outlet-00"] = lambda handler: handler.say(500, "Broken")
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    with here.store() as db:
        assert db.conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)


FILES = 64


@pytest.mark.slow
def test_a_service_out_of_files_says_so_and_goes_on_when_there_are_some(
    made_up: Any, newsroom: Newsroom, here: Installation, port: int
) -> None:
    """Somebody opens connection after connection to the desk and keeps them."""
    newsroom.fill(1, 2)
    here.configure(web={"port": port}, workers={"count": 1})
    with (here.folder / "service.log").open("w") as log:
        process = here.start(
            "run", stdout=log, stderr=log, limits=[f"--nofile={FILES}:{FILES}"]
        )  # fmt: skip
    assert made_up.until_true(lambda: judged(here, 2), START), log_of(here)
    with ExitStack() as stack:
        for _ in range(FILES):
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
        said = "as many files and connections open as it may"
        assert made_up.until_true(lambda: said in log_of(here), 60), log_of(here)
    since = stamp(system_clock())
    sends = "SELECT 1 FROM runs WHERE job = 'send' AND ok = 1 AND started_at > ?"
    assert made_up.until_true(lambda: here.rows(sends, (since,)), 60), log_of(here)
    assert listens(port)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0


def test_a_store_that_is_taken_away_is_missed_and_never_begun_anew(
    newsroom: Newsroom, here: Installation
) -> None:
    """An empty store in its place would hide from everybody that all is gone."""
    newsroom.fill(1, 1)
    here.configure()
    for gone in ("file", "folder"):
        with here.app() as app:
            app.run_job("poll")
            for ending in ("", "-wal", "-shm"):
                (here.data / f"torkham.db{ending}").unlink(missing_ok=True)
            if gone == "folder":
                shutil.rmtree(here.data)
            for job in ("poll", "tidy", "look", "send"):
                with pytest.raises(StoreError, match=r"torkham\.db is gone, though Torkham works"):
                    app.run_job(job)
            assert not (here.data / "torkham.db").exists()


@pytest.mark.slow
def test_a_command_begins_no_store_beside_a_service_whose_own_was_taken_away(
    newsroom: Newsroom, here: Installation
) -> None:
    """The service would go on with the empty one, and nobody would miss what is gone."""
    newsroom.fill(1, 1)
    here.configure()
    with here.app() as app:
        app.run_job("poll")
        for ending in ("", "-wal", "-shm"):
            (here.data / f"torkham.db{ending}").unlink(missing_ok=True)
        for words in (("feeds", "health"), ("people", "list"), ("status",), ("search", "x")):
            code, _, err = here.run(*words)
            assert code == 1, words
            assert f"torkham.db is gone, though process {os.getpid()} works with it" in err
        assert not (here.data / "torkham.db").exists()


@pytest.mark.parametrize("left", [b"", b"k" * 31])
def test_a_key_that_a_full_disk_cut_short_signs_no_session(
    newsroom: Newsroom, here: Installation, left: bytes
) -> None:
    """An empty key is known to everybody: whoever signs with it could be anybody at the desk."""
    newsroom.fill(1, 1)
    here.configure()
    with here.app() as app:
        key = here.data / "desk.key"
        key.write_bytes(left)
        made = desk_for(app).secret
        assert len(made) == 32
        assert not made.startswith(b"k")
        assert desk_for(app).secret == key.read_bytes() == made, "it outlives restarts"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert [path.name for path in here.data.glob("*desk.key*")] == ["desk.key"]
