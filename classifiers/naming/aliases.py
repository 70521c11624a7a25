"""Adding a name: where it would go, and what speaks against a spelling.

A spelling that is an ordinary word, or somebody else's name, would make articles match by accident
for months before anybody noticed; so it is refused, or has to be confirmed, before it counts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from classifiers.lexicon import Hit, Lexicon
from classifiers.naming.mentions import ARMED, GIVEN, GROUPS, HONOURS, PLACES, STOP, TITLES
from classifiers.naming.names import Kind, NewName
from classifiers.pack import NAMED, concept_for
from classifiers.phrases import alias_words
from classifiers.words import WORD, fold_word, of_two_scripts

LONGEST = 80
SHORTEST = 4
MOST_SPELLINGS = 4
ASIDE = frozenset({"word", "trap", "away", "regional"})  # every other pole is one of the topic
_SMALL = 0.1  # the share of articles with a spelling in small letters that makes it a word
_EMPTY = STOP | TITLES | PLACES | GROUPS | ARMED | HONOURS


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """What speaks against a spelling, in a sentence. ``final``: nobody can confirm it away."""

    sentence: str
    final: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A concept that a name may be added to; ``new`` when it is only one more of its kind."""

    concept: str
    why: str
    new: bool


def suggestions(name: NewName, lexicon: Lexicon) -> tuple[Suggestion, ...]:
    """Where ``name`` may go, the likeliest first: who it sounds like, then one more of its kind.

    What only shares some words with a known name comes after that, then one more of another pole.
    """
    alike = [
        Suggestion(concept=near.concept, why=f"{near.alias}: {near.why}", new=False)
        for near in name.alike
    ]
    kind = name.kind if name.kind != "unknown" else "person"
    new = Suggestion(
        concept=concept_for(kind, name.pole),
        why=f"a new {kind} of {name.pole}",
        new=True,
    )
    sure = [s for s, near in zip(alike, name.alike, strict=True) if near.why == "sounds the same"]
    rest = [s for s in alike if s not in sure]
    poles = sorted({c.pole for c in lexicon.concepts.values()} - ASIDE - {name.pole})
    others = [
        Suggestion(concept=concept_for(kind, pole), why=f"a new {kind} of {pole}", new=True)
        for pole in poles
    ]
    found = [*sure, new, *rest, *others]
    return tuple(s for s in found if s.concept in lexicon.concepts)


def spellings(name: NewName) -> tuple[str, ...]:
    """The spellings worth adding: the usual one, and others that are whole names too."""
    whole = [s for s in name.spellings if len(alias_words(s)) > 1 or s == name.name]
    distinct = {tuple(alias_words(s)): s for s in reversed(whole)}
    return tuple(reversed(distinct.values()))[:MOST_SPELLINGS]


def objections(
    spelling: str, concept: str, lexicon: Lexicon, texts: Sequence[str] = ()
) -> tuple[Objection, ...]:
    """What speaks against ``spelling`` as a name of ``concept``, the final reasons first.

    ``texts`` are stored articles that hold it: in small letters it is an ordinary word there.
    """
    words = alias_words(spelling)
    letters = sum(map(str.isalpha, "".join(words)))
    if concept not in lexicon.concepts:
        kinds, hint = ", ".join(NAMED), "team_KIND_POLE takes a new one"
        return (_no(f"there is no concept {concept} ({hint}; the kinds are {kinds})"),)
    if not words or len(spelling) > LONGEST or "\n" in spelling:
        return (_no(f"“{spelling[:LONGEST]}” is no name: one to {LONGEST} letters on one line"),)
    if letters < SHORTEST:
        return _short(spelling, letters)
    held = _held(spelling, concept, lexicon)
    if held:
        return (_no(held),)
    if all(word in _EMPTY for word in words):
        return (_no(f"“{spelling}” is made of ordinary words: it would match by accident"),)
    return tuple(_doubts(spelling, words, texts))


def _no(sentence: str) -> Objection:
    return Objection(sentence=sentence, final=True)


def _short(spelling: str, letters: int) -> tuple[Objection, ...]:
    said = f"“{spelling}” has {letters} letters: so short a name stands in other words' places"
    return (Objection(sentence=said, final=letters < 3 or not spelling.isupper()),)


def _held(spelling: str, concept: str, lexicon: Lexicon) -> str:
    """Whose name it is already; empty when it is nobody's as a whole."""
    for hit in lexicon.read(spelling, "title"):
        if not _whole(hit, spelling) or hit.concept.pole == "word":
            continue
        if hit.concept.id == concept:
            return f"“{spelling}” is known already as {concept}"
        what = "set aside as a trap" if hit.concept.pole == "trap" else "known already"
        return f"“{spelling}” is {what}: it belongs to {hit.concept.id}"
    return ""


def _whole(hit: Hit, spelling: str) -> bool:
    inside = spelling[hit.start : hit.end]
    return alias_words(inside) == alias_words(spelling)


def _doubts(spelling: str, words: Sequence[str], texts: Sequence[str]) -> list[Objection]:
    doubts = []
    found = re.compile(r"[\s\-]+".join(map(re.escape, WORD.findall(spelling))), re.IGNORECASE)
    if spelling[:1].isupper() and texts:
        held = [[m.group() for m in found.finditer(text)] for text in texts]
        held = [ways for ways in held if ways]
        small = sum(any(way[0].islower() for way in ways) for ways in held)
        if held and small > _SMALL * len(held):
            many = f"{small} of {len(held)} articles"
            doubts.append(f"“{spelling}” stands in small letters in {many}: is it a name?")
    mixed = of_two_scripts(spelling)
    if mixed:
        doubts.append(f"“{mixed}” mixes letters of two scripts: nobody else writes it so")
    if len(words) == 1 and words[0] in GIVEN:
        doubts.append(f"many people are called “{spelling}”: every one of them would match")
    elif spelling[:1].islower():
        doubts.append(f"“{spelling}” begins with a small letter: is it a name?")
    return [Objection(sentence=doubt, final=False) for doubt in doubts]


def known(name: str, lexicon: Lexicon) -> bool:
    """Whether the lexicon reads the whole of ``name`` as somebody's."""
    hits = lexicon.read(name, "title")
    return any(_whole(h, name) and h.concept.pole not in ASIDE for h in hits)


def kind_of(text: str) -> Kind | None:
    """The kind of name that ``text`` says, or None."""
    kinds: tuple[Kind, ...] = ("person", "place", "group", "operation")
    return next((kind for kind in kinds if kind == fold_word(text)), None)
