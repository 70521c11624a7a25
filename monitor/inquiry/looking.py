"""Reading how the service does: the store, the disk and the backups, in a few milliseconds.

It never waits long and never raises for what it finds: a store that is locked, damaged or gone is
a fact like any other.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime, time
from pathlib import Path
from time import monotonic
from typing import Generic, TypeVar

from monitor.inquiry.ailments import Copies, Disk, Facts
from store import backups
from store.db import connect
from store.faults import StoreCorrupt, StoreError
from store.lock import cut_off
from store.signs import signs

LASTS = 3.0  # seconds
BUSY_SECONDS = 1.0
"""So long a locked store is waited for: whoever asks how the service does wants to know now."""


Found = TypeVar("Found")


class Kept(Generic[Found]):
    """What was read last, kept for a few seconds: a thousand who ask cost the store one look.

    Any thread may ask. While one reads, the others are given what was read before.
    """

    def __init__(self, read: Callable[[], Found], *, lasts: float = LASTS) -> None:
        self._read, self._lasts = read, lasts
        self._lock = threading.Lock()
        self._found: tuple[float, Found] | None = None

    def __call__(self) -> Found:
        """Return it, at most a few seconds old, or older while another reads it anew."""
        found = self._found
        if found is not None:
            if monotonic() - found[0] < self._lasts or not self._lock.acquire(blocking=False):
                return found[1]
        else:
            self._lock.acquire()
        try:
            if self._found is found:
                self._found = monotonic(), self._read()
            return self._found[1] if self._found else self._read()
        finally:
            self._lock.release()


Look = Kept[Facts]


def facts(
    database: Path,
    now: datetime,
    *,
    every: Mapping[str, float],
    begun_at: datetime | None = None,
    mistakes: tuple[str, ...] = (),
    unheard_since: datetime | None = None,
    unheard: str = "",
    elsewhere: tuple[str, ...] = (),
) -> Facts:
    """Read everything that ``wellness`` judges. Opens the store for itself and closes it again."""
    found, says, damaged = None, "", False
    try:
        with closing(connect(database, create=False, busy_seconds=BUSY_SECONDS)) as db:
            found = signs(db, now)
    except StoreError as error:
        says, damaged = str(error), isinstance(error, StoreCorrupt)
    return Facts(
        every=every,
        signs=found,
        store_says=says,
        damaged=damaged,
        absent=found is None and not database.exists(),
        disk=disk(database),
        copies=copies(database.parent / "backups"),
        begun_at=begun_at,
        cut_off=None if begun_at else cut_off(database.parent),
        mistakes=mistakes,
        unheard_since=unheard_since,
        unheard=unheard,
        elsewhere=elsewhere,
    )


def disk(database: Path) -> Disk | None:
    """Return how much room there is beside the store; None where nobody can say."""
    try:
        used = shutil.disk_usage(database.parent)
    except OSError:
        return None
    return Disk(
        total=used.total,
        free=used.free,
        database=_bytes(database),
        journal=_bytes(Path(f"{database}-wal")),
    )


def copies(folder: Path) -> Copies:
    """Return which nightly backups lie in ``folder``."""
    found = backups.found(folder)
    if not found:
        return Copies()
    # By its name: what a file system says of a file changes when the file is copied back.
    at = datetime.combine(found[0].on, time(), UTC)
    return Copies(n=len(found), newest_at=at, bytes=found[0].size)


def _bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
