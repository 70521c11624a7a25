"""Streams that can only be unpacked from their beginning, read as if one could go back in them.

The last megabyte stays at hand, so that looking at a place twice costs nothing. Where a stream is
damaged or cut off it ends, and says why: what came out before is as good as ever.
"""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from typing import IO

_STEP = 1 << 18
_KEPT = 1 << 20


class Stream:
    """What comes out of a compressed file; ``broken`` is why it ends where it does, if early."""

    def __init__(self, file: io.BufferedIOBase | IO[bytes]) -> None:
        self._file = file
        self._kept, self._base, self._at = bytearray(), 0, 0
        self.broken = ""

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, none at the end."""
        out: list[bytes] = []
        while size:
            begin = self._at - self._base
            piece = bytes(self._kept[begin : begin + size] if size > 0 else self._kept[begin:])
            if not piece and not self._more():
                break
            out.append(piece)
            self._at += len(piece)
            size -= len(piece) if size > 0 else 0
        return b"".join(out)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a position: a little back, or forward, or all of it anew."""
        if whence == 2:
            while self._more():
                pass
        target = max(0, offset + (0, self._at, self._base + len(self._kept))[whence])
        if target < self._base:
            self._file.seek(0)
            self._kept, self._base = bytearray(), 0
        while target > self._base + len(self._kept) and self._more():
            pass
        self._at = target
        return target

    def tell(self) -> int:
        """Return the position."""
        return self._at

    def _more(self) -> bool:
        try:
            data = self._file.read1(_STEP)  # type: ignore[union-attr] # all that are opened have it
        except (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as problem:
            self.broken, data = str(problem), b""
        self._kept += data
        if len(self._kept) > 2 * _KEPT:
            self._base += len(self._kept) - _KEPT
            del self._kept[:-_KEPT]
        return bool(data)
