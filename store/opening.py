"""A connection to a file of ours, and what every file of ours must say of itself."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

from store import schema
from store.dictionaries import Dictionaries
from store.faults import SchemaTooNew, StoreCorrupt, StoreError
from store.folding import FOLD, fold
from store.grounds import RECOUNTED, recounting
from store.packing import UNPACKED, unpacking
from store.sql import Db, pragma
from store.sqlite import Database, sqlite3

BUSY_SECONDS = 10.0
CACHE_KB = 16_000
READER_KB = 2_000
"""SQLite's own, for whoever reads: a page comes once to a visitor, a digest, a check, a copy.

With sixteen they took the same time and 5 to 14 MB more, each, from as many jobs and visits at a
time as there are; and what is freed among what stays cannot all be given back."""
JOURNAL_PAGES = 4_000
"""About 16 MB, after which what is in the journal is folded back into the file."""


def opened(
    path: Path, busy_seconds: float = BUSY_SECONDS, *, cache_kb: int = CACHE_KB
) -> Db:  # fmt: skip
    """Open a file that is there; never makes one. Nothing is checked yet."""
    # mode=rw never makes a file; isolation_level=None leaves every BEGIN to write().
    uri = f"file:{quote(os.fsencode(path.absolute()))}?mode=rw"
    conn = sqlite3.connect(
        uri, uri=True, timeout=busy_seconds, isolation_level=None, cached_statements=512
    )  # fmt: skip
    conn.create_function(FOLD, 1, fold, deterministic=True)
    known = Dictionaries(conn)
    conn.create_function(UNPACKED, 3, unpacking(known), deterministic=True)
    conn.create_function(RECOUNTED, 1, recounting(known), deterministic=True)
    # Plugins of sqlite-utils that happen to be installed have no business in this file.
    db = Database(conn, execute_plugins=False, recursive_triggers=False)
    conn.execute("PRAGMA foreign_keys = ON")
    # SQLite's 2 MB are less than the sixteen articles of one write touch: pages were written into
    # the journal and read again within it (6.9 to 5.6 ms of SQL an article).
    conn.execute(f"PRAGMA cache_size = -{cache_kb}")
    # Its 1,000 pages are about what such a write changes: each would copy all of them back into
    # the file at once, those that the next write changes again among them (.7 to .5 ms an article).
    conn.execute(f"PRAGMA wal_autocheckpoint = {JOURNAL_PAGES}")
    return db


def schema_of(db: Db, path: Path) -> int:
    """Return which schema a file has, one that this version can read.

    Raises:
        StoreError: it is some other program's file.
        SchemaTooNew: a newer Torkham wrote it.
        StoreCorrupt: it says that it is ours, and holds nothing.
    """
    if pragma(db, "application_id") != schema.APPLICATION_ID:
        raise StoreError(f"{path} is not a Torkham store: name another file, or restore a backup")
    version = pragma(db, "user_version")
    if version > schema.SCHEMA_VERSION:
        raise SchemaTooNew(
            f"{path} was written by a newer Torkham (schema {version}, this one knows"
            f" {schema.SCHEMA_VERSION}): install that version again, or restore the copy it made"
            " before it changed the store (docs/how-to/upgrade.md)"
        )
    if version < schema.SCHEMA_VERSION and not _has_tables(db):
        raise StoreCorrupt(f"{path} holds no tables: restore a backup, or remove the file")
    return version


def _has_tables(db: Db) -> bool:
    sql = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'feeds'"
    return db.conn.execute(sql).fetchone() is not None


def flushed(path: Path) -> None:
    """Have the disk keep what was written to a file, or to a folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
