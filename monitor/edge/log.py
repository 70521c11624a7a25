"""The log: one event, one line, on standard error; no control characters and no secrets.

What is logged was partly written by strangers. A title with a line break must not become a
second, invented event, and a password that a server repeats must not be written down.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TextIO
from urllib.parse import quote

HIDDEN = "[hidden]"
LONGEST_LINE = 8_000  # characters; a longer event is cut and says so
SHORTEST_SECRET = 4  # characters; hiding "a" everywhere would leave no log

_USERINFO = re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]*(?=@)")
_CHATTY = ("apprise", "apscheduler", "asyncio", "markdown", "requests", "urllib3")
_READERS = (  # what they say of a stranger's document is told by the refusal, in our words
    "charset_normalizer", "courlan", "dateparser", "feedparser", "htmldate", "justext", "protego",
    "readability", "trafilatura",
)  # fmt: skip


def _hush() -> None:
    """Let libraries write to standard error through us alone, and readers of documents never.

    Some commands set no log up; logging's last resort would then write their warnings raw.
    """
    for name in _CHATTY + _READERS:
        logging.getLogger(name).addHandler(logging.NullHandler())
    for name in _READERS:
        logging.getLogger(name).propagate = False


_hush()


def set_up(
    *,
    level: int = logging.INFO,
    as_json: bool = False,
    secrets: Iterable[str] = (),
    stream: TextIO | None = None,
) -> logging.Handler:
    """Send all logging to ``stream`` (standard error), replacing what was set up before.

    ``secrets`` are hidden wherever they stand, also percent-encoded; those shorter than four
    characters cannot be. Returns the handler, so that a test or a second call can remove it.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setLevel(level)
    handler.setFormatter((JsonLine if as_json else Line)(secrets))
    handler.addFilter(_is_ours_or_grave)
    root = logging.getLogger()
    for old in [old for old in root.handlers if isinstance(old.formatter, Line)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    logging.captureWarnings(capture=True)
    return handler


def escaped(text: str) -> str:
    r"""Return ``text`` on one line: control, direction and line-break characters as ``\x..``."""
    return "".join(_escaped_char(char) for char in text)


def _escaped_char(char: str) -> str:
    if char == " " or (char.isprintable() and not char.isspace()):
        return char
    if char in "\u200c\u200d":
        return char
    if unicodedata.category(char) == "Zs":
        return " "
    return char.encode("unicode_escape").decode("ascii")


class Line(logging.Formatter):
    """``2026-03-12T09:20:00Z INFO monitor.pipeline: words``, an exception appended to its line."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        forms = {form for secret in secrets for form in (secret, quote(secret, safe=""))}
        kept = sorted((form for form in forms if len(form) >= SHORTEST_SECRET), key=len)
        self._secrets = tuple(reversed(kept))  # the longest first: one may hold another

    def format(self, record: logging.LogRecord) -> str:
        """Return the event as one line."""
        at, said, error = self._parts(record)
        line = f"{at} {record.levelname} {escaped(record.name)}: {said}"
        return f"{line} | {error}" if error else line

    def _parts(self, record: logging.LogRecord) -> tuple[str, str, str]:
        at = datetime.fromtimestamp(record.created, UTC)
        error = self.formatException(record.exc_info) if record.exc_info else ""
        return f"{at:%Y-%m-%dT%H:%M:%SZ}", self._safe(_message(record)), self._safe(error)

    def _safe(self, text: str) -> str:
        """Hide before escaping, and again after: a secret may itself hold what is escaped."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        text = escaped(_USERINFO.sub(HIDDEN, text))
        for secret in self._secrets:
            text = text.replace(escaped(secret), HIDDEN)
        return text if len(text) <= LONGEST_LINE else text[:LONGEST_LINE] + " … (cut)"


class JsonLine(Line):
    """One JSON object a line: ``at``, ``level``, ``logger``, ``message``, and ``error`` if any."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the event as one line of JSON."""
        at, said, error = self._parts(record)
        event = {"at": at, "level": record.levelname, "logger": record.name, "message": said}
        if error:
            event["error"] = error
        return json.dumps(event)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        return f"{record.msg} {record.args}"  # a mistake in a log call loses no event


def _is_ours_or_grave(record: logging.LogRecord) -> bool:
    """Libraries speak at WARNING and above: at DEBUG they write out addresses with their keys."""
    library = record.name.split(".", 1)[0] in _CHATTY
    return not library or record.levelno >= logging.WARNING
