"""Whether a rule is met by an article, and by which words: one evaluator for every rule.

What a rule asks is true, false or not known yet. A score, topics and the kind are not known of an
article that was not judged yet, and what follows from them is not known either; such an article
does not meet the rule now, and is asked again when it was judged. So ``NOT topic:talks`` never
fires on a headline that may yet turn out to be of talks, and nothing is lost by waiting.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import re2

from monitor.stages.match import patterns
from monitor.stages.match.patterns import Fold, certain_piece, compiled, words_pattern
from monitor.stages.match.places import Folded, Span, neighbours, sentence_ends, spans
from monitor.stages.match.tree import (
    And,
    Concept,
    Expression,
    Is,
    Near,
    Node,
    Not,
    Or,
    Score,
    Within,
    Word,
)

MOST_PIECES = 12  # spellings; of more, one pattern is as quick
MOST_PLACES = 500  # of one term in one part, for NEAR and for guards; an article has fewer
_LETTERS = re2.compile(r"[\p{L}\p{M}\p{N}]+")

Spelled = Callable[[str], tuple[str, Sequence[str]]]
"""The id of a concept, and all its spellings. KeyError: the lexicon has none of this name."""
Guard = Callable[[str], Iterable[tuple[str, int, int]]]
"""Of a concept, the places (part, start, end) that look like it and are something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of an article beside its text; None: not yet."""

    outlet: str = ""
    side: str = ""
    language: str | None = None
    kind: str | None = None
    score: float | None = None
    topics: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A term ready to be searched. ``concept``: its guards hold.

    ``pieces``: a text that holds none of these does not hold the term; empty where nobody knows.
    Looking for them first is ten times as fast as the pattern.
    """

    pattern: Any
    parts: tuple[str, ...]
    concept: str = ""
    pieces: tuple[bytes, ...] = ()
    most: int | None = None  # bytes of a part that are read for it; None: all
    most_near: int | None = None  # where all its places are asked for, each a look to the end

    def absent(self, text: Folded) -> bool:
        """Return whether the term certainly is not in a text."""
        return bool(self.pieces) and not any(map(text.holds, self.pieces))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two terms near each other; ``words`` None: in one sentence."""

    left: tuple[Leaf, ...]
    right: tuple[Leaf, ...]
    words: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """True where ``of`` is false."""

    of: Ready


@dataclass(frozen=True, slots=True, kw_only=True)
class All:
    """All of these; the cheapest stands first."""

    of: tuple[Ready, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Either:
    """Any of these."""

    of: tuple[Ready, ...]


Ready = Leaf | Pair | Is | Score | Nothing | All | Either
Found = tuple[str, int, int]
"""A place in bytes of the folded part: (part, start, end)."""


# --- making ready ---------------------------------------------------------------------------


@dataclass(slots=True)
class Maker:
    """Makes a tree ready; what cannot be is told in ``problems`` as (what was typed, why)."""

    fold: Fold | None
    spelled: Spelled | None
    parts: tuple[str, ...]
    problems: list[tuple[str, str]] = field(default_factory=list)

    def ready(self, node: Node) -> Ready:
        """Return ``node`` ready to be decided."""
        match node:
            case And():
                return All(of=tuple(sorted(map(self.ready, node.of), key=_cost)))
            case Or():
                return Either(of=tuple(map(self.ready, node.of)))
            case Not():
                return Nothing(of=self.ready(node.node))
            case Within():
                inner = Maker(self.fold, self.spelled, (node.part,), self.problems)
                return inner.ready(node.node)
            case Near():
                left, right = (tuple(self._leaves(side)) for side in (node.left, node.right))
                return Pair(left=left, right=right, words=node.words)
            case Is() | Score():
                return node
            case _:
                return self._leaf(node)

    def _leaves(self, node: Node) -> Iterator[Leaf]:
        yield from map(self._leaf, node.of if isinstance(node, Or) else (node,))

    def _leaf(self, node: Node) -> Leaf:
        match node:
            case Word():
                pattern = words_pattern((node.text,), self.fold, start=node.start)
                return self._searched(pattern, node.text, words=(node.text,))
            case Concept():
                return self._concept(node.name)
            case Expression():
                return self._searched(node.pattern, node.pattern, typed=not _made(node))
        raise AssertionError(node)

    def _concept(self, name: str) -> Leaf:
        if self.spelled is None:
            self.problems.append((f"concept:{name}", "there is no lexicon to take it from"))
            return self._searched("-", name)
        concept, spellings = self.spelled(name)
        pattern = words_pattern(spellings, self.fold)
        return self._searched(pattern, name, concept=concept, words=spellings)

    def _searched(
        self, pattern: str, typed_as: str, *, typed: bool = False, concept: str = "",
        words: Sequence[str] = (),
    ) -> Leaf:  # fmt: skip
        ready, why = compiled(pattern, typed=typed)
        if why:
            self.problems.append((typed_as, why))
        few = self.fold is not None and len(words) <= MOST_PIECES
        pieces = {certain_piece(word, self.fold) for word in words} if few and self.fold else set()
        return Leaf(
            pattern=ready, parts=self.parts, concept=concept,
            pieces=tuple(sorted(pieces)) if all(pieces) else (),
            most=patterns.most_read(ready) if typed and ready else None,
            most_near=patterns.most_near(ready) if typed and ready else None,
        )  # fmt: skip


def _made(node: Expression) -> bool:
    """Whether a pattern was built of words by us; those may be long."""
    return node.at < 0


def _cost(ready: Ready) -> int:
    """What decides soonest: facts, then words, then names with guards, then the rest."""
    if isinstance(ready, Is | Score):
        return 0
    return (2 if ready.concept else 1) if isinstance(ready, Leaf) else 3


# --- what can be said without the text, or without its places --------------------------------


def may(ready: Ready, facts: Facts, has: Callable[[Leaf], bool | None]) -> bool | None:
    """Return whether an article meets the rule as far as it can be told; None: it cannot.

    ``has`` tells of a term that it stands nowhere (False), or that this is not known (None).
    """
    match ready:
        case All():
            return _all(may(one, facts, has) for one in ready.of)
        case Either():
            return _any(may(one, facts, has) for one in ready.of)
        case Nothing():
            return _not(may(ready.of, facts, has))
        case Pair():
            sides = (_any(has(leaf) for leaf in side) for side in (ready.left, ready.right))
            return _all(sides)
        case Leaf():
            return has(ready)
        case Is():
            return _is(ready, facts)
        case Score():
            return _scored(ready, facts)


def _all(said: Iterable[bool | None]) -> bool | None:
    found: bool | None = True
    for one in said:
        if one is False:
            return False
        found = None if one is None else found
    return found


def _any(said: Iterable[bool | None]) -> bool | None:
    found: bool | None = False
    for one in said:
        if one:
            return True
        found = None if one is None else found
    return found


def _not(said: bool | None) -> bool | None:
    return None if said is None else not said


def _is(ready: Is, facts: Facts) -> bool | None:
    wanted = ready.value.casefold()
    if ready.fact == "topic":
        return None if facts.topics is None else wanted in facts.topics
    if ready.fact == "kind":
        return None if facts.kind is None else facts.kind == wanted
    # An article whose language nobody knows is in none: it would wait for ever.
    return str(getattr(facts, ready.fact) or "").casefold() == wanted


def _scored(ready: Score, facts: Facts) -> bool | None:
    score = facts.score
    if score is None:
        return None if facts.topics is None else False
    held = {
        ">=": score >= ready.bound,
        "<=": score <= ready.bound,
        ">": score > ready.bound,
        "<": score < ready.bound,
        "=": score == ready.bound,
    }
    return held[ready.comparison]


# --- with the text ---------------------------------------------------------------------------


@dataclass(slots=True)
class Sight:
    """A text as rules look at it; what was searched once for one rule serves the others.

    ``parts``: folded text by part. ``apart`` tells of a concept which places (in bytes) are
    something else.
    """

    parts: Mapping[str, Folded]
    facts: Facts
    apart: Callable[[str, str], Sequence[Span]]
    _first: dict[tuple[int, str], Span | None] = field(default_factory=dict)
    _spans: dict[tuple[int, str], list[Span]] = field(default_factory=dict)
    _sentences: dict[str, list[int]] = field(default_factory=dict)

    def decide(self, ready: Ready) -> tuple[bool | None, list[Found]]:
        """Return whether the text meets the rule, and the words that made it so."""
        match ready:
            case All():
                return self._all_of(ready.of)
            case Either():
                return self._any_of(ready.of)
            case Nothing():
                return _not(self.decide(ready.of)[0]), []
            case Pair():
                places = [one for part in self._shared(ready) for one in self._near(ready, part)]
                return bool(places), places
            case Leaf():
                places = [
                    (part, *span) for part in ready.parts if (span := self._place(ready, part))
                ]
                return bool(places), places
            case _:
                return may(ready, self.facts, _unasked), []

    def _all_of(self, several: Sequence[Ready]) -> tuple[bool | None, list[Found]]:
        said: bool | None = True
        places: list[Found] = []
        for one in several:
            told, found = self.decide(one)
            if told is False:
                return False, []
            said = None if told is None else said
            places += found
        return said, places

    def _any_of(self, several: Sequence[Ready]) -> tuple[bool | None, list[Found]]:
        said: bool | None = False
        places: list[Found] = []
        for one in several:
            told, found = self.decide(one)
            if told:
                said = True
                places += found
            elif told is None and said is False:
                said = None
        return said, places if said else []

    def _place(self, leaf: Leaf, part: str) -> Span | None:
        """The first place of a term in a part."""
        if leaf.concept:
            return next(iter(self._places(leaf, part)), None)
        key = (id(leaf.pattern), part)
        if key not in self._first:
            text = self.parts.get(part, _EMPTY)
            gone = leaf.absent(text)
            self._first[key] = (
                None if gone else next(spans(leaf.pattern, text.text, leaf.most), None)
            )
        return self._first[key]

    def _places(self, leaf: Leaf, part: str) -> list[Span]:
        key = (id(leaf.pattern), part)
        if key not in self._spans:
            text = self.parts.get(part, _EMPTY)
            gone = leaf.absent(text)
            every = iter(()) if gone else spans(leaf.pattern, text.text, leaf.most_near)
            self._spans[key] = list(islice(every, MOST_PLACES if leaf.most_near is None else 200))
        found = self._spans[key]
        if not found or not leaf.concept:
            return found
        others = self.apart(leaf.concept, part)
        return [
            one
            for one in found
            if not any(one[0] < end and start < one[1] for start, end in others)
        ]

    def _shared(self, pair: Pair) -> list[str]:
        return [part for part in pair.left[0].parts if part in self.parts]

    def _near(self, pair: Pair, part: str) -> list[Found]:
        left = self._sorted(pair.left, part)
        right = self._sorted(pair.right, part) if left else []
        if not right:
            return []
        for before, after in ((left, right), (right, left)):
            for first, second in neighbours(before, after):
                if self._joined(pair, part, first[1], second[0]):
                    return [(part, *first), (part, *second)]
        return []

    def _sorted(self, side: Sequence[Leaf], part: str) -> list[Span]:
        if len(side) == 1:
            return self._places(side[0], part)
        return sorted({span for leaf in side for span in self._places(leaf, part)})

    def _joined(self, pair: Pair, part: str, start: int, end: int) -> bool:
        if pair.words is None:
            ends = self._sentence_ends(part)
            return bisect_right(ends, start) == bisect_right(ends, end)
        between = islice(_LETTERS.finditer(self.parts[part].text, start, end), pair.words + 1)
        return sum(1 for _ in between) <= pair.words

    def _sentence_ends(self, part: str) -> list[int]:
        if part not in self._sentences:
            self._sentences[part] = sentence_ends(self.parts[part].text)
        return self._sentences[part]


_EMPTY = Folded(b"")


def _unasked(_leaf: Leaf) -> bool | None:
    return None
