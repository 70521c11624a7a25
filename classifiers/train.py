"""Learning from examples: the shipped weights are the prior, decisions move them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from classifiers import artifact as artifacts
from classifiers.calibrate import enough, platt
from classifiers.features import FEATURES, Reader
from classifiers.lessons import Lesson, Lessons, Matrix, matrix
from classifiers.lexicon import load_lexicon
from classifiers.linear import Fit, Floats, fit, left_out
from classifiers.pack import Pack, load_pack
from classifiers.profile import Profile
from classifiers.two_pole import NAME, TwoPole, cold_start, prior_params
from classifiers.types import Artifact, Classifier, Example

FEWEST = 3
MOST = 2000
_STRICT_FEATURES = 2.0  # below this, ten wrong reviews in a hundred begin to do harm
_STRICT_WORDS = 0.3
_STRICT_INTERCEPT = 1.0
_VOCABULARY = 8000
_COMMON = 0.3
_SHOWN_EXAMPLES = 200
_SHOWN_TERMS = 40


class TwoPoleTrainer:
    """Trains and loads the two-pole model of one topic. Deterministic."""

    name = NAME

    def __init__(self, topic: str = "pak_afg_ttp") -> None:
        self._topic = topic

    def load(self, artifact: Artifact | None) -> Classifier:
        """The classifier of ``artifact``; without one, the cold start.

        Raises:
            ArtifactError: the artifact was changed, or another trainer made it.
        """
        model = cold_start(self._topic) if artifact is None else artifact
        if model.trainer != self.name:
            raise artifacts.ArtifactError(
                f"model {model.id}: made by {model.trainer}, not {self.name}"
            )
        artifacts.check(model)
        return TwoPole(load_pack(self._topic), model)

    def train(self, examples: list[Example]) -> Artifact:
        """The model that ``examples`` make of the prior; fewer than three leave it as it is.

        The order of the examples does not matter. Of one id the last decision counts. Of more
        than 2,000 the last are kept, and every relevant one as far as there is room.
        """
        chosen = _chosen(examples)
        if len(chosen) < FEWEST:
            return cold_start(self._topic)
        pack = load_pack(self._topic)
        remembered = _lessons(self._topic)
        lessons = [remembered.of(e.text) for e in chosen]
        return artifacts.make(NAME, _learn(chosen, lessons, pack))


@lru_cache(maxsize=8)
def _lessons(topic: str) -> Lessons:
    pack = load_pack(topic)
    return Lessons(Reader(load_lexicon(topic), pack.outlets, Profile(pack.profile)))


def _chosen(examples: Sequence[Example]) -> list[Example]:
    latest = list({e.id: e for e in examples if e.weight > 0}.values())
    if len(latest) > MOST:
        relevant = [e for e in latest if e.relevant][-MOST:]
        others = [e for e in latest if not e.relevant]
        latest = relevant + (others[len(relevant) - MOST :] if len(relevant) < MOST else [])
    return sorted(latest, key=lambda e: e.id)


def _learn(examples: list[Example], lessons: list[Lesson], pack: Pack) -> dict[str, Any]:
    labels = np.array([float(e.relevant) for e in examples])
    counts = np.array([e.weight for e in examples])
    inputs = np.array([lesson.values for lesson in lessons])
    prior = np.array([pack.weights[name] for name in FEATURES])
    offset = inputs @ prior + pack.weights["intercept"]
    words = matrix(
        lessons, [e.relevant for e in examples], most_in=_most_in(len(examples)), most=_VOCABULARY
    )
    kernel = inputs @ inputs.T / _STRICT_FEATURES + 1.0 / _STRICT_INTERCEPT
    kernel += words.products() / _STRICT_WORDS
    found = fit(kernel, offset, labels, counts)
    slope, shift, calibrated = _calibration(examples, kernel, offset, found, labels, counts)
    weights = prior + inputs.T @ found.alpha / _STRICT_FEATURES
    intercept = pack.weights["intercept"] + float(found.alpha.sum()) / _STRICT_INTERCEPT
    named = {name: round(slope * float(w), 6) for name, w in zip(FEATURES, weights, strict=True)}
    named["intercept"] = round(slope * intercept + shift, 6)
    return {
        **prior_params(pack),
        "weights": named,
        "origin": "learnt",
        "terms": _terms(words, found.alpha * slope, labels),
        "examples": _shown(examples, words),
        "calibrated": calibrated,
        "calibration": {"slope": round(slope, 6), "shift": round(shift, 6)},
        "counts": {"relevant": int(labels.sum()), "not_relevant": int((1 - labels).sum())},
        "strict": {"features": _STRICT_FEATURES, "words": _STRICT_WORDS},
        "taught_by": _fingerprint(examples),
    }


def _most_in(examples: int) -> float:
    """In how many examples a word may stand and still tell anything."""
    return max(FEWEST, _COMMON * examples) if examples >= 20 else examples


def _calibration(
    examples: Sequence[Example],
    kernel: Floats,
    offset: Floats,
    found: Fit,
    labels: Floats,
    counts: Floats,
) -> tuple[float, float, bool]:
    """Slope and shift from what the model would have said of each review without having seen it."""
    reviewed = np.array([e.origin == "review" for e in examples])
    if not enough(labels[reviewed]):
        return 1.0, 0.0, False
    unseen = left_out(kernel, offset, found, labels, counts)
    slope, shift = platt(unseen[reviewed], labels[reviewed])
    return slope, shift, True


def _terms(words: Matrix, alpha: Floats, labels: Floats) -> dict[str, list[float]]:
    """Rarity, weight, and in how many relevant and other examples each word stands."""
    weights = words.down(alpha) / _STRICT_WORDS
    accepted, rejected = words.count(labels > 0), words.count(labels <= 0)
    rows = zip(words.terms, words.rarity, weights, accepted, rejected, strict=True)
    return {
        term: [rarity, round(float(weight), 6), float(yes), float(no)]
        for term, rarity, weight, yes, no in rows
    }


def _shown(examples: Sequence[Example], words: Matrix) -> list[list[object]]:
    """The relevant examples over their strongest words, to show the nearest beside a verdict."""
    relevant = [(e, place) for place, e in enumerate(examples) if e.relevant]
    rows = [(e, words.row(place)) for e, place in relevant[-_SHOWN_EXAMPLES:]]
    return [[e.id, e.text.title[:200], _strongest(v)] for e, v in rows if v]


def _strongest(vector: Mapping[str, float]) -> dict[str, float]:
    kept = sorted(vector, key=lambda t: (-vector[t], t))[:_SHOWN_TERMS]
    return {t: round(vector[t], 4) for t in kept}


def _fingerprint(examples: Sequence[Example]) -> str:
    """One hash of all decisions: which examples, which answers, which weights."""
    rows = "\n".join(f"{e.id}\t{e.relevant}\t{e.weight!r}" for e in examples)
    return hashlib.sha256(rows.encode("utf-8", "surrogatepass")).hexdigest()
