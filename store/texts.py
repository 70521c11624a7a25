"""The text of an article: kept as its next version with all that follows, and forgotten in time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from typing import TypeAlias

from store.copies import original_of, replace_sketch
from store.faults import StoreError
from store.ledger import enter
from store.packing import take_out
from store.rows import SKETCH, as_json, ids_json, stamp, stamp_or_none
from store.search import index
from store.sql import Db, Row, add_rows, fetch, run, write
from store.tails import replace_tails
from store.types import StoredText

MAX_VERSIONS = 25
"""The text and 24 edits. Later ones replace the newest and are counted in ``edits_beyond``."""

_STANDING = f"""
SELECT a.id, a.version, a.text_hash, a.title_key, a.outcome, {SKETCH}, a.first_seen_at,
    v.title, v.body
FROM articles a LEFT JOIN versions v ON v.article = a.id AND v.version = a.version
WHERE a.id = ?
"""  # noqa: S608  # the fragment stands in store.rows


_Words: TypeAlias = tuple[str, str]  # of a title and a body


class Unindexed:
    """Texts kept in a write whose words are to be indexed at its end, before it is committed.

    The index writes out what it was given whenever a savepoint or a lower number follows, as a part
    of its own that it must merge later: sixteen texts one by one cost it twice what they cost in a
    row.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[int, _Words, _Words | None]] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, article: int, new: _Words, old: _Words | None) -> None:
        """Note a text, as ``store.search.index`` wants it."""
        self._waiting.append((article, new, old))

    def undo(self, length: int) -> None:
        """Forget those noted since it was so long: the part of the write they are of is undone."""
        del self._waiting[length:]

    def index(self, db: Db) -> None:
        """Index all, inside the write that kept them."""
        # by number; of one article noted twice the first comes first, as sorting is stable
        for waiting in sorted(self._waiting, key=itemgetter(0)):
            index(db, *waiting)
        self._waiting.clear()


def save_text(db: Db, text: StoredText, now: datetime, unindexed: Unindexed | None = None) -> int:
    """Keep a text as the article's latest version and return its number.

    The very same text under the same headline makes no new version. A changed one wants a new
    verdict; until then the article keeps its place in the books. The index and the sketch follow
    in the same transaction: the index at once, or when the caller says so to ``unindexed``.
    """
    with write(db):
        standing = _standing(db, text.article)
        facts = (standing["text_hash"], standing["title_key"])
        if standing["version"] and facts == (text.text_hash, text.title_key):
            run(db, _SAME_TEXT, _facts(text, now))
            return int(standing["version"])
        version = min(int(standing["version"]) + 1, MAX_VERSIONS)
        replaced = standing["version"] == MAX_VERSIONS
        _put_version(db, text, version, now, replaced=replaced)
        old = (standing["title"], standing["body"]) if standing["version"] else None
        words = (text.title, text.body)
        if unindexed is None:
            index(db, text.article, words, old)
        else:
            unindexed.add(text.article, words, old)
        replace_sketch(db, text.article, standing["sketch"], text.sketch, standing["first_seen_at"])
        replace_tails(db, text.article, text.tails, now)
        _put_article(db, text, standing, version, now)
        enter(db, [text.article])
    return version


def _standing(db: Db, article: int) -> Row:
    rows = fetch(db, _STANDING, (article,))
    if not rows:
        raise StoreError(f"there is no article {article}: it cannot be given a text")
    return rows[0]


def _facts(text: StoredText, now: datetime) -> Row:
    return {
        "article": text.article,
        "title": text.title,
        "author": text.author,
        "language": text.language,
        "published_at": stamp_or_none(text.published_at),
        "published_original": text.published_original,
        "published_source": text.published_source,
        "published_flag": text.published_flag,
        "published_note": text.published_note,
        "unbelievable": int(text.published_at is None and bool(text.published_flag)),
        "text_from": text.text_from,
        "refused": text.refused,
        "refused_detail": text.refused_detail,
        "final_url": text.final_url,
        "genre": text.genre,
        "genre_why": text.genre_why,
        "now": stamp(now),
    }


# A text without a date of its own keeps what the feed said.
_FACTS = """
    state = 'text', title = CASE WHEN :title = '' THEN title ELSE :title END,
    author = coalesce(:author, author), language = coalesce(:language, language),
    published_original = CASE WHEN :published_at IS NULL THEN published_original
        ELSE :published_original END,
    published_source = CASE WHEN :published_at IS NULL AND published_at IS NOT NULL
        AND NOT :unbelievable THEN published_source ELSE :published_source END,
    published_at = CASE WHEN :unbelievable THEN NULL
        ELSE coalesce(:published_at, published_at) END,
    published_flag = :published_flag, published_note = :published_note,
    genre = :genre, genre_why = :genre_why,
    text_from = :text_from, refused = :refused, refused_detail = :refused_detail,
    final_url = nullif(coalesce(:final_url, final_url), url), last_try_at = :now, last_fault = '',
    last_detail = ''
"""
_SAME_TEXT = f"UPDATE articles SET {_FACTS} WHERE id = :article"  # noqa: S608
_NEW_TEXT = f"""
UPDATE articles SET {_FACTS},
    version = :version, edits_beyond = edits_beyond + :beyond, text_hash = :text_hash,
    title_key = :title_key, scheme = :scheme, sketched = :sketched,
    copy_of = :copy_of, copy_how = :copy_how, judged_model = ''
WHERE id = :article
"""  # noqa: S608  # the fragment stands above
_COPIES = """
UPDATE articles SET outcome = 'duplicate', outcome_reason = copy_how, outcome_detail = ''
WHERE id = :article AND copy_of IS NOT NULL AND NOT (overruled = 1 AND outcome = 'dropped')
"""
_WAITS = """
UPDATE articles SET outcome = 'waiting', outcome_reason = NULL, outcome_detail = ''
WHERE id = :article AND copy_of IS NULL AND (:first OR outcome = 'duplicate')
"""


def _put_version(db: Db, text: StoredText, version: int, now: datetime, *, replaced: bool) -> None:
    if replaced:
        _unpack(db, [(text.article, version)])
        run(
            db,
            "DELETE FROM version_rows WHERE article = ? AND version = ?",
            (text.article, version),
        )
    row = {
        "article": text.article,
        "version": version,
        "title": text.title,
        "body": text.body,
        "author": text.author,
        "extractor": text.extractor,
        "text_from": text.text_from,
        "text_hash": text.text_hash,
        "seen_at": stamp(now),
        "aside": as_json(text.aside),
        "text_choice": text.text_choice,
        "page_length": text.page_length,
        "feed_length": text.feed_length,
    }
    add_rows(db, "version_rows", [row])


def _put_article(db: Db, text: StoredText, standing: Row, version: int, now: datetime) -> None:
    copy_of = original_of(db, text.copy_of, text.article)
    if copy_of is not None:  # its own copies are now copies of that one
        run(db, "UPDATE articles SET copy_of = ? WHERE copy_of = ?", (copy_of, text.article))
    run(
        db,
        _NEW_TEXT,
        _facts(text, now)
        | {
            "version": version,
            "beyond": int(standing["version"] == MAX_VERSIONS),
            "text_hash": text.text_hash,
            "title_key": text.title_key,
            "scheme": text.scheme,
            "sketched": int(bool(text.sketch)),
            "copy_of": copy_of,
            "copy_how": text.copy_how if copy_of is not None else None,
        },
    )
    first = {"article": text.article, "first": int(standing["version"] == 0)}
    run(db, _WAITS if copy_of is None else _COPIES, first)


_UNWANTED = """
SELECT a.id, v.version, v.title, v.body, a.version AS latest
FROM articles a JOIN versions v ON v.article = a.id
    LEFT JOIN feeds f ON f.key = a.feed
WHERE a.first_seen_at < :before AND a.decision IS NULL AND a.disposition != 'queued'
    AND v.held
    AND coalesce(a.source_outlet, f.outlet) NOT IN (SELECT value FROM json_each(:outlets))
LIMIT :limit
"""


UNWANTED = "Nobody wanted it, and it was past its time."
BY_AGE = "the settings"  # who removed what was past its time


def forget_texts(db: Db, before: datetime, batch: int = 500, *, outlets: Sequence[str] = ()) -> int:
    """Empty the texts of articles nobody wanted, first seen before then; return how many.

    Those of ``outlets`` are left: they have a time of their own. The article, its headline, its
    verdicts and its place in the books stay, and each text says when and why it went.
    """
    forgotten = 0
    given = {"before": stamp(before), "outlets": ids_json(outlets), "limit": batch}
    while rows := fetch(db, _UNWANTED, given):
        with write(db):
            empty(db, rows, by=BY_AGE, why=UNWANTED, now=before)
        forgotten += len(rows)
    return forgotten


_EMPTY = """
UPDATE version_rows SET body = '', aside = '[]', removed_at = ?, removed_by = ?, removed_why = ?
WHERE article = ? AND version = ?
"""


def empty(db: Db, rows: Sequence[Row], *, by: str, why: str, now: datetime) -> None:
    """Empty texts, inside a write: ``id``, ``version``, ``latest``, ``title`` and ``body`` of each.

    The search forgets them in the same write. Their hashes stay.
    """
    _unpack(db, [(row["id"], row["version"]) for row in rows])
    for row in rows:
        if row["version"] == row["latest"]:
            index(db, row["id"], (row["title"], ""), (row["title"], row["body"]))
        run(db, _EMPTY, (stamp(now), by, why, row["id"], row["version"]))


def _unpack(db: Db, versions: Sequence[tuple[int, int]]) -> None:
    """Take these versions (article, version) out of their packs, inside a write."""
    sql = "SELECT id FROM version_rows WHERE article = ? AND version = ?"
    take_out(db, [row["id"] for which in versions for row in fetch(db, sql, which)])
