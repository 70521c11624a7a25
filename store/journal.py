"""Whether the journal that was left beside a store is whole.

SQLite reads a WAL journal up to the first frame whose checksum is wrong and takes that for its end,
without a word: after a power cut it is. But a disk or a person that damaged it has then cost the
last writes, and the next start would not know. https://sqlite.org/fileformat2.html#walformat
"""

from __future__ import annotations

import struct
from pathlib import Path

HEADER, FRAME = 32, 24
MAGIC = {0x377F0682: "<", 0x377F0683: ">"}
MOST_BYTES = 64_000_000  # a checkpoint keeps it at a few; beyond, reading it would hold up a start


def damage(path: Path) -> str | None:
    """Say in a line that the journal of a store which nobody has open is damaged; None: it is not.

    What stands in it before the damage is still read by SQLite. Takes 0.1 s a megabyte.
    """
    journal = Path(f"{path}-wal")
    try:
        if not 0 < journal.stat().st_size <= MOST_BYTES:
            return None
        data = journal.read_bytes()
    except OSError:
        return None
    if not any(data[:HEADER]):
        return None  # made, and never written to
    at = _broken_at(data)
    if at is None:
        return None
    return (
        f"{journal} was damaged (at byte {at:,} of {len(data):,}): what was written last may be"
        " missing; compare with the newest backup"
    )


def _broken_at(data: bytes) -> int | None:
    """Return where the journal stops to hold together though it goes on; None: nowhere."""
    magic, _, page, _, *salts = struct.unpack(">6I", data[:24].ljust(24, b"\0"))
    order = MAGIC.get(magic)
    if order is None or not 512 <= page <= 65_536 or len(data) < HEADER:
        return 0
    sums = _summed(order, data[:24], (0, 0))
    if sums != struct.unpack(">2I", data[24:HEADER]):
        return 0
    for at in range(HEADER, len(data) - FRAME - page + 1, FRAME + page):
        head = data[at : at + FRAME]
        if head[8:16] != struct.pack(">2I", *salts):
            return None  # of an older round: the journal ends here
        sums = _summed(order, head[:8], sums)
        sums = _summed(order, data[at + FRAME : at + FRAME + page], sums)
        if sums != struct.unpack(">2I", head[16:]):
            return at
    return None


def _summed(order: str, data: bytes, sums: tuple[int, int]) -> tuple[int, int]:
    one, two = sums
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for first, second in zip(words[::2], words[1::2], strict=True):
        one = (one + first + two) & 0xFFFFFFFF
        two = (two + second + one) & 0xFFFFFFFF
    return one, two
