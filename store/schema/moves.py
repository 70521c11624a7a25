"""How feeds keep their time: what they listed, when they publish, where they moved, what is told.

``feed_hours`` counts by the hour an entry was dated, or first seen where it has no date.
"""

from __future__ import annotations

from store.schema.statements import run
from store.sqlite import Database

# Hours since 1970. A date of the future, or of more than 400 days ago, says nothing of a rhythm:
# an entry is then counted when it was first seen, an archive of old ones not at all.
_HOUR = "CAST(strftime('%s', {}) AS INTEGER) / 3600"
_SEEN, _DATED = _HOUR.format("{row}.first_seen_at"), _HOUR.format("{row}.published_at")
_WHEN = f"CASE WHEN {_DATED} <= {_SEEN} THEN {_DATED} ELSE {_SEEN} END"
_COUNTS = f"({{row}}.published_at IS NULL OR {_DATED} >= {_SEEN} - 9600)"
_COUNT = """
CREATE TRIGGER items_into_hours AFTER INSERT ON items WHEN {counts} BEGIN
    INSERT INTO feed_hours (feed, hour, n) VALUES (NEW.feed, {hour}, 1)
    ON CONFLICT (feed, hour) DO UPDATE SET n = n + 1;
END"""
_COUNT_ALL = """
INSERT INTO feed_hours
SELECT feed, {hour}, count(*) FROM items WHERE {counts} GROUP BY 1, 2"""


def moves(db: Database) -> None:
    """Redirects in doubt, addresses changed, the hours of each feed, and troubles told of."""
    run(
        db,
        "ALTER TABLE feeds ADD COLUMN memory TEXT NOT NULL DEFAULT '{}'",
        "ALTER TABLE polls ADD COLUMN gap_since_at TEXT",
        "ALTER TABLE polls ADD COLUMN gap_until_at TEXT",
        """CREATE INDEX feeds_unwell ON feeds (condition)
            WHERE condition NOT IN ('new', 'ok', 'disabled')""",
        """
        CREATE TABLE feed_hours (
            feed TEXT NOT NULL, hour INTEGER NOT NULL, -- since 1970, UTC
            n INTEGER NOT NULL,
            PRIMARY KEY (feed, hour)
        ) STRICT, WITHOUT ROWID""",
        _COUNT.format(hour=_WHEN.format(row="NEW"), counts=_COUNTS.format(row="NEW")),
        _COUNT_ALL.format(hour=_WHEN.format(row="items"), counts=_COUNTS.format(row="items")),
        """
        CREATE TABLE redirects (
            feed TEXT PRIMARY KEY REFERENCES feeds (key), from_url TEXT NOT NULL,
            to_url TEXT NOT NULL, first_at TEXT NOT NULL, last_at TEXT NOT NULL,
            answers INTEGER NOT NULL, days INTEGER NOT NULL,
            shared INTEGER NOT NULL, why_not TEXT NOT NULL
        ) STRICT""",
        """
        CREATE TABLE moves (
            id INTEGER PRIMARY KEY, feed TEXT NOT NULL REFERENCES feeds (key),
            from_url TEXT NOT NULL, to_url TEXT NOT NULL, at TEXT NOT NULL, by TEXT NOT NULL,
            why TEXT NOT NULL, undoes INTEGER UNIQUE REFERENCES moves (id)
        ) STRICT""",
        "CREATE INDEX moves_feed ON moves (feed, id)",
        """
        CREATE TABLE troubles (
            feed TEXT PRIMARY KEY REFERENCES feeds (key), since_at TEXT NOT NULL,
            condition TEXT NOT NULL, reason TEXT NOT NULL,
            told_at TEXT, well_since_at TEXT
        ) STRICT""",
    )


MIGRATIONS = (("0015_moves", moves),)
