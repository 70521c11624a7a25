"""Texts that people brought in: kept as examples, with the file, the occasion and the way back.

An import is taken back by removing its text and what was read from it; the lines that say who
brought what, and when, stay for ever.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from store import snapshots, uploads
from store.brought import Line, LineRow, Run, Source, Way
from store.copies import INDEXED, folded_value
from store.folding import fold
from store.learned import Label, Member
from store.rows import as_json, instant, instant_or_none, stamp, stamp_or_none
from store.sql import Db, Row, add_missing, add_row, add_rows, fetch, one, run, write

_FEW = 3  # file names a run is known by


def add(db: Db, labels: Sequence[Label]) -> int:
    """Add labelled texts from outside; return how many were new. The id decides."""
    with write(db, durable=True):
        before = one(db, "SELECT count(*) FROM imports")
        add_missing(db, "imports", [cells(label) for label in labels])
        return int(one(db, "SELECT count(*) FROM imports")) - int(before)


def cells(label: Label) -> Row:
    """Return the columns of ``imports`` that every label has."""
    return {
        "id": label.id,
        "title": label.title,
        "body": label.body,
        "outlet": label.outlet,
        "language": label.language,
        "side": label.side,
        "relevant": int(label.relevant),
        "origin": label.origin,
        "by": label.by,
        "at": stamp(label.at),
        "url": label.url,
        "published_at": stamp_or_none(label.published_at),
        "topics": as_json(label.topics),
    }


# --- bringing in ----------------------------------------------------------------------------


def begin(db: Db, *, by: str, way: Way, cleaning: str, now: datetime) -> int:
    """Open an occasion and return its number. ``cleaning`` names the version of the readers."""
    row = {"at": stamp(now), "by": by, "way": way, "cleaning": cleaning}
    with write(db):
        return add_row(db, "import_runs", row)


def bring(db: Db, occasion: int, lines: Sequence[Line]) -> int:
    """Keep lines of an occasion and the texts they bring, in one write; return how many are new.

    A text whose id is there already is not kept twice: its line says "known".
    """
    new = 0
    with write(db, durable=True):
        for line in lines:
            there = line.label is not None and _has(db, line.label.id)
            brought = line.label is not None and not there
            if brought and line.label is not None:
                _keep(db, line.label, line.source, line.same_as)
                new += 1
            add_row(db, "import_lines", _line_cells(occasion, line, there=there))
    return new


def bring_export(
    db: Db, held: Sequence[Member], *, file: str, occasion: int | None, by: str, cleaning: str,
    now: datetime,
) -> tuple[int | None, int]:  # fmt: skip
    """Keep what an export held that is not here, with a line each, in one write.

    Return the occasion, which is begun where none is given and something is new, and how many are.
    """
    with write(db, durable=True):
        fresh = snapshots.bring(db, held)
        if fresh and occasion is None:
            occasion = begin(db, by=by, way="command", cleaning=cleaning, now=now)
        words = [len((member.body or "").split()) for member in fresh]
        rows: list[Row] = [
            {
                "run": occasion,
                "file": file,
                "sha256": member.sha256,
                "title": member.title[:500],
                "outcome": "kept",
                "why": f"from an export, as {member.id}"[:500],
                "imported": snapshots.row_id(member.id),
                "relevant": int(member.relevant),
                "words_before": n,
                "words_after": n,
            }
            for member, n in zip(fresh, words, strict=True)
        ]
        add_rows(db, "import_lines", rows)
    return occasion, len(fresh)


def settle(db: Db, upload: int, line: Line, *, by: str, cleaning: str, now: datetime) -> int | None:
    """Keep or leave what was uploaded, and forget the upload, in one write.

    Return the number of the occasion; None where the upload is gone, dealt with a moment ago.
    """
    with write(db, durable=True):
        if not uploads.drop(db, upload, by):
            return None
        occasion = begin(db, by=by, way="desk", cleaning=cleaning, now=now)
        bring(db, occasion, [line])
    return occasion


def _has(db: Db, name: str) -> bool:
    return bool(one(db, "SELECT 1 FROM imports WHERE id = ?", (name,)))


def _keep(db: Db, label: Label, source: Source, same_as: str) -> None:
    row = cells(label) | {
        "author": source.author,
        "published_original": source.published_original,
        "published_source": source.published_source,
        "canonical_url": source.canonical_url,
        **_comparable(source),
        "same_as": same_as,
    }
    add_missing(db, "imports", [row])
    _put_sketch(db, label.id, source)


def _comparable(source: Source) -> Row:
    return {
        "text_hash": source.text_hash or None,
        "title_key": source.title_key,
        "sketch": as_json(source.sketch),
    }


def _put_sketch(db: Db, name: str, source: Source) -> None:
    values = sorted({folded_value(value) for value in source.sketch[-INDEXED:]})
    add_missing(db, "import_sketches", [{"value": v, "imported": name} for v in values])


def _line_cells(occasion: int, line: Line, *, there: bool) -> Row:
    label = line.label
    return {
        "run": occasion,
        "file": line.file,
        "sha256": line.sha256,
        "title": line.title[:500],
        "outcome": "known" if there else line.outcome,
        "why": "the very same text is here already" if there and not line.why else line.why,
        # Whose text is here already brings it too: it is not to go while this occasion stands.
        "imported": label.id if label else line.same_as if line.outcome == "known" else None,
        "same_as": line.same_as,
        "relevant": None if label is None else int(label.relevant),
        "words_before": line.words_before,
        "words_after": line.words_after,
        "cut": as_json(dict(line.cut)),
    }


_BARE = "SELECT * FROM imports WHERE text_hash IS NULL ORDER BY id LIMIT ?"
_SOURCE = """
UPDATE imports SET text_hash = :text_hash, title_key = :title_key, sketch = :sketch,
    canonical_url = coalesce(canonical_url, :canonical_url)
WHERE id = :id AND text_hash IS NULL
"""


def bare(db: Db, limit: int) -> list[Label]:
    """Return imports that cannot be compared yet: from before, or brought by an export."""
    return [_label(row) for row in fetch(db, _BARE, (limit,))]


def put_source(db: Db, found: Sequence[tuple[str, Source]]) -> None:
    """Make imports comparable; what stands already stays."""
    with write(db):
        for name, source in found:
            row = {"id": name, **_comparable(source), "canonical_url": source.canonical_url}
            row["text_hash"] = source.text_hash  # of an empty text too, or it would come again
            if run(db, _SOURCE, row):
                _put_sketch(db, name, source)


def _label(row: Row) -> Label:
    names = ("id", "title", "body", "outlet", "language", "side", "origin", "by", "url")
    return Label(
        **{name: row[name] for name in names},
        relevant=bool(row["relevant"]),
        at=instant(row["at"]),
        published_at=instant_or_none(row["published_at"]),
    )


# --- what was brought -----------------------------------------------------------------------


_RUNS = "SELECT * FROM import_runs ORDER BY id DESC LIMIT ?"
_COUNTS = "SELECT outcome, count(*) AS n FROM import_lines WHERE run = ? GROUP BY 1"
_NAMES = "SELECT file FROM import_lines WHERE run = ? GROUP BY file ORDER BY min(id) LIMIT ?"


def runs(db: Db, limit: int = 50) -> list[Run]:
    """Return the occasions, the newest first."""
    return [_run(db, row) for row in fetch(db, _RUNS, (limit,))]


def run_of(db: Db, occasion: int) -> Run | None:
    """Return one occasion; None where there is none of that number."""
    rows = fetch(db, "SELECT * FROM import_runs WHERE id = ?", (occasion,))
    return _run(db, rows[0]) if rows else None


def _run(db: Db, row: Row) -> Run:
    counts = fetch(db, _COUNTS, (row["id"],))
    names = fetch(db, _NAMES, (row["id"], _FEW))
    return Run(
        id=row["id"],
        at=instant(row["at"]),
        by=row["by"],
        way=row["way"],
        cleaning=row["cleaning"],
        counts={count["outcome"]: count["n"] for count in counts},
        files=tuple(name["file"] for name in names),
        undone_at=instant_or_none(row["undone_at"]),
        undone_by=row["undone_by"],
        undone_why=row["undone_why"],
    )


_LINES = """
SELECT l.*, EXISTS (SELECT 1 FROM imports i WHERE i.id = l.imported) AS held
FROM import_lines l WHERE l.run = ? AND l.id > ? ORDER BY l.id LIMIT ?
"""


def lines(db: Db, occasion: int, *, after: int = 0, limit: int = 100) -> list[LineRow]:
    """Return the lines of an occasion in order, those after a line's number."""
    return [_line(row) for row in fetch(db, _LINES, (occasion, after, limit))]


def _line(row: Row) -> LineRow:
    return LineRow(
        id=row["id"],
        file=row["file"],
        sha256=row["sha256"],
        title=row["title"],
        outcome=row["outcome"],
        why=row["why"],
        imported=row["imported"],
        same_as=row["same_as"],
        relevant=None if row["relevant"] is None else bool(row["relevant"]),
        words_before=row["words_before"],
        words_after=row["words_after"],
        cut=json.loads(row["cut"]),
        held=bool(row["held"]),
    )


# --- taking back ----------------------------------------------------------------------------


_LISTS = "outcome IN ('kept', 'version', 'known')"
_OWN = f"""
SELECT DISTINCT i.id FROM import_lines l JOIN imports i ON i.id = l.imported
WHERE l.run = :run AND l.{_LISTS} AND EXISTS (SELECT 1 FROM import_lines k
        WHERE k.imported = i.id AND k.outcome IN ('kept', 'version'))
    AND NOT EXISTS (SELECT 1 FROM import_lines o JOIN import_runs r ON r.id = o.run
        WHERE o.imported = i.id AND o.run <> :run AND o.{_LISTS} AND r.undone_at IS NULL)
"""  # noqa: S608  # our own words
_STAYING = """
SELECT count(DISTINCT i.id) FROM import_lines l JOIN imports i ON i.id = l.imported
WHERE l.run = ? AND l.outcome IN ('kept', 'version')
"""
_FORGOTTEN = (
    "DELETE FROM claim_answers WHERE claim IN (SELECT id FROM claims WHERE imported = ?)",
    "DELETE FROM claims WHERE imported = ?",
    "DELETE FROM quotes WHERE imported = ?",
)
_UNDONE = """
UPDATE import_runs SET undone_at = :at, undone_by = :by, undone_why = :why
WHERE id = :id AND undone_at IS NULL
"""


def take_back(db: Db, occasion: int, *, by: str, why: str, now: datetime) -> int | None:
    """Take back the texts an occasion brought, in one write; return how many went.

    None: there is no such occasion, or it was taken back before. A text that another occasion
    brought too stays until that is taken back as well. What was read from the texts (claims,
    quotes) goes with them; the lines stay, and the occasion says who took it back.
    """
    cells = {"id": occasion, "at": stamp(now), "by": by, "why": why[:500]}
    with write(db, durable=True):
        if not run(db, _UNDONE, cells):
            return None
        names = [row["id"] for row in fetch(db, _OWN, {"run": occasion})]
        for name in names:
            _forget(db, name)
    return len(names)


def staying(db: Db, occasion: int) -> int:
    """Count the texts an occasion kept that are still here; of one taken back, others' too."""
    return int(one(db, _STAYING, (occasion,)))


def _forget(db: Db, name: str) -> None:
    for row in fetch(db, "SELECT * FROM quotes WHERE imported = ?", (name,)):
        old = (row["id"], fold(row["speaker"]), fold(row["office"]), fold(row["words"]))
        run(
            db,
            "INSERT INTO quote_words (quote_words, rowid, speaker, office, words)"
            " VALUES ('delete', ?, ?, ?, ?)",
            old,
        )
    for sql in _FORGOTTEN:
        run(db, sql, (name,))
    run(
        db,
        """DELETE FROM import_sketches WHERE imported = :name AND value IN (
            SELECT value FROM json_each(:values))""",
        {"name": name, "values": as_json(_indexed(db, name))},
    )
    run(db, "DELETE FROM imports WHERE id = ?", (name,))


def _indexed(db: Db, name: str) -> list[int]:
    sketch = json.loads(one(db, "SELECT sketch FROM imports WHERE id = ?", (name,)) or "[]")
    return [folded_value(value) for value in sketch[-INDEXED:]]
