"""The other articles of a story beside one of them: who was first, and what each adds to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from monitor.web.amounts import amount, heading
from monitor.web.views.stories import SIDE_WORDS, told_at
from store.lineage import ClaimRow, StoryMember

SHOWN: Final = 12
ADDS: Final = 3  # claims named of each


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """Another article of the story. ``adds`` are claims that this one does not make.

    ``side`` is in words where no earlier one told it from that side; ``more`` claims are not named.
    """

    member: StoryMember
    later: timedelta  # than the article it stands beside
    side: str = ""
    adds: tuple[str, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A story seen from one of its articles. ``first`` told it before; None: this one was first."""

    own: StoryMember | None = None
    first: StoryMember | None = None
    later: timedelta = timedelta()  # than the first
    others: tuple[Neighbour, ...] = ()
    copies: tuple[Neighbour, ...] = ()
    unshown: int = 0

    @property
    def nearby(self) -> list[Neighbour]:
        """Those that are shown, copies among them, in the order they told it."""
        return sorted((*self.others, *self.copies), key=lambda other: other.later)

    @property
    def size(self) -> int:
        """How many others there are."""
        return len(self.others) + len(self.copies) + self.unshown


def company(article: int, told: Sequence[StoryMember], claimed: Sequence[ClaimRow] = ()) -> Company:
    """Return what stands beside ``article``; ``told`` in the order they told it."""
    own = next((member for member in told if member.article == article), None)
    if own is None:
        return Company()
    others = [member for member in told if member.article != article]
    copies = [member for member in others if member.copy_of is not None]
    texts = [member for member in others if member.copy_of is None]
    said = _said(claimed)
    known = {mark for mark, _ in said.get(article, ())}
    sides = {own.side}
    found: list[Neighbour] = []
    for member in texts[:SHOWN]:
        new = [words for mark, words in said.get(member.article, ()) if mark not in known]
        adds = tuple(dict.fromkeys(new))
        other = member.side if member.side and member.side not in sides else ""
        sides.add(member.side)
        found.append(
            Neighbour(
                member=member,
                later=told_at(member) - told_at(own),
                side=SIDE_WORDS.get(other, other),
                adds=adds[:ADDS],
                more=max(0, len(adds) - ADDS),
            )
        )
    first = told[0] if told[0].article != article else None
    return Company(
        own=own,
        first=first,
        later=told_at(own) - told_at(told[0]),
        others=tuple(found),
        copies=tuple(
            Neighbour(member=copy, later=told_at(copy) - told_at(own)) for copy in copies[:SHOWN]
        ),
        unshown=len(others) - len(found) - len(copies[:SHOWN]),
    )


def _said(rows: Sequence[ClaimRow]) -> dict[int, list[tuple[str, str]]]:
    """What each article claims: the claim's mark, and its words."""
    found: dict[int, list[tuple[str, str]]] = {}
    for row in sorted(rows, key=lambda row: row.id):
        if row.article and not row.gone and row.answer != "discard":
            words = f"{heading(row.facts)}: {amount(row.facts)}"
            found.setdefault(row.article, []).append((row.facts.mark, words))
    return found
