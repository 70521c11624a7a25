"""The log: one event, one line, on standard error; no control characters and no secrets.

What is logged was partly written by strangers. A title with a line break must not become a
second, invented event, and a password that a server repeats must not be written down.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TextIO

from monitor.edge.hiding import hidden

HIDDEN = "[hidden]"
LONGEST_LINE = 8_000  # characters; a longer event is cut and says so
LEVELS = ("debug", "info", "warning", "error")

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
    secrets: Iterable[str] | Callable[[], Iterable[str]] = (),
    stream: TextIO | None = None,
) -> logging.Handler:
    """Send all logging to ``stream`` (standard error), replacing what was set up before.

    ``secrets``, or what a call of it gives at the moment of each event, are hidden wherever they
    stand, in whatever form; those shorter than four characters cannot be. What is said again and
    again is said now and then, with how often it was left out. Returns the handler, so that a test
    or a second call can remove it.
    """
    handler = _Stream(stream or sys.stderr)
    handler.setLevel(level)
    handler.setFormatter((JsonLine if as_json else Line)(secrets))
    handler.addFilter(_is_ours_or_grave)
    handler.addFilter(Sparing())
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

    def __init__(self, secrets: Iterable[str] | Callable[[], Iterable[str]] = ()) -> None:
        super().__init__()
        fixed = () if callable(secrets) else tuple(secrets)
        self._secrets = secrets if callable(secrets) else lambda: fixed

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
        secrets = tuple(self._secrets())
        text = escaped(hidden(text, secrets, HIDDEN))
        text = hidden(text, [escaped(secret) for secret in secrets], HIDDEN)
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
    left_out = getattr(record, "left_out", 0)
    more = f" (and {left_out:,} more like it, left out)" if left_out else ""
    try:
        return record.getMessage() + more
    except Exception:  # noqa: BLE001  # a mistake in a log call loses no event
        return f"{record.msg} {record.args!r}{more}"


class _Stream(logging.StreamHandler[TextIO]):
    """Writes events; where it cannot, as on a full disk, the event is lost and nothing else."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Say nothing: logging's own complaint would hold the event with all its secrets."""


# --- what is said again and again -------------------------------------------------------------

AGAIN_SECONDS = 600.0
AGAIN = 3  # times the very same is said in that span
RUSH_SECONDS = 60.0
RUSH = 30  # times something of one kind is said in that span
_KINDS = 1_000


@dataclass(slots=True)
class _Said:
    since: float
    times: int = 0
    left_out: int = 0


class Sparing(logging.Filter):
    """Keeps what repeats itself from filling the log: on a full disk every write fails alike.

    Of the very same event three are written in ten minutes; of one kind, told apart by the words
    of our code and not by what strangers put in, thirty a minute. The next that is written says how
    many were not.
    """

    def __init__(self) -> None:
        super().__init__()
        self._said: OrderedDict[tuple[object, ...], _Said] = OrderedDict()
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether the event is written; one that is learns how many were not."""
        kind = (record.name, record.levelno, str(record.msg))
        same = (*kind, _message(record), repr(record.exc_info[1]) if record.exc_info else "")
        with self._lock:
            spans = ((same, AGAIN_SECONDS, AGAIN), (kind, RUSH_SECONDS, RUSH))
            found = [(self._of(key, record.created, span), most) for key, span, most in spans]
            if any(said.times >= most for said, most in found):
                found[1][0].left_out += 1
                return False
            for said, _ in found:
                said.times += 1
            record.left_out, found[1][0].left_out = found[1][0].left_out, 0
            return True

    def _of(self, key: tuple[object, ...], now: float, span: float) -> _Said:
        said = self._said.pop(key, None)
        if said is None or not 0 <= now - said.since < span:
            said = _Said(since=now, left_out=said.left_out if said else 0)
        self._said[key] = said  # the latest stand last
        while len(self._said) > _KINDS:
            self._said.popitem(last=False)
        return said


def log_the_rest() -> None:
    """Log what ends a thread, or is raised where nobody hears it, instead of printing it raw.

    Python prints such a traceback over many lines, with whatever secret it holds.
    """
    logger = logging.getLogger("torkham")

    def of_thread(args: threading.ExceptHookArgs) -> None:
        name = args.thread.name if args.thread else "a thread"
        found = (args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback)
        logger.error("%s ended by a fault", name, exc_info=found)

    def unraisable(args: Any) -> None:
        found = (args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback)
        logger.warning("a fault where nobody hears it", exc_info=found)

    threading.excepthook = of_thread
    sys.unraisablehook = unraisable


def _is_ours_or_grave(record: logging.LogRecord) -> bool:
    """Libraries speak at WARNING and above: at DEBUG they write out addresses with their keys."""
    library = record.name.split(".", 1)[0] in _CHATTY
    return not library or record.levelno >= logging.WARNING
