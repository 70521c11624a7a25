"""Articles that people took back from where the machine had put them; lines are only added.

The books stay balanced whatever is rescued: an item that was rejected moves to the queue, one that
failed or was refused keeps its place until its page has been read, and an address entered by hand
is an item like any other, found at that moment, of a source of its own.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Literal

from store.desk import Rescue
from store.faults import StoreError
from store.ledger import BY_HAND, enter
from store.polls import FoundEntry
from store.rows import instant, stamp
from store.sightings import remember
from store.sql import Db, Row, add_row, add_rows, fetch, one, run, write

__all__ = [
    "BY_HAND",
    "enter_by_hand",
    "history",
    "queue",
    "retry",
    "standing",
    "undo",
]

_SOURCE = {
    "key": BY_HAND, "url": "", "outlet": "entered by hand", "side": "", "language": "",
    "section": "", "kind": "page", "body": "page", "enabled": 0, "every_minutes": 15,
    "note": "Addresses that people entered on the desk. It is never asked.", "configured": 0,
    "condition": "disabled", "reason": "People enter its addresses; it is never asked.",
}  # fmt: skip

_KNOWN = """
SELECT 1 FROM items WHERE canonical_url = :url AND article IS NOT NULL UNION ALL
SELECT 1 FROM articles p CROSS JOIN items n ON n.article = p.id AND n.owner = 1
WHERE p.canonical_url = :url
"""
_STANDS = "SELECT id, version, state, route, copy_of, decision, rescued, outcome, outcome_reason,"
_ARTICLE = f"{_STANDS} outcome_detail FROM articles WHERE id = ?"
_QUEUE = """
UPDATE articles SET rescued = 1, route = 'queue', queued_at = coalesce(queued_at, :now),
    outcome = 'queued', outcome_reason = NULL, outcome_detail = ''
WHERE id = :article
"""
# What the verdict said of it holds again; what people decided meanwhile stands.
_UNQUEUE = """
UPDATE articles SET rescued = 0,
    (route, outcome, outcome_reason, outcome_detail) =
        (SELECT v.route, v.disposition, v.reason, v.reason_detail FROM verdicts v
         WHERE v.id = articles.verdict)
WHERE id = :article AND rescued = 1 AND verdict IS NOT NULL
"""
_RETRY = """
UPDATE articles SET state = 'found', next_try_at = :now, attempts = 0
WHERE id = :article AND state <> 'found' AND removed = 0
"""


def queue(db: Db, article: int, *, was: str, by: str, now: datetime) -> int | None:
    """Put a rejected article into the queue for people and return the line; None: not rejected.

    A later verdict leaves it there until it is undone. ``was`` says in words what had become of it.
    Doing it twice does it once. It survives a power cut.
    """
    with write(db, durable=True):
        row = _standing(db, article)
        if row["route"] != "reject" or row["copy_of"] is not None or row["decision"] is not None:
            return None
        run(db, _QUEUE, {"article": article, "now": stamp(now)})
        enter(db, [article])
        return _line(db, article, "queued", was, by, now)


def retry(db: Db, article: int, *, was: str, by: str, now: datetime) -> int | None:
    """Ask for the page again at the next harvest and return the line; None: it is asked anyway.

    The article keeps its place in the books until then.
    """
    with write(db, durable=True):
        _standing(db, article)
        if not run(db, _RETRY, {"article": article, "now": stamp(now)}):
            return None
        return _line(db, article, "retried", was, by, now)


def undo(db: Db, line: int, *, by: str, now: datetime) -> bool:
    """Take a rescue into the queue back: the verdict holds again, decisions of people stand.

    False when there is nothing to take back, or it was taken back before.
    """
    with write(db, durable=True):
        found = fetch(db, "SELECT * FROM rescues WHERE id = ? AND what = 'queued'", (line,))
        undone = one(db, "SELECT 1 FROM rescues WHERE undoes = ?", (line,))
        if not found or undone:
            return False
        article = found[0]["article"]
        if not run(db, _UNQUEUE, {"article": article}):
            return False
        enter(db, [article])
        _line(db, article, "undone", "in the queue", by, now, undoes=line)
        return True


def enter_by_hand(
    db: Db, *, url: str, canonical_url: str, title: str, by: str, now: datetime
) -> int | None:
    """Take in an address that no feed had shown, and return its article.

    It goes the way of every item: read at the next harvest, then judged. None when it was known
    already; nothing is done then.
    """
    with write(db, durable=True):
        _source(db)
        entry = _entry(db, url, canonical_url, title)
        if one(db, _KNOWN, {"url": canonical_url}):
            return None
        if not remember(db, BY_HAND, [entry], now).new:
            return None
        found = one(db, "SELECT id FROM articles WHERE canonical_url = ?", (canonical_url,))
        if found is None:
            return None
        _line(db, int(found), "entered", "never seen", by, now)
        return int(found)


def _source(db: Db) -> None:
    if one(db, "SELECT 1 FROM feeds WHERE key = ?", (BY_HAND,)) is None:
        add_rows(db, "feeds", [_SOURCE])


def _entry(db: Db, url: str, canonical_url: str, title: str) -> FoundEntry:
    mark = sha256(canonical_url.encode("utf-8", "replace")).hexdigest()
    host = canonical_url.partition("://")[2].partition("/")[0].removeprefix("www.")
    outlet = one(
        db,
        "SELECT coalesce(a.source_outlet, f.outlet) FROM articles a JOIN feeds f ON f.key = a.feed"
        " WHERE a.host = ? AND f.kind <> 'google-news' ORDER BY a.id DESC LIMIT 1",
        (host,),
    )
    return FoundEntry(
        key=canonical_url, item_hash=mark, guid=None, url=url, canonical_url=canonical_url,
        title=title, summary="", content_html=None, author=None, published_at=None,
        published_original=None, language=None, source_name=outlet or host, source_host=host,
    )  # fmt: skip


def _standing(db: Db, article: int) -> Row:
    rows = fetch(db, _ARTICLE, (article,))
    if not rows:
        raise StoreError(f"there is no article {article}: nothing was rescued")
    return rows[0]


def _line(
    db: Db,
    article: int,
    what: Literal["queued", "retried", "entered", "undone"],
    was: str,
    by: str,
    now: datetime,
    *,
    undoes: int | None = None,
) -> int:
    cells = {
        "article": article, "what": what, "undoes": undoes, "was": was, "by": by, "at": stamp(now),
    }  # fmt: skip
    return add_row(db, "rescues", cells)


def history(db: Db, article: int) -> list[Rescue]:
    """Return every line about an article, the first one first."""
    rows = fetch(db, "SELECT * FROM rescues WHERE article = ? ORDER BY id", (article,))
    return [
        Rescue(
            id=row["id"], article=row["article"], what=row["what"], undoes=row["undoes"],
            was=row["was"], by=row["by"], at=instant(row["at"]),
        )
        for row in rows
    ]  # fmt: skip


def standing(db: Db, article: int) -> Rescue | None:
    """Return the line by which an article stands in the queue; None: no person put it there."""
    if not one(db, "SELECT rescued FROM articles WHERE id = ?", (article,)):
        return None
    lines = [line for line in history(db, article) if line.what == "queued"]
    return lines[-1] if lines else None
