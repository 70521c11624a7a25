"""Who may sit at the desk: accounts, what was done to each, and sessions ended before their time.

``folded`` is the name as an eye compares it: without case, spacing and marks that do not show.
"""

from __future__ import annotations

from store.schema.statements import run
from store.sqlite import Database


def people(db: Database) -> None:
    """Accounts with their hashed passwords, their history, and the sessions people ended."""
    run(
        db,
        """
        CREATE TABLE people (
            id INTEGER PRIMARY KEY, name TEXT NOT NULL, folded TEXT NOT NULL UNIQUE,
            role TEXT NOT NULL CHECK (role IN ('reader', 'reviewer', 'administrator')),
            hash TEXT NOT NULL, epoch INTEGER NOT NULL DEFAULT 1,
            active INTEGER NOT NULL DEFAULT 1, must_change INTEGER NOT NULL DEFAULT 0,
            password_at TEXT NOT NULL, created_at TEXT NOT NULL, created_by TEXT NOT NULL,
            last_seen_at TEXT
        ) STRICT""",
        """
        CREATE TABLE people_log (
            id INTEGER PRIMARY KEY, person INTEGER NOT NULL REFERENCES people (id),
            what TEXT NOT NULL CHECK (what IN ('added', 'password', 'one_time_password', 'role',
                'shut_out', 'let_in', 'signed_out')),
            detail TEXT NOT NULL DEFAULT '', by TEXT NOT NULL, at TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX people_log_person ON people_log (person, id)",
        """CREATE TRIGGER people_log_is_kept BEFORE DELETE ON people_log
            BEGIN SELECT RAISE(ABORT, 'lines of the history are only ever added'); END""",
        """CREATE TRIGGER people_log_stands BEFORE UPDATE ON people_log
            BEGIN SELECT RAISE(ABORT, 'lines of the history are only ever added'); END""",
        """
        CREATE TABLE ended_sessions (
            session TEXT PRIMARY KEY, until_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX ended_sessions_until ON ended_sessions (until_at)",
    )


MIGRATIONS = (("0022_people", people),)
