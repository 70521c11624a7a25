"""Entries become items, and the first item with a canonical URL becomes an article.

Whether an entry is one the feed showed before is asked of all it has: its key, the hash of its
bytes, its address with its headline. Each of them lies at times, so where they disagree two stories
are told apart: a story taken for two is found by its text later, one of two taken for one is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from store import headlines, thinning
from store.headlines import Headlines
from store.identity import another_story, folded, host_of, same_story
from store.polls import FoundEntry, PollResult
from store.rows import instant, stamp, stamp_or_none
from store.sql import Db, Row, add_row, add_rows, fetch, fetch_in, run, storable

PROMPT_EDITS = 4
"""So many edits are read at once; a feed whose entries change on every poll then waits longer."""

_SHOWN = ("title", "summary", "content_html", "author", "published_at", "canonical_url")


@dataclass(slots=True)
class _Memory:
    """What the feed showed before, and the articles at the URLs it shows now."""

    by_key: dict[str, Row]
    by_hash: dict[str, list[Row]]
    by_page: dict[str, list[Row]]
    articles: dict[str, int]
    headlines: Headlines
    by_headline: set[str] = field(default_factory=set)  # addresses known by their headline alone
    taken: dict[str, Row] = field(default_factory=dict)  # and those that took an article over
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
        # What begins so is no column of the items.
        "_headline": entry.headline,
        "_host": entry.source_host or host_of(entry.canonical_url or ""),
        "_source": entry.source_name or None,
        "_wrapped": entry.wrapped,
    }
    # Cleaned before it is compared: two keys that differ only in half characters are one here.
    return {name: storable(cell) for name, cell in row.items()}


def _recall(db: Db, feed: str, cells: Sequence[Row]) -> _Memory:
    keys = [key for cell in cells for key in (cell["key"], _other_key(cell))]
    by_key = thinning.by_key(db, feed, keys)
    same_hash = thinning.by_hash(db, feed, [cell["item_hash"] for cell in cells])
    pages = [cell["canonical_url"] for cell in cells if _acceptable(cell)]
    same_page = thinning.by_page(db, feed, pages)
    return _Memory(
        by_key={row["key"]: row for row in by_key},
        by_hash=_grouped(same_hash, "item_hash"),
        by_page=_grouped(same_page, "canonical_url"),
        articles=_articles_at(db, pages),
        headlines=headlines.known(db, [cell["_headline"] for cell in cells]),
    )


def _grouped(rows: Sequence[Row], name: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[name], []).append(row)
    return groups


def _articles_at(db: Db, urls: Sequence[str]) -> dict[str, int]:
    """The articles at these addresses; one an entry moved to leads to the entry's article."""
    moved = "SELECT article AS id, canonical_url FROM items WHERE canonical_url IN ({marks})"
    first = "SELECT id, canonical_url FROM articles WHERE canonical_url IN ({marks})"
    rows = [*fetch_in(db, moved, urls), *fetch_in(db, first, urls)]
    return {row["canonical_url"]: row["id"] for row in rows if row["id"] is not None}


def _acceptable(cell: Row) -> bool:
    return bool(cell["canonical_url"]) and not cell["refused"]


def _other_key(cell: Row) -> str:
    return f"{cell['key']}~{cell['item_hash'][:16]}"


def _sort_in(memory: _Memory, cell: Row) -> None:
    """Decide what an entry is. All its identities lie at times: guids repeat, and hashes move."""
    mine = memory.by_key.get(cell["key"])
    twins = memory.by_hash.get(cell["item_hash"], [])
    if mine and mine["item_hash"] == cell["item_hash"]:
        memory.known += 1
    elif any(same_story(twin, cell) for twin in twins):
        memory.known += 1  # the same entry under a guid that changed, say from http to https
    elif mine and "id" not in mine and mine["canonical_url"] == cell["canonical_url"]:
        memory.known += 1  # listed twice in this very document
    elif mine and "id" in mine and not another_story(mine, cell):
        _changed(memory, mine, cell)
    elif (same := _on_its_page(memory, cell)) is not None:
        _changed(memory, same, cell)
    else:
        # One guid for all its entries: the newcomer gets a key of its own.
        key = _other_key(cell) if mine else cell["key"]
        if key in memory.by_key:
            memory.known += 1
            return
        memory.new.append(cell | {"key": key})
        _note(memory, cell | {"key": key})


def _changed(memory: _Memory, item: Row, cell: Row) -> None:
    """An entry seen before: an edit, unless its guid or its link's spelling is all that moved."""
    renamed = item["guid"] != cell["guid"] or item["url"] != cell["url"]
    forgotten = {"content_html"} if item.get("thin") == thinning.NO_HTML else set()
    if renamed and all(item[name] == cell[name] for name in _SHOWN if name not in forgotten):
        memory.known += 1
        return
    cell = cell | {"key": item["key"]}
    memory.edits.append((item, cell))
    _note(memory, item | {name: cell[name] for name in (*_SHOWN, "item_hash")})


def _on_its_page(memory: _Memory, cell: Row) -> Row | None:
    """The item this feed showed at the same address, whatever its guid; its headline may be new.

    Stories that stand at one address side by side have one of their own each by now: so this one
    has taken the other's place. Taken for a duplicate, what it says anew would never be read.
    """
    if not _acceptable(cell):
        return None
    listed = memory.by_page.get(cell["canonical_url"], ())
    title = folded(cell["title"])
    return min(
        listed, key=lambda row: (folded(row["title"]) != title, not row["owner"]), default=None
    )


def _note(memory: _Memory, row: Row) -> None:
    memory.by_key[row["key"]] = row
    memory.by_hash.setdefault(row["item_hash"], []).append(row)


# --- new items ------------------------------------------------------------------------------


def _add(db: Db, memory: _Memory, feed: str, at: datetime) -> None:
    first: dict[str, Row] = {}
    owners: set[int] = set()
    for cell in sorted(memory.new, key=lambda cell: cell["_wrapped"]):
        url = cell["canonical_url"]
        if not _acceptable(cell) or url in memory.articles or url in first:
            continue
        same = headlines.same(memory.headlines, cell, at)
        if same is None:
            first[url] = cell
            owners.add(id(cell))
            _expect(memory, cell, -len(first), at)
        elif cell["_wrapped"]:
            memory.articles[url] = same.article
            memory.by_headline.add(url)
        else:
            _take_over(db, memory, feed, cell, same.article, at)
            owners.add(id(cell))
    _found(db, memory, first, feed, at)
    rows = [
        thinning.thinned(_item(cell, feed, at) | _fate(memory, cell, owner=id(cell) in owners))
        for cell in memory.new
    ]
    add_rows(db, "items", rows)


def _expect(memory: _Memory, cell: Row, number: int, at: datetime) -> None:
    """Let the headline of an article about to be made be known to the entries behind it."""
    if cell["_wrapped"] and cell["_headline"]:
        when = instant(cell["published_at"]) if cell["published_at"] else at
        one = headlines.Known(article=number, host=cell["_host"], at=when, wrapped=True)
        memory.headlines.setdefault(cell["_headline"], []).append(one)


def _found(db: Db, memory: _Memory, first: dict[str, Row], feed: str, at: datetime) -> None:
    """Make the articles; those that were only expected so far get their numbers."""
    add_rows(db, "articles", [_article(cell, feed, at) for cell in first.values()])
    made = _articles_at(db, list(first))
    headlines.note(db, [(made[url], cell) for url, cell in first.items()], at)
    numbers = {-number: made[url] for number, url in enumerate(first, start=1)}
    memory.articles = {url: numbers.get(one, one) for url, one in memory.articles.items()} | made


_RELEASE = """
UPDATE items SET owner = 0, disposition = 'duplicate', reason = 'same_headline', reason_detail = ''
WHERE article = ? AND owner = 1
"""
_ADDRESS = """
UPDATE articles SET canonical_url = :canonical_url, url = :url, host = :host, feed = :feed,
    title = :title, summary = :summary, author = coalesce(:author, author),
    language = coalesce(:language, language), source_outlet = NULL,
    state = 'found', next_try_at = :at, attempts = 0
WHERE id = :article
"""


def _take_over(db: Db, memory: _Memory, feed: str, cell: Row, article: int, at: datetime) -> None:
    """The outlet's own entry makes an article its own that only a search had shown.

    Now it has an address, and a page to be read; what people decided on it stands.
    """
    url = cell["canonical_url"]
    own = {"host": host_of(url), "feed": feed, "article": article, "at": stamp(at)}
    thinning.thicken(db, article)
    run(db, _RELEASE, (article,))
    run(db, _ADDRESS, cell | own | {"url": cell["url"] or url})
    headlines.has_address(db, article)
    memory.headlines.pop(cell["_headline"], None)  # it is nobody else's to take over
    told = fetch(
        db, "SELECT disposition, reason, reason_detail FROM articles WHERE id = ?", [article]
    )
    memory.articles[url] = article
    memory.taken[url] = told[0]


def _item(cell: Row, feed: str, at: datetime) -> Row:
    kept = {name: cell[name] for name in cell if not name.startswith(("refused", "_"))}
    return kept | {"feed": feed, "first_seen_at": stamp(at)}


def _fate(memory: _Memory, cell: Row, *, owner: bool) -> Row:
    if not _acceptable(cell):
        reason = cell["refused"] or ("bad_url" if cell["url"] else "no_link")
        return _disposed("dropped", reason, cell["refused_detail"], None, owner=False)
    url = cell["canonical_url"]
    article = memory.articles[url]
    if url in memory.taken and owner:
        return memory.taken[url] | {"article": article, "owner": 1}
    if owner:
        return _disposed("waiting", None, "", article, owner=True)
    reason = "same_headline" if url in memory.by_headline else "same_url"
    return _disposed("duplicate", reason, "", article, owner=False)


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
        "host": cell["_host"] or host_of(cell["canonical_url"]),
        "source_outlet": cell["_source"],
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


# --- edits ----------------------------------------------------------------------------------


_EDIT_ITEM = """
UPDATE items SET item_hash = :item_hash, guid = :guid, url = :url, canonical_url = :canonical_url,
    title = :title, summary = :summary, content_html = :content_html, author = :author,
    published_at = :published_at, published_original = :published_original, language = :language,
    edits = edits + 1, changed_at = :at, thin = 0
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
WHERE id = ? AND state <> 'found' AND removed = 0
"""


def _edit(db: Db, memory: _Memory, feed: str, item: Row, cell: Row, at: datetime) -> None:
    run(db, _EDIT_ITEM, cell | {"id": item["id"], "at": stamp(at)})
    if item["article"] is None:
        if _acceptable(cell):
            _admit(db, memory, feed, item["id"], cell, at)
        return
    if item["owner"]:
        run(db, _EDIT_ARTICLE, cell | {"article": item["article"]})
        headlines.note(db, [(item["article"], cell)], at)
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
        headlines.note(db, [(memory.articles[url], cell)], at)
    fate = _fate(memory, cell, owner=owner)
    sets = ", ".join(f"{name} = :{name}" for name in fate)
    run(db, f"UPDATE items SET {sets} WHERE id = :item", fate | {"item": item})  # noqa: S608
