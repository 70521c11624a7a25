"""The nightly copies of the store: when, how many stay, and where a second set goes."""

from __future__ import annotations

from datetime import time
from typing import Annotated

from pydantic import Field, StringConstraints

from monitor.config import kinds
from monitor.config.shape.frozen import Frozen

Elsewhere = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=1_000, pattern=r"^/[^\x00-\x1f]*$")
]


class Backups(Frozen):
    """The copies made by night. The newest good one is never removed, whatever stands here."""

    at: kinds.Clock = Field(
        default=time(2, 0),
        description="From when on, by the team's clock, a night's copy is made.",
        json_schema_extra={"default": "02:00"},
    )
    keep_days: int = Field(
        default=7, ge=1, le=365, description="Of how many days the nightly copies stay."
    )
    keep_weeks: int = Field(
        default=4, ge=0, le=520, description="Of how many weeks the last copy stays beside them."
    )
    to: Elsewhere | None = Field(
        default=None,
        description="A folder on another disk that gets everything a bad day needs each night; "
        "it must be there already, so that a disk that is not mounted is noticed.",
    )
