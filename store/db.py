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
import shutil
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

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
from store.folding import FOLD, fold
from store.lock import hold
from store.sql import Db, pragma, write
from store.sqlite import Database, sqlite3

__all__ = [
    "AlreadyRunning",
    "Db",
    "JournalChoice",
    "SchemaTooNew",
    "StoreCorrupt",
    "StoreError",
    "StoreFull",
    "StoreLocked",
    "StoreRefused",
    "backup",
    "connect",
    "hold",
    "journal_choice",
    "path_of",
    "quick_check",
    "restore",
    "tend",
    "verify",
    "write",
]

BUSY_SECONDS = 10.0
LEARN_FROM = 5_000  # verdicts


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


def connect(path: Path, *, create: bool = True, busy_seconds: float = BUSY_SECONDS) -> Db:
    """Open the store for this thread, bringing an older one up to date.

    Cheap when there is nothing to bring up to date, so it may be called for every job and request.

    Raises:
        SchemaTooNew: a newer Torkham wrote it.
        StoreCorrupt: it is damaged, empty, or only its journal is left; nothing is touched.
        StoreError: it is absent and ``create`` is False, or it is some other program's file.
    """
    with told(path):
        if not path.exists():
            if not create:
                raise StoreError(
                    f"there is no store at {path}: start Torkham once, or restore a backup"
                )
            _found(path, busy_seconds)
        if path.stat().st_size == 0:
            raise StoreCorrupt(f"{path} is empty, 0 bytes: restore a backup, or remove the file")
        db = _opened(path, busy_seconds)
        try:
            _bring_up_to_date(db, path)
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


def _opened(path: Path, busy_seconds: float) -> Db:
    # mode=rw never makes a file; isolation_level=None leaves every BEGIN to write().
    uri = f"file:{quote(str(path.absolute()))}?mode=rw"
    conn = sqlite3.connect(uri, uri=True, timeout=busy_seconds, isolation_level=None)
    conn.create_function(FOLD, 1, fold, deterministic=True)
    # Plugins of sqlite-utils that happen to be installed have no business in this file.
    db = Database(conn, execute_plugins=False, recursive_triggers=False)
    conn.execute("PRAGMA foreign_keys = ON")
    return db


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
    draft.touch()
    try:
        db = _opened(draft, busy_seconds)
        db.conn.execute("PRAGMA auto_vacuum = NONE")  # a page moved on every delete is dear
        db.conn.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        _bring_up_to_date(db, draft)
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


def _bring_up_to_date(db: Db, path: Path) -> None:
    if pragma(db, "application_id") != schema.APPLICATION_ID:
        raise StoreError(f"{path} is not a Torkham store: name another file, or restore a backup")
    version = pragma(db, "user_version")
    if version > schema.SCHEMA_VERSION:
        raise SchemaTooNew(
            f"{path} was written by a newer Torkham (schema {version}, this one knows"
            f" {schema.SCHEMA_VERSION}): install that version, or restore an older backup"
        )
    if version < schema.SCHEMA_VERSION:
        with write(db):
            # Another process may have done it while we waited for the lock.
            if pragma(db, "user_version") < schema.SCHEMA_VERSION:
                schema.migrations.apply(db)
                db.conn.execute(f"PRAGMA user_version = {schema.SCHEMA_VERSION}")


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
        found = db.conn.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        first = " ".join(str(found).split())
        raise StoreCorrupt(f"{path_of(db)} is damaged ({first}): stop Torkham, restore a backup")


def tend(db: Db) -> None:
    """Fold the journal back into the file and refresh what SQLite knows of its indexes."""
    with told(db):
        db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        # What is learned from a handful of rows misleads: with one verdict on record SQLite would
        # scan all verdicts for each row of the queue until it learns again.
        if (db.conn.execute("SELECT max(id) FROM verdicts").fetchone()[0] or 0) > LEARN_FROM:
            db.conn.execute("PRAGMA optimize")


def backup(db: Db, target: Path) -> None:
    """Copy the store, as of one moment, to ``target``: it is there whole and checked, or not.

    Safe beside writers. The copy is one file without a journal.
    """
    draft = target.with_name(f".{target.name}.{os.getpid()}.partial")
    with told(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        try:
            copy = sqlite3.connect(draft)
            try:
                db.conn.backup(copy)
                copy.execute("PRAGMA journal_mode = delete")
            finally:
                copy.close()
            verify(draft)
            _flushed(draft)
            draft.replace(target)
            _flushed(target.parent)
        finally:
            draft.unlink(missing_ok=True)


def verify(path: Path) -> None:
    """Make sure a file is a whole Torkham store that this version can read, without changing it."""
    with told(path):
        if not path.is_file() or path.stat().st_size == 0:
            raise StoreCorrupt(f"{path} is missing or empty: name a backup made by Torkham")
        db = _opened(path, BUSY_SECONDS)
        try:
            if pragma(db, "application_id") != schema.APPLICATION_ID:
                raise StoreError(f"{path} is not a Torkham store: name a backup made by Torkham")
            if pragma(db, "user_version") > schema.SCHEMA_VERSION:
                raise SchemaTooNew(f"{path} was written by a newer Torkham: install that version")
            found = db.conn.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if found != "ok":
                raise StoreCorrupt(f"{path} is damaged ({found}): name another backup")
        finally:
            db.close()


def restore(source: Path, path: Path) -> None:
    """Put a checked backup in the store's place; the store it replaces stays as ``*.replaced``.

    The caller holds the data folder (``hold``): nobody else may have the store open.
    """
    verify(source)
    draft = path.with_name(f".{path.name}.{os.getpid()}.restoring")
    with told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(source, draft)
            _flushed(draft)
            # The old journal goes with the old file: beside the new one it would damage it.
            for end in ("-wal", "-shm", "-journal", ""):
                Path(f"{path}.replaced{end}").unlink(missing_ok=True)
                with suppress(FileNotFoundError):
                    Path(f"{path}{end}").replace(f"{path}.replaced{end}")
            draft.replace(path)
            _flushed(path.parent)
        finally:
            draft.unlink(missing_ok=True)


def _flushed(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
