"""Which story does an article tell? One that is there, or a new one; doubtful ones stay apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.stages.story.facts import Rarity
from monitor.stages.story.likeness import Likeness, likeness
from store.lineage import StoryFacts

JOIN = 0.36  # of the best member and of the story's middle, half and half
UNTAUGHT = 0.03  # more is asked for on the first day
TAUGHT = 300  # articles of the window, from which rarity is believed
ACROSS = 0.6  # between two scripts, where only names and figures can be shared


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateStory:
    """A story that may be the article's: its newest members, or those most like the article."""

    story: int
    members: tuple[StoryFacts, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """The story an article joins, or None for a new one.

    ``why``: "copy", "alike", "across" (another script) or "new". ``near`` is the member most like
    the article, ``shared`` the terms both have, the weightiest first.
    """

    story: int | None
    why: str
    likeness: float = 0.0
    near: int | None = None
    shared: tuple[str, ...] = ()


NEW = Assignment(story=None, why="new")


def assign(article: StoryFacts, candidates: Sequence[CandidateStory], rarity: Rarity) -> Assignment:
    """Return the story the article joins. Ties go to the older story. Never raises for its data."""
    found = [_weigh(article, candidate, rarity) for candidate in candidates if candidate.members]
    joined = [one for one in found if one.story is not None]
    return min(joined, key=lambda one: (-one.likeness, one.story or 0)) if joined else NEW


def _weigh(article: StoryFacts, candidate: CandidateStory, rarity: Rarity) -> Assignment:
    """Return whether the article fits one story: near to a member, and to the story as a whole."""
    by: list[tuple[Likeness, StoryFacts]] = [
        (likeness(article, member, rarity), member) for member in candidate.members
    ]
    best, near = max(by, key=lambda pair: (pair[0].value, -pair[1].article))
    across = near.script != article.script
    values = sorted((like.value for like, _ in by), reverse=True)
    half = values[: (len(values) + 1) // 2]  # a story has sides; half of it must know the newcomer
    middle = sum(half) / len(half)
    value = best.value if across else (best.value + middle) / 2
    if value < (ACROSS if across else JOIN + _caution(rarity)):
        return NEW
    return Assignment(
        story=candidate.story,
        why="across" if across else "alike",
        likeness=round(value, 3),
        near=near.article,
        shared=best.shared,
    )


def _caution(rarity: Rarity) -> float:
    """Return how much more is asked for while few articles have taught what is rare."""
    return UNTAUGHT * max(0.0, 1 - rarity.articles / TAUGHT)
