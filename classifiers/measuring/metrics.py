"""How good scores are against labels. Ties are never resolved in anyone's favour."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True, slots=True)
class Cut:
    """Everything at ``score`` and above is taken: how many that is, how many of them relevant."""

    score: float
    taken: int
    hits: int

    @property
    def precision(self) -> float:
        """The relevant share of what is taken."""
        return self.hits / self.taken


def cuts(scores: Sequence[float], labels: Sequence[bool]) -> list[Cut]:
    """One cut a distinct score, highest first."""
    ranked = sorted(zip(scores, labels, strict=True), key=lambda row: -row[0])
    out: list[Cut] = []
    taken = hits = 0
    for score, group in groupby(ranked, key=lambda row: row[0]):
        members = list(group)
        taken += len(members)
        hits += sum(label for _, label in members)
        out.append(Cut(score, taken, hits))
    return out


def average_precision(found: Sequence[Cut]) -> float | None:
    """Precision averaged over the relevant, each at the cut that reaches it. None without any."""
    total = found[-1].hits if found else 0
    if not total:
        return None
    gained = 0
    parts = []
    for cut in found:
        parts.append((cut.hits - gained) * cut.precision)
        gained = cut.hits
    return math.fsum(parts) / total


def precision_at_recall(found: Sequence[Cut], recall: float) -> float | None:
    """The best precision of a cut that finds at least this share of the relevant."""
    total = found[-1].hits if found else 0
    if not total:
        return None
    return max(cut.precision for cut in found if cut.hits >= recall * total - 1e-9)


def recall_at_precision(found: Sequence[Cut], precision: float) -> float | None:
    """The largest share of the relevant found by a cut of at least this precision."""
    total = found[-1].hits if found else 0
    if not total:
        return None
    return max((c.hits for c in found if c.precision >= precision - 1e-9), default=0) / total


def work_saved(found: Sequence[Cut], recall: float) -> float | None:
    """The share of texts nobody need read to find ``recall``, less what chance would save."""
    total = found[-1].hits if found else 0
    if not total:
        return None
    needed = min(cut.taken for cut in found if cut.hits >= recall * total - 1e-9)
    return 1.0 - needed / found[-1].taken - (1.0 - recall)


def brier(scores: Sequence[float], labels: Sequence[bool]) -> float | None:
    """Mean squared distance between score and truth: 0 is perfect, 0.25 knows nothing."""
    if not scores:
        return None
    return math.fsum((s - y) ** 2 for s, y in zip(scores, labels, strict=True)) / len(scores)


def calibration_error(
    scores: Sequence[float], labels: Sequence[bool], bins: int = 10
) -> float | None:
    """How far scores and shares of relevant lie apart, averaged over ``bins`` equal bands."""
    if not scores:
        return None
    bands: dict[int, list[tuple[float, bool]]] = {}
    for score, label in zip(scores, labels, strict=True):
        bands.setdefault(min(int(score * bins), bins - 1), []).append((score, label))
    gaps = (abs(math.fsum(s for s, _ in band) - sum(y for _, y in band)) for band in bands.values())
    return math.fsum(gaps) / len(scores)


def expected_over_relevant(scores: Sequence[float], labels: Sequence[bool]) -> float | None:
    """The sum of the scores over the number of relevant rows: 1 where the level is right."""
    total = sum(labels)
    return math.fsum(scores) / total if total else None


def threshold_of_recall(found: Sequence[Cut], recall: float) -> float | None:
    """The highest score at or above which lies at least this share of the relevant."""
    total = found[-1].hits if found else 0
    if not total:
        return None
    return next(cut.score for cut in found if cut.hits >= recall * total - 1e-9)


def at_threshold(
    scores: Sequence[float], labels: Sequence[bool], threshold: float
) -> dict[str, float | None]:
    """Precision and recall of calling everything at or above ``threshold`` relevant."""
    taken = [label for score, label in zip(scores, labels, strict=True) if score >= threshold]
    total = sum(labels)
    return {
        "threshold": threshold,
        "precision": sum(taken) / len(taken) if taken else None,
        "recall": sum(taken) / total if total else None,
    }
