"""What can go wrong with the store, told in one line: what, where, what to do.

StoreError              anything the store cannot do
├── StoreLocked         another process held the file for longer than we wait
├── StoreFull           the disk is full; what was committed before is safe
├── StoreRefused        the disk, a limit or the permissions refused to read or write the file
├── StoreCorrupt        the file is damaged or is not a database; it is left untouched
├── SchemaTooNew        a newer Torkham wrote the file
└── AlreadyRunning      another service holds the data folder; ``pid`` says which
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from store.sqlite import Database, sqlite3


class StoreError(Exception):
    """Anything the store cannot do. The message is one line: what, where, what to do."""


class StoreLocked(StoreError):  # noqa: N818  # reads as a sentence where it is caught
    """Another process held the file for longer than a write waits."""


class StoreFull(StoreError):  # noqa: N818
    """The disk is full. The write was undone; everything committed before it is safe."""


class StoreRefused(StoreError):  # noqa: N818
    """The disk, a limit or the permissions refused to read or write the file."""


class StoreCorrupt(StoreError):  # noqa: N818
    """The file is damaged or is not a database. It is never written to or made anew."""


class SchemaTooNew(StoreError):  # noqa: N818
    """A newer Torkham wrote the file; this one would not understand it."""


class AlreadyRunning(StoreError):  # noqa: N818
    """Another service holds the data folder; ``pid`` is its process, None when unknown."""

    def __init__(self, data: Path, pid: int | None) -> None:
        """Name the folder and the process that holds it."""
        who = f"process {pid}" if pid else "another process"
        super().__init__(
            f"Torkham already runs on {data} ({who}): stop it first, or use another data folder"
        )
        self.pid = pid


@contextmanager
def told(where: Path | Database) -> Iterator[None]:
    """Turn SQLite's and the system's errors inside the block into ours, which name the place."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise  # a fault of ours, such as a connection used by another thread
    except sqlite3.Error as error:
        raise _story(error, where) from error
    except OSError as error:
        if not isinstance(where, Path):
            raise
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StoreFull(f"the disk is full at {where}: free some space") from error
        what = error.filename or where  # of a folder it may be a file deep inside
        raise StoreError(f"cannot open {what}: {error.strerror or error}") from error


_BY_WORDS = {
    "database or disk is full": sqlite3.SQLITE_FULL,
    "disk I/O error": sqlite3.SQLITE_IOERR,
    "database disk image is malformed": sqlite3.SQLITE_CORRUPT,
    "file is not a database": sqlite3.SQLITE_NOTADB,
    "attempt to write a readonly database": sqlite3.SQLITE_READONLY,
    "unable to open database file": sqlite3.SQLITE_CANTOPEN,
}


def code_of(error: sqlite3.Error) -> int:
    """Return SQLite's primary code of an error; ``Connection.backup`` gives its words alone."""
    code = getattr(error, "sqlite_errorcode", None) or 0
    return code & 0xFF or _BY_WORDS.get(str(error), 0)


def is_damage(error: sqlite3.Error) -> bool:
    """Tell whether the file itself does not hold together, or is no database."""
    return code_of(error) in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def _story(error: sqlite3.Error, where: Path | Database) -> StoreError:
    place = where if isinstance(where, Path) else path_of(where)
    said = str(error)
    code = code_of(error)
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StoreLocked(f"{place} is locked by another process ({said}): it is tried again")
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _no_room(place)):
        return StoreFull(f"the disk is full at {place} ({said}): free some space; nothing is lost")
    if is_damage(error):
        return StoreCorrupt(f"{place} is damaged ({said}): stop Torkham and restore a backup")
    if code == sqlite3.SQLITE_IOERR:
        return StoreRefused(f"reading or writing {place} failed ({said}): check the disk")
    if code == sqlite3.SQLITE_CANTOPEN and _out_of_files():
        return StoreRefused(
            f"{place} cannot be opened: this process has as many files and connections open as it"
            " may (ulimit -n, LimitNOFILE); it goes on when some are closed"
        )
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}:
        return StoreRefused(f"cannot write {place} ({said}): check its owner and permissions")
    return StoreError(f"{place} refused a statement ({said})")


def path_of(db: Database) -> Path:
    """Return the file behind a connection."""
    sql = "SELECT CAST(file AS BLOB) FROM pragma_database_list WHERE name = 'main'"
    return Path(os.fsdecode(db.conn.execute(sql).fetchone()[0]))  # a name in any encoding


def is_busy(error: Exception) -> bool:
    """Tell whether SQLite refused only because somebody else holds the lock just now."""
    code = getattr(error, "sqlite_errorcode", None) or 0
    return bool(code & 0xFF == sqlite3.SQLITE_BUSY)


LEAST_BYTES = 64 * 1024
"""For the index of a journal, and a page: below that SQLite speaks of an I/O error."""


def _no_room(path: Path) -> bool:
    """Tell whether the disk of a file has next to nothing left."""
    with suppress(OSError):
        return shutil.disk_usage(path.parent).free < LEAST_BYTES
    return False


NEEDED = 4  # files: the store, its journal, the index of that, and a folder


def _out_of_files() -> bool:
    """Tell whether there is no room for the files of one more store."""
    held: list[int] = []
    try:
        held.extend(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC) for _ in range(NEEDED))
    except OSError as error:
        return error.errno in {errno.EMFILE, errno.ENFILE}
    finally:
        for handle in held:
            os.close(handle)
    return False
