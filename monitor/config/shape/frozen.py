"""What every section of feeds.yaml is, and the kinds that several sections use."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from monitor.config import kinds

MAX_WORDS = 200

Side = Literal["pakistan", "afghanistan", "exile", "india", "iran", "world", "un", "research"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Channels = Annotated[tuple[kinds.Slug, ...], Field(min_length=1, max_length=20), kinds.Distinct]
Readers = Annotated[tuple[kinds.Slug, ...], Field(max_length=50), kinds.Distinct]


class Frozen(BaseModel):
    """Settings never change after they were read, and a key that is not known is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
