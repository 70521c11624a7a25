"""Editions by the name of their digest, with every form they were made in."""

from __future__ import annotations

from store.schema import views
from store.schema.statements import run
from store.sqlite import Database


def editions(db: Database) -> None:
    """Several digests, each once a day of its own; what was made until now was the daily one.

    ``covers_until_at`` is where the next window begins: ``until_at``, but for an edition that
    a clock put forward made too early: what was seen after the clock was right again is not in it.
    """
    views.drop(db)
    run(
        db,
        """
        CREATE TABLE editions_named (
            name TEXT NOT NULL, day_on TEXT NOT NULL, made_at TEXT NOT NULL,
            since_at TEXT NOT NULL, until_at TEXT NOT NULL, covers_until_at TEXT NOT NULL,
            title TEXT NOT NULL, page TEXT NOT NULL,
            body TEXT NOT NULL DEFAULT '',     -- as plain text
            markdown TEXT NOT NULL DEFAULT '',
            picture BLOB,                      -- PNG; NULL: none was drawn
            PRIMARY KEY (name, day_on)
        ) STRICT""",
        """INSERT INTO editions_named (name, day_on, made_at, since_at, until_at,
                covers_until_at, title, page)
            SELECT 'daily', day_on, made_at, since_at, until_at, until_at, title, page
            FROM editions""",
        "DROP TABLE editions",
        "ALTER TABLE editions_named RENAME TO editions",
        "CREATE INDEX editions_made ON editions (made_at)",
    )
    views.put(db)


MIGRATIONS = (("0031_editions", editions),)
"""After telling."""
