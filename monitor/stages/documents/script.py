"""Letters from a PDF in the Arabic script: in reading order, or an honest word that they are not.

A PDF holds what is drawn, from left to right; the reader turns it round. Some programs write the
reading order already, and that is turned the wrong way; some fonts keep no table of what their
shapes mean, and then half the letters are missing. Both show in the commonest words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from monitor.stages.documents.characters import is_arabic

_WORDS = (
    "کے میں ہے اور کی سے نے کو پر کا یہ اس کہ بھی نہیں ہیں کر ایک تھا ان جو تو وہ گیا ہو لیے "
    "په چې د او ته له دی کې هم کړي سره شوي دې پر یې نه "
    "در به از که این را با است برای آن خود شد بر تا یک می های "
    "في من على إلى أن التي الذي عن مع هذا"
)
_COMMON = frozenset(_WORDS.split())
_DIGITS = re.compile(r"[۰-۹٠-٩][۰-۹٠-٩٫٬,./:-]*[۰-۹٠-٩]")
_LATIN = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9 .,:;/&'%+-]*[A-Za-z0-9])?)")
_MARKS_AROUND = re.compile(r"^(\W*)(.*?)(\W*)$", re.DOTALL)
LEAST = 0.12
"""Of the words of running text in Urdu, Pashto, Persian or Arabic so many are among the commonest
at the very least (.38 as read, .04 turned round)."""


_ALONE = frozenset("ودآء۽ؤ")  # letters that are words
_INSIDE = re.compile(r"ں[^\W\d_]")  # this n ends words
MOST_ODD = 0.04
"""Of the words, those of one letter that is none, or with an n of word ends inside: .00 in running
text, .14 where a font loses its letters."""


def odd(text: str) -> float:
    """Return the share of words that no language of the Arabic script has."""
    words = re.findall(r"[^\W\d_]+", text)
    found = sum((len(w) == 1 and w not in _ALONE) or bool(_INSIDE.search(w)) for w in words)
    return found / max(1, len(words))


def share(text: str) -> float:
    """Return the share of the words that are among the commonest of these languages."""
    words = re.findall(r"[^\W\d_]+", text)
    return sum(word in _COMMON for word in words) / max(1, len(words))


def ordered(lines: Sequence[str]) -> list[str] | None:
    """Return lines in reading order; None where the words are broken whichever way they are read.

    ``lines`` are as the reader turned them; turned back where that has more of those words.
    """
    back = [line[::-1] for line in lines]
    as_read, turned = share(" ".join(lines)), share(" ".join(back))
    if turned > as_read:
        found = [_again(line) for line in back]
    else:
        found = [_runs(_DIGITS.sub(lambda digits: digits[0][::-1], line)) for line in lines]
    whole = " ".join(found)
    return None if max(as_read, turned) < LEAST or odd(whole) > MOST_ODD else found


def _again(line: str) -> str:
    """A line turned back: what is written from left to right was right before."""
    return _LATIN.sub(lambda found: found[0][::-1], line)


def _runs(line: str) -> str:
    """A line with Latin words in it: they are drawn from the left, the line is read from the right.

    The reader keeps the runs in the order in which they are drawn, so they change places, and the
    marks between two runs with them.
    """
    pieces = _LATIN.split(line)
    if len(pieces) == 1 or not is_arabic(line):
        return line
    turned = [piece if n % 2 else _turned(piece) for n, piece in enumerate(pieces)]
    return " ".join("".join(reversed(turned)).split())


def _turned(piece: str) -> str:
    found = _MARKS_AROUND.match(piece)
    before, words, after = found.groups() if found else ("", piece, "")
    if not words:
        return piece[::-1]
    return f"{after[::-1]}{'' if after.endswith(' ') else ' '}{words}{before[::-1]}"
