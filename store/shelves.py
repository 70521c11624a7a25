"""Files of kept pages, carried from one folder to another and checked on the way.

The name of a page's file is the hash of the page as it was fetched, so that each can be checked by
itself, a page that is there already need not be carried again, and none is ever overwritten.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from store.sql import Db, fetch

MOST_BYTES = 256 * 1024 * 1024  # of one page, unpacked: far beyond what is ever kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """How many pages were carried, were there already, were gone, and were damaged."""

    new: int = 0
    there: int = 0
    missing: int = 0
    damaged: int = 0


def wanted(db: Db) -> dict[str, int]:
    """Return the hashes of the pages that a store keeps, with their bytes on disk."""
    sql = "SELECT sha256, max(stored) AS stored FROM pages WHERE stored > 0 GROUP BY sha256"
    return {row["sha256"]: row["stored"] for row in fetch(db, sql)}


def carry(
    pages: Mapping[str, int], source: Path, target: Path, told: Callable[[int, int], None]
) -> Carried:
    """Bring the files of ``pages`` from one folder to another; ``told`` hears how far it is.

    Raises OSError when the target refuses; a page that is missing or damaged is counted. The disk
    may not have them yet when it returns: the caller flushes once for all.
    """
    counts = {"new": 0, "there": 0, "missing": 0, "damaged": 0}
    for at, (digest, size) in enumerate(pages.items()):
        counts[_carry(digest, size, source, target)] += 1
        if at % 50 == 0:
            told(at, len(pages))
    return Carried(**counts)


def _carry(digest: str, size: int, source: Path, target: Path) -> str:
    place = Path(digest[:2]) / f"{digest}.gz"
    with suppress(FileNotFoundError):
        if (target / place).stat().st_size == size:
            return "there"
    try:
        data = (source / place).read_bytes()
    except OSError:
        return "missing"
    if not _whole(data, digest):
        return "damaged"
    (target / place).parent.mkdir(parents=True, exist_ok=True)
    draft = (target / place).with_suffix(".part")
    draft.write_bytes(data)
    draft.replace(target / place)
    return "new"


def _whole(data: bytes, digest: str) -> bool:
    unpacked = sha256()
    inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
    total = 0
    try:
        while data:
            piece = inflate.decompress(data, 1024 * 1024)
            unpacked.update(piece)
            total += len(piece)
            if total > MOST_BYTES or not (piece or inflate.unconsumed_tail):
                break
            data = inflate.unconsumed_tail
    except zlib.error:
        return False
    return unpacked.hexdigest() == digest


def leave_only(pages: Mapping[str, int], folder: Path) -> int:
    """Remove the pages that a store no longer keeps from its copy; return how many."""
    gone = 0
    for path in folder.glob("??/*"):
        if path.suffix != ".gz" or path.stem not in pages:
            path.unlink(missing_ok=True)
            gone += 1
    return gone
