"""Telling the team of a rule that is mostly noise: once, and again after three months."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from monitor.stages import trusting
from store import outbox, trust
from store.db import Db, write
from store.messages import Outgoing

EVERY = timedelta(days=1)
AGAIN = timedelta(days=90)


def nudge(db: Db, *, rules: Iterable[str], ways: Sequence[str], now: datetime) -> int:
    """Look at each rule at work once a day and say which is mostly noise; how many notices.

    Without ``ways`` nobody is told, and the desk says it all the same.
    """
    at_work = frozenset(rules)
    trust.note_rules(db, at_work, now)
    due = [rule for rule in trust.to_check(db, now - EVERY, now - AGAIN) if rule in at_work]
    if not due or not ways:
        return 0
    found = trust.of_rules(db, due, now, days=90)
    said = {rule: sentence for rule, one in found.items() if (sentence := trusting.nudge(one))}
    with write(db):
        trust.note_check(db, due, list(said), now)
        return outbox.put(
            db,
            [
                Outgoing(
                    key=f"notice:rule:{rule}:{now.date()}:{way}",
                    kind="notice",
                    channel=way,
                    subject=f"The rule {rule} is mostly noise",
                    text=f"{rule}: {sentence}\n\n`torkham alerts list` shows every rule.",
                    html=None,
                    created_at=now,
                )
                for rule, sentence in said.items()
                for way in ways
            ],
        )
