"""Where rules met articles, who was told of it, and spikes of topics and places."""

from __future__ import annotations

from store.schema.statements import run
from store.sqlite import Database


def firings(db: Database) -> None:
    """A row for each rule and article that met, kept for ever; and what each reader heard of it.

    Alerts of before are firings that were told: whoever got one gets no second.
    """
    run(
        db,
        """
        CREATE TABLE firings (
            id INTEGER PRIMARY KEY, rule TEXT NOT NULL,
            article INTEGER NOT NULL REFERENCES articles (id),
            version INTEGER NOT NULL, -- of the text that was met; 0: of the headline alone
            score REAL, hits TEXT NOT NULL, -- JSON
            at TEXT NOT NULL,
            open INTEGER NOT NULL DEFAULT 1, -- 0: everybody it is for heard of it, or never will
            UNIQUE (rule, article)
        ) STRICT""",
        "CREATE INDEX firings_open ON firings (id) WHERE open = 1",
        "CREATE INDEX firings_rule ON firings (rule, at)",
        "CREATE INDEX firings_article ON firings (article)",
        "CREATE INDEX firings_at ON firings (at)",
        # What became of a firing for one way out. 'held' waits; the others are final.
        """
        CREATE TABLE firing_ways (
            firing INTEGER NOT NULL REFERENCES firings (id), way TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('told', 'same', 'storm', 'held')),
            why TEXT NOT NULL, -- of 'held': 'quiet', 'cap'
            until_at TEXT, -- of 'held'
            key TEXT, -- the message that told it, or told of its story before
            at TEXT NOT NULL,
            PRIMARY KEY (firing, way)
        ) STRICT, WITHOUT ROWID""",
        """
        CREATE TABLE alert_messages (
            key TEXT PRIMARY KEY, way TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('alert', 'update', 'summary', 'storm', 'spike')),
            rule TEXT, -- of a storm
            at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX alert_messages_way ON alert_messages (way, at)",
        # A story that a reader heard of, known by the article the alert named: stories are split
        # and merged, articles stay.
        """
        CREATE TABLE alert_stories (
            way TEXT NOT NULL, article INTEGER NOT NULL REFERENCES articles (id),
            key TEXT NOT NULL, -- the first message; updates answer it
            rules TEXT NOT NULL, -- JSON: the rules that were named
            facts TEXT NOT NULL, -- JSON: keys of what was told or known when it was told
            told_at TEXT NOT NULL, last_at TEXT NOT NULL,
            stale_at TEXT, -- since when something was added that nobody looked at; NULL: nothing
            held TEXT NOT NULL DEFAULT '', until_at TEXT, -- why a change is held back, as above
            PRIMARY KEY (way, article)
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX alert_stories_article ON alert_stories (article)",
        "CREATE INDEX alert_stories_stale ON alert_stories (way) WHERE stale_at IS NOT NULL",
        """
        CREATE TABLE alert_rules (
            rule TEXT PRIMARY KEY, since_at TEXT NOT NULL, -- first seen at work
            checked_at TEXT NOT NULL DEFAULT '', nudged_at TEXT -- told that it is mostly noise
        ) STRICT""",
        # How far claims and quotes were looked through for changes.
        "CREATE TABLE alert_marks (what TEXT PRIMARY KEY, mark INTEGER NOT NULL) STRICT",
        """INSERT INTO alert_marks
            SELECT 'claims', coalesce(max(id), 0) FROM claims
            UNION ALL SELECT 'quotes', coalesce(max(id), 0) FROM quotes
            UNION ALL SELECT 'edits', coalesce(max(id), 0) FROM story_edits""",
        "INSERT INTO alert_marks VALUES ('spikes', 0)",
        """
        CREATE TABLE spikes (
            id INTEGER PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('topic', 'place')),
            name TEXT NOT NULL, began_at TEXT NOT NULL, seen_at TEXT NOT NULL, over_at TEXT,
            n INTEGER NOT NULL, highest INTEGER NOT NULL, -- in a day: when told, and at most since
            habit REAL NOT NULL, most INTEGER NOT NULL, -- a day, before; and never above
            days INTEGER NOT NULL -- that the habit was taken from
        ) STRICT""",
        "CREATE UNIQUE INDEX spikes_open ON spikes (kind, name) WHERE over_at IS NULL",
        "CREATE INDEX spikes_began ON spikes (began_at)",
        # How every watched series stood when it was last looked at: what the desk shows.
        """
        CREATE TABLE spike_series (
            kind TEXT NOT NULL, name TEXT NOT NULL, looked_at TEXT NOT NULL,
            n INTEGER NOT NULL, habit REAL NOT NULL, most INTEGER NOT NULL, days INTEGER NOT NULL,
            needed INTEGER NOT NULL, state TEXT NOT NULL, why TEXT NOT NULL,
            PRIMARY KEY (kind, name)
        ) STRICT, WITHOUT ROWID""",
        *BEFORE,
    )


BEFORE = (
    """INSERT INTO firings (rule, article, version, score, hits, at, open)
        SELECT rule, article, 0, NULL, '[]', min(created_at), 0 FROM outbox
        WHERE kind = 'alert' AND rule IS NOT NULL AND article IS NOT NULL GROUP BY rule, article""",
    """INSERT INTO firing_ways (firing, way, state, why, key, at)
        SELECT f.id, o.channel, 'told', '', min(o.key), min(o.created_at) FROM outbox o
        JOIN firings f ON f.rule = o.rule AND f.article = o.article
        WHERE o.kind = 'alert' GROUP BY f.id, o.channel""",
    """INSERT INTO alert_messages (key, way, kind, at)
        SELECT key, channel, 'alert', created_at FROM outbox WHERE kind = 'alert'""",
    """INSERT INTO alert_stories (way, article, key, rules, facts, told_at, last_at)
        SELECT channel, article, min(key), json_group_array(DISTINCT rule), '[]',
            min(created_at), max(created_at)
        FROM outbox WHERE kind = 'alert' AND rule IS NOT NULL AND article IS NOT NULL
        GROUP BY channel, article""",
)

MIGRATIONS = (("0033_firings", firings),)
"""After ways: what goes out is known by the way it takes."""
