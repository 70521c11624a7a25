"""A topic pack as data: the folder ``topics/<topic>`` read and checked, nothing computed."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from classifiers.entries import PackError, finite, several
from classifiers.recipe import Recipe
from classifiers.template import template

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

TOPICS = Path(__file__).parent / "topics"
TOPIC = "pak_afg_ttp"
_WORDS = "words learnt from decisions"


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
        PackError: its content is unfit; the message names the file and the entry.
    """
    folder = TOPICS / topic  # a path with a root of its own stays as it is
    texts = {name: _text(folder / name) for name in ("topic.yaml", "lexicon.yaml")}
    extras = {name: _json(folder / name) for name in ("weights.json", "profile.json")}
    definition = folder / "definition.yaml"
    texts["definition.yaml"] = _text(definition) if definition.exists() else ""
    try:
        return _made(topic, texts, extras, team)
    except PackError:
        raise
    except KeyError as error:
        raise PackError(f"topic.yaml: {error.args[0]} is missing") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise PackError(f"topic.yaml: an entry is not of its kind ({error})") from error


def _made(
    topic: str, texts: Mapping[str, str], extras: Mapping[str, dict[str, Any]], team: Team
) -> Pack:
    about = _mapping(texts, "topic.yaml")
    recipe = Recipe(about["poles"], about.get("features") or template(about["poles"]))
    concepts = _concepts(_mapping(texts, "lexicon.yaml"))
    prior = {name: finite(weight, f"prior.{name}") for name, weight in about["prior"].items()}
    prior = {**{f.name: f.prior for f in recipe.features}, **prior}
    given: dict[str, Any] = extras["weights.json"].get("weights") or {}
    fitted = {name: finite(weight, f"weights.json: {name}") for name, weight in given.items()}
    if not isinstance(about["title"], str | int | float):
        raise PackError("topic.yaml: title is a text")
    for needed, there in (("prior", {**prior, **fitted}), ("labels", about["labels"])):
        if "intercept" not in there:
            raise PackError(f"topic.yaml: {needed}.intercept is missing")
    return Pack(
        topic=topic,
        title=str(about["title"]),
        lexicon=_named(concepts, team),
        lexicon_hash=_hash(
            texts["lexicon.yaml"] + texts["topic.yaml"] + (repr(team.names) if team.names else "")
        ),
        contexts={name: _context(name, row) for name, row in about["contexts"].items()},
        neighbours=tuple(_neighbour(row) for row in about["neighbours"] or ()),
        strands=dict((about["strands"] or {}).items()),
        outlets={
            name: side
            for side, names in (about["outlets"] or {}).items()
            for name in several(names, f"outlets.{side}")
        },
        labels={"words": _WORDS, **{f.name: f.label for f in recipe.features}, **about["labels"]},
        prior=prior,
        weights={**prior, **fitted} if fitted else prior,
        weights_origin="fitted" if fitted else "hand",
        relevant_at=float(about["thresholds"]["relevant"]),
        queue_at=float(about["thresholds"]["queue"]),
        profile=extras["profile.json"],
        content_hash=_hash(json.dumps([texts, extras], sort_keys=True)),
        recipe=recipe,
        definition=_mapping(texts, "definition.yaml"),
        facets=about.get("facets") or {},
        team=team,
        added=_named(_added(concepts, recipe.poles), team),
    )


def _concepts(lexicon: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of lexicon.yaml; each is one, and has what no concept does without."""
    rows = lexicon.get("concepts")
    if not isinstance(rows, list):
        raise PackError("lexicon.yaml: concepts is a list; each begins `- id: ...`")
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise PackError(f"lexicon.yaml: concept {number} is no row; one begins `- id: ...`")
        missing = [key for key in ("id", "kind", "pole") if key not in row]
        if missing:
            name = row.get("id", f"concept {number}")
            raise PackError(f"lexicon.yaml: {name}: {', '.join(missing)} is missing")
    return rows


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
            named[language] = [*spelled(named.get(language)), alias]
        out.append(named)
    return out


def spelled(value: object) -> list[str]:
    """The spellings that stand under a language; one alone needs no brackets.

    What YAML takes for yes and no, or for nothing, is none: ``NO`` would be found as "False".
    """
    listed = value if isinstance(value, list | tuple) else [value]
    return [
        str(one)
        for one in listed
        if isinstance(one, str | int | float | date) and not isinstance(one, bool)
    ]


def _context(name: str, row: Mapping[str, Any]) -> Context:
    where = f"topic.yaml: contexts.{name}"
    return Context(
        any=frozenset(several(row.get("any"), where)),
        all=frozenset(several(row.get("all"), where)),
        unless=frozenset(several(row.get("unless"), where)),
        each=tuple(frozenset(several(group, where)) for group in row.get("each") or ()),
    )


def _neighbour(row: Mapping[str, Any]) -> Neighbour:
    return Neighbour(
        concept=row["concept"],
        before=frozenset(several(row["before"], "topic.yaml: neighbours")),
        within=int(row["within"]),
        trap=row["trap"],
    )


def plain(text: str) -> Any:
    """Plain data of YAML, by libyaml where it is there: ten times faster, and as safe."""
    return yaml.load(text, Loader=_LOADER)  # noqa: S506


def _mapping(texts: Mapping[str, str], name: str) -> dict[str, Any]:
    """What a file of the pack holds; only an absent or empty definition.yaml may hold nothing."""
    try:
        found = plain(texts[name])
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise PackError(f"{name}: is not YAML: {' '.join(str(error).split())}") from error
    if found is None and name == "definition.yaml":
        return {}
    if not isinstance(found, dict):
        raise PackError(f"{name}: holds no entries of the form `name: ...`")
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise PackError(f"{path.name}: is not UTF-8 text; save it again as UTF-8") from error


def _json(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        loaded = json.loads(_text(path))
    except (json.JSONDecodeError, RecursionError) as error:
        raise PackError(f"{path.name}: is not JSON ({error}); make it again") from error
    if not isinstance(loaded, dict):
        raise PackError(f"{path.name}: is not what the command writes; make it again")
    return loaded


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
