"""Between how many and how many were missed, from the draw alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from store.inquiry import AuditStratum

LEVEL = 0.90
_MOST_STRATA = 4
_STEPS = 8
_MANY = 6  # finds; from here on days are pooled more, since the search grows with both

Chances = NDArray[np.float64]


def estimate(strata: Iterable[AuditStratum]) -> float:
    """Return the Horvitz–Thompson estimate: in each stratum every find stands for its share."""
    return math.fsum(s.rejected * s.relevant / s.decided for s in strata if s.decided)


def interval(strata: Sequence[AuditStratum], level: float = LEVEL) -> tuple[int, int]:
    """Return between how many and how many relevant items were rejected, at confidence ``level``.

    The numbers for which the weighted finds would not be a rare accident (a tail of
    ``(1 - level) / 2``), wherever the misses lie: a test of the total, inverted, with the exact
    hypergeometric chances and the worst spread over the strata. So it holds for any spread, and is
    narrower than adding up limits made for each stratum alone, which assumes that all of them are
    unlucky at once. What nobody looked at counts in full to the upper end.

    The decided of a stratum are taken for a random part of its drawn; skipped ones are undecided.
    """
    return _interval(tuple(strata), level)


@lru_cache(maxsize=32)  # pages ask again and again for what changes with a decision
def _interval(strata: tuple[AuditStratum, ...], level: float) -> tuple[int, int]:
    most = _MOST_STRATA if sum(s.relevant for s in strata) < _MANY else 1
    pooled = _pooled([s for s in strata if s.rejected], most)
    seen = [s for s in pooled if s.decided]
    unseen = sum(s.rejected for s in pooled if not s.decided)
    if not seen:
        return 0, unseen
    odds = _Odds(seen)
    tail = (1 - level) / 2
    # Joined with a stratum that was looked at, one that was not can lift the lower end above the
    # estimate, which counts it for nothing; an estimate outside its own interval helps nobody.
    return min(odds.fewest(tail), math.ceil(estimate(strata))), odds.most(tail) + unseen


def _pooled(strata: Sequence[AuditStratum], most: int) -> list[AuditStratum]:
    """Join, within a band, the strata with the nearest chances until few enough are left.

    The days of a window differ by a step or two; joining them takes their items for equally likely
    to have been drawn, which weighs a find wrong by half a step at most.
    """
    left = sorted(strata, key=lambda s: (s.band, s.chance))
    while len(left) > most:
        near = [
            (math.log(b.chance / a.chance) if a.chance else math.inf, at)
            for at, (a, b) in enumerate(pairwise(left))
            if a.band == b.band
        ]
        if not near:
            break
        _, at = min(near)
        left[at : at + 2] = [_joined(left[at], left[at + 1])]
    return left


def _joined(one: AuditStratum, other: AuditStratum) -> AuditStratum:
    return AuditStratum(
        band=one.band,
        chance=max(one.chance, other.chance),
        rejected=one.rejected + other.rejected,
        drawn=one.drawn + other.drawn,
        decided=one.decided + other.decided,
        relevant=one.relevant + other.relevant,
        unsure=one.unsure + other.unsure,
    )


class _Odds:
    """How likely finds of at most, or at least, the weight seen are for given misses."""

    def __init__(self, strata: Sequence[AuditStratum]) -> None:
        # The heaviest first: few of them fit below the weight seen, so the sums stay short.
        self._strata = sorted(strata, key=lambda s: -s.rejected / s.decided)
        self._weights = [s.rejected / s.decided for s in self._strata]
        self._seen = math.fsum(
            w * s.relevant for w, s in zip(self._weights, self._strata, strict=True)
        )
        self._floor = tuple(s.relevant for s in self._strata)
        self._room = tuple(s.rejected - s.decided for s in self._strata)
        self._all = tuple(a + b for a, b in zip(self._floor, self._room, strict=True))
        self._known: dict[tuple[int, ...], tuple[float, float]] = {}
        self._rows: dict[tuple[int, int], Chances] = {}

    def most(self, tail: float) -> int:
        """Return the most misses under which finds as light as these have a chance of ``tail``."""
        return max(
            sum(self._turn(way, lambda at: self._tails(at)[0] < tail)[0]) for way in self._ways()
        )

    def fewest(self, tail: float) -> int:
        """Return the fewest misses under which finds as heavy have a chance of ``tail``."""
        return min(
            sum(self._turn(way, lambda at: self._tails(at)[1] >= tail)[1]) for way in self._ways()
        )

    def _ways(self) -> Iterator[tuple[float, ...]]:
        """Yield directions in which misses may grow: all shares of expected finds, in eighths."""
        for shares in _compositions(_STEPS, len(self._strata)):
            yield tuple(share * w for share, w in zip(shares, self._weights, strict=True))

    def _turn(
        self, way: Sequence[float], holds: Callable[[tuple[int, ...]], bool]
    ) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the last point in a direction at which ``holds`` is false, and the next one.

        It is false before some point and true from there on. Where it never turns both are the
        last point; for the fewest misses that is no worse than another way, since some way leads
        to everything being missed.
        """
        low, high = 0.0, max((r / s for r, s in zip(self._room, way, strict=True) if s), default=0)
        if holds(self._point(way, low)):
            return self._point(way, low), self._point(way, low)
        if not holds(self._point(way, high)):
            return self._point(way, high), self._all
        before, after = self._point(way, low), self._point(way, high)
        for _ in range(50):
            middle = (low + high) / 2
            here = self._point(way, middle)
            if here == before or (here != after and not holds(here)):
                low, before = middle, here
            else:
                high, after = middle, here
        return before, after

    def _point(self, way: Sequence[float], far: float) -> tuple[int, ...]:
        return tuple(
            floor + min(room, math.floor(step * far))
            for floor, room, step in zip(self._floor, self._room, way, strict=True)
        )

    def _tails(self, misses: tuple[int, ...]) -> tuple[float, float]:
        """Return the chances of finds that weigh at most, and at least, what was seen."""
        if misses not in self._known:
            rows = [self._row(at, missed) for at, missed in enumerate(misses)]
            slack = 1e-9 * max(1.0, self._seen)
            self._known[misses] = (
                _at_most(rows, self._weights, self._seen + slack),
                1.0 - _at_most(rows, self._weights, self._seen - slack),
            )
        return self._known[misses]

    def _row(self, at: int, missed: int) -> Chances:
        if (at, missed) not in self._rows:
            s = self._strata[at]
            self._rows[at, missed] = hypergeometric(s.rejected, missed, s.decided)
        return self._rows[at, missed]


def _compositions(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    if parts == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in _compositions(total - first, parts - 1):
            yield (first, *rest)


def hypergeometric(size: int, marked: int, taken: int) -> Chances:
    """Return the chance of 0, 1, 2, ... marked ones among ``taken`` of ``size``."""
    least, most = max(0, taken - (size - marked)), min(taken, marked)
    k = np.arange(least, most, dtype=float)
    steps = (marked - k) * (taken - k) / ((k + 1) * (size - marked - taken + k + 1))
    logs = np.concatenate([[0.0], np.cumsum(np.log(steps))])
    first = _log_choose(marked, least) + _log_choose(size - marked, taken - least)
    row = np.zeros(most + 1)
    row[least:] = np.exp(first - _log_choose(size, taken) + logs)
    return row


def _log_choose(size: int, taken: int) -> float:
    return math.lgamma(size + 1) - math.lgamma(taken + 1) - math.lgamma(size - taken + 1)


def _at_most(rows: Sequence[Chances], weights: Sequence[float], limit: float) -> float:
    """Return the chance that the weighted sum of independent counts is at most ``limit``."""
    if limit < 0:
        return 0.0
    row, weight = rows[0], weights[0]
    fit = np.arange(min(len(row) - 1, math.floor(limit / weight)) + 1)
    if len(rows) == 1:
        return min(1.0, float(row[fit].sum()))
    if len(rows) == 2:  # the bulk of the work, so without a loop
        below = np.cumsum(rows[1])
        rest = np.minimum(np.floor((limit - fit * weight) / weights[1]), len(below) - 1)
        return min(1.0, float(row[fit] @ below[rest.astype(int)]))
    return math.fsum(
        row[k] * _at_most(rows[1:], weights[1:], limit - k * weight) for k in fit if row[k] > 1e-15
    )
