"""What was learned of how each site's pages are read: one row a host and template."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Literal

from store.rows import instant_or_none, stamp_or_none
from store.sql import Db, Row, fetch, run, write

State = Literal["learning", "trusted", "dropped", "none"]
MOST = 6
"""Templates of a host that are kept; the one used longest ago makes room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """How a template of a host is read; the template with no name counts lessons that gave none.

    ``lessons`` are pages it was made from, ``used`` those it read alone, ``unsure`` those that the
    extractor had to read although it was trusted; ``since_check`` counts uses since the last check.
    """

    host: str
    template: str
    version: int
    wrapper: str
    state: State
    lessons: int = 0
    used: int = 0
    unsure: int = 0
    checked: int = 0
    agreed: int = 0
    since_check: int = 0
    drops: int = 0
    learned_at: datetime
    used_at: datetime | None = None
    dropped_at: datetime | None = None
    why: str = ""


_NAMES = tuple(field.name for field in fields(Known))
_INSTANTS = frozenset(["learned_at", "used_at", "dropped_at"])


def of_host(db: Db, host: str) -> list[Known]:
    """Return what is known of a host, what was used last first."""
    sql = "SELECT * FROM wrappers WHERE host = ?"
    found = [_known(row) for row in fetch(db, sql, (host,))]
    return sorted(found, key=lambda one: one.used_at or one.learned_at, reverse=True)


_LISTED = "SELECT * FROM wrappers WHERE host > ? ORDER BY host, template LIMIT ?"


def listed(db: Db, *, after: str = "", limit: int = 10_000) -> list[Known]:
    """Return what is known of the hosts whose names come after one, in their order."""
    return [_known(row) for row in fetch(db, _LISTED, (after, limit))]


_KEEP = """
INSERT OR REPLACE INTO wrappers (host, template, version, wrapper, state, lessons, used, unsure,
    checked, agreed, since_check, drops, learned_at, used_at, dropped_at, why)
VALUES (:host, :template, :version, :wrapper, :state, :lessons, :used, :unsure, :checked, :agreed,
    :since_check, :drops, :learned_at, :used_at, :dropped_at, :why)
"""
_MAKE_ROOM = """
DELETE FROM wrappers WHERE host = :host AND template NOT IN (
    SELECT template FROM wrappers WHERE host = :host
    ORDER BY template = '' DESC, coalesce(used_at, learned_at) DESC, template LIMIT :most)
"""


def keep(db: Db, known: Iterable[Known]) -> None:
    """Write what is known of hosts, in one write; of a host with more than six, the last used."""
    rows = list(known)
    if not rows:
        return
    with write(db):
        for one in rows:
            run(db, _KEEP, _row(one))
        for host in dict.fromkeys(one.host for one in rows):
            run(db, _MAKE_ROOM, {"host": host, "most": MOST + 1})


def forget(db: Db, host: str) -> int:
    """Forget what is known of a host; how many templates that were."""
    with write(db):
        return run(db, "DELETE FROM wrappers WHERE host = ?", (host,))


def _row(one: Known) -> dict[str, object]:
    values = {name: getattr(one, name) for name in _NAMES}
    return values | {name: stamp_or_none(values[name]) for name in _INSTANTS}


def _known(row: Row) -> Known:
    values = dict(row)
    instants = {name: instant_or_none(values[name]) for name in _INSTANTS}
    return Known(**(values | instants))
