"""The digests: the daily one, and further ones with their own day, topics, people and hours."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from monitor.config import kinds
from monitor.config.shape.frozen import (
    MAX_WORDS,
    Channels,
    Frozen,
    Readers,
    Side,
    Weekday,
)
from monitor.config.shape.ways import channels_unless_readers

Every = Literal["day", "week", "month"]
ALL_DAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _days(value: object) -> object:
    """Return a list of days; one may stand alone: ``on: mon``, ``on: 1``."""
    listed = value if isinstance(value, list | tuple) else (value,)
    if any(
        isinstance(day, bool) or not (day in ALL_DAYS or isinstance(day, int)) for day in listed
    ):
        raise ValueError("is a weekday, as in mon, a list of them, or a day of the month, as in 1")
    return tuple(listed)


class _Told(Frozen):
    """What every digest may say of itself."""

    enabled: bool = Field(default=True, description="`false`: no digest is made.")
    at: kinds.Clock = Field(
        default=time(7, 0),
        description='When, by the clock of the team: "07:00".',
        json_schema_extra={"default": "07:00"},
    )
    stories: int = Field(
        default=30, ge=1, le=200, description="Stories told; the rest are counted below them."
    )
    topics: Annotated[tuple[kinds.Slug, ...], Field(max_length=MAX_WORDS), kinds.Distinct] = Field(
        default=(), description="Only stories of these strands; all when left out."
    )
    sides: Annotated[tuple[Side, ...], Field(max_length=8), kinds.Distinct] = Field(
        default=(), description="Only what outlets of these sides tell; all when left out."
    )
    languages: Annotated[tuple[kinds.Language, ...], Field(max_length=20), kinds.Distinct] = Field(
        default=(), description="Only articles in these languages; all when left out."
    )
    readers: Readers = Field(default=(), description="Who gets it, by their own channels.")
    channels: Channels = Field(
        default_factory=channels_unless_readers,
        description="Where it goes; `outbox` when neither readers nor channels are named.",
        json_schema_extra={"default": ["outbox"]},
    )


class Digest(_Told):
    """The daily mail."""

    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1), kinds.Distinct] = Field(
        default=ALL_DAYS, description="Days on which it goes out."
    )

    @property
    def name(self) -> str:
        """The name its editions are kept under."""
        return "daily"

    @property
    def every(self) -> Every:
        """How long a time an edition tells of."""
        return "day"

    @property
    def on_weekdays(self) -> tuple[Weekday, ...]:
        """The weekdays on which it is due."""
        return self.weekdays

    @property
    def on_day(self) -> int | None:
        """The day of the month on which it is due; None: that is no matter."""
        return None


class FurtherDigest(_Told):
    """One more digest, beside the daily one."""

    name: kinds.Slug = Field(
        description="Its name: small letters, digits and hyphens; stands in its address."
    )
    every: Every = Field(
        default="day",
        description="`day`, or a summary with counts and the weightiest stories: `week`, `month`.",
    )
    on: Annotated[tuple[Weekday | int, ...], Field(max_length=7), BeforeValidator(_days)] = Field(
        default=(),
        description="When it goes out: weekdays for `day` (all when left out); one weekday for "
        "`week` (mon); one day of the month for `month` (1; a month too short for it: its last).",
    )

    @model_validator(mode="after")
    def _is_on_a_day_it_can_be(self) -> FurtherDigest:
        if self.name == "daily":
            raise ValueError("is named `daily`, as the one under `digest:` is; choose another name")
        words = [day for day in self.on if isinstance(day, str)]
        numbers = [day for day in self.on if isinstance(day, int)]
        if len(set(self.on)) < len(self.on):
            raise ValueError("names a day twice in `on`")
        if self.every == "month" and (words or any(not 1 <= day <= 31 for day in numbers)):
            raise ValueError("goes out every month: `on` is a day of the month, 1 to 31")
        if self.every != "month" and numbers:
            raise ValueError(f"goes out every {self.every}: `on` names weekdays, as in mon")
        if self.every != "day" and len(self.on) > 1:
            raise ValueError(f"goes out once a {self.every}: `on` names one day")
        return self

    @property
    def on_weekdays(self) -> tuple[Weekday, ...]:
        """The weekdays on which it is due."""
        named = tuple(day for day in self.on if isinstance(day, str))
        return named or (("mon",) if self.every == "week" else ALL_DAYS)

    @property
    def on_day(self) -> int | None:
        """The day of the month on which it is due; None: that is no matter."""
        if self.every != "month":
            return None
        return next((day for day in self.on if isinstance(day, int)), 1)
