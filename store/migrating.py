"""Bringing an older store up to date: a copy of it first, then all steps in one transaction.

A kill at any moment leaves the store as it was or as it will be. Two processes that meet an old
store wait for one another, so that one copy is made; and nobody changes the store under a service
of the older version that is still running.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from store import backups, schema
from store.faults import AlreadyRunning, StoreFull
from store.lock import holder
from store.opening import schema_of
from store.sql import Db, pragma, write

log = logging.getLogger(__name__)


def bring_up_to_date(db: Db, path: Path) -> None:
    """Give an existing store the schema of this program. One comparison when it has it already.

    Raises:
        SchemaTooNew: a newer Torkham wrote it.
        AlreadyRunning: a service, of the older version, works on it: stop that first.
        StoreFull: there is no room for the copy or for the change; the store is as it was.
    """
    if schema_of(db, path) == schema.SCHEMA_VERSION:
        return
    running = holder(path.parent)
    if running is not None and running != os.getpid():
        raise AlreadyRunning(path.parent, running or None)
    with _alone(path.parent / backups.FOLDER):
        version = schema_of(db, path)  # another process may have done it while we waited
        if version < schema.SCHEMA_VERSION:
            _changed(db, path, version)


def _changed(db: Db, path: Path, version: int) -> None:
    size = pragma(db, "page_count") * pragma(db, "page_size")
    try:
        backups.room_for(size + size // 2, path.parent)  # the copy, and the journal of the change
    except StoreFull as error:
        raise StoreFull(
            f"{error}. Bringing {path} from schema {version} to {schema.SCHEMA_VERSION} needs a"
            " copy of it first; until then run the version that wrote it"
        ) from None
    log.warning(
        "the store is of an older version (schema %d): copying %.1f MB before it becomes schema %d",
        version, size / 1e6, schema.SCHEMA_VERSION,
    )  # fmt: skip
    kept = backups.before_migration(path, version)
    migrate(db)
    log.warning("the store is schema %d now; as it was, it stands in %s",
                schema.SCHEMA_VERSION, kept)  # fmt: skip


def migrate(db: Db) -> None:
    """Apply every step that is missing, all or none."""
    with write(db):
        if pragma(db, "user_version") < schema.SCHEMA_VERSION:
            schema.migrations.apply(db)
            db.conn.execute(f"PRAGMA user_version = {schema.SCHEMA_VERSION}")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no other process brings a store in this folder up to date."""
    folder.mkdir(exist_ok=True)
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with suppress(OSError):  # a file system without locks; the write lock is still there
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
