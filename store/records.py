"""A member of a snapshot as a record: plain JSON, its bytes and its hash, and back again.

The record holds everything but the text itself, of which it holds the hash. Its bytes are the same
on every machine: keys sorted, ASCII, no blanks, instants in UTC.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from store.learned import Answered, Member
from store.rows import instant, stamp

FORMAT: Final = "torkham.corpus/1"
_INSTANTS: Final = frozenset({"published_at", "first_seen_at", "at"})
_LISTS: Final = frozenset({"topics", "tags", "reasons"})
MEMBER: Final = tuple(f.name for f in fields(Member) if f.name != "body")
LINE: Final = tuple(f.name for f in fields(Answered))


def record_of(member: Member) -> dict[str, Any]:
    """Return a member as JSON values, without its text."""
    told = {name: _plain(getattr(member, name)) for name in MEMBER if name != "history"}
    lines = [{name: _plain(getattr(line, name)) for name in LINE} for line in member.history]
    return told | {"history": lines}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return stamp(value)
    return list(value) if isinstance(value, tuple) else value


def member_of(record: Mapping[str, Any], *, body: str | None) -> Member:
    """Return the member a record tells of. What the record does not know stays as it is by itself.

    Raises:
        KeyError, TypeError, ValueError: it is no record.
    """
    history = tuple(Answered(**_read(line, LINE)) for line in record["history"])
    return Member(**(_read(record, MEMBER) | {"history": history, "body": body}))


def _read(record: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name in names:
        if name not in record or name == "history":
            continue
        value = record[name]
        if name in _INSTANTS and value is not None:
            value = instant(value)
        told[name] = tuple(value) if name in _LISTS else value
    return told


def canonical(record: Mapping[str, Any]) -> str:
    """Return the record's own bytes as text; whatever else stands in it is left out."""
    told = {name: record[name] for name in MEMBER}
    return json.dumps(
        told, ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False
    )


def hash_of(text: str) -> str:
    """Return the SHA-256 of a record's bytes."""
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def snapshot_hash(records: Iterable[str]) -> str:
    """Return the name of the snapshot that holds the records of these hashes, in any order."""
    body = "\n".join([FORMAT, *sorted(set(records))])
    return hashlib.sha256(body.encode("ascii")).hexdigest()
