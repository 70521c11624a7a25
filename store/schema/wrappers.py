"""How the pages of each site are read: what was learned of its templates, and how that fares."""

from __future__ import annotations

from store.schema.statements import run
from store.sqlite import Database


def wrappers(db: Database) -> None:
    """One row a host and template; the template with no name counts lessons that gave none."""
    run(
        db,
        """
        CREATE TABLE wrappers (
            host TEXT NOT NULL, template TEXT NOT NULL, version INTEGER NOT NULL,
            wrapper TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('learning', 'trusted', 'dropped', 'none')),
            lessons INTEGER NOT NULL DEFAULT 0, used INTEGER NOT NULL DEFAULT 0,
            unsure INTEGER NOT NULL DEFAULT 0, checked INTEGER NOT NULL DEFAULT 0,
            agreed INTEGER NOT NULL DEFAULT 0, since_check INTEGER NOT NULL DEFAULT 0,
            drops INTEGER NOT NULL DEFAULT 0, learned_at TEXT NOT NULL, used_at TEXT,
            dropped_at TEXT, why TEXT NOT NULL DEFAULT '',
            PRIMARY KEY (host, template)
        ) STRICT, WITHOUT ROWID""",
    )


MIGRATIONS = (("0041_wrappers", wrappers),)
"""After restores, and whatever else came before it."""
