"""Words and their folded forms, with the way back to the original places.

Folding makes spellings comparable that readers take for the same: case, accents, soft hyphens,
Arabic-script variants that feeds mix freely (ي/ی, ك/ک, ہ/ه), Pashto letters beside Urdu ones.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, islice

_MARKS = (
    "\u00ad\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u200b\u200d-\u200f\u2060\ufeff"
)
_APOSTROPHES = "'’‘ʼ`´"
_WORD = (
    r"(?:https?://|www\.)\S+"  # an address is one word, so that nothing inside it counts
    r"|[A-Za-z0-9]++(?=[ .,])"  # most words: saves a quarter of the time
    rf"|[^\W_]++(?:[{_MARKS}]++[^\W_]*+|[{_APOSTROPHES}](?=[^\W_])[^\W_]++)*+"
)
WORD = re.compile(_WORD)
_CUT = re.compile(f"({_WORD})")
_ARABIC = str.maketrans(
    {
        **dict.fromkeys("يىېۍئێ", "ی"),
        **dict.fromkeys("كڪ", "ک"),
        **dict.fromkeys("ۀةۃہھۂە", "ه"),
        **dict.fromkeys("أإآٱ", "ا"),
        "ؤ": "و",
        "ګ": "گ",
        "ټ": "ٹ",
        "ډ": "ڈ",
        "ړ": "ڑ",
        "ـ": "",
    }
)
_SPACES = "-‐‑‒–—―/\u200c"
_DROPPED = re.compile(f"[{_MARKS}{_APOSTROPHES}]")
_MARK = re.compile(f"[{_MARKS}]+")
_POSSESSIVE = re.compile(f"[{_APOSTROPHES}][sS]$")
_LONGEST = 64  # longer runs are no words: data URIs, scripts without spaces

_chars: dict[str, str] = {}


def _fold_char(char: str) -> str:
    known = _chars.get(char)
    if known is None:
        known = _chars[char] = _fold_char_slowly(char)
    return known


def _fold_char_slowly(char: str) -> str:
    if char in _SPACES or char.isspace():
        return " "
    if _DROPPED.match(char):
        return ""
    mapped = char.translate(_ARABIC)
    if mapped != char:
        return mapped
    plain = "".join(c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c))
    return plain.casefold().translate(_ARABIC)


def fold_word(raw: str) -> str:
    """The folded form of one word, its possessive ending removed; empty for what is no word."""
    if len(raw) > _LONGEST or "/" in raw:
        return ""
    if raw.isascii() and raw.isalnum():
        return raw.lower()
    return "".join(map(_fold_char, _POSSESSIVE.sub("", _MARK.sub("", raw))))


def unmarked(text: str) -> str:
    """The text without what nobody sees in it: soft hyphens, marks of direction, vowel signs."""
    return text if text.isascii() else _MARK.sub("", text)


def as_capitals(raw: str) -> str:
    """A word as its capitals are compared: as written, but for unseen marks and a possessive.

    Letters of full width are those they look like.
    """
    bare = _POSSESSIVE.sub("", unmarked(raw))
    return bare if bare.isascii() else unicodedata.normalize("NFKC", bare)


def is_possessive(raw: str) -> bool:
    """Whether a word ends in the s of an owner."""
    return _POSSESSIVE.search(unmarked(raw)) is not None


def of_two_scripts(text: str) -> str:
    """The first word that mixes letters of two scripts, as with a Cyrillic a; empty for none."""
    return next((word for word in WORD.findall(text) if len(_scripts(word)) > 1), "")


def _scripts(word: str) -> set[str]:
    """The scripts of its letters, by their names in Unicode: LATIN, CYRILLIC, ARABIC."""
    letters = (sign for sign in word if unicodedata.category(sign) in {"Lu", "Ll", "Lt", "Lo"})
    return {unicodedata.name(sign, "?").partition(" ")[0] for sign in letters}


def fold(text: str) -> str:
    """The text folded for comparison: never raises, at most a few characters longer."""
    return "".join(map(_fold_char, text))


def fold_with_map(text: str) -> tuple[str, list[int]]:
    """The folded text and, for each of its code points, the place in ``text`` it came from.

    The map has one entry more than the folded text: the length of ``text``, so that an end
    can be looked up like a start.
    """
    pieces = [_fold_char(char) for char in text]
    places = [place for place, piece in enumerate(pieces) for _ in piece]
    return "".join(pieces), [*places, len(text)]


@dataclass(frozen=True, slots=True)
class Cut:
    """A text cut into its first words. ``pieces`` holds what stands between and the words, in turn.

    ``pieces[2 * i + 1]`` is the word ``i``, ``pieces[2 * i]`` what stands before it.
    """

    text: str
    pieces: list[str]
    words: list[str]

    def __len__(self) -> int:
        """How many words."""
        return len(self.words)

    def ends(self) -> list[int]:
        """Where each piece ends, in code points of the text."""
        return list(accumulate(map(len, self.pieces)))


def cut(text: str, limit: int, *, reach: int = 0) -> Cut:
    """The first ``limit`` words with their places; reads no further than ``reach`` code points.

    By default that is as far as so many words of ordinary length can reach.
    """
    pieces = _CUT.split(text[: reach or limit * 16], limit)
    return Cut(text, pieces, pieces[1::2])


def words(text: str, limit: int) -> list[str]:
    """The first ``limit`` words as written; reads no further than they can reach."""
    return WORD.findall(text[: limit * 16])[:limit]


def spans(text: str, limit: int) -> Iterator[tuple[int, int]]:
    """The places of the first ``limit`` words, in code points of ``text``."""
    return map(re.Match.span, islice(WORD.finditer(text), limit))


def skeleton(word: str) -> str:
    """What is left of a romanised name when its spelling habits are removed.

    ``Mehsud``, ``Mahsud`` and ``Masood`` agree, so do ``Qandahar`` and ``Kandahar``.
    Only Latin words of six letters and more have one: shorter ones would run together.
    """
    if len(word) < 6 or not word.isascii() or not word.isalpha():
        return ""
    bare = word[0] + word[1:].replace("h", "")
    for old, new in _HABITS:
        bare = bare.replace(old, new)
    return _DOUBLED.sub(r"\1", bare)


_HABITS = (
    ("ee", "i"),
    ("oo", "u"),
    ("ou", "u"),
    ("au", "u"),
    ("q", "k"),
    ("w", "v"),
    ("y", "i"),
    ("o", "u"),
    ("e", "a"),
)
_DOUBLED = re.compile(r"(.)\1+")
