"""A message built so that it has our headers and recipients, and no other."""

from __future__ import annotations

import re
import unicodedata
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr
from hashlib import sha256
from typing import Literal, Protocol

LONGEST_SUBJECT = 200  # characters

_POLICY = SMTP_POLICY.clone(cte_type="7bit")  # never relies on the server's 8BITMIME
_HEADERS = frozenset(
    (
        *("from", "to", "subject", "date", "message-id", "auto-submitted", "mime-version"),
        *("content-type", "content-transfer-encoding", "in-reply-to", "references"),
    )
)


class Letter(Protocol):
    """What is sent: a ``Message``, or a row of the outbox. ``key`` becomes the Message-ID."""

    @property
    def key(self) -> str:
        """Unique for ever."""

    @property
    def subject(self) -> str:
        """One line; whatever else it holds is taken out."""

    @property
    def text(self) -> str:
        """The plain text."""

    @property
    def html(self) -> str | None:
        """A whole document, or None."""

    @property
    def created_at(self) -> datetime:
        """Becomes the Date."""

    @property
    def follows(self) -> str | None:
        """The key of the first letter of its thread; becomes In-Reply-To and References."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictured:
    """A letter with one picture, which its HTML shows as ``cid:…``; it travels with the mail.

    ``picture`` is PNG. A letter is pictured when it is delivered: the outbox need not keep the same
    bytes once for each recipient.
    """

    letter: Letter
    picture: bytes = field(repr=False)

    @property
    def key(self) -> str:
        """The letter's."""
        return self.letter.key

    @property
    def subject(self) -> str:
        """The letter's."""
        return self.letter.subject

    @property
    def text(self) -> str:
        """The letter's."""
        return self.letter.text

    @property
    def html(self) -> str | None:
        """The letter's."""
        return self.letter.html

    @property
    def created_at(self) -> datetime:
        """The letter's."""
        return self.letter.created_at

    @property
    def follows(self) -> str | None:
        """The letter's."""
        return self.letter.follows

    @property
    def cid(self) -> str | None:
        """The Content-ID the HTML names; None when it shows no picture."""
        found = _CID.search(self.letter.html or "")
        return found[1] if found else None

    @property
    def self_contained(self) -> str | None:
        """The HTML with the picture within it, for a file that stands alone."""
        if self.html is None or self.cid is None:
            return self.html
        within = f"data:image/png;base64,{b64encode(self.picture).decode()}"
        return self.html.replace(f'src="cid:{self.cid}"', f'src="{within}"', 1)


_CID = re.compile(r'<img [^>]*src="cid:([A-Za-z0-9.\-]+@torkham)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSettings:
    """The server and the addresses. The password is in no ``repr``, log line or error."""

    host: str
    port: int
    sender: str  # an address, or "Name <address>"
    recipients: tuple[str, ...]
    security: Literal["none", "starttls", "tls"] = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None  # certificates to trust besides the system's


class UnsafeMessageError(Exception):
    """The built message has other headers or recipients than ours."""


def message_id(key: str) -> str:
    """Return the Message-ID of ``key``, the same for ever."""
    return f"<{sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:40]}@torkham>"


def build(letter: Letter, smtp: SmtpSettings) -> bytes:
    """Return the message as bytes with CRLF, read back and found to hold our headers alone.

    Raises:
        UnsafeMessageError: the message, read back, has another header or recipient.
    """
    subject = one_line(letter.subject)
    try:
        built = _assembled(letter, smtp, subject)
        _verify(built, smtp)
    except (UnsafeMessageError, MessageError, ValueError, LookupError):
        # Never lost for its title: the same mail under a subject that is only ours.
        built = _assembled(letter, smtp, f"Torkham {message_id(letter.key)[1:9]}")
        _verify(built, smtp)
    return built


def _assembled(letter: Letter, smtp: SmtpSettings, subject: str) -> bytes:
    message = EmailMessage(policy=_POLICY)
    message["From"] = address(smtp.sender)
    message["To"] = tuple(address(recipient) for recipient in smtp.recipients)
    message["Subject"] = subject
    message["Date"] = format_datetime(letter.created_at.astimezone(UTC))
    message["Message-ID"] = message_id(letter.key)
    if letter.follows:
        message["In-Reply-To"] = message["References"] = message_id(letter.follows)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_encodable(letter.text))
    if letter.html is not None:
        message.add_alternative(_encodable(letter.html), subtype="html")
        if isinstance(letter, Pictured) and letter.cid:
            page = list(message.iter_parts())[-1]
            page.add_related(letter.picture, "image", "png", cid=f"<{letter.cid}>")
    _bound(message, letter)
    return message.as_bytes()


def _bound(message: EmailMessage, letter: Letter) -> None:
    """Give the parts boundaries made of what they hold, so that a repeat is the same bytes.

    No text can hold the boundary that is made of it.
    """
    held = f"{letter.key}\0{letter.text}\0{letter.html}".encode("utf-8", "surrogatepass")
    for number, part in enumerate(p for p in message.walk() if p.is_multipart()):
        part.set_boundary(f"==={number}={sha256(held).hexdigest()[:40]}===")


def _verify(built: bytes, smtp: SmtpSettings) -> None:
    head = BytesParser(policy=_POLICY).parsebytes(built, headersonly=True)
    names = [name.lower() for name in head]
    if len(names) != len(set(names)) or not set(names) <= _HEADERS:
        raise UnsafeMessageError(f"headers {sorted(names)}")
    wanted = [address(recipient).addr_spec for recipient in smtp.recipients]
    if [address.addr_spec for address in head["To"].addresses] != wanted:
        raise UnsafeMessageError("recipients differ from the settings")
    if head.defects or any(ord(char) < 32 for name in names for char in str(head[name])):
        raise UnsafeMessageError("a header holds control characters")


def address(written: str) -> Address:
    """Return the address of ``written``; ValueError where there is none."""
    name, spec = parseaddr(written)
    if not written.isprintable() or not re.fullmatch(
        r"[^\s@<>,;:\"\x00-\x1f]+@[^\s@<>,;:\"\x00-\x1f]+", spec
    ):
        raise ValueError(f"{one_line(written)!r} is no mail address")
    return Address(display_name=one_line(name), addr_spec=spec)


def one_line(text: str) -> str:
    """Return one line without RFC 2047 encoded words: Python decodes them when it assigns."""
    line = "".join(
        " " if char.isspace() else char
        for char in text
        if char.isspace()
        or char in "\u200c\u200d"
        or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co"}
    )
    line = " ".join(line.split())[:LONGEST_SUBJECT]
    while "=?" in line:
        line = line.replace("=?", "= ?")
    return line


def _encodable(text: str) -> str:
    """Text that UTF-8 can say, without NUL, which servers refuse."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
