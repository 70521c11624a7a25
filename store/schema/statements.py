"""What the statements of the migrations share."""

from __future__ import annotations

from store.sqlite import Database

DISPOSITIONS = "('waiting', 'queued', 'rejected', 'duplicate', 'dropped', 'failed')"


def run(db: Database, *statements: str) -> None:
    """Run statements in order, inside the migration's own transaction."""
    for statement in statements:
        db.conn.execute(statement)
