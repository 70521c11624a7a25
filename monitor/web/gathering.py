"""The queue by story: one line for what several outlets tell, and nothing hidden behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from store import stories
from store.db import Db
from store.lineage import StoryMember
from store.types import ArticleRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A story that waits: its best article, the others of it that wait, who else tells it.

    ``changed``: an article of it was edited under another headline.
    """

    row: ArticleRow
    others: tuple[ArticleRow, ...] = ()
    outlets: int = 0  # beside the row's own, of the whole story
    changed: bool = False

    @property
    def articles(self) -> tuple[int, ...]:
        """Every waiting article of the line."""
        return (self.row.article, *(other.article for other in self.others))


def gathered(db: Db, rows: Sequence[ArticleRow], *, limit: int) -> list[Line]:
    """Return at most ``limit`` lines, in the order of their first article.

    Articles drawn to see what is missed stand alone: each wants an answer of its own.
    """
    groups: dict[tuple[str, int], list[ArticleRow]] = {}
    for row in rows:
        groups.setdefault(_key(row), []).append(row)
    chosen = list(groups.values())[:limit]
    told = stories.members(db, [g[0].story for g in chosen if g[0].story is not None])
    return [_line(group, told.get(group[0].story or 0, [])) for group in chosen]


def _key(row: ArticleRow) -> tuple[str, int]:
    if row.story is None or row.route != "queue":
        return ("article", row.article)
    return ("story", row.story)


def _line(group: Sequence[ArticleRow], told: Sequence[StoryMember]) -> Line:
    row = group[0]
    return Line(
        row=row,
        others=tuple(group[1:]),
        outlets=len({member.outlet for member in told} - {row.outlet}),
        changed=any(len(member.headlines) > 1 for member in told),
    )
