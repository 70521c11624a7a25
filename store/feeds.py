"""Feeds: what is configured, what was observed, and what each poll brought."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from store.holes import note_poll
from store.memory import remembered, written
from store.polls import (
    FeedCondition,
    FeedsAsked,
    FeedSpec,
    FeedState,
    PollEvent,
    PollRecord,
    PollResult,
)
from store.rows import (
    AT_ONCE,
    as_json,
    ids_json,
    instant_or_none,
    poll_event,
    stamp,
    stamp_or_none,
)
from store.sightings import remember
from store.sql import Db, Row, add_missing, add_rows, fetch, one, run, run_many, write

ANSWERED = ("ok", "not_modified", "same_body")
_UNCONFIGURED = "No longer in the configuration."
_SWITCHED_OFF = "Switched off in the configuration."


# --- what is configured ---------------------------------------------------------------------


def sync(db: Db, specs: Sequence[FeedSpec], now: datetime) -> None:
    """Make the configured feeds the ones that are polled; nothing observed is forgotten.

    A feed left out becomes ``disabled`` and returns with its memory when it is named again. One
    that is switched on again, or asks under another name, is due at once: after a 410 it would be
    asked a month later, and whoever mended it would see nothing of that for a day.
    A changed URL forgets what belonged to the old document, and the feed is due at once; so does
    what changes how a document is read, or one that stays as it is would never be read so.
    Writes nothing when nothing differs, so it may be called on every tick.
    """
    if _as_configured(db) == {spec.key: spec for spec in specs}:
        return
    with write(db):
        before = _as_configured(db)
        for spec in specs:
            if before.get(spec.key) != spec:
                _configure(db, spec, now)
        gone = ids_json([key for key in before if key not in {spec.key for spec in specs}])
        run(
            db,
            "UPDATE feeds SET configured = 0, off_since_at = coalesce(off_since_at, ?)"
            " WHERE key IN (SELECT value FROM json_each(?))",
            (stamp(now), gone),
        )


def _as_configured(db: Db) -> dict[str, FeedSpec]:
    rows = fetch(db, f"SELECT {SPEC_COLUMNS} FROM feeds WHERE configured = 1")  # noqa: S608
    return {row["key"]: _spec(row) for row in rows}


SPEC_COLUMNS = (
    "key, url, outlet, side, language, section, kind, body, note, enabled, every_minutes,"
    " user_agent, links"
)
_SPEC_NAMES = tuple(SPEC_COLUMNS.split(", "))


def _spec_cells(spec: FeedSpec) -> Row:
    return {
        "key": spec.key,
        "url": spec.url,
        "outlet": spec.outlet,
        "side": spec.side,
        "language": spec.language,
        "section": spec.section,
        "kind": spec.kind,
        "body": spec.body,
        "note": spec.note,
        "enabled": int(spec.enabled),
        "every_minutes": spec.every_minutes,
        "user_agent": spec.user_agent,
        "links": spec.links,
    }


_OLD = "SELECT url, kind, links, user_agent, enabled FROM feeds WHERE key = ?"


def _configure(db: Db, spec: FeedSpec, now: datetime) -> None:
    cells = _spec_cells(spec)
    old = fetch(db, _OLD, (spec.key,))
    if not old:
        add_rows(db, "feeds", [cells])
    else:
        sets = ", ".join(f"{name} = :{name}" for name in cells)
        run(db, f"UPDATE feeds SET {sets}, configured = 1 WHERE key = :key", cells)  # noqa: S608
        changed = {name for name in old[0] if old[0][name] != cells[name]}
        if changed & {"url", "kind", "links"}:
            _forget_document(db, spec.key)
        elif changed and spec.enabled:
            run(db, "UPDATE feeds SET next_poll_at = ? WHERE key = ?", (AT_ONCE, spec.key))
    run(
        db,
        "UPDATE feeds SET off_since_at = CASE WHEN enabled = 1 THEN NULL"
        " ELSE coalesce(off_since_at, ?) END WHERE key = ?",
        (stamp(now), spec.key),
    )


def _forget_document(db: Db, key: str) -> None:
    run(
        db,
        "UPDATE feeds SET etag = NULL, last_modified = NULL, body_hash = NULL,"
        " item_hashes = '[]', memory = '{}', failures = 0, next_poll_at = ? WHERE key = ?",
        (AT_ONCE, key),
    )


# --- what is remembered ---------------------------------------------------------------------


DUE = """
SELECT * FROM feeds INDEXED BY feeds_due
WHERE enabled = 1 AND configured = 1 AND next_poll_at <= :now
ORDER BY next_poll_at LIMIT :limit
"""


def due(db: Db, now: datetime, limit: int = 500) -> list[FeedState]:
    """Return the feeds to ask now, the longest due first; never-asked ones lead."""
    return [state_of(row) for row in fetch(db, DUE, {"now": stamp(now), "limit": limit})]


def states(db: Db) -> list[FeedState]:
    """Return every feed ever configured, by key; those left out are ``disabled``."""
    return [state_of(row) for row in fetch(db, "SELECT * FROM feeds ORDER BY key")]


def spread(db: Db, now: datetime, *, over: timedelta, least: int) -> int:
    """Give feeds that are due together times of their own within ``over``; how many got one.

    Up to ``least`` of them stay as they are. Where a feed lands follows from its key alone, so a
    restart does not shuffle them.
    """
    keys = [row["key"] for row in fetch(db, DUE, {"now": stamp(now), "limit": -1})]
    if len(keys) <= least:
        return 0
    with write(db):
        run_many(
            db,
            "UPDATE feeds SET next_poll_at = ? WHERE key = ?",
            [(stamp(now + over * _place(key)), key) for key in keys],
        )
    return len(keys)


def _place(key: str) -> float:
    digest = hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64


def _spec(row: Row) -> FeedSpec:
    cells = {name: row[name] for name in _SPEC_NAMES}
    return FeedSpec(**(cells | {"enabled": bool(row["enabled"])}))


def state_of(row: Row, *, outlined: bool = False) -> FeedState:
    """Read a row of ``feeds``; ``outlined``: without its hashes and its memory's entries."""
    off = not (row["configured"] and row["enabled"])
    reason = _SWITCHED_OFF if row["configured"] else _UNCONFIGURED
    condition: FeedCondition = "paused" if row["configured"] else "disabled"
    since = row["off_since_at"] if off else row["condition_since"]
    return FeedState(
        spec=_spec(row),
        etag=row["etag"],
        last_modified=row["last_modified"],
        body_hash=row["body_hash"],
        item_hashes=tuple(json.loads(row["item_hashes"])),
        condition=condition if off else row["condition"],
        condition_since=instant_or_none(since),
        reason=reason if off else row["reason"],
        failures=row["failures"],
        polls=row["polls"],
        last_polled_at=instant_or_none(row["last_polled_at"]),
        last_ok_at=instant_or_none(row["last_ok_at"]),
        newest_entry_at=instant_or_none(row["newest_entry_at"]),
        next_poll_at=instant_or_none(row["next_poll_at"]),
        interval_seconds=row["interval_seconds"],
        memory=remembered(row["memory"]),
        outlined=outlined,
    )


# --- polls ----------------------------------------------------------------------------------


def save_poll(db: Db, record: PollRecord) -> PollResult:
    """Write a poll whole: its entries, its line in the history and the feed's next state.

    Writing the same record again finds every entry known and changes nothing. When the feed's URL
    was changed while the poll was under way, its validators are not kept: they are the old URL's.

    Raises ``ValueError`` for an outlined state: what it did not read would be lost.
    """
    if record.state.outlined:
        raise ValueError(f"the state of {record.state.spec.key} is an outline")
    with write(db):
        note_poll(db, record)
        _save_state(db, record.state)
        result = remember(db, record.state.spec.key, record.found, record.at)
        _add_event(db, record, result)
    return result


def _add_event(db: Db, record: PollRecord, result: PollResult) -> None:
    row = {
        "feed": record.state.spec.key,
        "at": stamp(record.at),
        "outcome": record.outcome,
        "detail": record.detail,
        "status": record.status,
        "seconds": record.seconds,
        "listed": record.listed,
        "new": result.new,
        "edited": result.edited,
        "known": result.known,
        "possible_gap": int(record.possible_gap),
        "gap_since_at": stamp_or_none(record.gap_since_at),
        "gap_until_at": stamp_or_none(record.gap_until_at),
        "problems": as_json(record.problems),
    }
    add_missing(db, "polls", [row])


_DOCUMENT = (
    "etag = :etag, last_modified = :last_modified, body_hash = :body_hash,"
    " item_hashes = :item_hashes, memory = :memory, next_poll_at = :next_poll_at"
)
_CONDITION = (
    "condition = :condition, condition_since = :condition_since, reason = :reason,"
    " failures = :failures, polls = :polls, last_polled_at = :last_polled_at,"
    " last_ok_at = :last_ok_at, newest_entry_at = :newest_entry_at,"
    " interval_seconds = :interval_seconds"
)
_SAVE = f"UPDATE feeds SET {_DOCUMENT}, {_CONDITION} WHERE key = :key AND url = :url"  # noqa: S608
_SAVE_DOCUMENT = f"UPDATE feeds SET {_DOCUMENT} WHERE key = :key AND url = :url"  # noqa: S608
_SAVE_CONDITION = f"UPDATE feeds SET {_CONDITION} WHERE key = :key"  # noqa: S608


def _save_state(db: Db, state: FeedState) -> None:
    """Write what was observed, in one statement where nothing changed while the poll was on."""
    cells = _state_cells(state)
    left_out = state.condition == "disabled"  # what it was before stands until it returns
    if run(db, _SAVE_DOCUMENT if left_out else _SAVE, cells):
        return
    if one(db, "SELECT 1 FROM feeds WHERE key = ?", (state.spec.key,)) is None:
        add_rows(db, "feeds", [_spec_cells(state.spec)])
        run(db, _SAVE, cells)
    elif not left_out:
        run(db, _SAVE_CONDITION, cells)  # its URL was changed: the validators are the old one's


def _state_cells(state: FeedState) -> Row:
    return {
        "key": state.spec.key,
        "url": state.spec.url,
        "etag": state.etag,
        "last_modified": state.last_modified,
        "body_hash": state.body_hash,
        "item_hashes": as_json(state.item_hashes),
        "next_poll_at": AT_ONCE if state.next_poll_at is None else stamp(state.next_poll_at),
        "condition": state.condition,
        "condition_since": stamp_or_none(state.condition_since),
        "reason": state.reason,
        "failures": state.failures,
        "polls": state.polls,
        "last_polled_at": stamp_or_none(state.last_polled_at),
        "last_ok_at": stamp_or_none(state.last_ok_at),
        "newest_entry_at": stamp_or_none(state.newest_entry_at),
        "interval_seconds": state.interval_seconds,
        "memory": written(state.memory),
    }


def history(db: Db, feed: str, limit: int = 50) -> list[PollEvent]:
    """Return a feed's polls, newest first."""
    sql = "SELECT * FROM polls WHERE feed = ? ORDER BY at DESC LIMIT ?"
    return [poll_event(row) for row in fetch(db, sql, (feed, limit))]


_ASKED = """
SELECT key,
    EXISTS (SELECT 1 FROM polls WHERE feed = key AND at >= :since AND at < :until) AS asked,
    EXISTS (SELECT 1 FROM polls WHERE feed = key AND at >= :since AND at < :until
        AND outcome IN (SELECT value FROM json_each(:answers))) AS answered
FROM feeds WHERE enabled = 1 AND configured = 1 ORDER BY key
"""


def polled_since(db: Db, since: datetime, until: datetime | None = None) -> FeedsAsked:
    """Count the feeds asked and those that answered; ``silent`` names those that never did.

    In [since, until); to this day without ``until``.
    """
    span = {"since": stamp(since), "until": stamp(until) if until else "~"}
    rows = fetch(db, _ASKED, {**span, "answers": ids_json(ANSWERED)})
    return FeedsAsked(
        asked=sum(row["asked"] for row in rows),
        answered=sum(row["answered"] for row in rows),
        silent=tuple(row["key"] for row in rows if row["asked"] and not row["answered"]),
    )


def forget_polls(db: Db, before: datetime) -> int:
    """Drop old lines of the history that brought nothing; those with entries or a gap stay."""
    with write(db):
        return run(
            db,
            "DELETE FROM polls WHERE at < ? AND new = 0 AND edited = 0 AND possible_gap = 0",
            (stamp(before),),
        )
