"""The figures of a topic as data: a pack's ``poles`` and ``features``, compiled once.

Nothing about any topic is here: a recipe names its poles and, for each figure, one of a few kinds
of formula with its signs, its part of the text and its full strength. A *sign* is what a mention
stands for: the name of a pole, ``pole:actor``, ``press:pole``, ``w:strand`` for a plain word,
``s:strand`` for anything of that strand, ``id:concept``, the kind of a concept of another story,
a zone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal, Protocol, cast

from classifiers.entries import PackError, finite, several
from classifiers.types import Kind, Part

Place = Literal["title", "top", "body", "any"]
"""``top`` is the title with the opening, ``body`` all but the title, ``any`` everywhere."""

SORTS: Final = ("country", "group", "relation", "thing")
KINDS: Final = ("level", "density", "product", "flag", "short", "likeness")
PLACES: Final[Mapping[Place, tuple[Part, ...]]] = MappingProxyType(
    {
        "title": ("title",),
        "top": ("title", "lead"),
        "body": ("lead", "body"),
        "any": ("title", "lead", "body"),
    }
)
_DENSE = 6.0  # mentions in 300 words that are as many as can matter
_WORDS = 300


class RecipeError(PackError):
    """A pack whose poles or features cannot be used; the message names the row."""


class Told(Protocol):
    """What a recipe asks of a concept to know its signs."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def pole(self) -> str: ...  # noqa: D102
    @property
    def strand(self) -> str: ...  # noqa: D102
    @property
    def role(self) -> str: ...  # noqa: D102
    @property
    def zone(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class Pole:
    """One of those the topic is about.

    ``press`` and ``press_body`` say what it is worth that the pole's own press writes, ``actors``
    what a person or an office of it is worth there; each in 0..1.
    """

    name: str
    sort: str = "thing"
    press: float = 0.0
    press_body: float = 0.0
    actors: float = 0.0
    domains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each sign stands in each place, and what else a figure may ask for."""

    title: Mapping[str, int] = field(default_factory=dict)
    top: Mapping[str, int] = field(default_factory=dict)
    body: Mapping[str, int] = field(default_factory=dict)
    any: Mapping[str, int] = field(default_factory=dict)
    length: int = 0  # words of the body
    kind: Kind = "full"
    likeness: float = 0.0


_Figure = Callable[[Counts], float]
_Needs = tuple[tuple[Place, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One figure within 0..1: ``kind`` names its formula, see ``docs/reference/topic-pack.md``."""

    name: str
    kind: str
    of: tuple[str, ...] = ()
    part: Place = "top"
    full: tuple[float, ...] = ()
    root: bool = False
    needs: _Needs = ()
    otherwise: float = 0.0
    without: _Needs = ()
    prior: float = 0.0
    label: str = ""


class Recipe:
    """The poles and figures of one topic. Not changed by use; safe between threads."""

    def __init__(self, poles: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
        """Compile the sections ``poles`` and ``features`` of a pack.

        Raises:
            RecipeError: a row is unfit; the message names it.
        """
        self.poles: Mapping[str, Pole] = MappingProxyType(poles_of(poles))
        self.features = tuple(_feature(row) for row in rows)
        self.names = tuple(f.name for f in self.features)
        if len(set(self.names)) < len(self.names):
            raise RecipeError("features: a name stands twice")
        self._figures = tuple(_compiled(f, self.poles) for f in self.features)
        shown = {f.name: _shown(f, self.poles) for f in self.features}
        self.sources: Mapping[str, tuple[tuple[Part, ...], frozenset[str]]] = MappingProxyType(
            {name: source for name, source in shown.items() if source[1]}
        )
        self._used = frozenset(sign for f in self.features for sign in _asked(f, self.poles))
        self._pressed = [
            (f, pole, _named(f, pole, full))
            for f in self.features
            if f.kind == "product"
            for pole, full in zip(f.of, f.full, strict=True)
            if pole in self.poles
        ]
        self._silent = {kind: self.values(Counts(kind=kind)) for kind in ("full", "short")}

    def signs(self, concept: Told) -> tuple[str, ...]:
        """What a mention of ``concept`` stands for, of the signs that some figure asks for."""
        pole = self.poles.get(concept.pole)
        named = {"away": concept.kind, "word": "w:" + concept.strand}.get(concept.pole)
        if pole is not None and pole.actors and concept.role == "actor":
            named = f"{pole.name}:actor"
        found = [named or concept.pole, "id:" + concept.id]
        found += ["s:" + concept.strand] if concept.strand else []
        found += [concept.zone] if concept.zone else []
        return tuple(sign for sign in found if sign in self._used)

    def values(self, counts: Counts) -> tuple[float, ...]:
        """The figures in the order of ``names``."""
        return tuple([figure(counts) for figure in self._figures])

    def by_press(self, counts: Counts) -> dict[str, str]:
        """The products in which a pole is there by its own press alone: their names to the pole."""
        return {
            feature.name: pole
            for feature, pole, named in self._pressed
            if f"press:{pole}" in counts.any
            and _worth(feature, self.poles[pole])
            and not named(counts)
        }

    def silent(self, kind: Kind) -> tuple[float, ...]:
        """The figures of a text that names no pole: nothing else is asked of it."""
        return self._silent[kind]


def poles_of(section: Mapping[str, Any]) -> dict[str, Pole]:
    """The section ``poles`` of a pack, checked.

    Raises:
        RecipeError: there is no pole, or one is unfit; the message names it.
    """
    if not section or not isinstance(section, Mapping):
        raise RecipeError("poles: there is none; a topic has at least one")
    out = {}
    for name, row in section.items():
        if not isinstance(row or {}, Mapping):
            raise RecipeError(f"poles.{name}: is written as {{is: country}}")
        given = dict(row or {})
        sort = str(given.pop("is", "thing"))
        domains = several(given.pop("domains", None), f"poles.{name}.domains")
        if sort not in SORTS:
            raise RecipeError(f"poles.{name}: {sort!r} is none of {', '.join(SORTS)}")
        unknown = set(given) - {"press", "press_body", "actors"}
        if unknown:
            raise RecipeError(f"poles.{name}: {', '.join(sorted(unknown))} is not known")
        worth = {key: finite(value, f"poles.{name}.{key}") for key, value in given.items()}
        if not all(0.0 <= value <= 1.0 for value in worth.values()):
            raise RecipeError(f"poles.{name}: what a pole is worth lies in 0..1")
        out[str(name)] = Pole(name=str(name), sort=sort, domains=domains, **worth)
    return out


def _feature(row: Mapping[str, Any]) -> Feature:
    if not isinstance(row, Mapping):
        raise RecipeError("features: each row is written as `- {name: ..., kind: ...}`")
    given = dict(row)
    name, kind = str(given.get("name", "?")), str(given.get("kind", "?"))
    unknown = set(given) - set(Feature.__slots__)
    if unknown:
        raise RecipeError(f"feature {name}: {', '.join(sorted(unknown))} is not known")
    if kind not in KINDS:
        raise RecipeError(f"feature {name}: kind {kind!r} is none of {', '.join(KINDS)}")
    of = several(given.get("of"), f"feature {name}: of")
    if kind in {"level", "density", "product"} and not of:
        raise RecipeError(f"feature {name}: a {kind} needs signs in `of`")
    return Feature(
        name=name,
        kind=kind,
        of=of,
        part=_place(name, str(given.get("part", "body" if kind == "density" else "top"))),
        full=_full(name, given.get("full"), len(of), dense=_is_dense(kind, given.get("part"))),
        root=bool(given.get("root", False)),
        needs=_needs(name, given.get("needs", {})),
        otherwise=finite(given.get("otherwise", 0.0), f"feature {name}: otherwise"),
        without=_needs(name, given.get("without", {})),
        prior=finite(given.get("prior", 0.0), f"feature {name}: prior"),
        label=str(given.get("label", name.replace("_", " "))),
    )


def _is_dense(kind: str, part: object) -> bool:
    return kind == "density" or (kind == "product" and part == "body")


def _full(name: str, given: object, signs: int, *, dense: bool) -> tuple[float, ...]:
    """The full strength of each sign; one figure stands for all."""
    if given is None:
        given = _DENSE if dense else 1.0
    where = f"feature {name}: full"
    full = [finite(each, where) for each in given] if isinstance(given, list) else []
    full = full or [finite(given, where)] * signs
    if len(full) != signs or not all(each > 0 for each in full):
        raise RecipeError(f"feature {name}: `full` is above 0, one figure or one a sign")
    return tuple(full)


def _place(name: str, place: str) -> Place:
    if place not in PLACES:
        raise RecipeError(f"feature {name}: part {place!r} is none of {', '.join(PLACES)}")
    return cast("Place", place)


def _needs(name: str, given: object) -> _Needs:
    if not isinstance(given, Mapping):
        raise RecipeError(f"feature {name}: needs and without say the part, as in {{top: [sign]}}")
    return tuple(
        (_place(name, str(part)), several(signs, f"feature {name}: {part}"))
        for part, signs in given.items()
    )


def _shown(feature: Feature, poles: Mapping[str, Pole]) -> tuple[tuple[Part, ...], frozenset[str]]:
    """Where the matches behind a figure stand: the parts, and the signs."""
    if feature.kind == "flag":
        place = feature.needs[0][0] if feature.needs else feature.part
        return PLACES[place], frozenset(s for p, signs in feature.needs for s in signs)
    signs = set(feature.of)
    if feature.kind == "product" and feature.part != "body":
        signs |= {f"{s}:actor" for s in feature.of if s in poles and poles[s].actors}
    return PLACES[feature.part], frozenset(signs)


def _asked(feature: Feature, poles: Mapping[str, Pole]) -> set[str]:
    """Every sign whose count some part of the figure looks at."""
    asked = {s for _, signs in (*feature.needs, *feature.without) for s in signs}
    return asked | {*feature.of} | {f"{s}:actor" for s in feature.of if s in poles}


def _compiled(feature: Feature, poles: Mapping[str, Pole]) -> _Figure:
    base = _base(feature, poles)
    for place, signs in feature.needs:
        base = _gated(base, place, signs, present=feature.otherwise, wanted=True)
    for place, signs in feature.without:
        base = _gated(base, place, signs, present=0.0, wanted=False)
    return base


def _base(feature: Feature, poles: Mapping[str, Pole]) -> _Figure:
    if feature.kind == "short":
        return lambda counts: 1.0 if counts.kind == "short" else 0.0
    if feature.kind == "likeness":
        return lambda counts: counts.likeness
    if feature.kind == "flag":
        return lambda _: 1.0
    asked = list(zip(feature.of, feature.full, strict=True))
    if feature.kind == "product":
        return _product([_presence(s, full, feature.part, poles) for s, full in asked], feature)
    dense = feature.kind == "density"
    return _highest([(_density if dense else _level)(s, full, feature.part) for s, full in asked])


def _level(sign: str, full: float, part: Place) -> _Figure:
    if part == "title":
        return lambda counts: min(counts.title.get(sign, 0), full) / full
    if part == "top":
        return lambda counts: min(counts.top.get(sign, 0), full) / full
    return lambda counts: min(getattr(counts, part).get(sign, 0), full) / full


def _density(sign: str, full: float, _: Place = "body") -> _Figure:
    def figure(counts: Counts) -> float:
        return min(counts.body.get(sign, 0) * _WORDS / (counts.length + 100), full) / full

    return figure


def _worth(feature: Feature, pole: Pole) -> float:
    """What it is worth to a product that the pole's own press writes."""
    return pole.press_body if feature.part == "body" else pole.press


def _named(feature: Feature, pole: str, full: float) -> _Figure:
    """How far a pole is there by its names, or by its people in its own press."""
    if feature.part == "body":
        return _density(pole, full)
    named, people = (_level(sign, full, feature.part) for sign in (pole, f"{pole}:actor"))
    return lambda counts: max(named(counts), people(counts))


def _presence(sign: str, full: float, part: Place, poles: Mapping[str, Pole]) -> _Figure:
    """How far a pole is there: by its names, by its people in its own press, by its press alone."""
    named = _density(sign, full) if part == "body" else _level(sign, full, part)
    pole = poles.get(sign)
    if pole is None or not (pole.press or pole.press_body or pole.actors):
        return named
    press = f"press:{sign}"
    worth = pole.press_body if part == "body" else pole.press
    people = _level(f"{sign}:actor", full, part) if pole.actors and part != "body" else None

    def figure(counts: Counts) -> float:
        found = named(counts)
        if press in counts.any:
            found = max(found, pole.actors * people(counts) if people else 0.0, worth)
        return found

    return figure


def _product(factors: Sequence[_Figure], feature: Feature) -> _Figure:
    def figure(counts: Counts) -> float:
        out = 1.0
        for factor in factors:
            out *= factor(counts)
            if not out:
                return 0.0
        return math.sqrt(out) if feature.root else out

    return figure


def _highest(figures: Sequence[_Figure]) -> _Figure:
    if len(figures) == 1:
        return figures[0]
    return lambda counts: max(figure(counts) for figure in figures)


def _gated(
    base: _Figure, place: Place, signs: tuple[str, ...], *, present: float, wanted: bool
) -> _Figure:
    """``base`` where one of the signs is there (or is not), else its share ``present`` of it."""
    wished = frozenset(signs)

    def figure(counts: Counts) -> float:
        there: Mapping[str, int] = getattr(counts, place)
        holds = not wished.isdisjoint(there.keys())
        if holds == wanted:
            return base(counts)
        return present * base(counts) if present else 0.0

    return figure
