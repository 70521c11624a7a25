"""Who reads and what is told to them: team, alerts, digest."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from monitor.config import kinds
from monitor.config.shape.frozen import MAX_WORDS, Channels, Frozen, Readers, Side
from monitor.config.shape.ways import channels_unless_readers

Terms = Annotated[tuple[kinds.WordTerm, ...], Field(max_length=MAX_WORDS)]


class Team(Frozen):
    """Who reads: the name in subjects and the clock they live by."""

    name: kinds.Named = Field(
        default="The desk", description="Stands in mail subjects and on the desk."
    )
    time_zone: kinds.TimeZone = Field(
        default="Asia/Karachi", description="The clock of the digest and of every time shown."
    )
    contact: kinds.Line = Field(
        default="",
        description="An address or page for outlets with a question; sent along when fetching.",
    )


class Alert(Frozen):
    """A rule: when an article meets it, a message goes to its channels."""

    name: kinds.RuleName = Field(description="The rule's name; stands in the subject.")
    when: kinds.When | None = Field(
        default=None,
        description="What an article must say, as one expression; in place of `any`, `all`, `none`"
        " and `pattern`.",
    )
    any_of: Terms = Field(
        default=(),
        alias="any",
        description="One of these must occur: words, phrases, `concept:NAME`.",
    )
    all_of: Terms = Field(default=(), alias="all", description="Each of these must occur.")
    none_of: Terms = Field(default=(), alias="none", description="None of these may occur.")
    pattern: kinds.Pattern | None = Field(
        default=None, description="A regular expression (RE2) that must be found as well."
    )
    parts: Annotated[
        tuple[Literal["title", "lead", "body"], ...],
        Field(min_length=1, max_length=3),
        kinds.Distinct,
    ] = Field(
        default=("title", "lead", "body"),
        alias="in",
        description="Parts of the article to look in.",
    )
    outlets: Annotated[tuple[kinds.Named, ...], Field(max_length=MAX_WORDS)] = Field(
        default=(), description="Only these outlets, named as in the feeds; all when left out."
    )
    sides: Annotated[tuple[Side, ...], Field(max_length=8), kinds.Distinct] = Field(
        default=(), description="Only outlets of these sides; all when left out."
    )
    minimum_score: float | None = Field(
        default=None, ge=0, le=1, description="Only articles that score at least this."
    )
    readers: Readers = Field(default=(), description="Who is told, by their own ways and hours.")
    channels: Channels = Field(
        default_factory=channels_unless_readers,
        description="Where the message goes; `outbox` when neither readers nor channels are named.",
        json_schema_extra={"default": ["outbox"]},
    )
    enabled: bool = Field(
        default=True, description="`false` keeps the rule in the file without using it."
    )

    @model_validator(mode="after")
    def _asks_something(self) -> Alert:
        listed = self.any_of or self.all_of or self.none_of or self.pattern
        if self.when and listed:
            raise ValueError("says it twice; `when` takes the place of the lists and the pattern")
        if not (self.when or self.any_of or self.all_of or self.pattern):
            raise ValueError("asks for nothing; give `when`, or `any`, `all` or `pattern`")
        if len(self.any_of) + len(self.all_of) + len(self.none_of) > MAX_WORDS:
            raise ValueError(f"asks for more than {MAX_WORDS} words; make two rules of it")
        return self


class CatchUp(Frozen):
    """After an outage."""

    digest_days: int = Field(
        default=7,
        ge=1,
        le=60,
        description="The most missed days whose digest is still made.",
    )
