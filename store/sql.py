"""Statements: the one way to write, and short words for reading and for writing rows.

Every text that goes in passes ``storable``; every error that comes out is one of store.faults.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

from store.failpoint import reached
from store.faults import is_busy, told
from store.pulse import beat
from store.sqlite import Database, sqlite3

Db: TypeAlias = Database
Row: TypeAlias = dict[str, Any]
Params: TypeAlias = Sequence[Any] | Mapping[str, Any]

ROUNDS = 3  # a write waits this many busy timeouts before it gives up


def pragma(db: Db, name: str) -> int:
    """Return a pragma that is a number."""
    return int(db.conn.execute(f"PRAGMA {name}").fetchone()[0])


@contextmanager
def write(db: Db, *, durable: bool = False) -> Iterator[None]:
    """Run the block as one transaction: all of it is kept, or none.

    ``BEGIN IMMEDIATE``, because a transaction that reads first and then asks for the write lock
    fails at once beside another writer, whatever the timeout. Nested blocks join the outer one;
    a nested block that raises undoes its own part alone.

    ``durable`` survives a power cut, not merely a kill: for what people did and what was sent.
    It costs a flush of the disk (about 3 ms) and has no effect on a nested block.

    Raises:
        StoreLocked: another process held the file through three busy timeouts (30 s).
        StoreFull: no room; nothing of the block is kept.
    """
    with told(db):
        if db.conn.in_transaction:
            with _part(db):
                yield
            return
        flush = pragma(db, "synchronous") if durable else None
        if durable:
            db.conn.execute("PRAGMA synchronous = FULL")
        try:
            patiently(db, "BEGIN IMMEDIATE")
            changes = db.conn.total_changes
            try:
                yield
                reached("before-commit")
                patiently(db, "COMMIT")
            except BaseException:
                db.rollback()
                raise
            if db.conn.total_changes != changes:
                beat()
            reached("after-commit")
        finally:
            if durable:
                db.conn.execute(f"PRAGMA synchronous = {flush}")


@contextmanager
def moment(db: Db) -> Iterator[None]:
    """Let all that the block reads be of one moment, whatever others write meanwhile.

    It reads alone: what is to be written goes into ``write``, inside of which every block reads so.
    """
    with told(db):
        if db.conn.in_transaction:
            yield
            return
        db.conn.execute("BEGIN")
        try:
            yield
        finally:
            db.rollback()  # nothing was written


@contextmanager
def _part(db: Db) -> Iterator[None]:
    """Run the block as a part of the transaction under way, undone alone when it raises."""
    # Not ``db.atomic()``: it names every savepoint anew, so that each is parsed anew and the
    # statements kept ready are thrown out, twenty times an article. Of one name the innermost
    # counts.
    db.conn.execute("SAVEPOINT part")
    try:
        yield
    except BaseException:
        if db.conn.in_transaction:  # some errors end the whole of it
            db.conn.execute("ROLLBACK TO part")
            db.conn.execute("RELEASE part")
        raise
    db.conn.execute("RELEASE part")


def patiently(db: Db, sql: str) -> None:
    """Run a statement that takes a lock, again and again while somebody else holds it."""
    # busy_timeout alone is not enough: SQLite does not call it in every case (a WAL being
    # recovered, a commit that readers hold up), and its wait is not fair between eight writers.
    began = time.monotonic()
    while True:
        try:
            db.conn.execute(sql)
        except sqlite3.OperationalError as error:
            patience = ROUNDS * pragma(db, "busy_timeout") / 1000
            if not is_busy(error) or time.monotonic() - began >= patience:
                raise
            time.sleep(0.02)
        else:
            return


_SURROGATES = re.compile("[\ud800-\udfff]")


def storable(value: Any) -> Any:
    """Return the value as the file can hold it: half surrogate pairs become U+FFFD."""
    if isinstance(value, str) and not value.isascii():
        return _SURROGATES.sub("\ufffd", value)
    return value


def _storable_params(params: Params) -> list[Any] | dict[str, Any]:
    # ``storable`` spelled out: at a thousand values an article the calls cost more than the work
    if isinstance(params, Mapping):
        return {
            name: value
            if not isinstance(value, str) or value.isascii()
            else _SURROGATES.sub("\ufffd", value)
            for name, value in params.items()
        }
    return [
        value if not isinstance(value, str) or value.isascii() else _SURROGATES.sub("\ufffd", value)
        for value in params
    ]


def fetch(db: Db, sql: str, params: Params = ()) -> list[Row]:
    """Return all rows of a query, by column name."""
    with told(db):
        cursor = db.execute(sql, _storable_params(params))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def tuples(db: Db, sql: str, params: Params = ()) -> list[tuple[Any, ...]]:
    """Return all rows of a query as they come: for thousands, where names would cost more."""
    with told(db):
        return list(db.execute(sql, _storable_params(params)).fetchall())


def each(db: Db, sql: str, params: Params = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a query as they come, holding one at a time: for tens of thousands."""
    with told(db):
        yield from db.execute(sql, _storable_params(params))


def each_named(db: Db, sql: str, params: Params = ()) -> Iterator[Row]:
    """Yield the rows of a query by column name as they come, holding one at a time."""
    with told(db):
        cursor = db.execute(sql, _storable_params(params))
        names = [column[0] for column in cursor.description]
        for row in cursor:
            yield dict(zip(names, row, strict=True))


def fetch_in(db: Db, sql: str, values: Sequence[Any], *, before: Sequence[Any] = ()) -> list[Row]:
    """Return all rows of a query with ``IN ({marks})`` at its end, however many the values.

    Texts go in as parameters: through ``json_each`` a NUL character would cut them short.
    """
    rows: list[Row] = []
    distinct = list(dict.fromkeys(values))
    for start in range(0, len(distinct), 500):
        chunk = distinct[start : start + 500]
        rows += fetch(db, sql.format(marks=",".join("?" * len(chunk))), [*before, *chunk])
    return rows


def one(db: Db, sql: str, params: Params = ()) -> Any:
    """Return the first column of the first row; None when there is no row."""
    with told(db):
        row = db.execute(sql, _storable_params(params)).fetchone()
        return row[0] if row else None


def run(db: Db, sql: str, params: Params = ()) -> int:
    """Run one writing statement inside ``write`` and return how many rows it touched."""
    with told(db):
        return int(db.execute(sql, _storable_params(params)).rowcount)


def run_many(db: Db, sql: str, rows: Sequence[Params]) -> int:
    """Run one writing statement for each row, inside ``write``; return how many rows it touched."""
    with told(db):
        done = db.conn.executemany(sql, [_storable_params(row) for row in rows])
        return int(done.rowcount)


def add_rows(db: Db, table: str, rows: Sequence[Row]) -> None:
    """Insert rows that all have the same columns."""
    if rows:
        run_many(db, _insert(table, rows[0]), rows)


def add_row(db: Db, table: str, row: Row) -> int:
    """Insert one row and return its id."""
    with told(db):
        return int(db.execute(_insert(table, row), _storable_params(row)).lastrowid or 0)


def add_missing(db: Db, table: str, rows: Sequence[Row]) -> None:
    """Insert the rows whose unique keys are not there yet.

    Not ``INSERT OR IGNORE``, which would also swallow a row that breaks a NOT NULL or a CHECK.
    """
    if rows:
        run_many(db, f"{_insert(table, rows[0])} ON CONFLICT DO NOTHING", rows)


def _insert(table: str, row: Row) -> str:
    names = ", ".join(f'"{name}"' for name in row)
    marks = ", ".join(f":{name}" for name in row)
    return f'INSERT INTO "{table}" ({names}) VALUES ({marks})'  # noqa: S608  # our own names
