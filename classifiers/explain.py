"""Contributions in a colleague's words, and the strands a text belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from classifiers.features import signs
from classifiers.lexicon import Hit
from classifiers.types import Contribution, Match, Part, Verdict

_MOST_MATCHES = 12
_TOP: tuple[Part, ...] = ("title", "lead")
_TITLE: tuple[Part, ...] = ("title",)
_TEXT: tuple[Part, ...] = ("lead", "body")
_SIDES = ("afghanistan", "pakistan", "actor")

SOURCES: Mapping[str, tuple[tuple[Part, ...], tuple[str, ...]]] = {
    "title_both": (_TITLE, _SIDES),
    "title_afghan": (_TITLE, ("afghanistan",)),
    "title_ttp": (_TITLE, ("ttp",)),
    "title_border": (_TITLE, ("both",)),
    "lead_both": (_TOP, _SIDES),
    "lead_afghan": (_TOP, ("afghanistan",)),
    "lead_ttp": (_TOP, ("ttp",)),
    "lead_border": (_TOP, ("both",)),
    "body_both": (_TEXT, ("afghanistan", "pakistan")),
    "body_afghan": (_TEXT, ("afghanistan",)),
    "body_ttp": (_TEXT, ("ttp",)),
    "refugees": (_TOP, ("w:refugees",)),
    "militancy": (_TOP, ("w:militancy",)),
    "frontier_militancy": (_TOP, ("w:militancy", "frontier")),
    "strikes": (_TOP, ("w:strikes",)),
    "talks": (_TOP, ("w:talks", "w:diplomacy")),
    "trade": (_TOP, ("w:trade",)),
    "home_afghan_title": (_TITLE, ("afghanistan",)),
    "sport": (_TOP, ("sport",)),
    "disaster": (_TOP, ("disaster",)),
    "elsewhere_title": (_TITLE, ("elsewhere",)),
    "elsewhere_lead": (_TOP, ("elsewhere",)),
    "third_party": (_TITLE, ("third",)),
    "afghan_only": (_TOP, ("afghanistan",)),
    "afghan_alone": (_TOP, ("afghanistan",)),
}
"""Where the matches behind each feature stand: the parts, and the signs of ``features``."""


def evidence_of(feature: str, hits: Sequence[Hit]) -> tuple[Match, ...]:
    """The first places that made the feature what it is, in the order of the text."""
    source = SOURCES.get(feature)
    if source is None:
        return ()
    parts, wanted = source
    found = (h.match for h in hits if h.match.part in parts and not signs(h).isdisjoint(wanted))
    return tuple(islice(found, _MOST_MATCHES))


_NAMES = frozenset({"group", "person", "crossing", "place", "institution", "operation"})
_NAMING = 0.35  # a group or a crossing is named in stories of many kinds
_FIRST_SENTENCE = 25  # words
_PARTS: Mapping[Part, tuple[float, float]] = {
    "title": (4.0, 1.7),
    "lead": (1.0, 3.0),
    "body": (0.25, 6.0),
}
"""What a mention is worth in each part, and how many mentions there can matter."""
_HEAD = 1.25  # the first event of a headline is its news; what comes after "while" is beside it


def strands_of(hits: Sequence[Hit], order: Sequence[str], *, most: int = 3) -> tuple[str, ...]:
    """The strands a text is about, strongest first: the title before the lead before the body.

    What happens (talks, a closure, an attack) outweighs who or what is only named on the way. A
    strand stays only where it is at least a quarter as strong as the strongest.
    """
    telling = [h for h in hits if h.concept.strand in order and h.concept.pole != "away"]
    named = {h.concept.strand for h in telling if h.concept.role != "act"}
    telling = [h for h in telling if h.concept.strand in named]
    tally: dict[tuple[str, Part], float] = {}
    for hit in telling:
        key = (hit.concept.strand, hit.match.part)
        tally[key] = tally.get(key, 0.0) + _says(hit) * _early(hit)
    strength = dict.fromkeys((h.concept.strand for h in telling), 0.0)
    for (strand, part), said in tally.items():
        worth, enough = _PARTS[part]
        strength[strand] += worth * min(said, enough)
    events = (h for h in telling if h.match.part == "title" and _says(h) >= 1.0)
    first = min(events, key=lambda h: h.match.start, default=None)
    if first is not None:
        strength[first.concept.strand] *= _HEAD
    ranked = sorted(strength, key=lambda s: (-strength[s], order.index(s)))
    return tuple(s for s in ranked if strength[s] * 4 >= strength[ranked[0]])[:most]


def _early(hit: Hit) -> float:
    """The first sentence of the opening tells the news; what follows is how it came about."""
    if hit.match.part != "lead":
        return 1.0
    return 1.5 if hit.word < _FIRST_SENTENCE else 0.75


def _says(hit: Hit) -> float:
    """How far a mention speaks of its strand: an event wholly, a mere name by a third."""
    concept = hit.concept
    return _NAMING if concept.kind in _NAMES or concept.role == "thing" else 1.0


def sentence(contribution: Contribution) -> str:
    """One line: ``both sides in the title +2.6 (Kabul, Islamabad)``."""
    seen = dict.fromkeys(" ".join(match.text.split()) for match in contribution.matches)
    places = f" ({', '.join(list(seen)[:4])})" if seen else ""
    return f"{contribution.label} {contribution.weight:+.1f}{places}"


def sentences(verdict: Verdict, *, most: int = 8) -> list[str]:
    """The contributions that moved the score, strongest first, then what was set aside."""
    moved = [c for c in verdict.evidence.contributions if c.feature != "intercept"]
    ranked = sorted(moved, key=lambda c: (-abs(c.weight), c.feature))[:most]
    aside = dict.fromkeys(" ".join(match.text.split()) for match in verdict.evidence.ignored)
    notes = [f"seen and not counted: {', '.join(list(aside)[:6])}"] if aside else []
    return [sentence(c) for c in ranked] + notes
