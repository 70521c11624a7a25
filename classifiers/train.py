"""Learning from examples: the shipped weights are the prior, decisions move them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from classifiers import artifact as artifacts
from classifiers.calibrate import enough, platt
from classifiers.features import FEATURES, Reader, Reading
from classifiers.lexicon import load_lexicon
from classifiers.linear import Fit, Floats, fit, left_out
from classifiers.pack import Pack, load_pack
from classifiers.profile import Profile
from classifiers.terms import count_terms, rarities, weighted
from classifiers.two_pole import NAME, TwoPole, cold_start, prior_params
from classifiers.types import Artifact, Classifier, Example

FEWEST = 3
MOST = 2000
_STRICT_FEATURES = 2.0  # below this, ten wrong reviews in a hundred begin to do harm
_STRICT_WORDS = 0.3
_STRICT_INTERCEPT = 1.0
_VOCABULARY = 8000
_COMMON = 0.3
_DENSE_FROM = 24
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
        reader = Reader(load_lexicon(self._topic), pack.outlets, Profile(pack.profile))
        return artifacts.make(NAME, _learn(chosen, [reader.read(e.text) for e in chosen], pack))


def _chosen(examples: Sequence[Example]) -> list[Example]:
    latest = list({e.id: e for e in examples if e.weight > 0}.values())
    if len(latest) > MOST:
        relevant = [e for e in latest if e.relevant][-MOST:]
        others = [e for e in latest if not e.relevant]
        latest = relevant + (others[len(relevant) - MOST :] if len(relevant) < MOST else [])
    return sorted(latest, key=lambda e: e.id)


def _learn(examples: list[Example], readings: list[Reading], pack: Pack) -> dict[str, Any]:
    labels = np.array([float(e.relevant) for e in examples])
    counts = np.array([e.weight for e in examples])
    inputs = np.array([r.values for r in readings])
    prior = np.array([pack.weights[name] for name in FEATURES])
    offset = inputs @ prior + pack.weights["intercept"]
    vectors, rarity = _vectors(readings, labels)
    kernel = inputs @ inputs.T / _STRICT_FEATURES + 1.0 / _STRICT_INTERCEPT
    kernel += _products(vectors) / _STRICT_WORDS
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
        "terms": _terms(vectors, rarity, found.alpha * slope, labels),
        "examples": _shown(examples, vectors),
        "calibrated": calibrated,
        "calibration": {"slope": round(slope, 6), "shift": round(shift, 6)},
        "counts": {"relevant": int(labels.sum()), "not_relevant": int((1 - labels).sum())},
        "strict": {"features": _STRICT_FEATURES, "words": _STRICT_WORDS},
        "taught_by": _fingerprint(examples),
    }


def _vectors(
    readings: Sequence[Reading], labels: Floats
) -> tuple[list[dict[str, float]], dict[str, float]]:
    """Every example over the words worth learning: those that recur, or stand in a relevant one."""
    counted = [count_terms(r.title_words, r.body_words) for r in readings]
    spread = Counter(term for counts in counted for term in counts)
    wanted = {t for c, y in zip(counted, labels, strict=True) if y for t in c}
    most = max(FEWEST, _COMMON * len(counted)) if len(counted) >= 20 else len(counted)
    fit_for_use = [t for t, n in spread.items() if n <= most and (n >= 2 or t in wanted)]
    kept = sorted(fit_for_use, key=lambda t: (-spread[t], t))[:_VOCABULARY]
    known = rarities(counted)
    rarity = {term: round(known[term], 4) for term in sorted(kept)}
    return [weighted(counts, rarity) for counts in counted], rarity


def _products(vectors: Sequence[Mapping[str, float]]) -> Floats:
    """Inner products of all pairs: common words as one matrix, rare ones where they meet."""
    places: dict[str, list[int]] = {}
    for row, vector in enumerate(vectors):
        for term in vector:
            places.setdefault(term, []).append(row)
    out = np.zeros((len(vectors), len(vectors)))
    common = sorted(term for term, rows in places.items() if len(rows) >= _DENSE_FROM)
    if common:
        block = np.zeros((len(vectors), len(common)))
        for column, term in enumerate(common):
            rows = places[term]
            block[rows, column] = [vectors[row][term] for row in rows]
        out += block @ block.T
    for term in sorted(places):
        rows = places[term]
        if len(rows) < _DENSE_FROM:
            here = np.array([vectors[row][term] for row in rows])
            out[np.ix_(rows, rows)] += np.outer(here, here)
    return out


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


def _terms(
    vectors: Sequence[Mapping[str, float]],
    rarity: Mapping[str, float],
    alpha: Floats,
    labels: Floats,
) -> dict[str, list[float]]:
    """Rarity, weight, and in how many relevant and other examples each word stands."""
    weight = dict.fromkeys(rarity, 0.0)
    stands = {term: [0, 0] for term in rarity}
    for vector, pull, label in zip(vectors, alpha, labels, strict=True):
        for term, value in vector.items():
            weight[term] += float(pull) * value / _STRICT_WORDS
            stands[term][0 if label else 1] += 1
    return {
        term: [rarity[term], round(weight[term], 6), *map(float, stands[term])]
        for term in sorted(rarity)
    }


def _shown(
    examples: Sequence[Example], vectors: Sequence[Mapping[str, float]]
) -> list[list[object]]:
    """The relevant examples over their strongest words, to show the nearest beside a verdict."""
    relevant = [(e, v) for e, v in zip(examples, vectors, strict=True) if e.relevant and v]
    return [
        [
            e.id,
            e.text.title[:200],
            {t: round(v[t], 4) for t in sorted(v, key=lambda t: (-v[t], t))[:_SHOWN_TERMS]},
        ]
        for e, v in relevant[-_SHOWN_EXAMPLES:]
    ]


def _fingerprint(examples: Sequence[Example]) -> str:
    """One hash of all decisions: which examples, which answers, which weights."""
    rows = "\n".join(f"{e.id}\t{e.relevant}\t{e.weight!r}" for e in examples)
    return hashlib.sha256(rows.encode("utf-8", "surrogatepass")).hexdigest()
