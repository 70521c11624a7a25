"""The command line, allowed to ask one port of this machine: ``PORT [--peak] COMMAND...``.

Run as a process of its own by the tests that stop it half-way. With ``--peak`` the last word on
standard error is the most memory it or a child of its held, in kilobytes. ``TORKHAM_FAIL_AT`` ends
it at a named point of its work (tests/flow/failing.py); the product itself never reads that.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

from monitor.cli.frame import guarded
from monitor.cli.main import torkham
from tests.flow.failing import arm_from_environment

if __name__ == "__main__":
    arm_from_environment()
    allowed = frozenset({("127.0.0.1", int(sys.argv[1]))})
    peak = sys.argv[2] == "--peak"
    try:
        words = sys.argv[3 if peak else 2 :]
        guarded(lambda: torkham.main(words, prog_name="torkham", obj=allowed))
    finally:
        if peak:
            # Not ru_maxrss: a process that was started by a large one counts that one's memory.
            status = Path("/proc/self/status").read_text(encoding="ascii")
            own = int(status.partition("VmHWM:")[2].split()[0])
            children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
            sys.stderr.write(f"{max(own, children)}\n")
