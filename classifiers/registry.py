"""The trainers there are, by the name that artifacts carry."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from classifiers.artifact import ArtifactError
from classifiers.train import TwoPoleTrainer
from classifiers.types import Artifact, Classifier, Trainer

TRAINERS: Mapping[str, Trainer] = MappingProxyType({TwoPoleTrainer.name: TwoPoleTrainer()})
DEFAULT = TwoPoleTrainer.name


def trainer(name: str = DEFAULT) -> Trainer:
    """The trainer of this name.

    Raises:
        KeyError: there is none; the message lists those there are.
    """
    if name not in TRAINERS:
        raise KeyError(f"trainer {name!r}: unknown; there are {', '.join(sorted(TRAINERS))}")
    return TRAINERS[name]


def load(artifact: Artifact | None = None) -> Classifier:
    """The classifier of ``artifact``; without one, the default's cold start.

    Raises:
        ArtifactError: the artifact was changed, or no trainer here made it.
    """
    if artifact is None:
        return TRAINERS[DEFAULT].load(None)
    if artifact.trainer not in TRAINERS:
        raise ArtifactError(
            f"model {artifact.id}: no trainer {artifact.trainer} here; train it again"
        )
    return TRAINERS[artifact.trainer].load(artifact)
