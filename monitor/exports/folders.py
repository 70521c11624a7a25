"""Files in one zip or folder, always the same bytes: fixed order, fixed times, a hash of each."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

Files = Mapping[str, bytes]
_WHEN: Final = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can say; it says nothing of ours
_MODE: Final = 0o644 << 16


def manifest(files: Files) -> bytes:
    """Return the size and SHA-256 of each file, as JSON."""
    told = {
        name: {"bytes": len(files[name]), "sha256": sha256(files[name]).hexdigest()}
        for name in sorted(files)
    }
    return (json.dumps({"files": told}, indent=1, ensure_ascii=False) + "\n").encode()


def zipped(files: Files, top: str) -> bytes:
    """Return a zip of the files in a folder ``top``; the same files are the same bytes."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as into:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{top}/{name}", _WHEN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = _MODE
            into.writestr(entry, files[name])
    return sink.getvalue()


def written(files: Files, folder: Path) -> None:
    """Write the files into a folder, which is made, and set one time for all.

    Raises:
        FileExistsError: the folder holds something already; nothing is written over.
        ValueError: a name leads out of the folder; nothing is written at all.
        OSError: it cannot be written.
    """
    home = folder.resolve()
    for name in files:
        if "\0" in name or home not in (home / name).resolve().parents:
            message = f"{name!r} leads out of the folder"
            raise ValueError(message)
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(17, "not empty; name a new folder", str(folder))
    for name in sorted(files):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(files[name])
        os.utime(target, (315_532_800, 315_532_800))
