"""How every way out does: when it last took a message, since when it has not, who was told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from store.messages import WayState
from store.rows import instant_or_none, stamp
from store.sql import Db, Row, fetch, run, run_many, write

# Filled with one delivery: :went, :now, :error, :refused.
NOTE = "INSERT INTO ways (way, sent_at, failing_since, failures, error, refused)"
CELLS = """iif(:went = 'sent', :now, NULL), iif(:went = 'sent', NULL, :now),
    iif(:went = 'sent', 0, 1), iif(:went = 'sent', '', :error), :refused"""
UPDATE = """
ON CONFLICT (way) DO UPDATE SET
    sent_at = coalesce(excluded.sent_at, sent_at),
    failing_since = iif(:went = 'sent', NULL, coalesce(failing_since, excluded.failing_since)),
    failures = iif(:went = 'sent', 0, failures + 1),
    error = excluded.error, refused = excluded.refused
"""
FAILING = "SELECT * FROM ways INDEXED BY ways_failing WHERE failing_since IS NOT NULL"
_TOLD = "SELECT * FROM ways WHERE told_at IS NOT NULL AND failing_since IS NULL"


def states(db: Db) -> dict[str, WayState]:
    """Return every way by which anything ever went or should have gone, by its name."""
    return {row["way"]: _state(row) for row in fetch(db, "SELECT * FROM ways ORDER BY way")}


def failing(db: Db) -> list[WayState]:
    """Return the ways that take nothing at the moment."""
    return [_state(row) for row in fetch(db, FAILING)]


def recovered(db: Db) -> list[WayState]:
    """Return the ways of which a notice told and that take messages again."""
    return [_state(row) for row in fetch(db, _TOLD)]


def tell(db: Db, began: Sequence[str], over: Sequence[str], now: datetime) -> None:
    """Keep that people were told of ways that fail, and of ways that take messages again."""
    with write(db):
        run_many(db, "UPDATE ways SET told_at = ? WHERE way = ?", [(stamp(now), w) for w in began])
        run_many(db, "UPDATE ways SET told_at = NULL WHERE way = ?", [(way,) for way in over])


def forget(db: Db, gone: Sequence[str]) -> None:
    """Forget ways that are in the settings no more."""
    with write(db):
        run_many(db, "DELETE FROM ways WHERE way = ?", [(way,) for way in gone])


def note(db: Db, way: str, *, sent: bool, error: str, refused: bool, now: datetime) -> None:
    """Keep how a delivery by ``way`` went that was no message of the outbox."""
    with write(db):
        run(
            db,
            f"{NOTE} VALUES (:way, {CELLS}) {UPDATE}",
            {"way": way, "went": "sent" if sent else "failed", "error": error, "now": stamp(now),
             "refused": refused},
        )  # fmt: skip


def _state(row: Row) -> WayState:
    return WayState(
        way=row["way"],
        sent_at=instant_or_none(row["sent_at"]),
        failing_since=instant_or_none(row["failing_since"]),
        failures=row["failures"],
        error=row["error"],
        refused=bool(row["refused"]),
        told_at=instant_or_none(row["told_at"]),
    )
