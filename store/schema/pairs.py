"""Second readings: which articles two people read without seeing each other's answer."""

from __future__ import annotations

from store.schema.statements import run
from store.sqlite import Database


def pairs(db: Database) -> None:
    """What each line of a drawn article is to the pair, and how every pair stands.

    ``decisions.reading`` is what happened; ``pairs`` is worked out from it and can be made anew.
    ``salts`` holds what makes the draw unguessable from an article's number.
    """
    run(
        db,
        """ALTER TABLE decisions ADD COLUMN reading TEXT
            CHECK (reading IN ('first', 'second', 'settles', 'jointly', 'aside'))""",
        "CREATE INDEX decisions_read ON decisions (article) WHERE reading IS NOT NULL",
        """CREATE INDEX decisions_deciders ON decisions (at, by)
            WHERE answer IS NOT NULL AND via IS NULL""",
        "CREATE INDEX decisions_at ON decisions (at)",
        "CREATE INDEX decisions_person ON decisions (by, id)",
        "CREATE INDEX decisions_answer ON decisions (answer, id)",
        """
        CREATE TABLE pairs (
            article INTEGER PRIMARY KEY REFERENCES articles (id), drawn_at TEXT NOT NULL,
            state TEXT NOT NULL
                CHECK (state IN ('open', 'waiting', 'agreed', 'disputed', 'settled')),
            first INTEGER REFERENCES decisions (id), first_by TEXT, first_answer TEXT,
            second INTEGER REFERENCES decisions (id), second_by TEXT, second_answer TEXT,
            settled INTEGER REFERENCES decisions (id)
        ) STRICT""",
        "CREATE INDEX pairs_state ON pairs (state, first_by)",
        "CREATE INDEX pairs_read ON pairs (second) WHERE second IS NOT NULL",
        "CREATE TABLE salts (name TEXT PRIMARY KEY, salt TEXT NOT NULL) STRICT, WITHOUT ROWID",
        "INSERT INTO salts (name, salt) VALUES ('pairs', lower(hex(randomblob(32))))",
    )


MIGRATIONS = (("0023_pairs", pairs),)
