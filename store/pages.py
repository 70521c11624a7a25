"""Pages as they were fetched: a row each, the bytes compressed in a file beside the store.

A page is kept on trial until its article is judged, and then for as long as the settings say if it
is wanted. The bytes are no part of the database, so that the nightly copies and the check at every
start do not grow with them (docs/decisions/0018). Files are made and taken away under the write
lock alone: a row has its file, and a file without a row is what a crash left; ``sweep`` takes it.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from isal import igzip

from store.faults import path_of
from store.rows import ids_json, instant, stamp
from store.sql import Db, Row, add_rows, fetch, fetch_in, one, run, write

FOLDER = "pages"
LEVEL = 6  # of zlib: 9 takes half as long again for half a per cent
ON_TRIAL = 2  # of ISA-L: an eleventh of the time for a sixth more (docs/decisions/0031)
Source = Literal["page", "feed"]
Space = Mapping[str, "Held"]

_WANTED = "(a.disposition = 'queued' OR a.decision IS NOT NULL)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page, or the text a feed carried, about to be kept. ``data`` None: only its record is."""

    source: Source
    url: str
    final_url: str
    status: int
    headers: Mapping[str, str]
    fetched_at: datetime
    sha256: str
    size: int
    data: bytes | None
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRow:
    """What is known of the page a version was read from. ``stored``: bytes on disk, 0: none."""

    article: int
    version: int
    source: Source
    url: str
    final_url: str
    status: int
    headers: Mapping[str, str]
    fetched_at: datetime
    etag: str | None
    last_modified: str | None
    sha256: str
    size: int
    stored: int
    trial: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """So many pages, of so many bytes as they came, in so many on disk."""

    n: int = 0
    size: int = 0
    stored: int = 0


# --- keeping --------------------------------------------------------------------------------


def page(
    body: bytes, *, source: Source, url: str, final_url: str, status: int,
    headers: Mapping[str, str], fetched_at: datetime, bytes_too: bool = True,
) -> Page:  # fmt: skip
    """Return a page ready to be kept: hashed, and compressed unless only its record is wanted.

    Done before the write begins. Nine in ten go within two days; what turns out to be wanted is
    compressed better when its trial ends.
    """
    return Page(
        source=source,
        url=url,
        final_url=final_url,
        status=status,
        headers=headers,
        fetched_at=fetched_at,
        sha256=sha256(body).hexdigest(),
        size=len(body),
        data=igzip.compress(body, ON_TRIAL, mtime=0) if bytes_too else None,
        etag=headers.get("etag"),
        last_modified=headers.get("last-modified"),
    )


def keep(db: Db, article: int, kept: Page) -> bool:
    """Keep the page that the article's latest text was read from; one a version, the first.

    Another fetch of the same text only renews what to ask it by. False: the disk refused the file,
    and only the record is kept. An article whose text was removed on request keeps none.
    """
    with write(db):
        version = one(db, "SELECT version FROM articles WHERE id = ? AND removed = 0", (article,))
        if version is None:
            return True
        earlier = of_article(db, article)
        before = next((row for row in earlier if row.version == version), None)
        if before and (before.stored or kept.data is None):
            run(db, _RENEW, (kept.etag, kept.last_modified, article, version))
            return True
        if before:
            run(db, "DELETE FROM pages WHERE article = ? AND version = ?", (article, version))
        stored = _put_file(db, kept)
        same = [row for row in earlier if row.sha256 == kept.sha256 and row.stored]
        add_rows(db, "pages", [_cells(article, int(version), kept, stored)])
        _let_go(db, same, "replaced")  # read once more, it stands with the newest text it gave
    return kept.data is None or stored > 0


_RENEW = "UPDATE pages SET etag = ?, last_modified = ? WHERE article = ? AND version = ?"


def _cells(article: int, version: int, kept: Page, stored: int) -> Row:
    return {
        "article": article, "version": version, "source": kept.source, "url": kept.url,
        "final_url": kept.final_url, "status": kept.status,
        "headers": json.dumps(dict(kept.headers), ensure_ascii=False, sort_keys=True),
        "fetched_at": stamp(kept.fetched_at), "etag": kept.etag,
        "last_modified": kept.last_modified, "sha256": kept.sha256, "size": kept.size,
        "stored": stored, "trial": 1,
    }  # fmt: skip


def folder(db: Db) -> Path:
    """Return where the files of pages stand."""
    return path_of(db).parent / FOLDER


def place(db: Db, digest: str) -> Path:
    """Return where the file of a page stands, by the SHA-256 of the page as it was fetched."""
    return folder(db) / digest[:2] / f"{digest}.gz"


def _put_file(db: Db, kept: Page) -> int:
    """Write the file unless it is there; return its size, 0 where there is none."""
    if kept.data is None:
        return 0
    path = place(db, kept.sha256)
    try:
        there = path.stat().st_size if path.is_file() else 0
        if there and (there == len(kept.data) or there == one(db, _HELD, (kept.sha256,))):
            return there
        _put(path, kept.data)
    except OSError:
        return 0
    return len(kept.data)


_HELD = "SELECT stored FROM pages WHERE sha256 = ? AND stored > 0 LIMIT 1"


def _put(path: Path, data: bytes) -> None:
    """Write a file whole or not at all. Raises OSError."""
    draft = path.with_suffix(".part")
    try:
        draft.write_bytes(data)
    except FileNotFoundError:  # the first of its shelf
        path.parent.mkdir(exist_ok=True, parents=True)
        draft.write_bytes(data)
    draft.replace(path)


# --- reading --------------------------------------------------------------------------------


def get(db: Db, article: int, version: int | None = None) -> PageRow | None:
    """Return what is known of the page of a version, or of the newest that has one."""
    if version is None:
        found = _rows(db, "article = ? ORDER BY version DESC LIMIT 1", (article,))
    else:
        found = _rows(db, "article = ? AND version = ?", (article, version))
    return found[0] if found else None


def of_article(db: Db, article: int) -> list[PageRow]:
    """Return what is known of all pages of an article, the first version first."""
    return _rows(db, "article = ? ORDER BY version", (article,))


def body(db: Db, row: PageRow) -> bytes | None:
    """Return a page as it was fetched, byte for byte; None where it is not kept, or is damaged."""
    if not row.stored:
        return None
    try:
        data = place(db, row.sha256).read_bytes()
        made = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(data, row.size + 1)
    except (OSError, zlib.error):
        return None
    return made if sha256(made).hexdigest() == row.sha256 else None


_NEXT = """
SELECT p.* FROM pages p CROSS JOIN articles a ON a.id = p.article
    LEFT JOIN feeds f ON f.key = a.feed
WHERE p.article > :after AND p.stored > 0 AND p.version = a.version AND p.fetched_at >= :since
    AND (:outlet = '' OR coalesce(a.source_outlet, f.outlet) = :outlet)
ORDER BY p.article LIMIT :limit
"""


def after(
    db: Db, article: int, *, outlet: str = "", since: datetime | None = None, limit: int = 50
) -> list[PageRow]:
    """Return kept pages of latest versions, of articles beyond ``article``, in their order."""
    at = stamp(since) if since else ""
    given = {"after": article, "outlet": outlet, "since": at, "limit": limit}
    return [_row(row) for row in fetch(db, _NEXT, given)]


def space(db: Db) -> Space:
    """Return the books: what was ever taken, and what of it is held, by why it went."""
    rows = fetch(db, "SELECT * FROM page_space")
    return MappingProxyType(
        {row["what"]: Held(n=row["n"], size=row["size"], stored=row["stored"]) for row in rows}
    )


def balanced(books: Space) -> bool:
    """Tell whether every page ever taken is held still or went for a reason that is told."""
    went = [held for what, held in books.items() if what != "taken"]
    taken = books.get("taken", Held())
    return taken.n == sum(one.n for one in went) and taken.size == sum(one.size for one in went)


def listed(db: Db, *, limit: int = 100, before: str = "~") -> list[PageRow]:
    """Return kept pages that are wanted, the newest first."""
    where = "trial = 0 AND stored > 0 AND fetched_at < ? ORDER BY fetched_at DESC LIMIT ?"
    return _rows(db, where, (before, limit))


def _rows(db: Db, where: str, params: Sequence[object]) -> list[PageRow]:
    return [_row(row) for row in fetch(db, f"SELECT * FROM pages WHERE {where}", params)]  # noqa: S608


def _row(row: Row) -> PageRow:
    return PageRow(
        article=row["article"], version=row["version"], source=row["source"], url=row["url"],
        final_url=row["final_url"], status=row["status"], headers=json.loads(row["headers"]),
        fetched_at=instant(row["fetched_at"]), etag=row["etag"],
        last_modified=row["last_modified"], sha256=row["sha256"], size=row["size"],
        stored=row["stored"], trial=bool(row["trial"]),
    )  # fmt: skip


# --- letting go -----------------------------------------------------------------------------


_ON_TRIAL = f"""
SELECT p.article, p.version, p.sha256, {_WANTED} AS wanted
FROM pages p INDEXED BY pages_trial CROSS JOIN articles a ON a.id = p.article
WHERE p.trial = 1 AND p.fetched_at < :before AND (a.disposition <> 'waiting' OR {_WANTED})
LIMIT :limit
"""  # noqa: S608  # the fragment stands above


def settle(db: Db, before: datetime, batch: int = 200) -> int:
    """End the trial of pages fetched before then: what is wanted stays, the rest goes.

    One that waits to be judged waits on. Returns how many went.
    """
    went = 0
    while rows := fetch(db, _ON_TRIAL, {"before": stamp(before), "limit": batch}):
        pressed = {row["sha256"]: _pressed(db, row) for row in rows if row["wanted"]}
        with write(db):
            for row in rows:
                key = (row["article"], row["version"])
                if row["wanted"]:
                    run(db, "UPDATE pages SET trial = 0 WHERE article = ? AND version = ?", key)
                    _press(db, row["sha256"], pressed[row["sha256"]])
                else:
                    _let_go(db, _rows(db, "article = ? AND version = ?", key), "unwanted")
                    went += 1
    return went


def _pressed(db: Db, row: Row) -> bytes | None:
    """Return the file of a page as it is kept for long; before the write begins."""
    held = _rows(db, "article = ? AND version = ?", (row["article"], row["version"]))
    made = body(db, held[0]) if held else None
    return None if made is None else gzip.compress(made, LEVEL, mtime=0)


def _press(db: Db, digest: str, data: bytes | None) -> None:
    """Put the smaller file in place of a page's, unless that is gone meanwhile, inside a write."""
    stored = one(db, _HELD, (digest,))
    if data is None or stored is None or len(data) >= stored:
        return
    with suppress(OSError):  # a full disk: the larger file stays
        _put(place(db, digest), data)
        sql = "UPDATE pages SET stored = ? WHERE sha256 = ? AND stored > 0"
        run(db, sql, (len(data), digest))


_OLD = """
SELECT p.* FROM pages p INDEXED BY pages_kept CROSS JOIN articles a ON a.id = p.article
    LEFT JOIN feeds f ON f.key = a.feed
WHERE p.trial = 0 AND p.stored > 0 AND p.fetched_at < :before
    AND (coalesce(a.source_outlet, f.outlet) IN (SELECT value FROM json_each(:outlets))) = :inside
ORDER BY p.fetched_at LIMIT :limit
"""


def expire(
    db: Db, before: datetime, *, outlets: Sequence[str] = (), inside: bool = False,
    batch: int = 200,
) -> int:  # fmt: skip
    """Let the bytes of pages go that were fetched before then; their records stay.

    Of these outlets only with ``inside``, else of all others. Returns how many went.
    """
    given = {"before": stamp(before), "outlets": ids_json(outlets), "inside": int(inside),
             "limit": batch}  # fmt: skip
    went = 0
    while rows := fetch(db, _OLD, given):
        with write(db):
            for row in rows:
                _empty(db, _row(row), "expired")
        went += len(rows)
    return went


def remove(db: Db, article: int) -> int:
    """Take away all pages of an article at once, inside a write; return how many there were."""
    rows = [row for row in of_article(db, article) if row.stored]
    for row in rows:
        _empty(db, row, "removed")
    return len(rows)


def _let_go(db: Db, rows: Sequence[PageRow], why: str) -> None:
    for row in rows:
        run(db, "DELETE FROM pages WHERE article = ? AND version = ?", (row.article, row.version))
        _went(db, row, why)


def _empty(db: Db, row: PageRow, why: str) -> None:
    sql = "UPDATE pages SET stored = 0 WHERE article = ? AND version = ?"
    run(db, sql, (row.article, row.version))
    _went(db, row, why)


def _went(db: Db, row: PageRow, why: str) -> None:
    """Enter in the books why a page went, and take its file away unless another has the same."""
    if not row.stored:
        return
    sql = "UPDATE page_space SET n = n + 1, size = size + ?, stored = stored + ? WHERE what = ?"
    run(db, sql, (row.size, row.stored, why))
    if one(db, _HELD, (row.sha256,)) is None:
        with suppress(OSError):
            place(db, row.sha256).unlink()


def sweep(db: Db) -> int:
    """Take away files that no row speaks of, which a crash may leave; return how many."""
    swept = 0
    for shelf in _shelves(db):
        with write(db):
            files = [path for path in shelf.iterdir() if path.is_file()]
            rows = fetch_in(db, _KNOWN, [path.stem for path in files])
            known = {f"{row['sha256']}.gz" for row in rows}
            for path in files:
                if path.name not in known:
                    with suppress(OSError):
                        path.unlink()
                        swept += 1
    return swept


_KNOWN = "SELECT DISTINCT sha256 FROM pages WHERE stored > 0 AND sha256 IN ({marks})"


def _shelves(db: Db) -> Iterator[Path]:
    with suppress(OSError):
        yield from sorted(filter(Path.is_dir, folder(db).iterdir()))
