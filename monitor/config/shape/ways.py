"""The ways out and who stands at their end: channels, readers, quiet hours, caps."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from monitor.config import kinds
from monitor.config.shape.frozen import Channels, Frozen, Weekday

KINDS = "`directory`, `mail`, `apprise` or `webhook`."
EVERY_DAY: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Quiet(Frozen):
    """Hours in which nobody is told of an alert; it waits until they are over."""

    from_: kinds.Clock = Field(
        alias="from", description='When the quiet begins, by the reader\'s clock: "22:00".'
    )
    until: kinds.Clock = Field(
        description='When it is over: "06:30"; over midnight where it is the earlier of the two.'
    )
    days: Annotated[tuple[Weekday, ...], Field(min_length=1), kinds.Distinct] = Field(
        default=EVERY_DAY, description="The days on which it begins."
    )

    @model_validator(mode="after")
    def _lasts(self) -> Quiet:
        if self.from_ == self.until:
            raise ValueError("begins and ends at the same time; leave it out, or set `pause_until`")
        return self


class _Way(Frozen):
    """What every channel may say of when it may be used."""

    quiet: Quiet | None = Field(default=None, description="When no alert goes out by it.")
    hourly: int | None = Field(
        default=None, ge=1, le=1_000, description="Alerts an hour; the rest come as one summary."
    )


class DirectoryChannel(_Way):
    """Messages as files in a folder."""

    kind: Literal["directory"] = Field(description=KINDS)
    path: kinds.Folder = Field(
        default="outbox", description="The folder; inside the data folder unless it starts with /."
    )


class MailChannel(_Way):
    """Messages by e-mail."""

    kind: Literal["mail"] = Field(description=KINDS)
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


class AppriseChannel(_Way):
    """Messages to Slack, Teams, Telegram and the rest; their address is a secret."""

    kind: Literal["apprise"] = Field(description=KINDS)


class WebhookChannel(_Way):
    """Messages as signed JSON to a program of the team's own."""

    kind: Literal["webhook"] = Field(description=KINDS)
    url: kinds.Url | None = Field(
        default=None,
        description="Where the JSON goes; left out where the address is itself a secret.",
    )


Channel = DirectoryChannel | MailChannel | AppriseChannel | WebhookChannel
CHANNEL_KINDS: dict[str, type[Channel]] = {
    "directory": DirectoryChannel,
    "mail": MailChannel,
    "apprise": AppriseChannel,
    "webhook": WebhookChannel,
}


class Reader(Frozen):
    """A person, or several who read as one: where they are reached, and when they are not."""

    channels: Channels = Field(description="Where this reader is told.")
    person: kinds.Named | None = Field(
        default=None,
        description="The name under which the reader signs in, to set the rest on the desk.",
    )
    time_zone: kinds.TimeZone | None = Field(
        default=None, description="The reader's clock; the team's when left out."
    )
    quiet: Quiet | None = Field(default=None, description="When this reader is told of no alert.")
    hourly: int | None = Field(
        default=None, ge=1, le=1_000, description="Alerts an hour; the rest come as one summary."
    )
    pause_until: kinds.Moment | None = Field(
        default=None,
        description='No alert until then, by the reader\'s clock: "2026-12-01 07:00".',
    )


def channels_unless_readers(given: dict[str, Any]) -> tuple[str, ...]:
    """Return the channels of a rule or digest that names none: the folder, or its readers alone."""
    return () if given.get("readers") else ("outbox",)
