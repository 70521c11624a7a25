"""When a score may be read as a probability, and where the lines are drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from classifiers.learning.linear import Floats, fit_few
from classifiers.pack import load_pack

REVIEWS = 50
EACH = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Scores at and above which a text is called relevant, and shown to people."""

    relevant: float
    queue: float


def thresholds(topic: str = "pak_afg_ttp") -> Thresholds:
    """The lines of a topic pack."""
    pack = load_pack(topic)
    return Thresholds(relevant=pack.relevant_at, queue=pack.queue_at)


def enough(labels: Floats) -> bool:
    """Whether the reviews can carry a calibration: fifty, ten of each answer.

    Fewer leave the level of the score to the prior, and then it says so.
    """
    relevant = int(labels.sum())
    return len(labels) >= REVIEWS and relevant >= EACH and len(labels) - relevant >= EACH


def platt(logits: Floats, labels: Floats) -> tuple[float, float]:
    """Slope and shift that make held-out ``logits`` honest; (1, 0) where nothing is to change.

    The slope stays above 0.2, so that a calibration never reverses a ranking.
    """
    inputs = np.column_stack([logits, np.ones_like(logits)])
    slope, shift = np.array([1.0, 0.0]) + fit_few(inputs, logits, labels)
    return max(0.2, float(slope)), float(shift)
