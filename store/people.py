"""People with accounts. Nobody is ever deleted: what they decided stays signed with their name.

Two things hold whatever is asked: a name is one person's however it is spelt, and as soon as
there is an account, somebody active is an administrator.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta
from typing import Final

from store.desk import ROLES, Person, PersonDeed, PersonLine, Role
from store.faults import StoreError
from store.passwords import HASHING, Hashing, flaw, folded, hidden
from store.rows import instant, instant_or_none, stamp
from store.sql import Db, Row, add_row, fetch, one, run, write

NAME_LENGTH: Final = 40
ONE_TIME_LASTS: Final = timedelta(days=7)
SEEN_EVERY: Final = timedelta(hours=1)
# Names the program itself signs with; an account of that name would be taken for it.
_OURS: Final = frozenset(
    folded(name)
    for name in ("desk", "the desk", "torkham", "import", "the command line", "nobody", "system")
)
_PERSON = """SELECT id, name, role, epoch, active, must_change, created_at, created_by,
    last_seen_at FROM people"""
_SITTING = f"""{_PERSON} WHERE id = ? AND epoch = ? AND active
    AND NOT EXISTS (SELECT 1 FROM ended_sessions WHERE session = ?)"""  # noqa: S608 - our own select
_LINES = """SELECT l.id, l.person, p.name, l.what, l.detail, l.by, l.at
    FROM people_log l JOIN people p ON p.id = l.person"""


class PersonRefusedError(StoreError):
    """What was asked of an account cannot be; the message is a sentence for the one who asked."""


# --- looking --------------------------------------------------------------------------------


def exist(db: Db) -> bool:
    """Say whether there is any account: from the first on, everybody signs in."""
    return one(db, "SELECT 1 FROM people LIMIT 1") is not None


def get(db: Db, person: int) -> Person | None:
    """Return the person with this id, active or shut out; None when there is none."""
    return _first(fetch(db, f"{_PERSON} WHERE id = ?", (person,)))


def named(db: Db, name: str) -> Person | None:
    """Return the person of this name, however it is spelt; None when there is none."""
    return _first(fetch(db, f"{_PERSON} WHERE folded = ?", (folded(name),)))


def active(db: Db) -> list[Person]:
    """Return everybody who may sign in, by name."""
    return [person for person in listed(db) if person.active]


def listed(db: Db) -> list[Person]:
    """Return everybody who has or had an account, by name."""
    return [_person(row) for row in fetch(db, f"{_PERSON} ORDER BY folded")]


def sitting(db: Db, person: int, epoch: int, session: str) -> Person | None:
    """Return the person a session belongs to; None when it is over.

    It is over when the person is shut out, has a new password, or ended this session.
    """
    return _first(fetch(db, _SITTING, (person, epoch, session)))


def history(db: Db, *, person: int | None = None, limit: int = 100) -> list[PersonLine]:
    """Return what was done to accounts, or to one, the latest first."""
    if person is None:
        rows = fetch(db, f"{_LINES} ORDER BY l.id DESC LIMIT ?", (limit,))
    else:
        rows = fetch(db, f"{_LINES} WHERE l.person = ? ORDER BY l.id DESC LIMIT ?", (person, limit))
    return [
        PersonLine(
            id=row["id"],
            person=row["person"],
            name=row["name"],
            what=row["what"],
            detail=row["detail"],
            by=row["by"],
            at=instant(row["at"]),
        )
        for row in rows
    ]


# --- accounts -------------------------------------------------------------------------------


def add(
    db: Db,
    name: str,
    password: str,
    *,
    role: Role,
    by: str,
    now: datetime,
    must_change: bool = False,
    hashing: Hashing = HASHING,
) -> Person:
    """Give somebody an account. The first one must be an administrator's.

    Raises PersonRefusedError, HashingBusyError.
    """
    name = _known_as(name)
    check_password(password, name)
    if named(db, name):  # before the hash is made; the file itself holds names apart
        raise PersonRefusedError(f"There is an account of the name {name} already.")
    hashed = hashing.made(password)
    with write(db, durable=True):
        if named(db, name):
            raise PersonRefusedError(f"There is an account of the name {name} already.")
        if role != "administrator" and not exist(db):
            raise PersonRefusedError("The first account must be an administrator's.")
        row: Row = {"name": name, "folded": folded(name), "role": role, "hash": hashed}
        row |= {"must_change": int(must_change), "password_at": stamp(now)}
        add_row(db, "people", row | {"created_at": stamp(now), "created_by": by})
        person = _there(named(db, name))
        _log(db, person.id, "added", by, now, detail=role)
    return person


def verify(
    db: Db, name: str, password: str, *, now: datetime, hashing: Hashing = HASHING
) -> Person | None:
    """Return the person whose name and password these are; None when they do not go together.

    One hash is made whoever is asked for, so that the time tells nobody which names exist.
    A hash made with older parameters is made anew. Raises PersonRefusedError for a one-time
    password older than a week, HashingBusyError when too many are being checked.
    """
    sql = "SELECT id, hash, password_at FROM people WHERE folded = ? AND active"
    found = fetch(db, sql, (folded(name[: 4 * NAME_LENGTH]),))
    hashed = found[0]["hash"] if found else None
    if not hashing.holds(hashed, password) or hashed is None:
        return None
    person = get(db, found[0]["id"])
    if person and person.must_change and now - instant(found[0]["password_at"]) > ONE_TIME_LASTS:
        raise PersonRefusedError(
            "That one-time password is over a week old; ask an administrator for a new one."
        )
    if hashing.is_dated(hashed):
        _rehash(db, found[0]["id"], hashed, hashing.made(password))
    # What was checked above may have been changed meanwhile: then it opens nothing.
    still = one(db, "SELECT password_at FROM people WHERE id = ?", (found[0]["id"],))
    return person if still == found[0]["password_at"] else None


def _rehash(db: Db, person: int, old: str, new: str) -> None:
    with write(db):
        run(db, "UPDATE people SET hash = ? WHERE id = ? AND hash = ?", (new, person, old))


def set_password(
    db: Db,
    person: int,
    password: str,
    *,
    by: str,
    now: datetime,
    must_change: bool = False,
    hashing: Hashing = HASHING,
) -> Person:
    """Give somebody a new password; every session and token of theirs is over.

    ``must_change`` marks one that somebody else chose. Raises PersonRefusedError,
    HashingBusyError.
    """
    check_password(password, _there(get(db, person)).name)
    hashed = hashing.made(password)
    sql = """UPDATE people SET hash = ?, must_change = ?, password_at = ?, epoch = epoch + 1
        WHERE id = ?"""
    with write(db, durable=True):
        run(db, sql, (hashed, int(must_change), stamp(now), person))
        _log(db, person, "one_time_password" if must_change else "password", by, now)
        return _there(get(db, person))


def set_role(db: Db, person: int, role: Role, *, by: str, now: datetime) -> Person:
    """Give somebody another role, which holds from their next request on.

    Raises PersonRefusedError for the last administrator.
    """
    if role not in ROLES:
        raise PersonRefusedError("A role is reader, reviewer or administrator.")
    with write(db, durable=True):
        before = _there(get(db, person))
        if before.role != role:
            if role != "administrator":
                _keep_one(db, before)
            run(db, "UPDATE people SET role = ? WHERE id = ?", (role, person))
            _log(db, person, "role", by, now, detail=f"{before.role} to {role}")
        return _there(get(db, person))


def shut_out(db: Db, person: int, *, by: str, now: datetime) -> Person:
    """Let somebody in no more, from their next request on. What they decided stays.

    Raises PersonRefusedError for the last administrator.
    """
    with write(db, durable=True):
        before = _there(get(db, person))
        if before.active:
            _keep_one(db, before)
            _turn_over(db, person, active=0)
            _log(db, person, "shut_out", by, now)
        return _there(get(db, person))


def let_in(db: Db, person: int, *, by: str, now: datetime) -> Person:
    """Let somebody sign in again, with the password they had. Raises PersonRefusedError."""
    with write(db, durable=True):
        if not _there(get(db, person)).active:
            _turn_over(db, person, active=1)
            _log(db, person, "let_in", by, now)
        return _there(get(db, person))


def _turn_over(db: Db, person: int, *, active: int) -> None:
    sql = "UPDATE people SET active = ?, epoch = epoch + 1 WHERE id = ?"
    run(db, sql, (active, person))


# --- sessions -------------------------------------------------------------------------------


def sign_out_everywhere(db: Db, person: int, *, by: str, now: datetime) -> Person:
    """End every session and token of somebody. Raises PersonRefusedError."""
    with write(db, durable=True):
        _there(get(db, person))
        run(db, "UPDATE people SET epoch = epoch + 1 WHERE id = ?", (person,))
        _log(db, person, "signed_out", by, now)
        return _there(get(db, person))


def end_session(db: Db, session: str, *, until: datetime, now: datetime) -> None:
    """End one session; ``until`` is when it would have ended by itself, and is forgotten then."""
    with write(db, durable=True):
        run(db, "DELETE FROM ended_sessions WHERE until_at < ?", (stamp(now),))
        sql = "INSERT OR REPLACE INTO ended_sessions (session, until_at) VALUES (?, ?)"
        run(db, sql, (session, stamp(until)))


def seen(db: Db, person: int, now: datetime) -> None:
    """Remember that somebody was here, to the hour: most calls write nothing."""
    before = instant_or_none(one(db, "SELECT last_seen_at FROM people WHERE id = ?", (person,)))
    if before is None or now - before >= SEEN_EVERY:
        with write(db):
            run(db, "UPDATE people SET last_seen_at = ? WHERE id = ?", (stamp(now), person))


# --- what holds -----------------------------------------------------------------------------


def _known_as(name: str) -> str:
    """Return the name as it is kept, or refuse it."""
    name = " ".join(unicodedata.normalize("NFC", name).split())
    # Two marks that do not show belong to Persian and Urdu spelling; all others only disguise.
    if any(hidden(sign) for sign in re.sub("[\u200c\u200d]", "", name)):
        raise PersonRefusedError("A name holds letters that show, and no control characters.")
    if not re.search(r"\w", folded(name)):
        raise PersonRefusedError("A name holds at least one letter.")
    if len(name) > NAME_LENGTH:
        raise PersonRefusedError(f"A name has at most {NAME_LENGTH} characters.")
    if folded(name) in _OURS:
        raise PersonRefusedError(f"{name} is what the program itself signs with.")
    return name


def check_password(password: str, name: str) -> None:
    """Refuse in a sentence, a PersonRefusedError, what is no password for somebody of ``name``."""
    problem = flaw(password, name)
    if problem:
        raise PersonRefusedError(problem)


def _keep_one(db: Db, person: Person) -> None:
    """Refuse to lose the last administrator; inside the transaction that would."""
    sql = "SELECT count(*) FROM people WHERE active AND role = 'administrator' AND id != ?"
    if person.active and person.role == "administrator" and not one(db, sql, (person.id,)):
        raise PersonRefusedError(
            f"{person.name} is the last administrator; make somebody else one first."
        )


def _log(
    db: Db, person: int, what: PersonDeed, by: str, now: datetime, *, detail: str = ""
) -> None:
    row = {"person": person, "what": what, "detail": detail, "by": by, "at": stamp(now)}
    add_row(db, "people_log", row)


def _there(person: Person | None) -> Person:
    if person is None:
        raise PersonRefusedError("There is no such account.")
    return person


def _first(rows: list[Row]) -> Person | None:
    return _person(rows[0]) if rows else None


def _person(row: Row) -> Person:
    return Person(
        id=row["id"],
        name=row["name"],
        role=row["role"],
        epoch=row["epoch"],
        active=bool(row["active"]),
        must_change=bool(row["must_change"]),
        created_at=instant(row["created_at"]),
        created_by=row["created_by"],
        last_seen_at=instant_or_none(row["last_seen_at"]),
    )
