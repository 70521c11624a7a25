"""What people were told of the service itself, and what its jobs have counted so far."""

from __future__ import annotations

from store.schema.statements import run
from store.sqlite import Database


def ailments(db: Database) -> None:
    """A row for each cause that is or was lately unwell, and one for each running count.

    Counts only grow, over restarts too, so that whoever reads them now and then sees what happened
    between two readings.
    """
    run(
        db,
        """
        CREATE TABLE ailments (
            cause TEXT PRIMARY KEY, seen_at TEXT NOT NULL, sentence TEXT NOT NULL, told_at TEXT,
            well_since_at TEXT, over_at TEXT
        ) STRICT, WITHOUT ROWID""",
        """
        CREATE TABLE tallies (
            job TEXT NOT NULL, what TEXT NOT NULL, n REAL NOT NULL, PRIMARY KEY (job, what)
        ) STRICT, WITHOUT ROWID""",
    )


MIGRATIONS = (("0039_ailments", ailments),)
"""After the pages and backfills, and whatever else came before them."""
