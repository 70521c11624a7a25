"""Who sits at the desk: signed sessions, and how often one may guess a password.

A session is a signed cookie that names an account and its epoch; whether it still holds is asked
of the store once a request, so that a new password, another role or being shut out work at once.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from store import people
from store.db import Db
from store.desk import Person, Role

COOKIE: Final = "torkham"
SECURE_COOKIE: Final = "__Host-torkham"  # over HTTPS, and there alone
LASTS: Final = timedelta(days=7)
NAME_LENGTH: Final = people.NAME_LENGTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One browser's session, or one program's request.

    ``id`` is random; ``name`` is what decisions are signed with. ``signed_in`` is True for whoever
    may look: somebody with an account, or anybody at a desk without accounts, where ``person`` is
    None and everybody is an administrator. ``epoch`` is the account's when the session began.
    """

    id: str
    name: str
    ends_at: datetime
    signed_in: bool = False
    role: Role = "reader"
    person: int | None = None
    epoch: int = 0
    must_change: bool = False  # a one-time password: nothing is shown before it is changed
    by_token: bool = False  # a program's, with the rights of ``person``

    @property
    def by(self) -> str:
        """The name decisions are recorded under."""
        return self.name or "desk"


def new_session(now: datetime, person: Person | None = None, *, name: str = "") -> Session:
    """Return a session with a fresh random id, good for seven days: of ``person``, or nobody's."""
    session = Session(id=secrets.token_urlsafe(24), name=name, ends_at=now + LASTS)
    return held_by(session, person) if person else session


def held_by(session: Session, person: Person) -> Session:
    """Return ``session`` as ``person``'s, with the rights they have now."""
    return replace(
        session,
        name=person.name,
        signed_in=True,
        role=person.role,
        person=person.id,
        epoch=person.epoch,
        must_change=person.must_change,
    )


def recognised(db: Db, claimed: Session, *, at_the_machine: bool) -> Session | None:
    """Return whose a session is, by what the store says now: one indexed read.

    A session that is over becomes nobody's. A desk without accounts is open, and only to whoever
    sits at the machine: to anybody else None.
    """
    if claimed.person is not None:
        person = people.sitting(db, claimed.person, claimed.epoch, claimed.id)
        if person:
            return held_by(claimed, person)
    if people.exist(db):
        return Session(id=claimed.id, name="", ends_at=claimed.ends_at)
    if not at_the_machine:
        return None
    return replace(claimed, signed_in=True, role="administrator", person=None)


class Seal:
    """Signs and opens sessions, and makes the tokens every form carries."""

    def __init__(self, secret: bytes) -> None:
        self._key = secret

    def _sign(self, purpose: str, text: str) -> str:
        return hmac.new(self._key, f"{purpose}\n{text}".encode(), hashlib.sha256).hexdigest()

    def close(self, session: Session) -> str:
        """Return the cookie's value for ``session``: who it is of, never what they may do."""
        fields = [session.id, session.name, session.person, session.epoch]
        text = json.dumps([*fields, session.ends_at.isoformat()])
        text = base64.urlsafe_b64encode(text.encode()).decode()
        return f"{text}.{self._sign('session', text)}"

    def open(self, cookie: str, now: datetime) -> Session | None:
        """Return the session in ``cookie``; None when it was changed, is over or is no session.

        It is a claim, signed in nowhere, until ``recognised`` has asked the store.
        """
        text, _, mark = cookie.partition(".")
        if not hmac.compare_digest(mark.encode(), self._sign("session", text).encode()):
            return None
        try:
            identity, name, person, epoch, ends = json.loads(base64.urlsafe_b64decode(text))
        except ValueError:  # signed by an older version, which kept other fields
            return None
        session = Session(
            id=identity,
            name=name,
            person=person,
            epoch=epoch,
            ends_at=datetime.fromisoformat(ends),
        )
        return session if session.ends_at > now else None

    def refreshed(self, session: Session, now: datetime) -> Session | None:
        """Return ``session`` prolonged when less than half of its time is left."""
        late = session.ends_at - now < LASTS / 2
        return replace(session, ends_at=now + LASTS) if late else None

    def token(self, session: Session) -> str:
        """Return the token that a form of this session must carry."""
        return self._sign("form", session.id)

    def token_holds(self, session: Session, token: str) -> bool:
        """Say whether ``token`` is this session's, in constant time."""
        return hmac.compare_digest(token.encode("utf-8", "replace"), self.token(session).encode())


class Guesses:
    """Counts wrong passwords by address and by name: five in five minutes, then one waits.

    A try is counted before the password is looked at and given back when it was right, so that
    many at the same moment are no way round. At most 5,000 keys are remembered.
    """

    MOST_KEYS: Final = 5000

    def __init__(self, most: int = 5, window: timedelta = timedelta(minutes=5)) -> None:
        self._most, self._window = most, window
        self._tries: OrderedDict[str, list[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, keys: Iterable[str], now: datetime) -> bool:
        """Count a try under each of ``keys``; False, and nothing counted, when one has too many."""
        with self._lock:
            recent = {key: self._recent(key, now) for key in keys}
            if any(len(tries) >= self._most for tries in recent.values()):
                return False
            for key, tries in recent.items():
                self._tries.pop(key, None)  # the latest stand last
                self._tries[key] = [*tries, now]
            while len(self._tries) > self.MOST_KEYS:
                self._tries.popitem(last=False)
            return True

    def give_back(self, keys: Iterable[str], now: datetime) -> None:
        """Take back a try of ``now`` that was none, or was right; the wrong ones before stay."""
        with self._lock:
            for key in keys:
                tries = self._recent(key, now)
                if now in tries:
                    tries.remove(now)
                self._tries.pop(key, None)
                if tries:
                    self._tries[key] = tries

    def _recent(self, key: str, now: datetime) -> list[datetime]:
        return [at for at in self._tries.get(key, []) if now - at < self._window]

    def __len__(self) -> int:
        """Return how many keys are remembered."""
        return len(self._tries)
