"""A snapshot as one folder: data, splits, datasheet, citation, model, and a hash of every file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from monitor.exports import datasheet, folders, sheet, tables, texts
from monitor.exports.citing import citation, citation_file
from monitor.exports.record import Row, rows_of
from monitor.exports.splits import Splits, split
from store import snapshots
from store.db import Db
from store.learned import Fixed, Member
from store.records import FORMAT

MANIFEST: Final = "manifest.json"
SNAPSHOT: Final = "snapshot.json"
TEXTS: Final = "data/texts.jsonl"
MODEL: Final = "model.json"


def name_of(fixed: Fixed) -> str:
    """Return what the folder or zip of a snapshot is called."""
    return f"torkham-corpus-{fixed.id[:16]}"


def files(db: Db, fixed: Fixed) -> dict[str, bytes]:
    """Return every file of a snapshot's folder; the same snapshot has the same bytes anywhere."""
    held = snapshots.held_by(db, fixed.id)
    splits = split(held)
    rows = rows_of(held, splits)
    facts = datasheet.of(fixed)
    told = {
        "README.md": _readme(fixed, held),
        "CITATION.cff": citation_file(fixed, facts),
        "datasheet.md": sheet.markdown(fixed, facts).encode(),
        "datasheet.json": _json(facts),
        SNAPSHOT: _json(_about(fixed)),
        TEXTS: tables.jsonl(rows),
        "data/texts.csv": tables.comma_separated(rows),
        "data/references.jsonl": texts.references(rows),
        "splits.json": _json(_splits(held, splits)),
    }
    if fixed.artifact:
        told[MODEL] = fixed.artifact.encode()
    return told | {MANIFEST: folders.manifest(told)}


def lines(db: Db, fixed: Fixed) -> list[Row]:
    """Return the members of a snapshot as lines of an export."""
    held = snapshots.held_by(db, fixed.id)
    return rows_of(held, split(held))


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _about(fixed: Fixed) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "id": fixed.id,
        "created_at": fixed.created_at.isoformat(),
        "relevant": fixed.relevant,
        "not_relevant": fixed.not_relevant,
        "origins": dict(fixed.origins),
        "note": fixed.note,
        "model": fixed.model,
    }


def _splits(held: Sequence[Member], splits: Splits) -> dict[str, Any]:
    time: dict[str, list[str]] = {"train": [], "dev": [], "test": []}
    for member in held:
        time[splits.time[member.id]].append(member.id)
    return {
        "dev_from": splits.dev_from.isoformat() if splits.dev_from else None,
        "test_from": splits.test_from.isoformat() if splits.test_from else None,
        "time": time,
        "outlets": [
            {
                "fold": fold.number,
                "outlets": list(fold.outlets),
                "test": list(fold.test),
                "train": list(fold.train),
                "left_out": list(fold.left_out),
            }
            for fold in splits.folds
        ],
    }


_README = """\
# Snapshot {short}

{citation}

| file | what it is |
|---|---|
| `data/texts.jsonl` | a text a line, with its decision, its history, its split |
| `data/texts.csv` | the same as a table; see below |
| `data/references.jsonl` | addresses, hashes and labels, without any text: may be passed on |
| `splits.json` | train, dev and test by time; folds of outlets held out |
| `datasheet.md`, `datasheet.json` | what it is, how it was made, what it lacks |
| `model.json` | the model trained on it, as JSON; `torkham model` reads it |
| `CITATION.cff` | how to cite it |
| `snapshot.json`, `manifest.json` | its hash; the SHA-256 of every file |

`torkham corpus check FOLDER` computes all hashes anew, and `torkham corpus import FOLDER` brings
everything into a store of your own, where the snapshot has the same hash.

In the CSV a cell that a spreadsheet would run begins with an apostrophe; without the first one
stands the exact text. A cell that begins with `'json:` is a JSON string.

The hash is the SHA-256 over the line `{format}` and, sorted, the SHA-256 of each record: the
fields of `data/texts.jsonl` but body, label, text_kept, split, fold and format, as JSON in ASCII
with sorted keys and no blanks.
"""


def _readme(fixed: Fixed, held: Sequence[Member]) -> bytes:
    told = _README.format(
        short=fixed.id[:16], citation=citation(fixed, datasheet.of(fixed)), format=FORMAT
    )
    removed = sum(m.body is None for m in held)
    if removed:
        told += f"\n{removed:,} texts were removed since and stand here with their hash alone.\n"
    return told.encode()
