"""Why people decided as they did: reasons in their own short words, kept beside the decision.

Lines are only added. A reason stands while the newest line of its words gives it; one of a decision
that was undone is told in its history and counts for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from store.faults import StoreError
from store.rows import ids_json, stamp
from store.sql import Db, add_row, fetch, one, write

LENGTH = 60
"""Characters of a reason."""


def give(db: Db, *, decision: int, reason: str, by: str, now: datetime, given: bool = True) -> bool:
    """Add a reason to a decision, or take it back; False when that is how it stood already.

    Raises:
        StoreError: there is no such decision, or the reason is empty.
    """
    words = " ".join(reason.split())[:LENGTH]
    with write(db, durable=True):
        if not words or one(db, _ANSWERED, (decision,)) is None:
            raise StoreError(f"there is no decision {decision} to give that reason for")
        if (words in of_decisions(db, [decision]).get(decision, ())) == given:
            return False
        cells = {"decision": decision, "reason": words, "given": int(given)}
        add_row(db, "reasons", cells | {"by": by, "at": stamp(now)})
    return True


_ANSWERED = "SELECT 1 FROM decisions WHERE id = ? AND answer IS NOT NULL"
_GIVEN = """
SELECT r.decision, r.reason FROM reasons r
WHERE r.decision IN (SELECT value FROM json_each(?)) AND r.given = 1
    AND NOT EXISTS (SELECT 1 FROM reasons l
        WHERE l.decision = r.decision AND l.reason = r.reason AND l.id > r.id)
ORDER BY r.decision, r.id
"""


def of_decisions(db: Db, decisions: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Return the reasons that stand beside decisions, of those that have any, in given order."""
    found: dict[int, tuple[str, ...]] = {}
    for row in fetch(db, _GIVEN, (ids_json(decisions),)):
        found[row["decision"]] = (*found.get(row["decision"], ()), row["reason"])
    return found


_COUNTED = """
SELECT r.reason, d.answer, count(*) AS n
FROM reasons r JOIN decisions d ON d.id = r.decision JOIN articles a ON a.decision_id = d.id
WHERE r.given = 1 AND NOT EXISTS (SELECT 1 FROM reasons l
    WHERE l.decision = r.decision AND l.reason = r.reason AND l.id > r.id)
GROUP BY r.reason, d.answer ORDER BY n DESC, r.reason
"""


def counted(db: Db) -> list[tuple[str, str, int]]:
    """Return reason, answer and how many standing decisions have it, the most frequent first."""
    return [(row["reason"], row["answer"], row["n"]) for row in fetch(db, _COUNTED)]
