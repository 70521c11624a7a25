"""The classifier: who is in the text, where, and together with whom, added up.

The score is the logistic of a plain sum, so every verdict can be taken apart exactly. Examples
move the shipped weights (which are the prior) and teach words of their own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from classifiers import artifact as artifacts
from classifiers.definition import Definition
from classifiers.explain import evidence_of
from classifiers.facets import Facets
from classifiers.features import Reader, Reading
from classifiers.learning.teachers import teachers_of
from classifiers.lexicon import load_lexicon
from classifiers.pack import Pack, load_pack
from classifiers.profile import Profile
from classifiers.terms import count_terms, weighted
from classifiers.types import Artifact, Contribution, Evidence, Nearest, Text, Verdict

NAME = "two-pole"
_WORDS_SHOWN = 6


class TwoPole:
    """Judges texts with one set of weights. Same text, same verdict, whatever the batch."""

    def __init__(self, pack: Pack, model: Artifact) -> None:
        self._pack = pack
        self._lexicon = load_lexicon(pack.topic, pack.team)
        params: Mapping[str, Any] = model.params
        self._profile = Profile(params.get("profile") or pack.profile)
        self._reader = Reader(pack, self._lexicon, self._profile)
        self._model = f"{model.id}+{pack.team.id}" if pack.team else model.id
        weights: Mapping[str, float] = params["weights"]
        self._intercept = float(weights["intercept"])
        # A figure that came into the pack since it was learnt weighs what the pack gives it.
        self._weights = tuple(float(weights.get(n, pack.weights[n])) for n in pack.recipe.names)
        learnt: Mapping[str, list[float]] = params.get("terms", {})
        self._rarity = {term: row[0] for term, row in learnt.items()}
        self._learnt = {term: row[1] for term, row in learnt.items()}
        self._taught = {term: (int(row[2]), int(row[3]), row[4:]) for term, row in learnt.items()}
        self._moved: Mapping[str, list[float]] = params.get("moved", {})
        self._teachers: Mapping[str, list[object]] = params.get("teachers", {})
        self._examples = [
            (str(row[0]), str(row[1]), dict(row[2])) for row in params.get("examples", ())
        ]
        self._calibrated = bool(params.get("calibrated", False))
        concepts = self._lexicon.concepts.values()
        self._facets = Facets(tuple(pack.strands), pack.facets, concepts)
        self._definition = Definition(pack.definition, concepts, pack.team.switches)

    @property
    def model(self) -> str:
        """A hash of what the model knows, and one of what the team laid over it."""
        return self._model

    @property
    def lexicon(self) -> str:
        """The version of the lexicon."""
        return self._lexicon.version

    def judge(self, texts: list[Text]) -> list[Verdict]:
        """One verdict a text, in order. Bounded time for any text, and never raises for one."""
        return [self._judge(text) for text in texts]

    def _judge(self, text: Text) -> Verdict:
        reading = self._reader.read(text)
        contributions = self._contributions(reading)
        topics: tuple[str, ...] | None = None
        switched: list[Contribution] = []
        if self._definition:
            topics = self._facets.of(reading.hits, text.side or "")
            switched = self._definition.contributions(reading.hits, topics)
            contributions += switched
        score = logistic(math.fsum(c.weight for c in contributions))
        shown = score >= self._pack.queue_at
        if shown and topics is None:
            topics = self._facets.of(reading.hits, text.side or "")
        return Verdict(
            score=score,
            relevant=score >= self._pack.relevant_at,
            topics=topics or () if shown else (),
            evidence=Evidence(
                contributions=tuple(contributions),
                nearest=self._nearest(reading) if shown else None,
                ignored=reading.ignored,
            ),
            model=self._model,
            lexicon=self._lexicon.version,
            kind=reading.kind,
            calibrated=self._calibrated and not switched,  # decided, not measured
        )

    def _contributions(self, reading: Reading) -> list[Contribution]:
        labels = self._pack.labels
        out = [Contribution(feature="intercept", label=labels["intercept"], weight=self._intercept)]
        names = self._reader.names
        for name, value, weight in zip(names, reading.values, self._weights, strict=True):
            if value and weight:
                out.append(
                    Contribution(
                        feature=name,
                        label=_told(labels[name], reading.by_press.get(name, "")),
                        weight=value * weight,
                        matches=evidence_of(self._reader.sources.get(name), reading.hits),
                        value=value,
                        taught_by=teachers_of(self._moved.get(name, ())[1:], self._teachers),
                    )
                )
        return [*out, *self._words(reading)] if self._learnt else out

    def _words(self, reading: Reading) -> list[Contribution]:
        """The learnt words: the strongest one by one, the others as one sum."""
        vector = weighted(count_terms(reading.title_words, reading.body_words), self._rarity)
        parts = sorted(
            ((value * self._learnt[term], term) for term, value in vector.items()),
            key=lambda part: (-abs(part[0]), part[1]),
        )
        out = [
            Contribution(
                feature=f"word:{term}",
                label=self._taught_by(term),
                weight=weight,
                taught_by=teachers_of(self._taught[term][2], self._teachers),
            )
            for weight, term in parts[:_WORDS_SHOWN]
        ]
        if parts[_WORDS_SHOWN:]:
            rest = math.fsum(weight for weight, _ in parts[_WORDS_SHOWN:])
            out.append(Contribution(feature="words", label=self._pack.labels["words"], weight=rest))
        return out

    def _taught_by(self, term: str) -> str:
        accepted, rejected, _ = self._taught[term]
        return f"“{term}”, in {accepted} accepted and {rejected} rejected"

    def _nearest(self, reading: Reading) -> Nearest | None:
        best = self._profile.nearest(reading.vector)
        if not self._examples:
            return best
        vector = weighted(count_terms(reading.title_words, reading.body_words), self._rarity)
        for name, title, terms in self._examples:
            likeness = math.fsum(w * terms.get(t, 0.0) for t, w in vector.items())
            if likeness > (best.similarity if best else 0.0):
                best = Nearest(example=name, title=title, similarity=min(1.0, round(likeness, 4)))
        return best


def _told(label: str, press: str) -> str:
    """What a figure is called; that an outlet stands in for a side it does not name is said."""
    return f"{label}, {press.replace('_', ' ').title()} by the outlet alone" if press else label


def logistic(logit: float) -> float:
    """The logistic of a log-odds, without overflow."""
    if logit >= 0:
        return 1.0 / (1.0 + math.exp(-min(logit, 700.0)))
    grown = math.exp(max(logit, -700.0))
    return grown / (1.0 + grown)


def prior_params(pack: Pack) -> dict[str, Any]:
    """What the model knows before any example: the pack's weights and where they come from."""
    return {
        "topic": pack.topic,
        "pack": pack.content_hash,
        "weights": {name: pack.weights[name] for name in ("intercept", *pack.recipe.names)},
        "origin": pack.weights_origin,
        "terms": {},
        "examples": [],
        "calibrated": False,
        "counts": {"relevant": 0, "not_relevant": 0},
    }


def cold_start(topic: str) -> Artifact:
    """The model of a fresh install, as an artifact like any other."""
    return artifacts.make(NAME, prior_params(load_pack(topic)))
