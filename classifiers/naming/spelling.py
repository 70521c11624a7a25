"""When two spellings are one name: what romanising leaves of a word, and how far apart two are."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from classifiers.naming.mentions import AR_HONOURS, HONOURS
from classifiers.phrases import JOINERS
from classifiers.words import fold_word, skeleton

Key = tuple[str, ...]
"""What all spellings of a name have in common, word by word."""

_HABITS = (("ee", "i"), ("oo", "u"), ("ou", "u"), ("au", "u"), ("q", "k"), ("w", "v"),
           ("y", "i"), ("o", "u"), ("e", "a"))  # fmt: skip


@lru_cache(maxsize=16_384)
def sounded(word: str) -> str:
    """A folded word without the habits of its romanisation, however short: Noor and Nur agree.

    For comparing whole names only: short words alone would run together.
    """
    if not word.isascii() or not word.isalpha():
        return word
    bare = skeleton(word)
    if bare:
        return bare
    bare = word[:1] + word[1:].replace("h", "")
    for old, new in _HABITS:
        bare = bare.replace(old, new)
    return "".join(c for at, c in enumerate(bare) if at == 0 or c != bare[at - 1])


def key_of(name: Iterable[str]) -> Key:
    """What all spellings of a name have in common: no joiners, no honour before it.

    A single word keeps its letters if it is short.
    """
    folded = [f for f in map(fold_word, name) if f and f not in JOINERS]
    while len(folded) > 1 and (folded[0] in HONOURS or folded[0] in AR_HONOURS):
        del folded[0]
    if len(folded) == 1:
        bare = skeleton(folded[0])
        return (f"~{bare}" if bare else folded[0],)
    return tuple(map(sounded, folded))


def likeness(key: Key, other: Key) -> tuple[float, str]:
    """How likely two keys are one name (0: not at all; 3: surely), and why in a few words."""
    if key == other:
        return 3.0, "sounds the same"
    if len(key) > 1 and len(other) > 1 and set(other) <= set(key):
        return 2.5, "its words and more"
    if len(key) > 1 and set(key) <= set(other):
        return 2.0, "part of this name"
    if len(key) > 1 and len(key) == len(other):
        apart = [distance(a, b) for a, b in zip(key, other, strict=True)]
        if sum(apart) <= 2 and max(apart) <= 1:
            return 1.5, "a letter or two apart"
    if len(key) == 1 and len(other) > 1 and key[0].lstrip("~") in other:
        return 1.2, "part of this name"
    if len(key) == len(other) == 1 and min(len(key[0]), len(other[0])) >= 6:
        near = key[0][:2] == other[0][:2] and distance(key[0], other[0]) == 1
        return (1.0, "one letter apart") if near else (0.0, "")
    return 0.0, ""


@lru_cache(maxsize=8_192)
def distance(a: str, b: str) -> int:
    """How many letters must change to make one of the other; 3 stands for more than two."""
    if abs(len(a) - len(b)) > 2:
        return 3
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(last[j] + 1, row[-1] + 1, last[j - 1] + (x != y)))
        if min(row) > 2:
            return 3
    return min(3, row[-1])
