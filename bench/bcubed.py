"""How well a sorting agrees with a person's: B-cubed (Bagga and Baldwin 1998) and pairs."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

DRAWS = 500


class Labelled(Protocol):
    """An article that may have a label."""

    @property
    def id(self) -> str:
        """What the labels call it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a person said an article tells."""

    story: str
    part: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """B-cubed precision, recall and F1, and pairs rightly joined, wrongly joined and missed."""

    precision: float
    recall: float
    f1: float
    right: int
    wrong: int
    missed: int


def score(
    articles: Sequence[Labelled],
    sorted_into: Sequence[int],
    labels: Mapping[str, Label],
    part: str,
    *,
    among: Callable[[str], bool] = lambda _: True,
) -> Score:
    """Return the figures over the articles of a part whose story's label is among those asked.

    Each article counts by the share of its group that is of its story (precision) and the share of
    its story that is in its group (recall); labelled articles of both parts are in those shares.
    """
    each = _each(articles, sorted_into, labels)
    chosen = [at for at in each if labels[at].part == part and among(labels[at].story)]
    return _sum([each[at] for at in chosen])


@dataclass(frozen=True, slots=True, kw_only=True)
class _One:
    precision: float
    recall: float
    right: int
    wrong: int
    missed: int


def _each(
    articles: Sequence[Labelled], sorted_into: Sequence[int], labels: Mapping[str, Label]
) -> dict[str, _One]:
    groups: dict[int, list[str]] = defaultdict(list)
    stories: Counter[str] = Counter()
    for article, group in zip(articles, sorted_into, strict=True):
        if article.id in labels:
            groups[group].append(article.id)
            stories[labels[article.id].story] += 1
    found = {}
    for members in groups.values():
        here = Counter(labels[member].story for member in members)
        for member in members:
            told = labels[member].story
            found[member] = _One(
                precision=here[told] / len(members), recall=here[told] / stories[told],
                right=here[told] - 1, wrong=len(members) - here[told],
                missed=stories[told] - here[told],
            )  # fmt: skip
    return found


def _sum(each: Sequence[_One]) -> Score:
    precision = sum(one.precision for one in each) / max(1, len(each))
    recall = sum(one.recall for one in each) / max(1, len(each))
    return Score(
        precision=precision,
        recall=recall,
        f1=2 * precision * recall / ((precision + recall) or 1.0),
        right=sum(one.right for one in each),
        wrong=sum(one.wrong for one in each),
        missed=sum(one.missed for one in each),
    )


def interval(
    articles: Sequence[Labelled],
    sorted_into: Sequence[int],
    labels: Mapping[str, Label],
    part: str,
    *,
    among: Callable[[str], bool] = lambda _: True,
) -> tuple[float, float]:
    """Return where 95 of 100 F1s lie when the stories of the part are drawn again, with return."""
    each = _each(articles, sorted_into, labels)
    of_story: dict[str, list[_One]] = defaultdict(list)
    for at, one in each.items():
        if labels[at].part == part and among(labels[at].story):
            of_story[labels[at].story].append(one)
    stories = sorted(of_story)
    chance = random.Random(7)  # noqa: S311 - a sample, not a secret
    drawn = sorted(
        _sum([one for name in chance.choices(stories, k=len(stories)) for one in of_story[name]]).f1
        for _ in range(DRAWS)
    )
    return drawn[int(0.025 * DRAWS)], drawn[int(0.975 * DRAWS)]


def told_twice(labels: Mapping[str, Label]) -> Callable[[str], bool]:
    """Return whether a story has two or more articles."""
    size = Counter(label.story for label in labels.values())
    return lambda name: size[name] > 1


def pairs(found: Score) -> tuple[float, float]:
    """Return the precision and the recall of joined pairs."""
    joined, told = found.right + found.wrong, found.right + found.missed
    return found.right / joined if joined else 1.0, found.right / told if told else 1.0
