"""Feeds, articles and their texts, search, decisions, outbox, corpus, health."""

from __future__ import annotations

from store.schema.statements import DISPOSITIONS, run
from store.sqlite import Database


def feeds(db: Database) -> None:
    """Feeds as configured and as observed, and the history of their polls."""
    run(
        db,
        """
        CREATE TABLE feeds (
            key TEXT PRIMARY KEY, url TEXT NOT NULL, outlet TEXT NOT NULL, side TEXT NOT NULL,
            language TEXT NOT NULL, section TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL,
            note TEXT NOT NULL, enabled INTEGER NOT NULL, every_minutes INTEGER NOT NULL,
            user_agent TEXT,
            configured INTEGER NOT NULL DEFAULT 1, -- 0: no longer in the configuration
            off_since_at TEXT,                     -- since when it is unconfigured or disabled
            etag TEXT, last_modified TEXT, body_hash TEXT,
            item_hashes TEXT NOT NULL DEFAULT '[]',
            condition TEXT NOT NULL DEFAULT 'new', condition_since TEXT,
            reason TEXT NOT NULL DEFAULT '',
            failures INTEGER NOT NULL DEFAULT 0, polls INTEGER NOT NULL DEFAULT 0,
            last_polled_at TEXT, last_ok_at TEXT, newest_entry_at TEXT,
            next_poll_at TEXT NOT NULL DEFAULT '', interval_seconds REAL
        ) STRICT""",
        """CREATE INDEX feeds_due ON feeds (next_poll_at)
            WHERE enabled = 1 AND configured = 1""",
        """
        CREATE TABLE polls (
            id INTEGER PRIMARY KEY, feed TEXT NOT NULL REFERENCES feeds (key), at TEXT NOT NULL,
            outcome TEXT NOT NULL, detail TEXT NOT NULL, status INTEGER, seconds REAL NOT NULL,
            listed INTEGER NOT NULL, new INTEGER NOT NULL, edited INTEGER NOT NULL,
            known INTEGER NOT NULL, possible_gap INTEGER NOT NULL, problems TEXT NOT NULL,
            UNIQUE (feed, at)
        ) STRICT""",
        "CREATE INDEX polls_gaps ON polls (at) WHERE possible_gap = 1",
    )


def articles(db: Database) -> None:
    """Items (what a feed showed), articles (one to a canonical URL), their texts and verdicts."""
    run(db, *_ARTICLES, *_ITEMS, *_TEXTS)


_ARTICLES = (
    f"""
    CREATE TABLE articles (
        id INTEGER PRIMARY KEY,
        canonical_url TEXT NOT NULL UNIQUE, url TEXT NOT NULL, final_url TEXT, host TEXT NOT NULL,
        feed TEXT NOT NULL REFERENCES feeds (key),
        title TEXT NOT NULL, summary TEXT NOT NULL, author TEXT, language TEXT,
        published_at TEXT, published_original TEXT, published_source TEXT,
        first_seen_at TEXT NOT NULL,
        -- the work still to do
        state TEXT NOT NULL DEFAULT 'found' CHECK (state IN ('found', 'text', 'failed', 'dropped')),
        next_try_at TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, last_try_at TEXT,
        last_fault TEXT NOT NULL DEFAULT '', last_detail TEXT NOT NULL DEFAULT '',
        matched INTEGER NOT NULL DEFAULT 0,
        -- what the machine made of it, and what counts once people have decided
        outcome TEXT NOT NULL DEFAULT 'waiting' CHECK (outcome IN {DISPOSITIONS}),
        outcome_reason TEXT, outcome_detail TEXT NOT NULL DEFAULT '',
        disposition TEXT NOT NULL DEFAULT 'waiting' CHECK (disposition IN {DISPOSITIONS}),
        reason TEXT, reason_detail TEXT NOT NULL DEFAULT '',
        -- its latest text
        version INTEGER NOT NULL DEFAULT 0, edits_beyond INTEGER NOT NULL DEFAULT 0,
        text_from TEXT, text_hash TEXT, title_key TEXT, scheme TEXT,
        sketch TEXT NOT NULL DEFAULT '[]', sketched INTEGER NOT NULL DEFAULT 0,
        refused TEXT, refused_detail TEXT NOT NULL DEFAULT '',
        copy_of INTEGER REFERENCES articles (id), copy_how TEXT,
        -- its latest verdict; '' while the latest text has none
        judged_model TEXT NOT NULL DEFAULT '', verdict INTEGER REFERENCES verdicts (id),
        score REAL, route TEXT, queued_at TEXT,
        -- the standing decision
        decision TEXT, decision_id INTEGER, decided_by TEXT, decided_at TEXT
    ) STRICT""",
    # The queue is read on every page view: this index holds what waits and nothing else, so
    # the query costs the same at 5,000 and at 400,000 articles.
    """CREATE INDEX articles_queue ON articles (score DESC, id DESC)
        WHERE route IN ('queue', 'sample') AND copy_of IS NULL AND decision IS NULL""",
    """CREATE INDEX articles_routed ON articles (score DESC, id DESC)
        WHERE route IN ('queue', 'sample') AND copy_of IS NULL""",
    "CREATE INDEX articles_pending ON articles (next_try_at, id) WHERE state = 'found'",
    """CREATE INDEX articles_unmatched ON articles (first_seen_at)
        WHERE state = 'found' AND version = 0 AND matched = 0""",
    """CREATE INDEX articles_judged ON articles (judged_model, first_seen_at)
        WHERE version > 0""",
    "CREATE INDEX articles_seen ON articles (first_seen_at)",
    "CREATE INDEX articles_host ON articles (host)",
    "CREATE INDEX articles_hash ON articles (text_hash) WHERE text_hash IS NOT NULL",
    "CREATE INDEX articles_copies ON articles (copy_of) WHERE copy_of IS NOT NULL",
    "CREATE INDEX articles_sketched ON articles (first_seen_at) WHERE sketched = 1",
    "CREATE INDEX articles_queued ON articles (queued_at) WHERE queued_at IS NOT NULL",
    "CREATE INDEX articles_decided ON articles (decided_at) WHERE decision IS NOT NULL",
)

_ITEMS = (
    f"""
    CREATE TABLE items (
        id INTEGER PRIMARY KEY, feed TEXT NOT NULL REFERENCES feeds (key), key TEXT NOT NULL,
        guid TEXT, item_hash TEXT NOT NULL, url TEXT, canonical_url TEXT,
        title TEXT NOT NULL, summary TEXT NOT NULL, content_html TEXT, author TEXT,
        published_at TEXT, published_original TEXT, language TEXT,
        first_seen_at TEXT NOT NULL, changed_at TEXT, edits INTEGER NOT NULL DEFAULT 0,
        disposition TEXT NOT NULL CHECK (disposition IN {DISPOSITIONS}),
        reason TEXT, reason_detail TEXT NOT NULL DEFAULT '',
        article INTEGER REFERENCES articles (id),
        owner INTEGER NOT NULL DEFAULT 0, -- 1: the sighting that made the article
        UNIQUE (feed, key)
    ) STRICT""",
    "CREATE INDEX items_hash ON items (feed, item_hash)",
    "CREATE INDEX items_seen ON items (first_seen_at, disposition, reason)",
    "CREATE INDEX items_fate ON items (disposition, id)",
    "CREATE INDEX items_url ON items (url) WHERE url IS NOT NULL",
    "CREATE INDEX items_canonical ON items (canonical_url) WHERE canonical_url IS NOT NULL",
    "CREATE INDEX items_article ON items (article) WHERE article IS NOT NULL",
    "CREATE UNIQUE INDEX items_owner ON items (article) WHERE owner = 1",
)

_TEXTS = (
    """
    CREATE TABLE versions (
        id INTEGER PRIMARY KEY, article INTEGER NOT NULL REFERENCES articles (id),
        version INTEGER NOT NULL, title TEXT NOT NULL, body TEXT NOT NULL, author TEXT,
        extractor TEXT NOT NULL, text_from TEXT NOT NULL, text_hash TEXT NOT NULL,
        seen_at TEXT NOT NULL,
        UNIQUE (article, version)
    ) STRICT""",
    # The primary key begins with the value: a look-up by value is all that is ever asked.
    """
    CREATE TABLE sketches (
        value INTEGER NOT NULL, article INTEGER NOT NULL,
        first_seen_at INTEGER NOT NULL, -- seconds since 1970: 24 rows an article, kept small
        PRIMARY KEY (value, article)
    ) STRICT, WITHOUT ROWID""",
    """
    CREATE TABLE verdicts (
        id INTEGER PRIMARY KEY, article INTEGER NOT NULL REFERENCES articles (id),
        version INTEGER NOT NULL, topic TEXT NOT NULL, model TEXT NOT NULL, lexicon TEXT NOT NULL,
        score REAL NOT NULL, relevant INTEGER NOT NULL, topics TEXT NOT NULL,
        evidence TEXT NOT NULL, route TEXT NOT NULL, route_why TEXT NOT NULL,
        probability REAL NOT NULL, disposition TEXT NOT NULL, reason TEXT,
        reason_detail TEXT NOT NULL, judged_at TEXT NOT NULL,
        UNIQUE (article, version, topic, model)
    ) STRICT""",
)


def search(db: Database) -> None:
    """The full-text index: rowid is the article; it holds folded words and no text.

    Contentless with the classic 'delete' command: the folded text exists nowhere to point an
    external-content table at, and contentless_delete needs SQLite 3.43 where the fallback has
    3.40. Whoever replaces a text therefore hands over the old one too (store.search.index).
    """
    run(
        db,
        """CREATE VIRTUAL TABLE words USING fts5(
            title, body, content='', tokenize="unicode61 remove_diacritics 2")""",
    )


def decisions(db: Database) -> None:
    """What people decided: lines are added, never changed; an undo names the line it undoes."""
    run(
        db,
        """
        CREATE TABLE decisions (
            id INTEGER PRIMARY KEY, article INTEGER NOT NULL REFERENCES articles (id),
            version INTEGER NOT NULL,
            answer TEXT CHECK (answer IN ('relevant', 'not_relevant', 'unsure', 'skip')),
            undoes INTEGER REFERENCES decisions (id),
            via INTEGER REFERENCES decisions (id), -- the decision on another copy that brought it
            by TEXT NOT NULL, at TEXT NOT NULL, note TEXT NOT NULL, model TEXT, score REAL,
            CHECK ((answer IS NULL) = (undoes IS NOT NULL))
        ) STRICT""",
        "CREATE INDEX decisions_article ON decisions (article)",
        "CREATE UNIQUE INDEX decisions_undone ON decisions (undoes) WHERE undoes IS NOT NULL",
        "CREATE INDEX decisions_via ON decisions (via) WHERE via IS NOT NULL",
    )


def outbox(db: Database) -> None:
    """Messages to deliver (``key`` is unique for ever), and the editions of the digest."""
    run(
        db,
        """
        CREATE TABLE outbox (
            id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
            channel TEXT NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL, html TEXT,
            created_at TEXT NOT NULL, article INTEGER REFERENCES articles (id), rule TEXT,
            day_on TEXT,
            state TEXT NOT NULL DEFAULT 'queued'
                CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'unknown')),
            due_at TEXT NOT NULL DEFAULT '', -- queued: the next try; sending: the lease's end
            attempts INTEGER NOT NULL DEFAULT 0, sent_at TEXT, error TEXT NOT NULL DEFAULT ''
        ) STRICT""",
        "CREATE INDEX outbox_due ON outbox (due_at, id) WHERE state IN ('queued', 'sending')",
        "CREATE INDEX outbox_kind ON outbox (kind, created_at)",
        """
        CREATE TABLE editions (
            day_on TEXT PRIMARY KEY, made_at TEXT NOT NULL, since_at TEXT NOT NULL,
            until_at TEXT NOT NULL, title TEXT NOT NULL, page TEXT NOT NULL
        ) STRICT""",
    )


def corpus(db: Database) -> None:
    """Imported examples, snapshots of the corpus, and the models trained on them."""
    run(
        db,
        """
        CREATE TABLE imports (
            id TEXT PRIMARY KEY, title TEXT NOT NULL, body TEXT NOT NULL, outlet TEXT NOT NULL,
            language TEXT, side TEXT, relevant INTEGER NOT NULL, origin TEXT NOT NULL,
            by TEXT NOT NULL, at TEXT NOT NULL, url TEXT, published_at TEXT, topics TEXT NOT NULL
        ) STRICT""",
        """
        CREATE TABLE snapshots (
            id TEXT PRIMARY KEY, created_at TEXT NOT NULL, relevant INTEGER NOT NULL,
            not_relevant INTEGER NOT NULL, origins TEXT NOT NULL, members TEXT NOT NULL
        ) STRICT""",
        """
        CREATE TABLE models (
            id TEXT PRIMARY KEY, trainer TEXT NOT NULL, snapshot TEXT NOT NULL,
            created_at TEXT NOT NULL, live INTEGER NOT NULL, why TEXT NOT NULL,
            figures TEXT NOT NULL, artifact TEXT NOT NULL
        ) STRICT""",
        "CREATE UNIQUE INDEX models_live ON models (live) WHERE live = 1",
    )


def health(db: Database) -> None:
    """What ran, what was unwell, and what people changed on the desk."""
    run(
        db,
        """
        CREATE TABLE runs (
            id INTEGER PRIMARY KEY, job TEXT NOT NULL, started_at TEXT NOT NULL, finished_at TEXT,
            ok INTEGER, detail TEXT NOT NULL DEFAULT '', counts TEXT NOT NULL DEFAULT '{}'
        ) STRICT""",
        "CREATE INDEX runs_job ON runs (job, id)",
        """
        CREATE TABLE notes (
            id INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL,
            UNIQUE (at, kind, detail)
        ) STRICT""",
        """
        CREATE TABLE changes (
            id INTEGER PRIMARY KEY, path TEXT NOT NULL, value TEXT NOT NULL, by TEXT NOT NULL,
            at TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX changes_path ON changes (path, id)",
    )


MIGRATIONS = (
    ("0001_feeds", feeds),
    ("0002_articles", articles),
    ("0003_search", search),
    ("0004_decisions", decisions),
    ("0005_outbox", outbox),
    ("0006_corpus", corpus),
    ("0007_health", health),
)
