"""How often each job ticks while the service runs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

EVERY_SECONDS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "poll": 30,
        "harvest": 15,
        "judge": 10,
        "alert": 10,
        "digest": 60,
        "send": 10,
        "learn": 600,
        "reread": 60,
        "tidy": 600,
        "look": 60,
    }
)
"""By the names of ``monitor.work.JOBS``, in their order: for the scheduler, and for whoever asks
which jobs there are or what is late, and needs none of the work itself."""
