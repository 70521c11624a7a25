"""A text as sentences, each taken apart once for all that is asked of it, and only where it must.

Most sentences hold no figure and nobody who speaks. The small letters they are made of say so ten
times as fast as cutting them into words does.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property

from monitor.stages.claims.names import Found, Names
from monitor.stages.claims.sentences import Token, spans, tokens

_LETTERS = re.compile(r"[a-z]+")
# ``re.IGNORECASE`` takes these for letters of English.
_TAKEN_FOR = (("ı", "i"), ("i\u0307", "i"), ("ſ", "s"))  # the second is "İ" in small letters
# ``tokens`` reads over these; a pattern sees a word end there. What is sought may stand either way.
_READ_OVER = ("\u00ad", "\u200c")


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """A sentence, or a stretch of one, with its place; its words are cut when first asked for."""

    text: str
    start: int
    names: Names

    @property
    def end(self) -> int:
        """The place after its last code point."""
        return self.start + len(self.text)

    @cached_property
    def words(self) -> list[Token]:
        """Its words, numbers and marks; places are within the sentence."""
        return tokens(self.text)

    @cached_property
    def named(self) -> list[Found]:
        """The names the topic knows in it."""
        return self.names.find(self.words)

    @cached_property
    def low(self) -> str:
        """The text in small letters, for a quick look whether something can stand in it."""
        low = self.text.lower()
        if not low.isascii():
            for letter, plain in _TAKEN_FOR:
                low = low.replace(letter, plain)
        return low

    @cached_property
    def _letters(self) -> frozenset[str]:
        """What stands between other signs, in each way of reading those that are no plain ones."""
        found = _LETTERS.findall(self.low)
        if not self.low.isascii():
            bare = self.low
            for char in _READ_OVER:
                bare = bare.replace(char, "")
            for way in {self.text.lower(), bare} - {self.low}:
                found += _LETTERS.findall(way)
        return frozenset(found)

    def may_hold(self, words: AbstractSet[str]) -> bool:
        """Whether one of these may stand in it, all of them a to z; False is certain."""
        return not self._letters.isdisjoint(words)


def segmented(text: str, names: Names) -> list[Sentence]:
    """Return the sentences of a text, in order and apart; cost is linear, as that of ``spans``."""
    return [
        Sentence(text=text[span.start : span.end], start=span.start, names=names)
        for span in spans(text)
    ]
