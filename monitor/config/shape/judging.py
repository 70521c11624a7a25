"""What counts as relevant, which scores are queued, and in which order people meet them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from monitor.config import kinds
from monitor.config.shape.frozen import MAX_WORDS, Frozen

Switch = Literal["in", "out", "open"]
Definition = Annotated[dict[kinds.Topic, Switch], Field(max_length=100)]
Spellings = Annotated[tuple[kinds.Named, ...], Field(min_length=1, max_length=MAX_WORDS)]
Names = Annotated[dict[kinds.Topic, Spellings], Field(max_length=500)]
Reasons = Annotated[tuple[kinds.Reason, ...], Field(max_length=9), kinds.Distinct]
Places = Annotated[int, Field(ge=0, le=100)]


class Thresholds(Frozen):
    """Which scores go to the queue, and how many of the others are looked at all the same."""

    queue: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Queued from this score on; the topic pack's when left out.",
    )
    read_a_day: int | None = Field(
        default=None,
        ge=1,
        le=5000,
        description="Instead: the score that would have let through so many a day.",
    )
    miss_at_most: float | None = Field(
        default=None,
        ge=0.001,
        le=0.5,
        description="Instead: the score below which at most this share of the relevant may lie.",
    )
    audit_a_day: int | None = Field(
        default=None,
        ge=0,
        le=50,
        description="Rejected items drawn a day for a second look, on average: 3 by default.",
    )
    sample_share: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Instead: draw this share of all rejected, whatever their score.",
    )

    @model_validator(mode="after")
    def _says_one_thing(self) -> Thresholds:
        ways = ("queue", "read_a_day", "miss_at_most")
        given = [way for way in ways if getattr(self, way) is not None]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} each set the threshold; keep one of them")
        if self.audit_a_day is not None and self.sample_share is not None:
            raise ValueError("audit_a_day and sample_share each set the audit; keep one of them")
        return self


class Queue(Frozen):
    """The order in which people meet what waits."""

    mix: tuple[Places, Places, Places] = Field(
        default=(6, 3, 1),
        description="Shares of the likeliest, of those nearest to even, and of the audit.",
    )
    read_twice: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="Share of what waits that two people read, neither seeing the other's answer; "
        "nothing while one person reads alone.",
    )

    reasons: Reasons = Field(
        default=(
            "only a passing mention",
            "another conflict",
            "sport or culture",
            "old news retold",
            "opinion without news",
            "a name mistaken for another",
            "key background",
            "first report of it",
            "an official position",
        ),
        description="What people can give as a reason for a decision, with the number keys.",
    )

    @model_validator(mode="after")
    def _shows_something(self) -> Queue:
        if not any(self.mix):
            raise ValueError("gives no place to anything; [6, 3, 1] is usual")
        return self
