"""What a job held in its thread is the system's again once the job is done."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
A_JOB = """
import ctypes, resource, threading
from pathlib import Path
from monitor.edge import heap

libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
libc.free.restype = None

def resident():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20

def job():
    libc.free(libc.malloc(16 << 20))  # from then on glibc keeps up to twice that for later
    held = [libc.malloc(60_000) for _ in range(300)]
    for piece in held:
        ctypes.memset(piece, 1, 60_000)
    most.append(resident())
    for piece in held:
        libc.free(piece)

heap.one()
most, before = [], resident()
thread = threading.Thread(target=job)
thread.start()
thread.join()
heap.give_back()
print(most[0] - before, resident() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no heaps")
def test_what_a_job_held_is_given_back_from_whatever_thread() -> None:
    told = subprocess.run(
        [sys.executable, "-c", A_JOB], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    held, left = map(float, told.split())
    assert held > 15, "megabytes"
    assert left < 2
