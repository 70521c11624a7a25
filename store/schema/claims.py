"""Claims and quotes with their sentences, and what people said of the claims."""

from __future__ import annotations

from store.schema.statements import run
from store.sqlite import Database

# What of an article was read for claims: this version, this text. A later edit reads it anew.
READ_NOW = "version || ':' || coalesce(text_hash, '')"


def claims(db: Database) -> None:
    """Claims and quotes, each with its sentence, kept when the text is forgotten.

    A claim keeps its number through edits of its article: ``mark`` is what it says. ``gone`` is set
    when the newest text says it no more. Where a person corrected it, the columns hold what counts
    and ``machine`` what was read.
    """
    run(
        db,
        """
        CREATE TABLE claims (
            id INTEGER PRIMARY KEY,
            article INTEGER REFERENCES articles (id), -- NULL: of an imported text
            imported TEXT REFERENCES imports (id),
            mark TEXT NOT NULL, version INTEGER NOT NULL, -- that first said it
            population TEXT NOT NULL, who TEXT NOT NULL, subject TEXT NOT NULL, unit TEXT NOT NULL,
            least REAL, most REAL, text TEXT NOT NULL, -- the figure as written
            place TEXT NOT NULL, as_of TEXT NOT NULL, since_on TEXT, until_on TEXT,
            speaker TEXT NOT NULL, office TEXT NOT NULL, speaker_side TEXT NOT NULL,
            outlet TEXT NOT NULL, side TEXT NOT NULL, title TEXT NOT NULL,
            told_at TEXT, -- published; of a later version when it was seen; NULL: not known
            part TEXT NOT NULL, sentence TEXT NOT NULL,
            start INTEGER NOT NULL, figure INTEGER NOT NULL, figure_end INTEGER NOT NULL,
            gone INTEGER NOT NULL DEFAULT 0, noted_at TEXT NOT NULL,
            answer TEXT, -- 'confirm', 'correct', 'discard'; NULL: as read
            machine TEXT, -- JSON
            CHECK ((article IS NULL) <> (imported IS NULL))
        ) STRICT""",
        "CREATE UNIQUE INDEX claims_article ON claims (article, mark) WHERE article IS NOT NULL",
        "CREATE UNIQUE INDEX claims_import ON claims (imported, mark) WHERE imported IS NOT NULL",
        "CREATE INDEX claims_population ON claims (population, place)",
        """
        CREATE TABLE claim_answers (
            id INTEGER PRIMARY KEY, claim INTEGER NOT NULL REFERENCES claims (id),
            answer TEXT NOT NULL CHECK (answer IN ('confirm', 'correct', 'discard', 'open')),
            given TEXT NOT NULL, -- JSON: the values put in place, of 'correct'
            by TEXT NOT NULL, at TEXT NOT NULL, note TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX claim_answers_claim ON claim_answers (claim, id)",
        """
        CREATE TABLE quotes (
            id INTEGER PRIMARY KEY,
            article INTEGER REFERENCES articles (id), imported TEXT REFERENCES imports (id),
            mark TEXT NOT NULL, version INTEGER NOT NULL,
            speaker TEXT NOT NULL, office TEXT NOT NULL, speaker_side TEXT NOT NULL,
            words TEXT NOT NULL, sentence TEXT NOT NULL, start INTEGER NOT NULL,
            said_on TEXT, resolved TEXT NOT NULL,
            outlet TEXT NOT NULL, side TEXT NOT NULL, title TEXT NOT NULL, told_at TEXT,
            gone INTEGER NOT NULL DEFAULT 0, noted_at TEXT NOT NULL,
            CHECK ((article IS NULL) <> (imported IS NULL))
        ) STRICT""",
        "CREATE UNIQUE INDEX quotes_article ON quotes (article, mark) WHERE article IS NOT NULL",
        "CREATE UNIQUE INDEX quotes_import ON quotes (imported, mark) WHERE imported IS NOT NULL",
        """CREATE VIRTUAL TABLE quote_words USING fts5(
            speaker, office, words, content='', tokenize="unicode61 remove_diacritics 2")""",
        "ALTER TABLE articles ADD COLUMN claimed TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE imports ADD COLUMN claimed INTEGER NOT NULL DEFAULT 0",
        f"""
        CREATE INDEX articles_unclaimed ON articles (id)
            WHERE copy_of IS NULL AND version > 0 AND claimed <> {READ_NOW}
            AND (route = 'queue' OR decision = 'relevant') AND disposition = 'queued'""",
        f"""
        CREATE INDEX articles_copies_unclaimed ON articles (first_seen_at, copy_of)
            WHERE copy_how = 'near_text' AND claimed <> {READ_NOW}""",
    )


MIGRATIONS = (("0021_claims", claims),)
"""After stories: what is told of an article's story is told of its claims."""
