"""Which topic packs there are: those shipped, and the team's own beside feeds.yaml."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from classifiers.lexicon import Lexicon, load_lexicon
from classifiers.pack import TOPIC as DEFAULT
from classifiers.pack import TOPICS, Team, load_pack
from monitor.config.checking import Known
from monitor.config.loading import Settings

__all__ = ["DEFAULT", "FOLDER", "known_to", "lexicon_of", "names", "place_of", "team_of"]

FOLDER = "topics"


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
        return Known(
            topics=packs,
            concepts=frozenset(load_lexicon(place).concepts),
            strands=frozenset(load_pack(place).definition.get("strands", ())),
        )

    return known


def team_of(settings: Settings) -> Team:
    """Return what the team laid over its pack: the switches it moved and the names it added."""
    switches = ((strand, to) for strand, to in settings.definition.items() if to != "open")
    added = ((concept, tuple(found)) for concept, found in settings.names.items() if found)
    return Team(switches=tuple(sorted(switches)), names=tuple(sorted(added)))


def lexicon_of(settings: Settings, config: Path) -> Lexicon:
    """Return the lexicon in force, with the team's names."""
    return load_lexicon(place_of(settings.topic, config), team_of(settings))
