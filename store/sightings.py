"""Entries become items, and the first item with a canonical URL becomes an article."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from store.rows import stamp, stamp_or_none
from store.sql import Db, Row, add_row, add_rows, fetch_in, run, storable
from store.types import FoundEntry, PollResult

PROMPT_EDITS = 4
"""So many edits are read at once; a feed whose entries change on every poll then waits longer."""


@dataclass(slots=True)
class _Memory:
    """What the feed showed before, and the articles at the URLs it shows now."""

    by_key: dict[str, Row]
    by_hash: dict[str, list[Row]]
    articles: dict[str, int]
    new: list[Row] = field(default_factory=list)
    edits: list[tuple[Row, Row]] = field(default_factory=list)
    known: int = 0


def remember(db: Db, feed: str, entries: Sequence[FoundEntry], at: datetime) -> PollResult:
    """Remember the entries of one document, inside the caller's transaction.

    New ones become items; changed ones are edits of theirs; all others are known.
    """
    if not entries:
        return PollResult()
    cells = [_cells(entry) for entry in entries]
    memory = _recall(db, feed, cells)
    for cell in cells:
        _sort_in(memory, cell)
    for item, cell in memory.edits:
        _edit(db, memory, feed, item, cell, at)
    _add(db, memory, feed, at)
    return PollResult(new=len(memory.new), edited=len(memory.edits), known=memory.known)


def _cells(entry: FoundEntry) -> Row:
    row = {
        "key": entry.key,
        "guid": entry.guid,
        "item_hash": entry.item_hash,
        "url": entry.url,
        "canonical_url": entry.canonical_url,
        "title": entry.title,
        "summary": entry.summary,
        "content_html": entry.content_html,
        "author": entry.author,
        "published_at": stamp_or_none(entry.published_at),
        "published_original": entry.published_original,
        "language": entry.language,
        "refused": entry.refused,
        "refused_detail": entry.refused_detail,
    }
    # Cleaned before it is compared: two keys that differ only in half characters are one here.
    return {name: storable(cell) for name, cell in row.items()}


def _recall(db: Db, feed: str, cells: Sequence[Row]) -> _Memory:
    keys = [key for cell in cells for key in (cell["key"], _other_key(cell))]
    by_key = fetch_in(
        db, "SELECT * FROM items WHERE feed = ? AND key IN ({marks})", keys, before=[feed]
    )
    same_hash = fetch_in(
        db,
        "SELECT * FROM items WHERE feed = ? AND item_hash IN ({marks})",
        [cell["item_hash"] for cell in cells],
        before=[feed],
    )
    by_hash: dict[str, list[Row]] = {}
    for row in same_hash:
        by_hash.setdefault(row["item_hash"], []).append(row)
    return _Memory(
        by_key={row["key"]: row for row in by_key},
        by_hash=by_hash,
        articles=_articles_at(db, [cell["canonical_url"] for cell in cells if _acceptable(cell)]),
    )


def _articles_at(db: Db, urls: Sequence[str]) -> dict[str, int]:
    sql = "SELECT id, canonical_url FROM articles WHERE canonical_url IN ({marks})"
    return {row["canonical_url"]: row["id"] for row in fetch_in(db, sql, urls)}


def _acceptable(cell: Row) -> bool:
    return bool(cell["canonical_url"]) and not cell["refused"]


def _other_key(cell: Row) -> str:
    return f"{cell['key']}~{cell['item_hash'][:16]}"


def _sort_in(memory: _Memory, cell: Row) -> None:
    """Decide what an entry is. Both identities lie at times: guids repeat, and hashes move."""
    mine = memory.by_key.get(cell["key"])
    twins = memory.by_hash.get(cell["item_hash"], [])
    if mine and mine["item_hash"] == cell["item_hash"]:
        memory.known += 1
    elif any(_same_story(twin, cell) for twin in twins):
        memory.known += 1  # the same entry under a guid that changed, say from http to https
    elif mine and "id" not in mine and mine["canonical_url"] == cell["canonical_url"]:
        memory.known += 1  # listed twice in this very document
    elif mine and "id" in mine and not _another_story(mine, cell):
        memory.edits.append((mine, cell))
        _note(memory, mine | {"item_hash": cell["item_hash"]})
    else:
        # One guid for all its entries: the newcomer gets a key of its own.
        key = _other_key(cell) if mine else cell["key"]
        if key in memory.by_key:
            memory.known += 1
            return
        memory.new.append(cell | {"key": key})
        _note(memory, cell | {"key": key})


def _same_story(one: Row, other: Row) -> bool:
    return bool(one["title"] == other["title"] and one["url"] == other["url"])


def _another_story(one: Row, other: Row) -> bool:
    return bool(
        one["canonical_url"]
        and other["canonical_url"]
        and one["canonical_url"] != other["canonical_url"]
        and one["title"].strip().casefold() != other["title"].strip().casefold()
    )


def _note(memory: _Memory, row: Row) -> None:
    memory.by_key[row["key"]] = row
    memory.by_hash.setdefault(row["item_hash"], []).append(row)


# --- new items ------------------------------------------------------------------------------


def _add(db: Db, memory: _Memory, feed: str, at: datetime) -> None:
    first: dict[str, Row] = {}
    for cell in memory.new:
        if _acceptable(cell) and cell["canonical_url"] not in memory.articles:
            first.setdefault(cell["canonical_url"], cell)
    add_rows(db, "articles", [_article(cell, feed, at) for cell in first.values()])
    memory.articles |= _articles_at(db, list(first))
    owners = {id(cell) for cell in first.values()}
    rows = [
        _item(cell, feed, at) | _fate(memory, cell, owner=id(cell) in owners) for cell in memory.new
    ]
    add_rows(db, "items", rows)


def _item(cell: Row, feed: str, at: datetime) -> Row:
    kept = {name: cell[name] for name in cell if not name.startswith("refused")}
    return kept | {"feed": feed, "first_seen_at": stamp(at)}


def _fate(memory: _Memory, cell: Row, *, owner: bool) -> Row:
    if not _acceptable(cell):
        reason = cell["refused"] or ("bad_url" if cell["url"] else "no_link")
        return _disposed("dropped", reason, cell["refused_detail"], None, owner=False)
    article = memory.articles[cell["canonical_url"]]
    if owner:
        return _disposed("waiting", None, "", article, owner=True)
    return _disposed("duplicate", "same_url", "", article, owner=False)


def _disposed(
    disposition: str, reason: str | None, detail: str, article: int | None, *, owner: bool
) -> Row:
    return {
        "disposition": disposition,
        "reason": reason,
        "reason_detail": detail,
        "article": article,
        "owner": int(owner),
    }


def _article(cell: Row, feed: str, at: datetime) -> Row:
    return {
        "canonical_url": cell["canonical_url"],
        "url": cell["url"] or cell["canonical_url"],
        "host": host_of(cell["canonical_url"]),
        "feed": feed,
        "title": cell["title"],
        "summary": cell["summary"],
        "author": cell["author"],
        "language": cell["language"],
        "published_at": cell["published_at"],
        "published_original": cell["published_original"],
        "published_source": "feed" if cell["published_at"] else None,
        "first_seen_at": stamp(at),
        "next_try_at": stamp(at),
    }


def host_of(url: str) -> str:
    """Return the host of a URL without ``www.``; empty when there is none."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")


# --- edits ----------------------------------------------------------------------------------


_EDIT_ITEM = """
UPDATE items SET item_hash = :item_hash, guid = :guid, url = :url, canonical_url = :canonical_url,
    title = :title, summary = :summary, content_html = :content_html, author = :author,
    published_at = :published_at, published_original = :published_original, language = :language,
    edits = edits + 1, changed_at = :at
WHERE id = :id
"""
# What the feed says is shown until the page itself has been read.
_EDIT_ARTICLE = """
UPDATE articles SET title = :title, summary = :summary, url = coalesce(:url, url),
    published_at = CASE WHEN version = 0 THEN :published_at ELSE published_at END,
    published_original = CASE WHEN version = 0 THEN :published_original
        ELSE published_original END,
    matched = CASE WHEN version = 0 THEN 0 ELSE matched END
WHERE id = :article
"""
_READ_AGAIN = """
UPDATE articles SET state = 'found', next_try_at = ?, attempts = 0
WHERE id = ? AND state <> 'found'
"""


def _edit(db: Db, memory: _Memory, feed: str, item: Row, cell: Row, at: datetime) -> None:
    run(db, _EDIT_ITEM, cell | {"id": item["id"], "at": stamp(at)})
    if item["article"] is None:
        if _acceptable(cell):
            _admit(db, memory, feed, item["id"], cell, at)
        return
    if item["owner"]:
        run(db, _EDIT_ARTICLE, cell | {"article": item["article"]})
    run(db, _READ_AGAIN, (stamp(at + _patience(item["edits"])), item["article"]))


def _patience(edits: int) -> timedelta:
    if edits < PROMPT_EDITS:
        return timedelta(0)
    quarters: int = 2 ** min(edits - PROMPT_EDITS, 7)
    return min(timedelta(minutes=15) * quarters, timedelta(days=1))


def _admit(db: Db, memory: _Memory, feed: str, item: int, cell: Row, at: datetime) -> None:
    """Take in an entry that was refused before its edit gave it a usable URL."""
    url = cell["canonical_url"]
    owner = url not in memory.articles
    if owner:
        memory.articles[url] = add_row(db, "articles", _article(cell, feed, at))
    fate = _fate(memory, cell, owner=owner)
    sets = ", ".join(f"{name} = :{name}" for name in fate)
    run(db, f"UPDATE items SET {sets} WHERE id = :item", fate | {"item": item})  # noqa: S608
