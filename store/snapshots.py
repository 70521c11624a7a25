"""Snapshots a paper can cite: kept once and for ever, each record and each text a single time."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Sequence
from datetime import datetime

from store.learned import Fixed, Member
from store.members import members, sha256_of
from store.records import canonical, hash_of, member_of, record_of, snapshot_hash
from store.rows import as_json, ids_json, instant, stamp, stamp_or_none
from store.sql import Db, Row, add_missing, fetch, fetch_in, one, run, write

_ALL = "id, created_at, relevant, not_relevant, origins, note, model"


def name_of(held: Sequence[Member]) -> str:
    """Return the hash that these members are known by; whatever store they stand in."""
    return snapshot_hash(hash_of(canonical(record_of(member))) for member in held)


def save(db: Db, fixed: Fixed, held: Sequence[Member]) -> bool:
    """Keep a snapshot with its members; False when it is kept already: nothing is changed then."""
    with write(db, durable=True):
        if one(db, "SELECT 1 FROM fixed WHERE id = ?", (fixed.id,)) is not None:
            _fill(db, held)
            return False
        add_missing(db, "fixed", [_cells(fixed)])
        told = [(hash_of(text), text, m) for m in held if (text := canonical(record_of(m)))]
        add_missing(
            db, "fixed_records",
            [{"sha256": name, "member": m.id, "text": m.sha256, "record": text}
             for name, text, m in told],
        )  # fmt: skip
        add_missing(
            db, "fixed_members", [{"snapshot": fixed.id, "record": name} for name, _, _ in told]
        )
        _fill(db, held)
    return True


def _fill(db: Db, held: Sequence[Member]) -> None:
    rows = {
        m.sha256: {
            "sha256": m.sha256,
            "body": None if m.body is None else zlib.compress(m.body.encode(), 6),
        }
        for m in held
    }
    add_missing(db, "fixed_texts", list(rows.values()))


def _cells(fixed: Fixed) -> Row:
    return {
        "id": fixed.id,
        "created_at": stamp(fixed.created_at),
        "relevant": fixed.relevant,
        "not_relevant": fixed.not_relevant,
        "origins": as_json(dict(fixed.origins)),
        "note": fixed.note,
        "facts": fixed.facts,
        "model": fixed.model,
        "artifact": fixed.artifact,
    }


def listed(db: Db, limit: int = 200) -> list[Fixed]:
    """Return the snapshots, newest first, without datasheet and model."""
    sql = f"SELECT {_ALL} FROM fixed ORDER BY created_at DESC, id LIMIT ?"  # noqa: S608
    return [_fixed(row) for row in fetch(db, sql, (limit,))]


def find(db: Db, name: str) -> Fixed | None:
    """Return the one snapshot whose hash begins so ("last": the newest); None for none or several.

    Fewer than six digits name nothing.
    """
    if name == "last":
        rows = fetch(db, "SELECT * FROM fixed ORDER BY created_at DESC, id LIMIT 1")
    elif len(name) < 6 or not set(name) <= set("0123456789abcdef"):
        return None
    else:
        rows = fetch(db, "SELECT * FROM fixed WHERE id >= ? AND id < ? LIMIT 2", (name, f"{name}g"))
    return _fixed(rows[0]) if len(rows) == 1 else None


def before(db: Db, fixed: Fixed) -> Fixed | None:
    """Return the snapshot taken before this one."""
    sql = """SELECT * FROM fixed WHERE created_at <= ? AND id <> ?
        ORDER BY created_at DESC, id LIMIT 1"""
    rows = fetch(db, sql, (stamp(fixed.created_at), fixed.id))
    return _fixed(rows[0]) if rows else None


def newest(db: Db) -> Fixed | None:
    """Return the newest snapshot."""
    return find(db, "last")


def _fixed(row: Row) -> Fixed:
    return Fixed(
        id=row["id"],
        created_at=instant(row["created_at"]),
        relevant=row["relevant"],
        not_relevant=row["not_relevant"],
        origins=json.loads(row["origins"]),
        note=row["note"],
        facts=row.get("facts", "{}"),
        model=row["model"],
        artifact=row.get("artifact", ""),
    )


_RECORDS = """
SELECT r.record, t.body FROM fixed_members m JOIN fixed_records r ON r.sha256 = m.record
    LEFT JOIN fixed_texts t ON t.sha256 = r.text
WHERE m.snapshot = ?
"""
_BARE = """
SELECT r.record, NULL AS body FROM fixed_members m JOIN fixed_records r ON r.sha256 = m.record
WHERE m.snapshot = ?
"""


def held_by(db: Db, snapshot: str, *, texts: bool = True) -> list[Member]:
    """Return the members of a snapshot as they were, by id; without ``texts`` bodies are None."""
    rows = fetch(db, _RECORDS if texts else _BARE, (snapshot,))
    told = (member_of(json.loads(row["record"]), body=_body(row["body"])) for row in rows)
    return sorted(told, key=lambda m: m.id)


def _body(packed: bytes | None) -> str | None:
    return None if packed is None else zlib.decompress(packed).decode()


# --- a text is removed, its record stays ----------------------------------------------------

_CANONICAL = """
SELECT canonical_url, decision IS NOT NULL AS decided FROM articles WHERE id IN ({marks})
"""


def let_go(
    db: Db, articles: Sequence[int] = (), imports: Sequence[str] = (), *, now: datetime, why: str
) -> int:
    """Remember the hashes of labelled texts that are about to be removed, here and in snapshots.

    To be called inside the caller's transaction and before the texts are emptied. A snapshot keeps
    its hash and its record, and tells the text as removed. Returns how many texts were labelled.
    """
    rows = fetch_in(db, _CANONICAL, articles)
    urls = [row["canonical_url"] for row in rows]
    wanted = {row["canonical_url"] for row in rows if row["decided"]} | set(imports)
    every = members(db) if wanted else []  # texts nobody decided upon are no members
    held = [m for m in every if m.body and (m.id in wanted or row_id(m.id) in wanted)]
    told = [{"member": m.id, "sha256": m.sha256, "at": stamp(now), "why": why} for m in held]
    add_missing(db, "texts_let_go", told)
    gone = [row["sha256"] for row in _of_members(db, sorted({*urls, *(m.id for m in held)}))]
    empty = "UPDATE fixed_texts SET body = NULL WHERE sha256 IN (SELECT value FROM json_each(?))"
    run(db, empty, (ids_json(gone),))
    return len(held)


def _of_members(db: Db, names: Sequence[str]) -> list[Row]:
    """The texts that snapshots hold of members, whichever version of them."""
    return fetch_in(db, "SELECT text AS sha256 FROM fixed_records WHERE member IN ({marks})", names)


# --- what an export brings back -------------------------------------------------------------


def row_id(member: str) -> str:
    """Return under which id ``imports`` keeps a member that an export brought."""
    if member.startswith("import:"):
        return member
    return "import:" + hashlib.sha256(f"member {member}".encode()).hexdigest()[:16]


def bring(db: Db, held: Sequence[Member]) -> list[Member]:
    """Add members that an export held, with their history; return those that were new.

    A text that is here already, under the same id or decided upon at its address, stays as it is.
    """
    with write(db, durable=True):
        known = {m.id for m in members(db)}
        fresh = [m for m in held if m.id not in known]
        add_missing(db, "imports", [_import_cells(m) for m in fresh])
    return fresh


def _import_cells(member: Member) -> Row:
    return {
        "id": row_id(member.id),
        "title": member.title,
        "body": member.body or "",
        "outlet": member.outlet,
        "language": member.language,
        "side": member.side,
        "relevant": int(member.relevant),
        "origin": member.origin,
        "by": member.by,
        "at": stamp(member.at),
        "url": member.url,
        "published_at": stamp_or_none(member.published_at),
        "topics": as_json(member.topics),
        "record": canonical(record_of(member)),
    }


def whole(member: Member) -> bool:
    """Whether a member's text is the one its record tells of; a removed one is."""
    return member.body is None or sha256_of(member.body) == member.sha256
