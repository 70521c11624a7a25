"""Web archives that a backfill reads: how far each is, what its records came to, what it gave."""

from __future__ import annotations

from store.schema.statements import run
from store.sqlite import Database


def archives(db: Database) -> None:
    """Archives, the fates of their records, where each article stands, what could not be read."""
    run(
        db,
        # ``recipe`` is what every record of a backfill is judged by: frozen, so that a run that was
        # cut off goes on with what it began with.
        """
        CREATE TABLE archive_recipes (
            backfill TEXT PRIMARY KEY REFERENCES backfills (name), recipe BLOB NOT NULL
        ) STRICT, WITHOUT ROWID""",
        # ``next`` is the number of the first span that is not written yet, ``ended`` where the one
        # before came to its end.
        """
        CREATE TABLE archives (
            id INTEGER PRIMARY KEY, backfill TEXT NOT NULL REFERENCES backfills (name),
            place TEXT NOT NULL, size INTEGER NOT NULL, digest TEXT NOT NULL,
            spans INTEGER NOT NULL, next INTEGER NOT NULL DEFAULT 0, ended INTEGER,
            done INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0,
            remark TEXT NOT NULL DEFAULT '', UNIQUE (backfill, place)
        ) STRICT""",
        """
        CREATE TABLE archive_counts (
            archive INTEGER NOT NULL REFERENCES archives (id), fate TEXT NOT NULL,
            n INTEGER NOT NULL, PRIMARY KEY (archive, fate)
        ) STRICT, WITHOUT ROWID""",
        """
        CREATE TABLE archive_finds (
            article INTEGER PRIMARY KEY REFERENCES articles (id),
            archive INTEGER NOT NULL REFERENCES archives (id), member TEXT NOT NULL,
            place INTEGER NOT NULL, length INTEGER NOT NULL, digest TEXT NOT NULL,
            crawled_at TEXT, url TEXT NOT NULL,
            UNIQUE (archive, member, place)
        ) STRICT""",
        """
        CREATE TABLE archive_faults (
            archive INTEGER NOT NULL REFERENCES archives (id), member TEXT NOT NULL,
            place INTEGER NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL,
            PRIMARY KEY (archive, member, place)
        ) STRICT, WITHOUT ROWID""",
    )


MIGRATIONS = (("0047_archives", archives),)
"""After wrappers."""
