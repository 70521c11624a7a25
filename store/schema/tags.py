"""What people say beside an answer: reasons and tags; indexes with all a list is sorted by."""

from __future__ import annotations

from store.schema.statements import run
from store.sqlite import Database


def tags(db: Database) -> None:
    """Reasons of decisions and tags of articles, and the queue's indexes with all it filters by.

    ``reasons`` and ``tags`` are append-only: a line takes back what an earlier one of the same
    words gave. ``tagged`` holds what stands, and follows from ``tags``.
    """
    run(
        db,
        """
        CREATE TABLE reasons (
            id INTEGER PRIMARY KEY, decision INTEGER NOT NULL REFERENCES decisions (id),
            reason TEXT NOT NULL,
            given INTEGER NOT NULL, -- 0: taken back
            by TEXT NOT NULL, at TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX reasons_decision ON reasons (decision, reason, id)",
        """
        CREATE TABLE tags (
            id INTEGER PRIMARY KEY, article INTEGER NOT NULL REFERENCES articles (id),
            tag TEXT NOT NULL,
            given INTEGER NOT NULL, -- 0: taken off
            by TEXT NOT NULL, at TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX tags_article ON tags (article, id)",
        """
        CREATE TABLE tagged (
            article INTEGER NOT NULL REFERENCES articles (id), tag TEXT NOT NULL,
            PRIMARY KEY (article, tag)
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX tagged_tag ON tagged (tag, article)",
        # The strands of its latest verdict, as JSON: read for every article that waits.
        "ALTER TABLE articles ADD COLUMN topics TEXT",
        """UPDATE articles SET topics = (SELECT v.topics FROM verdicts v WHERE v.id = verdict)
            WHERE verdict IS NOT NULL""",
        # All that the queue counts and sorts by stands in its index: with 5,000 waiting, reading
        # that much of their articles took 60 ms, and of the index alone 7.
        "DROP INDEX articles_queue",
        f"""CREATE INDEX articles_queue ON articles (score DESC, id DESC, {_FACTS})
            WHERE route IN ('queue', 'sample') AND copy_of IS NULL AND decision IS NULL""",
        f"""CREATE INDEX articles_unsettled ON articles (score DESC, id DESC, {_FACTS})
            WHERE route IN ('queue', 'sample') AND copy_of IS NULL
                AND decision IN ('unsure', 'skip')""",
    )


_FACTS = (
    "route, copy_of, decision, decided_by, story, first_seen_at, feed, source_outlet, language, "
    "genre, topics"
)

MIGRATIONS = (("0024_tags", tags),)
