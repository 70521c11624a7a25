"""How a text was come by: which of two was kept, what in it is another story's, its date."""

from __future__ import annotations

from store.schema.statements import run
from store.sqlite import Database


def readings(db: Database) -> None:
    """Add to a version what was chosen and set aside, and to an article what is odd of its date."""
    run(
        db,
        "ALTER TABLE versions ADD COLUMN aside TEXT NOT NULL DEFAULT '[]'",  # JSON: [start, end]
        "ALTER TABLE versions ADD COLUMN text_choice TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE versions ADD COLUMN page_length INTEGER",  # characters; NULL: it gave no text
        "ALTER TABLE versions ADD COLUMN feed_length INTEGER",
        "ALTER TABLE articles ADD COLUMN published_flag TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE articles ADD COLUMN published_note TEXT NOT NULL DEFAULT ''",
    )


MIGRATIONS = (("0019_readings", readings),)
