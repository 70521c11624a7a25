"""A rival for the bench: the settings of ASReview's ELAS u4, re-implemented from its source.

ASReview LAB 3 (asreview/models/models.py, balancers.py): TF-IDF of words and word pairs
(sublinear, min_df 1, max_df 0.95) and a linear SVM (squared hinge, C 0.11) whose classes weigh
9.8 : 1 in sum. Titles and texts are joined as ASReview joins title and abstract.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from classifiers.learning.linear import Floats
from classifiers.measuring.curve import Split
from classifiers.measuring.sheet import Row, Sheet

C, RATIO = 0.11, 9.8
_PRESUMED = 10

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("TORKHAM_SHARED", ROOT.parent / "shared"))


def vectors() -> TfidfVectorizer:
    """Return ELAS u4's features."""
    return TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=1, max_df=0.95)


def svm(inputs: object, labels: Sequence[bool]) -> LinearSVC:
    """Return ELAS u4's classifier, fitted; needs both answers."""
    truth = np.array(labels)
    share = truth.sum() / (RATIO * (~truth).sum())
    weights = np.where(truth, 1.0, share)
    model = LinearSVC(loss="squared_hinge", C=C)
    model.fit(inputs, truth, sample_weight=weights * (len(truth) / weights.sum()))
    return model


def words_of(row: Row) -> str:
    """Return title and text as one."""
    return f"{row.text.title} {row.text.body}"


def seeds() -> list[str]:
    """Return the seed articles where they are at hand; they are no part of the project."""
    return [path.read_text(encoding="utf-8") for path in sorted((SHARED / "corpus").glob("*.txt"))]


class U4:
    """Learns from the seeds and the reviews.

    Until a review says "not relevant", ten waiting rows are presumed not to be, because an SVM
    needs both answers; without seeds nothing is known before reviews of both kinds.
    """

    def __init__(self, sheet: Sheet, split: Split) -> None:
        """Make the features once; ASReview, too, makes them of all rows before any review."""
        self._seeds = seeds()
        texts = [*map(words_of, sheet.rows), *self._seeds]
        self._inputs = vectors().fit_transform(texts)
        self._rows = len(sheet)
        draw = np.random.default_rng(split.seed)
        waiting = np.flatnonzero(split.reviewed)
        self._presumed = draw.choice(waiting, min(_PRESUMED, len(waiting)), replace=False).tolist()

    def scores(self, reviewed: Sequence[int], answers: Sequence[bool]) -> Floats:
        """Return the distance of every row from the plane; 0 is even."""
        held = [*range(self._rows, self._rows + len(self._seeds)), *reviewed]
        labels = [*[True] * len(self._seeds), *answers]
        if not any(labels):
            return np.zeros(self._rows)
        if all(labels):
            held, labels = [*held, *self._presumed], [*labels, *[False] * len(self._presumed)]
        model = svm(self._inputs[held], labels)
        return np.asarray(model.decision_function(self._inputs[: self._rows]), dtype=np.float64)
