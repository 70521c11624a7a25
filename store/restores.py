"""What a store put back from a backup cannot know: which messages went out after it was made.

The service that was lost went on sending until it was lost. What it may have sent is not sent
again by itself: messages that waited when the backup was made, and those that are made anew of
what was news before it was lost, stand in the outbox as ``unknown``, with the reason. People look
at them, and have those sent that nobody got. What is news since then goes out as always.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from store.rows import ids_json, instant, stamp
from store.sql import Db, add_row, fetch, one, run, run_many, write

IN_DOUBT = "from before the store was restored; it may have gone out already"
UNDATED = timedelta(days=1)  # after a restore, so long an article without a day counts as old


def restored(db: Db, now: datetime, *, sent_until: datetime) -> int:
    """Note that the store was put back; return how many messages that waited are in doubt now.

    A message held back until after ``sent_until`` waits on: nobody can have sent it.
    """
    with write(db, durable=True):
        cells = {"restored_at": stamp(now), "sent_until": stamp(sent_until)}
        add_row(db, "restores", cells)
        return run(db, _WAITED, {"error": IN_DOUBT, "until": stamp(sent_until)})


_WAITED = """
UPDATE outbox SET state = 'unknown', error = :error
WHERE state = 'sending' OR (state = 'queued' AND due_at <= :until)
"""


def doubt(db: Db, keys: Sequence[str]) -> None:
    """Inside the write that put these new messages: hold back those of old news.

    One look at an empty table where no store was ever restored.
    """
    last = _last(db)
    if last:
        given = _since(db, last)
        run_many(db, _OLD_NEWS, [(*given, key) for key in keys])


def _since(db: Db, last: int) -> tuple[str, str, str]:
    """What the statements are given: the reason, until when it sent, until when undated is old."""
    (row,) = fetch(db, "SELECT * FROM restores WHERE id = ?", (last,))
    return IN_DOUBT, row["sent_until"], stamp(instant(row["restored_at"]) + UNDATED)


def _last(db: Db) -> int:
    return int(one(db, "SELECT max(id) FROM restores") or 0)


# Told of by whoever was lost: articles that had been published by then.
_OLD = """CASE WHEN a.published_at IS NULL OR a.published_source = 'first_seen'
    THEN a.first_seen_at < ?3 ELSE a.published_at <= ?2 END"""
_OLD_NEWS = f"""
UPDATE outbox SET state = 'unknown', error = ?1
WHERE key = ?4 AND state = 'queued'
    AND EXISTS (SELECT 1 FROM articles a WHERE a.id = outbox.article AND {_OLD})
"""  # noqa: S608  # our own words
_OLD_STORIES = f"""
UPDATE outbox SET state = 'unknown', error = ?1
WHERE key = ?4 AND state = 'queued' AND (
    SELECT CASE WHEN outbox.article IS NULL THEN min({_OLD}) ELSE max({_OLD}) END
    FROM json_each(?5) j JOIN firings f ON f.id = j.value JOIN articles a ON a.id = f.article
)
"""  # noqa: S608  # our own words


def doubt_told(db: Db, firings: Mapping[str, Sequence[int]]) -> None:
    """Inside the write that put these messages: hold back those that tell of old news as well.

    Given by key, the firings each message tells of. A story of which one article is old news was
    told by whoever was lost, whichever of its articles the message is about. A message of several
    stories is held back when all of it is old news.
    """
    last = _last(db) if firings else 0
    if not last:
        return
    given = _since(db, last)
    told = [(*given, key, ids_json(ids)) for key, ids in firings.items()]
    run_many(db, _OLD_STORIES, told)


def known_as(db: Db, key: str, put_at: datetime) -> str:
    """Return what the world knows a message by that was put at ``put_at`` under ``key``.

    The same row has the same for ever. A restored store counts its articles on from where the
    backup stood, so keys come again for other news; here they never do, and no mail server takes
    a new alert for one it had. Where no store was restored it is the key.
    """
    sql = "SELECT max(restored_at) FROM restores WHERE restored_at <= ?"
    at = one(db, sql, (stamp(put_at),))
    return f"{key}@{at}" if at else key


def doubt_edition(db: Db, keys: Sequence[str], until_at: datetime) -> None:
    """Inside the write that put an edition: hold its messages back when its hour was before.

    ``until_at`` is where what the edition tells of ends, which is when it was due.
    """
    last = one(db, "SELECT sent_until FROM restores WHERE id = ?", (_last(db),))
    if last is not None and until_at <= instant(last):
        sql = "UPDATE outbox SET state = 'unknown', error = ? WHERE key = ? AND state = 'queued'"
        run_many(db, sql, [(IN_DOUBT, key) for key in keys])


def in_doubt(db: Db, *, newest: int = 100_000) -> int:
    """Return how many of the newest messages nobody has looked at since a restore."""
    return int(one(db, IN_DOUBT_OF_NEWEST, (newest, IN_DOUBT))) if _last(db) else 0


IN_DOUBT_OF_NEWEST = """
SELECT count(*) FROM outbox
WHERE id > (SELECT coalesce(max(id), 0) FROM outbox) - ? AND state = 'unknown' AND error = ?
"""


def send_after_all(db: Db, ids: Sequence[int]) -> int:
    """Have messages in doubt sent; return how many were. Others are left as they are."""
    sql = """UPDATE outbox SET state = 'queued', error = '', due_at = ''
        WHERE id = ? AND state = 'unknown' AND error = ?"""
    with write(db, durable=True):
        return sum(run(db, sql, (number, IN_DOUBT)) for number in ids)


def settled(db: Db) -> int:
    """Take it that every message in doubt was sent; return how many that were."""
    sql = "UPDATE outbox SET error = '' WHERE state = 'unknown' AND error = ?"
    with write(db, durable=True):
        return run(db, sql, (IN_DOUBT,))
