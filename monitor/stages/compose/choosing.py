"""Which stories a digest has room for, and in which part each of them stands."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from monitor.stages.compose.remembering import Differences
from monitor.told import DigestPart
from store.messages import Told
from store.types import ArticleRow

Balance = Callable[[Sequence[ArticleRow]], Sequence[ArticleRow]]

CHANGED_SHARE = 3
"""A third of the places is kept for stories that changed, while there are so many."""
_LESS = 0.6  # of its weight: a story still developing, beside one that changed or is new


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A story that may be told: its articles, the chief one first, and its part.

    Not what is new in it, which is asked again of the few that there is room for.
    """

    rows: tuple[ArticleRow, ...]
    part: DigestPart
    carried: bool = False  # nothing of it is of today; it found no room before
    weighs: float = 0.0

    @property
    def chief(self) -> ArticleRow:
        """The article that tells it."""
        return self.rows[0]


def part_of(
    rows: Sequence[ArticleRow], told: Told | None, found: Differences, *, ours: bool = False
) -> DigestPart | None:
    """Return the part in which a story stands; None: nothing of it is new, or a person said no.

    What was told and refused since is told again only where a person accepted an article of it, one
    of the ``rows`` or, where the story is ``ours``, any other: who refuses a follow-up that strayed
    in does not refuse the story.
    """
    accepted = any(row.decision == "relevant" for row in rows)
    if told is None:
        drawn = all(row.route == "sample" for row in rows)
        return "audit" if drawn and accepted else "new"
    if told.refused and not (accepted or ours):
        return None
    if found.changes:
        return "changed"
    return "developing" if found.added else None


def chosen(
    plans: Sequence[Plan], *, limit: int, balance: Balance | None
) -> tuple[list[Plan], list[Plan]]:
    """Return the stories there is room for, the weightiest first, and those there is none for.

    What people accepted comes first, then the score; ``balance`` shares the places out among the
    strands. A third of the places is kept for stories that changed; the rest is for everybody.
    """
    ranked = _ranked(plans, balance)
    changed = [plan for plan in ranked if plan.part == "changed"]
    kept = {plan.chief.article for plan in changed[: max(1, limit // CHANGED_SHARE)]}
    others = [plan for plan in ranked if plan.chief.article not in kept]
    room = max(0, limit - len(kept))
    inside = kept | {plan.chief.article for plan in others[:room]}
    return (
        [plan for plan in ranked if plan.chief.article in inside][:limit],
        [plan for plan in ranked if plan.chief.article not in inside],
    )


def _ranked(plans: Sequence[Plan], balance: Balance | None) -> list[Plan]:
    by_article = {plan.chief.article: plan for plan in plans}
    weighed = [replace(plan.chief, score=plan.weighs) for plan in by_article.values()]
    weighed.sort(key=lambda row: (-(row.score or 0.0), row.article))
    ordered = list(balance(weighed)) if balance else weighed
    return [by_article[row.article] for row in ordered]


def weight(rows: Sequence[ArticleRow], part: DigestPart) -> float:
    """Return what a story weighs: its best score, and one more where a person accepted it."""
    scores = [row.score or 0.0 for row in rows]
    best = max((score for score in scores if math.isfinite(score)), default=0.0)
    accepted = any(row.decision == "relevant" for row in rows)
    return (best + accepted) * (_LESS if part == "developing" else 1.0)


def of_today(rows: Sequence[ArticleRow], came: Collection[int] | None) -> bool:
    """Whether something of a story came in the window; everything did where nobody says."""
    return came is None or any(row.article in came for row in rows)
