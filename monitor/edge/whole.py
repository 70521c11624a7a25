"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from store.opening import flushed


def write_whole(path: Path, data: bytes, *, mode: int | None = None) -> None:
    """Put ``data`` in the place of the file: who reads it sees the old one or the new, on the disk.

    ``mode`` is the file's from its first byte on; without it that of the file which is replaced.
    What a process that was killed left of it is cleared away by the next one that writes it, for
    the draft is named by the file. Raises OSError, and then leaves the file as it was.
    """
    draft = path.with_name(f".{path.name}.partial")
    draft.unlink(missing_ok=True)
    kept = path.stat().st_mode & 0o777 if mode is None else None
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    handle = os.open(draft, flags, 0o600 if mode is None else mode)
    try:
        with os.fdopen(handle, "wb") as file:
            if kept is not None:
                os.fchmod(handle, kept)
            file.write(data)
            file.flush()
            os.fsync(handle)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    flushed(path.parent)
