"""What pictures are drawn from: counts of days and months kept by triggers; the team's timeline."""

from __future__ import annotations

from store.schema.statements import run
from store.sqlite import Database

# An article counts as ours while it is queued or accepted, and no copy; what a person put in place
# of its strands counts instead of the judgement's.
_OURS = """a.copy_of IS NULL AND (a.decision IS 'relevant'
    OR (a.disposition = 'queued' AND a.decision IS NOT 'not_relevant'))"""
_TOPICS = """coalesce(
    (SELECT s.topics FROM facets s WHERE s.article = a.id ORDER BY s.id DESC LIMIT 1),
    (SELECT v.topics FROM verdicts v WHERE v.id = a.verdict), '[]')"""
_COUNTED = f"""
INSERT INTO counted_articles (article, day_on, feed, topics, accepted)
SELECT a.id, substr(a.first_seen_at, 1, 10), a.feed, {_TOPICS}, a.decision IS 'relevant'
FROM articles a WHERE {{which}} {_OURS}
"""  # noqa: S608  # our own fragments
# Counted anew and never by difference: what is taken off is what was put on, whatever changed.
_ANEW = f"""
DELETE FROM counted_articles WHERE article = {{article}};
{_COUNTED.format(which="a.id = {article} AND")};
"""  # noqa: S608
_UNITS = "(SELECT 'day' AS unit, 10 AS cut UNION ALL SELECT 'month', 7) u"
_PUT = """
INSERT INTO article_counts (unit, period, topic, feed, n, accepted)
SELECT u.unit, substr({row}.day_on, 1, u.cut), t.topic, {row}.feed, {by}, {by} * {row}.accepted
FROM {units} CROSS JOIN (SELECT '' AS topic UNION SELECT value FROM json_each({row}.topics)) t
WHERE 1
ON CONFLICT (unit, period, topic, feed) DO UPDATE SET
    n = n + excluded.n, accepted = accepted + excluded.accepted;
"""


def counts(db: Database) -> None:
    """Items and articles by day and by month, feed and strand, so that no picture counts them."""
    run(
        db,
        # The books of all time are one walk through this: 25 ms at 64,000 rows without it.
        "CREATE INDEX ledger_days_sum ON ledger_days (disposition, reason, n)",
        """
        CREATE TABLE item_counts (
            unit TEXT NOT NULL CHECK (unit IN ('day', 'month')),
            period TEXT NOT NULL, feed TEXT NOT NULL, n INTEGER NOT NULL,
            PRIMARY KEY (unit, period, feed)
        ) STRICT, WITHOUT ROWID""",
        f"""
        INSERT INTO item_counts
        SELECT u.unit, substr(i.first_seen_at, 1, u.cut), i.feed, count(*)
        FROM items i CROSS JOIN {_UNITS} GROUP BY 1, 2, 3""",  # noqa: S608
        f"""
        CREATE TRIGGER items_into_counts AFTER INSERT ON items BEGIN
            INSERT INTO item_counts (unit, period, feed, n)
            SELECT u.unit, substr(NEW.first_seen_at, 1, u.cut), NEW.feed, 1 FROM {_UNITS} WHERE 1
            ON CONFLICT (unit, period, feed) DO UPDATE SET n = n + 1;
        END""",  # noqa: S608
        """
        CREATE TABLE counted_articles (
            article INTEGER PRIMARY KEY, day_on TEXT NOT NULL, feed TEXT NOT NULL,
            topics TEXT NOT NULL, -- JSON: the strands it counts under
            accepted INTEGER NOT NULL
        ) STRICT""",
        """
        CREATE TABLE article_counts (
            unit TEXT NOT NULL CHECK (unit IN ('day', 'month')),
            period TEXT NOT NULL,
            topic TEXT NOT NULL, -- a strand; '': all of them, each article once
            feed TEXT NOT NULL, n INTEGER NOT NULL, accepted INTEGER NOT NULL,
            PRIMARY KEY (unit, period, topic, feed)
        ) STRICT, WITHOUT ROWID""",
        f"""CREATE TRIGGER counted_articles_on AFTER INSERT ON counted_articles
            BEGIN {_PUT.format(row="NEW", by=1, units=_UNITS)} END""",
        f"""CREATE TRIGGER counted_articles_off AFTER DELETE ON counted_articles
            BEGIN {_PUT.format(row="OLD", by=-1, units=_UNITS)} END""",
        _COUNTED.format(which=""),
        f"""CREATE TRIGGER articles_counted_new AFTER INSERT ON articles
            WHEN NEW.disposition = 'queued' OR NEW.decision IS 'relevant'
            BEGIN {_ANEW.format(article="NEW.id")} END""",
        # The last words of each row decide whether anything can have changed: most updates are of
        # articles that never were ours, and they must cost nothing.
        f"""CREATE TRIGGER articles_counted AFTER UPDATE OF
                verdict, disposition, decision, copy_of, feed, first_seen_at ON articles
            WHEN (OLD.disposition = 'queued' OR OLD.decision IS 'relevant'
                    OR NEW.disposition = 'queued' OR NEW.decision IS 'relevant')
                AND (OLD.verdict IS NOT NEW.verdict OR OLD.disposition <> NEW.disposition
                    OR OLD.decision IS NOT NEW.decision OR OLD.copy_of IS NOT NEW.copy_of
                    OR OLD.feed <> NEW.feed OR OLD.first_seen_at <> NEW.first_seen_at)
            BEGIN {_ANEW.format(article="NEW.id")} END""",
        f"""CREATE TRIGGER facets_counted AFTER INSERT ON facets
            BEGIN {_ANEW.format(article="NEW.article")} END""",
        f"""CREATE TRIGGER verdicts_counted AFTER UPDATE OF topics ON verdicts
            WHEN OLD.topics <> NEW.topics
            BEGIN {_ANEW.format(article="NEW.article")} END""",
        # Read so far against found: by instant, without a look at any article.
        """CREATE INDEX articles_answered ON articles (decided_at, decision, copy_of)
            WHERE decision IS NOT NULL AND copy_of IS NULL""",
        "CREATE INDEX claims_beside ON claims (population, place COLLATE NOCASE)",
    )


def pins(db: Database) -> None:
    """The timeline that people pin: a line for each thing done, the newest of a pin stands."""
    run(
        db,
        """
        CREATE TABLE pin_lines (
            id INTEGER PRIMARY KEY,
            pin INTEGER NOT NULL, -- the number of the pin: its first line's
            did TEXT NOT NULL CHECK (did IN ('pinned', 'changed', 'removed', 'restored')),
            kind TEXT NOT NULL CHECK (kind IN ('article', 'talks', 'phase', 'note')),
            title TEXT NOT NULL,
            since TEXT NOT NULL, -- as given: 2021, 2021-08 or 2021-08-15
            until TEXT NOT NULL, -- likewise; '': one day, month or year; 'now': it goes on
            first_on TEXT NOT NULL, last_on TEXT NOT NULL, -- the days that spans
            article INTEGER REFERENCES articles (id), story INTEGER, url TEXT NOT NULL,
            note TEXT NOT NULL, by TEXT NOT NULL, at TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX pin_lines_pin ON pin_lines (pin, id)",
        "CREATE INDEX pin_lines_article ON pin_lines (article) WHERE article IS NOT NULL",
        "CREATE INDEX pin_lines_story ON pin_lines (story) WHERE story IS NOT NULL",
    )


MIGRATIONS = (("0027_counts", counts), ("0027_pins", pins))
