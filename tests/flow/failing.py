"""Ends, hangs or breaks the product at a named point of its work; read by test launchers alone."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Mapping
from typing import NoReturn

from store.failpoint import POINTS, install

VARIABLE = "TORKHAM_FAIL_AT"


class Broken(Exception):  # noqa: N818 - it names itself in the health table
    """What a point raises that was asked to raise."""


def armed(said: str) -> Callable[[str], None]:
    """Return what acts as ``NAME[:N][:kill|hang|raise]`` says: at the N-th passing, by kill -9.

    Raises ValueError: there is no such point, number or way.
    """
    name, *rest = said.split(":")
    nth = int(rest.pop(0)) if rest and rest[0].isdigit() else 1
    way = rest.pop(0) if rest else "kill"
    acts: Mapping[str, Callable[[], None]] = {"kill": _kill, "hang": _hang, "raise": _raise}
    if name not in POINTS or way not in acts or rest or nth < 1:
        raise ValueError(f"{VARIABLE}={said}: NAME[:N][:{'|'.join(acts)}], of {', '.join(POINTS)}")
    left, counting = [nth], threading.Lock()

    def act(point: str) -> None:
        if point != name:
            return
        with counting:  # points are passed by several threads
            left[0] -= 1
            due = left[0] == 0
        if due:
            acts[way]()

    return act


def arm_from_environment() -> None:
    """Act as the environment says, once: a process that takes this one's place is left alone."""
    said = os.environ.pop(VARIABLE, "")
    if said:
        install(armed(said))


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    _hang()  # the signal comes to the process, not at once to every thread of it


def _hang() -> NoReturn:
    while True:
        threading.Event().wait(3600)


def _raise() -> NoReturn:
    raise Broken("a test asked for it")
