"""What the service manager is told, where there is one: ready, alive, stopping, in words.

systemd hands a service the address of a datagram socket in ``NOTIFY_SOCKET`` and, with
``WatchdogSec=``, how often it wants to hear in ``WATCHDOG_USEC``; see sd_notify(3). Without them
nothing is sent. The socket is a file or a name of this machine: no stranger hears it.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping

READY, STOPPING, ALIVE = "READY=1", "STOPPING=1", "WATCHDOG=1"


def status(words: str) -> str:
    """Return the line that makes ``systemctl status`` show ``words``."""
    return "STATUS=" + " ".join(words.split())


def say(environ: Mapping[str, str], *lines: str) -> bool:
    """Tell the service manager; return whether it was told. Never raises and never waits."""
    place = environ.get("NOTIFY_SOCKET", "")
    if not place.startswith(("/", "@")):  # absent, or a kind that only other systems have
        return False
    address = "\0" + place[1:] if place.startswith("@") else place
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as door:
            door.setblocking(False)
            door.sendto("\n".join(lines).encode(), address)
    except OSError:
        return False
    return True


def wants_signs_every(environ: Mapping[str, str]) -> float | None:
    """Return after how many seconds at most ``ALIVE`` is to be said; None: nobody waits for it."""
    wanted, whose = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    if not wanted.isdecimal() or not int(wanted) or whose not in {"", str(os.getpid())}:
        return None
    return int(wanted) / 2_000_000
