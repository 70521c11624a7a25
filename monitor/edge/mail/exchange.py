"""One conversation with an SMTP server, cut when its time is over."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Callable
from typing import BinaryIO, Literal

from monitor.edge.mail.letter import SmtpSettings, one_line
from monitor.told import Delivery

MOST_SAID = 1_000_000  # bytes of all answers; an ordinary conversation has under a thousand
_NO_LOGIN = frozenset({530, 534, 535, 538})
"""What RFC 4954 answers, at whatever word, to whoever is not let in: no fault of the mail."""


class _Heard:
    """What a server says, up to a limit: one that talks for ever must not fill the memory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = MOST_SAID

    def readline(self, size: int) -> bytes:
        line = self._file.readline(size)
        self._left -= len(line)
        if self._left < 0 or len(line) == size:  # smtplib would take a long line for a 500
            raise smtplib.SMTPException(f"it said more than {MOST_SAID:,} bytes, or in one line")
        return line

    def close(self) -> None:
        self._file.close()


class _Client(smtplib.SMTP):
    """smtplib with sockets that are known from birth, so that they can be cut from outside."""

    def __init__(self, opened: Callable[[socket.socket], None], timeout: float) -> None:
        self._opened = opened
        super().__init__(local_hostname="localhost", timeout=timeout)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        self._host = host  # the name STARTTLS verifies the certificate against
        connected = socket.create_connection((host, port), timeout)
        # Content and final dot go out apart; without this each mail waits 40 ms for an old ACK.
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._opened(connected)
        return connected

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = _Heard(self.sock.makefile("rb"))
        return super().getreply()


class _TlsClient(_Client):
    """The same, with TLS from the first byte."""

    def __init__(
        self, opened: Callable[[socket.socket], None], timeout: float, context: ssl.SSLContext
    ) -> None:
        self._context = context
        super().__init__(opened, timeout)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connected = super()._get_socket(host, port, timeout)
        return self._context.wrap_socket(connected, server_hostname=host)


class Exchange:
    """One attempt, run in a thread of its own so that one deadline holds for all of it.

    smtplib's time-out is per read: a server that sends a byte a minute would hold it for ever.
    """

    def __init__(
        self,
        smtp: SmtpSettings,
        sender: str,
        recipients: list[str],
        content: bytes,
        deadline: float,
    ) -> None:
        self._smtp = smtp
        self._sender = sender
        self._recipients = recipients
        self._content = content
        self._ends = time.monotonic() + deadline
        self._lock = threading.Lock()
        self._handle: socket.socket | None = None
        self._is_cut = False
        self._content_is_out = False
        self._is_welcome = False  # the server took our password and our name
        self._result: Delivery | None = None

    def within(self, deadline: float) -> Delivery:
        """Run, cut the connection when ``deadline`` seconds are over, and say how it went."""
        thread = threading.Thread(target=self._run, name="torkham-mail", daemon=True)
        thread.start()
        thread.join(deadline)
        with self._lock:
            result = self._result
            self._is_cut = result is None
            if self._is_cut and self._handle is not None:
                _shut(self._handle)
        if result is not None:
            return result
        state: Literal["unknown", "failed"] = "unknown" if self._content_is_out else "failed"
        return Delivery(state=state, detail=f"{self._where()}: no end within {deadline:g} seconds")

    def _where(self) -> str:
        return f"{self._smtp.host}:{self._smtp.port}"

    def _opened(self, connected: socket.socket) -> None:
        with self._lock:
            if self._is_cut:
                connected.close()
                raise TimeoutError("the deadline has passed")
            # A duplicate outlives the hand-over to TLS; shutting it shuts the connection.
            self._handle = connected.dup()

    def _run(self) -> None:
        try:
            result = self._attempt()
        except (OSError, smtplib.SMTPException, ValueError) as error:
            result = self._failure(error)
        with self._lock:
            self._result = result
            if self._handle is not None:
                self._handle.close()
                self._handle = None

    def _attempt(self) -> Delivery:
        client = self._connected()
        try:
            refused = self._envelope(client)
            if len(refused) == len(self._recipients):
                return self._all_refused(refused)
            code, answer = self._data(client)
        finally:
            client.close()  # without QUIT: the answer after the content is the one that counts
        if code != 250:
            said = self._said(f"{self._where()} answered {code} {_words(answer)}")
            permanent, closed = _for_good(code)
            return Delivery(state="failed", detail=said, permanent=permanent, closed=closed)
        return self._sent(refused)

    def _connected(self) -> smtplib.SMTP:
        left = max(0.1, self._ends - time.monotonic())
        client = (
            _TlsClient(self._opened, left, self._context())
            if self._smtp.security == "tls"
            else _Client(self._opened, left)
        )
        try:
            self._greet(client)
            if self._smtp.security == "starttls":
                client.starttls(context=self._context())
                client.ehlo_or_helo_if_needed()
            if self._smtp.user:
                client.login(self._smtp.user, self._smtp.password or "")
        except BaseException:
            client.close()
            raise
        return client

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self._smtp.ca_file:
            context.load_verify_locations(self._smtp.ca_file)
        return context

    def _greet(self, client: smtplib.SMTP) -> None:
        """A server that turns us away at the door, even with a 5xx, may be ill: not for good."""
        try:
            _expect(client.connect(self._smtp.host, self._smtp.port), 220)
            client.ehlo_or_helo_if_needed()
        except smtplib.SMTPResponseException as error:
            raise smtplib.SMTPException(in_words(error, self._smtp)) from error

    def _envelope(self, client: smtplib.SMTP) -> dict[str, tuple[int, bytes]]:
        """Name sender and recipients; return the refused with the server's answer."""
        _expect(client.mail(self._sender), 250)
        self._is_welcome = True
        answers = {recipient: client.rcpt(recipient) for recipient in self._recipients}
        return {who: answer for who, answer in answers.items() if answer[0] not in {250, 251}}

    def _data(self, client: smtplib.SMTP) -> tuple[int, bytes]:
        _expect(client.docmd("DATA"), 354)
        # The server may keep the mail only once it has the line with the lone dot, which is last.
        quoted = re.sub(rb"(?m)^\.", b"..", self._content)
        end = b"" if quoted.endswith(b"\r\n") else b"\r\n"
        client.send(quoted + end)
        self._content_is_out = True
        client.send(b".\r\n")
        return client.getreply()

    def _all_refused(self, refused: dict[str, tuple[int, bytes]]) -> Delivery:
        said = [_for_good(code) for code, _ in refused.values()]
        return Delivery(
            state="failed",
            detail=self._said(f"no recipient was taken: {_refusals(refused)}"),
            permanent=all(permanent for permanent, _ in said),
            closed=any(closed for _, closed in said),
            refused=tuple(refused),
        )

    def _sent(self, refused: dict[str, tuple[int, bytes]]) -> Delivery:
        if not refused:
            return Delivery(state="sent", detail=f"taken by {self._where()}")
        taken = len(self._recipients) - len(refused)
        said = f"taken for {taken} of {len(self._recipients)}; refused: {_refusals(refused)}"
        return Delivery(state="sent", detail=self._said(said), refused=tuple(refused))

    def _failure(self, error: Exception) -> Delivery:
        if self._content_is_out:
            said = f"{self._where()} was lost after the content; it may have been delivered"
            return Delivery(state="unknown", detail=self._said(said))
        code = error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0
        permanent, closed = _for_good(code)
        return Delivery(
            state="failed", detail=in_words(error, self._smtp, self._where()),
            permanent=permanent and self._is_welcome,
            closed=closed or (permanent and not self._is_welcome),
        )  # fmt: skip

    def _said(self, text: str) -> str:
        return _redacted(text, self._smtp)


def _for_good(code: int) -> tuple[bool, bool]:
    """Tell whether an answer refuses the mail for good, or us until somebody mends the login."""
    return code >= 500 and code not in _NO_LOGIN, code in _NO_LOGIN


def _expect(answer: tuple[int, bytes], wanted: int) -> None:
    if answer[0] != wanted:
        raise smtplib.SMTPResponseException(*answer)


def _shut(handle: socket.socket) -> None:
    try:
        handle.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # already gone


def _words(answer: bytes | str) -> str:
    said = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return one_line(said)


def _refusals(refused: dict[str, tuple[int, bytes]]) -> str:
    return "; ".join(f"{who} ({code} {_words(said)})" for who, (code, said) in refused.items())


def in_words(error: Exception, smtp: SmtpSettings, where: str = "") -> str:
    """Return what went wrong on one line, without the password."""
    if isinstance(error, smtplib.SMTPResponseException):
        said = f"answered {error.smtp_code} {_words(error.smtp_error)}"
    elif isinstance(error, TimeoutError):
        said = "did not answer in time"
    elif type(error) is smtplib.SMTPException:
        said = str(error)
    else:
        said = f"{type(error).__name__}: {error}"
    return _redacted(f"{where} {said}".strip(), smtp)


def _redacted(text: str, smtp: SmtpSettings) -> str:
    """One line for people; a server that repeats the password does not get it into our books."""
    line = one_line(text)
    secret = (smtp.password or "").encode()
    plain = b"\0" + (smtp.user or "").encode() + b"\0" + secret  # as AUTH PLAIN sends it
    said = (smtp.password or "", b64encode(secret).decode(), b64encode(plain).decode())
    for form in said if secret else ():
        line = line.replace(form, "[hidden]")
    return line
