"""How often the audit's interval holds the truth, and how wide it is: months made up from a seed.

    python bench/audit.py [--months 100] [--seed 1] [--json]

A month is 28 days (after 14 that only set the chances) of about 390 articles: 0.5 to 1 % relevant,
most of them above the threshold, 0 to 20 a month below it, spread over the bands by chance. The
product's own plan, draw and estimate are run on it; 85 to 100 % of the drawn are decided. Beside
the product's interval stand, on the same draws, its reference (Clopper–Pearson in each band at
Bonferroni's level, times the size of the band, added up) and Jeffreys' (the sum of the bands' beta
posteriors), which shows what it costs to believe too much of too little.
"""

from __future__ import annotations

import argparse
import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np

from bench.figures import Figure, options, presented
from monitor.model import Thresholds
from monitor.stages import audit, route
from store.inquiry import AuditStratum

THRESHOLD = 0.1
DAYS, BEFORE = 28, 14
A_DAY = 3.0
SHARES = (0.977, 0.012, 0.011)
"""Of the rejected, by band: as the cold start scored a month of general news of two papers."""
LEVEL = audit.LEVEL


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A made-up month: how many were missed in truth, and what the audit saw of it."""

    truth: int
    rejected: int
    strata: tuple[AuditStratum, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How a way to make intervals did: the share of months it covered, and its median width."""

    covered: float
    width: float


# --- months ---------------------------------------------------------------------------------


def month(random: Random, label: str) -> Month:
    """Make up a month and run the audit on it."""
    volume = random.uniform(330, 450)
    misses = random.randint(0, 20)
    spread = [random.expovariate(1.0) for _ in SHARES]  # where they lie: uniform on the simplex
    left = dict(enumerate(_split(random, misses, spread)))
    scores = [_day(random, volume) for _ in range(BEFORE + DAYS)]
    relevant = _chosen(random, scores[BEFORE:], left)
    response = random.uniform(0.85, 1.0)
    counts: dict[tuple[int, float], list[int]] = {}
    for day in range(BEFORE, BEFORE + DAYS):
        volumes = audit.volumes(scores[day - BEFORE : day], THRESHOLD)
        plan = Thresholds(queue=THRESHOLD, bands=audit.bands(THRESHOLD, volumes, a_day=A_DAY))
        for place, score in enumerate(scores[day]):
            url = f"{label}.example/{day}/{place}"
            routed = route.decide(score, thresholds=plan, draw=route.draw_for(url, "bench"))
            row = counts.setdefault((routed.band or 0, routed.probability), [0, 0, 0, 0])
            row[0] += 1
            if routed.to == "sample":
                row[1] += 1
                if random.random() < response:
                    row[2] += 1
                    row[3] += (day - BEFORE, place) in relevant
    strata = tuple(
        AuditStratum(band=b, chance=c, rejected=n, drawn=d, decided=k, relevant=x)
        for (b, c), (n, d, k, x) in sorted(counts.items())
    )
    return Month(truth=len(relevant), rejected=sum(s.rejected for s in strata), strata=strata)


def _split(random: Random, total: int, weights: Sequence[float]) -> list[int]:
    counts = [0] * len(weights)
    for at in random.choices(range(len(weights)), weights=weights, k=total):
        counts[at] += 1
    return counts


def _day(random: Random, volume: float) -> list[float]:
    """Return the scores of a day's rejected, log-uniform within their bands."""
    size = round(random.gauss(volume, 0.15 * volume))
    borders = [1e-4, *audit.edges(THRESHOLD)[1:]]
    found = []
    for band in random.choices(range(len(SHARES)), weights=SHARES, k=max(50, size)):
        low, high = math.log(borders[band]), math.log(borders[band + 1])
        found.append(min(math.exp(random.uniform(low, high)), borders[band + 1] * (1 - 1e-9)))
    return found


def _chosen(
    random: Random, days: Sequence[Sequence[float]], left: dict[int, int]
) -> set[tuple[int, int]]:
    """Choose which of the rejected are relevant after all, so many in each band."""
    borders = audit.edges(THRESHOLD)
    places: dict[int, list[tuple[int, int]]] = {at: [] for at in left}
    for day, scores in enumerate(days):
        for place, score in enumerate(scores):
            places[max(at for at in left if score >= borders[at])].append((day, place))
    return {p for at, n in left.items() for p in random.sample(places[at], min(n, len(places[at])))}


# --- rivals ---------------------------------------------------------------------------------


def clopper_pearson(hits: int, of: int, level: float) -> tuple[float, float]:
    """Return the exact interval of a share, by bisection on the binomial tails."""
    tail = (1 - level) / 2
    low = _root(lambda p: 1 - _binomial(hits - 1, of, p), tail) if hits else 0.0
    high = _root(lambda p: 1 - _binomial(hits, of, p), 1 - tail) if hits < of else 1.0
    return low, high


def _binomial(most: int, of: int, share: float) -> float:
    return math.fsum(math.comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(most + 1))


def _root(rising: object, level: float) -> float:
    assert callable(rising)
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < level else (low, middle)
    return (low + high) / 2


def in_bands(strata: Sequence[AuditStratum]) -> list[tuple[int, int, int]]:
    """Return rejected, decided and relevant by band, whatever the chance."""
    bands = sorted({s.band for s in strata})
    return [
        (
            sum(s.rejected for s in strata if s.band == b),
            sum(s.decided for s in strata if s.band == b),
            sum(s.relevant for s in strata if s.band == b),
        )
        for b in bands
    ]


def reference(strata: Sequence[AuditStratum]) -> tuple[float, float]:
    """Return the stratified Clopper–Pearson interval at Bonferroni's level."""
    bands = in_bands(strata)
    level = 1 - (1 - LEVEL) / len(bands)
    limits = [clopper_pearson(hits, of, level) if of else (0.0, 1.0) for _, of, hits in bands]
    return (
        math.fsum(size * low for (size, _, _), (low, _) in zip(bands, limits, strict=True)),
        math.fsum(size * high for (size, _, _), (_, high) in zip(bands, limits, strict=True)),
    )


def jeffreys(strata: Sequence[AuditStratum], seed: int = 0) -> tuple[float, float]:
    """Return the middle of the posterior of the total, each band's share Beta(½, ½) before."""
    draws = np.random.default_rng(seed)
    total = np.zeros(20_000)
    for size, of, hits in in_bands(strata):
        total += size * draws.beta(hits + 0.5, of - hits + 0.5, len(total))
    low, high = np.quantile(total, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


# --- figures --------------------------------------------------------------------------------

WAYS = {
    "audit": lambda strata: audit.interval(strata, LEVEL),
    "reference": reference,
    "jeffreys": jeffreys,
}


def simulate(months: int, seed: int) -> dict[str, object]:
    """Return what is known of so many made-up months."""
    made = [month(Random(f"{seed}:{n}"), f"{seed}-{n}") for n in range(months)]  # noqa: S311 - a simulation
    found: dict[str, object] = {
        "months": months,
        "seed": seed,
        "level": LEVEL,
        "truth_median": statistics.median(m.truth for m in made),
        "rejected_median": statistics.median(m.rejected for m in made),
        "decided_median": statistics.median(sum(s.decided for s in m.strata) for m in made),
        "without_a_find": sum(not any(s.relevant for s in m.strata) for m in made) / months,
    }
    widths: dict[str, float] = {}
    for name, way in WAYS.items():
        limits = [way(m.strata) for m in made]
        held = [low <= m.truth <= high for m, (low, high) in zip(made, limits, strict=True)]
        widths[name] = statistics.median(high - low for low, high in limits)
        found[name] = {"covered": sum(held) / months, "median_width": round(widths[name], 1)}
    bias = statistics.mean(audit.estimate(m.strata) - m.truth for m in made)
    return {
        **found,
        "width_ratio": round(widths["audit"] / widths["reference"], 3),
        "estimate_bias": round(bias, 2),
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--months", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options(parser)
    asked = parser.parse_args()
    presented(asked, lambda: figures(simulate(asked.months, asked.seed)))


def figures(found: Mapping[str, Any]) -> Iterator[Figure]:
    """Yield how often the interval holds the truth, and how wide it is; the rest is printed."""
    for name, value in found.items():
        print(f"{name.replace('_', ' '):20} {value}")
    data = f"{found['months']} made-up months"
    covered, others = found["audit"]["covered"], found["jeffreys"]["covered"]
    yield Figure(
        name="months whose missed lie within the interval", value=covered, low=covered,
        high=covered, unit="share", aim=LEVEL, rival="the middle of Jeffreys' posterior", data=data,
        beside=f"Jeffreys {others:.2f}", command="make bench-audit",
    )  # fmt: skip
    wide = found["width_ratio"]
    yield Figure(
        name="how wide it is", value=wide, low=wide, high=wide, unit="times", better="less", aim=1,
        rival="Clopper-Pearson by band, at Bonferroni's level", data=data,
        command="make bench-audit",
    )  # fmt: skip


if __name__ == "__main__":
    main()
