"""Texts as numbers of what an archive's own texts are made of: words, signs and stray letters.

Half of what deflate writes of a short text is spent on spelling its words. Here each text is a row
of *units*: a word with the space before it, a sign, or a letter of a word that is not listed. The
commonest units are one byte, the next sixteen thousand and more are a page and a place in it. The
first bytes are deflated together, for they are few and uneven; the places stand behind them as they
are, for they are even (docs/decisions/0030).

    deflated   one byte a unit: a common unit, a page of others, or 255: a letter not listed
    places     one byte for each page, three for each 255
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache

PAGES = 128
"""Of 256 units each. Fewer: 12 % more bytes of made-up news at 60; more: real news gains none."""
COMMON = 255 - PAGES
MOST = COMMON + 256 * PAGES
LETTERS = 600
"""Units kept for the letters and signs of words that are not listed, whatever the script."""
SEEN = 2
"""A word is listed that stands so often in the texts learned from."""

_STRAY = 255
_UNITS = re.compile(r" ?[^\W_]+|\s+|\W|_")
_BETWEEN = "\x00"  # between the units of a list; itself never listed


def learned(texts: Iterable[str]) -> bytes:
    """Return the list of units that texts are made of, the commonest first; empty for no texts."""
    counted: Counter[str] = Counter()
    for text in texts:
        counted.update(_UNITS.findall(text))
    counted.pop(_BETWEEN, None)
    listed = {unit: n for unit, n in counted.items() if n >= SEEN and len(unit) > 1}
    best = sorted(listed, key=lambda unit: (-listed[unit], unit))[: MOST - LETTERS]
    worth = Counter({unit: listed[unit] for unit in best})
    letters: Counter[str] = Counter()
    for unit, n in counted.items():
        if unit not in worth:
            for letter in unit:
                letters[letter] += n
    letters.pop(_BETWEEN, None)
    worth.update(dict(letters.most_common(LETTERS)))
    ranked = sorted(worth, key=lambda unit: (-worth[unit], unit))
    return _BETWEEN.join(ranked).encode("utf-8", "surrogatepass")


class Wording:
    """A list of units, ready to press texts and to read them again."""

    def __init__(self, words: bytes) -> None:
        units = words.decode("utf-8", "surrogatepass").split(_BETWEEN)
        self._common = units[:COMMON]
        self._pages = [units[at : at + 256] for at in range(COMMON, len(units), 256)]
        self._places = {
            unit: bytes([n])
            if n < COMMON
            else bytes([COMMON + (n - COMMON) // 256, (n - COMMON) % 256])
            for n, unit in enumerate(units)
            if unit
        }

    def pressed(self, text: str) -> bytes:
        """Return the text, pressed."""
        firsts, places = bytearray(), bytearray()
        for unit in _UNITS.findall(text):
            found = self._places.get(unit)
            for code in self._spelled(unit) if found is None else (found,):
                firsts.append(code[0])
                places += code[1:]
        press = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
        return press.compress(bytes(firsts)) + press.flush() + bytes(places)

    def _spelled(self, unit: str) -> Iterator[bytes]:
        for letter in unit:
            yield self._places.get(letter) or bytes([_STRAY]) + ord(letter).to_bytes(3, "big")

    def plain(self, data: bytes) -> str:
        """Return what was pressed, letter for letter.

        Raises:
            ValueError: it is cut short or damaged, or was pressed with another list.
        """
        press = zlib.decompressobj(-15)
        try:
            firsts = press.decompress(data)
        except zlib.error as error:
            raise ValueError(f"the text is damaged: {error}") from error
        if not press.eof:
            raise ValueError("the text is cut short")
        common, pages, rest = self._common, self._pages, iter(press.unused_data)
        try:
            text = "".join(
                [
                    common[n]
                    if n < COMMON
                    else pages[n - COMMON][next(rest)]
                    if n < _STRAY
                    else chr(next(rest) << 16 | next(rest) << 8 | next(rest))
                    for n in firsts
                ]
            )
        except (IndexError, StopIteration, RuntimeError) as error:
            raise ValueError("the text is damaged, or of another list") from error
        if next(rest, None) is not None:
            raise ValueError("the text is damaged: there is more than it says")
        return text


@lru_cache(maxsize=4)
def wording(words: bytes) -> Wording:
    """Return the list that these bytes are: three megabytes, shared by all connections."""
    return Wording(words)
