"""``changes``: what the articles of one story say differently, between copies, sides and days.

Nothing is merged: a change names two claims, each with its sentence and its article. Which of them
is true is not asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from monitor.stages.claims.befalling import is_added
from monitor.stages.claims.sentences import listed

Kind = Literal["figure", "sides", "claimant", "headline"]
COUNTED_PEOPLE = listed(
    "killed injured casualties arrested missing abducted displaced deported returned released"
    " surrendered"
)
SAME_EVENT = timedelta(days=4)
"""A figure whose day lies further from its article's is background: last year's toll."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A figure or statement as one version of one article tells it."""

    article: int
    version: int
    outlet: str
    side: str  # of the outlet: "pakistan", "afghanistan", "exile", "international"
    at: datetime
    claim: int  # the claim's own number, to find its sentence by
    population: str
    who: str
    subject: str
    least: float | None
    most: float | None
    text: str  # the figure as written
    place: str
    speaker: str = ""
    speaker_side: str = ""
    since_on: date | None = None
    until_on: date | None = None
    in_title: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The headline of one version of an article."""

    article: int
    version: int
    outlet: str
    at: datetime
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Two tellings that differ, the earlier first. Of a headline edit the claims are None."""

    kind: Kind
    population: str = ""
    who: str = ""
    place: str = ""
    before: Told | None = None
    after: Told | None = None
    titles: tuple[Headline, Headline] | None = None
    more: tuple[Told, ...] = field(default=())  # of "sides": who else tells it


def changes(told: Iterable[Told], headlines: Iterable[Headline] = ()) -> tuple[Change, ...]:
    """Return what changed within a story: figures, who claims, what each side says, headlines.

    A figure is compared with the latest earlier one for the same people and the same place, where a
    place is named by both. Of one version the highest figure speaks for it, as a toll counts all.
    In order of the later telling; the same change told again is given once.
    """
    ordered = sorted(
        told, key=lambda one: (one.at, one.article, one.version, not one.in_title, one.claim)
    )
    main = _main([one for one in ordered if _of_the_event(one)])
    out = [*_figures(main), *_sides(main), *_claimants(ordered), *_headlines(headlines)]
    return tuple(sorted(out, key=_when))


def _when(change: Change) -> datetime:
    if change.titles is not None:
        return change.titles[1].at
    later = change.after or change.before
    return later.at if later else datetime.min.replace(tzinfo=UTC)


def _of_the_event(one: Told) -> bool:
    if one.population not in COUNTED_PEOPLE or (one.least is None and one.most is None):
        return False
    if is_added(one.subject, one.population):
        return False  # what comes on top of a toll is none
    day = one.until_on
    return day is None or abs(one.at.date() - day) <= SAME_EVENT


def _size(one: Told) -> float:
    return one.least if one.least is not None else one.most or 0.0


def _main(told: Sequence[Told]) -> list[Told]:
    """The highest figure of each version for each population, group and place."""
    best: dict[tuple[object, ...], Told] = {}
    for one in told:
        key = (one.article, one.version, one.population, _group(one))
        standing = best.get(key)
        if standing is None or _size(one) > _size(standing):
            best[key] = one
    return list(best.values())


def _group(one: Told) -> str:
    """Civilians are people; militants and security forces are counted apart."""
    return one.who if one.who in {"militants", "security forces"} else "people"


def _same_place(first: str, second: str) -> bool:
    return not first or not second or first.casefold() == second.casefold()


def _figures(told: Sequence[Told]) -> list[Change]:
    out: list[Change] = []
    last: dict[tuple[str, str], list[Told]] = {}
    seen: set[tuple[object, ...]] = set()
    for one in told:
        earlier = last.setdefault((one.population, _group(one)), [])
        before = next((old for old in reversed(earlier) if _same_place(old.place, one.place)), None)
        if before is not None and _value(before) != _value(one):
            key = (one.population, _group(one), _value(before), _value(one))
            if key not in seen:
                seen.add(key)
                place = one.place or before.place
                out.append(
                    Change(
                        kind="figure", population=one.population, who=_group(one), place=place,
                        before=before, after=one,
                    )
                )  # fmt: skip
        earlier.append(one)
    return out


def _value(one: Told) -> tuple[float | None, float | None]:
    """Both ends; an open end counts as the other, as "at least 5" and "5" are no change."""
    least = one.most if one.least is None else one.least
    return least, one.least if one.most is None else one.most


def _sides(told: Sequence[Told]) -> list[Change]:
    """Different sides, different figures: the latest of each side, beside each other."""
    latest: dict[tuple[str, str], dict[str, Told]] = {}
    for one in told:
        side = one.speaker_side or one.side
        if side:
            latest.setdefault((one.population, _group(one)), {})[side] = one
    out: list[Change] = []
    for (population, group), by_side in latest.items():
        spoken = sorted(by_side.values(), key=lambda one: one.at)
        if len(spoken) < 2 or len({_value(one) for one in spoken}) < 2:
            continue
        first, second = spoken[0], next(o for o in spoken if _value(o) != _value(spoken[0]))
        if not _same_place(first.place, second.place):
            continue
        more = tuple(one for one in spoken if one not in (first, second))
        place = second.place or first.place
        out.append(
            Change(
                kind="sides", population=population, who=group, place=place, before=first,
                after=second, more=more,
            )
        )  # fmt: skip
    return out


def _claimants(told: Sequence[Told]) -> list[Change]:
    """Who claims an attack, where that was said otherwise before."""
    out: list[Change] = []
    last: Told | None = None
    for one in told:
        if one.population != "responsibility":
            continue
        if last is not None and _claimant(last) != _claimant(one):
            out.append(Change(kind="claimant", population="responsibility", place=one.place,
                              before=last, after=one))  # fmt: skip
        last = one
    return out


_PARTS = re.compile(r"[^\W\d_]+")


def _claimant(one: Told) -> tuple[str, str]:
    """What is said, and by whom: a name and its letters are one, "Tehreek-e-Taliban Pakistan"."""
    parts = _PARTS.findall(one.speaker)
    lettered = next((part for part in parts if sum(map(str.isupper, part)) > 1), "")
    initials = "".join(part[0] for part in parts if part[0].isupper())
    if len(initials) < 3:
        initials = "".join(part[0] for part in parts)
    name = lettered or (initials if len(initials) >= 3 else one.speaker)
    return one.subject, name.casefold()


def _headlines(headlines: Iterable[Headline]) -> list[Change]:
    out: list[Change] = []
    last: dict[int, Headline] = {}
    for one in sorted(headlines, key=lambda head: (head.article, head.version)):
        before = last.get(one.article)
        if before is not None and before.title.strip() != one.title.strip():
            out.append(Change(kind="headline", titles=(before, one)))
        last[one.article] = one
    return out
