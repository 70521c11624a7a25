"""How far the figures of a pool may lie from those of another pool of the same kind.

Drawn anew by groups of near copies (the bootstrap of Efron, in clusters): copies are one event and
count as one. Deterministic for a seed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from classifiers.learning.linear import Floats
from classifiers.measuring.wilson import wilson

TIMES = 1000
LEVEL = 0.95
_AT_ONCE = 400_000  # cells of a block of draws, so that memory stays small

Interval = tuple[float, float]
Counts = NDArray[np.int64]


def bootstrap(
    scores: Sequence[float],
    labels: Sequence[bool],
    groups: Sequence[int],
    *,
    threshold: float,
    seed: int = 0,
    times: int = TIMES,
) -> dict[str, Interval | None]:
    """The middle 95 % of each figure over ``times`` pools drawn from the groups of this one.

    None for a figure that cannot be given; draws without a relevant row are left out.
    """
    if not any(labels):
        return dict.fromkeys(_NAMES)
    order = np.argsort(-np.array(scores), kind="stable")
    ranked = np.array(scores)[order]
    truth = np.array(labels, dtype=np.int64)[order]
    _, group = np.unique(np.array(groups)[order], return_inverse=True)
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    draw = np.random.default_rng(seed)
    size = int(group.max()) + 1
    parts: list[dict[str, Floats]] = []
    done, step = 0, max(1, _AT_ONCE // max(1, len(ranked)))
    while done < times:
        some = min(step, times - done)
        counts = draw.multinomial(size, np.full(size, 1 / size), size=some)[:, group]
        parts.append(_figures(counts, ranked, truth, ends, threshold))
        done += some
    return {name: _middle(np.concatenate([part[name] for part in parts])) for name in _NAMES}


_NAMES = (
    "average_precision",
    "precision_at_recall_95",
    "recall_at_precision_90",
    "wss_95",
    "precision",
    "recall",
    "expected_over_relevant",
)


def _figures(
    counts: Counts, ranked: Floats, truth: Counts, ends: Counts, threshold: float
) -> dict[str, Floats]:
    """The figures of each draw, in rows; NaN where a draw cannot give one."""
    taken = np.cumsum(counts, axis=1)[:, ends].astype(np.float64)
    hits = np.cumsum(counts * truth, axis=1)[:, ends].astype(np.float64)
    relevant, all_ = hits[:, -1:], taken[:, -1:]
    gained = np.diff(hits, axis=1, prepend=0.0)
    above = int(np.searchsorted(-ranked[ends], -threshold, side="right")) - 1
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.where(taken > 0, hits / taken, 0.0)
        enough = hits >= 0.95 * relevant - 1e-9
        figures = {
            "average_precision": (gained * precision).sum(axis=1) / relevant[:, 0],
            "precision_at_recall_95": np.where(enough, precision, 0.0).max(axis=1),
            "recall_at_precision_90": np.where(precision >= 0.9 - 1e-9, hits, 0.0).max(axis=1)
            / relevant[:, 0],
            "wss_95": 0.95 - np.where(enough, taken, np.inf).min(axis=1) / all_[:, 0],
            "precision": precision[:, above] if above >= 0 else np.full(len(counts), np.nan),
            "recall": (hits[:, above] if above >= 0 else 0.0) / relevant[:, 0],
            "expected_over_relevant": (counts @ ranked) / relevant[:, 0],
        }
    return {name: np.where(relevant[:, 0] > 0, found, np.nan) for name, found in figures.items()}


def _middle(drawn: Floats) -> Interval | None:
    known = drawn[~np.isnan(drawn)]
    if not len(known):
        return None
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return round(float(low), 4), round(float(high), 4)


def share(hits: int, of: int) -> Interval | None:
    """The 95 % interval of a share (Wilson's, which holds for few and for none)."""
    if of <= 0:
        return None
    low, high = wilson(hits, of)
    return round(low, 4), round(high, 4)
