"""Text made fit to stand on one line: titles, subjects, days in words."""

from __future__ import annotations

import unicodedata
from datetime import date
from email.errors import HeaderParseError
from email.header import decode_header

TITLE_LENGTH = 300  # characters
SUBJECT_LENGTH = 150  # characters; most mail programs cut longer ones anyway

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)  # strftime would follow the machine's locale


def subject(text: str, limit: int = SUBJECT_LENGTH) -> str:
    """Return ``text`` as a subject line that can be nothing else.

    RFC 2047 encoded words are decoded, however deeply nested, and what still looks like one is
    broken: ``=?UTF-8?Q?=0A?=Bcc:`` makes a new header in Python's e-mail package. No control or
    direction characters, one line, at most ``limit`` characters, never empty.
    """
    for _ in range(5):
        decoded = _decoded(text) if "=?" in text else text
        if decoded == text:
            break
        text = decoded
    line = plain(text)
    while "=?" in line:
        line = line.replace("=?", "= ?")
    return shortened(line, limit) or "(no subject)"


def shortened(line: str, limit: int) -> str:
    """Return ``line`` cut at a word, with an ellipsis, where it is longer than ``limit``."""
    return line if len(line) <= limit else line[: limit - 1].rsplit(None, 1)[0].rstrip() + "…"


def headline(title: str) -> str:
    """Return a title as it is shown: plain, of bearable length, never empty."""
    return shortened(plain(title[: 10 * TITLE_LENGTH]), TITLE_LENGTH) or "(no title)"


def _decoded(text: str) -> str:
    try:
        return "".join(
            part.decode(charset or "latin-1", "replace") if isinstance(part, bytes) else part
            for part, charset in decode_header(text)
        )
    except (HeaderParseError, LookupError, ValueError):
        return text


def plain(text: str) -> str:
    """Return one line without control and direction characters; Urdu keeps its joiners."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    kept = (
        " " if char.isspace() else char
        for char in text
        if char.isspace()
        or char in "\u200c\u200d"
        or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co"}
    )
    return " ".join("".join(kept).split())


def day_name(day: date) -> str:
    """Return the day in words: ``Thursday 12 March 2026``."""
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"
