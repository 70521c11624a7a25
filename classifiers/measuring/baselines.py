"""What simpler rankings reach on the same rows in the same run, so that a figure has a scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from classifiers.learning.linear import Floats
from classifiers.measuring import metrics
from classifiers.measuring.sheet import Mask, Sheet
from classifiers.measuring.unseen import cross_validated, hand_set
from classifiers.two_pole import prior_params

NAMES: Mapping[str, str] = {
    "keywords": "names of the topic, counted",
    "seeds": "likeness to the seed articles alone (TF-IDF cosine)",
    "hand": "hand-set weights, no labelled text",
    "fitted": "weights fitted on the other folds",
}


def baselines(sheet: Sheet, *, folds: int, seed: int = 0) -> dict[str, Floats]:
    """The rankings of ``NAMES`` over the rows of a pool: higher is more relevant."""
    return {
        "keywords": sheet.keywords,
        "seeds": sheet.likeness,
        "hand": sheet.logits(prior_params(hand_set(sheet.pack))),
        "fitted": cross_validated(sheet, folds, seed=seed),
    }


def compared(sheet: Sheet, rankings: Mapping[str, Floats]) -> dict[str, dict[str, float | None]]:
    """The average precision of each ranking together and by kind, the unsure left out."""
    kinds = ["all", *sorted(set(sheet.kinds))]
    return {
        name: {kind: _precision(ranking, sheet, kind_of(sheet, kind)) for kind in kinds}
        for name, ranking in rankings.items()
    }


def kind_of(sheet: Sheet, kind: str) -> Mask:
    """The rows with an answer of a kind; ``all`` is every kind."""
    held: Sequence[bool] = [kind in {"all", own} for own in sheet.kinds]
    mask: Mask = ~sheet.unsure & held
    return mask


def _precision(ranking: Floats, sheet: Sheet, rows: Mask) -> float | None:
    found = metrics.cuts(ranking[rows].tolist(), sheet.relevant[rows].tolist())
    value = metrics.average_precision(found)
    return None if value is None else round(value, 4)
