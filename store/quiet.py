"""Polls that bring nothing: read in outline, and written many at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from store.feeds import SPEC_COLUMNS, state_of
from store.memory import remembered
from store.polls import FeedState, PollRecord
from store.rows import AT_ONCE, stamp, stamp_or_none
from store.sql import Db, Row, fetch, run_many, write

# Most feeds tell nothing new, and then neither their item hashes nor their memory's entries are
# looked at: of a row of 4 KB, these are nine tenths. json_remove keeps the memory's instants.
DUE_OUTLINED = f"""
SELECT {SPEC_COLUMNS}, configured, off_since_at, etag, last_modified, body_hash, condition,
    condition_since, reason, failures, polls, last_polled_at, last_ok_at, newest_entry_at,
    next_poll_at, interval_seconds, '[]' AS item_hashes, json_remove(memory, '$.listed') AS memory
FROM feeds INDEXED BY feeds_due
WHERE enabled = 1 AND configured = 1 AND next_poll_at <= :now
ORDER BY next_poll_at LIMIT :limit
"""  # noqa: S608  # our own names


class Outlines:
    """The feeds of a round; each state is made when it is come to, in the time of the wire."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[FeedState]:
        return (state_of(row, outlined=True) for row in self._rows)

    @property
    def keys(self) -> list[str]:
        """Of the feeds, in order."""
        return [row["key"] for row in self._rows]


def due_outlined(db: Db, now: datetime, limit: int = 500) -> Outlines:
    """Return the feeds to ask now as ``due`` does, without what the next document is held against.

    ``whole`` adds that, for the few of which a document has come.
    """
    return Outlines(fetch(db, DUE_OUTLINED, {"now": stamp(now), "limit": limit}))


def whole(db: Db, state: FeedState) -> FeedState:
    """Return the state with all that is remembered of its document; a whole one as it is.

    Nothing is added where the feed's URL was changed meanwhile: what is held is the new one's.
    """
    if not state.outlined:
        return state
    sql = "SELECT item_hashes, memory FROM feeds WHERE key = ? AND url = ?"
    rows = fetch(db, sql, (state.spec.key, state.spec.url))
    return replace(
        state,
        item_hashes=tuple(json.loads(rows[0]["item_hashes"])) if rows else (),
        memory=remembered(rows[0]["memory"]) if rows else state.memory,
        outlined=False,
    )


class ChangedMeanwhileError(Exception):
    """Of one of the feeds something else was configured since it was asked."""


# Neither the hash of the body nor what is remembered of its items changes when nothing is new.
_SAVE_QUIET = """
UPDATE feeds SET etag = ?, last_modified = ?, next_poll_at = ?, condition = ?, condition_since = ?,
    reason = ?, failures = ?, polls = ?, last_polled_at = ?, last_ok_at = ?, interval_seconds = ?
WHERE key = ? AND url = ?
"""
_ADD_QUIET = """
INSERT INTO polls (feed, at, outcome, detail, status, seconds, listed, new, edited, known,
    possible_gap, problems)
VALUES (?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, '[]') ON CONFLICT DO NOTHING
"""


def save_quiet(db: Db, records: Sequence[PollRecord]) -> None:
    """Write polls that brought nothing, each whole, all of them or none.

    Leaves each feed and its history as ``save_poll`` would, one record after the other.

    Raises:
        ChangedMeanwhileError: a feed's URL is another now; nothing is written.
    """
    states = [
        (
            state.etag, state.last_modified,
            AT_ONCE if state.next_poll_at is None else stamp(state.next_poll_at),
            state.condition, stamp_or_none(state.condition_since), state.reason, state.failures,
            state.polls, stamp_or_none(state.last_polled_at), stamp_or_none(state.last_ok_at),
            state.interval_seconds, state.spec.key, state.spec.url,
        )
        for state in (record.state for record in records)
    ]  # fmt: skip
    events = [
        (one.state.spec.key, stamp(one.at), one.outcome, one.detail, one.status, one.seconds)
        for one in records
    ]
    with write(db):
        if run_many(db, _SAVE_QUIET, states) != len(records):
            raise ChangedMeanwhileError
        run_many(db, _ADD_QUIET, events)
