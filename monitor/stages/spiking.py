"""``weigh``: whether so many articles in a day are far from a topic's or a place's habit.

Days are the 24 hours that end now, and those before, so that a spike is seen while it happens. News
comes in bursts, so the counts are taken as overdispersed (negative binomial), and the habit as no
better known than its days tell it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

WEEKS = 8
LEAST_DAYS = 28  # of the eight weeks that must be usable; with fewer it is not yet measurable
LEAST = 5  # articles: fewer are no spike, however unusual
CHANCE = 1 / 30
"""False alarms a day that all watched series together may give on news without spikes: one a
month."""
LOOKS = 3.0
"""How many looks a day count as independent: a day that moves with the clock is looked at all day
long. Set by simulation (tests/core/test_spiking.py): with it, 40 series give about one a month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """One series at one moment. ``unusual``: its last day is a spike by itself.

    ``habit`` is the mean a day of the ``days`` that count, ``most`` their highest; ``needed`` how
    many articles would be a spike. ``why``: a clause, where it cannot be measured.
    """

    n: int
    habit: float
    most: int
    days: int
    needed: int
    state: Literal["usual", "spike", "unmeasurable"]
    why: str = ""


def weigh(
    n: int, before: Sequence[int], usable: Sequence[bool], *, series: int, known: int | None = None
) -> Weighed:
    """Hold the last day's count ``n`` against the days ``before``, yesterday first.

    ``usable`` says which of them count: not those with holes, nor those of an earlier spike.
    ``series`` is how many are watched beside each other; the more, the rarer must be what is told.
    ``known`` is for how many days anything was counted at all.
    """
    days = [count for count, fit in zip(before, usable, strict=True) if fit]
    days = days[: WEEKS * 7]
    if len(days) < LEAST_DAYS:
        have = len(days) if known is None else min(len(days), known)
        why = f"it takes {LEAST_DAYS} days without holes, and there are {have}"
        return _weighed(n, days, 0, "unmeasurable", why)
    weekday = [count for at, count in enumerate(before) if at % 7 == 6 and usable[at]]
    needed = _needed(days, weekday, CHANCE / LOOKS / max(1, series))
    return _weighed(n, days, needed, "spike" if n >= needed else "usual", "")


def is_over(n: int, habit: float, most: int) -> bool:
    """Whether a spike is over: a day no higher than days were before it."""
    return n <= max(most, math.ceil(1.5 * habit), LEAST - 1)


def _weighed(
    n: int, days: Sequence[int], needed: int,
    state: Literal["usual", "spike", "unmeasurable"], why: str,
) -> Weighed:  # fmt: skip
    return Weighed(
        n=n,
        habit=sum(days) / len(days) if days else 0.0,
        most=max(days, default=0),
        days=len(days),
        needed=needed,
        state=state,
        why=why,
    )


_SHRUNK = 8  # days of the overall mean that a weekday's own days are weighed with


def _needed(days: Sequence[int], weekday: Sequence[int], chance: float) -> int:
    """The least count that a day without a spike reaches with no more than ``chance``."""
    mean = (sum(days) + 0.5) / len(days)
    own = (sum(weekday) + _SHRUNK * mean) / (len(weekday) + _SHRUNK)
    expected = max(mean, own)  # a quiet weekday must not make an ordinary day look loud
    spread = sum((count - mean) ** 2 for count in days) / (len(days) - 1) / mean
    spread = max(1.0, spread) * (1 + math.sqrt(2 / (len(days) - 1)))  # it is no better known
    variance = spread * expected * (1 + expected / (len(days) * mean))
    needed = _first_rarer(expected, variance, chance)
    return max(needed, LEAST, max(days) + 1)


_FAR = 12  # standard deviations below the mean, from where on counts are added up


def _first_rarer(mean: float, variance: float, chance: float) -> int:
    """The least x of which P(X >= x) <= ``chance``, of a negative binomial with these moments."""
    size = mean * mean / max(variance - mean, mean * 1e-6)
    share = size / (size + mean)
    x = max(0, math.floor(mean - _FAR * math.sqrt(variance)))  # P(X = 0) may be too small to tell
    term = math.exp(
        math.lgamma(size + x) - math.lgamma(size) - math.lgamma(x + 1)
        + size * math.log(share) + x * math.log1p(-share)
    )  # fmt: skip
    tail = 1.0
    while tail > chance and x < 1_000_000:
        tail -= term
        term *= (size + x) / (x + 1) * (1 - share)
        x += 1
        if tail <= 1e-12:  # no more to be told from nothing
            break
    return x


def told(name: str, weighed: Weighed, since: str) -> str:
    """Return a spike with its figures, as a sentence. ``since``: "yesterday 18:00"."""
    weeks = "eight weeks" if weighed.days >= WEEKS * 7 - 7 else f"{weighed.days} days"
    habit = f"{weighed.habit:.1f}".removesuffix(".0")
    return (
        f"{name}: {weighed.n:,} articles since {since}; in the last {weeks} {habit} a day, never"
        f" above {weighed.most:,}."
    )
