"""The words of the topic and where they stand in a text.

All aliases in every script are found in one pass; an alias that means other things elsewhere
counts only in its context; traps are seen and set aside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from classifiers.pack import Context, Neighbour, Pack, load_pack
from classifiers.phrases import Entry, Found, Phrases, alias_words
from classifiers.types import Match, Part
from classifiers.words import WORD, fold, fold_with_map, fold_word, spans, words

__all__ = ["Concept", "Hit", "Lexicon", "fold", "fold_with_map", "load_lexicon"]

POLES = frozenset({"pakistan", "afghanistan", "ttp", "both"})
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
_COUNTRIES = frozenset({"pakistan", "afghanistan"})


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


@dataclass(frozen=True, slots=True)
class Hit:
    """A concept at a place, and what it says: its poles, its strand, how many words in.

    ``spare`` holds the words of a guarded phrase, which count where the phrase does not:
    without Pakistan "Afghan refugees" still speaks of refugees.
    """

    match: Match
    concept: Concept
    poles: frozenset[str]
    word: int
    spare: tuple[Hit, ...] = ()


class Lexicon:
    """The aliases of one topic pack, ready to be looked for. Safe to share between threads."""

    def __init__(self, pack: Pack) -> None:
        self.concepts: Mapping[str, Concept] = MappingProxyType(
            {c.id: c for c in map(_concept, pack.lexicon)}
        )
        self.version = f"{pack.topic}-{pack.lexicon_hash[:12]}"
        self._contexts: Mapping[str, Context] = pack.contexts
        self._neighbours: Sequence[Neighbour] = pack.neighbours
        entries = [entry for concept in self.concepts.values() for entry in _entries(concept)]
        loose = frozenset(c.id for c in self.concepts.values() if c.kind in _LOOSE_KINDS)
        self._phrases = Phrases(entries, loose=loose)
        self._guarded = {
            (c.id, alias)
            for c in self.concepts.values()
            for alias in (_all_aliases(c) if "all" in c.guarded else c.guarded)
        }
        self._openings = self._phrases.openings(entries)
        self._pole_openings = self._phrases.openings(
            [e for e in entries if self.concepts[e.concept].pole in POLES]
        )
        self._poles = {name: frozenset({c.pole}) for name, c in self.concepts.items()}
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
        raw = words(text, limit)
        return self.read_words(raw, text, part)

    def read_words(self, raw: Sequence[str], text: str, part: Part) -> list[Hit]:
        """As ``read``, for words already taken from ``text``."""
        keys = self._phrases.keys(raw)
        if self._openings.isdisjoint(keys):
            return []
        places = list(spans(text, len(raw)))
        return [
            hit
            for found in self._phrases.find(raw, keys, text, places)
            for hit in self._hits(found, raw, text, part, places)
        ]

    def silent(self, *parts: Sequence[str]) -> bool:
        """Whether no word begins an alias of a pole: most texts, told apart in microseconds."""
        return all(self._pole_openings.isdisjoint(self._phrases.keys(raw)) for raw in parts)

    def _hits(
        self,
        found: Found,
        raw: Sequence[str],
        text: str,
        part: Part,
        places: Sequence[tuple[int, int]],
    ) -> Iterable[Hit]:
        trap = self._trapped(found, raw)
        told = self._told(found.entries)
        inside: list[Hit] = []
        if found.end - found.start > 1 and not trap and not self._holding.isdisjoint(told):
            inside = [
                self._hit(name, start + found.start, end + found.start, text, part, places)
                for name, start, end in self._inside(tuple(raw[found.start : found.end]))
            ]
        for name, guarded in told.items():
            hit = self._hit(trap or name, found.start, found.end, text, part, places)
            if guarded and not trap:
                spare = tuple(inner for inner in inside if inner.concept.pole == "word")
                hit = Hit(hit.match, hit.concept, hit.poles | {"?"}, hit.word, spare)
            yield hit
        for hit in inside:
            if any(_names_inside(self.concepts[name], hit.concept) for name in told):
                yield hit

    def _hit(
        self,
        name: str,
        first: int,
        end: int,
        text: str,
        part: Part,
        places: Sequence[tuple[int, int]],
    ) -> Hit:
        begins, ends = places[first][0], places[end - 1][1]
        match = Match(concept=name, text=text[begins:ends], part=part, start=begins, end=ends)
        return Hit(match, self.concepts[name], self._poles[name], first)

    def _told(self, entries: Sequence[Entry]) -> dict[str, bool]:
        """The concepts at one place, each once, and whether it needs its context."""
        told: dict[str, bool] = {}
        for entry in entries:
            guarded = (entry.concept, entry.alias) in self._guarded
            told[entry.concept] = told.get(entry.concept, True) and guarded
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

    def _trapped(self, found: Found, raw: Sequence[str]) -> str:
        for rule in self._neighbours:
            if all(entry.concept != rule.concept for entry in found.entries):
                continue
            if not raw[found.start][:1].isupper():
                continue
            for word in reversed(raw[max(0, found.start - rule.within) : found.start]):
                if fold_word(word) in rule.before:
                    return rule.trap
                if not word[:1].isupper():
                    break
        return ""

    def weigh(self, hits: Sequence[Hit], *, side: str | None) -> tuple[list[Hit], list[Match]]:
        """Part the hits that count from the traps and from those whose context is missing.

        ``side`` is the country whose outlet wrote the text. Of a phrase without its context the
        plain words inside still count.
        """
        present = {"pole:" + pole for h in hits if "?" not in h.poles for pole in h.poles}
        present |= {"word:" + h.concept.strand for h in hits if h.concept.pole == "word"}
        present |= {"id:" + h.concept.id for h in hits}
        if side:
            present.add("side:" + side)
        counted: list[Hit] = []
        ignored: list[Match] = []
        for hit in hits:
            if hit.concept.pole == "trap":
                ignored.append(hit.match)
            elif "?" not in hit.poles or self._contexts[hit.concept.guard].holds(present):
                counted.append(hit)
            else:
                ignored.append(hit.match)
                counted.extend(hit.spare)
        return counted, ignored


def _concept(row: Mapping[str, object]) -> Concept:
    guarded = row.get("guarded", ())
    aliases = {lang: tuple(map(str, _list(row.get(lang)))) for lang in LANGUAGES if row.get(lang)}
    return Concept(
        id=str(row["id"]),
        kind=str(row["kind"]),
        pole=str(row["pole"]),
        strand=str(row.get("strand", "")),
        role=str(row.get("role", "")),
        zone=str(row.get("zone", "")),
        guard=str(row.get("guard", "")),
        guarded=frozenset([guarded] if isinstance(guarded, str) else map(str, _list(guarded))),
        aliases=MappingProxyType(aliases),
    )


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


def _all_aliases(concept: Concept) -> list[str]:
    return [alias for language in concept.aliases.values() for alias in language]


def _entries(concept: Concept) -> Iterable[Entry]:
    for alias in _all_aliases(concept):
        short = len(alias) <= 4 and alias.isascii() and alias.upper() == alias
        mixed = len(alias) <= 4 and alias.isascii() and alias[1:] != alias[1:].lower()
        exact = tuple(WORD.findall(alias)) if short or mixed else None
        folded = alias_words(alias)
        strict = concept.kind not in _LOOSE_KINDS or len("".join(folded)) < _SKELETON_ALONE
        plain = folded[0] if len(folded) == 1 and strict else ""
        yield Entry(concept=concept.id, alias=alias, exact=exact, plain="" if exact else plain)


def _names_inside(outer: Concept, inner: Concept) -> bool:
    """Whether a phrase of ``outer`` that contains ``inner`` speaks of its country too."""
    kinds = _NAMED_INSIDE.get(outer.kind, _NAMED)
    alike = outer.pole == inner.pole and outer.role != "actor"
    return inner.pole in _COUNTRIES and not inner.role and inner.kind in kinds and not alike


def _names(concepts: Iterable[Concept]) -> dict[str, str]:
    names: dict[str, str] = {}
    for concept in concepts:
        for alias in _all_aliases(concept):
            names.setdefault(fold(alias).strip(), concept.id)
    return names


@lru_cache(maxsize=8)
def load_lexicon(topic: str = "pak_afg_ttp") -> Lexicon:
    """The lexicon of a topic pack, read once.

    Raises:
        FileNotFoundError: there is no such pack.
    """
    return Lexicon(load_pack(topic))
