"""When people are told that a feed is unwell: once when it lasts, once when it is over.

Between the two lies a trouble. It begins with the first failure and ends only after the feed has
been well for a third of the time it takes to be told, so that a feed that comes and goes makes one
trouble and not one at each turn.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from store.watch import Trouble

CALM = 3  # the share of ``after`` that a feed must be well for a trouble to be over: a third


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """The trouble as it stands now, None when there is none or it is over; and what to tell."""

    trouble: Trouble | None
    tell: Literal["", "began", "over"] = ""


def follow(
    before: Trouble | None, unwell: Trouble | None, now: datetime, after: timedelta
) -> Followed:
    """Follow one feed: ``before`` is its open trouble, ``unwell`` what is wrong now, if anything.

    "began" is told once for a trouble that lasts ``after`` or longer while the feed is unwell;
    "over" once, and only of a trouble that was told.
    """
    if unwell is None:
        if before is None:
            return Followed(trouble=None)
        well_since = before.well_since_at or now
        if now - well_since < after / CALM:
            return Followed(trouble=replace(before, well_since_at=well_since))
        return Followed(trouble=None, tell="over" if before.told_at else "")
    if before is None:
        trouble = unwell
    else:
        trouble = replace(
            before, condition=unwell.condition, reason=unwell.reason, well_since_at=None
        )
    if trouble.told_at is None and now - trouble.since_at >= after:
        return Followed(trouble=replace(trouble, told_at=now), tell="began")
    return Followed(trouble=trouble)
