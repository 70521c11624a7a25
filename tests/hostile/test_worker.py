"""Whatever a document does to a worker child costs that one document, for a bounded time."""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.edge.nursery import LENGTH
from monitor.edge.wire import packed
from monitor.edge.worker import WorkerFault, Workers
from monitor.model import Dropped, Reason
from monitor.stages.extract import extract

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 3, 1, tzinfo=UTC)
WALL = 2.0  # seconds; the machine of a test run may be busy
ENDLESS = "a" * 60  # keeps the expression (a+)+b busy for years
ARTICLE = (
    b"<html><head><title>Convoy</title></head><body><article><h1>Convoy crosses the pass</h1>"
    + b"<p>Forty lorries of wheat crossed the pass on Monday, the administration said.</p>" * 6
    + b"</article></body></html>"
)


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers(count=2, wall_seconds=WALL, cpu_seconds=5, memory_bytes=700_000_000) as two:
        two.submit(math.sqrt, 4.0).result()  # the nursery's start is not part of any limit
        yield two


def fault(future: Any) -> WorkerFault:
    with pytest.raises(WorkerFault) as caught:
        future.result(timeout=30)
    return caught.value


def alive(pid: int) -> bool:
    """A zombie is dead: only its parent has not asked yet."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def wait_until(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    ends_at = time.monotonic() + seconds
    while not condition() and time.monotonic() < ends_at:
        time.sleep(0.02)
    return condition()


@pytest.mark.parametrize(
    ("function", "args", "kind"),
    [
        (signal.raise_signal, (int(signal.SIGSEGV),), "crash"),
        (signal.raise_signal, (int(signal.SIGABRT),), "crash"),
        (signal.raise_signal, (int(signal.SIGKILL),), "memory"),
        (os._exit, (3,), "crash"),
        (time.sleep, (60,), "time"),
        (bytearray, (2_000_000_000,), "memory"),
        (math.sqrt, (-1,), "error"),
        (sys.exit, (1,), "error"),
        (Path, ("/somewhere",), "result"),
        (open, (os.devnull,), "result"),
    ],
)
def test_a_task_that_goes_wrong_fails_alone_with_its_kind(
    workers: Workers, function: Callable[..., Any], args: tuple[Any, ...], kind: str
) -> None:
    began = time.monotonic()
    bad = workers.submit(function, *args)
    good = [workers.submit(math.factorial, number) for number in range(20)]
    assert [future.result(timeout=30) for future in good] == [
        math.factorial(number) for number in range(20)
    ]
    assert fault(bad).kind == kind
    assert time.monotonic() - began < WALL + 4


@pytest.mark.slow
def test_an_endless_loop_is_stopped_by_the_processor_limit_long_before_the_wall_clock() -> None:
    with Workers(count=1, wall_seconds=60, cpu_seconds=1, preload=()) as one:
        assert fault(one.submit(re.fullmatch, r"(a+)+b", ENDLESS)).kind == "cpu"
        assert one.submit(math.sqrt, 9.0).result() == 3.0


def test_the_processor_limit_counts_each_task_afresh() -> None:
    with Workers(count=1, wall_seconds=30, cpu_seconds=1, recycle_after=1000) as one:
        pids = {one.submit(os.getpid).result()}
        for _ in range(6):
            one.submit(hashlib.pbkdf2_hmac, "sha256", b"", b"", 400_000).result()
        assert {one.submit(os.getpid).result()} == pids


def test_a_memory_hog_never_grows_beyond_its_limit() -> None:
    limit = 300_000_000
    with Workers(count=1, memory_bytes=limit, wall_seconds=20, preload=()) as one:
        pid = one.submit(os.getpid).result()
        hog = one.submit(json.loads, "[" + "{}," * 8_000_000 + "{}]")  # 24 times its size in memory
        highest = 0
        while not hog.done():
            for line in _status(pid):
                if line.startswith("VmHWM"):
                    highest = max(highest, int(line.split()[1]) * 1024)
            time.sleep(0.005)
        assert fault(hog).kind == "memory"
        assert 0 < highest <= limit
        assert one.submit(os.getpid).result() != pid


def _status(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return []


def test_a_child_is_renewed_after_its_tasks_and_the_results_stay_the_same() -> None:
    with Workers(count=1, recycle_after=3) as one:
        pids = [one.submit(os.getpid).result() for _ in range(9)]
        texts = {
            one.submit(extract, ARTICLE, content_type="text/html", url="", fetched_at=NOW).result()
            for _ in range(7)
        }
    assert [len(set(pids[start : start + 3])) for start in (0, 3, 6)] == [1, 1, 1]
    assert len(set(pids)) == 3
    assert len(texts) == 1


def test_refusals_come_back_as_the_values_they_are(workers: Workers) -> None:
    refused = workers.submit(
        extract, b"%PDF-1.7", content_type="application/pdf", url="", fetched_at=NOW
    ).result()
    assert isinstance(refused, Dropped)
    assert refused.reason is Reason.NOT_HTML


def test_closing_ends_every_child_and_fails_what_was_under_way() -> None:
    two = Workers(count=2, wall_seconds=60, preload=())
    sleeping = [two.submit(time.sleep, 60) for _ in range(2)]
    assert wait_until(lambda: len(two.pids()) == 3)
    pids = two.pids()
    began = time.monotonic()
    two.close()
    two.close()
    assert time.monotonic() - began < 5
    assert [fault(future).kind for future in sleeping] == ["closed", "closed"]
    assert not any(alive(pid) for pid in pids)
    with pytest.raises(WorkerFault, match="closed"):
        two.submit(math.sqrt, 1.0)


def test_children_that_died_between_tasks_are_replaced_before_the_next(workers: Workers) -> None:
    nursery = workers.pids()[-1]
    children = workers.pids()[:-1]
    os.kill(nursery, signal.SIGKILL)
    assert wait_until(lambda: not any(alive(pid) for pid in [nursery, *children]))
    futures: list[Any] = [workers.submit(math.sqrt, 16.0) for _ in range(6)]
    problems = [future.exception(timeout=10) for future in futures]
    faults = [problem.kind for problem in problems if problem is not None]
    assert faults == []
    assert [future.result() for future in futures] == [4.0] * 6


def test_a_child_shrugs_off_ctrl_c_and_terminate(workers: Workers) -> None:
    pid = workers.submit(os.getpid).result()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(pid, number)
        os.kill(workers.pids()[-1], number)
    assert workers.submit(os.getpid).result() == pid


def test_a_callable_no_child_can_import_is_refused_at_once(workers: Workers) -> None:
    with pytest.raises(ValueError, match="cannot"):
        workers.submit(lambda: 1)
    with pytest.raises(ValueError, match="cannot"):
        workers.submit(id, sys.stderr)
    with pytest.raises(ValueError, match="cannot"):
        workers.submit("word".upper)


def test_what_is_refused_only_where_it_is_read_costs_the_one_task(workers: Workers) -> None:
    assert fault(workers.submit(repr, {1: "a key that is no text"})).kind == "error"
    assert workers.submit(repr, {"1": 2}).result() == "{'1': 2}"


@pytest.mark.parametrize(
    "reply",
    [
        b"garbage",
        b"\x91" * 5_000,
        b"\xdd\xff\xff\xff\xff",
        b"\x80\x04cos\nsystem\n(S'true'\ntR.",  # a pickle
        packed("ok"),
        packed([["kind"], "no kind at all", False]),
        packed(("closed", "not for a child to say", False)),
        packed(("error", b"no sentence", False)),
    ],
    ids=range(8),
)
def test_a_child_that_answers_rubbish_is_ended_and_only_its_task_fails(
    reply: bytes,
) -> None:
    with Workers(count=1, preload=()) as one:
        pid = one.submit(os.getpid).result()
        lie = LENGTH.pack(len(reply)) + reply
        assert fault(one.submit(os.write, line_of(pid), lie)).kind == "result"
        assert wait_until(lambda: not alive(pid))
        assert one.submit(math.sqrt, 36.0).result() == 6.0


def test_what_few_documents_need_is_imported_once_for_all_children_that_follow_the_first() -> None:
    loaded = "'colorsys' in __import__('sys').modules"
    with Workers(count=1, recycle_after=2, preload=(), later=("no_such_module", "colorsys")) as one:
        told = [one.submit(eval, loaded).result() for _ in range(6)]
    assert told == [False, False, True, True, True, True]


def test_a_nursery_that_died_learns_anew() -> None:
    loaded = "'colorsys' in __import__('sys').modules"
    with Workers(count=1, recycle_after=1, preload=(), later=("colorsys",)) as one:
        assert one.submit(eval, loaded).result() is False
        assert one.submit(eval, loaded).result() is True
        nursery = one.pids()[-1]
        os.kill(nursery, signal.SIGKILL)
        assert wait_until(lambda: not alive(nursery))
        assert one.submit(eval, loaded).result() is False
        assert one.submit(eval, loaded).result() is True


def test_a_child_that_announces_more_than_a_result_can_have_is_ended() -> None:
    with Workers(count=1, preload=()) as one:
        pid = one.submit(os.getpid).result()
        assert fault(one.submit(os.write, line_of(pid), LENGTH.pack(1 << 60))).kind == "result"
        assert wait_until(lambda: not alive(pid))


def line_of(pid: int) -> int:
    """A child has one socket, and that is the line to us."""
    folder = Path(f"/proc/{pid}/fd")
    (line,) = [int(fd.name) for fd in folder.iterdir() if str(fd.readlink()).startswith("socket:")]
    return line


def test_a_fault_is_told_in_one_line_of_text(workers: Workers) -> None:
    told = fault(workers.submit(open, "\n\x1b[2J\u202e")).detail
    assert told.startswith("FileNotFoundError")
    assert told.isprintable()


SCRIPT = """
import math, os, socket, sqlite3, sys, time
from monitor.edge.worker import Workers
{before}
workers = Workers(count=2, wall_seconds=60)
{work}
"""


def script(before: str, work: str) -> list[str]:
    return [sys.executable, "-c", SCRIPT.format(before=before, work=work)]


def test_no_child_outlives_a_service_that_is_killed() -> None:
    work = (
        "fs = [workers.submit(time.sleep, 50) for _ in range(2)]\n"
        "while len(workers.pids()) < 3: time.sleep(0.02)\n"
        "time.sleep(0.2)\n"
        "print(*workers.pids(), flush=True)\n"
        "time.sleep(60)"
    )
    with subprocess.Popen(script("", work), stdout=subprocess.PIPE, text=True, cwd=ROOT) as service:
        assert service.stdout is not None
        pids = [int(word) for word in service.stdout.readline().split()]
        assert len(pids) == 3
        assert all(alive(pid) for pid in pids)
        service.kill()
    assert wait_until(lambda: not any(alive(pid) for pid in pids))


def test_children_inherit_neither_sockets_nor_the_database_nor_secrets(tmp_path: Path) -> None:
    before = (
        "door = socket.create_server(('127.0.0.1', 0)); os.set_inheritable(door.fileno(), True)\n"
        f"book = sqlite3.connect({str(tmp_path / 'book.db')!r}); book.execute('create table t(a)')"
    )
    work = (
        "pid = workers.submit(os.getpid).result()\n"
        "links = [os.readlink(f'/proc/{pid}/fd/{n}') for n in os.listdir(f'/proc/{pid}/fd')]\n"
        "sockets = [link for link in links if link.startswith('socket:')]\n"
        "own = f'socket:[{os.fstat(door.fileno()).st_ino}]'\n"
        "print(len(sockets), own in links, any('book' in link for link in links),\n"
        "      workers.submit(os.getenv, 'TORKHAM_TEST_SECRET').result())\n"
        "workers.close()"
    )
    done = subprocess.run(
        script(before, work),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
        env=os.environ | {"TORKHAM_TEST_SECRET": "canary"},
    )
    assert done.stdout.split() == ["1", "False", "False", "None"]


def test_what_a_document_makes_a_child_print_reaches_no_terminal_and_no_log() -> None:
    work = (
        "for fd in (1, 2): workers.submit(os.write, fd, b'BOO').result()\n"
        'workers.submit(exec, \'import sys, warnings; warnings.warn("BOO"); print("BOO")\''
        ").result()\n"
        "workers.submit(int, 'BOO').exception()\n"
        "workers.close()"
    )
    done = subprocess.run(
        script("", work), cwd=ROOT, capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout + done.stderr == ""


def test_workers_start_where_stdin_stdout_and_stderr_are_closed(tmp_path: Path) -> None:
    result = tmp_path / "result"
    work = (
        f"open({str(result)!r}, 'w').write(str(workers.submit(math.sqrt, 25.0).result()))\n"
        "workers.close()"
    )
    command = ["sh", "-c", 'exec "$0" "$@" <&- >&- 2>&-', *script("", work)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=30)
    assert result.read_text() == "5.0"
