"""When the store was put back from a backup, and until when its predecessor may have sent."""

from __future__ import annotations

from store.schema.statements import run
from store.sqlite import Database


def restores(db: Database) -> None:
    """A row for every restore; nearly always none."""
    run(
        db,
        """
        CREATE TABLE restores (
            id INTEGER PRIMARY KEY, restored_at TEXT NOT NULL, sent_until TEXT NOT NULL
        ) STRICT""",
    )


MIGRATIONS = (("0040_restores", restores),)
"""After ailments, and whatever else came before it."""
