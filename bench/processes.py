"""Processes of a benchmark that answer each line with a line."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


class Process:
    """A child that answers each line with a line."""

    def __init__(self, *command: str) -> None:
        self._child = subprocess.Popen(
            [sys.executable, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        )

    def hear(self) -> str:
        """Wait for its next line."""
        assert self._child.stdout
        line = self._child.stdout.readline()
        if not line:
            raise SystemExit("a process of the benchmark died; see above")
        return line

    def ask(self, line: str) -> str:
        """Say a line and wait for the answer."""
        assert self._child.stdin
        self._child.stdin.write(line + "\n")
        self._child.stdin.flush()
        return self.hear()

    def end(self) -> None:
        """Close its input and wait."""
        self._child.communicate()


def free_port() -> int:
    """Find a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def before_others() -> None:
    """Go before other work of the machine, where we may: wall clock is to be measured.

    Being nice is not enough: Linux weighs it within a session alone, not between sessions.
    """
    with suppress(OSError):
        policy = os.SCHED_RR | os.SCHED_RESET_ON_FORK
        os.sched_setscheduler(0, policy, os.sched_param(1))
