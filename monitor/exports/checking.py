"""An export checked: are its files whole, are its texts the ones named, do we hold them too?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitor.exports.bringing import is_export, read_export
from monitor.exports.opening import ExportError, none_in
from store import snapshots
from store.db import Db
from store.members import hashes_of

_LINE = 1_000_000  # bytes of a reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What an export turned out to be. ``snapshot`` is the hash of its records, computed anew.

    Of references ``here`` counts those whose text is held here, decided upon or not, ``differs``
    those with another text at the same address, and ``missing`` the rest.
    """

    kind: str  # "snapshot", "texts", "references"
    texts: int
    snapshot: str | None = None
    removed: int = 0
    here: int | None = None
    differs: tuple[str, ...] = ()
    missing: int | None = None


def check(db: Db | None, path: Path) -> Checked:
    """Return what an export holds, every hash computed anew.

    Raises:
        ExportError: it is none, or something in it is not what its hash names.
        OSError: it cannot be read.
    """
    if not is_export(path):
        return _references(db, path)
    found = read_export(path)
    if found.refused:
        first = found.refused[0]
        raise ExportError(f"{path}: line {first.line}: {first.why}")
    return Checked(
        kind="snapshot" if found.fixed else "texts",
        texts=len(found.members),
        snapshot=snapshots.name_of(found.members),
        removed=sum(m.body is None for m in found.members),
    )


def _references(db: Db | None, path: Path) -> Checked:
    told = {str(row["id"]): str(row["sha256"]) for row in _rows(path)}
    if not told:
        raise ExportError(f"{path}: no export of Torkham: neither texts nor references are in it")
    held = {} if db is None else hashes_of(db, list(told))
    here = sum(text in held.get(name, ()) for name, text in told.items())
    differs = tuple(sorted(name for name in held if told[name] not in held[name]))
    return Checked(
        kind="references",
        texts=len(told),
        here=here,
        differs=differs,
        missing=len(told) - here - len(differs),
    )


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        raise ExportError(f"{path}: not a file, and no snapshot's folder")
    if path.suffix.lower() == ".zip":
        raise none_in(path)
    with path.open("rb") as file:
        number = 0
        while raw := file.readline(_LINE):
            number += 1
            try:
                row = json.loads(raw)
            except (ValueError, RecursionError):
                row = None
            if not isinstance(row, dict) or row.get("format") != "torkham.references/1":
                raise ExportError(f"{path}: line {number} is no reference of Torkham")
            if not {"id", "sha256"} <= set(row):
                raise ExportError(f"{path}: line {number} names no hash")
            yield row
