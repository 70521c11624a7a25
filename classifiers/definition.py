"""What a team counts: a switch a strand, and what each adds to the log-odds of a text.

A strand of the definition is news at the edge of the topic (``definition.yaml`` of the pack). How
far a text is of it is a level in 0..1, computed from the hits; a strand switched ``in`` or ``out``
adds its strength times that level, one left ``open`` adds nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, cast

from classifiers.entries import PackError, finite, several
from classifiers.facets import signs_of
from classifiers.lexicon import Concept, Hit
from classifiers.recipe import PLACES, Place
from classifiers.types import Contribution, Match

SWITCHES: Final = ("open", "in", "out")
_MOST_MATCHES: Final = 12


class DefinitionError(PackError):
    """A definition.yaml that cannot be used; the message names the strand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a text must show: ``full`` mentions of ``of`` in ``part``, or a strand of ``first``."""

    part: Place = "top"
    of: frozenset[str] = frozenset()
    full: float = 1.0
    first: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Strand:
    """One strand of the definition; ``worth`` gives the log-odds at level 1 of "in" and "out"."""

    id: str
    title: str
    says: str
    needs: tuple[Condition, ...]
    without: tuple[Condition, ...]
    worth: Mapping[str, float]


class Definition:
    """The strands of one topic and the switches of one team. Not changed by use."""

    def __init__(
        self,
        document: Mapping[str, Any],
        concepts: Iterable[Concept],
        switches: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Compile the content of definition.yaml; an empty one defines nothing.

        Switches of strands that are not there are passed over.

        Raises:
            DefinitionError: a strand is unfit; the message names it.
        """
        places, rows = (document.get(key) or {} for key in ("places", "strands"))
        if not isinstance(places, Mapping) or not isinstance(rows, Mapping):
            raise DefinitionError(
                "definition.yaml: places and strands are a name and what it is a line"
            )
        named = {
            f"@{name}": several(signs, f"definition.yaml: places.{name}")
            for name, signs in places.items()
        }
        self.strands = {str(name): _strand(str(name), row, named) for name, row in rows.items()}
        self.switches = {name: to for name, to in switches if name in self.strands}
        self._moved = [s for s in self.strands.values() if self.switches.get(s.id) in {"in", "out"}]
        concepts = tuple(concepts)
        self._signs = {concept.id: signs_of(concept) for concept in concepts}
        self._poles = {concept.id: concept.pole for concept in concepts}

    def __bool__(self) -> bool:
        """Whether any switch was moved, so that something may be added."""
        return bool(self._moved)

    def names_beside(self, poles: Iterable[str], *, every: bool = False) -> frozenset[str]:
        """The concepts of which one stands in any text of a moved strand that names no pole.

        The BLA makes a text one of its strand though it names no side of the topic. A strand that
        asks for a side in each way of meeting it brings none. ``every``: of all strands.
        """
        named = frozenset(poles)
        found: set[str] = set()
        for strand in self.strands.values() if every else self._moved:
            met = [self._meeting(condition, named) for condition in strand.needs]
            found |= min(met, key=len)
        return frozenset(found)

    def _meeting(self, condition: Condition, poles: frozenset[str]) -> set[str]:
        """The concepts without a pole that go towards a condition."""
        asked = condition.of | {f"s:{strand}" for strand in condition.first}
        return {
            name
            for name, signs in self._signs.items()
            if self._poles[name] not in poles and not asked.isdisjoint(signs)
        }

    def contributions(self, hits: Sequence[Hit], topics: Sequence[str]) -> list[Contribution]:
        """What the moved switches add to a text: ``hits`` as read, ``topics`` strongest first."""
        return [
            Contribution(
                feature=f"definition:{strand.id}",
                label=f"your team {_COUNTS[self.switches[strand.id]]} {strand.title}",
                weight=level * strand.worth[self.switches[strand.id]],
                matches=self._matches(strand, hits),
            )
            for strand in self._moved
            if (level := self.level(strand.id, hits, topics))
        ]

    def level(self, strand: str, hits: Sequence[Hit], topics: Sequence[str]) -> float:
        """How far a text is of a strand, 0..1."""
        out = 1.0
        for condition in self.strands[strand].needs:
            out *= self._met(condition, hits, topics)
            if not out:
                return 0.0
        for condition in self.strands[strand].without:
            out *= 1.0 - self._met(condition, hits, topics)
        return out

    def _met(self, condition: Condition, hits: Sequence[Hit], topics: Sequence[str]) -> float:
        if condition.first:
            return float(bool(topics) and topics[0] in condition.first)
        parts = PLACES[condition.part]
        found = sum(
            hit.part in parts and not condition.of.isdisjoint(self._signs[hit.concept.id])
            for hit in hits
        )
        return min(found, condition.full) / condition.full

    def _matches(self, strand: Strand, hits: Sequence[Hit]) -> tuple[Match, ...]:
        """The first places that made it one of the strand, in the order of the text."""
        wanted = [(PLACES[c.part], c.of) for c in strand.needs]
        return tuple(
            islice(
                (
                    hit.match
                    for hit in hits
                    if any(
                        hit.part in parts and not of.isdisjoint(self._signs[hit.concept.id])
                        for parts, of in wanted
                    )
                ),
                _MOST_MATCHES,
            )
        )


_COUNTS: Final[Mapping[str, str]] = {"in": "counts", "out": "does not count"}


def _strand(name: str, row: Mapping[str, Any], named: Mapping[str, Sequence[str]]) -> Strand:
    where = f"definition.yaml: strand {name}"
    if not isinstance(row, Mapping):
        raise DefinitionError(f"{where}: is written as title, says, all, in and out")
    missing = [key for key in ("title", "says", "all", "in", "out") if key not in row]
    if missing:
        raise DefinitionError(f"{where}: {', '.join(missing)} is missing")
    try:
        worth = {key: finite(row[key], key) for key in ("in", "out")}
        title, says = str(row["title"]), " ".join(str(row["says"]).split())
        needs = tuple(_condition(each, named) for each in _listed(row["all"]))
        without = tuple(_condition(each, named) for each in _listed(row.get("none")))
    except ValueError as error:
        raise DefinitionError(f"{where}: {error}") from error
    if not needs or worth["in"] < 0 or worth["out"] > 0:
        raise DefinitionError(
            f"definition.yaml: strand {name}: needs something in `all`, `in` above 0, `out` below"
        )
    return Strand(id=name, title=title, says=says, needs=needs, without=without, worth=worth)


def _listed(value: object) -> Sequence[object]:
    if not isinstance(value, list | None):
        raise DefinitionError("`all` and `none` are lists; each condition begins `- {`")
    return value or ()


def _condition(row: object, named: Mapping[str, Sequence[str]]) -> Condition:
    if not isinstance(row, Mapping):
        raise DefinitionError("a condition is written as `- {part: top, of: [sign]}`")
    part = str(row.get("part", "top"))
    unknown = set(map(str, row)) - set(Condition.__slots__)
    if unknown or part not in PLACES:
        raise DefinitionError(f"{', '.join(sorted(unknown)) or f'part {part}'} is not known")
    of = [sign for each in several(row.get("of"), "of") for sign in named.get(each, (each,))]
    first, full = several(row.get("first"), "first"), finite(row.get("full", 1), "full")
    if full <= 0 or not (of or first):
        raise DefinitionError("a condition asks for signs in `of` or `first`, `full` above 0")
    return Condition(part=cast("Place", part), of=frozenset(of), full=full, first=frozenset(first))
