"""Starting the service anew in its place: the same command, the same process number.

It needs no supervisor, and one that is there sees no death. Nothing of this process is kept:
threads end, files and sockets close, and with them the lock on the data folder and the desk's
port. Why it happened is handed over in the environment, as the disk may be what hangs.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterable, MutableMapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import NoReturn

HANDED_ON = "TORKHAM_STARTED_ANEW"
MOST, WITHIN = 3, 600.0  # seconds
"""More starts than this within so long help nobody: whoever looks after the machine must know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A start in place: when, on the clock of the machine's uptime and for people, and why."""

    uptime: float
    at: str
    why: str


def earlier(environ: MutableMapping[str, str]) -> tuple[Start, ...]:
    """Return the starts in place that led to this process, the last one last; forget the rest.

    Takes them out of the environment, which children and settings read.
    """
    given = environ.pop(HANDED_ON, "[]")
    try:
        starts = [Start(uptime=float(a), at=str(b), why=str(c)) for a, b, c in json.loads(given)]
    except (ValueError, TypeError):
        return ()
    return tuple(starts[-MOST:])


def too_many(starts: Iterable[Start], now: float) -> bool:
    """Whether another start in place would be one too many; ``now`` is ``time.monotonic()``."""
    return sum(now - start.uptime < WITHIN for start in starts) >= MOST


def reap() -> None:
    """Collect what earlier programs of this process left: dead children it would not know of."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def begin(starts: Iterable[Start], *, children: Iterable[int]) -> NoReturn:
    """End ``children`` and start the command anew; ``starts`` are handed on. Never returns."""
    for pid in children:
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    told = json.dumps([list(asdict(start).values()) for start in starts])
    with suppress(OSError):
        os.execve(  # noqa: S606 - our own command, as it was given
            sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, HANDED_ON: told}
        )
    os._exit(1)  # the interpreter is gone from the disk: a supervisor may know better


def uptime() -> float:
    """Return seconds that no setting of a clock changes and that last beyond this program."""
    return time.monotonic()
