"""The ways out: the channels of feeds.yaml with their secrets, ready to deliver by."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from monitor.config import shape
from monitor.config.credentials import Secrets
from monitor.edge.mail import SmtpSettings
from monitor.edge.notify import AppriseChannel, Channel, DirectoryChannel, MailChannel, one_each

DEFAULT = "outbox"  # a folder inside the data folder: a fresh install needs no server


def ways_out(
    given: Mapping[str, shape.Channel], secrets: Secrets, data: Path
) -> dict[str, tuple[Channel, ...]]:
    """Return every channel by name, a mail channel as one way a recipient."""
    named = {DEFAULT: shape.DirectoryChannel(kind="directory"), **given}
    return {name: one_each(_way(name, channel, secrets, data)) for name, channel in named.items()}


def _way(name: str, channel: shape.Channel, secrets: Secrets, data: Path) -> Channel:
    match channel:
        case shape.DirectoryChannel():
            return DirectoryChannel(name=name, folder=data / channel.path)
        case shape.MailChannel():
            return MailChannel(name=name, smtp=_smtp(name, channel, secrets))
        case shape.AppriseChannel():
            return AppriseChannel(name=name, url=secrets.apprise_url(name) or "")


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
