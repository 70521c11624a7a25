"""A snapshot's folder or zip, opened with care: only known names, never more than so many bytes."""

from __future__ import annotations

import json
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Final

from monitor.exports.bundle import MANIFEST, MODEL, SNAPSHOT, TEXTS

MOST_BYTES: Final = 4_000_000_000  # of a file, unpacked
SMALL: Final = 64_000_000  # of a file that is read whole
_PART: Final = 1 << 20


_DAMAGED: Final = (
    zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, EOFError, UnicodeDecodeError,
)  # fmt: skip
"""What reading a zip raises where a bit of it has moved or its end is gone."""


class ExportError(Exception):
    """What was named is no export of ours, or was changed since; the message says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A folder, or a zip with one folder in it."""

    path: Path
    top: str = ""  # of a zip: the folder inside, with its slash

    def names(self) -> frozenset[str]:
        """Return the names of the files inside."""
        if self.path.is_dir():
            found = (p for p in self.path.rglob("*") if p.is_file() and not p.is_symlink())
            return frozenset(str(p.relative_to(self.path)) for p in found)
        with _zip(self.path) as inside:
            files = [n for n in inside.namelist() if not n.endswith("/")]
        return frozenset(n.removeprefix(self.top) for n in files)

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Open one of the files. Raises ExportError where there is none, or one too large."""
        if self.path.is_dir():
            target = self.path / name
            if target.is_symlink() or not target.is_file():
                raise ExportError(f"{self.path}: {name} is missing")
            with target.open("rb") as file:
                yield file
            return
        with _zip(self.path) as inside:
            try:
                entry = inside.getinfo(self.top + name)
            except KeyError:
                raise ExportError(f"{self.path}: {name} is missing") from None
            if entry.file_size > MOST_BYTES or entry.flag_bits & 1:
                raise ExportError(f"{self.path}: {name} is too large, or encrypted")
            try:
                with inside.open(entry) as file:
                    yield file
            except _DAMAGED as error:
                raise ExportError(f"{self.path}: {name} is damaged ({error})") from None

    def whole(self, name: str) -> bytes:
        """Return a small file. Raises ExportError where it is missing or large."""
        with self.open(name) as file:
            raw = file.read(SMALL + 1)
        if len(raw) > SMALL:
            raise ExportError(f"{self.path}: {name} is larger than {SMALL:,} bytes")
        return raw

    def json(self, name: str) -> dict[str, Any]:
        """Return a file that is a JSON object. Raises ExportError where it is not."""
        try:
            found = json.loads(self.whole(name))
        except (ValueError, RecursionError):
            raise ExportError(f"{self.path}: {name} is no JSON") from None
        if not isinstance(found, dict):
            raise ExportError(f"{self.path}: {name} is no JSON object")
        return found

    def changed(self) -> list[str]:
        """Return the files that are not as the manifest has them: missing, changed or added.

        What systems leave in every folder they show is none of ours, and is not read.
        """
        listed = self.json(MANIFEST).get("files")
        if not isinstance(listed, dict):
            raise ExportError(f"{self.path}: {MANIFEST} lists no files")
        there = {n for n in self.names() if not _litter(n)} - {MANIFEST}
        wrong = sorted(there ^ set(listed))
        for name in sorted(there & set(listed)):
            said = listed[name]
            if not isinstance(said, dict) or self._hash(name) != said.get("sha256"):
                wrong.append(name)
        return wrong

    def _hash(self, name: str) -> str:
        found = sha256()
        with self.open(name) as file:
            while part := file.read(_PART):
                found.update(part)
        return found.hexdigest()


def _litter(name: str) -> bool:
    """Whether it is what Finder, Explorer and their like write beside the files they show."""
    *folders, last = name.split("/")
    return "__MACOSX" in folders or last.startswith("._") or last in _LITTER


_LITTER: Final = frozenset({".DS_Store", "Thumbs.db", "desktop.ini", ".directory"})


@contextmanager
def _zip(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as inside:
            yield inside
    except _DAMAGED as error:
        raise ExportError(f"{path}: no whole zip file ({error})") from None


def box(path: Path) -> Box | None:
    """Return a snapshot's folder or zip, whole or not; None where the path is something else."""
    if path.is_dir():
        # Other programs call files so, too: one of the files beside it tells that it is ours.
        ours = (path / SNAPSHOT).is_file() and any((path / n).is_file() for n in (MANIFEST, TEXTS))
        return Box(path=path) if ours else None
    if path.suffix.lower() != ".zip" or not path.is_file():
        return None
    try:
        return _packed(path)
    except (ExportError, OSError):
        return None


def _packed(path: Path) -> Box | None:
    with _zip(path) as inside:
        found = [n for n in inside.namelist() if n.endswith(f"/{SNAPSHOT}")]
    return Box(path=path, top=found[0].removesuffix(SNAPSHOT)) if len(found) == 1 else None


def none_in(path: Path) -> ExportError:
    """Return why a zip is no snapshot: it is damaged, or there is none in it."""
    try:
        _packed(path)
    except ExportError as error:
        return error
    return ExportError(f"{path}: there is no snapshot in it")


__all__ = ["MODEL", "SNAPSHOT", "TEXTS", "Box", "ExportError", "box", "none_in"]
