"""Records of the people at the desk and of what they keep there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

Role = Literal["reader", "reviewer", "administrator"]
ROLES: Final[tuple[Role, ...]] = ("reader", "reviewer", "administrator")  # each may all before it


def suffices(held: Role, wanted: Role | None) -> bool:
    """Say whether somebody of role ``held`` may do what asks for ``wanted`` (None: anybody)."""
    return wanted is None or ROLES.index(held) >= ROLES.index(wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with an account. ``name`` is what decisions are signed with; it never changes.

    ``epoch`` grows with every new password and whenever the person is shut out or let in again:
    sessions and tokens of an older one are over.
    """

    id: int
    name: str
    role: Role
    epoch: int = 1
    active: bool = True
    created_at: datetime
    created_by: str = ""
    last_seen_at: datetime | None = None
