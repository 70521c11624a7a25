"""Who sits at the desk: signed sessions, the password, and how often one may guess.

A session is a signed cookie, not a row: nothing to steal from the file, nothing to clean up.
Changing the password ends every session, because the signing key is derived from it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from store.desk import Role

COOKIE: Final = "torkham"
LASTS: Final = timedelta(days=7)
NAME_LENGTH: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One browser's session. ``id`` is random; ``name`` is what decisions are signed with."""

    id: str
    name: str
    signed_in: bool
    ends_at: datetime
    role: Role = "administrator"  # of a desk without accounts: whoever sits there
    person: int | None = None  # the account, where there is one

    @property
    def by(self) -> str:
        """The name decisions are recorded under."""
        return self.name or "desk"


def new_session(now: datetime, *, name: str = "", signed_in: bool = False) -> Session:
    """Return a session with a fresh random id, good for seven days."""
    return Session(
        id=secrets.token_urlsafe(24), name=name, signed_in=signed_in, ends_at=now + LASTS
    )


class Seal:
    """Signs and opens sessions, and makes the tokens every form carries."""

    def __init__(self, secret: bytes, password: str | None) -> None:
        self._key = hmac.new(secret, (password or "").encode(), hashlib.sha256).digest()

    def _sign(self, purpose: str, text: str) -> str:
        return hmac.new(self._key, f"{purpose}\n{text}".encode(), hashlib.sha256).hexdigest()

    def close(self, session: Session) -> str:
        """Return the cookie's value for ``session``."""
        fields = [session.id, session.name, session.signed_in, session.ends_at.isoformat()]
        text = base64.urlsafe_b64encode(json.dumps(fields).encode()).decode()
        return f"{text}.{self._sign('session', text)}"

    def open(self, cookie: str, now: datetime) -> Session | None:
        """Return the session in ``cookie``; None when it was changed, is over or is no session."""
        text, _, mark = cookie.partition(".")
        if not hmac.compare_digest(mark.encode(), self._sign("session", text).encode()):
            return None
        identity, name, signed_in, ends = json.loads(base64.urlsafe_b64decode(text))
        session = Session(
            id=identity, name=name, signed_in=signed_in, ends_at=datetime.fromisoformat(ends)
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
        return hmac.compare_digest(token.encode(), self.token(session).encode())


class Password:
    """Checks a password against its scrypt hash, in constant time."""

    def __init__(self, password: str) -> None:
        self._salt = secrets.token_bytes(16)
        self._hash = self._digest(password)
        self._one_at_a_time = threading.Lock()  # scrypt takes 16 MB a try: never many at once

    def _digest(self, password: str) -> bytes:
        return hashlib.scrypt(password.encode(), salt=self._salt, n=2**14, r=8, p=1)

    def holds(self, attempt: str) -> bool:
        """Say whether ``attempt`` is the password."""
        with self._one_at_a_time:
            return hmac.compare_digest(self._digest(attempt[:1024]), self._hash)


class Guesses:
    """Counts wrong passwords by address: five in five minutes, then one waits."""

    def __init__(self, most: int = 5, window: timedelta = timedelta(minutes=5)) -> None:
        self._most, self._window = most, window
        self._wrong: OrderedDict[str, list[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def may_try(self, address: str, now: datetime) -> bool:
        """Say whether ``address`` may try now."""
        with self._lock:
            recent = [at for at in self._wrong.get(address, []) if now - at < self._window]
            return len(recent) < self._most

    def wrong(self, address: str, now: datetime) -> None:
        """Remember a wrong try; at most 1,000 addresses are remembered."""
        with self._lock:
            recent = [at for at in self._wrong.pop(address, []) if now - at < self._window]
            self._wrong[address] = [*recent, now][-self._most :]
            while len(self._wrong) > 1000:
                self._wrong.popitem(last=False)
