"""What an article is known by when its story is looked for, small enough to be kept and indexed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from monitor.stages.story import words
from store.lineage import StoryFacts

SCHEME = "story-1"
RAREST = 24  # terms that others are looked for by
MOST_TERMS = 110  # of one article, the heaviest first
CONCEPT = "@"  # before the name of a thing the lexicon knows, whatever the language
CONCEPT_WEIGHT = 1.2
PRIOR_TEXTS = 400  # texts imagined before the first: rarity means something on the first day
PRIOR_COMMON = 30
PRIOR_OTHER = 0.7


class Told(Protocol):
    """An article as it is read for its story."""

    @property
    def article(self) -> int:
        """Its number."""

    @property
    def at(self) -> datetime:
        """When it was published, else first seen; aware."""

    @property
    def title(self) -> str:
        """The headline, plain text."""

    @property
    def body(self) -> str:
        """The text; only its beginning is read."""

    @property
    def concepts(self) -> Sequence[str]:
        """What the lexicon finds in headline and lead, that is a name: its ids."""

    @property
    def sketch(self) -> Sequence[int]:
        """The sketch of the text as the copies are found by; may be empty."""

    @property
    def outlet(self) -> str:
        """Who printed it."""

    @property
    def copy_of(self) -> int | None:
        """The article whose text this is a copy of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rarity:
    """How many of the window's articles have a term. A term nobody had is as rare as can be."""

    articles: int = 0
    n: Mapping[str, int] = field(default_factory=dict)
    _known: dict[float, float] = field(default_factory=dict, init=False, repr=False, compare=False)

    def of(self, term: str) -> float:
        """Return 0 for a term every article has, towards 1 for one that nobody had."""
        n = self.n.get(term, 0) + (PRIOR_COMMON if term in words.COMMON else PRIOR_OTHER)
        known = self._known.get(n)  # most of the hundred terms of a text stand in equally few
        if known is None:
            known = self._known[n] = self._of(n)
        return known

    def _of(self, n: float) -> float:
        total = self.articles + PRIOR_TEXTS + 1
        return max(0.0, math.log(total / (n + 0.5)) / math.log(total))


def figures(facts: StoryFacts) -> frozenset[str]:
    """Return the figures of the headline."""
    return frozenset(word for word in facts.headline if words.figure(word))


def terms(title: str, body: str, concepts: Iterable[str]) -> dict[str, float]:
    """Return the heaviest terms of an article: words, figures, and names the lexicon knows."""
    told = words.weighed(title, body)
    for concept in concepts:
        told[CONCEPT + concept] = CONCEPT_WEIGHT
    heaviest = sorted(told.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_TERMS]
    return {term: round(weight, 2) for term, weight in heaviest}


def facts(told: Told, found: Mapping[str, float], rarity: Rarity) -> StoryFacts:
    """Return what the article is known by. ``found`` are its ``terms``; ``rarity`` knows them."""
    length = sum((weight * rarity.of(term)) ** 2 for term, weight in found.items())
    return StoryFacts(
        article=told.article,
        at=told.at,
        terms=found,
        headline=tuple(dict.fromkeys(said.word for said in words.headline(told.title))),
        outlet=told.outlet,
        script=words.script(told.title + " " + told.body),
        norm=round(math.sqrt(length), 4) or 1.0,
        sketch=tuple(told.sketch),
    )


def rarest(own: StoryFacts, rarity: Rarity) -> list[tuple[str, float]]:
    """Return the terms to look for others by, rarest first, each with what it is worth.

    Terms that nobody has are left out: nobody can be found by them.
    """
    n = rarity.n
    ordered = sorted((n[t], -weight, t) for t, weight in own.terms.items() if n.get(t, 0) > 0)
    return [(term, -weight * rarity.of(term) ** 2) for _, weight, term in ordered[:RAREST]]
