"""Splits of a snapshot, by time and by outlet. No story and no copy is ever on two sides of one.

Nothing is drawn: the members alone decide, so the same snapshot has the same splits everywhere.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from store.learned import Member

Side = Literal["train", "dev", "test"]
TRAIN_SHARE: Final = 0.70
DEV_SHARE: Final = 0.15
LEAST: Final = 10  # dated stories; below, everything is for training
FOLDS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """Outlets held out: ``test`` is theirs, ``left_out`` shares a story with it and is neither.

    Spellings of one outlet that differ in capitals and blanks stand together in ``outlets``.
    """

    number: int  # from 1
    outlets: tuple[str, ...]
    test: tuple[str, ...]
    train: tuple[str, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Splits:
    """``time`` says of each member on which side of the cuts it stands.

    A story goes by its latest telling, so that nothing in ``train`` was told after the first cut.
    """

    time: Mapping[str, Side]
    dev_from: datetime | None
    test_from: datetime | None
    folds: tuple[Fold, ...]

    def fold_of(self) -> dict[str, int]:
        """Return in which fold's test each member stands; texts of no known outlet in none."""
        return {name: fold.number for fold in self.folds for name in fold.test}


def split(members: Sequence[Member]) -> Splits:
    """Return the splits of a snapshot: 70, 15 and 15 in a hundred by time, five folds of outlets.

    Texts without any date, seeds and undated imports, are for training.
    """
    latest: dict[str, datetime] = {}
    sizes: Counter[str] = Counter()
    for member in members:
        at = told_at(member)
        if at is not None:
            latest[member.group] = max(at, latest.get(member.group, at))
            sizes[member.group] += 1
    dev_from, test_from = _cuts(latest, sizes)
    return Splits(
        time={m.id: _side(latest.get(m.group), dev_from, test_from) for m in members},
        dev_from=dev_from,
        test_from=test_from,
        folds=_folds(members),
    )


def told_at(member: Member) -> datetime | None:
    """Return when a text was told, as well as anybody knows: not after it was first seen."""
    known = [at for at in (member.published_at, member.first_seen_at) if at is not None]
    return min(known) if known else None


def _cuts(
    latest: Mapping[str, datetime], sizes: Mapping[str, int]
) -> tuple[datetime | None, datetime | None]:
    if len(latest) < LEAST:
        return None, None
    total, so_far = sum(sizes.values()), 0
    dev_from = test_from = None
    for at, group in sorted((at, group) for group, at in latest.items()):
        if dev_from is None and so_far >= TRAIN_SHARE * total:
            dev_from = at
        if test_from is None and so_far >= (TRAIN_SHARE + DEV_SHARE) * total:
            test_from = at
        so_far += sizes[group]
    return dev_from, test_from


def _side(at: datetime | None, dev_from: datetime | None, test_from: datetime | None) -> Side:
    if at is None or dev_from is None or at < dev_from:
        return "train"
    return "test" if test_from is not None and at >= test_from else "dev"


def _folds(members: Sequence[Member]) -> tuple[Fold, ...]:
    counts = Counter(key for m in members if (key := _outlet(m)))
    number = min(FOLDS, len(counts))
    if number < 2:
        return ()
    # Among equals by their first spelling: where each has but one, the folds are those of before.
    spelled = {_outlet(m): m.outlet for m in sorted(members, key=lambda m: m.outlet, reverse=True)}
    outlets: dict[int, set[str]] = defaultdict(set)
    filled = dict.fromkeys(range(1, number + 1), 0)
    for outlet, n in sorted(counts.items(), key=lambda pair: (-pair[1], spelled[pair[0]])):
        place = min(filled, key=lambda fold: (filled[fold], fold))
        outlets[place].add(outlet)
        filled[place] += n
    return tuple(_fold(members, fold, outlets[fold]) for fold in filled)


def _outlet(member: Member) -> str:
    """An outlet however it is spelled: feeds and lists of references write "Dawn" and "DAWN"."""
    return " ".join(member.outlet.casefold().split())


def _fold(members: Sequence[Member], number: int, outlets: Collection[str]) -> Fold:
    own = [m for m in members if _outlet(m) in outlets]
    groups = {m.group for m in own}
    others = [m for m in members if _outlet(m) not in outlets]
    return Fold(
        number=number,
        outlets=tuple(sorted({m.outlet for m in own})),
        test=tuple(m.id for m in own),
        train=tuple(m.id for m in others if m.group not in groups),
        left_out=tuple(m.id for m in others if m.group in groups),
    )
