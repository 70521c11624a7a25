"""One letter of what keyboards write as several: how words are kept and looked for.

Folding makes one letter of ي ی, ك ک, ه ہ, drops vowel signs, tatweel and the invisible joiners, so
that a word is found however its outlet spells it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

FOLD = "torkham_fold"  # what ``fold`` is called inside the file's triggers

ONE_LETTER = {
    "يىئېۍےۓ": "ی",
    "ك": "ک",
    "هۀۂۃة": "ہ",
    "أإآٱ": "ا",
    "ؤ": "و",
    "٠۰": "0",
    "١۱": "1",
    "٢۲": "2",
    "٣۳": "3",
    "٤۴": "4",
    "٥۵": "5",
    "٦۶": "6",
    "٧۷": "7",
    "٨۸": "8",
    "٩۹": "9",
}
DROPPED = [
    *range(0x0610, 0x061B), *range(0x064B, 0x0660), *range(0x06D6, 0x06DD),
    *range(0x06DF, 0x06E5), *range(0x06E7, 0x06E9), *range(0x06EA, 0x06EE),
    0x0640, 0x0670, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A),
    0xFEFF, 0x00AD,
]  # fmt: skip
_FOLD: dict[int, str | None] = {ord(c): to for chars, to in ONE_LETTER.items() for c in chars}
_FOLD |= dict.fromkeys(DROPPED)
_FOLDED = re.compile(f"[{re.escape(''.join(map(chr, _FOLD)))}]")


def fold(text: str) -> str:
    """Return the text as the index holds it. Changing this needs a migration that indexes anew."""
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFKC", text)
    # ``translate`` looks at every character by itself: fifty times as long as this search
    return plain.translate(_FOLD) if _FOLDED.search(plain) else plain


# --- finding folded words again in a text as written ------------------------------------------


def _written_as() -> dict[str, str]:
    """Each folded letter with all it is written as, for a character class."""
    ways: dict[str, set[str]] = {}
    for chars, to in ONE_LETTER.items():
        ways.setdefault(to, {to}).update(chars)
    for code in [*range(0x00C0, 0x0250), *range(0x1E00, 0x1F00)]:
        letter = chr(code)
        plain = unicodedata.normalize("NFD", letter)[0].lower()
        if plain.isascii() and plain.isalpha():
            ways.setdefault(plain, {plain}).add(letter)
    return {to: "".join(sorted(chars)) for to, chars in ways.items()}


_WRITTEN = _written_as()
_SILENT = "[" + "".join(map(chr, DROPPED)) + "\u0300-\u036f]*"
_LETTERS = re.compile(r"[^\W_]+")


@lru_cache(maxsize=2_000)
def pattern_of(words: str, *, start: bool = False) -> str:
    """Return a pattern that finds folded ``words`` in a text as its outlet wrote it.

    ``start``: the last of them is only the start of a word. Empty where there is no word. Use it
    with ``re.IGNORECASE``.
    """
    parts = [_letters(word) for word in _LETTERS.findall(words)]
    end = r"\w*" if start else r"(?!\w)"
    return r"(?<!\w)" + r"[\W_]{1,8}".join(parts) + end if parts else ""


def stretch_of(words: str, *, start: bool = False) -> str:
    """Return a pattern of ``words`` in a row in a folded text, cut into words as the index cuts it.

    ``start``: the last of them is only the start of a word. Where there is no word nothing is
    found. Use it with ``re.IGNORECASE``.
    """
    parts = [_letters(word) for word in _LETTERS.findall(words)]
    end = "" if start else r"(?![^\W_])"
    return r"(?<![^\W_])" + r"[\W_]+".join(parts) + end if parts else "(?!)"


def _letters(word: str) -> str:
    plain = word.isascii()
    signs = [
        f"[{re.escape(_WRITTEN[char])}]" if char in _WRITTEN else re.escape(char)
        for char in word.lower()
    ]
    return "".join(signs) if plain else _SILENT.join(signs) + _SILENT
