"""Words as patterns of RE2, and what a pattern may be.

Rules are typed by people, texts by strangers, so every pattern runs on RE2: time grows with the
length of the text and never with what it says. ``(a+)+$`` on 26 characters takes 41 s in the
standard library and well under a millisecond here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

import re2

Fold = Callable[[str], tuple[str, Sequence[int]]]
"""Folded text, and for each folded character its offset in the original."""

LONGEST_PATTERN = 1_000  # characters typed by a person
LONGEST_WORDS = 100_000  # characters of a pattern built by words_pattern
LARGEST_PROGRAM = 2_000
"""Instructions of a typed pattern. ``.{1000}Q`` has 8,005."""
MOST_READ = 40_000
"""Bytes of a part that are read for a pattern that counts: some 7,000 words.

RE2 keeps what it learnt of a pattern as states and reads a megabyte in 2 ms; a pattern such as
``a.{50}b.{50}c`` has more states than any memory holds, and costs 0.2 to 2 s a megabyte.
"""
MOST_READ_FOR_A_LARGE_ONE = 15_000  # some 2,500 words
_LARGE = 400  # instructions
_MEMORY = 1 << 20  # bytes of states; with more RE2 gives up later, and reads no quicker
_COUNTED = 12  # places that may be begun at once; up to here the states are some thousands


# RE2's \b and \w know ASCII alone, so a word's edges are written out. Marks may follow a word.
_BEFORE = r"(?:\A|[^\p{L}\p{M}\p{N}])"
_AFTER = r"\p{M}*(?:\z|[^\p{L}\p{M}\p{N}])"
_NOTHING = r"[^\x00-\x{10ffff}]"  # the empty class
_WORD_START = _BEFORE + "(?P<word>"
_APART = r"[\s\-‐‑‒–—―−'’‘ʼ`´\u200c\u200d\u00ad\u2060_·ـ]"
_TOKENS_APART = re.compile(_APART)
_TOKENS = re.compile(rf"{_APART}+|(?:(?!{_APART}).)+", re.DOTALL)
_OPEN = "(?:)"  # marks a pattern of words whose last is only the start of one
_REST = re2.compile(r"[\p{L}\p{M}\p{N}]+")
_LONGEST_REST = 400  # bytes
_BETWEEN = r"[\s\p{Pd}'’‘ʼ`´_·ـ\x{200c}\x{200d}\x{00ad}\x{2060}]"


def word_pattern(word: str, fold: Fold | None = None) -> str:
    """Return an RE2 pattern for ``word`` as a whole word, in any script.

    Hyphens, apostrophes and joiners inside the word may be missing or be spaces in the text;
    spaces may be hyphens or joiners. An empty word gives a pattern that never matches.
    """
    return words_pattern((word,), fold)


def words_pattern(words: Iterable[str], fold: Fold | None = None, *, start: bool = False) -> str:
    """Return one RE2 pattern for any of ``words`` as whole words, the longest preferred.

    ``start``: the last of each is only the start of a word. One pattern for all aliases of a name
    is searched in one pass over the text.
    """
    folder = (lambda piece: fold(piece)[0]) if fold else str.casefold
    bodies = {_body(word, folder) for word in words}
    ordered = sorted((body for body in bodies if body), key=lambda body: (-len(body), body))
    return f"{_WORD_START}(?:{'|'.join(ordered) or _NOTHING})){_OPEN if start else _AFTER}"


def is_open(pattern: str) -> bool:
    """Return whether a pattern of ``words_pattern`` names only the start of a word."""
    return pattern.startswith(_WORD_START) and pattern.endswith(_OPEN)


def rest_of(text: bytes, end: int) -> int:
    """Return where the word ends that goes on at ``end``, at most some hundred letters on."""
    found = _REST.match(text, end, min(len(text), end + _LONGEST_REST))
    return found.end() if found else end


def certain_piece(word: str, fold: Fold) -> bytes:
    """Return the longest run of letters that every folded text with ``word`` holds, in bytes.

    There is no white space in it.
    """
    tokens = _TOKENS.findall(unicodedata.normalize("NFC", word))
    pieces = (piece for token in tokens for piece in fold(token)[0].split())
    return max(pieces, key=len, default="").encode("utf-8", "replace")


def matches_nothing(pattern: str) -> bool:
    """Return whether a sound pattern leaves the empty text alone."""
    ready, _ = compiled(pattern, typed=True)
    return ready is None or ready.search(b"") is None


def check_pattern(pattern: str) -> str | None:
    """Return why ``pattern`` cannot be a rule's pattern, in a sentence, or None when it can."""
    return compiled(pattern, typed=True)[1]


def _body(word: str, folder: Callable[[str], str]) -> str:
    """The word's pieces, folded and escaped one by one, with what may stand between them."""
    body, last, gap = "", "", ""
    for token in _TOKENS.findall(unicodedata.normalize("NFC", word)):
        if _TOKENS_APART.match(token):
            gap = token
            continue
        piece = folder(token).strip()
        if body and piece:
            body += _gap(gap, last, piece)
        body += "".join(re2.escape(char) if char.isascii() else char for char in piece)
        last = piece or last
    return body


def _gap(gap: str, before: str, after: str) -> str:
    """A gap is needed where the word has a space between letters of a spaced script."""
    spaced = any(char.isspace() for char in gap)
    needed = spaced and not (_is_arabic(before[-1:]) and _is_arabic(after[:1]))
    return _BETWEEN + ("{1,3}" if needed else "{0,3}")


def _is_arabic(char: str) -> bool:
    return "\u0600" <= char <= "\u08ff" or "\ufb50" <= char <= "\ufeff"


_WIDE = re.compile(r"\.|\]|\||\\[wWsSdDpP]")
_REPEAT = re.compile(r"\{(?:\d*,)?(\d+),?\}")


def most_read(pattern: Any) -> int | None:
    """Return how many bytes of a part are read for a typed pattern; None: all.

    A pattern with few places to count from has few states on any text.
    """
    typed = pattern.pattern
    typed = typed.decode("utf-8", "replace") if isinstance(typed, bytes) else typed
    counted = sum(int(most) for most in _REPEAT.findall(typed)) + len(_WIDE.findall(typed))
    if counted <= _COUNTED:
        return None
    return MOST_READ if pattern.programsize <= _LARGE else MOST_READ_FOR_A_LARGE_ONE


def most_near(pattern: Any) -> int:
    """Return the same where all places of the pattern are sought, each with a look to the end."""
    return most_read(pattern) or MOST_READ


def _options(*, capture: bool) -> Any:
    """Case does not count. Without groups RE2 never leaves its quick way, else 100 ms a MB."""
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.never_capture = not capture
    if not capture:
        options.max_mem = _MEMORY
    return options


# What may hold the sign of a named group without being one comes first.
_NAMED_GROUP = re.compile(
    r"(\\Q.*?(?:\\E|\Z)|\\.|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]])*\])|\(\?P?<\w+>", re.DOTALL
)


def _nameless(pattern: str) -> str:
    """The pattern with plain groups for named ones: nobody asks for a group of a typed pattern."""
    return _NAMED_GROUP.sub(lambda found: found[1] or "(?:", pattern)


@lru_cache(maxsize=2_000)
def compiled(pattern: str, *, typed: bool = False) -> tuple[Any | None, str | None]:
    """Return the pattern ready to search, or why it cannot be one; either is None."""
    words = not typed and (pattern.startswith(_WORD_START) and pattern.endswith((_AFTER, _OPEN)))
    longest = LONGEST_WORDS if words else LONGEST_PATTERN
    if not pattern.strip():
        return None, "the pattern is empty"
    if len(pattern) > longest:
        return None, f"the pattern has {len(pattern):,} characters; at most {longest:,} are taken"
    try:
        ready = re2.compile(pattern, _options(capture=True))
        ready = ready if words else re2.compile(_nameless(pattern), _options(capture=False))
    except (re2.error, UnicodeError) as error:
        return None, f"not a pattern that can be searched in linear time: {_why(error)}"
    if not words and ready.programsize > LARGEST_PROGRAM:
        return None, "the pattern is too large once its repeats are written out; use smaller ones"
    return ready, None


def _why(error: Exception) -> str:
    said = error.args[0] if error.args else error
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
