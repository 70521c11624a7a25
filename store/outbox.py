"""Messages on their way: put once, claimed for a while, settled.

Delivery is at least once. A claim that is never settled, because the process was killed, is
claimed again when its lease is over; the message's key lets the other side recognise the second.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from store.messages import OutboxRow, OutboxState, Outgoing
from store.rows import (
    AT_ONCE,
    day_or_none,
    instant,
    instant_or_none,
    stamp,
    stamp_or_none,
)
from store.sql import Db, Row, fetch, fetch_in, one, run, run_many, write


def put(db: Db, rows: Sequence[Outgoing]) -> int:
    """Add messages whose keys were never put before; return how many that were."""
    if not rows:
        return 0
    with write(db):
        before = one(db, "SELECT count(*) FROM outbox")
        run_many(db, _PUT, [_cells(row) for row in rows])
        return int(one(db, "SELECT count(*) FROM outbox")) - int(before)


_PUT = """
INSERT INTO outbox (key, kind, channel, subject, text, html, created_at, article, rule, day_on)
VALUES (:key, :kind, :channel, :subject, :text, :html, :created_at, :article, :rule, :day_on)
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
    }


# A message being sent whose lease is over is due like one that waits.
DUE = """
SELECT id FROM outbox INDEXED BY outbox_due
WHERE state IN ('queued', 'sending') AND due_at <= :now
ORDER BY due_at, id LIMIT :limit
"""
_CLAIM = "UPDATE outbox SET state = 'sending', due_at = ?, attempts = attempts + 1 WHERE id = ?"


def claim(db: Db, now: datetime, limit: int, lease: timedelta) -> list[OutboxRow]:
    """Take due messages for sending; nobody else gets them until the lease is over."""
    due = {"now": stamp(now), "limit": limit}
    if not fetch(db, DUE, due):
        return []  # an idle tick writes nothing
    with write(db, durable=True):
        ids = [row["id"] for row in fetch(db, DUE, due)]
        run_many(db, _CLAIM, [(stamp(now + lease), number) for number in ids])
        rows = fetch_in(db, "SELECT * FROM outbox WHERE id IN ({marks})", ids)
    place = {number: at for at, number in enumerate(ids)}
    return [_row(row) for row in sorted(rows, key=lambda row: place[row["id"]])]


def settle(
    db: Db,
    id: int,  # noqa: A002  # the column's name, and the contract's
    *,
    state: OutboxState,
    now: datetime,
    error: str = "",
    next_try_at: datetime | None = None,
) -> None:
    """Say how a delivery went. With a next try the message waits again, whatever the state.

    A message that was sent stays sent.
    """
    with write(db, durable=True):
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


def recent(db: Db, kind: str | None = None, limit: int = 100) -> list[OutboxRow]:
    """Return messages, newest first, of one kind or of all."""
    sql = "SELECT * FROM outbox WHERE ? IS NULL OR kind = ? ORDER BY id DESC LIMIT ?"
    return [_row(row) for row in fetch(db, sql, (kind, kind, limit))]


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
