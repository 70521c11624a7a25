"""Who a message is for, what it follows, one lane a channel, and how each way out does."""

from __future__ import annotations

from store.schema.statements import run
from store.sqlite import Database


def ways(db: Database) -> None:
    """Columns and an index of the outbox, and a row for every way anything went by.

    A channel is a lane: its messages go one after the other, while those of others go beside them.
    The ways of one mail channel (``name:address``) share the lane, as they share the server.
    """
    run(
        db,
        "ALTER TABLE outbox ADD COLUMN reader TEXT",
        "ALTER TABLE outbox ADD COLUMN story INTEGER",
        "ALTER TABLE outbox ADD COLUMN follows TEXT",
        """ALTER TABLE outbox ADD COLUMN lane TEXT
            GENERATED ALWAYS AS (substr(channel, 1, instr(channel || ':', ':') - 1)) VIRTUAL""",
        "DROP INDEX outbox_due",
        """CREATE INDEX outbox_lane ON outbox (lane, due_at, id)
            WHERE state IN ('queued', 'sending')""",
        """
        CREATE TABLE ways (
            way TEXT PRIMARY KEY, sent_at TEXT, failing_since TEXT,
            failures INTEGER NOT NULL DEFAULT 0, error TEXT NOT NULL DEFAULT '',
            refused INTEGER NOT NULL DEFAULT 0, told_at TEXT
        ) STRICT""",
        "CREATE INDEX ways_failing ON ways (failing_since) WHERE failing_since IS NOT NULL",
    )


MIGRATIONS = (("0034_ways", ways),)
"""After rules, and whatever else came before it."""
