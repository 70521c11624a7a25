"""Messages on their way: put once, claimed for a while, settled.

Delivery is at least once. A claim that is never settled, because the process was killed, is put
back by the next one, or claimed again when its lease is over; the message's key lets the other side
recognise the second.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from store import restores, ways
from store.messages import OutboxRow, OutboxState, Outgoing
from store.rows import (
    AT_ONCE,
    day_or_none,
    instant,
    instant_or_none,
    stamp,
    stamp_or_none,
)
from store.sql import Db, Row, each_named, fetch, fetch_in, one, run, run_many, write


def put(db: Db, rows: Sequence[Outgoing]) -> int:
    """Add messages whose keys were never put before; return how many that were."""
    if not rows:
        return 0
    with write(db):
        before = one(db, "SELECT count(*) FROM outbox")
        run_many(db, _PUT, [_cells(row) for row in rows])
        restores.doubt(db, [row.key for row in rows if row.article is not None])
        return int(one(db, "SELECT count(*) FROM outbox")) - int(before)


_PUT = """
INSERT INTO outbox (key, kind, channel, subject, text, html, created_at, article, rule, day_on,
    reader, story, follows)
VALUES (:key, :kind, :channel, :subject, :text, :html, :created_at, :article, :rule, :day_on,
    :reader, :story, :follows)
ON CONFLICT (key) DO NOTHING
"""


def _cells(row: Outgoing) -> Row:
    return {
        "key": row.key,
        "kind": row.kind,
        "channel": row.channel,
        "subject": row.subject,
        "text": row.text,
        "html": row.html,
        "created_at": stamp(row.created_at),
        "article": row.article,
        "rule": row.rule,
        "day_on": row.day_on.isoformat() if row.day_on else None,
        "reader": row.reader,
        "story": row.story,
        "follows": row.follows,
    }


# A message being sent whose lease is over is due like one that waits.
LANES = """
WITH RECURSIVE found (lane) AS (
    SELECT min(lane) FROM outbox INDEXED BY outbox_lane WHERE state IN ('queued', 'sending')
    UNION ALL
    SELECT (SELECT min(lane) FROM outbox INDEXED BY outbox_lane
        WHERE state IN ('queued', 'sending') AND lane > found.lane)
    FROM found WHERE found.lane IS NOT NULL
)
SELECT lane FROM found WHERE lane IS NOT NULL
"""
FIRST_OF_LANE = """
SELECT id FROM outbox INDEXED BY outbox_lane
WHERE lane = :lane AND state IN ('queued', 'sending') AND due_at <= :due
ORDER BY due_at, id LIMIT 1
"""
_CLAIM = "UPDATE outbox SET state = 'sending', due_at = ?, attempts = attempts + 1 WHERE id = ?"


def claim(
    db: Db, due_by: datetime, lease_until: datetime, *, busy: Collection[str] = ()
) -> list[OutboxRow]:
    """Take the longest due message of every lane that is not ``busy``; one write for all.

    A lane is a channel: its name before the colon. Nobody else gets what was taken until
    ``lease_until``; a message whose lease is over at ``due_by`` is due like one that waits.
    """
    if not _firsts(db, due_by, busy):
        return []  # an idle tick writes nothing
    with write(db, durable=True):
        ids = _firsts(db, due_by, busy)
        run_many(db, _CLAIM, [(stamp(lease_until), number) for number in ids])
        rows = fetch_in(db, "SELECT * FROM outbox WHERE id IN ({marks})", ids)
    place = {number: at for at, number in enumerate(ids)}
    return [_row(row) for row in sorted(rows, key=lambda row: place[row["id"]])]


def _firsts(db: Db, due_by: datetime, busy: Collection[str]) -> list[int]:
    lanes = [row["lane"] for row in fetch(db, LANES) if row["lane"] not in busy]
    due = stamp(due_by)
    found = (fetch(db, FIRST_OF_LANE, {"lane": lane, "due": due}) for lane in lanes)
    return [rows[0]["id"] for rows in found if rows]


def lane_of(way: str) -> str:
    """Return the lane a way is in: the name of its channel."""
    return way.partition(":")[0]


def hold(db: Db, id: int, until: datetime) -> None:  # noqa: A002  # the column's name
    """Let a claimed message wait until then, as if it had not been claimed."""
    with write(db):
        run(db, _HOLD, {"id": id, "until": stamp(until)})


_HOLD = """
UPDATE outbox SET state = 'queued', due_at = :until, attempts = max(attempts - 1, 0)
WHERE id = :id AND state = 'sending'
"""


def in_hand(db: Db) -> list[OutboxRow]:
    """Return the messages that are claimed and not settled, whatever their leases."""
    return [_row(row) for row in fetch(db, _IN_HAND)]


_IN_HAND = """
SELECT * FROM outbox INDEXED BY outbox_lane
WHERE state IN ('queued', 'sending') AND state = 'sending' ORDER BY id
"""


def put_back(db: Db, due: Sequence[tuple[int, datetime]]) -> None:
    """Let claimed messages, by id, wait again until then: whoever had them is no more."""
    if due:
        with write(db, durable=True):
            run_many(db, _PUT_BACK, [(stamp(until), number) for number, until in due])


_PUT_BACK = "UPDATE outbox SET state = 'queued', due_at = ? WHERE id = ? AND state = 'sending'"


def settle(
    db: Db,
    id: int,  # noqa: A002  # the column's name, and the contract's
    *,
    state: OutboxState,
    now: datetime,
    error: str = "",
    next_try_at: datetime | None = None,
    refused: bool = False,
) -> None:
    """Say how a delivery went, of the message and of its way, in one write.

    With a next try the message waits again, whatever the state. A message that was sent stays
    sent. ``refused``: the other side will never take it.
    """
    with write(db, durable=True):
        went = {"id": id, "went": state, "error": error, "now": stamp(now), "refused": refused}
        run(db, _WAY, went)
        run(
            db,
            _SETTLE,
            {
                "id": id,
                "state": state if next_try_at is None else "queued",
                "error": error,
                "due_at": stamp_or_none(next_try_at) or AT_ONCE,
                "now": stamp(now),
            },
        )


_SETTLE = """
UPDATE outbox SET state = :state, error = :error, due_at = :due_at,
    sent_at = CASE WHEN :state = 'sent' THEN :now ELSE sent_at END
WHERE id = :id AND state <> 'sent'
"""


# Before the message itself: what was settled as sent tells nothing new of its way.
_WAY = f"""
{ways.NOTE} SELECT channel, {ways.CELLS} FROM outbox WHERE id = :id AND state <> 'sent'
{ways.UPDATE}
"""  # noqa: S608  # our own words


def recent(db: Db, kind: str | None = None, limit: int = 100) -> list[OutboxRow]:
    """Return messages, newest first, of one kind or of all."""
    return [_row(row) for row in each_named(db, _RECENT.format(cells="*"), (kind, kind, limit))]


def listed(db: Db, kind: str | None = None, limit: int = 100) -> list[OutboxRow]:
    """Return the same without what they say, which is 60 KB and more in a digest."""
    return [_row(row) for row in each_named(db, _LISTED, (kind, kind, limit))]


_RECENT = "SELECT {cells} FROM outbox WHERE ? IS NULL OR kind = ? ORDER BY id DESC LIMIT ?"
_LISTED = _RECENT.format(
    cells="id, key, kind, channel, subject, '' AS text, NULL AS html, created_at, article, rule,"
    " day_on, reader, story, follows, state, attempts, due_at, sent_at, error"
)


def by_keys(db: Db, keys: Sequence[str]) -> dict[str, OutboxRow]:
    """Return these messages by key; one that was never put is not among them."""
    rows = fetch_in(db, "SELECT * FROM outbox WHERE key IN ({marks})", keys)
    return {row["key"]: _row(row) for row in rows}


def exists(db: Db, key_prefix: str) -> bool:
    """Tell whether a message was ever put whose key begins so."""
    # A range, not LIKE: it uses the index, and no character of the prefix is a wildcard.
    sql = "SELECT 1 FROM outbox WHERE key >= ? AND key < ? LIMIT 1"
    return one(db, sql, (key_prefix, f"{key_prefix}\U0010ffff")) is not None


def _row(row: Row) -> OutboxRow:
    message = Outgoing(
        key=row["key"],
        kind=row["kind"],
        channel=row["channel"],
        subject=row["subject"],
        text=row["text"],
        html=row["html"],
        created_at=instant(row["created_at"]),
        article=row["article"],
        rule=row["rule"],
        day_on=day_or_none(row["day_on"]),
        reader=row["reader"],
        story=row["story"],
        follows=row["follows"],
    )
    return OutboxRow(
        id=row["id"],
        message=message,
        state=row["state"],
        attempts=row["attempts"],
        next_try_at=instant_or_none(row["due_at"]) if row["state"] == "queued" else None,
        sent_at=instant_or_none(row["sent_at"]),
        error=row["error"],
    )
