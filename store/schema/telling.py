"""What each digest told of each story, and who said what in a sentence without a figure."""

from __future__ import annotations

from store.schema.statements import run
from store.sqlite import Database


def telling(db: Database) -> None:
    """Entries of digests with their facts and articles, what was left out, and statements.

    A story is found again by its articles, so a telling keeps a ``thread``: tellings whose stories
    share an article share it, also when the stories were put together or taken apart since.
    """
    run(
        db,
        """
        CREATE TABLE tellings (
            id INTEGER PRIMARY KEY, digest TEXT NOT NULL, day_on TEXT NOT NULL,
            thread INTEGER NOT NULL, -- the first telling of the same story
            story INTEGER, -- as it was numbered then
            article INTEGER NOT NULL, part TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX tellings_thread ON tellings (thread)",
        "CREATE INDEX tellings_day ON tellings (digest, day_on)",
        """
        CREATE TABLE telling_articles (
            digest TEXT NOT NULL, article INTEGER NOT NULL,
            telling INTEGER NOT NULL REFERENCES tellings (id),
            version INTEGER NOT NULL, title TEXT NOT NULL, -- as they stood when it was told last
            PRIMARY KEY (digest, article)
        ) STRICT""",
        "CREATE INDEX telling_articles_telling ON telling_articles (telling)",
        """
        CREATE TABLE telling_facts (
            id INTEGER PRIMARY KEY, telling INTEGER NOT NULL REFERENCES tellings (id),
            key TEXT NOT NULL, value TEXT NOT NULL, place TEXT NOT NULL, sentence TEXT NOT NULL,
            article INTEGER NOT NULL, outlet TEXT NOT NULL, side TEXT NOT NULL, at TEXT NOT NULL,
            claim INTEGER -- that it stands on: a person may discard it later
        ) STRICT""",
        "CREATE INDEX telling_facts_telling ON telling_facts (telling)",
        """
        CREATE TABLE telling_left (
            digest TEXT NOT NULL, article INTEGER NOT NULL, story INTEGER,
            part TEXT NOT NULL, since_on TEXT NOT NULL, -- the first day it found no room
            PRIMARY KEY (digest, article)
        ) STRICT""",
        """
        CREATE TABLE spoken (
            id INTEGER PRIMARY KEY, article INTEGER NOT NULL REFERENCES articles (id),
            mark TEXT NOT NULL, version INTEGER NOT NULL, -- that first said it
            speaker TEXT NOT NULL, office TEXT NOT NULL, speaker_side TEXT NOT NULL,
            person INTEGER NOT NULL, sentence TEXT NOT NULL, start INTEGER NOT NULL,
            told_at TEXT, gone INTEGER NOT NULL DEFAULT 0
        ) STRICT""",
        "CREATE UNIQUE INDEX spoken_article ON spoken (article, mark)",
        # A text edited in place is told again where what it says has changed.
        "CREATE INDEX versions_edited ON versions (seen_at, article) WHERE version > 1",
    )


MIGRATIONS = (("0030_telling", telling),)
"""What a digest told; the tables of later numbers may name it."""
