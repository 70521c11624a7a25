"""What stands still is ended, said, and work goes on: nobody has to look in for that."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from monitor.edge.clock import system_clock
from store.rows import stamp

if TYPE_CHECKING:
    from tests.flow.newsroom import Installation, Newsroom

LAUNCHER = Path(__file__).with_name("service_that_hangs.py")
LIMIT = 3.0  # seconds, of the launcher
START = 60.0  # seconds: what a start may take on a machine that is busy
Start = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture
def start(newsroom: Newsroom, here: Installation) -> Iterator[Start]:
    """Start the service that hangs when it is told to, with its log in a file."""
    started: list[subprocess.Popen[bytes]] = []

    def begin() -> subprocess.Popen[bytes]:
        with (here.folder / "service.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, str(LAUNCHER), str(newsroom.port), str(here.folder)],
                cwd=here.folder, env=here.environ(), stdout=log, stderr=log,
            )  # fmt: skip
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.wait()


def ticked(here: Installation, since: datetime) -> bool:
    """Whether a send tick that began since then ended well."""
    sql = "SELECT 1 FROM runs WHERE job = 'send' AND ok = 1 AND started_at > ?"
    return (here.data / "torkham.db").exists() and bool(here.rows(sql, (stamp(since),)))


def log_of(here: Installation) -> str:
    return (here.folder / "service.log").read_text()


def told(here: Installation, kind: str) -> list[str]:
    rows = here.rows("SELECT detail FROM notes WHERE kind = ? ORDER BY id", (kind,))
    return [str(row["detail"]) for row in rows]


def lives(
    made_up: Any, here: Installation, process: subprocess.Popen[bytes], since: datetime
) -> None:
    """Wait for a tick that began since then and ended well."""
    made_up.until_true(lambda: process.poll() or ticked(here, since), 2 * START, every=0.1)
    assert ticked(here, since), log_of(here)


def hung(here: Installation, what: str) -> datetime:
    """Make the next send tick hang, or what is named, and return since when."""
    (here.folder / f"hang-{what}").touch()
    return system_clock()


def four_hangs(
    made_up: Any, here: Installation, start: Start
) -> tuple[list[float], subprocess.Popen[bytes]]:
    """Let one service hang four times; return the seconds till it lived again, and its heir.

    It starts anew in its place three times. The fourth time it ends itself, as starting anew
    plainly helps nobody, and whoever supervises it starts it.
    """
    began = system_clock()
    process = start()
    lives(made_up, here, process, began)
    took: list[float] = []
    # Before a commit it holds the store, so that nothing can be put on record before the end.
    for what in ("after-commit", "before-commit", "desk"):
        since = hung(here, what)
        many = len(took) + 1
        on_record = made_up.until_true(lambda n=many: len(told(here, "watchdog")) == n, 2 * START)
        assert on_record, log_of(here)
        lives(made_up, here, process, since)
        took.append((system_clock() - since).total_seconds())
        assert process.poll() is None, "it is the same process, whoever counts on its number"
    since = hung(here, "after-commit")
    assert process.wait(2 * START) == 1
    assert "Torkham ends itself" in log_of(here).splitlines()[-1]
    heir = start()
    lives(made_up, here, heir, since)
    took.append((system_clock() - since).total_seconds())
    return took, heir


@pytest.mark.slow
@pytest.mark.timeout(400)  # many waits, on a machine that may be busy
@pytest.mark.row(29)
def test_a_tick_or_desk_that_hangs_is_ended_and_the_service_goes_on_in_its_place(
    made_up: Any, newsroom: Newsroom, here: Installation, start: Start, port: int, figure: Any
) -> None:
    newsroom.fill(1, 1)
    here.configure(web={"port": port}, workers={"count": 1})
    took, heir = four_hangs(made_up, here, start)
    said = told(here, "watchdog")
    assert [words.partition(" made no progress for ")[0] for words in said] == [
        "send", "send", "the desk", "send",
    ]  # fmt: skip
    assert [words.rpartition("; ")[2] for words in said] == [
        *["Torkham started anew in its place"] * 3, "Torkham ends itself",
    ]  # fmt: skip
    (cut_off,) = told(here, "cut_off")
    assert "did not stop, it was cut off" in cut_off
    log = log_of(here)
    assert log.count("it was at ") == 4, "the log says where"
    assert "act (service_that_hangs.py:" in log
    assert max(took) < 120
    figure(f"{len(took)} hung ticks and desks of {len(said)} on record, limit {LIMIT:g} s: "
           f"alive after {max(took):.0f} s at most")  # fmt: skip
    an_interpreter_that_answers_to_nobody_ends_with_its_stacks_on_record(made_up, here, heir)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.row(29)
@pytest.mark.parametrize("again", range(4))
def test_twenty_ticks_and_desks_hang_and_each_is_on_record(
    made_up: Any, newsroom: Newsroom, here: Installation, start: Start, port: int, again: int,
    figure: Any,
) -> None:  # fmt: skip
    """Sixteen more: with the four above and the readers, twenty of either kind."""
    newsroom.fill(1, 1)
    here.configure(web={"port": port}, workers={"count": 1})
    took, _ = four_hangs(made_up, here, start)
    assert len(told(here, "watchdog")) == 4
    assert max(took) < 120
    figure(f"round {again + 1}: 4 of 4 on record, alive after {max(took):.0f} s at most")


def an_interpreter_that_answers_to_nobody_ends_with_its_stacks_on_record(
    made_up: Any, here: Installation, process: subprocess.Popen[bytes]
) -> None:
    """A library that never gives the interpreter back: no thread of ours can say a word."""
    hung(here, "interpreter")
    children = made_up.descendants(process.pid)
    assert process.wait(2 * START) == 1
    assert "Timeout (0:00:12)!" in log_of(here)
    assert 'service_that_hangs.py", line' in log_of(here)
    assert made_up.gone(children, 5) == []
