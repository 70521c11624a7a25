"""Dictionaries of several kinds, and packed rows without what their article says as well."""

from __future__ import annotations

from store.schema import views
from store.schema.statements import run
from store.sqlite import Database

_OF_ARTICLE = "(SELECT a.{0} FROM articles a WHERE a.id = r.article)"
_THIN = ", ".join(
    f"CASE WHEN r.thin THEN {_OF_ARTICLE.format(name)} ELSE r.{name} END AS {name}"
    for name in ("author", "text_hash")
)


def dictionaries(db: Database) -> None:
    """A pack names its dictionary, which is fetched once a connection: it may be of 400 KB."""
    views.drop(db)
    run(
        db,
        "DROP VIEW versions",
        # words: before deflate, until now; units, evidence: store.wording, store.grounds
        "ALTER TABLE pack_words ADD COLUMN kind TEXT NOT NULL DEFAULT 'words'",
        # Else the kind of each is looked for behind all its words.
        "CREATE INDEX pack_words_kind ON pack_words (kind)",
        "CREATE INDEX packs_words ON packs (words)",  # which of them are still to be pressed anew
        # 1: title, author and text_hash are the article's
        "ALTER TABLE version_rows ADD COLUMN thin INTEGER NOT NULL DEFAULT 0",
        f"""
        CREATE VIEW versions AS SELECT r.id, r.article, r.version,
            CASE WHEN r.thin THEN {_OF_ARTICLE.format("title")} ELSE r.title END AS title,
            CASE WHEN r.pack IS NULL THEN r.body ELSE
                (SELECT unpacked(p.texts, p.words, r.id - r.pack) FROM packs p
                    WHERE p.id = r.pack) END AS body,
            {_THIN}, r.extractor, r.text_from, r.seen_at, r.aside, r.text_choice, r.page_length,
            r.feed_length, r.removed_at, r.removed_by, r.removed_why,
            r.pack IS NOT NULL OR r.body <> '' AS held
        FROM version_rows r""",  # noqa: S608  # our own words
        # Before the article says something else, its old text says it itself.
        """
        CREATE TRIGGER articles_thick BEFORE UPDATE OF title, author, text_hash ON articles
        WHEN OLD.version > 0 AND (OLD.title IS NOT NEW.title OR OLD.author IS NOT NEW.author
            OR OLD.text_hash IS NOT NEW.text_hash)
        BEGIN
            UPDATE version_rows SET title = OLD.title, author = OLD.author,
                text_hash = OLD.text_hash, thin = 0
            WHERE article = OLD.id AND thin = 1;
        END""",
    )
    views.put(db)


MIGRATIONS = (("0053_dictionaries", dictionaries),)
"""After every table that they change."""
