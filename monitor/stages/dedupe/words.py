"""The words of a text as they are compared, and the captions at its end that are not."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

MOST_CAPTIONS = 0.1  # of a text that is not all captions, what must be left
ARABIC = str.maketrans(
    {
        "ي": "ی",
        "ى": "ی",
        "ې": "ی",
        "ك": "ک",
        "ه": "ہ",
        "ە": "ہ",
        "ۀ": "ہ",
        "ة": "ہ",
        "أ": "ا",
        "إ": "ا",
    }
    | dict.fromkeys("\u200c\u200d\u0640\u200e\u200f")
    | dict(zip("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "0123456789" * 2, strict=True))
)
MARKS = re.compile("[\u0300-\u036f\u064b-\u065f\u0670]+")
WORD = re.compile(r"\w+")
# What is no letter of ASCII parts words, and so do these; capitals of ASCII become small.
PIECES = bytes(
    at if at >= 0x80 or chr(at).isalnum() or at == ord("_") else ord(" ") for at in range(256)
).lower()
MARKS_OF_PRINT = tuple(mark.encode() for mark in "“”‘’–—…«»•\u00a0")
LONGEST_KEPT, MOST_KEPT = 32, 60_000  # bytes, words: about 8 MB
SENTENCE_ENDS = (".", "!", "?", "۔", "؟", "。")
CLOSING_QUOTES, CLOSING = ("”", '"', "»"), "\"'”’»)]"
LONGEST_CAPTION = 300  # letters


def words(text: str) -> list[bytes]:
    """Return the words: case, width, diacritics and the variants of Arabic letters folded away.

    They are what ``_folded`` makes of the whole text. No letter outside ASCII joins another over a
    character of ASCII that is no letter, so a text may be cut there and each piece folded once.
    """
    raw = text.encode("utf-8", "replace")
    if not raw.isascii():
        for mark in MARKS_OF_PRINT:
            raw = raw.replace(mark, b" ")
    pieces = raw.translate(PIECES).split()
    return pieces if raw.isascii() else b" ".join(map(_FOLDED.__getitem__, pieces)).split()


def _folded(text: str) -> str:
    """Return a text's words, folded, with a space between."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(ARABIC)
    if not folded.isascii():
        folded = MARKS.sub("", unicodedata.normalize("NFD", folded))
    return " ".join(WORD.findall(folded))


class _Kept(dict[bytes, bytes]):
    """What a pure function made of a word, kept for the next text: most words are common ones."""

    def __init__(self, made: Callable[[bytes], bytes]) -> None:
        super().__init__()
        self._made = made

    def __missing__(self, word: bytes) -> bytes:
        made = self._made(word)
        if len(word) <= LONGEST_KEPT:
            if len(self) >= MOST_KEPT:
                self.clear()
            self[word] = made
        return made


_FOLDED = _Kept(lambda word: word if word.isascii() else _folded(word.decode()).encode())


def without_captions(body: str) -> str:
    """Return ``body`` without the lines at its end that are no sentences.

    They are captions and teasers of other stories. A text of which nearly nothing would be left
    stays whole.
    """
    kept = body.rstrip()
    begun = kept.rfind("\n") + 1
    while kept and len(kept) - begun < LONGEST_CAPTION and not _ends_a_sentence(kept[begun:]):
        kept = kept[: max(0, begun - 1)]
        begun = kept.rfind("\n") + 1
    return kept if len(kept) >= MOST_CAPTIONS * len(body) else body


def _ends_a_sentence(line: str) -> bool:
    """Return whether a line ends in a full stop or the like, or a quotation; not in dots."""
    line = line.rstrip()
    if line.endswith(CLOSING_QUOTES):
        return True
    inner = line.rstrip(CLOSING)
    return inner.endswith(SENTENCE_ENDS) and inner[-2:-1] != "."
