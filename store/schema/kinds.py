"""What kind of thing a page is: none at all, and a person knew better; report, op-ed, statement."""

from __future__ import annotations

from store.schema.statements import run
from store.sqlite import Database


def kinds(db: Database) -> None:
    """The texts of refused pages with who overruled the refusal, and the genre of each article.

    ``refusals`` holds the newest refused text of an article; ``overrulings`` and ``genres`` are
    append-only: a line is never changed.
    """
    run(
        db,
        """
        CREATE TABLE refusals (
            article INTEGER PRIMARY KEY REFERENCES articles (id), refused_at TEXT NOT NULL,
            reason TEXT NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL,
            title TEXT NOT NULL, body TEXT NOT NULL, author TEXT, language TEXT,
            published_at TEXT, published_original TEXT, published_source TEXT,
            extractor TEXT NOT NULL
        ) STRICT""",
        """
        CREATE TABLE overrulings (
            id INTEGER PRIMARY KEY, article INTEGER NOT NULL REFERENCES articles (id),
            version INTEGER NOT NULL, -- of the text that came of it
            stands INTEGER NOT NULL, -- 1: it is an article; 0: taken back
            reason TEXT NOT NULL, detail TEXT NOT NULL, -- of the refusal
            by TEXT NOT NULL, at TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX overrulings_article ON overrulings (article, id)",
        """
        CREATE TABLE genres (
            id INTEGER PRIMARY KEY, article INTEGER NOT NULL REFERENCES articles (id),
            genre TEXT, -- NULL: back to the machine's guess
            machine TEXT NOT NULL, by TEXT NOT NULL, at TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX genres_article ON genres (article, id)",
        "ALTER TABLE articles ADD COLUMN genre TEXT NOT NULL DEFAULT 'unknown'",
        "ALTER TABLE articles ADD COLUMN genre_why TEXT NOT NULL DEFAULT ''",
        # 1: a person said that a refused page is an article; its place in the books stays.
        "ALTER TABLE articles ADD COLUMN overruled INTEGER NOT NULL DEFAULT 0",
    )


MIGRATIONS = (("0018_kinds", kinds),)
