"""How else a name is spelled, by the lexicon: in other romanisations and in other scripts.

Two aliases of one concept are spellings of each other when their consonants agree: Tehrik, Tehreek
and تحریک; Peshawar and پشاور. Where the name asked for is what the concept itself is called (TTP,
Torkham), all its aliases are taken; a concept that lists many persons or towns is called like none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Final

from classifiers.lexicon import Concept, Lexicon
from classifiers.words import WORD, fold_word

MOST: Final = 80
"""Other spellings of one name."""
_LONGEST: Final = 8  # words of a name
_NAMES: Final = frozenset(
    {"person", "place", "group", "crossing", "operation", "country", "institution", "neighbour",
     "elsewhere"}
)  # fmt: skip
_WHOLE: Final = frozenset({"person", "group", "crossing", "country", "institution", "elsewhere"})
_ENOUGH: Final = 3  # consonants of a word that is compared by them

_LATIN: Final = (
    ("tsh", "c"), ("kh", "k"), ("gh", "g"), ("sh", "š"), ("ch", "č"), ("zh", "z"), ("ph", "f"),
    ("ck", "k"), ("q", "k"), ("x", "ks"), ("c", "k"), ("v", "w"),
)  # fmt: skip
_SOUNDS: Final[Mapping[int, str]] = str.maketrans(
    {
        "ب": "b", "پ": "p", "ت": "t", "ټ": "t", "ٹ": "t", "ط": "t", "ث": "s", "س": "s", "ص": "s",
        "ج": "j", "چ": "č", "ځ": "z", "څ": "s", "خ": "k", "ح": "h", "ه": "h", "ہ": "h", "ھ": "h",
        "د": "d", "ډ": "d", "ڈ": "d", "ذ": "z", "ز": "z", "ض": "z", "ظ": "z", "ژ": "z", "ږ": "z",
        "ر": "r", "ړ": "r", "ڑ": "r", "ش": "š", "ښ": "š", "غ": "g", "گ": "g", "ګ": "g", "ف": "f",
        "ق": "k", "ک": "k", "ل": "l", "م": "m", "ن": "n", "ں": "n", "ڼ": "n", "و": "w",
        "ا": "a", "آ": "a", "ع": "a", "ی": "y", "ے": "y", "ئ": "y",
    }
)  # fmt: skip
_VOWELS: Final = frozenset("aeiouyhw'")


def consonants(words: Sequence[str]) -> str:
    """Return what is left of folded words in any script: their consonants, doubled ones once.

    A beginning vowel leaves its place, so that Asif and Saif stay apart.
    """
    sounds = "".join(_sounds(word) for word in words)
    if not sounds:
        return ""
    kept = [sound for sound in sounds if sound not in _VOWELS]
    return ("a" if sounds[0] in "aeiou" else "") + "".join(kept)


def _sounds(word: str) -> str:
    if not word.isascii():
        return _single(word.translate(_SOUNDS))
    for letters, sound in _LATIN:
        word = word.replace(letters, sound)
    return _single(word)


def _single(word: str) -> str:
    return "".join(char for at, char in enumerate(word) if at == 0 or word[at - 1] != char)


Words = tuple[str, ...]


class Spellings:
    """The names of a lexicon by their words. Build it once a lexicon; safe between threads."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._also: dict[Words, dict[str, None]] = {}
        for concept in lexicon.concepts.values():
            if concept.pole != "trap":
                self._learn(concept)

    def __call__(self, typed: Sequence[str]) -> list[tuple[int, int, tuple[str, ...]]]:
        """Tell which of the words in a row are names, the longest first, and how else spelled."""
        cut = [_words(word) for word in typed]
        found: list[tuple[int, int, tuple[str, ...]]] = []
        at = 0
        while at < len(cut):
            end, also = self._longest(cut, at)
            if also:
                found.append((at, end, also))
            at = end
        return found

    def also(self, name: str) -> tuple[str, ...]:
        """Return the other spellings of one name; none where it is no name."""
        return self._others(_words(name))

    def _longest(self, cut: Sequence[Words], at: int) -> tuple[int, tuple[str, ...]]:
        for end in range(min(len(cut), at + _LONGEST), at, -1):
            words = tuple(word for one in cut[at:end] for word in one)
            if words in self._also:
                return end, self._others(words)
        return at + 1, ()

    def _others(self, words: Words) -> tuple[str, ...]:
        found = (other for other in self._also.get(words, ()) if _words(other) != words)
        return tuple(islice(found, MOST))

    def _learn(self, concept: Concept) -> None:
        aliases = {alias: _words(alias) for alias in _aliases(concept)}
        called = _words(concept.id.replace("_", " "))
        if concept.kind in _WHOLE and called in aliases.values():
            taken = [a for a, words in aliases.items() if _stands_for(concept, a, words, called)]
            for alias in taken:
                self._enter(aliases[alias], taken)
        if concept.kind in _NAMES:
            self._unite(aliases, least=2)
            self._unite({word: (word,) for words in aliases.values() for word in words}, _ENOUGH)

    def _unite(self, names: Mapping[str, Words], least: int) -> None:
        """Names whose consonants agree are spellings of each other."""
        groups: dict[str, list[str]] = {}
        for name, words in names.items():
            heard = consonants(words)
            if len(heard.removeprefix("a")) >= least:
                groups.setdefault(heard, []).append(name)
        for group in groups.values():
            for name in group if len(group) > 1 else ():
                self._enter(names[name], group)

    def _enter(self, words: Words, others: Iterable[str]) -> None:
        self._also.setdefault(words, {}).update(dict.fromkeys(others))


def _stands_for(concept: Concept, alias: str, words: Words, called: Words) -> bool:
    """Whether an alias alone means the concept: Munir is many persons, TTP is one group."""
    if words == called or len(words) > 1:
        return True
    return concept.kind != "person" and alias.isupper()


def _aliases(concept: Concept) -> Iterator[str]:
    for found in concept.aliases.values():
        yield from found


def _words(name: str) -> Words:
    return tuple(word for word in map(fold_word, WORD.findall(name)) if word)


@lru_cache(maxsize=2)
def spellings_of(lexicon: Lexicon) -> Spellings:
    """Return the names of a lexicon, made once: it takes 60 ms."""
    return Spellings(lexicon)
