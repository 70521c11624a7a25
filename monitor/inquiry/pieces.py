"""From paths to pieces, one at a time: files, members of archives, entries of lists of references.

Nothing is held but the piece at hand and the names still to come. One bad file costs one file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from monitor.edge.worker import WorkerFault, Workers
from monitor.inquiry.bringing import Piece
from monitor.inquiry.opening import listed
from monitor.inquiry.shelves import Archive, Folder, One, Shelf
from monitor.model import Dropped
from monitor.stages.documents import Reference
from monitor.stages.documents.kinds import REFERENCES, kind_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A file that is still to be read: where it stands, and the name people know it by."""

    shelf: Shelf
    name: str
    shown: str


def names(paths: Iterable[Path], elsewhere: Collection[Path] = ()) -> Iterator[Named | Piece]:
    """Yield the files that paths name, lists of references first in each folder or archive.

    What cannot even be opened is a piece that says why. Of folders what is read ``elsewhere``,
    files and whole folders, is neither here nor passed over.
    """
    for path in paths:
        if path.is_dir():
            yield from _of_shelf(Folder(path, elsewhere), str(path))
        elif path.suffix.lower() == ".zip":
            try:
                yield from _of_shelf(Archive(path), str(path))
            except ValueError as why:
                yield Piece(file=str(path), refused=str(why))
        else:
            yield Named(shelf=Folder(path.parent), name=path.name, shown=str(path))


def parted(found: Iterable[Named | Piece]) -> tuple[list[Named | Piece], list[str]]:
    """Return the files to be read, and in words what of folders and archives is not read."""
    every = list(found)
    passed = [one for one in every if isinstance(one, Piece) and one.passed]
    told = [f"{one.file}: {one.refused}" for one in passed]
    return [one for one in every if one not in passed], told


def handed_over(name: str, body: bytes) -> Iterator[Named | Piece]:
    """Yield what a file holds that came without a folder: itself, or the members of an archive."""
    if not name.lower().endswith(".zip"):
        yield Named(shelf=One(name, body), name=name, shown=name)
        return
    try:
        yield from _of_shelf(Archive(body), name)
    except ValueError as why:
        yield Piece(file=name, body=body, refused=str(why))


def _of_shelf(shelf: Shelf, shown: str) -> Iterator[Named | Piece]:
    found = [Named(shelf=shelf, name=name, shown=f"{shown}/{name}") for name in shelf.names()]
    yield from sorted(found, key=lambda one: not _is_list(one.name))
    if passed := shelf.passed():
        yield Piece(file=shown, refused=f"passed over in it: {passed}", passed=True)


def _is_list(name: str) -> bool:
    return kind_of(name, b"") in REFERENCES


def pieces(found: Iterable[Named | Piece], workers: Workers) -> Iterator[Piece]:
    """Yield the pieces of files, each read when it is its turn.

    A file that a list of references names comes with its reference, and not a second time alone.
    """
    taken: set[tuple[int, str]] = set()
    for one in found:
        if isinstance(one, Piece):
            yield one
        elif (id(one.shelf), one.name) not in taken:
            yield from _of_file(one, workers, taken)


def _of_file(one: Named, workers: Workers, taken: set[tuple[int, str]]) -> Iterator[Piece]:
    try:
        body = one.shelf.read(one.name)
    except ValueError as why:
        yield Piece(file=one.shown, refused=str(why))
        return
    kind = kind_of(one.name, body)
    if kind not in REFERENCES:
        yield Piece(file=one.shown, body=body)
        return
    try:
        entries = workers.submit(listed, body, kind).result()
    except WorkerFault as fault:
        yield Piece(file=one.shown, refused=f"reading it was stopped: {fault.detail}")
        return
    if isinstance(entries, Dropped):
        yield Piece(file=one.shown, refused=entries.detail or entries.reason.value)
        return
    for problem in entries.problems:
        yield Piece(file=one.shown, refused=problem)
    for entry in entries.entries:
        yield _of_reference(one, entry, taken)


def _of_reference(one: Named, entry: Reference, taken: set[tuple[int, str]]) -> Piece:
    """The first file of an entry that can be read; else its abstract; else why there is neither."""
    why: list[str] = []
    there: list[str] = []
    for path in entry.files:
        try:
            there.append(one.shelf.beside(one.name, path))
        except ValueError as problem:
            why.append(f"{path[:200]}: {problem}")
    taken.update((id(one.shelf), name) for name in there)
    return _next(one, entry, there, why)


def _next(one: Named, entry: Reference, there: list[str], why: list[str]) -> Piece:
    """The first of these files, with a way to what follows should it be refused."""
    while there:
        name, *there = there
        try:
            body = one.shelf.read(name)
        except ValueError as problem:
            why = [*why, f"{name[:200]}: {problem}"]
            continue
        after = partial(_next, one, entry, there, why)
        rest = after if there or entry.abstract.strip() else None
        shown = f"{one.shown.removesuffix(one.name)}{name}"
        return Piece(file=shown, body=body, reference=entry, otherwise=rest)
    shown = f"{one.shown}#{entry.id}"
    if entry.abstract.strip():
        return Piece(file=shown, reference=entry)
    said = "; ".join(why) or "the reference names no file"
    return Piece(file=shown, refused=f"it has neither a file nor an abstract ({said})")
