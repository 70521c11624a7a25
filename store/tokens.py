"""Tokens by which programs come in: each is one person's, and no more than a hash of it is kept.

A token opens what its person may do, or only reading. It ends when it is revoked, when its time is
over, and whenever the person's password changes or the person is shut out.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from store import people
from store.desk import Person
from store.faults import StoreError
from store.rows import day_or_none, instant, instant_or_none, stamp, stamp_or_none
from store.sql import Db, Row, add_row, fetch, run, write

TOKEN_PREFIX = "trk_"  # noqa: S105  # it lets scanners of leaked secrets tell whose token it is
LONGEST_LABEL = 80
_TOKEN = re.compile(r"trk_[A-Za-z0-9_-]{43}")

TokenState = Literal["good", "revoked", "expired", "ended"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token as listed; the token itself is nowhere.

    ``state``: "ended" is one of before its person's last new password, or of a person shut out.
    """

    id: int
    person: int
    name: str
    label: str
    read_only: bool
    created_at: datetime
    expires_at: datetime | None
    last_used_on: date | None
    revoked_at: datetime | None
    revoked_by: str | None
    state: TokenState


def issue(
    db: Db,
    *,
    person: int,
    label: str,
    now: datetime,
    read_only: bool = False,
    expires_at: datetime | None = None,
) -> str:
    """Make a token for a person and return it: it is shown this once and kept nowhere.

    Raises StoreError for a person who is not there or is shut out, for an empty label, and for a
    time that is over already.
    """
    name = " ".join(label.split())[:LONGEST_LABEL]
    if not name:
        raise StoreError("a token needs a label that says what it is for")
    if expires_at is not None and expires_at <= now:
        raise StoreError("a token cannot end before it begins: name a day to come")
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    with write(db, durable=True):
        holds = people.get(db, person)
        if holds is None or not holds.active:
            raise StoreError("there is no such person, or the account is closed: no token was made")
        cells = {
            "person": person,
            "label": name,
            "hash": _hash(token),
            "read_only": int(read_only),
            "epoch": holds.epoch,
            "created_at": stamp(now),
            "expires_at": stamp_or_none(expires_at),
        }
        add_row(db, "tokens", cells)
    return token


def holder(db: Db, token: str, now: datetime) -> Person | None:
    """Return whose token this is, with the role it opens; None when it opens nothing.

    A token for reading gives the role of a reader. The day of its use is noted, once a day.
    """
    if not _TOKEN.fullmatch(token):
        return None
    rows = fetch(db, "SELECT * FROM tokens WHERE hash = ?", (_hash(token),))
    if not rows:
        return None
    person = people.get(db, rows[0]["person"])
    if person is None or _state(rows[0], person, now) != "good":
        return None
    _note_use(db, rows[0], now)
    return replace(person, role="reader") if rows[0]["read_only"] else person


def _hash(token: str) -> str:
    # 256 random bits need no salt and no slow hash: there is nothing to guess them from.
    return hashlib.sha256(token.encode("ascii", "replace")).hexdigest()


def _note_use(db: Db, row: Row, now: datetime) -> None:
    today = stamp(now)[:10]
    if row["last_used_on"] == today:
        return
    with write(db):
        run(db, "UPDATE tokens SET last_used_on = ? WHERE id = ?", (today, row["id"]))


def listed(db: Db, person: int | None, now: datetime) -> list[Token]:
    """Return a person's tokens, or everybody's, the newest first; revoked and ended ones too."""
    where, params = ("WHERE person = ?", [person]) if person is not None else ("", [])
    rows = fetch(db, f"SELECT * FROM tokens {where} ORDER BY id DESC", params)  # noqa: S608
    whose = {number: people.get(db, number) for number in {row["person"] for row in rows}}
    return [_token(row, found, now) for row in rows if (found := whose[row["person"]])]


def get(db: Db, token: int, now: datetime) -> Token | None:
    """Return one token by its number."""
    rows = fetch(db, "SELECT * FROM tokens WHERE id = ?", (token,))
    person = people.get(db, rows[0]["person"]) if rows else None
    return _token(rows[0], person, now) if person else None


def revoke(db: Db, token: int, *, by: str, now: datetime) -> bool:
    """End a token for good; False when there is none of that number or it was revoked before."""
    sql = "UPDATE tokens SET revoked_at = ?, revoked_by = ? WHERE id = ? AND revoked_at IS NULL"
    with write(db, durable=True):
        return bool(run(db, sql, (stamp(now), by, token)))


def _state(row: Row, person: Person, now: datetime) -> TokenState:
    if row["revoked_at"] is not None:
        return "revoked"
    if row["expires_at"] is not None and instant(row["expires_at"]) <= now:
        return "expired"
    return "good" if person.active and row["epoch"] == person.epoch else "ended"


def _token(row: Row, person: Person, now: datetime) -> Token:
    return Token(
        id=row["id"],
        person=row["person"],
        name=person.name,
        label=row["label"],
        read_only=bool(row["read_only"]),
        created_at=instant(row["created_at"]),
        expires_at=instant_or_none(row["expires_at"]),
        last_used_on=day_or_none(row["last_used_on"]),
        revoked_at=instant_or_none(row["revoked_at"]),
        revoked_by=row["revoked_by"],
        state=_state(row, person, now),
    )
