"""Old texts in packs, and the view through which every text is read as before."""

from __future__ import annotations

from store.folding import fold
from store.schema import views
from store.schema.statements import run
from store.sqlite import Database

_COLUMNS = (
    "author, extractor, text_from, text_hash, seen_at, aside, text_choice, page_length,"
    " feed_length, removed_at, removed_by, removed_why"
)


def packs(db: Database) -> None:
    """``versions`` becomes a view over ``version_rows``: the text stands there, or in a pack.

    ``held`` is 1 while there is a text at all: asking for ``body`` itself would unpack it.
    """
    views.drop(db)
    run(
        db,
        "ALTER TABLE versions RENAME TO version_rows",
        "ALTER TABLE version_rows ADD COLUMN pack INTEGER",  # NULL: the text stands in body
        """
        CREATE TABLE pack_words (
            id INTEGER PRIMARY KEY, words BLOB NOT NULL, learned_from INTEGER NOT NULL
        ) STRICT""",
        """
        CREATE TABLE packs (
            id INTEGER PRIMARY KEY, -- of the first version in it
            words INTEGER NOT NULL REFERENCES pack_words (id), texts BLOB NOT NULL
        ) STRICT""",
        # Unpacked ones of the last weeks alone: what the night looks for.
        """CREATE INDEX version_rows_loose ON version_rows (seen_at)
            WHERE pack IS NULL AND body <> ''""",
        f"""
        CREATE VIEW versions AS SELECT id, article, version, title,
            CASE WHEN pack IS NULL THEN body ELSE unpacked(
                (SELECT p.texts FROM packs p WHERE p.id = pack),
                (SELECT w.words FROM pack_words w JOIN packs p ON p.words = w.id
                    WHERE p.id = pack), id - pack) END AS body,
            {_COLUMNS}, pack IS NOT NULL OR body <> '' AS held
        FROM version_rows""",  # noqa: S608  # our own words
        "ALTER TABLE verdicts ADD COLUMN packed BLOB",  # evidence and given, pressed
        # A row that only shrinks never gives its page back; one that goes does.
        """
        CREATE TABLE kept_sketches (
            article INTEGER PRIMARY KEY REFERENCES articles (id), sketch ANY NOT NULL -- packed
        ) STRICT""",
        """
        INSERT INTO kept_sketches (article, sketch)
        SELECT id, sketch FROM articles WHERE sketched = 1""",
        # 1: what it would only repeat of its article stands there alone (store.thinning).
        "ALTER TABLE items ADD COLUMN thin INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX articles_url ON articles (url) WHERE url <> canonical_url",
        "CREATE INDEX items_thick ON items (first_seen_at) WHERE thin = 0 AND owner = 1",
        "CREATE INDEX items_heavy ON items (first_seen_at) WHERE content_html IS NOT NULL",
        "CREATE INDEX verdicts_loose ON verdicts (judged_at) WHERE packed IS NULL",
    )
    views.put(db)


def words(db: Database) -> None:
    """The index of texts with the body as its first column.

    FTS5 writes two bytes for each word of an article that does not stand in the first column:
    825 of 2,870 bytes an article of 5 KB, for the same answers.
    """
    run(
        db,
        "DROP TABLE words",
        """CREATE VIRTUAL TABLE words USING fts5(
            body, title, content='', tokenize="unicode61 remove_diacritics 2")""",
    )
    # One text at a time: together they may not fit in memory.
    latest = "SELECT title, body FROM version_rows WHERE article = ? ORDER BY version DESC LIMIT 1"
    put = "INSERT INTO words (rowid, title, body) VALUES (?, ?, ?)"
    numbers = db.conn.execute("SELECT DISTINCT article FROM version_rows").fetchall()
    for (number,) in numbers:
        title, body = db.conn.execute(latest, (number,)).fetchone()
        db.conn.execute(put, (number, fold(title), fold(body)))


_ADD = """
INSERT INTO answer_counts (answer, n) SELECT {row}.decision, {by} WHERE {row}.decision IS NOT NULL
ON CONFLICT (answer) DO UPDATE SET n = n + excluded.n;
"""


def answers(db: Database) -> None:
    """On how many articles each answer stands, kept by triggers: asked by pages and verdicts."""
    gone, come = _ADD.format(row="OLD", by=-1), _ADD.format(row="NEW", by=1)
    run(
        db,
        """
        CREATE TABLE answer_counts (
            answer TEXT PRIMARY KEY, n INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID""",
        """
        INSERT INTO answer_counts
        SELECT decision, count(*) FROM articles WHERE decision IS NOT NULL GROUP BY 1""",
        f"CREATE TRIGGER articles_answered_new AFTER INSERT ON articles BEGIN {come} END",
        f"""CREATE TRIGGER articles_answered AFTER UPDATE OF decision ON articles
            WHEN OLD.decision IS NOT NEW.decision BEGIN {gone} {come} END""",
    )


MIGRATIONS = (("0042_packs", packs), ("0043_words", words), ("0043_answers", answers))
"""After every table that they change."""
