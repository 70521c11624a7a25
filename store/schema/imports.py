"""Texts that people bring in: what each file held, who brought it, and what waits to be looked at.

The lines stay when a text is taken back: only the text itself and what was read from it go.
"""

from __future__ import annotations

from store.schema.statements import run
from store.sqlite import Database


def imports(db: Database) -> None:
    """Where an imported text comes from and what it is like; the occasions, lines and uploads.

    ``imports.same_as`` names the text it is another version of ("article:12", "import:<hash>").
    """
    run(
        db,
        "ALTER TABLE imports ADD COLUMN author TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE imports ADD COLUMN published_original TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE imports ADD COLUMN published_source TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE imports ADD COLUMN canonical_url TEXT",
        "ALTER TABLE imports ADD COLUMN text_hash TEXT",
        "ALTER TABLE imports ADD COLUMN title_key TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE imports ADD COLUMN sketch TEXT NOT NULL DEFAULT '[]'",
        "ALTER TABLE imports ADD COLUMN same_as TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX imports_hash ON imports (text_hash) WHERE text_hash IS NOT NULL",
        "CREATE INDEX imports_bare ON imports (id) WHERE text_hash IS NULL",
        "CREATE INDEX imports_url ON imports (canonical_url) WHERE canonical_url IS NOT NULL",
        """
        CREATE TABLE import_sketches (
            value INTEGER NOT NULL, imported TEXT NOT NULL, PRIMARY KEY (value, imported)
        ) STRICT, WITHOUT ROWID""",
        """
        CREATE TABLE import_runs (
            id INTEGER PRIMARY KEY, at TEXT NOT NULL, by TEXT NOT NULL,
            way TEXT NOT NULL CHECK (way IN ('command', 'desk')), cleaning TEXT NOT NULL,
            undone_at TEXT, undone_by TEXT NOT NULL DEFAULT '', undone_why TEXT NOT NULL DEFAULT ''
        ) STRICT""",
        """
        CREATE TABLE import_lines (
            id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES import_runs (id),
            file TEXT NOT NULL, sha256 TEXT NOT NULL, title TEXT NOT NULL,
            outcome TEXT NOT NULL
                CHECK (outcome IN ('kept', 'known', 'version', 'linked', 'left', 'refused')),
            why TEXT NOT NULL DEFAULT '',
            imported TEXT, -- the text's id; the text itself may have been taken back
            same_as TEXT NOT NULL DEFAULT '', relevant INTEGER,
            words_before INTEGER NOT NULL DEFAULT 0, words_after INTEGER NOT NULL DEFAULT 0,
            cut TEXT NOT NULL DEFAULT '{}' -- JSON: how many lines of each kind
        ) STRICT""",
        "CREATE INDEX import_lines_run ON import_lines (run, id)",
        "CREATE INDEX import_lines_text ON import_lines (imported) WHERE imported IS NOT NULL",
        """
        CREATE TABLE imports_pending (
            id INTEGER PRIMARY KEY, by TEXT NOT NULL, at TEXT NOT NULL, until_at TEXT NOT NULL,
            file TEXT NOT NULL, sha256 TEXT NOT NULL, bytes INTEGER NOT NULL, value TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX imports_pending_by ON imports_pending (by, id)",
        "CREATE INDEX imports_pending_until ON imports_pending (until_at)",
    )


MIGRATIONS = (("0035_imports", imports),)
"""Before snapshots: what is exported of an import is told by these columns."""
