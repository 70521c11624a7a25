"""The command line, allowed to ask one port of this machine: ``PORT COMMAND...``.

Run as a process of its own by the tests that stop it half-way.
"""

from __future__ import annotations

import sys

from monitor.cli.frame import guarded
from monitor.cli.main import torkham

if __name__ == "__main__":
    allowed = frozenset({("127.0.0.1", int(sys.argv[1]))})
    guarded(lambda: torkham.main(sys.argv[2:], prog_name="torkham", obj=allowed))
