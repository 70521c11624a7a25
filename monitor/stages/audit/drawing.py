"""How the audit draws: bands below the threshold, and the chance of each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from monitor.model import Band

EDGES = (0.05, 0.2)
"""Where the bands of the rejected part, as shares of the threshold: at 0.1, 0.005 and 0.02."""
FIRST_CHANCE = 2.0**-7
"""The chance while no full day was seen: of a first round of 400 articles three are drawn."""
FLOOR = 1 / 6  # of the day's draws, for each band: what is likelier to be relevant is looked at too
_HIGHEST, _LOWEST = 0.5, 2.0**-13


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """What a band brings: items a full day, and the mean of their scores."""

    a_day: float
    mean_score: float


def edges(threshold: float) -> tuple[float, ...]:
    """Return the borders of the bands below ``threshold``, 0 and the threshold included."""
    return (0.0, *(share * threshold for share in EDGES), threshold)


def bands(
    threshold: float, volumes: Sequence[Volume] | None, *, a_day: float, waiting: int = 0
) -> tuple[Band, ...]:
    """Return the bands below ``threshold`` with the chance of each, so that ``a_day`` are drawn.

    Each band gets a sixth of the draws; the rest goes where most may hide, by volume times the
    root of the mean score (Neyman's allocation). Chances move in steps of the root of two, so that
    days can be pooled; they are never zero and never above one half. While more than a week's
    draws wait undecided (``waiting``), a quarter is drawn. Without ``volumes`` all bands have the
    same chance.
    """
    borders = edges(threshold)
    budget = a_day / 4 if waiting > 7 * a_day else a_day
    if a_day <= 0:
        chances = [0.0] * (len(borders) - 1)
    elif volumes is None:
        chances = [FIRST_CHANCE] * (len(borders) - 1)
    else:
        chances = [
            _step(budget * share / max(volume.a_day, 0.01))
            for share, volume in zip(_shares(volumes), volumes, strict=True)
        ]
    return tuple(
        Band(least=low, below=high, chance=chance)
        for (low, high), chance in zip(pairwise(borders), chances, strict=True)
    )


def even_bands(threshold: float, share: float) -> tuple[Band, ...]:
    """Return the bands below ``threshold``, each drawn with the same chance."""
    return tuple(
        Band(least=low, below=high, chance=share) for low, high in pairwise(edges(threshold))
    )


def volumes(days: Sequence[Sequence[float]], threshold: float) -> tuple[Volume, ...] | None:
    """Return what each band below ``threshold`` brings a day, from the scores of full days.

    The busiest day is left out where there are more than two: a feed that shows its archive once
    must not thin the draws of a fortnight. None while there is no full day.
    """
    kept = sorted(days, key=len)[: -1 if len(days) > 2 else None]
    if not kept:
        return None
    found: list[Volume] = []
    for low, high in pairwise(edges(threshold)):
        inside = [score for day in kept for score in day if low <= score < high]
        mean = math.fsum(inside) / len(inside) if inside else (low + high) / 2
        found.append(Volume(a_day=(len(inside) + 0.5) / len(kept), mean_score=mean))
    return tuple(found)


def _shares(volumes: Sequence[Volume]) -> list[float]:
    hidden = [v.a_day * math.sqrt(max(v.mean_score, 1e-6)) for v in volumes]
    rest, total = 1 - FLOOR * len(volumes), sum(hidden) or 1.0
    return [FLOOR + rest * part / total for part in hidden]


def _step(chance: float) -> float:
    """Return the nearest of 1/2, 1/2.8, 1/4, 1/5.7, ...; the floor where it is next to nothing."""
    bounded = min(_HIGHEST, max(_LOWEST, chance))
    return float(2.0 ** (round(2 * math.log2(bounded)) / 2))
