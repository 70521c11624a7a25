"""Judgement measured: a labelled pool in, figures out, and the learning curve of a simulated desk.

Rows are mappings as in a JSON Lines pool: ``label`` in {relevant, not_relevant, unsure}, ``title``,
``text``, and where known ``id``, ``outlet``, ``lang``, ``kind``. Unsure rows are left out.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from classifiers import metrics
from classifiers.types import Classifier, Example, Text, Trainer

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
    out = _figures(scores, rows, threshold)
    out["by_kind"] = {
        kind: _figures(
            [s for s, k in zip(scores, kinds, strict=True) if k == kind],
            [r for r, k in zip(rows, kinds, strict=True) if k == kind],
            threshold,
        )
        for kind in sorted(set(kinds))
    }
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


def _figures(scores: Sequence[float], rows: Sequence[Labelled], threshold: float) -> dict[str, Any]:
    truth = [row.relevant for row in rows]
    found = metrics.cuts(scores, truth)
    return {
        "n": len(rows),
        "relevant": sum(truth),
        "average_precision": metrics.average_precision(found),
        "precision_at_recall_95": metrics.precision_at_recall(found, 0.95),
        "recall_at_precision_90": metrics.recall_at_precision(found, 0.90),
        "wss_95": metrics.work_saved(found, 0.95),
        "brier": metrics.brier(scores, truth),
        "ece": metrics.calibration_error(scores, truth),
        "at_threshold": metrics.at_threshold(scores, truth, threshold),
    }


def simulate(
    pool_rows: Iterable[Mapping[str, Any]],
    trainer: Trainer,
    *,
    reviews: int,
    batch: int = 10,
    seed: int = 0,
    threshold: float = 0.5,
) -> list[dict[str, Any]]:
    """The learning curve: half the pool is reviewed batch by batch, the other half measures.

    A batch is the desk's mix: six tenths the best, three tenths the most doubtful, the rest drawn
    at random. The split and the draw depend on ``seed`` alone, so a curve can be repeated.
    Each entry has ``reviews``, ``found`` (relevant among them) and the figures of ``evaluate``.
    """
    rows = labelled(pool_rows)
    draw = random.Random(seed)  # noqa: S311
    draw.shuffle(rows)
    waiting, held = rows[: len(rows) // 2], rows[len(rows) // 2 :]
    reviewed: list[Labelled] = []
    curve: list[dict[str, Any]] = []
    while True:
        classifier = trainer.load(trainer.train([_example(row) for row in reviewed]))
        figures = _figures(_judged(held, classifier)[0], held, threshold)
        found = sum(row.relevant for row in reviewed)
        curve.append({"reviews": len(reviewed), "found": found, **figures})
        size = min(batch, reviews - len(reviewed), len(waiting))
        if size <= 0:
            return curve
        chosen = _next(waiting, _judged(waiting, classifier)[0], size, draw)
        reviewed += [waiting[place] for place in chosen]
        waiting = [row for place, row in enumerate(waiting) if place not in chosen]


def _example(row: Labelled) -> Example:
    return Example(id=row.id, text=row.text, relevant=row.relevant, origin="review")


def _next(
    waiting: Sequence[Labelled], scores: Sequence[float], size: int, draw: random.Random
) -> set[int]:
    """Places of the next batch: the best, the most doubtful, and a few at random."""
    best = sorted(range(len(waiting)), key=lambda place: (-scores[place], waiting[place].id))
    chosen = set(best[: max(1, round(size * 0.6))])
    left = [place for place in best if place not in chosen]
    doubtful = sorted(left, key=lambda place: (abs(scores[place] - 0.5), waiting[place].id))
    chosen |= set(doubtful[: min(round(size * 0.3), size - len(chosen))])
    left = [place for place in range(len(waiting)) if place not in chosen]
    return chosen | set(draw.sample(left, min(size - len(chosen), len(left))))
