"""Do two headlines alone tell the same story? The plain answer, where nothing else is known."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.stages.story.words import COMMON, figure
from monitor.stages.story.words import headline as telling

WITHIN = timedelta(hours=36)
ALIKE = 0.5  # of the weight of the shorter headline
NEARLY_ALL = 0.7  # where only two telling words are shared: "Saudi Arabia" alone is no story
COMMON_WEIGHT = 0.4


def same_story(a_title: str, b_title: str, a_at: datetime, b_at: datetime) -> bool:
    """Return whether two headlines, at two instants, tell the same story. Never raises."""
    return abs(a_at - b_at) <= WITHIN and _alike(_weighed(a_title), _weighed(b_title))


def _weighed(title: str) -> dict[str, float]:
    """Return the telling words of a headline with their weights: names and figures count most."""
    weights: dict[str, float] = {}
    for place, said in enumerate(telling(title)):
        if said.word in COMMON:
            weight = COMMON_WEIGHT
        elif place and said.written[0].isupper():
            weight = 1.5
        else:
            weight = 1.25 if figure(said.word) else 1.0
        weights[said.word] = max(weight, weights.get(said.word, 0.0))
    return weights


def _alike(a: dict[str, float], b: dict[str, float]) -> bool:
    """Return whether two weighed headlines share enough; like words with other figures do not."""
    common = a.keys() & b.keys()
    shared = sum(min(a[word], b[word]) for word in common)
    telling_words = sum(1 for word in common if min(a[word], b[word]) > COMMON_WEIGHT)
    shorter = min(sum(a.values()), sum(b.values()))
    if telling_words < 2 or shared < (ALIKE if telling_words > 2 else NEARLY_ALL) * shorter:
        return False
    one = {word for word in a if figure(word)}
    two = {word for word in b if figure(word)}
    return not (one and two and not one & two)
