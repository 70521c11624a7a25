"""Exports come back: every text with its record, and a whole snapshot under the same hash."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final

from classifiers.artifact import ArtifactError, loads
from monitor.exports import tables
from monitor.exports.opening import MODEL, SNAPSHOT, TEXTS, Box, ExportError, box
from monitor.exports.record import LARGEST, NoRecordError, member_of
from monitor.exports.sheet import markdown
from monitor.stages.documents import CLEANING
from store import imports, snapshots
from store.db import Db
from store.learned import Fixed, Member
from store.records import FORMAT

MOST: Final = 1_000_000  # texts
_TABLES: Final = frozenset({".csv", ".tsv"})
_EMPTY: Final = 20  # empty lines above the first one
_LINE: Final = 12 * LARGEST  # bytes: a text with every letter escaped, and its record


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A line that is no text of an export, and why, in words."""

    line: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What an export holds. ``fixed`` is the snapshot it is, where all of it is there."""

    members: tuple[Member, ...]
    refused: tuple[Refused, ...] = ()
    fixed: Fixed | None = None


@dataclass(slots=True, kw_only=True)
class _Reading:
    held: dict[str, Member] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)


def is_export(path: Path) -> bool:
    """Whether this is an export of ours: JSON Lines, CSV, a snapshot's folder or zip."""
    if box(path) is not None:
        return True
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            lines = islice(iter(partial(file.readline, _LINE), b""), _EMPTY)
            first = next(filter(bytes.strip, lines), b"")
    except OSError:
        return False
    if path.suffix.lower() in _TABLES:
        head = first.decode("utf-8-sig", "replace").strip().partition("\r")[0]
        return tables.separator_of(head) is not None
    try:
        row = json.loads(first)
    except (ValueError, RecursionError):
        return False
    return isinstance(row, dict) and row.get("format") == FORMAT


def read_export(path: Path) -> Brought:
    """Return what an export holds; a line that is none is refused by itself.

    Raises:
        ExportError: it is no export, or a snapshot whose files were changed.
        OSError: it cannot be read.
    """
    found = box(path)
    if found is not None:
        return _snapshot(found)
    with path.open("rb") as file:
        read = _read(_csv(file) if path.suffix.lower() in _TABLES else _lines(file))
    return Brought(members=tuple(read.held.values()), refused=tuple(read.refused))


def _snapshot(found: Box) -> Brought:
    changed = found.changed()
    if changed:
        raise ExportError(f"{found.path}: {', '.join(changed[:5])}: not as the manifest has it")
    about = found.json(SNAPSHOT)
    with found.open(TEXTS) as file:
        read = _read(_lines(file))
    members = tuple(read.held.values())
    name = snapshots.name_of(members)
    if read.refused or about.get("id") != name:
        first = f": line {read.refused[0].line}: {read.refused[0].why}" if read.refused else ""
        raise ExportError(f"{found.path}: its texts are not those of {about.get('id')}{first}")
    return Brought(members=members, fixed=_fixed(found, about, members))


def _fixed(found: Box, about: dict[str, Any], members: tuple[Member, ...]) -> Fixed:
    artifact = found.whole(MODEL).decode("utf-8") if MODEL in found.names() else ""
    try:
        facts = found.json("datasheet.json")
        if artifact and loads(artifact).id != about.get("model"):
            raise ExportError(f"{found.path}: {MODEL} is another model than it says")
        fixed = Fixed(
            id=str(about["id"]),
            created_at=datetime.fromisoformat(str(about["created_at"])),
            relevant=sum(m.relevant for m in members),
            not_relevant=sum(not m.relevant for m in members),
            origins={str(k): int(v) for k, v in dict(about["origins"]).items()},
            note=str(about.get("note") or "")[:2000],
            facts=json.dumps(facts, ensure_ascii=False),
            model=str(about["model"]) if artifact else None,
            artifact=artifact,
        )
        markdown(fixed, facts)  # whoever opens it must be able to read its datasheet
    except (LookupError, ValueError, TypeError, AttributeError, ArtifactError) as error:
        raise ExportError(f"{found.path}: {SNAPSHOT} cannot be read ({error})") from None
    return fixed


def _read(rows: Iterable[tuple[int, dict[str, Any] | str]]) -> _Reading:
    read = _Reading()
    for line, row in rows:
        if len(read.held) >= MOST:
            raise ExportError(f"more than {MOST:,} texts")
        member = _member(row)
        if isinstance(member, str):
            read.refused.append(Refused(line=line, why=member))
        elif member.id in read.held:
            read.refused.append(Refused(line=line, why="the same id stood before"))
        else:
            read.held[member.id] = member
    return read


def _member(row: dict[str, Any] | str) -> Member | str:
    """The member a line tells of, or the sentence that says why it is none."""
    if isinstance(row, str):
        return row
    try:
        return member_of(row)
    except NoRecordError as error:
        return str(error)


def _lines(file: IO[bytes]) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Each line as an object, or as the sentence that says why it is none."""
    number = 0
    while raw := file.readline(_LINE):
        number += 1
        if not raw.strip():
            continue
        if not raw.endswith(b"\n") and len(raw) >= _LINE:
            raise ExportError(f"line {number}: longer than {_LINE:,} bytes")
        try:
            row = json.loads(raw)
        except (ValueError, RecursionError) as error:
            yield number, f"no JSON ({type(error).__name__})"
            continue
        yield number, row if isinstance(row, dict) else "no JSON object"


def _csv(file: IO[bytes]) -> Iterator[tuple[int, dict[str, Any] | str]]:
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        for number, cells in enumerate(tables.read_csv(text), start=2):
            try:
                yield number, tables.values_of(cells)
            except ValueError as error:
                yield number, str(error)
    except (csv.Error, UnicodeDecodeError) as error:
        raise ExportError(f"no CSV table ({error})") from None


def bring(
    db: Db, brought: Brought, *, file: str, occasion: int | None, by: str, now: datetime
) -> tuple[int | None, int]:  # fmt: skip
    """Add what an export holds, with its history, and the snapshot it is.

    A text that is here already stays as it is. Return the occasion under which it can be taken
    back (the one given, else a new one where something is new), and how many texts are new.
    """
    occasion, new = imports.bring_export(
        db, brought.members, file=file, occasion=occasion, by=by, cleaning=CLEANING, now=now
    )
    if brought.fixed is not None:
        snapshots.save(db, brought.fixed, brought.members)
    return occasion, new
