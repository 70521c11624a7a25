"""The books by feed and day, kept for ever in small rows."""

from __future__ import annotations

from store.schema.statements import DISPOSITIONS, run
from store.sqlite import Database

# Triggers, not the code that writes items: no way of writing can then unbalance a day.
_ADD = """
INSERT INTO ledger_days (feed, day_on, disposition, reason, n)
VALUES ({row}.feed, substr({row}.first_seen_at, 1, 10), {row}.disposition,
    coalesce({row}.reason, ''), {by})
ON CONFLICT (feed, day_on, disposition, reason) DO UPDATE SET n = n + excluded.n;
"""
_NEW, _OLD = _ADD.format(row="NEW", by=1), _ADD.format(row="OLD", by=-1)


def days(db: Database) -> None:
    """How many items a feed showed on a day, by what became of them; a day is one of UTC."""
    run(
        db,
        f"""
        CREATE TABLE ledger_days (
            feed TEXT NOT NULL, day_on TEXT NOT NULL,
            disposition TEXT NOT NULL CHECK (disposition IN {DISPOSITIONS}),
            reason TEXT NOT NULL, -- '' where there is none
            n INTEGER NOT NULL,
            PRIMARY KEY (feed, day_on, disposition, reason)
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX ledger_days_day ON ledger_days (day_on)",
        """
        INSERT INTO ledger_days
        SELECT feed, substr(first_seen_at, 1, 10), disposition, coalesce(reason, ''), count(*)
        FROM items GROUP BY 1, 2, 3, 4""",
        f"CREATE TRIGGER items_into_days AFTER INSERT ON items BEGIN {_NEW} END",
        f"""
        CREATE TRIGGER items_between_days AFTER UPDATE OF disposition, reason ON items
        WHEN OLD.disposition <> NEW.disposition OR OLD.reason IS NOT NEW.reason
        BEGIN {_OLD} {_NEW} END""",
    )


MIGRATIONS = (("0014_days", days),)
