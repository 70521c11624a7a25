"""The trainers there are, by the name that artifacts carry."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from classifiers.artifact import ArtifactError
from classifiers.learning.train import TwoPoleTrainer
from classifiers.pack import NO_TEAM, TOPIC, Team
from classifiers.types import Artifact, Classifier, Trainer

TRAINERS: Mapping[str, type[TwoPoleTrainer]] = MappingProxyType(
    {TwoPoleTrainer.name: TwoPoleTrainer}
)
DEFAULT = TwoPoleTrainer.name


def trainer(name: str = DEFAULT, *, topic: str = TOPIC, team: Team = NO_TEAM) -> Trainer:
    """The trainer of this name, for a topic pack with what a team laid over it.

    Raises:
        KeyError: there is none; the message lists those there are.
    """
    if name not in TRAINERS:
        raise KeyError(f"trainer {name!r}: unknown; there are {', '.join(sorted(TRAINERS))}")
    return TRAINERS[name](topic, team)


def load(
    artifact: Artifact | None = None, *, topic: str = TOPIC, team: Team = NO_TEAM
) -> Classifier:
    """The classifier of ``artifact``; without one, the default's cold start.

    Raises:
        ArtifactError: the artifact was changed, or no trainer here made it.
    """
    if artifact is not None and artifact.trainer not in TRAINERS:
        raise ArtifactError(
            f"model {artifact.id}: no trainer {artifact.trainer} here; train it again"
        )
    name = DEFAULT if artifact is None else artifact.trainer
    return trainer(name, topic=topic, team=team).load(artifact)
