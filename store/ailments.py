"""What people were told of how the service itself does: a row for each cause, while it matters."""

from __future__ import annotations

from collections.abc import Sequence

from store.rows import instant, instant_or_none, stamp, stamp_or_none
from store.sql import Db, Row, fetch, run_many, write
from store.upkeep import Ailing

_KEEP = """
INSERT INTO ailments (cause, seen_at, sentence, told_at, well_since_at, over_at)
VALUES (:cause, :seen_at, :sentence, :told_at, :well_since_at, :over_at)
ON CONFLICT (cause) DO UPDATE SET seen_at = :seen_at, sentence = :sentence, told_at = :told_at,
    well_since_at = :well_since_at, over_at = :over_at
"""


def known(db: Db) -> dict[str, Ailing]:
    """Return every cause that is remembered, by its name."""
    rows = fetch(db, "SELECT * FROM ailments ORDER BY cause")
    return {row["cause"]: _ailing(row) for row in rows}


def keep(db: Db, stand: Sequence[Ailing], over: Sequence[str]) -> None:
    """Keep causes as they stand now and forget those that are over."""
    with write(db):
        run_many(db, _KEEP, [_cells(one) for one in stand])
        run_many(db, "DELETE FROM ailments WHERE cause = ?", [(cause,) for cause in over])


def _cells(one: Ailing) -> Row:
    return {
        "cause": one.cause,
        "seen_at": stamp(one.seen_at),
        "sentence": one.sentence,
        "told_at": stamp_or_none(one.told_at),
        "well_since_at": stamp_or_none(one.well_since_at),
        "over_at": stamp_or_none(one.over_at),
    }


def _ailing(row: Row) -> Ailing:
    return Ailing(
        cause=row["cause"],
        seen_at=instant(row["seen_at"]),
        sentence=row["sentence"],
        told_at=instant_or_none(row["told_at"]),
        well_since_at=instant_or_none(row["well_since_at"]),
        over_at=instant_or_none(row["over_at"]),
    )
