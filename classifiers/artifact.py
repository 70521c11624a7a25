"""Trained models as data: JSON with a hash of its own content, never code."""

from __future__ import annotations

import hashlib
import json
import math
from functools import lru_cache
from typing import Any

from classifiers.types import Artifact

FORMAT = 1
_LARGEST = 64 * 1024 * 1024


class ArtifactError(ValueError):
    """The stored model is not what it says it is; the message says what to do."""


def make(trainer: str, params: dict[str, Any]) -> Artifact:
    """The artifact of ``params``; the same content gives the same id."""
    return Artifact(id=f"{trainer}-{_hash(trainer, params)[:16]}", trainer=trainer, params=params)


def dumps(artifact: Artifact) -> str:
    """The artifact as one JSON text, with the hash that ``loads`` checks."""
    body = {
        "format": FORMAT,
        "id": artifact.id,
        "trainer": artifact.trainer,
        "params": artifact.params,
        "sha256": _hash(artifact.trainer, artifact.params),
    }
    return json.dumps(body, ensure_ascii=True, sort_keys=True, allow_nan=False)


def loads(text: str) -> Artifact:
    """Read an artifact back.

    Raises:
        ArtifactError: not an artifact, of another format, or changed since it was written.
    """
    if len(text) > _LARGEST:
        raise ArtifactError("model file: larger than 64 MB; train it again")
    try:
        body = json.loads(text)
        found = Artifact(id=str(body["id"]), trainer=str(body["trainer"]), params=body["params"])
        declared, form = str(body["sha256"]), body["format"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ArtifactError(f"model file: not a model ({error}); train it again") from error
    if form != FORMAT:
        raise ArtifactError(f"model file: format {form} is not {FORMAT}; train it again")
    check(found, declared)
    return found


@lru_cache(maxsize=1)
def made_with(text: str) -> str:
    """The hash of the topic pack that a stored model learnt with; empty where it does not say.

    Remembered, for it is asked at every tick; nothing is judged with it, so no hash is checked.
    """
    try:
        return str(json.loads(text)["params"]["pack"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""


def check(artifact: Artifact, declared: str | None = None) -> None:
    """Make sure that id, declared hash and content agree.

    Raises:
        ArtifactError: they do not.
    """
    if not isinstance(artifact.params, dict) or not finite(artifact.params):
        raise ArtifactError(f"model {artifact.id}: holds figures that are none; train it again")
    actual = _hash(artifact.trainer, artifact.params)
    if artifact.id != f"{artifact.trainer}-{actual[:16]}" or declared not in {None, actual}:
        raise ArtifactError(f"model {artifact.id}: content does not match its hash; train it again")


def finite(value: object) -> bool:
    """Whether every number inside is a number."""
    if isinstance(value, dict):
        return all(map(finite, value.values()))
    if isinstance(value, list | tuple):
        return all(map(finite, value))
    return not isinstance(value, float) or math.isfinite(value)


def _hash(trainer: str, params: dict[str, Any]) -> str:
    body = json.dumps([FORMAT, trainer, params], ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(body.encode("ascii")).hexdigest()
