"""Whether scores keep their word: of texts with such a score, how many were accepted."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from classifiers.measuring.intervals import share

BANDS = (0.0, 0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98)
"""Where bands of scores begin: narrow at both ends, where most scores lie."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Scores in [low, high): how many were answered, what they promised, what became of them.

    ``promised`` is their mean; ``accepted`` of ``n`` were, with a 95 % interval of that share.
    """

    low: float
    high: float
    n: int
    accepted: int
    promised: float
    interval: tuple[float, float]

    @property
    def kept(self) -> float:
        """The share that was accepted."""
        return self.accepted / self.n

    @property
    def holds(self) -> bool:
        """Whether what was promised lies within what may be so."""
        return self.interval[0] <= self.promised <= self.interval[1]


def reliability(answered: Sequence[tuple[float, bool]]) -> list[Band]:
    """The bands that hold anything, lowest first, of (score, accepted) pairs."""
    ends = (*BANDS[1:], math.inf)
    held: list[list[tuple[float, bool]]] = [[] for _ in BANDS]
    for pair in answered:
        if BANDS[0] <= pair[0] < math.inf:
            held[bisect_right(BANDS, pair[0]) - 1].append(pair)
    out: list[Band] = []
    for low, high, inside in zip(BANDS, ends, held, strict=True):
        accepted = sum(yes for _, yes in inside)
        interval = share(accepted, len(inside))
        if interval is not None:
            promised = math.fsum(score for score, _ in inside) / len(inside)
            out.append(
                Band(
                    low=low,
                    high=min(1.0, high),
                    n=len(inside),
                    accepted=accepted,
                    promised=promised,
                    interval=interval,
                )
            )
    return out


def level(answered: Sequence[tuple[float, bool]]) -> tuple[float, int, float] | None:
    """How many the scores promised, how many were accepted, and two standard errors of that.

    None where nothing was answered. The error is that of independent texts with these scores.
    """
    if not answered:
        return None
    promised = math.fsum(score for score, _ in answered)
    spread = math.fsum(score * (1.0 - score) for score, _ in answered)
    return promised, sum(yes for _, yes in answered), 2.0 * math.sqrt(spread)


def level_told(answered: Sequence[tuple[float, bool]], least: int = 30) -> str:
    """In a sentence whether the scores promise too much or too little; silent of too few."""
    found = level(answered)
    if found is None or len(answered) < least:
        return (
            f"Not yet measurable: {len(answered)} scores were answered before their text was "
            f"learnt from, and {least} are needed."
        )
    promised, accepted, error = found
    told = f"The scores promised {promised:.0f} of {len(answered)}, and {accepted} were accepted"
    if abs(accepted - promised) <= error:
        return f"{told}: within what chance allows (±{error:.0f})."
    verdict = "too much" if promised > accepted else "too little"
    return f"{told}: they promise {verdict} (chance allows ±{error:.0f})."
