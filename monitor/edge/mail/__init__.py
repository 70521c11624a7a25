"""Mail through one SMTP server, within one deadline, and no header but ours.

A mail is at-least-once. A server that takes the content and dies before it says so has the mail,
and nobody here can know: such a delivery is ``unknown``, and a second copy carries the same
Message-ID, so that mail programs and people can tell that it is the same.
"""

from __future__ import annotations

from email.errors import MessageError
from ipaddress import ip_address

from monitor.edge.mail.exchange import Exchange, in_words
from monitor.edge.mail.letter import (
    Letter,
    Pictured,
    SmtpSettings,
    UnsafeMessageError,
    address,
    build,
    message_id,
    one_line,
)
from monitor.told import Delivery

__all__ = [
    "DEADLINE",
    "Letter",
    "Pictured",
    "SmtpSettings",
    "UnsafeMessageError",
    "build",
    "message_id",
    "one_line",
    "send",
]

DEADLINE = 60.0  # seconds for the whole exchange


def send(letter: Letter, *, smtp: SmtpSettings, deadline: float = DEADLINE) -> Delivery:
    """Send ``letter`` to the recipients of ``smtp`` within ``deadline`` seconds in all.

    Never raises for what a server does. ``sent``: the server took it for at least one recipient;
    those it refused are named in ``detail`` and ``refused``. ``failed``: nobody has it;
    ``permanent`` after a 5xx answer to the mail or to all its recipients, ``closed`` after one to
    us: that a password or a sender is not taken says nothing of the mail. ``unknown``: it died, or
    the time was up, after the content.
    From, recipients and identity come from the settings and the key, never from a header.
    """
    if not smtp.recipients:
        return Delivery(state="failed", detail="no recipient is configured", closed=True)
    try:
        content = build(letter, smtp)
        sender = address(smtp.sender).addr_spec
        recipients = [address(recipient).addr_spec for recipient in smtp.recipients]
        refusal = _refusal(smtp)
    except (UnsafeMessageError, MessageError, ValueError, LookupError) as error:
        return Delivery(state="failed", detail=in_words(error, smtp), permanent=True)
    if refusal:
        return Delivery(state="failed", detail=refusal, closed=True)
    exchange = Exchange(smtp, sender, recipients, content, deadline)
    return exchange.within(deadline)


def _refusal(smtp: SmtpSettings) -> str | None:
    if smtp.user and smtp.security == "none" and not _is_loopback(smtp.host):
        return f"a password is not sent to {smtp.host} unencrypted; set security to starttls or tls"
    return None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
