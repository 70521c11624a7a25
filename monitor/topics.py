"""Which topic packs there are: those shipped, and the team's own beside feeds.yaml."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from classifiers.definition import Definition
from classifiers.drafting.soundness import ready
from classifiers.entries import PackError
from classifiers.features import Reader
from classifiers.lexicon import Lexicon, load_lexicon
from classifiers.pack import TOPIC as DEFAULT
from classifiers.pack import TOPICS, Team, load_pack
from classifiers.profile import Profile
from classifiers.types import Text
from monitor.config.checking import Known
from monitor.config.loading import Settings

__all__ = [
    "DEFAULT",
    "FOLDER",
    "edges_of",
    "known_to",
    "lexicon_of",
    "names",
    "place_of",
    "team_of",
]

FOLDER = "topics"
_OF_IT = 0.5  # of 1: how far a text is of a strand of the definition


def names(config: Path) -> frozenset[str]:
    """Return the names of all packs that the settings of ``config`` may use."""
    folders = (TOPICS, config.parent / FOLDER)
    return frozenset(pack.parent.name for f in folders for pack in f.glob("*/topic.yaml"))


def place_of(topic: str, config: Path) -> str:
    """Return what ``load_pack`` is given for ``topic``: the team's own folder comes first."""
    own = config.parent / FOLDER / topic
    return str(own.resolve()) if (own / "topic.yaml").exists() else topic


def known_to(config: Path) -> Callable[[str], Known]:
    """Return what the settings of ``config`` may name, once it is known which topic they are of."""

    def known(topic: str) -> Known:
        packs = names(config)
        if topic not in packs:
            return Known(topics=packs)
        place = place_of(topic, config)
        try:
            _ready(place)
            lexicon = load_lexicon(place)
        except PackError as error:
            return Known(topics=packs, unfit=str(error))
        except FileNotFoundError as error:
            return Known(topics=packs, unfit=f"{Path(error.filename).name} is not there")
        return Known(
            topics=packs,
            concepts=frozenset(lexicon.concepts),
            named=lexicon.knows,
            strands=frozenset(load_pack(place).definition.get("strands") or ()),
            subjects=frozenset(load_pack(place).strands),
        )

    return known


@lru_cache(maxsize=4)
def _ready(place: str) -> None:
    """Raise PackError where a pack cannot judge; found once, for packs are read once."""
    ready(load_pack(place))


def edges_of(
    topic: str, team: Team
) -> tuple[frozenset[str], Callable[[Text, Sequence[str]], tuple[str, ...]]]:
    """Return the strands of a pack's definition, and what tells of which of them a text is."""
    strands = frozenset(load_pack(topic, team).definition.get("strands") or ())

    def edges(text: Text, about: Sequence[str]) -> tuple[str, ...]:
        return _edges(topic, team)(text, about)  # made when it is first asked: most rules never do

    return strands, edges


@lru_cache(maxsize=2)
def _edges(topic: str, team: Team) -> Callable[[Text, Sequence[str]], tuple[str, ...]]:
    pack, lexicon = load_pack(topic, team), load_lexicon(topic, team)
    reader = Reader(pack, lexicon, Profile(pack.profile), edges=True)
    definition = Definition(pack.definition, lexicon.concepts.values())

    def edges(text: Text, about: Sequence[str]) -> tuple[str, ...]:
        hits = reader.read(text).hits
        return tuple(n for n in definition.strands if definition.level(n, hits, about) >= _OF_IT)

    return edges


def team_of(settings: Settings) -> Team:
    """Return what the team laid over its pack: the switches it moved and the names it added."""
    switches = ((strand, to) for strand, to in settings.definition.items() if to != "open")
    added = ((concept, tuple(found)) for concept, found in settings.names.items() if found)
    return Team(switches=tuple(sorted(switches)), names=tuple(sorted(added)))


def lexicon_of(settings: Settings, config: Path) -> Lexicon:
    """Return the lexicon in force, with the team's names."""
    return load_lexicon(place_of(settings.topic, config), team_of(settings))
