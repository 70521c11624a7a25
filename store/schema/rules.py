"""Why people changed a setting, and the way from an alert rule to what it sent."""

from __future__ import annotations

from store.schema.statements import run
from store.sqlite import Database


def rules(db: Database) -> None:
    """The reason beside each change, and messages found by the rule that sent them.

    A rule or a feed written on the desk is a line of ``changes`` like every other setting: its
    versions, who wrote them and when stand there, and no second table could disagree with it.
    """
    run(
        db,
        "ALTER TABLE changes ADD COLUMN why TEXT NOT NULL DEFAULT ''",
        """CREATE INDEX outbox_rule ON outbox (rule, article, created_at)
            WHERE rule IS NOT NULL""",
    )


MIGRATIONS = (("0029_rules", rules),)
"""After tokens."""
