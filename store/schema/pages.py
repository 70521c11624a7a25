"""Pages as they were fetched, what was asked again later, texts that were removed, backfills."""

from __future__ import annotations

from store.schema.statements import run
from store.sqlite import Database


def pages(db: Database) -> None:
    """A page a version, its bytes in a file beside the store; re-readings; removals.

    ``page_space`` holds the books of the pages: counted by triggers, so that no way of writing
    can leave them wrong, and read in one look-up however many pages there are.
    """
    run(
        db,
        """
        CREATE TABLE pages (
            article INTEGER NOT NULL REFERENCES articles (id), version INTEGER NOT NULL,
            source TEXT NOT NULL CHECK (source IN ('page', 'feed')),
            url TEXT NOT NULL, final_url TEXT NOT NULL, status INTEGER NOT NULL,
            headers TEXT NOT NULL, fetched_at TEXT NOT NULL, etag TEXT, last_modified TEXT,
            sha256 TEXT NOT NULL, size INTEGER NOT NULL,
            stored INTEGER NOT NULL, -- bytes of the file; 0: only this record is kept
            trial INTEGER NOT NULL,  -- 1: until its article is judged, and two days
            PRIMARY KEY (article, version)
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX pages_trial ON pages (fetched_at) WHERE trial = 1",
        "CREATE INDEX pages_kept ON pages (fetched_at) WHERE trial = 0 AND stored > 0",
        "CREATE INDEX pages_file ON pages (sha256) WHERE stored > 0",
        """
        CREATE TABLE page_space (
            what TEXT PRIMARY KEY, n INTEGER NOT NULL DEFAULT 0, size INTEGER NOT NULL DEFAULT 0,
            stored INTEGER NOT NULL DEFAULT 0
        ) STRICT, WITHOUT ROWID""",
        """INSERT INTO page_space (what) VALUES
            ('taken'), ('trial'), ('kept'), ('unwanted'), ('expired'), ('removed'), ('replaced')""",
        *_COUNTING,
        """
        CREATE TABLE rereads (
            article INTEGER NOT NULL REFERENCES articles (id),
            after INTEGER NOT NULL, -- seconds from its first sighting
            due_at TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, asked_at TEXT,
            outcome TEXT NOT NULL DEFAULT '', detail TEXT NOT NULL DEFAULT '', status INTEGER,
            version INTEGER, -- the text that stood after it
            print TEXT NOT NULL DEFAULT '', -- of the page's own text, where the feed's is held
            PRIMARY KEY (article, after)
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX rereads_due ON rereads (due_at, article) WHERE outcome = ''",
        "CREATE INDEX rereads_told ON rereads (asked_at) WHERE outcome NOT IN ('', 'same')",
        """
        CREATE TABLE reextractions ( -- how far reading kept pages again has come
            extractor TEXT NOT NULL, outlet TEXT NOT NULL, since TEXT NOT NULL,
            last_article INTEGER NOT NULL, seen INTEGER NOT NULL, changed INTEGER NOT NULL,
            done INTEGER NOT NULL, at TEXT NOT NULL,
            PRIMARY KEY (extractor, outlet, since)
        ) STRICT, WITHOUT ROWID""",
        "ALTER TABLE versions ADD COLUMN removed_at TEXT",
        "ALTER TABLE versions ADD COLUMN removed_by TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE versions ADD COLUMN removed_why TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE articles ADD COLUMN removed INTEGER NOT NULL DEFAULT 0",
        """
        CREATE TABLE removals (
            id INTEGER PRIMARY KEY, article INTEGER NOT NULL REFERENCES articles (id),
            by TEXT NOT NULL, at TEXT NOT NULL, why TEXT NOT NULL,
            texts INTEGER NOT NULL, pages INTEGER NOT NULL
        ) STRICT""",
        "CREATE INDEX removals_article ON removals (article)",
    )


def _moves(sign: str, row: str) -> str:
    """Add one page of ``row`` to what it stands in, or take it away."""
    return (  # our own words
        f"UPDATE page_space SET n = n {sign} 1, size = size {sign} {row}.size,"  # noqa: S608
        f" stored = stored {sign} {row}.stored"
        f" WHERE what = CASE WHEN {row}.trial = 1 THEN 'trial' ELSE 'kept' END;"
    )


_COUNTING = (
    f"""CREATE TRIGGER pages_come AFTER INSERT ON pages WHEN NEW.stored > 0 BEGIN
        {_moves("+", "NEW")}
        UPDATE page_space SET n = n + 1, size = size + NEW.size, stored = stored + NEW.stored
        WHERE what = 'taken'; END""",  # noqa: S608
    f"""CREATE TRIGGER pages_go AFTER DELETE ON pages WHEN OLD.stored > 0 BEGIN
        {_moves("-", "OLD")} END""",
    f"""CREATE TRIGGER pages_change AFTER UPDATE OF stored, trial ON pages
        WHEN OLD.stored > 0 AND (OLD.stored <> NEW.stored OR OLD.trial <> NEW.trial) BEGIN
        {_moves("-", "OLD")} END""",
    f"""CREATE TRIGGER pages_changed AFTER UPDATE OF stored, trial ON pages
        WHEN NEW.stored > 0 AND (OLD.stored <> NEW.stored OR OLD.trial <> NEW.trial) BEGIN
        {_moves("+", "NEW")} END""",
)


def backfills(db: Database) -> None:
    """Backfills, the lists they came from, and what became of every address in them."""
    run(
        db,
        """
        CREATE TABLE backfills (
            name TEXT PRIMARY KEY, began_at TEXT NOT NULL, by TEXT NOT NULL,
            since_on TEXT, until_on TEXT, -- of what sitemaps list
            paused INTEGER NOT NULL DEFAULT 0
        ) STRICT, WITHOUT ROWID""",
        """
        CREATE TABLE backfill_lists (
            backfill TEXT NOT NULL REFERENCES backfills (name), place TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('file', 'sitemap')),
            state TEXT NOT NULL DEFAULT 'waiting'
                CHECK (state IN ('waiting', 'read', 'failed')),
            depth INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0,
            listed INTEGER NOT NULL DEFAULT 0, detail TEXT NOT NULL DEFAULT '', read_at TEXT,
            PRIMARY KEY (backfill, place)
        ) STRICT, WITHOUT ROWID""",
        """
        CREATE TABLE backfill_urls (
            id INTEGER PRIMARY KEY, backfill TEXT NOT NULL REFERENCES backfills (name),
            canonical_url TEXT NOT NULL, url TEXT NOT NULL, title TEXT NOT NULL,
            published TEXT, host TEXT NOT NULL,
            state TEXT NOT NULL DEFAULT 'waiting'
                CHECK (state IN ('waiting', 'entered', 'known', 'bad')),
            detail TEXT NOT NULL DEFAULT '', article INTEGER REFERENCES articles (id),
            UNIQUE (backfill, canonical_url)
        ) STRICT""",
        """CREATE INDEX backfill_urls_waiting ON backfill_urls (backfill, id)
            WHERE state = 'waiting'""",
        """
        CREATE TABLE backfill_counts (
            backfill TEXT NOT NULL, state TEXT NOT NULL, n INTEGER NOT NULL,
            PRIMARY KEY (backfill, state)
        ) STRICT, WITHOUT ROWID""",
        """CREATE TRIGGER backfill_urls_come AFTER INSERT ON backfill_urls BEGIN
            INSERT INTO backfill_counts (backfill, state, n) VALUES (NEW.backfill, NEW.state, 1)
            ON CONFLICT DO UPDATE SET n = n + 1; END""",
        """CREATE TRIGGER backfill_urls_move AFTER UPDATE OF state ON backfill_urls
            WHEN OLD.state <> NEW.state BEGIN
            UPDATE backfill_counts SET n = n - 1 WHERE backfill = OLD.backfill
                AND state = OLD.state;
            INSERT INTO backfill_counts (backfill, state, n) VALUES (NEW.backfill, NEW.state, 1)
            ON CONFLICT DO UPDATE SET n = n + 1; END""",
    )


MIGRATIONS = (("0037_pages", pages), ("0038_backfills", backfills))
"""After snapshots."""
