"""How alike are two articles as tellings of one event? One number, and the words that made it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from monitor.stages.story.facts import CONCEPT, Rarity, figures
from monitor.stages.story.words import COMMON, figure
from store.lineage import StoryFacts

WITHIN = timedelta(days=5)
FREE = timedelta(hours=12)  # one day's news is told within so long
A_DAY = 0.3  # taken off for a day beyond: the next day's report tells of the next step
DOUBTFUL, PLAIN = 0.5, 0.8
"""How much of that is taken off: all of it from what is alike by half, nothing from what is plainly
the same. A toll that rises four days on is told in the words of the first report; of the labelled
fortnight 9 pairs in 1,000 more are wrong, none is lost."""
HEADLINE = 0.08  # added where the headlines say the same in full
SKETCH = 0.25  # added where the texts do
SAME_OUTLET = 0.12  # taken off within one outlet, which seldom tells an event twice
TEMPLATE = 0.3  # taken off like headlines with other figures: "Gold drops Rs1,000"
LIKE_HEADLINES = 0.6
COMMON_WEIGHT = 0.4
ACROSS_WITHIN = timedelta(hours=30)
ANOTHER_DAY = timedelta(hours=18)
SAME_TEXT = 0.6
LITTLE_CHANGED = 0.85
CROSS_NAMES = 3  # shared, and a figure with them, before two scripts can tell the same story


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """How alike, from 0 towards 1 and over, and by which terms, the weightiest first."""

    value: float
    shared: tuple[str, ...] = ()


NONE = Likeness(value=0.0)


def likeness(a: StoryFacts, b: StoryFacts, rarity: Rarity) -> Likeness:
    """Return how alike two articles are; nothing that is more than five days apart is.

    ``rarity`` must know the terms of ``a``.
    """
    apart = abs(a.at - b.at)
    if apart > WITHIN:
        return NONE
    if a.script != b.script:
        return _across(a, b, rarity) if apart <= ACROSS_WITHIN else NONE
    weights = _shared(a, b, rarity)
    if sum(1 for term in weights if not term.startswith(CONCEPT) and term not in COMMON) < 2:
        return NONE
    value = sum(weights.values()) / (a.norm * b.norm)
    headlines = _headlines(a, b)
    if headlines >= LIKE_HEADLINES and _template(a, b, value):
        value -= TEMPLATE
    if a.outlet and a.outlet == b.outlet and value < LITTLE_CHANGED:
        value -= SAME_OUTLET
    value += HEADLINE * headlines + SKETCH * _overlap(a.sketch, b.sketch)
    value -= _late(apart) * min(1.0, max(0.0, (PLAIN - value) / (PLAIN - DOUBTFUL)))
    return Likeness(value=value, shared=_telling(weights))


def _shared(a: StoryFacts, b: StoryFacts, rarity: Rarity) -> dict[str, float]:
    theirs = b.terms
    return {
        term: weight * theirs[term] * rarity.of(term) ** 2
        for term, weight in a.terms.items()
        if term in theirs
    }


def _telling(weights: dict[str, float]) -> tuple[str, ...]:
    return tuple(sorted(weights, key=lambda term: (-weights[term], term))[:8])


def _late(apart: timedelta) -> float:
    return A_DAY * max(0.0, (apart - FREE) / timedelta(days=1))


def _headlines(a: StoryFacts, b: StoryFacts) -> float:
    """Return the share of the shorter headline's weight that the other has too."""
    one, two = ({word: _weight(word) for word in facts.headline} for facts in (a, b))
    common = one.keys() & two.keys()
    shorter = min(sum(one.values()), sum(two.values()))
    if len(common) < 2 or not shorter:
        return 0.0
    return sum(one[word] for word in common) / shorter


def _weight(word: str) -> float:
    return COMMON_WEIGHT if word in COMMON else 1.0


def _template(a: StoryFacts, b: StoryFacts, alike: float) -> bool:
    """Return whether like headlines belong to a form that is filled in again and again.

    Other figures under the same words, or the same outlet on another day with another text.
    """
    one, two = figures(a), figures(b)
    if one and two and not one & two:
        return True
    again = bool(a.outlet) and a.outlet == b.outlet and abs(a.at - b.at) >= ANOTHER_DAY
    return again and alike < SAME_TEXT


def _overlap(a: tuple[int, ...], b: tuple[int, ...]) -> float:
    """Return the share of the smaller sketch that the other has."""
    if not a or not b:
        return 0.0
    return len(set(a).intersection(b)) / min(len(a), len(b))


def _across(a: StoryFacts, b: StoryFacts, rarity: Rarity) -> Likeness:
    """Compare two scripts: only names the lexicon knows in both, and figures, can be shared."""
    one, two = ({t for t in facts.terms if t.startswith(CONCEPT) or figure(t)} for facts in (a, b))
    common = one & two
    names = sum(1 for term in common if term.startswith(CONCEPT))
    if names < CROSS_NAMES or names == len(common):
        return NONE
    whole = sum(rarity.of(term) for term in one)
    part = sum(rarity.of(term) for term in common)
    value = min(part / whole if whole else 0.0, len(common) / min(len(one), len(two)))
    return Likeness(value=value, shared=_telling({term: rarity.of(term) for term in common}))
