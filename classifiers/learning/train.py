"""Learning from examples: the shipped weights are the prior, decisions move them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from classifiers import artifact as artifacts
from classifiers.features import Reader
from classifiers.learning.calibrate import enough, platt
from classifiers.learning.given import is_given, joined, pulls, weight_of
from classifiers.learning.lessons import Lesson, Lessons, Matrix, matrix
from classifiers.learning.linear import Fit, Floats, fit, left_out
from classifiers.learning.strictness import strictness
from classifiers.learning.teachers import Teachers
from classifiers.lexicon import load_lexicon
from classifiers.pack import NO_TEAM, TOPIC, Pack, Team, load_pack
from classifiers.profile import Profile
from classifiers.two_pole import NAME, TwoPole, cold_start, prior_params
from classifiers.types import Artifact, Classifier, Example

FEWEST = 3
MOST = 2000
_WORDS = 0.3  # from 0.15 to 1.2 the ranking is the same within 0.002
_INTERCEPT = 1.0
_VOCABULARY = 8000
_COMMON = 0.3
_SHOWN_EXAMPLES = 200
_SHOWN_TERMS = 40


class TwoPoleTrainer:
    """Trains and loads the two-pole model of one topic. Deterministic."""

    name = NAME

    def __init__(self, topic: str = TOPIC, team: Team = NO_TEAM) -> None:
        self._topic = topic
        self._team = team

    @property
    def pack(self) -> str:
        """A hash of the topic pack as it is installed."""
        return load_pack(self._topic).content_hash

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
        return TwoPole(load_pack(self._topic, self._team), model)

    def train(self, examples: list[Example]) -> Artifact:
        """The model that ``examples`` make of the prior.

        Fewer than three decisions leave it as it is; one text given as an example is enough, for
        it joins those the topic pack was made from.
        The order of the examples does not matter. Of one id the last decision counts. Of more
        than 2,000 the last of each answer are kept.
        """
        taken = chosen(examples)
        given = tuple(e for e in taken if is_given(e))
        if len(taken) < FEWEST and not given:
            return cold_start(self._topic)
        pack, remembered = _joined(self._topic, self._team, given)
        lessons = [remembered.of(e.text) for e in taken]
        params = params_of(taken, lessons, pack)
        if pack.profile is not load_pack(self._topic, self._team).profile:
            params["profile"] = pack.profile
        return artifacts.make(NAME, params)


@lru_cache(maxsize=2)
def _joined(topic: str, team: Team, given: tuple[Example, ...]) -> tuple[Pack, Lessons]:
    """The pack whose profile holds the given texts too, and what was read with it."""
    pack = load_pack(topic, team)
    profile = joined(pack.profile, given)
    if profile is not pack.profile:
        pack = replace(pack, profile=profile)
    elif given:
        return _joined(topic, team, ())
    return pack, Lessons(Reader(pack, load_lexicon(topic, team), Profile(profile)))


def chosen(examples: Sequence[Example]) -> list[Example]:
    """Return what is learnt from, at most ``MOST``, by id: the newest of each answer.

    A team that accepted thousands would otherwise teach nothing but what it accepted.
    """
    latest = list({e.id: e for e in examples if e.weight > 0}.values())
    relevant = [e for e in latest if e.relevant]
    others = [e for e in latest if not e.relevant]
    room = min(len(others), max(MOST // 2, MOST - len(relevant)))
    kept = [*relevant[-(MOST - room) :], *others[len(others) - room :]]
    return sorted(kept, key=lambda e: e.id)


def params_of(examples: list[Example], lessons: list[Lesson], pack: Pack) -> dict[str, Any]:
    """The parameters of a model that these examples, in the order of their ids, make of a pack.

    The team's switches do not enter: decisions from before a switch would pull against it.
    """
    labels = np.array([float(e.relevant) for e in examples])
    counts = np.array([weight_of(e) for e in examples])
    inputs = np.array([lesson.values for lesson in lessons])
    names = pack.recipe.names
    prior = np.array([pack.weights[name] for name in names])
    words = matrix(
        lessons, [e.relevant for e in examples], most_in=_most_in(len(examples)), most=_VOCABULARY
    )
    extra = pulls(examples, words, pack.profile)
    taken = words.gathered(words.weights * extra)
    offset = inputs @ prior + pack.weights["intercept"] + words.across(taken) / _WORDS
    figures, others = inputs @ inputs.T, words.products() / _WORDS + 1.0 / _INTERCEPT
    strict = strictness(figures, others, offset, labels)
    kernel = figures / strict + others
    found = fit(kernel, offset, labels, counts)
    slope, shift, calibrated = _calibration(examples, kernel, found, labels, counts)
    moved = inputs.T @ found.alpha / strict
    intercept = pack.weights["intercept"] + float(found.alpha.sum()) / _INTERCEPT
    weights = zip(names, prior + moved, strict=True)
    teachers = Teachers(examples)
    return {
        **prior_params(pack),
        "weights": {name: round(slope * float(w), 6) for name, w in weights}
        | {"intercept": round(slope * intercept + shift, 6)},
        "origin": "learnt",
        "terms": _terms(words, slope * (found.alpha[words.rows] + extra), labels, teachers),
        "moved": _moved(names, slope / strict * inputs * found.alpha[:, None], teachers),
        "examples": _shown(examples, words),
        "calibrated": calibrated,
        "calibration": {"slope": round(slope, 6), "shift": round(shift, 6)},
        "counts": {"relevant": int(labels.sum()), "not_relevant": int((1 - labels).sum())},
        "strict": {"features": round(strict, 6), "words": _WORDS},
        "teachers": teachers.rows(),
        "taught_by": _fingerprint(examples),
    }


def _most_in(examples: int) -> float:
    """In how many examples a word may stand and still tell anything."""
    return max(FEWEST, _COMMON * examples) if examples >= 20 else examples


def _calibration(
    examples: Sequence[Example],
    kernel: Floats,
    found: Fit,
    labels: Floats,
    counts: Floats,
) -> tuple[float, float, bool]:
    """Slope and shift from what the model would have said of each review without having seen it."""
    reviewed = np.array([e.origin == "review" for e in examples])
    if not enough(labels[reviewed]):
        return 1.0, 0.0, False
    unseen = left_out(kernel, found, labels, counts)
    slope, shift = platt(unseen[reviewed], labels[reviewed])
    return slope, shift, True


def _terms(
    words: Matrix, pull: Floats, labels: Floats, teachers: Teachers
) -> dict[str, list[float]]:
    """Of each word rarity, weight, in how many relevant and others it stands, and who taught it."""
    parts = words.weights * pull / _WORDS
    weights = words.gathered(parts)
    accepted, rejected = words.count(labels > 0), words.count(labels <= 0)
    taught = teachers.of_columns(words.rows, words.columns, parts, weights)
    rows = zip(words.terms, words.rarity, weights.tolist(), accepted, rejected, strict=True)
    return {
        term: [rarity, round(weight, 6), float(yes), float(no), *taught.get(column, ())]
        for column, (term, rarity, weight, yes, no) in enumerate(rows)
    }


def _moved(names: Sequence[str], parts: Floats, teachers: Teachers) -> dict[str, list[float]]:
    """How far the examples moved the weight of each figure, and which of them most."""
    taught = teachers.of_figures(parts)
    moves = parts.sum(axis=0)
    return {names[at]: [round(float(moves[at]), 4), *listed] for at, listed in taught.items()}


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
