"""The ways out: the channels of feeds.yaml with their secrets, ready to deliver by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from monitor.config import shape
from monitor.config.credentials import Secrets
from monitor.config.loading import Settings
from monitor.edge.http import Poster
from monitor.edge.mail import SmtpSettings
from monitor.edge.notify import (
    AppriseChannel,
    Channel,
    DirectoryChannel,
    MailChannel,
    WebhookChannel,
    one_each,
)
from monitor.stages.quiet import held_until
from monitor.told import QuietHours, Recipient
from store.messages import Outgoing

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_AS_IT_HAPPENS = frozenset({"alert", "spike", "summary"})
DEFAULT = "outbox"  # a folder inside the data folder: a fresh install needs no server


def ways_out(
    given: Mapping[str, shape.Channel], secrets: Secrets, data: Path, poster: Poster
) -> dict[str, tuple[Channel, ...]]:
    """Return every channel by name, a mail channel as one way a recipient."""
    named = {DEFAULT: shape.DirectoryChannel(kind="directory"), **given}
    return {
        name: one_each(_way(name, channel, secrets, data, poster))
        for name, channel in named.items()
    }


def _way(
    name: str, channel: shape.Channel, secrets: Secrets, data: Path, poster: Poster
) -> Channel:
    match channel:
        case shape.DirectoryChannel():
            return DirectoryChannel(name=name, folder=data / channel.path)
        case shape.MailChannel():
            return MailChannel(name=name, smtp=_smtp(name, channel, secrets))
        case shape.AppriseChannel():
            return AppriseChannel(name=name, url=secrets.apprise_url(name) or "")
        case shape.WebhookChannel():
            return WebhookChannel(
                name=name,
                url=secrets.webhook_url(name) or channel.url or "",
                secret=secrets.webhook_secret(name) or "",
                poster=poster,
            )


def _smtp(name: str, channel: shape.MailChannel, secrets: Secrets) -> SmtpSettings:
    return SmtpSettings(
        host=channel.host,
        port=channel.at_port,
        sender=channel.sender,
        recipients=channel.to,
        security=channel.security,
        user=channel.user,
        password=secrets.smtp_password(name),
    )


# --- who is reached, and when ---------------------------------------------------------------


def reached(
    settings: Settings, channels: Iterable[str], readers: Iterable[str] = ()
) -> tuple[Recipient, ...]:
    """Return everybody a message goes to, each way once; readers first, in the order given.

    ``channels`` and ``readers`` are names of the settings; one that is none there reaches nobody.
    A way that is reached as a reader's keeps that reader's hours, whatever else names it; of two
    readers who share a way the first counts. What a reader leaves open, the channel says.
    """
    made: dict[str, Recipient] = {}
    for name in readers:
        reader = settings.readers.get(name)
        for channel in reader.channels if reader else ():
            for one in _recipients(settings, channel, name, reader):
                made.setdefault(one.way, one)
    for channel in channels:
        for one in _recipients(settings, channel, None, None):
            made.setdefault(one.way, one)
    return tuple(made.values())


def held(settings: Settings, message: Outgoing, now: datetime) -> datetime | None:
    """Return until when nobody may be told of ``message``; None where it may go.

    Only what is told as it happens waits: a digest has its hour, a notice is rare.
    """
    if message.kind not in _AS_IT_HAPPENS:
        return None
    channel = message.channel.partition(":")[0]
    readers = (message.reader,) if message.reader else ()
    for one in reached(settings, (channel,), readers):
        if one.way == message.channel:
            return held_until(one, now)
    return None


def _recipients(
    settings: Settings, name: str, who: str | None, reader: shape.Reader | None
) -> Iterator[Recipient]:
    channel = settings.channels.get(name)
    if channel is None:
        return
    zone = (reader.time_zone if reader else None) or settings.team.time_zone
    pause = reader.pause_until if reader else None
    for way in ways_of(name, channel):
        yield Recipient(
            way=way,
            reader=who,
            quiet=_quiet((reader.quiet if reader else None) or channel.quiet),
            hourly=(reader.hourly if reader else None) or channel.hourly,
            zone=zone,
            paused_until=_instant(pause, zone) if pause else None,
        )


def ways_of(name: str, channel: shape.Channel) -> tuple[str, ...]:
    """Return the names of a channel's ways, as ``one_each`` gives them."""
    if isinstance(channel, shape.MailChannel):
        return tuple(f"{name}:{address}" for address in channel.to)
    return (name,)


def _quiet(quiet: shape.Quiet | None) -> QuietHours | None:
    if quiet is None:
        return None
    days = tuple(_WEEKDAYS.index(day) for day in quiet.days)
    return QuietHours(from_=quiet.from_, until=quiet.until, days=days)


def _instant(local: datetime, zone: str) -> datetime:
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
