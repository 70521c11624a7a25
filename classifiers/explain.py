"""Contributions in a colleague's words, and the strands a text belongs to."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
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


_WEIGHT_OF_PART: Mapping[Part, float] = {"title": 3.0, "lead": 1.0, "body": 0.25}


def strands_of(hits: Iterable[Hit], order: Sequence[str], *, most: int = 3) -> tuple[str, ...]:
    """The strands a text speaks of, strongest first: what the title says weighs most.

    A strand stays only where it is at least a third as strong as the strongest.
    """
    tally: dict[str, float] = {}
    for hit in hits:
        strand = hit.concept.strand
        if strand in order and hit.concept.pole not in {"away", "trap"}:
            own = 1.0 if hit.concept.pole == "word" else 1.5
            tally[strand] = tally.get(strand, 0.0) + own * _WEIGHT_OF_PART[hit.match.part]
    strength = {strand: math.sqrt(total) for strand, total in tally.items() if total >= 1.0}
    ranked = sorted(strength, key=lambda s: (-strength[s], order.index(s)))
    return tuple(s for s in ranked if strength[s] * 3 >= strength[ranked[0]])[:most]


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
