"""What searching and asking why need: indexes of filters, headlines, saved searches, rescues."""

from __future__ import annotations

from store.folding import FOLD, fold
from store.schema.statements import run
from store.sqlite import Database


def _folded(column: str) -> str:
    """Return ``store.folding.fold`` of a column, as every connection of ours knows it.

    A trigger folds, not the code that writes items: no way of writing can then forget a headline.
    Spelt in SQL it would be a hundred calls deep, and SQLite 3.40 then refuses the whole file.
    """
    return f"{FOLD}({column})"


_INTO_STRANDS = """
INSERT INTO article_strands (strand, article)
SELECT DISTINCT t.value, NEW.article FROM json_each(NEW.topics) t
WHERE t.type = 'text' AND NOT EXISTS
    (SELECT 1 FROM article_strands s WHERE s.strand = t.value AND s.article = NEW.article);
"""
_ALL_STRANDS = """
INSERT INTO article_strands (strand, article)
SELECT t.value, v.article FROM verdicts v, json_each(v.topics) t WHERE t.type = 'text'
UNION
SELECT t.value, f.article FROM facets f, json_each(f.topics) t
WHERE f.topics IS NOT NULL AND t.type = 'text'
"""


def searches(db: Database) -> None:
    """Each filter of the search has an index, so that a rare one can lead where words are common.

    ``article_strands`` holds every strand an article was ever in: a search looks there first and
    asks the article itself after. ``headline_words`` is the index of headlines.
    ``search_lines`` and ``rescues`` are append-only.
    """
    db.conn.create_function(FOLD, 1, fold, deterministic=True)  # whoever opened the file
    run(db, *_FILTERS, *_HEADLINES, *_SAVED)


_FILTERS = (
    "CREATE INDEX articles_feed ON articles (feed, source_outlet)",
    """CREATE INDEX articles_source ON articles (source_outlet)
        WHERE source_outlet IS NOT NULL""",
    "CREATE INDEX articles_decision ON articles (decision)",
    "CREATE INDEX articles_language ON articles (language)",
    "CREATE INDEX articles_genre ON articles (genre)",
    "CREATE INDEX articles_score ON articles (score) WHERE score IS NOT NULL",
    "CREATE INDEX articles_textless ON articles (id) WHERE version = 0",
    "CREATE INDEX items_alone ON items (id) WHERE article IS NULL",
    """
    CREATE TABLE article_strands (
        strand TEXT NOT NULL, article INTEGER NOT NULL,
        PRIMARY KEY (strand, article)
    ) STRICT, WITHOUT ROWID""",
    _ALL_STRANDS,
    f"CREATE TRIGGER verdicts_into_strands AFTER INSERT ON verdicts BEGIN {_INTO_STRANDS} END",
    f"""CREATE TRIGGER verdicts_between_strands AFTER UPDATE OF topics ON verdicts
        BEGIN {_INTO_STRANDS} END""",
    f"""CREATE TRIGGER facets_into_strands AFTER INSERT ON facets WHEN NEW.topics IS NOT NULL
        BEGIN {_INTO_STRANDS} END""",
)


def _in(row: str) -> str:
    return f"INSERT INTO headline_words (rowid, title) VALUES ({row}, {_folded('NEW.title')});"  # noqa: S608


def _out(row: str) -> str:
    return f"""INSERT INTO headline_words (headline_words, rowid, title)
        VALUES ('delete', {row}, {_folded("OLD.title")});"""  # noqa: S608  # our own expression


_FOLDED = _folded("title")
# An item stands under its number, the headline of a page, often another than its feed's, under its
# own below nought. Most pages bear their feed's headline, and cost nothing here.
_HEADLINES = (
    """CREATE VIRTUAL TABLE headline_words USING fts5(
        title, content='', tokenize="unicode61 remove_diacritics 2")""",
    """
    CREATE TABLE page_headlines (
        id INTEGER PRIMARY KEY, article INTEGER NOT NULL REFERENCES articles (id),
        title TEXT NOT NULL
    ) STRICT""",
    f"CREATE TRIGGER items_into_words AFTER INSERT ON items BEGIN {_in('NEW.id')} END",
    f"""CREATE TRIGGER items_between_words AFTER UPDATE OF title ON items
        WHEN OLD.title <> NEW.title BEGIN {_out("OLD.id")} {_in("NEW.id")} END""",
    f"CREATE TRIGGER items_out_of_words AFTER DELETE ON items BEGIN {_out('OLD.id')} END",
    f"CREATE TRIGGER pages_into_words AFTER INSERT ON page_headlines BEGIN {_in('-NEW.id')} END",
    """CREATE TRIGGER articles_into_headlines AFTER UPDATE OF title ON articles
        WHEN OLD.title <> NEW.title AND NEW.title <> ''
        BEGIN INSERT INTO page_headlines (article, title) VALUES (NEW.id, NEW.title); END""",
    f"INSERT INTO headline_words (rowid, title) SELECT id, {_FOLDED} FROM items",  # noqa: S608
    """INSERT INTO page_headlines (article, title) SELECT a.id, a.title FROM articles a
        WHERE a.version > 0 AND NOT EXISTS
            (SELECT 1 FROM items i WHERE i.article = a.id AND i.title = a.title)""",
)

_SAVED = (
    """
    CREATE TABLE search_lines (
        id INTEGER PRIMARY KEY,
        search INTEGER NOT NULL, -- the id of its first line
        name TEXT NOT NULL,
        query TEXT NOT NULL, -- as it stands in the address bar
        gone INTEGER NOT NULL, -- 1: removed
        by TEXT NOT NULL, at TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX search_lines_search ON search_lines (search, id)",
    """
    CREATE TABLE search_visits (
        search INTEGER NOT NULL, person TEXT NOT NULL,
        article INTEGER NOT NULL, -- the newest there was when the person last looked
        at TEXT NOT NULL,
        PRIMARY KEY (search, person)
    ) STRICT, WITHOUT ROWID""",
    """
    CREATE TABLE rescues (
        id INTEGER PRIMARY KEY, article INTEGER NOT NULL REFERENCES articles (id),
        what TEXT NOT NULL CHECK (what IN ('queued', 'retried', 'entered', 'undone')),
        undoes INTEGER UNIQUE REFERENCES rescues (id),
        was TEXT NOT NULL, -- in words, what had become of it
        by TEXT NOT NULL, at TEXT NOT NULL,
        CHECK ((what = 'undone') = (undoes IS NOT NULL))
    ) STRICT""",
    "CREATE INDEX rescues_article ON rescues (article, id)",
    # 1: a person put it into the queue whatever the verdict; a new verdict leaves it there.
    "ALTER TABLE articles ADD COLUMN rescued INTEGER NOT NULL DEFAULT 0",
)


MIGRATIONS = (("0026_searches", searches),)
