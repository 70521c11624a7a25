"""What this process uses of the machine, as Linux tells it; nothing where it does not."""

from __future__ import annotations

import os
import resource
import threading
from collections.abc import Mapping
from pathlib import Path

_ME = Path("/proc/self")


def used() -> Mapping[str, float]:
    """Return the figures under the names that Prometheus has for those of a process."""
    found: dict[str, float] = {"process_threads": threading.active_count()}
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if soft != resource.RLIM_INFINITY:
        found["process_max_fds"] = soft
    times = os.times()
    found["process_cpu_seconds_total"] = round(times.user + times.system, 2)
    try:
        pages = (_ME / "statm").read_text().split()
        found["process_virtual_memory_bytes"] = int(pages[0]) * resource.getpagesize()
        found["process_resident_memory_bytes"] = int(pages[1]) * resource.getpagesize()
        found["process_open_fds"] = sum(1 for _ in (_ME / "fd").iterdir()) - 1  # the listing's own
    except (OSError, ValueError, IndexError):
        pass  # no Linux, or no /proc in a container
    return found
