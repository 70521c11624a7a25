"""What the judgement remembers: the audit, facets, tails, names, records, turns."""

from __future__ import annotations

from store.schema.statements import run
from store.sqlite import Database


def audit(db: Database) -> None:
    """Each article when it was first rejected, with its chance of a second look; daily plans."""
    run(
        db,
        """
        CREATE TABLE audits (
            article INTEGER PRIMARY KEY REFERENCES articles (id), rejected_at TEXT NOT NULL,
            score REAL NOT NULL, calibrated INTEGER NOT NULL,
            band INTEGER NOT NULL, chance REAL NOT NULL, drawn INTEGER NOT NULL
        ) STRICT""",
        "CREATE INDEX audits_rejected ON audits (rejected_at)",
        "CREATE INDEX audits_drawn ON audits (rejected_at) WHERE drawn = 1",
        # The queue shows the drawn among the likeliest, from which their scores are far away.
        """CREATE INDEX articles_drawn ON articles (id DESC)
            WHERE route = 'sample' AND copy_of IS NULL AND decision IS NULL""",
        """
        CREATE TABLE plans (
            id INTEGER PRIMARY KEY, day_on TEXT NOT NULL, rule TEXT NOT NULL,
            made_at TEXT NOT NULL, threshold REAL NOT NULL, why TEXT NOT NULL,
            bands TEXT NOT NULL, -- JSON: from, below, chance of each
            UNIQUE (day_on, rule)
        ) STRICT""",
    )


def facets(db: Database) -> None:
    """Strands as people put them in place of the judgement's; a line is never changed."""
    run(
        db,
        """
        CREATE TABLE facets (
            id INTEGER PRIMARY KEY, article INTEGER NOT NULL REFERENCES articles (id),
            topics TEXT, -- JSON; NULL: back to the judgement's
            machine TEXT NOT NULL, model TEXT, by TEXT NOT NULL, at TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX facets_article ON facets (article, id)",
    )


def tails(db: Database) -> None:
    """Marks of sentences after the lead, to tell what an outlet repeats under its articles."""
    run(
        db,
        """
        CREATE TABLE tails (
            outlet TEXT NOT NULL, mark INTEGER NOT NULL, article INTEGER NOT NULL,
            seen_at INTEGER NOT NULL, -- seconds since 1970, as in sketches
            PRIMARY KEY (outlet, mark, article)
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX tails_article ON tails (article)",
    )


def names(db: Database) -> None:
    """Weekly lists of unknown names, and what people said of them, one line an answer."""
    run(
        db,
        """
        CREATE TABLE name_lists (
            week_on TEXT PRIMARY KEY, made_at TEXT NOT NULL, since_at TEXT NOT NULL,
            read INTEGER NOT NULL, wanted INTEGER NOT NULL, names TEXT NOT NULL -- JSON
        ) STRICT""",
        """
        CREATE TABLE name_answers (
            id INTEGER PRIMARY KEY, name TEXT NOT NULL, -- the key that all its spellings share
            answer TEXT NOT NULL CHECK (answer IN ('no_name', 'later', 'added', 'open')),
            texts INTEGER NOT NULL, by TEXT NOT NULL, at TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX name_answers_name ON name_answers (name, id)",
    )


def verdict_records(db: Database) -> None:
    """What a verdict needs to be come to again; verdicts from before know less, and stay."""
    run(
        db,
        "ALTER TABLE verdicts ADD COLUMN threshold REAL",  # of the queue, in force at the time
        "ALTER TABLE verdicts ADD COLUMN calibrated INTEGER",
        "ALTER TABLE verdicts ADD COLUMN given TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE verdicts ADD COLUMN snapshot TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE verdicts ADD COLUMN text_hash TEXT NOT NULL DEFAULT ''",
    )


def turns(db: Database) -> None:
    """Who settled, on what corpus, that which model judges; an empty model is the cold start."""
    run(
        db,
        """
        CREATE TABLE turns (
            id INTEGER PRIMARY KEY, snapshot TEXT NOT NULL, model TEXT NOT NULL, by TEXT NOT NULL,
            at TEXT NOT NULL, why TEXT NOT NULL
        ) STRICT""",
    )


MIGRATIONS = (
    ("0008_audit", audit),
    ("0009_facets", facets),
    ("0010_tails", tails),
    ("0011_names", names),
    ("0012_verdict_records", verdict_records),
    ("0013_turns", turns),
)
