"""Who reads, what is told to them, and by which ways: team, alerts, digest, channels."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal

from pydantic import Field, model_validator

from monitor.config import kinds
from monitor.config.shape.frozen import MAX_WORDS, Channels, Frozen, Side

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
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
    channels: Channels = Field(default=("outbox",), description="Where the message goes.")
    enabled: bool = Field(
        default=True, description="`false` keeps the rule in the file without using it."
    )

    @model_validator(mode="after")
    def _asks_something(self) -> Alert:
        if not (self.any_of or self.all_of or self.pattern):
            raise ValueError("asks for nothing; give `any`, `all` or `pattern`")
        if len(self.any_of) + len(self.all_of) + len(self.none_of) > MAX_WORDS:
            raise ValueError(f"asks for more than {MAX_WORDS} words; make two rules of it")
        return self


class Digest(Frozen):
    """The daily mail."""

    enabled: bool = Field(default=True, description="`false`: no digest is made.")
    at: kinds.Clock = Field(
        default=time(7, 0),
        description='When, by the clock of the team: "07:00".',
        json_schema_extra={"default": "07:00"},
    )
    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1), kinds.Distinct] = Field(
        default=("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
        description="Days on which it goes out.",
    )
    stories: int = Field(
        default=30, ge=1, le=200, description="Stories told; the rest are counted below them."
    )
    channels: Channels = Field(default=("outbox",), description="Where it goes.")


class CatchUp(Frozen):
    """After an outage."""

    digest_days: int = Field(
        default=7,
        ge=1,
        le=60,
        description="The most missed days whose digest is still made.",
    )


class DirectoryChannel(Frozen):
    """Messages as files in a folder."""

    kind: Literal["directory"] = Field(description="`directory`, `mail` or `apprise`.")
    path: kinds.Folder = Field(
        default="outbox", description="The folder; inside the data folder unless it starts with /."
    )


class MailChannel(Frozen):
    """Messages by e-mail."""

    kind: Literal["mail"] = Field(description="`directory`, `mail` or `apprise`.")
    host: kinds.Host = Field(description="The mail server.")
    port: int | None = Field(
        default=None, ge=1, le=65535, description="587 for starttls, 465 for tls, 25 for none."
    )
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the connection is protected."
    )
    sender: kinds.Address = Field(alias="from", description="The address mails come from.")
    to: Annotated[tuple[kinds.Address, ...], Field(min_length=1, max_length=50), kinds.Distinct] = (
        Field(description="Who gets them.")
    )
    user: kinds.Named | None = Field(
        default=None, description="Name to log in with; the password is never written here."
    )

    @model_validator(mode="after")
    def _keeps_the_password(self) -> MailChannel:
        if self.user and self.security == "none" and not kinds.is_local(self.host):
            raise ValueError("with `security: none` the password would travel unprotected")
        return self

    @property
    def at_port(self) -> int:
        """The port given, or the usual one of this security."""
        return self.port or {"starttls": 587, "tls": 465, "none": 25}[self.security]


class AppriseChannel(Frozen):
    """Messages to Slack, Teams, Telegram and the rest; their address is a secret."""

    kind: Literal["apprise"] = Field(description="`directory`, `mail` or `apprise`.")


Channel = DirectoryChannel | MailChannel | AppriseChannel
CHANNEL_KINDS: dict[str, type[DirectoryChannel | MailChannel | AppriseChannel]] = {
    "directory": DirectoryChannel,
    "mail": MailChannel,
    "apprise": AppriseChannel,
}
