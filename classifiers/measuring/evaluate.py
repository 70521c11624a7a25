"""Judgement measured: a labelled pool in, the figures of the contract out.

Rows are mappings as in a JSON Lines pool: ``label`` in {relevant, not_relevant, unsure}, ``title``,
``text``, and where known ``id``, ``outlet``, ``lang``, ``kind``. Unsure rows are left out.
``report`` adds intervals, strands and the rest; ``curve`` the reviews.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from classifiers.measuring import metrics
from classifiers.types import Classifier, Text

LABELS = frozenset({"relevant", "not_relevant"})
_BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """One row of a pool that has an answer."""

    id: str
    text: Text
    relevant: bool
    kind: str


def labelled(rows: Iterable[Mapping[str, Any]]) -> list[Labelled]:
    """The rows with an answer, in order. Missing fields read as empty."""
    return [
        Labelled(
            id=str(row.get("id") or place),
            text=text_of(row),
            relevant=row["label"] == "relevant",
            kind=str(row.get("kind") or ""),
        )
        for place, row in enumerate(rows)
        if row.get("label") in LABELS
    ]


def text_of(row: Mapping[str, Any]) -> Text:
    """The text of one row of a pool; null and missing fields are empty."""
    return Text(
        title=str(row.get("title") or ""),
        body=str(row.get("text") or ""),
        outlet=str(row.get("outlet") or ""),
        language=row.get("lang"),
    )


def evaluate(
    pool_rows: Iterable[Mapping[str, Any]], classifier: Classifier, threshold: float = 0.5
) -> dict[str, Any]:
    """The figures of ``classifier`` on a pool, together and apart for ``full`` and ``short``.

    A figure that the pool cannot give (no relevant row) is None.
    """
    rows = labelled(pool_rows)
    scores, kinds = _judged(rows, classifier)
    truth = [row.relevant for row in rows]
    out = figures(scores, truth, threshold)
    out["by_kind"] = {}
    for kind in sorted(set(kinds)):
        own = [place for place, found in enumerate(kinds) if found == kind]
        out["by_kind"][kind] = figures([scores[n] for n in own], [truth[n] for n in own], threshold)
    out["model"], out["lexicon"] = classifier.model, classifier.lexicon
    out["curve"] = []
    return out


def _judged(rows: Sequence[Labelled], classifier: Classifier) -> tuple[list[float], list[str]]:
    scores: list[float] = []
    kinds: list[str] = []
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        verdicts = classifier.judge([row.text for row in batch])
        scores += [v.score for v in verdicts]
        kinds += [r.kind or v.kind for r, v in zip(batch, verdicts, strict=True)]
    return scores, kinds


def figures(scores: Sequence[float], truth: Sequence[bool], threshold: float) -> dict[str, Any]:
    """The figures of scores in 0..1 against the truth; None for what cannot be given."""
    found = metrics.cuts(scores, truth)
    return {
        "n": len(truth),
        "relevant": sum(truth),
        "average_precision": metrics.average_precision(found),
        "precision_at_recall_95": metrics.precision_at_recall(found, 0.95),
        "recall_at_precision_90": metrics.recall_at_precision(found, 0.90),
        "wss_95": metrics.work_saved(found, 0.95),
        "brier": metrics.brier(scores, truth),
        "ece": metrics.calibration_error(scores, truth),
        "expected_over_relevant": metrics.expected_over_relevant(scores, truth),
        "at_threshold": metrics.at_threshold(scores, truth, threshold),
    }
