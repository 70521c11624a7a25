"""Web archives of a backfill: how far each was read, and where in it each article stands.

An archive is read in spans, and a span is written once: the row says which is the next, so that a
run that was cut off anywhere goes on after the last one written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from store.backfills import PREFIX
from store.faults import StoreError
from store.identity import host_of
from store.ledger import BY_HAND
from store.rows import instant_or_none, stamp_or_none
from store.sql import Db, Row, add_missing, add_rows, fetch, fetch_in, one, run, run_many, write

MOST_FAULTS = 1_000  # of an archive that are told one by one; all are counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """An archive of a backfill. ``digest`` is of its first and last bytes and its size.

    ``counts`` are its records by fate. ``next`` is the first of ``spans`` that is not written yet,
    ``ended`` where the one before came to its end; None: not known.
    """

    id: int
    place: str
    size: int
    digest: str
    spans: int
    next: int = 0
    ended: int | None = None
    done: bool = False
    bytes: int = 0
    remark: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def records(self) -> int:
        """How many records were taken so far."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """Where an article stands in an archive: the file, the record's offset and length."""

    article: int
    place: str
    member: str
    offset: int
    length: int
    digest: str
    crawled_at: datetime | None
    url: str
    backfill: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A record that could not be read, and why."""

    place: str
    member: str
    offset: int
    reason: str
    detail: str


# --- what is asked for ----------------------------------------------------------------------


def begin(db: Db, name: str, archives: Sequence[Archive], recipe: bytes) -> bytes:
    """Note the archives of a backfill that are not known yet; return the recipe it began with."""
    cells = [
        {"backfill": name, "place": one.place, "size": one.size, "digest": one.digest,
         "spans": one.spans, "remark": one.remark}
        for one in archives
    ]  # fmt: skip
    with write(db, durable=True):
        add_missing(db, "archive_recipes", [{"backfill": name, "recipe": recipe}])
        add_missing(db, "archives", cells)
        return recipe_of(db, name) or recipe


def recipe_of(db: Db, name: str) -> bytes | None:
    """Return the recipe that a backfill of archives began with; None: it has none."""
    rows = fetch(db, "SELECT recipe FROM archive_recipes WHERE backfill = ?", (name,))
    return rows[0]["recipe"] if rows else None


def every(db: Db, name: str) -> list[Archive]:
    """Return the archives of a backfill with what their records came to, in the order given."""
    sql = (
        "SELECT a.id, c.fate, c.n FROM archives a JOIN archive_counts c ON c.archive = a.id"
        " WHERE a.backfill = ? ORDER BY a.id, c.fate"
    )
    counts: dict[int, dict[str, int]] = {}
    for row in fetch(db, sql, (name,)):
        counts.setdefault(row["id"], {})[row["fate"]] = row["n"]
    rows = fetch(db, "SELECT * FROM archives WHERE backfill = ? ORDER BY id", (name,))
    return [
        Archive(
            id=row["id"], place=row["place"], size=row["size"], digest=row["digest"],
            spans=row["spans"], next=row["next"], ended=row["ended"], done=bool(row["done"]),
            bytes=row["bytes"], remark=row["remark"], counts=counts.get(row["id"], {}),
        )
        for row in rows
    ]  # fmt: skip


# --- one span -------------------------------------------------------------------------------


def turn(db: Db, archive: int, number: int, *, ended: int | None, done: bool, size: int) -> bool:
    """Claim a span, inside a write: it becomes the last one written. False: it was written."""
    sql = (
        "UPDATE archives SET next = ?, ended = ?, done = ?, bytes = bytes + ?"
        " WHERE id = ? AND next = ?"
    )
    return bool(run(db, sql, (number + 1, ended, int(done), size, archive, number)))


def count(db: Db, archive: int, counts: Mapping[str, int]) -> None:
    """Add what records came to, inside a write."""
    sql = (
        "INSERT INTO archive_counts (archive, fate, n) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET n = n + excluded.n"
    )
    run_many(db, sql, [(archive, fate, n) for fate, n in sorted(counts.items()) if n])


def add_finds(db: Db, archive: int, finds: Sequence[Find]) -> None:
    """Keep where articles stand, inside a write."""
    cells = [
        {"article": one.article, "archive": archive, "member": one.member, "place": one.offset,
         "length": one.length, "digest": one.digest, "url": one.url,
         "crawled_at": stamp_or_none(one.crawled_at)}
        for one in finds
    ]  # fmt: skip
    add_rows(db, "archive_finds", cells)


def add_faults(db: Db, archive: int, faults: Sequence[Trouble]) -> None:
    """Keep what could not be read, the first thousand of an archive, inside a write."""
    told = int(one(db, "SELECT count(*) FROM archive_faults WHERE archive = ?", (archive,)))
    cells = [
        {"archive": archive, "member": fault.member, "place": fault.offset,
         "reason": fault.reason, "detail": fault.detail}
        for fault in faults[: max(0, MOST_FAULTS - told)]
    ]  # fmt: skip
    add_missing(db, "archive_faults", cells)


def articles_at(db: Db, urls: Sequence[str]) -> dict[str, int]:
    """Return the articles first seen at these canonical addresses."""
    sql = "SELECT id, canonical_url FROM articles WHERE canonical_url IN ({marks})"
    return {row["canonical_url"]: row["id"] for row in fetch_in(db, sql, urls)}


# --- what is told ---------------------------------------------------------------------------


def find(db: Db, article: int) -> Find | None:
    """Return where in an archive an article stands; None: it came from none."""
    sql = (
        "SELECT f.*, a.place AS source, a.backfill FROM archive_finds f"
        " JOIN archives a ON a.id = f.archive WHERE f.article = ?"
    )
    rows = fetch(db, sql, (article,))
    return _find(rows[0]) if rows else None


def _find(row: Row) -> Find:
    return Find(
        article=row["article"], place=row["source"], member=row["member"], offset=row["place"],
        length=row["length"], digest=row["digest"], crawled_at=instant_or_none(row["crawled_at"]),
        url=row["url"], backfill=row["backfill"],
    )  # fmt: skip


def faults(db: Db, name: str, limit: int = 20) -> list[Trouble]:
    """Return records of a backfill that could not be read."""
    sql = (
        "SELECT f.*, a.place AS source FROM archive_faults f JOIN archives a ON a.id = f.archive"
        " WHERE a.backfill = ? ORDER BY a.id, f.member, f.place LIMIT ?"
    )
    return [
        Trouble(place=row["source"], member=row["member"], offset=row["place"],
                reason=row["reason"], detail=row["detail"])
        for row in fetch(db, sql, (name, limit))
    ]  # fmt: skip


_HOMES = """
SELECT f.key, f.url, f.outlet, f.side, f.language, f.section,
    (SELECT a.host FROM articles a WHERE a.id =
        (SELECT max(i.article) FROM items i WHERE i.feed = f.key)) AS host
FROM feeds f WHERE f.kind <> 'google-news' AND f.key <> ? AND f.key NOT LIKE ? ORDER BY f.key DESC
"""


def homes(db: Db) -> dict[str, Row]:
    """Return the outlet that each known host's pages are of: outlet, side, language, section."""
    found: dict[str, Row] = {}
    for row in fetch(db, _HOMES, (BY_HAND, f"{PREFIX}%")):
        for host in (row["host"], host_of(row["url"])):
            if host:
                found[host] = row
    return found


def changed(known: Archive, *, size: int, digest: str) -> None:
    """Make sure that an archive is the one it was.

    Raises:
        StoreError: it is another file, or a changed one.
    """
    if (size, digest) != (known.size, known.digest):
        raise StoreError(
            f"{known.place}: this is not the file that was begun with ({known.size:,} bytes then,"
            f" {size:,} now): put the old one back, or take the new one in with another --name"
        )
