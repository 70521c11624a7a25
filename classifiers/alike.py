"""Which sentences of two texts say the like: shown beside a verdict, never a reason for it.

Likeness is the cosine of the sentences' words and word pairs, weighed by how rare these are over
both texts and, where it knows them, in the seed profile. What is read is bounded, so that the work
is a few milliseconds whatever is offered.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from classifiers.terms import count_terms, rarities
from classifiers.words import WORD, fold_word

Place = tuple[int, int]

SENTENCES = 80  # of each text
_WORDS = 60  # of each sentence
_LEAST_WORDS = 5
_LEAST_SHARED = 3  # terms, or it is chance
_LEAST_LIKE = 0.12


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A sentence of each text, as places in them, and the words both have as ours writes them."""

    ours: Place
    theirs: Place
    shared: tuple[str, ...]
    likeness: float  # a cosine in 0..1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    place: Place
    weights: Mapping[str, float]


def pairs_alike(
    ours: str,
    our_sentences: Sequence[Place],
    theirs: str,
    their_sentences: Sequence[Place],
    *,
    rarity: Mapping[str, float] | None = None,
    most: int = 3,
) -> tuple[Pair, ...]:
    """Return the pairs of sentences most alike, in the order of our text, none used twice.

    Empty where nothing is alike, as between languages. Deterministic.
    """
    here = _counted(ours, our_sentences)
    there = _counted(theirs, their_sentences)
    rare = rarities([terms for _, terms in [*here, *there]])
    known = rarity or {}
    rare = {term: max(weight, known.get(term, 0.0)) for term, weight in rare.items()}
    mine, their = _read(here, rare), _read(there, rare)
    found = sorted(_scored(mine, their), key=lambda row: (-row[0], row[1], row[2]))
    kept: list[Pair] = []
    used: tuple[set[int], set[int]] = (set(), set())
    for likeness, at, other in found:
        if len(kept) == most:
            break
        if at in used[0] or other in used[1]:
            continue
        used[0].add(at)
        used[1].add(other)
        common = mine[at].weights.keys() & their[other].weights.keys()
        kept.append(
            Pair(
                ours=mine[at].place,
                theirs=their[other].place,
                shared=_as_written(ours, mine[at], common),
                likeness=min(1.0, round(likeness, 4)),
            )
        )
    return tuple(sorted(kept, key=lambda pair: pair.ours))


def shared_terms(text: str, weights: Mapping[str, float], *, most: int = 6) -> tuple[str, ...]:
    """Return the terms of a profile that ``text`` has too, the weightiest first.

    A word that stands in one of the pairs before it is not told again.
    """
    counts = count_terms((), WORD.findall(text[:16_000])[:900], opening=900)
    both = sorted((term for term in counts if term in weights), key=lambda t: (-weights[t], t))
    kept: list[str] = []
    for term in both:
        if not any(term in other.split() or other in term.split() for other in kept):
            kept.append(term)
    return tuple(kept[:most])


def _counted(text: str, sentences: Sequence[Place]) -> list[tuple[Place, Mapping[str, int]]]:
    found: list[tuple[Place, Mapping[str, int]]] = []
    for start, end in sentences[:SENTENCES]:
        words = WORD.findall(text[start : min(end, start + 1_000)])[:_WORDS]
        if len(words) >= _LEAST_WORDS:
            found.append(((start, end), count_terms((), words, opening=_WORDS)))
    return found


def _read(
    counted: Sequence[tuple[Place, Mapping[str, int]]], rare: Mapping[str, float]
) -> list[_Read]:
    read = []
    for place, terms in counted:
        weights = {term: rare.get(term, 0.0) for term in terms}
        size = math.sqrt(math.fsum(weight * weight for weight in weights.values())) or 1.0
        read.append(_Read(place=place, weights={t: w / size for t, w in weights.items()}))
    return read


def _scored(ours: Sequence[_Read], theirs: Sequence[_Read]) -> list[tuple[float, int, int]]:
    standing: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for other, read in enumerate(theirs):
        for term, weight in read.weights.items():
            standing[term].append((other, weight))
    scored = []
    for at, read in enumerate(ours):
        sums: dict[int, float] = defaultdict(float)
        shared: dict[int, int] = defaultdict(int)
        for term, weight in read.weights.items():
            for other, theirs_weight in standing.get(term, ()):
                sums[other] += weight * theirs_weight
                shared[other] += 1
        scored += [
            (likeness, at, other)
            for other, likeness in sums.items()
            if likeness >= _LEAST_LIKE and shared[other] >= _LEAST_SHARED
        ]
    return scored


def _as_written(text: str, read: _Read, common: set[str]) -> tuple[str, ...]:
    """The shared words as our sentence writes them, the rarest first."""
    start, end = read.place
    single = {term for term in common if " " not in term}
    written: dict[str, str] = {}
    for raw in WORD.findall(text[start:end])[:_WORDS]:
        folded = fold_word(raw)
        if folded in single:
            written.setdefault(folded, raw)
    ordered = sorted(written, key=lambda term: (-read.weights[term], term))
    return tuple(written[term] for term in ordered[:6])
