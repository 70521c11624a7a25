"""Plain ways to tell copies, to be measured beside: headlines, cosine of words, SimHash."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from typing import Protocol

import numpy as np
import xxhash

WORD = re.compile(r"\w+")
COSINE = 0.95
SIMHASH_BITS = 3


class Headed(Protocol):
    """A text under a headline."""

    @property
    def title(self) -> str:
        """The headline."""

    @property
    def body(self) -> str:
        """The text."""


class Cosine:
    """TF-IDF words of a collection (log frequency, smoothed IDF); the cosine of two texts."""

    def __init__(self, reports: Iterable[Headed]) -> None:
        """Count in how many texts each word stands."""
        seen: Counter[str] = Counter()
        self.texts = 0
        for report in reports:
            self.texts += 1
            seen.update(set(_words(report)))
        self.seen = seen

    def vector(self, text: Headed) -> dict[str, float]:
        """Return a text's weighed words, of length one."""
        found = {
            word: (1 + math.log(n)) * (math.log((1 + self.texts) / (1 + self.seen[word])) + 1)
            for word, n in Counter(_words(text)).items()
        }
        norm = math.sqrt(sum(weight * weight for weight in found.values())) or 1.0
        return {word: weight / norm for word, weight in found.items()}

    def alike(self, one: Headed, two: Headed) -> bool:
        """Return whether two texts' cosine is 0.95 or more."""
        a, b = self.vector(one), self.vector(two)
        return sum(weight * b.get(word, 0.0) for word, weight in a.items()) >= COSINE


def same_title(one: Headed, two: Headed) -> bool:
    """Return whether two headlines are equal, case and punctuation apart."""
    return WORD.findall(one.title.casefold()) == WORD.findall(two.title.casefold())


def simhash_alike(one: Headed, two: Headed) -> bool:
    """Return whether two texts' SimHashes are at most three bits apart."""
    return (simhash(one) ^ simhash(two)).bit_count() <= SIMHASH_BITS


def simhash(text: Headed) -> int:
    """Return the 64-bit SimHash of a text's runs of three words (Charikar 2002, Manku 2007)."""
    words = WORD.findall(text.body.casefold())
    runs = {" ".join(words[at : at + 3]) for at in range(max(1, len(words) - 2))}
    hashes = np.array([xxhash.xxh3_64_intdigest(run.encode()) for run in runs], dtype=">u8")
    bits = np.unpackbits(hashes.view(np.uint8).reshape(-1, 8), axis=1)
    majority = 2 * bits.sum(axis=0, dtype=np.int64) > len(runs)
    return int.from_bytes(np.packbits(majority).tobytes(), "big")


def _words(text: Headed) -> list[str]:
    return WORD.findall(f"{text.title} {text.body}".casefold())
