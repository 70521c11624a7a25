"""``torkham run`` with short limits, which hangs whenever a test wants: ``PORT FOLDER``.

A file ``hang-POINT`` in the folder makes the next send tick that comes to that point (see
store/failpoint.py) hang for good, like a deadlock; the file is gone then. ``hang-desk`` ends the
desk's thread, ``hang-interpreter`` stops every thread. The command itself is the product's own.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from contextlib import suppress
from pathlib import Path

from monitor.cli.frame import Place, guarded
from monitor.cli.minding import Limits
from monitor.cli.staying import stay
from store.failpoint import install

LIMIT = 3.0
LIMITS = Limits(jobs={"send": LIMIT}, desk=LIMIT, mute=4 * LIMIT, stop=20.0)


def hangs_in(folder: Path) -> None:
    """Have the points of a send tick hang where the folder says so."""

    def taken(name: str) -> bool:
        with suppress(FileNotFoundError):
            (folder / f"hang-{name}").unlink()
            return True
        return False

    def act(point: str) -> None:
        if threading.current_thread().name != "job-send":
            return
        if taken("desk"):
            (desk,) = [thread for thread in threading.enumerate() if thread.name == "desk"]
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(desk.ident or 0), ctypes.py_object(SystemExit)
            )
        if taken("interpreter"):
            ctypes.PyDLL(None).sleep(3600)  # a library that never gives the interpreter back
        if taken(point):
            threading.Event().wait()

    install(act)


if __name__ == "__main__":
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    place = Place(
        config=folder / "feeds.yaml",
        data=folder / "data",
        environ=os.environ,
        allow=frozenset({("127.0.0.1", port)}),
    )
    hangs_in(folder)
    guarded(lambda: stay(place, limits=LIMITS))
