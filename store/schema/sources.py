"""What other kinds of source than feeds need: links of watched pages, outlets behind searches."""

from __future__ import annotations

from store.schema.statements import run
from store.sqlite import Database


def sources(db: Database) -> None:
    """Which links of a page are wanted; whose article a search showed; headlines of late."""
    run(
        db,
        "ALTER TABLE feeds ADD COLUMN links TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE articles ADD COLUMN source_outlet TEXT",  # NULL: the outlet of its feed
        # A search wraps its links, so its articles are known again by outlet, headline and hour.
        # Rows are kept for days; the primary key begins with what is looked up.
        """
        CREATE TABLE headlines (
            mark TEXT NOT NULL, article INTEGER NOT NULL REFERENCES articles (id),
            host TEXT NOT NULL, at TEXT NOT NULL,
            wrapped INTEGER NOT NULL, -- 1: only a search has shown it so far
            PRIMARY KEY (mark, article)
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX headlines_at ON headlines (at)",
        "CREATE INDEX headlines_article ON headlines (article)",
    )


MIGRATIONS = (("0016_sources", sources),)
