"""One service to a data folder.

Two locks are held: that of a file which names the process, and that of the folder itself. A file
can be deleted while it is held, and whoever makes it anew would lock another file; the folder
cannot be taken away from under its own database.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from store.faults import AlreadyRunning, StoreError, StoreRefused

NAME = "torkham.lock"


@contextmanager
def hold(data: Path) -> Iterator[int | None]:
    """Hold the data folder for this process; the lock ends with the process, however it ends.

    Yields the process that held it last and was cut off; None where it let go in good order. By
    whatever path or link the folder is named: what is locked is the folder, not its name.

    Raises:
        AlreadyRunning: another process, or this one, holds it.
        StoreRefused: the folder or the file in it may not be written.
        StoreError: the file system has no locks.
    """
    with ExitStack() as stack:
        handle = _opened(data)
        stack.callback(os.close, handle)
        _take(handle, data)
        folder = os.open(data, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        stack.callback(os.close, folder)
        _take(folder, data, optional=True)
        stack.callback(os.ftruncate, handle, 0)
        before = _named(data)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode("ascii"), 0)
        # A forked child shares the lock: without this, an orphan would hold it for a dead parent.
        for mine in (handle, folder):
            os.register_at_fork(after_in_child=_letting_go(mine))
        yield before if before != os.getpid() else None  # the same: started anew in its place


def _opened(data: Path) -> int:
    try:
        data.mkdir(parents=True, exist_ok=True)
        return os.open(data / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StoreRefused(
            f"cannot write {error.filename or data} ({error.strerror}): give the folder to the"
            " user that runs Torkham, or name another with --data"
        ) from error


@contextmanager
def alone(folder: Path, *, busy: str) -> Iterator[None]:
    """Hold a folder for the block; a disk that knows no locks is believed.

    Raises:
        StoreError: somebody holds it, in the words of ``busy``.
    """
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(OSError):  # as on some network disks
            if _is_taken(place):
                raise StoreError(busy)
        yield
    finally:
        os.close(place)


def _is_taken(lock: int) -> bool:
    """Take a lock, and tell whether somebody else has it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _take(lock: int, data: Path, *, optional: bool = False) -> None:
    try:
        taken = _is_taken(lock)
    except OSError as error:
        if not optional:  # some network file systems lock files alone
            raise unlockable(data, error) from error
        return
    if taken:
        raise AlreadyRunning(data, _named(data))


def unlockable(data: Path, error: OSError) -> StoreError:
    """Return what is said of a folder whose file system refuses to lock at all."""
    return StoreError(
        f"{data} cannot be locked ({error.strerror}): the data folder belongs on a local disk,"
        " not on a network share"
    )


def holder(data: Path) -> int | None:
    """Return the process that holds the data folder, 0 where it is unknown; None: nobody does."""
    for name, flags in ((data / NAME, os.O_RDONLY), (data, os.O_RDONLY | os.O_DIRECTORY)):
        try:
            handle = os.open(name, flags | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _named(data) or 0
        except OSError:
            continue
        finally:
            os.close(handle)
    return None


def cut_off(data: Path) -> int | None:
    """Return the process that held the data folder and was ended before it could let go.

    None where one holds it now, or the last one let go in good order.
    """
    return None if holder(data) is not None else _named(data)


def _named(data: Path) -> int | None:
    """Return the process that the lock file names."""
    with suppress(OSError):
        said = (data / NAME).read_text("ascii", "replace")[:32].strip()
        return int(said) if said.isdecimal() else None
    return None


def _letting_go(handle: int) -> Callable[[], None]:
    mine = os.fstat(handle)

    def let_go() -> None:
        # The number may belong to another file by now: close it only while it is still our lock.
        with suppress(OSError):
            now = os.fstat(handle)
            if (now.st_dev, now.st_ino) == (mine.st_dev, mine.st_ino):
                os.close(handle)

    return let_go
