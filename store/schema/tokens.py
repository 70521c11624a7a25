"""Tokens by which programs come in, and the views for people who read the file."""

from __future__ import annotations

from store.schema import views
from store.schema.statements import run
from store.sqlite import Database


def tokens(db: Database) -> None:
    """Tokens of people, kept as hashes: the file alone opens nothing."""
    run(
        db,
        """
        CREATE TABLE tokens (
            id INTEGER PRIMARY KEY, person INTEGER NOT NULL REFERENCES people (id),
            label TEXT NOT NULL,
            hash TEXT NOT NULL UNIQUE, -- SHA-256 of the token, in hex
            read_only INTEGER NOT NULL, epoch INTEGER NOT NULL, -- of the person when issued
            created_at TEXT NOT NULL, expires_at TEXT, -- NULL: never
            last_used_on TEXT, revoked_at TEXT, revoked_by TEXT,
            CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
        ) STRICT""",
        "CREATE INDEX tokens_person ON tokens (person)",
    )
    views.put(db)


MIGRATIONS = (("0028_tokens", tokens),)
