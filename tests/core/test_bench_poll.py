"""What a client of the polling benchmark cost is counted finely enough to compare."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

psutil = pytest.importorskip("psutil", reason="make bench-poll installs it")

from bench.poll_clients import process_seconds  # noqa: E402 -- it needs psutil

BURNS = """
import sys, time
for line in sys.stdin:
    end = time.process_time() + float(line)
    while time.process_time() < end:
        pass
    print(time.process_time(), flush=True)
"""


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="Linux tells it elsewhere")
def test_a_child_is_counted_to_a_tenth_of_a_tick() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", BURNS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin
        assert child.stdout
        for seconds in (0.0, 0.004, 0.013, 0.004):
            child.stdin.write(f"{seconds}\n")
            child.stdin.flush()
            told = float(child.stdout.readline())
            process = psutil.Process(child.pid)
            while process.status() == psutil.STATUS_RUNNING:  # not yet back at its line
                time.sleep(0.001)
            assert process_seconds(process) == pytest.approx(told, abs=0.001)
        child.stdin.close()


def test_who_was_waited_for_is_counted() -> None:
    script = (
        "import subprocess, sys\n"
        "subprocess.run([sys.executable, '-c', 'for _ in range(3_000_000): pass'])\n"
        "print(flush=True)\nsys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin
        assert child.stdout
        child.stdout.readline()
        times = psutil.Process(child.pid).cpu_times()
        ended = times.children_user + times.children_system
        assert ended > 0
        assert process_seconds(psutil.Process(child.pid)) > ended
        child.stdin.close()
