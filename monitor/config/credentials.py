"""What no file of settings may hold: passwords, and addresses that are passwords themselves.

Read from the environment and from one file that only its owner can read; the environment wins.

======================================  ==========================================================
``TORKHAM_SMTP_PASSWORD``               for every mail channel that logs in
``TORKHAM_SMTP_PASSWORD_<CHANNEL>``     for this one; hyphens of the channel's name become ``_``
``TORKHAM_APPRISE_<CHANNEL>``           the address of an apprise channel
``TORKHAM_WEBHOOK_SECRET_<CHANNEL>``    the secret (whsec_…) a webhook channel signs with
``TORKHAM_WEBHOOK_<CHANNEL>``           its address, where the settings do not name it
``TORKHAM_HEARTBEAT_URL``               where the sign of life goes; who knows it can forge it
``TORKHAM_SECRETS_FILE``                the file, when it is not ``secrets.env`` in the data folder
======================================  ==========================================================
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from monitor.config import kinds
from monitor.config.loading import Settings
from monitor.config.problems import ConfigError, Problem, suggestion
from monitor.config.shape import AppriseChannel, MailChannel, WebhookChannel
from monitor.edge.hiding import hidden
from monitor.edge.signing import key_of

FILE_NAME = "secrets.env"
MAX_BYTES = 64_000

_SMTP = "TORKHAM_SMTP_PASSWORD"
_APPRISE = "TORKHAM_APPRISE"
_WEBHOOK = "TORKHAM_WEBHOOK"
_WEBHOOK_SECRET = "TORKHAM_WEBHOOK_SECRET"  # noqa: S105 - a name, no secret
_HEARTBEAT = "TORKHAM_HEARTBEAT_URL"
_LINE = re.compile(r"(?:export )?([A-Z][A-Z0-9_]*)=(.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """The secrets of this run. Printing it shows how many there are and nothing more.

    It refuses to be pickled, so that none reaches a worker, a queue or a file by accident.
    """

    _values: Mapping[str, str] = field(default_factory=dict, repr=False)

    def smtp_password(self, channel: str) -> str | None:
        """Return the password of a mail channel: its own, else the one for all."""
        return self._values.get(variable(_SMTP, channel)) or self._values.get(_SMTP)

    def apprise_url(self, channel: str) -> str | None:
        """Return the address of an apprise channel."""
        return self._values.get(variable(_APPRISE, channel))

    def webhook_url(self, channel: str) -> str | None:
        """Return the address of a webhook channel, where it is kept as a secret."""
        return self._values.get(variable(_WEBHOOK, channel))

    def webhook_secret(self, channel: str) -> str | None:
        """Return what a webhook channel signs with."""
        return self._values.get(variable(_WEBHOOK_SECRET, channel))

    @property
    def heartbeat_url(self) -> str | None:
        """Where the sign of life goes; None: nowhere."""
        return self._values.get(_HEARTBEAT)

    def values(self) -> tuple[str, ...]:
        """Return the bare values, for the log's filter alone."""
        return tuple(self._values.values())

    def hidden(self, text: str) -> str:
        """Return ``text`` with every secret in it replaced: for messages of other programs."""
        return hidden(text, self.values(), "[secret]")

    def __repr__(self) -> str:
        return f"Secrets({len(self._values)} not shown)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("secrets stay in the process that read them")


def secrets(environ: Mapping[str, str], settings: Settings, data_dir: Path) -> Secrets:
    """Return the secrets the settings need. Raises ConfigError with every mistake.

    A mistake is: a file others can read, a line that is none, a name nobody asks for, and a
    channel without its secret. No message repeats a value.
    """
    problems: list[Problem] = []
    given = environ.get("TORKHAM_SECRETS_FILE")
    path = Path(given) if given else data_dir / FILE_NAME
    known = _known(settings)
    mask = _refused(path, environ.get("CREDENTIALS_DIRECTORY"))
    values = _from_file(path, known, problems, needed=bool(given), mask=mask)
    unread = bool(problems) and not values
    values |= {name: environ[name] for name in known if environ.get(name)}
    found = Secrets(_values=values)
    if not unread:  # else what stands in the file would be told as missing
        problems += _missing(settings, found)
    if problems:
        raise ConfigError(problems)
    return found


def variable(what: str, channel: str) -> str:
    """Return the name under which a channel's secret is looked for."""
    return f"{what}_{channel.upper().replace('-', '_')}"


def _known(settings: Settings) -> set[str]:
    names = {_SMTP, _HEARTBEAT}
    for name, channel in settings.channels.items():
        if isinstance(channel, MailChannel):
            names.add(variable(_SMTP, name))
        elif isinstance(channel, AppriseChannel):
            names.add(variable(_APPRISE, name))
        elif isinstance(channel, WebhookChannel):
            names |= {variable(_WEBHOOK, name), variable(_WEBHOOK_SECRET, name)}
    return names


def _missing(settings: Settings, found: Secrets) -> Iterable[Problem]:
    beat = found.heartbeat_url
    if beat is not None and not _is_address(beat):
        yield Problem(path=_HEARTBEAT, message="is no web address without a user's name")
    for name, channel in settings.channels.items():
        wanted = ""
        if isinstance(channel, AppriseChannel) and not found.apprise_url(name):
            wanted = variable(_APPRISE, name)
        if isinstance(channel, MailChannel) and channel.user and not found.smtp_password(name):
            wanted = variable(_SMTP, name)
        if wanted:
            message = f"has no secret; set {wanted} in the environment or in {FILE_NAME}"
            yield Problem(path=f"channels.{name}", message=message)
        if isinstance(channel, WebhookChannel):
            yield from _webhook(name, channel, found)


def _webhook(name: str, channel: WebhookChannel, found: Secrets) -> Iterable[Problem]:
    path, place = f"channels.{name}", f"in the environment or in {FILE_NAME}"
    secret, wanted = found.webhook_secret(name), variable(_WEBHOOK_SECRET, name)
    if not secret:
        yield Problem(path=path, message=f"has no secret; set {wanted} {place}")
    elif key_of(secret) is None:
        message = "is no secret of a webhook: whsec_ and 24 to 64 bytes in base64"
        yield Problem(path=wanted, message=f"{message}; `torkham channels secret` makes one")
    url, address = found.webhook_url(name) or channel.url, variable(_WEBHOOK, name)
    if not url:
        yield Problem(path=path, message=f"has no address; give `url`, or set {address} {place}")
    elif not _is_address(url):
        yield Problem(path=address, message="is no web address without a user's name")


def _is_address(url: str) -> bool:
    return bool(kinds.host_of(url)) and "@" not in url.partition("://")[2].partition("/")[0]


def _refused(path: Path, handed_over: str | None) -> int:
    """Return which bits of its mode tell that others can read a file of secrets.

    What systemd hands over may show its group's: they are the mask of an ACL for the service's own
    user, and nobody else may enter the folder.
    """
    if handed_over and path.parent == Path(handed_over):
        with suppress(OSError):
            if not path.parent.stat().st_mode & 0o007:
                return 0o007
    return 0o077


def _from_file(
    path: Path, known: set[str], problems: list[Problem], *, needed: bool, mask: int
) -> dict[str, str]:
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & mask:
                message = f"others can read it (mode {mode:04o}); run: chmod 600 {path}"
                problems.append(Problem(path=path.name, message=message))
                return {}
            text = file.read(MAX_BYTES + 1).decode("utf-8-sig")
    except FileNotFoundError:
        if needed:
            message = "there is no such file (TORKHAM_SECRETS_FILE)"
            problems.append(Problem(path=path.name, message=message))
        return {}
    except OSError as error:
        problems.append(Problem(path=path.name, message=f"cannot be read: {error.strerror}"))
        return {}
    except UnicodeDecodeError:
        problems.append(Problem(path=path.name, message="cannot be read as a text file"))
        return {}
    if len(text) > MAX_BYTES:
        problems.append(Problem(path=path.name, message="is too long for a file of secrets"))
        return {}
    return _lines(text, path.name, known, problems)


def _lines(text: str, name: str, known: set[str], problems: list[Problem]) -> dict[str, str]:
    values: dict[str, str] = {}
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        if not found:
            problems.append(Problem(path=name, message="is not NAME=value", line=number))
        elif found[1] not in known:
            message = f"{found[1]} is asked for by nothing in feeds.yaml."
            message += suggestion(found[1], known)
            problems.append(Problem(path=name, message=message, line=number))
        else:
            values[found[1]] = _unquoted(found[2].strip())
    return values


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted else value
