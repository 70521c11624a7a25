"""One service to a data folder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from store.faults import AlreadyRunning


@contextmanager
def hold(data: Path) -> Iterator[None]:
    """Hold the data folder for this process; the lock ends with the process, however it ends.

    Raises:
        AlreadyRunning: another process, or this one, holds it.
    """
    data.mkdir(parents=True, exist_ok=True)
    handle = os.open(data / "torkham.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            said = os.read(handle, 32).decode("ascii", "replace").strip()
            raise AlreadyRunning(data, int(said) if said.isdigit() else None) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode("ascii"), 0)
        # A forked child shares the lock: without this, an orphan would hold it for a dead parent.
        os.register_at_fork(after_in_child=lambda: _let_go(handle, data))
        yield
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _let_go(handle: int, data: Path) -> None:
    # The number may belong to another file by now: close it only while it is still our lock.
    with suppress(OSError):
        lock = (data / "torkham.lock").stat()
        mine = os.fstat(handle)
        if (mine.st_dev, mine.st_ino) == (lock.st_dev, lock.st_ino):
            os.close(handle)
