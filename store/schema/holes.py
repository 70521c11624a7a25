"""Spans of which a feed may have shown us nothing, what filled them, and how often it was asked."""

from __future__ import annotations

from store.schema.statements import run
from store.sqlite import Database

_ANSWERED = "('ok', 'not_modified', 'same_body')"


def holes(db: Database) -> None:
    """Holes with what was asked to fill them; what filling brought; polls by feed and day."""
    run(
        db,
        """
        CREATE TABLE holes (
            id INTEGER PRIMARY KEY, feed TEXT NOT NULL REFERENCES feeds (key),
            since_at TEXT NOT NULL, until_at TEXT NOT NULL, opened_at TEXT NOT NULL,
            why TEXT NOT NULL CHECK (why IN ('possible_gap', 'outage', 'asked')),
            state TEXT NOT NULL DEFAULT 'open'
                CHECK (state IN ('open', 'filled', 'partly', 'unfillable')),
            tried_at TEXT,
            next_try_at TEXT, -- '': at once; NULL: not tried again
            attempts INTEGER NOT NULL DEFAULT 0,
            asked TEXT NOT NULL DEFAULT '[]', -- JSON: each source and what it answered
            found INTEGER NOT NULL DEFAULT 0, -- items that filling added
            usual INTEGER, -- what the feed brings in so long, by the 28 days before
            CHECK (since_at < until_at)
        ) STRICT""",
        "CREATE INDEX holes_due ON holes (next_try_at) WHERE next_try_at IS NOT NULL",
        "CREATE INDEX holes_feed ON holes (feed, until_at)",
        "CREATE INDEX holes_until ON holes (until_at)",
        "ALTER TABLE items ADD COLUMN filled INTEGER REFERENCES holes (id)",
        "CREATE INDEX items_filled ON items (filled) WHERE filled IS NOT NULL",
        # Polls that brought nothing are forgotten after a while; these rows stay for ever.
        """
        CREATE TABLE poll_days (
            feed TEXT NOT NULL, day_on TEXT NOT NULL, asked INTEGER NOT NULL,
            answered INTEGER NOT NULL,
            PRIMARY KEY (feed, day_on)
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX poll_days_day ON poll_days (day_on)",
        f"""
        INSERT INTO poll_days
        SELECT feed, substr(at, 1, 10), count(*), sum(outcome IN {_ANSWERED})
        FROM polls GROUP BY 1, 2""",  # noqa: S608  # our own list
        f"""
        CREATE TRIGGER polls_into_days AFTER INSERT ON polls BEGIN
            INSERT INTO poll_days (feed, day_on, asked, answered)
            VALUES (NEW.feed, substr(NEW.at, 1, 10), 1, NEW.outcome IN {_ANSWERED})
            ON CONFLICT (feed, day_on) DO UPDATE SET
                asked = asked + 1, answered = answered + excluded.answered;
        END""",  # noqa: S608  # our own list
    )


MIGRATIONS = (("0017_holes", holes),)
