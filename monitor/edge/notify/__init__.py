"""Where messages go: a folder, a mail server, a chat service, a program of the team's own.

The folder is the default, so that a fresh install has somewhere to write and needs no server.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from monitor.edge import mail
from monitor.edge.mail import Letter, SmtpSettings
from monitor.edge.notify.chat import AppriseChannel, chat_text, to_apprise
from monitor.edge.notify.folder import DirectoryChannel, file_stem, to_directory
from monitor.edge.notify.webhook import WebhookChannel, to_webhook
from monitor.told import Delivery

__all__ = [
    "AppriseChannel",
    "Channel",
    "DirectoryChannel",
    "MailChannel",
    "WebhookChannel",
    "chat_text",
    "deliver",
    "file_stem",
    "one_each",
    "within",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailChannel:
    """Mail through a server."""

    name: str
    smtp: SmtpSettings
    deadline: float = mail.DEADLINE


Channel = DirectoryChannel | MailChannel | AppriseChannel | WebhookChannel


def deliver(letter: Letter, channel: Channel) -> Delivery:
    """Deliver ``letter`` by ``channel``; never raises for what the other side does.

    ``letter`` is a ``Message`` or the message of an outbox row.
    """
    match channel:
        case DirectoryChannel():
            return to_directory(letter, channel.folder)
        case MailChannel():
            return mail.send(letter, smtp=channel.smtp, deadline=channel.deadline)
        case AppriseChannel():
            return to_apprise(letter, channel)
        case WebhookChannel():
            return to_webhook(letter, channel)


def one_each(channel: Channel) -> tuple[Channel, ...]:
    """Return ``channel`` as one channel a recipient, named ``name:address``; others as they are.

    With a row of the outbox each, a recipient whose server says "later" is tried again alone.
    """
    if not isinstance(channel, MailChannel):
        return (channel,)
    return tuple(
        replace(
            channel,
            name=f"{channel.name}:{recipient}",
            smtp=replace(channel.smtp, recipients=(recipient,)),
        )
        for recipient in channel.smtp.recipients
    )


def within(channel: Channel, seconds: float) -> Channel:
    """Return ``channel`` with no more than ``seconds`` for a delivery, for people who wait."""
    if isinstance(channel, DirectoryChannel):
        return channel
    return replace(channel, deadline=min(channel.deadline, seconds))
