"""The one file everything is remembered in: opening it, writing to it, and saying what is wrong.

    StoreError              anything the store cannot do, in one line: what, where, what to do
    ├── StoreLocked         another process held the file for longer than we wait
    ├── StoreRefused        the disk, a limit or permissions refused
    ├── StoreFull           the disk is full; what was committed before is safe
    ├── StoreCorrupt        the file is damaged or is not a database; it is left untouched
    ├── SchemaTooNew        a newer Torkham wrote the file
    └── AlreadyRunning      another service holds the data folder; ``pid`` says which

A ``Db`` belongs to the thread that opened it: open one per job run and per request.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from store import schema
from store.faults import (
    AlreadyRunning,
    SchemaTooNew,
    StoreCorrupt,
    StoreError,
    StoreFull,
    StoreLocked,
    StoreRefused,
    path_of,
    told,
)
from store.lock import hold, holder
from store.migrating import bring_up_to_date, migrate
from store.opening import BUSY_SECONDS, CACHE_KB, READER_KB, opened
from store.sql import Db, pragma, write
from store.sqlite import sqlite3

__all__ = [
    "CACHE_KB",
    "READER_KB",
    "AlreadyRunning",
    "Db",
    "JournalChoice",
    "SchemaTooNew",
    "StoreCorrupt",
    "StoreError",
    "StoreFull",
    "StoreLocked",
    "StoreRefused",
    "check_at_start",
    "connect",
    "hold",
    "journal_choice",
    "path_of",
    "quick_check",
    "tend",
    "write",
]

LEARN_FROM = 5_000  # verdicts
CHECKED_AT_START = 2_000_000_000  # bytes of the largest file that every start reads


# --- how the file is journalled -------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalChoice:
    """Which journal SQLite keeps, how eagerly it flushes, and why, in a sentence for people."""

    mode: Literal["wal", "delete"]
    synchronous: Literal["NORMAL", "FULL"]
    why: str


def journal_choice(version: tuple[int, ...]) -> JournalChoice:
    """Choose the journal that this version of SQLite handles without losing transactions.

    SQLite 3.7.0 to 3.51.2 can lose or damage a WAL database when two connections write and
    checkpoint (docs/decisions/0003); 3.51.3 mends it, as do 3.50.7 and 3.44.6 of older lines.
    """
    text = ".".join(map(str, version))
    line = version[:2]
    mended = (
        version >= (3, 51, 3)
        or (line == (3, 50) and version >= (3, 50, 7))
        or (line == (3, 44) and version >= (3, 44, 6))
    )
    if mended:
        why = f"SQLite {text} writes a WAL journal safely: readers never wait for the writer."
        return JournalChoice(mode="wal", synchronous="NORMAL", why=why)
    why = (
        f"SQLite {text} can lose transactions in WAL mode, so the slower rollback journal is used:"
        " install pysqlite3 or SQLite 3.51.3."
    )
    return JournalChoice(mode="delete", synchronous="FULL", why=why)


# --- opening --------------------------------------------------------------------------------


def connect(
    path: Path, *, create: bool = True, busy_seconds: float = BUSY_SECONDS,
    cache_kb: int = CACHE_KB,
) -> Db:  # fmt: skip
    """Open the store for this thread, bringing an older one up to date.

    Cheap when there is nothing to bring up to date, so it may be called for every job and request;
    an older store is copied first (store.migrating). Who writes little does with ``READER_KB``.

    Raises:
        SchemaTooNew: a newer Torkham wrote it.
        StoreCorrupt: it is damaged, empty, or only its journal is left; nothing is touched.
        StoreError: it is absent and ``create`` is False or a service works with it, or it is some
            other program's file.
    """
    with told(path):
        if not path.exists():
            _missed(path)
            if not create:
                raise StoreError(
                    f"there is no store at {path}: start Torkham once, or restore a backup"
                )
            _found(path, busy_seconds)
        if path.stat().st_size == 0:
            raise StoreCorrupt(f"{path} is empty, 0 bytes: restore a backup, or remove the file")
        db = opened(path, busy_seconds, cache_kb=cache_kb)
        try:
            bring_up_to_date(db, path)
            _set_journal(db)
        except UnicodeDecodeError as error:  # SQLite's message quotes what stands in a damaged page
            db.close()
            raise StoreCorrupt(
                f"{path} is damaged (its tables cannot be read): stop Torkham and restore a backup"
            ) from error
        except BaseException:
            db.close()
            raise
        return db


def _missed(path: Path) -> None:
    """Refuse to begin a store where a service works: it would go on with the empty one."""
    running = holder(path.parent)
    if running is not None and running != os.getpid():
        raise StoreError(
            f"{path} is gone, though process {running or '(unknown)'} works with it: stop Torkham,"
            " put it back or restore a backup"
        )


def _leftover(path: Path) -> str | None:
    """Return the journal of a file, where there is one with something in it."""
    for name in (f"{path}-wal", f"{path}-journal"):
        with suppress(FileNotFoundError):
            if Path(name).stat().st_size:
                return name
    return None


def _found(path: Path, busy_seconds: float) -> None:
    """Make a new store beside its place and link it there whole: a kill leaves all or nothing."""
    leftover = _leftover(path)
    if path.exists():
        return  # another made it meanwhile, and what lies beside it is its own
    if leftover:
        raise StoreCorrupt(
            f"{path} is gone but {leftover} is still there: put the file back or restore a"
            " backup; remove the leftover only to start afresh"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.new")
    draft.touch(0o640)  # it holds what passwords are checked against; its journal takes its mode
    try:
        db = opened(draft, busy_seconds)
        db.conn.execute("PRAGMA auto_vacuum = NONE")  # a page moved on every delete is dear
        db.conn.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        migrate(db)
        db.close()
        _place(draft, path)
    finally:
        for name in (draft, Path(f"{draft}-journal")):
            name.unlink(missing_ok=True)


def _place(draft: Path, path: Path) -> None:
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process made it in the same moment: theirs is as good
    except OSError:  # a file system without hard links
        if not path.exists():
            draft.rename(path)


def sqlite_version() -> str:
    """Return the version of the SQLite in use."""
    return str(sqlite3.sqlite_version)


def journal_in_use() -> JournalChoice:
    """Return the journal mode of this machine's SQLite, and why."""
    return journal_choice(sqlite3.sqlite_version_info)


def _set_journal(db: Db) -> None:
    choice = journal_in_use()
    if db.conn.execute("PRAGMA journal_mode").fetchone()[0] != choice.mode:
        db.conn.execute(f"PRAGMA journal_mode = {choice.mode}")
    db.conn.execute(f"PRAGMA synchronous = {choice.synchronous}")


# --- care -----------------------------------------------------------------------------------


def quick_check(db: Db) -> None:
    """Read the whole file's structure; say StoreCorrupt when it does not hold together."""
    with told(db):
        before = pragma(db, "cache_size")
        db.conn.execute(f"PRAGMA cache_size = -{READER_KB}")
        found = db.conn.execute("PRAGMA quick_check(1)").fetchone()[0]
        db.conn.execute(f"PRAGMA cache_size = {before}")
        if found == "ok" and (missing := schema.migrations.pending(db)):
            found = f"a step of its schema is missing: {missing[0].name}"
    if found != "ok":
        first = " ".join(str(found).split())
        raise StoreCorrupt(f"{path_of(db)} is damaged ({first}): stop Torkham, restore a backup")


def check_at_start(db: Db) -> None:
    """Quick-check a file that is read in seconds; a larger one is left to the nightly check.

    Eight gigabytes take forty seconds of processor and minutes of a slow disk, which is longer than
    whoever supervises the service waits for its start.
    """
    with told(db):
        large = path_of(db).stat().st_size > CHECKED_AT_START
    if not large:
        quick_check(db)


def tend(db: Db) -> None:
    """Fold the journal back into the file and refresh what SQLite knows of its indexes."""
    with told(db):
        db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        # What is learned from a handful of rows misleads: with one verdict on record SQLite would
        # scan all verdicts for each row of the queue until it learns again.
        if (db.conn.execute("SELECT max(id) FROM verdicts").fetchone()[0] or 0) > LEARN_FROM:
            db.conn.execute("PRAGMA optimize")
