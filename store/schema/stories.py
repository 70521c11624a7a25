"""Stories: which articles tell the same event, by what they were put together, who changed it."""

from __future__ import annotations

from store.schema.statements import run
from store.sqlite import Database


def stories(db: Database) -> None:
    """Stories with their members for ever; the index that finds them for a few days only.

    An article that was there before stands alone, and a copy with its original, under the number
    of the article. ``story_edits`` and ``story_moves`` are append-only.
    """
    run(
        db,
        """
        CREATE TABLE stories (
            id INTEGER PRIMARY KEY,
            first_at TEXT NOT NULL, last_at TEXT NOT NULL, -- first and last seen of its articles
            members INTEGER NOT NULL,
            edited INTEGER NOT NULL DEFAULT 0, -- 1: a person split or merged it
            became INTEGER -- the story that has its articles now, when it has none left
        ) STRICT""",
        "CREATE INDEX stories_last ON stories (last_at) WHERE members > 0",
        "ALTER TABLE articles ADD COLUMN story INTEGER",
        "ALTER TABLE articles ADD COLUMN wires TEXT NOT NULL DEFAULT '[]'",
        """
        INSERT INTO stories (id, first_at, last_at, members)
        SELECT coalesce(copy_of, id), min(first_seen_at), max(first_seen_at), count(*)
        FROM articles WHERE version > 0 GROUP BY 1""",
        "UPDATE articles SET story = coalesce(copy_of, id) WHERE version > 0",
        "CREATE INDEX articles_story ON articles (story, first_seen_at) WHERE story IS NOT NULL",
        """
        CREATE TABLE story_joins (
            article INTEGER PRIMARY KEY REFERENCES articles (id), why TEXT NOT NULL,
            likeness REAL NOT NULL, near INTEGER, shared TEXT NOT NULL -- JSON, words
        ) STRICT""",
        # Of the last days only. Terms are 64-bit hashes; term 0 counts the articles.
        """
        CREATE TABLE story_facts (
            article INTEGER PRIMARY KEY REFERENCES articles (id), story INTEGER NOT NULL,
            at INTEGER NOT NULL, -- seconds since 1970, published else first seen
            noted_at INTEGER NOT NULL, facts TEXT NOT NULL -- JSON
        ) STRICT""",
        "CREATE INDEX story_facts_story ON story_facts (story, at)",
        "CREATE INDEX story_facts_noted ON story_facts (noted_at)",
        """
        CREATE TABLE story_terms (
            term INTEGER NOT NULL, at INTEGER NOT NULL, article INTEGER NOT NULL,
            PRIMARY KEY (term, at, article)
        ) STRICT, WITHOUT ROWID""",
        "CREATE TABLE story_words (term INTEGER PRIMARY KEY, n INTEGER NOT NULL) STRICT",
        """
        CREATE TABLE story_edits (
            id INTEGER PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('split', 'merge', 'undo')),
            story INTEGER NOT NULL REFERENCES stories (id),
            other INTEGER NOT NULL REFERENCES stories (id),
            undoes INTEGER UNIQUE REFERENCES story_edits (id),
            by TEXT NOT NULL, at TEXT NOT NULL, note TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX story_edits_story ON story_edits (story)",
        "CREATE INDEX story_edits_other ON story_edits (other)",
        """
        CREATE TABLE story_moves (
            edit INTEGER NOT NULL REFERENCES story_edits (id),
            article INTEGER NOT NULL REFERENCES articles (id),
            from_story INTEGER NOT NULL, to_story INTEGER NOT NULL,
            PRIMARY KEY (edit, article)
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX story_moves_article ON story_moves (article)",
    )


MIGRATIONS = (("0020_stories", stories),)
