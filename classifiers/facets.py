"""The strands of the topic that an article is about, from the hits that were scored.

Which words speak for which strand is data (topic.yaml: ``strands``, ``facets``, and ``strand`` of
a concept). Where they stand decides how much they say: the title before the first sentence before
the opening before the body; what happens outweighs who or what is only named on the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from classifiers.entries import PackError, several
from classifiers.lexicon import Concept, Hit
from classifiers.types import Part

MOST: Final = 4
_EVENTS: Final = 3  # of these what happens may take so many; countries fill the rest
_SHARE: Final = 0.25  # a strand stays only where it is so strong beside the strongest
_NAMES: Final = frozenset({"group", "person", "crossing", "place", "institution", "operation"})
_NAMING: Final = 0.35  # a group or a crossing is named in stories of many kinds
_FIRST_SENTENCE: Final = 25  # words
_PARTS: Final[Mapping[Part, tuple[float, float]]] = {
    "title": (4.0, 1.7),
    "lead": (1.0, 3.0),
    "body": (0.25, 6.0),
}
"""What a mention is worth in each part, and how many mentions there can matter."""
_HEAD: Final = 1.25  # the first event of a headline is its news; what follows "while" is beside it
_SOURCE: Final = 5.0  # what it says for a strand that its own kind of source publishes
_TWICE: Final = 2


class FacetError(PackError):
    """A pack whose facets cannot be used; the message names the row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """One strand and the signs that speak for it; the words of topic.yaml's ``facets``."""

    of: frozenset[str]
    acts: frozenset[str] = frozenset()
    beside: frozenset[str] = frozenset()
    sides: frozenset[str] = frozenset()
    party: bool = False


_Needs = Literal["", "named", "beside"]
"""When a concept speaks for a strand: always, where other words name the strand, or where those
or what stands beside it do."""
_Claims = tuple[tuple[str, _Needs], ...]


class Facets:
    """The strands of one topic. Not changed by use; safe between threads."""

    def __init__(
        self, order: Sequence[str], rows: Mapping[str, Any], concepts: Iterable[Concept]
    ) -> None:
        """Compile the sections ``strands`` (their ids, in order) and ``facets`` of a pack.

        Raises:
            FacetError: a row is unfit; the message names it.
        """
        if not isinstance(rows, Mapping):
            raise FacetError(
                "facets: is a strand and its signs a line, as in `talks: {of: [sign]}`"
            )
        unknown = sorted(set(map(str, rows)) - set(order))
        if unknown:
            raise FacetError(f"facets: {', '.join(unknown)} stands nowhere among the strands")
        self._order = {name: place for place, name in enumerate(order)}
        self._facets = {name: _facet(name, rows.get(name) or {}) for name in order}
        told = {concept.id: (concept, signs_of(concept)) for concept in concepts}
        self._claims: dict[str, _Claims] = {
            name: claims for name, (c, signs) in told.items() if (claims := self._of(c, signs))
        }
        self._beside: dict[str, tuple[str, ...]] = {
            name: tuple(f for f, facet in self._facets.items() if facet.beside & signs)
            for name, (_, signs) in told.items()
        }

    def of(self, hits: Sequence[Hit], side: str = "") -> tuple[str, ...]:
        """The strands a text is about, strongest first, at most four.

        ``side`` says what kind of source wrote it. What happens comes before the countries that
        are in it; none where nothing was said of any.
        """
        strength = self.strengths(hits, side)
        ranked = sorted(strength, key=lambda name: (-strength[name], self._order[name]))
        events = [name for name in ranked if not self._facets[name].party]
        parties = [name for name in ranked if self._facets[name].party]
        return (*events[:_EVENTS], *parties)[:MOST]

    def strengths(self, hits: Sequence[Hit], side: str = "") -> dict[str, float]:
        """How strongly each strand that stays is spoken of; figures compare within one text."""
        alone = {(h.part, h.start) for h in hits if h.concept.kind == "facet"}
        telling = [
            hit
            for hit in hits
            if hit.concept.id in self._claims
            and (hit.concept.kind == "facet" or (hit.part, hit.start) not in alone)
        ]
        named, beside = self._named(telling), self._standing_beside(hits)
        said: dict[str, dict[Part, float]] = {}
        heads: dict[str, int] = {}
        for hit in telling:
            for name in self._spoken(hit, named, beside):
                parts = said.setdefault(name, {})
                parts[hit.part] = parts.get(hit.part, 0.0) + _says(hit) * _early(hit)
                if hit.part == "title" and _says(hit) >= 1.0:
                    heads[name] = min(heads.get(name, hit.start), hit.start)
        strength = {name: _sum(parts) for name, parts in said.items()}
        self._lead(strength, heads)
        for name, facet in self._facets.items():
            if side and side in facet.sides:
                strength[name] = strength.get(name, 0.0) + _SOURCE
        return self._staying(strength, telling, beside)

    def _of(self, concept: Concept, signs: frozenset[str]) -> _Claims:
        """The strands a concept speaks for, and when."""
        found: list[tuple[str, _Needs]] = []
        for name, facet in self._facets.items():
            if facet.acts & signs:
                found.append((name, "beside"))
            elif facet.of & signs:
                found.append((name, "named" if concept.role == "act" else ""))
        return tuple(found)

    def _named(self, telling: Iterable[Hit]) -> frozenset[str]:
        """The strands that something other than an act speaks for."""
        claims = (claim for hit in telling for claim in self._claims[hit.concept.id])
        return frozenset(name for name, needs in claims if not needs)

    def _standing_beside(self, hits: Iterable[Hit]) -> frozenset[str]:
        """The strands that a sign of their ``beside`` names in title or opening."""
        top = (hit for hit in hits if hit.part != "body")
        return frozenset(name for hit in top for name in self._beside.get(hit.concept.id, ()))

    def _spoken(self, hit: Hit, named: frozenset[str], beside: frozenset[str]) -> Iterable[str]:
        """The strands a hit speaks for here; what happens speaks for one, in their order."""
        claims = self._claims[hit.concept.id]
        yield from (name for name, needs in claims if not needs)
        for name, needs in claims:
            if needs and (name in named or (needs == "beside" and name in beside)):
                yield name
                return

    def _lead(self, strength: dict[str, float], heads: Mapping[str, int]) -> None:
        """The strand of the headline's first event counts a quarter more."""
        events = [name for name in heads if not self._facets[name].party]
        if events:
            strength[min(events, key=lambda n: (heads[n], self._order[n]))] *= _HEAD

    def _staying(
        self, strength: dict[str, float], telling: Sequence[Hit], beside: frozenset[str]
    ) -> dict[str, float]:
        events = {n: s for n, s in strength.items() if not self._facets[n].party}
        least = max(events.values(), default=0.0) * _SHARE
        return {
            name: value
            for name, value in strength.items()
            if (value >= least if name in events else self._is_party(name, telling, beside))
        }

    def _is_party(self, name: str, telling: Sequence[Hit], beside: frozenset[str]) -> bool:
        """Whether a country is in it: in the title, or twice in the opening."""
        if self._facets[name].beside and name not in beside:
            return False
        parts = [
            hit.part
            for hit in telling
            if any(claimed == name for claimed, _ in self._claims[hit.concept.id])
        ]
        return "title" in parts or parts.count("lead") >= _TWICE


def _facet(name: str, row: Mapping[str, Any]) -> Facet:
    if not isinstance(row, Mapping):
        raise FacetError(f"facets.{name}: is written as {{of: [sign]}}")
    unknown = set(map(str, row)) - set(Facet.__slots__)
    if unknown:
        raise FacetError(f"facets.{name}: {', '.join(sorted(unknown))} is not known")
    given = {
        key: frozenset(several(row.get(key), f"facets.{name}.{key}"))
        for key in ("acts", "beside", "sides")
    }
    of = frozenset(several(row.get("of", [f"s:{name}"]), f"facets.{name}.of"))
    return Facet(of=of, party=bool(row.get("party", False)), **given)


def signs_of(concept: Concept) -> frozenset[str]:
    """All a mention of a concept stands for, in the words that ``features`` use too."""
    away = concept.pole == "away"
    signs = {f"id:{concept.id}", concept.kind if away else concept.pole}
    if concept.strand and not away:
        signs |= {f"s:{concept.strand}"}
    if concept.pole == "word":
        signs |= {f"w:{concept.strand}"}
    if concept.role == "actor":
        signs |= {f"{concept.pole}:actor"}
    return frozenset(signs | {concept.zone} if concept.zone else signs)


def _sum(parts: Mapping[Part, float]) -> float:
    return sum(_PARTS[part][0] * min(said, _PARTS[part][1]) for part, said in parts.items())


def _early(hit: Hit) -> float:
    """The first sentence of the opening tells the news; what follows is how it came about."""
    if hit.part != "lead":
        return 1.0
    return 1.5 if hit.word < _FIRST_SENTENCE else 0.75


def _says(hit: Hit) -> float:
    """How far a mention speaks of its strand: an event wholly, a mere name by a third."""
    concept = hit.concept
    return _NAMING if concept.kind in _NAMES or concept.role == "thing" else 1.0
