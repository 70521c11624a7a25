"""Passwords: what one may be, and its argon2id hash, made by at most two threads at a time.

argon2 spends memory on purpose. Without a limit, two hundred people who sign in at the same
moment, or one who pretends to be two hundred, would take 6 GB (docs/decisions/0010).
"""

from __future__ import annotations

import base64
import secrets
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LEAST, MOST = 12, 1024  # characters; bytes
_DIFFERENT: Final = 5
_ONE_TIME_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike


class HashingBusyError(Exception):
    """Too many passwords wait to be checked already; in a moment there is room again."""


class Hashing:
    """Makes and checks hashes; ``done`` counts them, ``most_at_once`` is how many ran together.

    ``memory`` is in KiB for each hash. With 32 MB and three rounds one takes about 75 ms on a
    small server, and two at once 64 MB.
    """

    def __init__(
        self,
        *,
        memory: int = 32 * 1024,
        rounds: int = 3,
        at_once: int = 2,
        waiting: int = 8,
    ) -> None:
        self._argon = PasswordHasher(time_cost=rounds, memory_cost=memory, parallelism=1)
        self._turns = threading.BoundedSemaphore(at_once)
        self._line = threading.BoundedSemaphore(at_once + waiting)
        self._count = threading.Lock()
        self._now = self.done = self.most_at_once = 0
        salt, digest = (_b64(secrets.token_bytes(n)) for n in (16, 32))
        # Nobody's hash: as dear to check as a real one, and nobody knows its password.
        self._nobodys = f"$argon2id$v=19$m={memory},t={rounds},p=1${salt}${digest}"

    def made(self, password: str) -> str:
        """Return the hash of ``password``, with a salt of its own.

        Raises HashingBusyError.
        """
        with self._turn():
            return self._argon.hash(_bytes(password))

    def holds(self, hashed: str | None, password: str) -> bool:
        """Say whether ``hashed`` is of ``password``. None, a name nobody has, costs as much.

        Raises HashingBusyError.
        """
        with self._turn():
            try:
                # A password over the limit cannot be anybody's; it is cut, not read whole.
                return self._argon.verify(hashed or self._nobodys, _bytes(password)[:MOST])
            except (VerificationError, InvalidHashError):
                return False

    def is_dated(self, hashed: str) -> bool:
        """Say whether a hash was made with other parameters than today's."""
        return self._argon.check_needs_rehash(hashed)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._line.acquire(blocking=False):
            raise HashingBusyError
        try:
            with self._turns:
                with self._count:
                    self.done += 1
                    self._now += 1
                    self.most_at_once = max(self.most_at_once, self._now)
                try:
                    yield
                finally:
                    with self._count:
                        self._now -= 1
        finally:
            self._line.release()


def flaw(password: str, name: str) -> str | None:
    """Return in a sentence why somebody called ``name`` may not have ``password``; None if so."""
    if len(_plain(password)) < LEAST:
        return f"A password has at least {LEAST} characters; a few words make a good one."
    if len(_bytes(password)) > MOST:
        return "That password is too long; at most 1,024 bytes are read."
    if len(set(password)) < _DIFFERENT:
        return "That password repeats the same few characters; a few words make a good one."
    if folded(password).replace(folded(name), "") == "":
        return "A password is not one's own name."
    return None


def one_time() -> str:
    """Return a password for one use, easy to read out: four groups of five letters and digits."""
    groups = ("".join(secrets.choice(_ONE_TIME_LETTERS) for _ in range(5)) for _ in range(4))
    return "-".join(groups)


def folded(name: str) -> str:
    """Return a name as an eye compares it: case, spacing and what does not show left out."""
    before, after = None, name
    while after != before:  # what is left out may let its neighbours join: twice, as a rule
        before = after
        plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", after).casefold())
        after = "".join(sign for sign in plain if not _unseen(sign))
    return after


def _unseen(sign: str) -> bool:
    return hidden(sign) or unicodedata.category(sign)[0] == "Z"


# Letters and marks by their category, yet nothing of them shows.
_BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def hidden(sign: str) -> bool:
    """Say whether a sign leaves no mark on the page: controls, fillers, selectors of variants."""
    varied = "\ufe00" <= sign <= "\ufe0f"
    return varied or sign in _BLANK or unicodedata.category(sign)[0] == "C"


def _plain(password: str) -> str:
    # Keyboards differ in how they write the same letter; NFKC makes them one.
    return unicodedata.normalize("NFKC", password)


def _bytes(password: str) -> bytes:
    return _plain(password).encode("utf-8", "replace")


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=")


HASHING: Final = Hashing()
