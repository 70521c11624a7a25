"""Headlines as search engines repeat them: without the outlet behind, and comparable."""

from __future__ import annotations

import hashlib
import unicodedata

_LEAST_WORDS = 4
_LEAST_CHARS = 20  # "News in brief" and "Daily briefing" stand on a hundred articles
_ENDS = (" - ", " – ", " — ", " | ")


def without_outlet(title: str, outlet: str) -> str:
    """The headline without the outlet's name that a search hangs behind it."""
    for end in _ENDS:
        head, found, tail = title.rpartition(end)
        if found and head and tail.strip().casefold() == outlet.strip().casefold():
            return head.rstrip()
    return title


def headline_mark(title: str) -> str:
    """The same for two spellings of one headline; empty for one too short to tell articles by."""
    folded = unicodedata.normalize("NFKC", title).casefold()
    words = "".join(
        sign if unicodedata.category(sign)[0] in "LNM" else " " for sign in folded
    ).split()
    said = " ".join(words)
    if len(words) < _LEAST_WORDS or len(said) < _LEAST_CHARS:
        return ""
    return hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=8).hexdigest()
