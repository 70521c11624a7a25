"""Clean characters: presentation forms of Arabic letters become letters, controls go."""

from __future__ import annotations

import re
import unicodedata

_NOTHING = {
    **dict.fromkeys(range(0x20)),
    **dict.fromkeys(range(0x7F, 0xA0)),
    **dict.fromkeys(range(0xD800, 0xE000)),
    **dict.fromkeys([0xFEFF, 0xFFFE, 0xFFFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]),
    **dict.fromkeys([0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029], "\n"),
    **dict.fromkeys([0x09, 0xA0, 0x2007, 0x202F], " "),
    0x0A: "\n",
}
_SHAPED = re.compile("[\ufb00-\ufb06\ufb50-\ufdff\ufe70-\ufefc]+")
MOST_CHARACTERS = 1_000_000  # of one file; a long book has as many
_OPEN = re.compile(r"[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff]")


def clean(text: str) -> str:
    """Return ``text`` in NFC, ligatures and presentation forms spelled out, no control characters.

    Spaces are single, lines have none at their ends; empty lines stay, for they part paragraphs.
    """
    whole = text.replace("\r\n", "\n").translate(_NOTHING)
    whole = _SHAPED.sub(lambda found: unicodedata.normalize("NFKC", found[0]), whole)
    normal = unicodedata.normalize("NFC", whole)
    return "\n".join(" ".join(line.split()) for line in normal.split("\n")).strip("\n")


def one_line(text: object, most: int = 500) -> str:
    """Return any value as clean text on one line, empty for None."""
    return " ".join(clean(str(text or "")[: most * 4]).split())[:most]


def is_arabic(text: str) -> bool:
    """Whether most letters of a text are of the Arabic script."""
    letters = sum(map(str.isalpha, text))
    return letters > 0 and len(_OPEN.findall(text)) * 2 > letters
