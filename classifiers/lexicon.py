"""The words of the topic and where they stand in a text.

All aliases in every script are found in one pass; an alias that means other things elsewhere
counts only in its context; traps are seen and set aside.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from classifiers.entries import PackError
from classifiers.pack import NO_TEAM, TOPIC, Context, Neighbour, Pack, Team, load_pack, spelled
from classifiers.phrases import Entry, Found, Phrases, Telltales, alias_words, variants
from classifiers.types import Match, Part
from classifiers.words import (
    WORD,
    Cut,
    as_capitals,
    cut,
    fold,
    fold_with_map,
    fold_word,
    is_possessive,
    unmarked,
)

__all__ = ["Concept", "Hit", "Lexicon", "fold", "fold_with_map", "load_lexicon"]

LANGUAGES = ("en", "ur", "ps", "fa")
LIMIT = 960  # words read of one part: beyond them nothing was ever decided, and time is bounded
_SKELETON_ALONE = 8  # shorter names standing alone must be spelled as listed: Shultan, Sultan
_LOOSE_KINDS = frozenset({"person", "place", "group", "crossing", "operation"})
_INSIDES = 5_000  # phrases remembered; the lexicon has fewer, their spellings are not bounded
_CLOSED = frozenset({"trap", "away", "regional"})  # what they name inside is theirs
_NAMED_INSIDE: Mapping[str, frozenset[str]] = {
    "group": frozenset(),  # a proper name is one thing: the TTP's own name speaks of no country
    "person": frozenset({"country"}),
    "institution": frozenset({"country"}),
}
_NAMED = frozenset({"country", "place", "group"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """One thing the topic speaks of; ``aliases`` by language code."""

    id: str
    kind: str
    pole: str
    strand: str = ""
    role: str = ""
    zone: str = ""
    guard: str = ""
    guarded: frozenset[str] = frozenset()
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Hit(NamedTuple):
    """A concept at a place: ``text[start:end]`` of ``part``, ``word`` words in.

    ``guarded`` says that it counts only in its context. ``spare`` holds the words of a guarded
    phrase, which count where the phrase does not: without Pakistan "Afghan refugees" still speaks
    of refugees.
    """

    concept: Concept
    part: Part
    start: int
    end: int
    word: int
    text: str  # the whole part
    guarded: bool = False
    spare: tuple[Hit, ...] = ()

    @property
    def match(self) -> Match:
        """The place, to be shown."""
        return Match(
            concept=self.concept.id,
            text=self.text[self.start : self.end],
            part=self.part,
            start=self.start,
            end=self.end,
        )


class Lexicon:
    """The aliases of one topic pack, ready to be looked for. Safe to share between threads."""

    def __init__(self, pack: Pack) -> None:
        """Compile the concepts of a pack.

        Raises:
            PackError: one is guarded by a context, or becomes a trap, that the pack does not have.
        """
        self.concepts: Mapping[str, Concept] = MappingProxyType(
            {c.id: c for c in map(_concept, [*pack.added, *pack.lexicon])}
        )
        self.version = f"{pack.topic}-{pack.lexicon_hash[:12]}"
        self._contexts: Mapping[str, Context] = pack.contexts
        for concept in self.concepts.values():
            if concept.guarded and concept.guard not in pack.contexts:
                context = repr(concept.guard) if concept.guard else "for it: it names no `guard`"
                raise PackError(f"lexicon.yaml: {concept.id}: topic.yaml has no context {context}")
        self._neighbours: dict[str, list[Neighbour]] = {}
        for rule in pack.neighbours:
            if not {rule.concept, rule.trap} <= self.concepts.keys():
                raise PackError(
                    f"topic.yaml: neighbours: the lexicon has no {rule.concept} or no {rule.trap}"
                )
            self._neighbours.setdefault(rule.concept, []).append(rule)
        entries = [entry for concept in self.concepts.values() for entry in _entries(concept)]
        loose = frozenset(c.id for c in self.concepts.values() if c.kind in _LOOSE_KINDS)
        self._phrases = Phrases(entries, loose=loose)
        moving = {*pack.recipe.poles, "trap"}
        self._telltales = self._phrases.telltales(
            [e for e in entries if self.concepts[e.concept].pole in moving]
        )
        self._countries = frozenset(
            pole.name for pole in pack.recipe.poles.values() if pole.sort == "country"
        )
        self._holding = frozenset(
            c.id
            for c in self.concepts.values()
            if c.pole not in _CLOSED and _NAMED_INSIDE.get(c.kind, _NAMED)
        )
        self._insides: dict[tuple[str, ...], tuple[tuple[str, int, int], ...]] = {}
        self._names = _names(self.concepts.values())

    def aliases(self, name_or_id: str) -> tuple[str, ...]:
        """Every spelling of the concept with this id, or of the concept so spelled.

        Raises:
            KeyError: no concept has this id or alias.
        """
        return tuple(dict.fromkeys(_all_aliases(self.concepts[self.id_of(name_or_id)])))

    def id_of(self, name_or_id: str) -> str:
        """The id of the concept with this id, or of the concept so spelled.

        Raises:
            KeyError: no concept has this id or alias.
        """
        return name_or_id if name_or_id in self.concepts else self._names[fold(name_or_id).strip()]

    def knows(self, name_or_id: str) -> bool:
        """Whether a concept has this id or this spelling."""
        return name_or_id in self.concepts or fold(name_or_id).strip() in self._names

    def find(
        self, parts: Mapping[Part, str], *, side: str | None = None
    ) -> tuple[list[Match], list[Match]]:
        """What counts and what was set aside, each in the order of parts and places.

        Places are code points of the part they name. All parts together are the context.
        """
        hits = [hit for part, text in parts.items() for hit in self.read(text, part)]
        counted, ignored = self.weigh(hits, side=side)
        return [hit.match for hit in counted], ignored

    def read(self, text: str, part: Part, *, limit: int = LIMIT) -> list[Hit]:
        """Every alias and trap in ``text``, before any context is asked for."""
        found = cut(text, limit)
        return self.read_cut(found, self.keys(found), part)

    def keys(self, found: Cut) -> list[str]:
        """What the words of a text are looked up by."""
        return self._phrases.keys(found.words)

    def read_cut(self, found: Cut, keys: Sequence[str], part: Part, *, lead: int = 0) -> list[Hit]:
        """As ``read``, for a text already cut; the first ``lead`` words are called the lead."""
        phrases = self._phrases.find(found, keys)
        if not phrases:
            return []
        ends = found.ends()
        return [
            hit
            for phrase in phrases
            for hit in self._hits(phrase, found, ends, "lead" if phrase.start < lead else part)
        ]

    def read_words(self, raw: Sequence[str], text: str, part: Part) -> list[Hit]:
        """As ``read``, for the first ``len(raw)`` words of ``text``."""
        found = cut(text, len(raw), reach=len(text))
        return self.read_cut(found, self.keys(found), part)

    def spellings(self, pole: str) -> Iterable[tuple[Concept, Entry, tuple[str, ...]]]:
        """Yield every way that a name of ``pole`` is written, as folded words."""
        for concept in self.concepts.values():
            if concept.pole == pole:
                for entry in _entries(concept):
                    for variant in sorted(variants(entry)):
                        yield concept, entry, variant

    def key_of(self, folded: str) -> str:
        """What a folded word is looked up by; spellings that readers take for one share it."""
        return self._phrases.key_of(folded)

    def silent(self, *parts: Sequence[str]) -> bool:
        """Whether no pole and no trap can be named: many texts, told apart in microseconds."""
        return all(map(self.unmoved, map(self._phrases.keys, parts)))

    def telling(self, concepts: Collection[str]) -> Telltales:
        """What tells from the keys of words whether one of these concepts can be named."""
        return self._phrases.telltales(
            [entry for name in concepts for entry in _entries(self.concepts[name])]
        )

    def unmoved(self, keys: Sequence[str]) -> bool:
        """As ``silent``, for the keys of words."""
        return self._telltales.absent(keys)

    def _hits(self, phrase: Found, found: Cut, ends: Sequence[int], part: Part) -> list[Hit]:
        trap = self._trapped(phrase, found.words)
        told = self._told(phrase.entries)
        inside: list[Hit] = []
        if phrase.end - phrase.start > 1 and not trap and not self._holding.isdisjoint(told):
            raw = tuple(found.words[phrase.start : phrase.end])
            inside = [
                self._hit(name, start + phrase.start, end + phrase.start, found.text, ends, part)
                for name, start, end in self._inside(raw)
            ]
        out = []
        for name, guarded in told.items():
            hit = self._hit(trap or name, phrase.start, phrase.end, found.text, ends, part)
            if guarded and not trap:
                spare = tuple(inner for inner in inside if inner.concept.pole == "word")
                hit = hit._replace(guarded=True, spare=spare)
            out.append(hit)
        if inside:
            outer = [self.concepts[name] for name in told]
            out += [h for h in inside if any(self._names_inside(o, h.concept) for o in outer)]
        return out

    def _hit(
        self, name: str, first: int, end: int, text: str, ends: Sequence[int], part: Part
    ) -> Hit:
        return Hit(self.concepts[name], part, ends[2 * first], ends[2 * end - 1], first, text)

    def _told(self, entries: Sequence[Entry]) -> dict[str, bool]:
        """The concepts at one place, each once, and whether it needs its context."""
        told: dict[str, bool] = {}
        for entry in entries:
            told[entry.concept] = told.get(entry.concept, True) and entry.guarded
        return told

    def _inside(self, raw: tuple[str, ...]) -> tuple[tuple[str, int, int], ...]:
        """What a longer phrase says in its own words: "border with Pakistan" names Pakistan."""
        known = self._insides.get(raw)
        if known is None:
            found = self._phrases.find_inside(raw)
            known = tuple(
                (name, inner.start, inner.end)
                for inner in found
                for name, guarded in self._told(inner.entries).items()
                if not guarded
            )
            if len(self._insides) < _INSIDES:
                self._insides[raw] = known
        return known

    def _trapped(self, phrase: Found, raw: Sequence[str]) -> str:
        """The trap that a name becomes by what stands before it; empty where it is the name."""
        for entry in phrase.entries:
            for rule in self._neighbours.get(entry.concept, ()):
                if not raw[phrase.start][:1].isupper():
                    continue
                for word in reversed(raw[max(0, phrase.start - rule.within) : phrase.start]):
                    if fold_word(word) in rule.before:
                        return rule.trap
                    if not word[:1].isupper():
                        break
        return ""

    def _names_inside(self, outer: Concept, inner: Concept) -> bool:
        """Whether a phrase of ``outer`` that contains ``inner`` speaks of its country too."""
        kinds = _NAMED_INSIDE.get(outer.kind, _NAMED)
        alike = outer.pole == inner.pole and outer.role != "actor"
        return (
            inner.pole in self._countries and not inner.role and inner.kind in kinds and not alike
        )

    def weigh(self, hits: Sequence[Hit], *, side: str | None) -> tuple[list[Hit], list[Match]]:
        """Part the hits that count from the traps and from those whose context is missing.

        ``side`` is the country whose outlet wrote the text. Of a phrase without its context the
        plain words inside still count.
        """
        present = {f"side:{side}"} if side else set()
        for hit in hits:
            concept = hit.concept
            present.add("id:" + concept.id)
            if concept.pole == "word":
                present.add("word:" + concept.strand)
            if not hit.guarded:
                present.add("pole:" + concept.pole)
        counted: list[Hit] = []
        ignored: list[Match] = []
        for hit in hits:
            if hit.concept.pole == "trap":
                ignored.append(hit.match)
            elif not hit.guarded or self._contexts[hit.concept.guard].holds(present):
                counted.append(hit)
            else:
                ignored.append(hit.match)
                counted.extend(hit.spare)
        return counted, ignored


def _concept(row: Mapping[str, object]) -> Concept:
    guarded = row.get("guarded")
    aliases = {lang: tuple(spelled(row.get(lang))) for lang in LANGUAGES if row.get(lang)}
    return Concept(
        id=str(row["id"]),
        kind=str(row["kind"]),
        pole=str(row["pole"]),
        strand=str(row.get("strand", "")),
        role=str(row.get("role", "")),
        zone=str(row.get("zone", "")),
        guard=str(row.get("guard", "")),
        guarded=frozenset(spelled(guarded)),
        aliases=MappingProxyType(aliases),
    )


def _all_aliases(concept: Concept) -> list[str]:
    return [alias for language in concept.aliases.values() for alias in language]


def _entries(concept: Concept) -> Iterable[Entry]:
    for alias in _all_aliases(concept):
        bare = unmarked(alias)
        short = len(bare) <= 4 and bare.isascii() and bare.upper() == bare
        mixed = len(bare) <= 4 and bare.isascii() and bare[1:] != bare[1:].lower()
        # "Tank's" is written as an owner because a tank is something else: its capital tells.
        exact = None
        if short or mixed or is_possessive(bare):
            exact = tuple(map(as_capitals, WORD.findall(bare)))
        folded = alias_words(alias)
        strict = concept.kind not in _LOOSE_KINDS or len("".join(folded)) < _SKELETON_ALONE
        plain = folded[0] if len(folded) == 1 and strict else ""
        yield Entry(
            concept=concept.id,
            alias=alias,
            exact=exact,
            plain="" if exact else plain,
            guarded="all" in concept.guarded or alias in concept.guarded,
        )


def _names(concepts: Iterable[Concept]) -> dict[str, str]:
    names: dict[str, str] = {}
    for concept in concepts:
        for alias in _all_aliases(concept):
            names.setdefault(fold(alias).strip(), concept.id)
    return names


def load_lexicon(topic: str = TOPIC, team: Team = NO_TEAM) -> Lexicon:
    """The lexicon of a topic pack with the team's names, read once.

    Raises:
        FileNotFoundError: there is no such pack.
    """
    return _loaded(topic, replace(team, switches=()))  # what counts names nothing


@lru_cache(maxsize=8)
def _loaded(topic: str, team: Team) -> Lexicon:
    return Lexicon(load_pack(topic, team))
