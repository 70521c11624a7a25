"""A topic pack as data: the folder ``topics/<topic>`` read and checked, nothing computed."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from classifiers.recipe import Recipe
from classifiers.template import template

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

TOPICS = Path(__file__).parent / "topics"
TOPIC = "pak_afg_ttp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """What a team laid over a topic pack: its definition and names. The empty one changes nothing.

    ``switches`` are (strand of the definition, "in", "out" or "open"); ``names`` are (concept,
    the aliases added to it). Both in the order of their first member, so that equal teams are one.
    """

    switches: tuple[tuple[str, str], ...] = ()
    names: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def id(self) -> str:
        """Eight hex digits that stand for all of it; empty for the empty one."""
        return _hash(json.dumps([self.switches, self.names]))[:8] if self else ""

    @property
    def added(self) -> tuple[str, ...]:
        """The names the team added, whatever they stand for."""
        return tuple(alias for _, found in self.names for alias in found)

    def __bool__(self) -> bool:
        """Whether anything was laid over the pack."""
        return bool(self.switches or self.names)


NO_TEAM = Team()
NAMED = ("person", "place", "group", "operation")
"""The kinds of names that a team adds without belonging to a concept of the pack."""


def concept_for(kind: str, pole: str) -> str:
    """The id of the concept that takes a team's new names of this kind at this pole."""
    return f"team_{kind}_{pole}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What must (and must not) be present for a guarded alias to count.

    ``each`` holds sets of which one member each must be there.
    """

    any: frozenset[str]
    all: frozenset[str]
    unless: frozenset[str]
    each: tuple[frozenset[str], ...] = ()

    def holds(self, present: set[str]) -> bool:
        """Whether the context is there. ``present`` speaks as ``pole:x``, ``word:x``, ``id:x``."""
        if self.unless & present or any(group.isdisjoint(present) for group in self.each):
            return False
        return self.all <= present and (not self.any or bool(self.any & present))


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """``concept`` after one of the words ``before`` (capitalised words between) is ``trap``."""

    concept: str
    before: frozenset[str]
    within: int
    trap: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """Everything a topic brings; ``weights`` are log-odds, ``prior`` the hand-set ones."""

    topic: str
    title: str
    lexicon: list[dict[str, object]]
    lexicon_hash: str
    contexts: Mapping[str, Context]
    neighbours: tuple[Neighbour, ...]
    strands: Mapping[str, str]
    outlets: Mapping[str, str]
    labels: Mapping[str, str]
    prior: Mapping[str, float]
    weights: Mapping[str, float]
    weights_origin: str
    relevant_at: float
    queue_at: float
    profile: Mapping[str, Any]
    content_hash: str
    recipe: Recipe  # the sections `poles` and `features`
    definition: Mapping[str, Any] = field(default_factory=dict)  # as definition.yaml has it
    facets: Mapping[str, Any] = field(default_factory=dict)  # as topic.yaml has them
    team: Team = NO_TEAM
    added: Sequence[Mapping[str, object]] = ()  # concepts for the team's new names, see `_added`


def load_pack(topic: str = TOPIC, team: Team = NO_TEAM) -> Pack:
    """``read_pack``, once a process: an edited pack counts from the next start."""
    return _loaded(topic, team)


@lru_cache(maxsize=16)
def _loaded(topic: str, team: Team) -> Pack:
    return read_pack(topic, team)


def read_pack(topic: str, team: Team = NO_TEAM) -> Pack:
    """Read a topic pack, with what a team laid over it.

    ``topic`` is the name of a shipped pack or the path of a folder. Names for concepts that the
    pack does not have are passed over.

    Raises:
        FileNotFoundError: there is no such pack.
        KeyError: the pack lacks a required entry.
    """
    folder = TOPICS / topic  # a path with a root of its own stays as it is
    texts = {name: _text(folder / name) for name in ("topic.yaml", "lexicon.yaml")}
    extras = {name: _json(folder / name) for name in ("weights.json", "profile.json")}
    definition = folder / "definition.yaml"
    texts["definition.yaml"] = _text(definition) if definition.exists() else ""
    about = plain(texts["topic.yaml"])
    recipe = Recipe(about["poles"], about.get("features") or template(about["poles"]))
    concepts: list[dict[str, Any]] = plain(texts["lexicon.yaml"])["concepts"]
    prior = {name: float(weight) for name, weight in about["prior"].items()}
    prior = {**{f.name: f.prior for f in recipe.features}, **prior}
    fitted = extras["weights.json"].get("weights")
    return Pack(
        topic=topic,
        title=about["title"],
        lexicon=_named(concepts, team),
        lexicon_hash=_hash(
            texts["lexicon.yaml"] + texts["topic.yaml"] + (repr(team.names) if team.names else "")
        ),
        contexts={name: _context(row) for name, row in about["contexts"].items()},
        neighbours=tuple(_neighbour(row) for row in about["neighbours"]),
        strands=about["strands"],
        outlets={name: side for side, names in about["outlets"].items() for name in names},
        labels={**{f.name: f.label for f in recipe.features}, **about["labels"]},
        prior=prior,
        weights={**prior, **fitted} if fitted else prior,
        weights_origin="fitted" if fitted else "hand",
        relevant_at=float(about["thresholds"]["relevant"]),
        queue_at=float(about["thresholds"]["queue"]),
        profile=extras["profile.json"],
        content_hash=_hash(json.dumps([texts, extras], sort_keys=True)),
        recipe=recipe,
        definition=plain(texts["definition.yaml"]) or {},
        facets=about.get("facets") or {},
        team=team,
        added=_named(_added(concepts, recipe.poles), team),
    )


def _added(concepts: Sequence[Mapping[str, Any]], poles: Iterable[str]) -> list[dict[str, Any]]:
    """A concept without spellings for each kind of name at each pole: for names nobody bore yet.

    It plays the role that most of the pack's own names of this kind and pole play.
    """
    roles = Counter((row["kind"], row["pole"], row.get("role", "")) for row in concepts)
    return [
        {
            "id": concept_for(kind, pole),
            "kind": kind,
            "pole": pole,
            "role": max(("", "actor"), key=lambda role: roles[kind, pole, role]),
        }
        for kind in NAMED
        for pole in poles
    ]


def _named(concepts: Sequence[Mapping[str, Any]], team: Team) -> list[dict[str, object]]:
    """The concepts with the team's names among their aliases."""
    added = dict(team.names)
    out: list[dict[str, object]] = []
    for row in concepts:
        named = dict(row)
        for alias in added.get(str(row["id"]), ()):
            language = "en" if alias.isascii() else "ur"
            named[language] = [*named.get(language, ()), alias]
        out.append(named)
    return out


def _context(row: Mapping[str, list[Any]]) -> Context:
    return Context(
        any=frozenset(row.get("any", ())),
        all=frozenset(row.get("all", ())),
        unless=frozenset(row.get("unless", ())),
        each=tuple(frozenset(group) for group in row.get("each", ())),
    )


def _neighbour(row: Mapping[str, Any]) -> Neighbour:
    return Neighbour(
        concept=row["concept"],
        before=frozenset(row["before"]),
        within=int(row["within"]),
        trap=row["trap"],
    )


def plain(text: str) -> Any:
    """Plain data of YAML, by libyaml where it is there: ten times faster, and as safe."""
    return yaml.load(text, Loader=_LOADER)  # noqa: S506


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _json(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    loaded: dict[str, Any] = json.loads(_text(path))
    return loaded


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
