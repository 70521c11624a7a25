"""Where messages go: a folder, a mail server, or a chat service through Apprise.

The folder is the default, so that a fresh install has somewhere to write and needs no server.
Apprise is optional and imported only when a channel asks for it: it takes 0.7 s.
"""

from __future__ import annotations

import logging
import os
import re
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from monitor.edge import mail
from monitor.edge.mail import Letter, SmtpSettings, one_line
from monitor.told import Delivery

APPRISE_DEADLINE = 60.0  # seconds
LONGEST_CHAT = 3_500  # characters; Telegram takes 4,096 and Slack shows about as many

_MENTIONS = re.compile(r"([!@])(?=(?:channel|here|everyone|group|all|subteam)\b)", re.IGNORECASE)
_STATUS = re.compile(r"error=(\d{3})\b")
_NEVER_ARRIVED = re.compile(
    r"Connection refused|NewConnectionError|ConnectTimeout|NameResolutionError|CERTIFICATE_VERIFY"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryChannel:
    """Files in a folder: ``.txt`` and, where there is HTML, ``.html``."""

    name: str
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class MailChannel:
    """Mail through a server."""

    name: str
    smtp: SmtpSettings
    deadline: float = mail.DEADLINE


@dataclass(frozen=True, slots=True, kw_only=True)
class AppriseChannel:
    """A chat service or webhook by its Apprise URL, which is a secret and in no ``repr``."""

    name: str
    url: str = field(repr=False)
    deadline: float = APPRISE_DEADLINE


Channel = DirectoryChannel | MailChannel | AppriseChannel


def deliver(letter: Letter, channel: Channel) -> Delivery:
    """Deliver ``letter`` by ``channel``; never raises for what the other side does.

    ``letter`` is a ``Message`` or the message of an outbox row.
    """
    match channel:
        case DirectoryChannel():
            return _to_directory(letter, channel.folder)
        case MailChannel():
            return mail.send(letter, smtp=channel.smtp, deadline=channel.deadline)
        case AppriseChannel():
            return _to_apprise(letter, channel)


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


# --- a folder -------------------------------------------------------------------------------


def file_stem(key: str) -> str:
    """Return the name, without ending, of the files of ``key``: letters, digits and hyphens.

    Made of the key alone, never of a title; different keys have different names.
    """
    slug = re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-")[:60].strip("-")
    return f"{slug or 'message'}-{sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def _to_directory(letter: Letter, folder: Path) -> Delivery:
    """Write the files whole or not at all; writing a key again replaces its files."""
    stem = folder / file_stem(letter.key)
    text = f"{one_line(letter.subject)}\n\n{letter.text}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        written = _write(stem.with_suffix(".txt"), text)
        if letter.html is not None:
            written = _write(stem.with_suffix(".html"), letter.html)
    except OSError as error:
        return Delivery(state="failed", detail=f"{folder} cannot be written: {error.strerror}")
    return Delivery(state="sent", detail=str(written))


def _write(path: Path, text: str) -> Path:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8", "replace"))
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise
    return path


# --- chat services --------------------------------------------------------------------------


def chat_text(text: str) -> str:
    """Return ``text`` so that no chat service reads a command in it.

    Mass mentions (``<!channel>``, ``@everyone``) are broken by a word joiner. Angle brackets and
    ampersands stay: Apprise escapes them for Slack because the text is declared plain, and doing
    it twice would show ``&amp;amp;``.
    """
    safe = _MENTIONS.sub("\\1\u2060", text)
    # "<!" and "<@" open a mention in Slack, whatever name follows.
    safe = re.sub(r"<(?=[!@#])", "<\u2060", safe)
    return safe if len(safe) <= LONGEST_CHAT else safe[:LONGEST_CHAT].rsplit("\n", 1)[0] + "\n…"


def _to_apprise(letter: Letter, channel: AppriseChannel) -> Delivery:
    try:
        import apprise
    except ImportError:
        return Delivery(
            state="failed",
            detail=f"channel {channel.name} needs Apprise: install torkham[notify]",
            permanent=True,
        )
    return _within(channel, lambda: _notify(apprise, channel, letter))


def _notify(apprise: Any, channel: AppriseChannel, letter: Letter) -> Delivery:
    service = apprise.Apprise()
    if not service.add(channel.url):
        detail = f"the address of channel {channel.name} is none that Apprise knows"
        return Delivery(state="failed", detail=detail, permanent=True)
    with apprise.LogCapture(level=logging.DEBUG) as said:
        accepted = service.notify(
            title=chat_text(one_line(letter.subject)),
            body=chat_text(letter.text),
            body_format=apprise.NotifyFormat.TEXT,
        )
        words = said.getvalue()
    return Delivery(state="sent", detail="taken") if accepted else _refusal(words)


def _refusal(words: str) -> Delivery:
    """Read from Apprise's log whether the other side refused, was not there, or may have it.

    The log itself is not passed on: it holds addresses, which are secrets.
    """
    status = _STATUS.search(words)
    if status:
        code = int(status.group(1))
        # 408, 425 and 429 ask for patience; other 4xx will say the same tomorrow.
        permanent = 400 <= code < 500 and code not in {408, 425, 429}
        return Delivery(
            state="failed",
            detail=f"the service answered {code}",
            permanent=permanent,
            retry_after=300.0 if code == 429 else None,
        )
    if _NEVER_ARRIVED.search(words):
        return Delivery(state="failed", detail="the service could not be reached")
    return Delivery(state="unknown", detail="the service did not answer; it may have the message")


def _within(channel: AppriseChannel, work: Callable[[], Delivery]) -> Delivery:
    """Run ``work`` for at most the channel's deadline; what it does later is not waited for."""
    results: list[Delivery] = []

    def run() -> None:
        try:
            results.append(work())
        except Exception as error:  # noqa: BLE001  a hundred services' code; none may stop the rest
            said = f"{type(error).__name__} in the code for channel {channel.name}"
            results.append(Delivery(state="unknown", detail=said))

    thread = threading.Thread(target=run, name="torkham-apprise", daemon=True)
    thread.start()
    thread.join(channel.deadline)
    if results:
        return results[0]
    said = f"channel {channel.name} did not end within {channel.deadline:g} seconds"
    return Delivery(state="unknown", detail=f"{said}; the service may have the message")
