"""A process that has imported the product once and forks it for each run: killed ones are cheap.

Starting Torkham anew costs a second of processor, most of it imports; two hundred kills would cost
minutes. Here a run is a fork of a process that has no thread, socket, file or store of its own yet:
it builds the whole product, runs its jobs, and may be killed at any moment or at a named point
(tests/flow/failing.py). Its nursery is forked beside it, before it, and ends with it as ever.

Orders come as lines of JSON on standard input, answers go as lines of JSON to standard output:
first ``{"pid"}``, and when the run has ended ``{"status", "left"}``: its exit status as subprocess
has it, and whether its nursery lives on.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self

if TYPE_CHECKING:
    from monitor.app import App

ROOT = Path(__file__).resolve().parents[2]
IMPORTED = (
    "monitor.app", "monitor.cli.main", "monitor.articles.reading", "monitor.serving",
    "monitor.stages.parse", "tests.flow.failing", "tests.flow.works",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a run ended: its exit status, -9 when it was killed, and whether its nursery lives on."""

    status: int
    left: bool


@dataclass(kw_only=True)
class Run:
    """A run under way; ``kill`` may come too late, when it has ended."""

    pid: int
    _forge: Forge = field(repr=False)

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)  # it stays a zombie until the forge is told to collect it

    def ended(self) -> Ended:
        """Wait for its end."""
        return Ended(**self._forge.tell({"collect": self.pid}))

    def at_work(self) -> bool:
        stat = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return stat[0] != "Z"


class Forge:
    """Our side of it: starts runs, one at a time."""

    def __init__(self) -> None:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("TORKHAM_")}
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=kept | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._process.communicate(timeout=30)

    def tell(self, order: dict[str, Any]) -> dict[str, Any]:
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        answer: dict[str, Any] = json.loads(process.stdout.readline() or '{"died": true}')
        assert "died" not in answer, "the forge itself died"
        return answer

    def warm(self, folder: Path, port: int, work: str, *words: str) -> None:
        """Do ``work`` in the forge itself, once: what is made once a process is there for all."""
        self.tell({"warm": True, "folder": str(folder), "port": port, "work": work, "words": words})

    def start(
        self, folder: Path, port: int, work: str, *words: str, at: str = "", minutes: float = 0
    ) -> Run:
        """Start ``work`` in an installation: a function of tests/flow/works.py, given the app.

        The work ``torkham`` is the command line itself, with its words.
        ``at`` is the point at which the run dies, as TORKHAM_FAIL_AT has it; ``minutes`` is how far
        its clock is put forward.
        """
        order = {"folder": str(folder), "port": port, "work": work, "words": words, "at": at,
                 "minutes": minutes}  # fmt: skip
        return Run(pid=self.tell(order)["pid"], _forge=self)

    def run(
        self, folder: Path, port: int, work: str, *words: str, at: str = "", minutes: float = 0
    ) -> int:
        """Run it to its end; its nursery must have gone with it."""
        ended = self.start(folder, port, work, *words, at=at, minutes=minutes).ended()
        assert not ended.left, "the nursery outlived its service"
        return ended.status


# --- the other side ---------------------------------------------------------------------------


def _serve() -> None:
    _import()
    for line in sys.stdin:
        order = json.loads(line)
        answer = _answer(order)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _answer(order: dict[str, Any]) -> dict[str, Any]:
    if "collect" in order:
        return _collected(order["collect"])
    if "warm" in order:
        return _warmed(order)
    return {"pid": _forked(order)}


def _import() -> None:
    for name in IMPORTED:
        import_module(name)
    gc.collect()
    gc.freeze()  # pages that are shared stay shared


def _warmed(order: dict[str, Any]) -> dict[str, Any]:
    with _product(order) as app:
        _work(app, order)
    assert threading.active_count() == 1, "a fork would have half of the threads"
    gc.collect()
    gc.freeze()
    return {}


_NURSERIES: dict[int, int] = {}


def _forked(order: dict[str, Any]) -> int:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    nursery = os.fork()
    if nursery == 0:
        ours.close()
        _tend_children(theirs)
    pid = os.fork()
    if pid == 0:
        theirs.close()
        _live(order, ours, nursery)
    ours.close()
    theirs.close()
    _NURSERIES[pid] = nursery
    return pid


def _collected(pid: int) -> dict[str, Any]:
    _, status = os.waitpid(pid, 0)
    nursery, ends = _NURSERIES.pop(pid), time.monotonic() + 5
    while not (gone := os.waitpid(nursery, os.WNOHANG)[0]) and time.monotonic() < ends:
        time.sleep(0.002)
    return {"status": os.waitstatus_to_exitcode(status), "left": not gone}


def _silent() -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)


def _tend_children(line: socket.socket) -> NoReturn:
    from monitor.edge.nursery import Limits, _tend

    _silent()
    os.setsid()
    try:
        with suppress(OSError):  # its service was killed in the middle of a word
            _tend(line.detach(), [], Limits().memory_bytes, Limits().cpu_seconds)
    finally:
        os._exit(0)


class _Neighbour:
    """A nursery that is not this process's child but its neighbour; the forge collects it."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def poll(self) -> int | None:
        return None

    def wait(self, _seconds: float = 0) -> int:
        return 0

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)


def _product(order: dict[str, Any]) -> AbstractContextManager[App]:
    from monitor.app import open_app
    from monitor.edge.clock import system_clock

    forward = timedelta(minutes=order.get("minutes", 0))
    folder = Path(order["folder"])
    return open_app(
        folder / "feeds.yaml", folder / "data", {}, clock=lambda: system_clock() + forward,
        allow=frozenset({("127.0.0.1", order["port"])}),
    )  # fmt: skip


def _work(app: App, order: dict[str, Any]) -> None:
    from tests.flow import works

    getattr(works, order["work"])(app, *order["words"])


def _command(order: dict[str, Any]) -> NoReturn:
    from monitor.cli.main import torkham

    os.chdir(order["folder"])
    allow = frozenset({("127.0.0.1", order["port"])})
    torkham.main(order["words"], prog_name="torkham", obj=allow, standalone_mode=False)
    os._exit(0)


def _live(order: dict[str, Any], line: socket.socket, nursery: int) -> NoReturn:
    from store.failpoint import install
    from tests.flow.failing import armed

    _silent()
    status = 1
    try:
        if order["at"]:
            install(armed(order["at"]))
        if order["work"] == "torkham":
            _command(order)
        with _product(order) as app:
            line.settimeout(60)
            app.workers._nursery._line = line
            app.workers._nursery._process = _Neighbour(nursery)  # type: ignore[assignment]
            _work(app, order)
        status = 0
    except BaseException:  # noqa: BLE001 - whoever started it sees the status, people the words
        traceback.print_exc()
    finally:
        os._exit(status)


if __name__ == "__main__":
    _serve()
