"""Who is told what, and how it looks, by the settings in force: alerts, spikes, digests."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from functools import lru_cache
from itertools import chain
from zoneinfo import ZoneInfo

from classifiers.lexicon import Concept, Lexicon
from monitor.alerts.alerting import Teller
from monitor.alerts.watching import Lookout
from monitor.config.loading import Settings
from monitor.config.shape import Digest, FurtherDigest
from monitor.delivery.ways import reached
from monitor.digests.edition import Press


def teller(settings: Settings, lexicon: Lexicon, *, desk_url: str) -> Teller:
    """Return whom each rule that is on tells, and how alerts look."""
    return Teller(
        recipients={
            rule.name: reached(settings, rule.channels, rule.readers)
            for rule in settings.rules
            if rule.enabled
        },
        off=frozenset(rule.name for rule in settings.rules if not rule.enabled),
        everybody=reached(settings, settings.channels, settings.readers),
        zone=settings.team.time_zone,
        desk_url=desk_url,
        english=english_of(lexicon),
    )


def lookout(
    settings: Settings, lexicon: Lexicon, strands: Mapping[str, str], *, desk_url: str
) -> Lookout:
    """Return which topics and places are watched for spikes, and who is told."""
    wanted = settings.spikes
    countries = [c for c in lexicon.concepts.values() if c.kind == "country"]
    return Lookout(
        topics={
            strand: name
            for strand, name in strands.items()
            if not wanted.topics or strand in wanted.topics
        },
        places=wanted.places,
        countries=frozenset(
            name
            for country in countries
            for name in (
                country.id.replace("_", " ").title(),
                *chain(*country.aliases.values()),
            )
        ),
        recipients=reached(settings, wanted.channels, wanted.readers),
        zone=settings.team.time_zone,
        desk_url=desk_url,
        enabled=wanted.enabled,
    )


def presses(
    settings: Settings,
    lexicon: Lexicon,
    strands: Mapping[str, str],
    *,
    model: str,
    threshold: float,
    threshold_why: str,
    desk_url: str,
) -> tuple[Press, ...]:
    """Return how editions of each digest are made, the daily one first."""
    issues: list[Digest | FurtherDigest] = [settings.digest, *settings.digests]
    return tuple(
        Press(
            settings=issue,
            zone=ZoneInfo(settings.team.time_zone),
            to=tuple(one.way for one in reached(settings, issue.channels, issue.readers)),
            model=model,
            threshold=threshold,
            threshold_why=threshold_why,
            strands=strands,
            desk_url=desk_url,
            called=called(lexicon),
        )
        for issue in issues
    )


def english_of(lexicon: Lexicon) -> Callable[[str], str]:
    """Return what gives the English name of a name as it stands in a text, "" where none is."""
    names = called(lexicon)

    def english(words: str) -> str:
        found, _ = lexicon.find({"title": words})
        return names.get(found[0].concept, "") if found else ""

    return english


@lru_cache(maxsize=4)
def called(lexicon: Lexicon) -> Mapping[str, str]:
    """Return what to call each concept in English, for whoever cannot read the name itself.

    One that gathers several ("afghan_cities") is called by what it gathers: which of them a word in
    another script means, the lexicon does not say.
    """
    concepts = lexicon.concepts.values()
    letters = {name for one in concepts for name in one.aliases.get("en", ()) if name.isupper()}
    return {one.id: _called(one, letters) for one in concepts}


def _called(concept: Concept, letters: Container[str]) -> str:
    """``letters`` are the names of the lexicon that are said letter by letter: TTP, ISPR."""
    words = concept.id.removesuffix("_words").replace("_", " ")
    own = [name for name in concept.aliases.get("en", ()) if name.casefold() == words]
    if own:
        return own[0]
    said = " ".join(word.upper() if word.upper() in letters else word for word in words.split())
    return said[:1].upper() + said[1:]
