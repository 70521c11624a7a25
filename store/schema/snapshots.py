"""Snapshots a paper can cite: their members as they were, each record and each text kept once."""

from __future__ import annotations

from store.schema.statements import run
from store.sqlite import Database


def snapshots(db: Database) -> None:
    """Snapshots, what stood in them, and what is remembered of a text that was removed."""
    run(
        db,
        """
        CREATE TABLE fixed (
            id TEXT PRIMARY KEY, -- SHA-256 over the records of its members
            created_at TEXT NOT NULL, relevant INTEGER NOT NULL, not_relevant INTEGER NOT NULL,
            origins TEXT NOT NULL, note TEXT NOT NULL,
            facts TEXT NOT NULL, -- the datasheet, as JSON
            model TEXT, artifact TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX fixed_created ON fixed (created_at)",
        """
        CREATE TABLE fixed_members (
            snapshot TEXT NOT NULL REFERENCES fixed (id), record TEXT NOT NULL,
            PRIMARY KEY (snapshot, record)
        ) STRICT, WITHOUT ROWID""",
        """
        CREATE TABLE fixed_records (
            sha256 TEXT PRIMARY KEY, -- of the record's own bytes
            member TEXT NOT NULL, text TEXT NOT NULL, -- its id; the SHA-256 of its text
            record TEXT NOT NULL -- JSON, keys sorted
        ) STRICT""",
        "CREATE INDEX fixed_records_member ON fixed_records (member, text)",
        """
        CREATE TABLE fixed_texts (
            sha256 TEXT PRIMARY KEY, body BLOB -- zlib; NULL: the text was removed
        ) STRICT""",
        """
        CREATE TABLE texts_let_go (
            member TEXT NOT NULL, sha256 TEXT NOT NULL, at TEXT NOT NULL, why TEXT NOT NULL,
            PRIMARY KEY (member, sha256)
        ) STRICT, WITHOUT ROWID""",
        # What an export said of a text that it brought; NULL: the text came without a history.
        "ALTER TABLE imports ADD COLUMN record TEXT",
    )


_KIND = """coalesce((SELECT g.genre FROM genres g WHERE g.article = a.id
    ORDER BY g.id DESC LIMIT 1), a.genre)"""
_KINDS = f"""
INSERT INTO counted_kinds (article, day_on, kind, accepted)
SELECT a.id, c.day_on, {_KIND}, c.accepted
FROM counted_articles c JOIN articles a ON a.id = c.article {{which}}
"""  # noqa: S608  # our own fragments
_ANEW = f"""
DELETE FROM counted_kinds WHERE article = {{article}};
{_KINDS.format(which="WHERE c.article = {article}")};
"""  # noqa: S608
_UNITS = "(SELECT 'day' AS unit, 10 AS cut UNION ALL SELECT 'month', 7) u"
_PUT = f"""
INSERT INTO kind_counts (unit, period, kind, n, accepted)
SELECT u.unit, substr({{row}}.day_on, 1, u.cut), {{row}}.kind, {{by}}, {{by}} * {{row}}.accepted
FROM {_UNITS} WHERE 1
ON CONFLICT (unit, period, kind) DO UPDATE SET
    n = n + excluded.n, accepted = accepted + excluded.accepted;
"""  # noqa: S608


def kinds(db: Database) -> None:
    """Articles of ours by kind of text, and months in which feeds answered: no page counts them."""
    run(
        db,
        """
        CREATE TABLE counted_kinds (
            article INTEGER PRIMARY KEY, day_on TEXT NOT NULL, kind TEXT NOT NULL,
            accepted INTEGER NOT NULL
        ) STRICT""",
        """
        CREATE TABLE kind_counts (
            unit TEXT NOT NULL CHECK (unit IN ('day', 'month')),
            period TEXT NOT NULL, kind TEXT NOT NULL,
            n INTEGER NOT NULL, accepted INTEGER NOT NULL,
            PRIMARY KEY (unit, period, kind)
        ) STRICT, WITHOUT ROWID""",
        f"""CREATE TRIGGER counted_kinds_on AFTER INSERT ON counted_kinds
            BEGIN {_PUT.format(row="NEW", by=1)} END""",
        f"""CREATE TRIGGER counted_kinds_off AFTER DELETE ON counted_kinds
            BEGIN {_PUT.format(row="OLD", by=-1)} END""",
        _KINDS.format(which=""),
        f"""CREATE TRIGGER counted_articles_kind_on AFTER INSERT ON counted_articles
            BEGIN {_ANEW.format(article="NEW.article")} END""",
        """CREATE TRIGGER counted_articles_kind_off AFTER DELETE ON counted_articles
            BEGIN DELETE FROM counted_kinds WHERE article = OLD.article; END""",
        f"""CREATE TRIGGER articles_kind AFTER UPDATE OF genre ON articles
            WHEN OLD.genre <> NEW.genre BEGIN {_ANEW.format(article="NEW.id")} END""",
        f"""CREATE TRIGGER genres_kind AFTER INSERT ON genres
            BEGIN {_ANEW.format(article="NEW.article")} END""",
        """
        CREATE TABLE poll_months (
            month TEXT NOT NULL, feed TEXT NOT NULL,
            asked INTEGER NOT NULL, answered INTEGER NOT NULL, -- days on which it was, and did
            PRIMARY KEY (month, feed)
        ) STRICT, WITHOUT ROWID""",
        """
        INSERT INTO poll_months
        SELECT substr(day_on, 1, 7), feed, sum(asked > 0), sum(answered > 0)
        FROM poll_days GROUP BY 1, 2""",
        f"""CREATE TRIGGER poll_days_month_new AFTER INSERT ON poll_days
            BEGIN {_MONTH.format(asked="NEW.asked > 0", answered="NEW.answered > 0")} END""",
        f"""CREATE TRIGGER poll_days_month AFTER UPDATE OF asked, answered ON poll_days
            WHEN (OLD.asked > 0) <> (NEW.asked > 0) OR (OLD.answered > 0) <> (NEW.answered > 0)
            BEGIN {_MONTH.format(
                asked="(NEW.asked > 0) - (OLD.asked > 0)",
                answered="(NEW.answered > 0) - (OLD.answered > 0)",
            )} END""",
    )  # fmt: skip


_MONTH = """
INSERT INTO poll_months (month, feed, asked, answered)
VALUES (substr(NEW.day_on, 1, 7), NEW.feed, {asked}, {answered})
ON CONFLICT (month, feed) DO UPDATE SET
    asked = asked + excluded.asked, answered = answered + excluded.answered;
"""


def both(db: Database) -> None:
    """Snapshots, and what the pages of the corpus are drawn from."""
    snapshots(db)
    kinds(db)


MIGRATIONS = (("0036_snapshots", both),)
