"""Copies of the store: taken while others write, checked, counted, rotated, and put back.

A copy holds what was committed at one moment: it is read inside one transaction, in which the rows
of every table are counted as well. It stands under its name only when it passed SQLite's integrity
check and holds exactly as many rows; a kill leaves a hidden draft, which the next one removes.

    data/backups/torkham-2026-03-10.db             made in a night, rotated by days and weeks
    data/backups/before-58-from-31-….db            the store as schema 31, before it became 58
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from store import schema
from store.faults import StoreCorrupt, StoreFull, is_damage, told
from store.opening import READER_KB, flushed, opened, schema_of
from store.sql import Db, pragma
from store.sqlite import sqlite3

FOLDER = "backups"
STEP_PAGES = 2_000  # 8 MB; how often progress is told
SPARE_BYTES = 256 * 1024  # left over for the service beside a copy
MIGRATIONS_KEPT = 2  # copies made before a migration; each is as large as the store

Progress = Callable[[int, int], None]  # pages done, pages in all
Rows = Mapping[str, int]

_NIGHTLY = re.compile(r"torkham-(\d{4}-\d{2}-\d{2})(T\d{6})?\.db")
_BEFORE = re.compile(r"before-\d+-from-\d+-\d{8}T\d{6}\.db")


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """A copy of the store that was checked: where it is, its bytes, and the rows of each table."""

    path: Path
    size: int
    schema: int
    rows: Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Nightly:
    """A copy made in a night, by its name. It stands there because it was whole."""

    path: Path
    on: date
    size: int


# --- making a copy --------------------------------------------------------------------------


def copy(source: Path, target: Path, *, progress: Progress | None = None) -> Copied:
    """Copy a store, as of one moment, to ``target``: it is there whole and checked, or not.

    Safe beside writers: with a WAL journal they go on; with the rollback journal their commits
    wait while the file is read. The copy is one file without a journal.

    Raises:
        StoreFull: there is no room for it; nothing was begun.
        StoreCorrupt: the source does not hold together; what stood at ``target`` stays.
    """
    with told(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        sweep(target.parent)
        with _draft(target) as draft:
            made = _copied(source, draft, progress)
            flushed(draft)
            draft.replace(target)
            flushed(target.parent)
    return Copied(path=target, size=target.stat().st_size, schema=made[0], rows=made[1])


def _copied(source: Path, draft: Path, progress: Progress | None) -> tuple[int, Rows]:
    with closing(opened(source, cache_kb=READER_KB)) as db:
        version = schema_of(db, source)
        room_for(pragma(db, "page_count") * pragma(db, "page_size"), draft.parent)
        # The counts and the copy are of one read transaction, hence of one moment.
        db.conn.execute("BEGIN")
        rows = counted(db)
        with closing(sqlite3.connect(draft)) as new:
            new.execute(f"PRAGMA cache_size = -{READER_KB}")
            new.execute("PRAGMA synchronous = OFF")  # the draft is flushed as a whole
            db.conn.backup(new, pages=STEP_PAGES, progress=_telling(progress))
            new.execute("PRAGMA journal_mode = delete")
        db.conn.execute("COMMIT")
    found = _checked(draft)
    if found != (version, rows):
        raise StoreCorrupt(f"the copy of {source} is not what was copied: check the disk")
    return version, rows


def _telling(progress: Progress | None) -> Callable[[int, int, int], None] | None:
    if progress is None:
        return None
    return lambda _status, left, total: progress(total - left, total)


def counted(db: Db) -> dict[str, int]:
    """Return how many rows each table holds, those of the word index among them."""
    names = db.conn.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
        " ORDER BY name"
    ).fetchall()
    count = 'SELECT count(*) FROM "{}"'
    return {name: db.conn.execute(count.format(name)).fetchone()[0] for (name,) in names}


def _checked(path: Path) -> tuple[int, Rows]:
    """Read a whole copy. Raises what ``verify`` raises."""
    try:
        with closing(opened(path, cache_kb=READER_KB)) as db:
            version = schema_of(db, path)
            found = db.conn.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if found == "ok":
                return version, counted(db)
    except sqlite3.Error as error:
        if not is_damage(error):
            raise
        found = error
    first = " ".join(str(found).split())
    raise StoreCorrupt(f"{path} is damaged ({first}): name another backup")


def verify(path: Path) -> Copied:
    """Make sure a file is a whole Torkham store that this version can read, without changing it.

    Raises:
        StoreError: it is no Torkham store.
        SchemaTooNew: a newer Torkham wrote it.
        StoreCorrupt: it is damaged, missing or empty.
    """
    with told(path):
        if not path.is_file() or path.stat().st_size == 0:
            raise StoreCorrupt(f"{path} is missing or empty: name a backup made by Torkham")
        version, rows = _checked(path)
        return Copied(path=path, size=path.stat().st_size, schema=version, rows=rows)


def room_for(size: int, folder: Path) -> None:
    """Raise StoreFull when ``size`` bytes and a little over do not fit into a folder's disk."""
    free = shutil.disk_usage(folder).free
    if free < size + SPARE_BYTES:
        raise StoreFull(  # the same words as long as it lasts: it is told once
            f"there is no room for a copy of the store in {folder}, which takes"
            f" {max(1, round(size / 1e6)):,} MB: free some space"
        )


# --- drafts ---------------------------------------------------------------------------------


@contextmanager
def _draft(target: Path) -> Iterator[Path]:
    """Give a hidden file beside ``target``, locked while it is made and gone at the end."""
    draft = target.with_name(f".{target.name}.{os.getpid()}.partial")
    handle = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o640)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield draft
    finally:
        _remove(draft)
        os.close(handle)


def sweep(folder: Path) -> int:
    """Remove drafts whose maker was killed; return how many. One being made is left alone."""
    gone = 0
    for draft in folder.glob(".*.partial"):
        with suppress(FileNotFoundError), draft.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            _remove(draft)
            gone += 1
    return gone


def _remove(draft: Path) -> None:
    for end in ("", "-journal", "-wal", "-shm"):
        Path(f"{draft}{end}").unlink(missing_ok=True)


# --- by night -------------------------------------------------------------------------------


def nightly(folder: Path, on: date) -> Path:
    """Return the name of the copy of a night."""
    return folder / f"torkham-{on}.db"


def found(folder: Path) -> list[Nightly]:
    """Return the nightly copies in a folder, the newest first."""
    copies = []
    for path in folder.glob("torkham-*.db"):
        named = _NIGHTLY.fullmatch(path.name)
        with suppress(ValueError, FileNotFoundError):
            if named:
                on = date.fromisoformat(named[1])
                copies.append(Nightly(path=path, on=on, size=path.stat().st_size))
    return sorted(copies, key=lambda one: (one.on, one.path.name), reverse=True)


def rotate(folder: Path, made_on: date, *, keep_days: int, keep_weeks: int) -> list[Path]:
    """Remove what is older than both rules keep; return what went.

    Kept are the copies of the newest ``keep_days`` days that have any, so that one made by hand
    pushes out no night, and the newest of each of the ``keep_weeks`` latest weeks that have one.
    The copy of ``made_on``, which was just checked, is never removed, nor is one dated later: a
    clock that was wrong for a day must not cost the good ones.
    """
    copies = [one for one in found(folder) if one.on <= made_on]
    weeks: dict[tuple[int, int], Nightly] = {}
    for one in copies:  # the newest first
        weeks.setdefault(one.on.isocalendar()[:2], one)
    days = list(dict.fromkeys(one.on for one in copies))[: max(1, keep_days)]
    kept = {*(one for one in copies if one.on in days), *list(weeks.values())[:keep_weeks]}
    gone = [one.path for one in copies if one not in kept and one.on != made_on]
    for path in gone:
        path.unlink(missing_ok=True)
    return gone


# --- before a migration ---------------------------------------------------------------------


def before_migration(path: Path, version: int) -> Path:
    """Copy the store as it stands, older than this program, and return where the copy is.

    The oldest of such copies go when there are more than a few; nightly rotation knows none.
    """
    folder = path.parent / FOLDER
    at = datetime.fromtimestamp(_changed(path), UTC)  # no clock: when the file last changed
    target = folder / f"before-{schema.SCHEMA_VERSION}-from-{version}-{at:%Y%m%dT%H%M%S}.db"
    copy(path, target)
    for old in migrations(folder)[MIGRATIONS_KEPT:]:
        if old != target:
            old.unlink(missing_ok=True)
    return target


def migrations(folder: Path) -> list[Path]:
    """Return the copies made before a migration, the newest first."""
    paths = [path for path in folder.glob("before-*.db") if _BEFORE.fullmatch(path.name)]
    return sorted(paths, key=lambda path: path.name.rpartition("-")[2], reverse=True)


def _changed(path: Path) -> float:
    times = [path.stat().st_mtime]
    with suppress(FileNotFoundError):
        times.append(Path(f"{path}-wal").stat().st_mtime)
    return max(times)


# --- putting back ---------------------------------------------------------------------------


def restore(
    source: Path, path: Path, prepare: Callable[[Path], None] = lambda _draft: None, *,
    progress: Progress | None = None,
) -> Copied:  # fmt: skip
    """Put a checked backup in the store's place; what it replaces stays as ``*.replaced``.

    The caller holds the data folder (``hold``): nobody else may have the store open. What lies in
    a journal beside the backup belongs to it and is brought along. ``prepare`` may change the copy
    before it takes its place.
    """
    verify(source)
    with told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path.parent)
        with _draft(path) as draft:
            version, rows = _copied(source, draft, progress)
            prepare(draft)
            flushed(draft)
            put_aside(path)
            draft.replace(path)
            flushed(path.parent)
    return Copied(path=path, size=path.stat().st_size, schema=version, rows=rows)


def put_aside(path: Path) -> Path | None:
    """Rename what stands in the store's place, its journal with it; return its new name.

    Nothing that was put aside before is lost: names are counted on.
    """
    there = os.path.lexists(path)
    aside = _free(path) if there else None
    # The file goes first: killed in between, a journal without its file is refused at the next
    # start, where a file without its journal would lose the last writes without a word.
    if aside is not None:
        path.replace(aside)
    for end in ("-wal", "-shm", "-journal"):
        # The old journal goes with the old file: beside the new one it would damage it.
        with suppress(FileNotFoundError):
            Path(f"{path}{end}").replace(f"{aside or _free(path)}{end}")
    return aside


def _free(path: Path) -> Path:
    names = (f"{path}.replaced{n}" for n in ("", *(f"-{n}" for n in range(2, 10_000))))
    return next(Path(name) for name in names if not _taken(name))


def _taken(name: str) -> bool:
    return any(os.path.lexists(f"{name}{end}") for end in ("", "-wal", "-shm", "-journal"))
