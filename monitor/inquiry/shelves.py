"""Where files come from: a folder or a zip, each giving its files by name and nothing beyond them.

A list of references names files by path. Such a path is followed inside its own folder alone: no
``..``, nothing absolute that lies elsewhere, no link that leads out.
"""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath
from typing import Protocol

from monitor.stages.documents.kinds import NAMED

LARGEST = 30_000_000  # bytes of one file
MOST_MEMBERS = 10_000  # of an archive


class Shelf(Protocol):
    """Files by name. ``read`` raises ValueError, in words, for what cannot be had."""

    def names(self) -> Iterator[str]:
        """Yield the names of the files that may be texts, in order."""

    def passed(self) -> str:
        """Return in words what else is there and is not read; "": nothing."""

    def read(self, name: str) -> bytes:
        """Return a file's bytes."""

    def beside(self, name: str, path: str) -> str:
        """Return the name of what a list called ``name`` calls ``path``."""


class Folder:
    """A folder and all below it, but for what is read ``elsewhere``: files, and whole folders."""

    def __init__(self, root: Path, elsewhere: Collection[Path] = ()) -> None:
        self._root = root
        self._elsewhere = frozenset(elsewhere)

    def names(self) -> Iterator[str]:
        """Yield the readable files below, sorted; hidden ones and links that lead out are not."""
        return (name for name, kind in self._all() if not kind)

    def passed(self) -> str:
        """Return in words what else is there; hidden files are not counted."""
        return _counted(Counter(kind for _, kind in self._all() if kind))

    def _all(self) -> Iterator[tuple[str, str]]:
        """The files below by name, each with what it is counted as; "": it is read."""
        home = self._root.resolve()
        below = sorted(self._root.rglob("*"))
        found = [path for path in below if path.is_symlink() or path.is_file()]
        names = {path.relative_to(self._root).as_posix() for path in found}
        for path in found:
            within = path.relative_to(self._root)
            if any(part.startswith(".") for part in within.parts):
                continue
            if not self._elsewhere.isdisjoint((path, *path.parents)):
                continue
            if not path.resolve().is_relative_to(home):
                yield str(within), _OUTSIDE
            elif path.is_file():
                yield str(within), _aside(PurePosixPath(within.as_posix()), names)

    def read(self, name: str) -> bytes:
        """Return a file's bytes; at most ``LARGEST``."""
        return bytes_of(self._root / name)

    def beside(self, name: str, path: str) -> str:
        """Return the file's name below this folder; ValueError for one that lies elsewhere."""
        base = (self._root / name).parent
        given = Path(path.replace("\\", "/"))
        if ".." in given.parts or "\0" in path:
            raise ValueError("its path leads out of the folder")
        try:
            found = (base / given).resolve()
            if not found.is_relative_to(base.resolve()):
                raise ValueError("its path leads out of the folder")
            there = found.is_file()
        except (OSError, RuntimeError):  # a name longer than any, a link to itself
            raise ValueError("its file cannot be looked for") from None
        if not there:
            raise ValueError("its file is not there")
        return str(found.relative_to(self._root.resolve()))


class Archive:
    """A zip archive. Its members are read one at a time and never unpacked to the disk."""

    def __init__(self, source: Path | bytes) -> None:
        self._source = source
        try:
            with zipfile.ZipFile(self._opened()) as archive:
                members = archive.infolist()
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as problem:
            raise ValueError(f"the archive is damaged: {problem}") from None
        if len(members) > MOST_MEMBERS:
            raise ValueError(f"the archive has more than {MOST_MEMBERS:,} files")
        named = [_plain(m.filename) for m in members if not m.is_dir()]
        self._members = {_plain(m.filename): m.filename for m in members if not m.is_dir()}
        self._hidden = len(named) - len(self._members)  # the last of a name is read, as by others

    def _opened(self) -> Path | io.BytesIO:
        return io.BytesIO(self._source) if isinstance(self._source, bytes) else self._source

    def names(self) -> Iterator[str]:
        """Yield the readable members, sorted."""
        return (name for name, kind in self._all() if not kind)

    def passed(self) -> str:
        """Return in words what else is there; hidden files are not counted."""
        kinds = Counter(kind for _, kind in self._all() if kind)
        return _counted(kinds + Counter({_TWICE: self._hidden}))

    def _all(self) -> Iterator[tuple[str, str]]:
        for name in sorted(self._members):
            path = PurePosixPath(name)
            if path.is_absolute() or ".." in path.parts:
                yield name, _OUTSIDE
            elif not any(part.startswith((".", "__MACOSX")) for part in path.parts):
                yield name, _aside(path, self._members)

    def read(self, name: str) -> bytes:
        """Return a member's bytes; at most ``LARGEST``, whatever the archive declares."""
        try:
            with (
                zipfile.ZipFile(self._opened()) as archive,
                archive.open(self._members[name]) as file,
            ):
                body = file.read(LARGEST + 1)
        except KeyError:
            raise ValueError("its file is not in the archive") from None
        except RuntimeError:
            raise ValueError("it is encrypted") from None
        except Exception as problem:  # noqa: BLE001 - zlib.error and its like: one member
            raise ValueError(f"the archive is damaged there: {problem}") from None
        return _bounded(body)

    def beside(self, name: str, path: str) -> str:
        """Return the member's name; ValueError for a path that leads out or names none."""
        given = PurePosixPath(path.replace("\\", "/"))
        if given.is_absolute() or ".." in given.parts:
            raise ValueError("its path leads out of the archive")
        found = str(PurePosixPath(name).parent / given)
        if found not in self._members:
            raise ValueError("its file is not in the archive")
        return found


class One:
    """A single file that was handed over; it knows no other."""

    def __init__(self, name: str, body: bytes) -> None:
        self._name, self._body = name, body

    def names(self) -> Iterator[str]:
        """Yield its name."""
        yield self._name

    def passed(self) -> str:
        """Return "": nothing else is there."""
        return ""

    def read(self, name: str) -> bytes:  # noqa: ARG002 - there is but one
        """Return its bytes; at most ``LARGEST``."""
        return _bounded(self._body)

    def beside(self, name: str, path: str) -> str:  # noqa: ARG002 - there is but one
        """Refuse: nothing stands beside it."""
        raise ValueError("its file did not come with it; send folder and list as one zip")


_OUTSIDE, _OF_PAGE = "a path that leads out of it", "a part of a saved page"
_TWICE = "a file under whose name another follows"
_PARTS = "_files"  # browsers keep the parts of "page.html" in "page_files"


def _aside(path: PurePosixPath, names: Collection[str]) -> str:
    """What a file is counted as that is not read; "": it is read."""
    for folder in path.parents:
        page = str(folder).removesuffix(_PARTS)
        if page != str(folder) and {f"{page}.html", f"{page}.htm"} & set(names):
            return _OF_PAGE
    if path.suffix.lower() in NAMED:
        return ""
    return f"{path.suffix.lower()[:12]} file" if path.suffix else "file without an ending"


def _counted(kinds: Counter[str]) -> str:
    return ", ".join(f"{kind} ({n})" if n > 1 else kind for kind, n in sorted(kinds.items()))


def _plain(name: str) -> str:
    return name.replace("\\", "/")


def bytes_of(path: Path) -> bytes:
    """Return a file's bytes. Raises ValueError, in words, for none, and for more than LARGEST."""
    try:
        if path.exists() and not path.is_file():
            raise ValueError("not a file")
        with path.open("rb") as file:
            return _bounded(file.read(LARGEST + 1))
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None


def _bounded(body: bytes) -> bytes:
    if len(body) > LARGEST:
        raise ValueError(f"larger than {LARGEST:,} bytes")
    return body
