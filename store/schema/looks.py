"""What the alert rules were shown: each text once, with what was known of it then."""

from __future__ import annotations

from store.schema.statements import run
from store.sqlite import Database


def looks(db: Database) -> None:
    """A line for each text or headline that the rules looked at, old ones from their verdicts.

    What a rule would have caught is then asked of the very things the rules were given: the score
    and the stretches an outlet repeats are others by the time a person asks. The text itself
    stands in ``versions``; only a headline that waited for its page is kept here.
    """
    run(
        db,
        """
        CREATE TABLE looks (
            article INTEGER NOT NULL REFERENCES articles (id), version INTEGER NOT NULL,
            text_hash TEXT NOT NULL, at TEXT NOT NULL,
            size INTEGER NOT NULL, -- characters of the body; it may be forgotten later
            score REAL, topics TEXT NOT NULL, -- JSON; no score: it was not judged yet
            outlet TEXT NOT NULL, side TEXT NOT NULL, language TEXT, kind TEXT NOT NULL,
            repeated TEXT NOT NULL, -- JSON: [start, end, articles] of what was not read
            title TEXT, said TEXT, -- of a headline alone
            PRIMARY KEY (article, version, text_hash)
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX looks_at ON looks (at)",
        """
        INSERT OR IGNORE INTO looks
        SELECT d.article, d.version, coalesce(v.text_hash, ''), d.judged_at,
            length(coalesce(v.body, '')), d.score, d.topics,
            coalesce(a.source_outlet, f.outlet, ''), coalesce(f.side, ''),
            coalesce(a.language, nullif(f.language, '')), a.genre,
            CASE WHEN json_valid(d.given) THEN (
                SELECT json_group_array(json_array(json_extract(r.value, '$.start'),
                    json_extract(r.value, '$.end'), json_extract(r.value, '$.articles')))
                FROM json_each(d.given, '$.repeated') r) ELSE '[]' END, NULL, NULL
        FROM verdicts d JOIN articles a ON a.id = d.article
            LEFT JOIN versions v ON v.article = d.article AND v.version = d.version
            LEFT JOIN feeds f ON f.key = a.feed
        WHERE d.id = (SELECT min(e.id) FROM verdicts e
            WHERE e.article = d.article AND e.version = d.version)""",
        """
        INSERT OR IGNORE INTO looks
        SELECT a.id, 0, '', a.first_seen_at, length(a.summary), NULL, '[]',
            coalesce(a.source_outlet, f.outlet, ''), coalesce(f.side, ''),
            coalesce(a.language, nullif(f.language, '')), a.genre, '[]', a.title, a.summary
        FROM articles a LEFT JOIN feeds f ON f.key = a.feed
        WHERE a.matched = 1 AND a.version = 0""",
    )


MIGRATIONS = (("0032_looks", looks),)
"""After rules and the digest's memory."""
