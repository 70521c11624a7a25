"""A process that has imported the parsers once and forks a nursery for each app of the tests.

A nursery starts with half a second of imports, and the tests of a run open some three hundred apps
in their own process. How one is really started is seen by tests/hostile/test_worker.py and by every
command that tests run; from its first question on, one from here is the same.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.edge.worker import Workers

ROOT = Path(__file__).resolve().parents[2]


class Forked:
    """A nursery that is the child of another, with what ``Nursery`` asks of a process."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._alive = os.pidfd_open(pid)

    def poll(self) -> int | None:
        return 0 if select.select([self._alive], [], [], 0)[0] else None

    def wait(self, seconds: float | None = None) -> int:
        if not select.select([self._alive], [], [], seconds)[0]:
            raise subprocess.TimeoutExpired("nursery", seconds or 0)
        return 0

    def kill(self) -> None:
        if self.poll() is None:
            signal.pidfd_send_signal(self._alive, signal.SIGKILL)

    def __del__(self) -> None:
        os.close(self._alive)


class Creche:
    """Our side of it. It ends when its line closes: with this process at the latest."""

    def __init__(self, imported: Sequence[str]) -> None:
        from monitor.edge.nursery import PASSED_ON

        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno()), *imported],
                pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                start_new_session=True,
                env=kept | {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
            )  # fmt: skip

    def fork(self, memory_bytes: int, cpu_seconds: int) -> tuple[socket.socket, Forked]:
        """Return the line to a new nursery, and its process."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            order = json.dumps([memory_bytes, cpu_seconds]).encode()
            socket.send_fds(self._line, [order], [theirs.fileno()])
            return ours, Forked(int(self._line.recv(64)))

    def close(self) -> None:
        self._line.close()
        self._process.wait(5)


@cache
def _creche(imported: tuple[str, ...]) -> Creche:
    creche = Creche(imported)
    atexit.register(creche.close)
    return creche


def nursed(workers: Workers) -> None:
    """Give workers that have read nothing yet a nursery that has its imports behind it."""
    nursery = workers._nursery
    limits = nursery._limits
    line, process = _creche(tuple(nursery._preload)).fork(limits.memory_bytes, limits.cpu_seconds)
    line.settimeout(limits.answer_seconds)
    nursery._line, nursery._process = line, process  # type: ignore[assignment]


# --- the other side ---------------------------------------------------------------------------


def _serve(fd: int, imported: Sequence[str]) -> NoReturn:
    from monitor.edge.nursery import _tend

    for name in imported:
        import_module(name)
    gc.collect()
    gc.freeze()  # pages that are shared stay shared
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how a nursery ended
    control = socket.socket(fileno=fd)
    while True:
        words, fds, _, _ = socket.recv_fds(control, 4_096, 1)
        if not words:
            os._exit(0)
        pid = os.fork()
        if pid == 0:
            control.close()
            os.setsid()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # it asks how its children ended
            memory_bytes, cpu_seconds = json.loads(words)
            _tend(fds[0], [], memory_bytes, cpu_seconds)
            os._exit(0)
        os.close(fds[0])
        control.send(str(pid).encode())


if __name__ == "__main__":
    _serve(int(sys.argv[1]), sys.argv[2:])
