"""Sums over all decisions, kept as they change: a page that shows them costs the same for ever."""

from __future__ import annotations

from store.schema.statements import run
from store.sqlite import Database

_COUNTS = "{row}.decision IS NOT NULL AND {row}.copy_of IS NULL"
_SUM = """
INSERT INTO answered_days (day_on, articles, answered, relevant)
SELECT substr({row}.decided_at, 1, 10), {by}, {by} * ({row}.decision IN
    ('relevant', 'not_relevant')), {by} * ({row}.decision = 'relevant')
WHERE {row}.decision IS NOT NULL AND {row}.copy_of IS NULL AND {row}.decided_at IS NOT NULL
ON CONFLICT (day_on) DO UPDATE SET articles = articles + excluded.articles,
    answered = answered + excluded.answered, relevant = relevant + excluded.relevant;
"""
_DECIDED = """
INSERT INTO deciders (by, lines) SELECT NEW.by, 1 WHERE NEW.answer IS NOT NULL AND NEW.via IS NULL
ON CONFLICT (by) DO UPDATE SET lines = lines + 1;
"""
_UNDONE = """
UPDATE deciders SET lines = lines - 1 WHERE by =
    (SELECT d.by FROM decisions d WHERE d.id = NEW.undoes AND d.via IS NULL);
"""


def tallies(db: Database) -> None:
    """Answers that stand by the day they were given on, and lines that stand by person.

    Counted anew for every page they took 100 ms at a million articles.
    """
    run(
        db,
        """
        CREATE TABLE answered_days (
            day_on TEXT PRIMARY KEY, articles INTEGER NOT NULL, -- copies are no articles here
            answered INTEGER NOT NULL, relevant INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID""",
        """
        INSERT INTO answered_days
        SELECT substr(decided_at, 1, 10), count(*), sum(decision IN ('relevant', 'not_relevant')),
            sum(decision = 'relevant')
        FROM articles WHERE decision IS NOT NULL AND copy_of IS NULL AND decided_at IS NOT NULL
        GROUP BY 1""",
        f"""CREATE TRIGGER articles_answered_day_new AFTER INSERT ON articles
            WHEN {_COUNTS.format(row="NEW")} BEGIN {_SUM.format(row="NEW", by=1)} END""",
        f"""CREATE TRIGGER articles_answered_day
            AFTER UPDATE OF decision, decided_at, copy_of ON articles
            WHEN ({_COUNTS.format(row="OLD")}) OR ({_COUNTS.format(row="NEW")})
            BEGIN {_SUM.format(row="OLD", by=-1)} {_SUM.format(row="NEW", by=1)} END""",
        """
        CREATE TABLE deciders (
            by TEXT PRIMARY KEY, lines INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID""",
        """
        INSERT INTO deciders SELECT by, count(*) FROM decisions d
        WHERE answer IS NOT NULL AND via IS NULL
            AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = d.id)
        GROUP BY by""",
        f"CREATE TRIGGER decisions_by AFTER INSERT ON decisions BEGIN {_DECIDED} {_UNDONE} END",
    )


MIGRATIONS = (("0052_tallies", tallies),)
