"""The model that comes with a snapshot: trained on its oldest part, measured on its newest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from classifiers.artifact import dumps
from classifiers.learning.train import chosen
from classifiers.measuring.evaluate import figures
from classifiers.measuring.intervals import bootstrap
from classifiers.types import Artifact, Classifier, Example, Text, Trainer
from monitor.exports.splits import Splits
from store.learned import Member

LEAST: Final = 5  # of each answer in a part, for its figures to be more than an anecdote
THRESHOLD: Final = 0.5
_BATCH: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A model: its artifact as JSON, and what is to be told of it."""

    id: str | None
    artifact: str
    facts: dict[str, Any]


def made(members: Sequence[Member], splits: Splits, trainer: Trainer) -> Made:
    """Train on the texts of ``train`` and measure on ``dev`` and ``test``; the same gives the same.

    Examples go by the id of their member, so that the model is the same in every store. Where
    nothing can be learnt ``id`` is None.
    """
    texts = [m for m in members if m.body]
    offered = [m for m in texts if splits.time[m.id] == "train"]
    ordered = sorted(offered, key=lambda m: (m.at, m.id))
    train = chosen([example_of(m) for m in ordered])
    artifact = trainer.train(train)
    if artifact.id == trainer.train([]).id:
        why = f"nothing to learn from: {len(train)} texts for training"
        return Made(id=None, artifact="", facts={"id": None, "why": why})
    classifier = trainer.load(artifact)
    parts = {side: [m for m in texts if splits.time[m.id] == side] for side in ("dev", "test")}
    return Made(
        id=artifact.id,
        artifact=dumps(artifact),
        facts={
            "id": artifact.id,
            "trainer": artifact.trainer,
            "lexicon": classifier.lexicon,
            "trained_on": {
                "texts": len(train),
                "relevant": sum(m.relevant for m in train),
                "offered": len(offered),
            },
            "calibrated": _calibrated(artifact),
            **{side: _measured(held, classifier) for side, held in parts.items()},
        },
    )


def example_of(member: Member) -> Example:
    """Return a member as an example to learn from, under its own lasting id."""
    return Example(id=member.id, text=_text(member), relevant=member.relevant, origin=member.origin)


def _text(member: Member) -> Text:
    return Text(
        title=member.title, body=member.body or "", outlet=member.outlet,
        language=member.language, side=member.side,
    )  # fmt: skip


def _calibrated(artifact: Artifact) -> bool:
    return bool(artifact.params.get("calibrated"))


def _measured(held: Sequence[Member], classifier: Classifier) -> dict[str, Any]:
    """The figures on texts it has not seen, with the middle 95 % of pools like this one."""
    truth = [m.relevant for m in held]
    counts = {"texts": len(held), "relevant": sum(truth)}
    if min(counts["relevant"], len(held) - counts["relevant"]) < LEAST:
        why = f"not measurable: fewer than {LEAST} of each answer"
        return counts | {"measurable": False, "why": why}
    scores: list[float] = []
    for start in range(0, len(held), _BATCH):
        batch = [_text(m) for m in held[start : start + _BATCH]]
        scores += [verdict.score for verdict in classifier.judge(batch)]
    places = {name: n for n, name in enumerate(dict.fromkeys(m.group for m in held))}
    groups = [places[m.group] for m in held]
    found = figures(scores, truth, THRESHOLD)
    reach = bootstrap(scores, truth, groups, threshold=THRESHOLD)
    at = found["at_threshold"]
    return counts | {
        "measurable": True,
        "average_precision": _round(found["average_precision"]),
        "average_precision_interval": reach["average_precision"],
        "threshold": THRESHOLD,
        "precision": _round(at["precision"]),
        "precision_interval": reach["precision"],
        "recall": _round(at["recall"]),
        "recall_interval": reach["recall"],
        "brier": _round(found["brier"]),
    }


def _round(value: float | None) -> float | None:
    return round(value, 4) if value is not None and math.isfinite(value) else None
