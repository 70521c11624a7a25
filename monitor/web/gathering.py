"""The queue by story: one line for what several outlets tell, and nothing hidden behind it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.stages import route
from store import stories, waiting
from store.db import Db
from store.lineage import StoryMember
from store.rows import stamp
from store.types import ArticleRow
from store.waiting import Waiter

CONSIDERED = 250
BESIDE = 30
Group = Sequence[Waiter]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What waits by story, in the order people meet it; the first ``fresh`` are the new ones."""

    groups: Sequence[Group]
    fresh: int

    def at(self, article: int | None) -> int | None:
        """Return the place of the story in which ``article`` waits."""
        return next(
            (at for at, group in enumerate(self.groups) for row in group if row.article == article),
            None,
        )


def in_order(rows: Sequence[Waiter], *, since: datetime, mix: Sequence[int]) -> Order:
    """Return ``rows`` (best score first) by story: what was first seen from ``since`` on, the rest.

    Within each: the likeliest, those nearest to even and the audit's, mixed. A story stands where
    the first of its articles does. Articles drawn to see what is missed stand alone: each wants an
    answer of its own.
    """
    line = stamp(since)
    groups: dict[int, list[Waiter]] = {}
    for row in _met([row for row in rows if row.seen >= line], mix):
        groups.setdefault(row.key, []).append(row)
    fresh = len(groups)
    for row in _met([row for row in rows if row.seen < line], mix):
        groups.setdefault(row.key, []).append(row)
    return Order(groups=list(groups.values()), fresh=fresh)


def _met(rows: Sequence[Waiter], mix: Sequence[int]) -> Sequence[Waiter]:
    """Mix the best of a backlog with what stands far below them; the others follow by score."""
    chosen = rows[:CONSIDERED]
    behind = rows[CONSIDERED:]
    if not behind:
        return route.mixed(chosen, mix=mix)
    even = bisect_left(behind, -0.5, key=lambda row: -(row.score or 0.0))
    beside = [row for row in behind[max(0, even - BESIDE) : even + BESIDE] if row.route == "queue"]
    drawn = sorted((row for row in behind if row.route != "queue"), key=lambda row: -row.article)
    ahead = route.mixed([*chosen, *beside, *drawn[: 2 * BESIDE]], mix=mix)
    met = {row.article for row in ahead}
    return [*ahead, *(row for row in behind if row.article not in met)]


def stories_of(rows: Sequence[Waiter]) -> int:
    """Count the stories that wait."""
    return len({row.key for row in rows})


def best(group: Group) -> int:
    """Return the article of a group that is read first: the best score, then the older one."""
    return max(group, key=lambda row: (row.score or 0.0, -row.article)).article


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A story that waits: its best article, the others of it that wait, who else tells it.

    ``told`` are the other articles of the story, as they came, copies too. ``changed``: an article
    of it was edited under another headline.
    """

    row: ArticleRow
    others: tuple[ArticleRow, ...] = ()
    told: tuple[StoryMember, ...] = ()
    outlets: int = 0  # beside the row's own, of the whole story
    changed: bool = False

    @property
    def articles(self) -> tuple[int, ...]:
        """Every waiting article of the line."""
        return (self.row.article, *(other.article for other in self.others))


def gathered(db: Db, groups: Sequence[Group]) -> list[Line]:
    """Return a line for each group, in order."""
    rows = {
        row.article: row
        for row in waiting.rows(db, [row.article for group in groups for row in group])
    }
    told = stories.members(db, {row.story for row in rows.values() if row.story is not None})
    return [_line(group, rows, told) for group in groups]


def _line(
    group: Group, rows: Mapping[int, ArticleRow], members: Mapping[int, Sequence[StoryMember]]
) -> Line:
    row = rows[best(group)]
    told = members.get(row.story or 0, ())
    return Line(
        row=row,
        others=tuple(rows[other.article] for other in group if other.article != row.article),
        told=tuple(member for member in told if member.article != row.article),
        outlets=len({member.outlet for member in told} - {row.outlet}),
        changed=any(len(member.headlines) > 1 for member in told),
    )
