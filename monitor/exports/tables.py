"""Lines of an export as JSON Lines, as CSV that no spreadsheet runs, and as Parquet."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from monitor.exports.cells import UNSEEN
from monitor.exports.needs import needed
from monitor.exports.record import COLUMNS, LARGEST, Row, on_one_line

_RUN: Final = re.compile(UNSEEN + r"[=+\-@＝＋－＠]|[\t\r\n\x00]|'")
"""How a cell begins that some spreadsheet would take for a formula, or for something to strip."""
_FIGURES: Final = r"[\s\d.,:/()%€$£E+-]*"
_NUMBERLIKE: Final = re.compile(
    rf"(?i)(?=.*\d){_FIGURES}((jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*{_FIGURES})?"
    r"|\s*(true|false)\s*"
)
"""A text that a spreadsheet would turn into a number, a day or a truth value."""
_UNSEEN: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that no spreadsheet keeps."""
_ESCAPED: Final = "'json:"
_JSON: Final = frozenset({"topics", "tags", "history"})
_TRUTH: Final = frozenset({"relevant", "text_kept"})
_NUMBERS: Final = frozenset({"chance", "fold"})


# --- JSON Lines -----------------------------------------------------------------------------


def jsonl(rows: Sequence[Row]) -> bytes:
    """Return one JSON object a line, in UTF-8."""
    return "".join(f"{on_one_line(row)}\n" for row in rows).encode()


# --- CSV ------------------------------------------------------------------------------------


def comma_separated(rows: Sequence[Row]) -> bytes:
    """Return the rows as CSV in UTF-8; lists stand as JSON in their cell.

    A text that a spreadsheet would run, or turn into a number, begins with an apostrophe, and so
    does one that begins with an apostrophe itself: to take the first one away gives the exact text
    back. A text with characters that spreadsheets drop stands as JSON after ``'json:``.
    """
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    writer.writerows([_cell(name, row[name]) for name in COLUMNS] for row in rows)
    return file.getvalue().encode()


def _cell(name: str, value: Any) -> str:
    if name in _JSON:
        return json.dumps(value, ensure_ascii=True)
    if value is None:
        return ""
    if name in _TRUTH | _NUMBERS:
        return str(value)
    if value == "":
        return "'"  # an empty text; a cell with nothing in it is a field nobody knows
    return guarded(str(value))


def guarded(text: str) -> str:
    """Return a text as a cell that no spreadsheet runs, turns into a number or cuts."""
    if _UNSEEN.search(text):
        return _ESCAPED + json.dumps(text)
    return f"'{text}" if _RUN.match(text) or _NUMBERLIKE.fullmatch(text) else text


def unguarded(cell: str) -> str:
    """Return the exact text ``guarded`` was given. Raises ValueError for what it never made."""
    if cell.startswith(_ESCAPED):
        return str(json.loads(cell.removeprefix(_ESCAPED)))
    return cell.removeprefix("'")


def separator_of(head: str) -> str | None:
    """Return what parts the cells of a table with our columns, by its first line; None: no such.

    A comma, as we write it; spreadsheets of many countries save semicolons or tabs, and some put
    every cell in quotation marks, or a column of their own beside.
    """
    for mark in ",;\t":
        try:
            named = Counter(next(csv.reader([head], delimiter=mark), []))
        except csv.Error:
            continue
        if all(named[column] == 1 for column in COLUMNS):
            return mark
    return None


def read_csv(file: io.TextIOBase) -> Iterator[Mapping[str, str | None]]:
    """Read the cells of what ``comma_separated`` wrote, a row at a time; ``values_of`` reads them.

    Raises:
        csv.Error: it is no such table.
    """
    csv.field_size_limit(7 * LARGEST)
    mark = separator_of(file.readline())
    if mark is None:
        raise csv.Error("its first line does not name the columns of an export")
    file.seek(0)
    yield from csv.DictReader(file, delimiter=mark)


def values_of(cells: Mapping[str, str | None]) -> Row:
    """Return a row's cells as the values that were written.

    Raises:
        ValueError: one is not as ``comma_separated`` writes it; the message names its column.
    """
    told: Row = {}
    for name in COLUMNS:
        try:
            told[name] = _value(name, cells[name])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ValueError(f"its cell {name} cannot be read") from error
    return told


def _value(name: str, cell: str | None) -> Any:
    if cell is None:
        raise ValueError("a row has too few cells")
    if name in _JSON:
        return json.loads(cell)
    if cell == "":
        return None
    if name in _TRUTH:
        return {"True": True, "False": False, "TRUE": True, "FALSE": False}[cell]
    if name in _NUMBERS:
        # Who has empty cells in a column of whole numbers may write them all as "1.0".
        return float(cell) if name == "chance" else int(cell.removesuffix(".0"))
    return unguarded(cell)


# --- Parquet --------------------------------------------------------------------------------

_INSTANTS: Final = frozenset({"published_at", "first_seen_at", "at"})


def parquet(rows: Sequence[Row]) -> bytes:
    """Return the rows as a Parquet table with typed columns; pandas and DuckDB read it.

    Raises:
        NeedsError: pyarrow is not installed.
    """
    pa, pq = needed("pyarrow"), needed("pyarrow.parquet")
    schema = _schema(pa)
    told = [{name: _typed(name, row[name]) for name in COLUMNS} for row in rows]
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(told, schema=schema), sink, compression="zstd")
    return sink.getvalue()


def _typed(name: str, value: Any) -> Any:
    if name in _INSTANTS and value is not None:
        return datetime.fromisoformat(value)
    if name == "history":
        return [line | {"at": datetime.fromisoformat(line["at"])} for line in value]
    return value


def _schema(pa: Any) -> Any:
    at, text = pa.timestamp("us", tz="UTC"), pa.string()
    line = {
        "answer": text, "by": text, "at": at, "undoes": pa.int64(), "note": text,
        "reasons": pa.list_(text), "reading": text, "echo": pa.bool_(), "model": text,
        "score": pa.float64(), "threshold": pa.float64(), "route": text,
    }  # fmt: skip
    kinds: Mapping[str, Any] = {
        "relevant": pa.bool_(), "text_kept": pa.bool_(), "topics": pa.list_(text),
        "tags": pa.list_(text), "chance": pa.float64(), "fold": pa.int64(),
        "history": pa.list_(pa.struct(list(line.items()))), **dict.fromkeys(_INSTANTS, at),
    }  # fmt: skip
    return pa.schema([(name, kinds.get(name, text)) for name in COLUMNS])
