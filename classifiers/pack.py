"""A topic pack as data: the folder ``topics/<topic>`` read and checked, nothing computed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

TOPICS = Path(__file__).parent / "topics"


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What must (and must not) be present for a guarded alias to count.

    ``each`` holds sets of which one member each must be there.
    """

    any: frozenset[str]
    all: frozenset[str]
    unless: frozenset[str]
    each: tuple[frozenset[str], ...] = ()

    def holds(self, present: set[str]) -> bool:
        """Whether the context is there. ``present`` speaks as ``pole:x``, ``word:x``, ``id:x``."""
        if self.unless & present or any(group.isdisjoint(present) for group in self.each):
            return False
        return self.all <= present and (not self.any or bool(self.any & present))


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """``concept`` after one of the words ``before`` (capitalised words between) is ``trap``."""

    concept: str
    before: frozenset[str]
    within: int
    trap: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """Everything a topic brings; ``weights`` are log-odds, ``prior`` the hand-set ones."""

    topic: str
    title: str
    lexicon: list[dict[str, object]]
    lexicon_hash: str
    contexts: Mapping[str, Context]
    neighbours: tuple[Neighbour, ...]
    strands: Mapping[str, str]
    outlets: Mapping[str, str]
    labels: Mapping[str, str]
    prior: Mapping[str, float]
    weights: Mapping[str, float]
    weights_origin: str
    relevant_at: float
    queue_at: float
    profile: Mapping[str, Any]
    content_hash: str


@lru_cache(maxsize=8)
def load_pack(topic: str = "pak_afg_ttp") -> Pack:
    """Read a topic pack.

    Raises:
        FileNotFoundError: there is no such pack.
        KeyError: the pack lacks a required entry.
    """
    folder = TOPICS / topic
    texts = {name: _text(folder / name) for name in ("topic.yaml", "lexicon.yaml")}
    extras = {name: _json(folder / name) for name in ("weights.json", "profile.json")}
    about = yaml.safe_load(texts["topic.yaml"])
    prior = {name: float(weight) for name, weight in about["prior"].items()}
    fitted = extras["weights.json"].get("weights")
    return Pack(
        topic=topic,
        title=about["title"],
        lexicon=yaml.safe_load(texts["lexicon.yaml"])["concepts"],
        lexicon_hash=_hash(texts["lexicon.yaml"] + texts["topic.yaml"]),
        contexts={name: _context(row) for name, row in about["contexts"].items()},
        neighbours=tuple(_neighbour(row) for row in about["neighbours"]),
        strands=about["strands"],
        outlets={name: side for side, names in about["outlets"].items() for name in names},
        labels=about["labels"],
        prior=prior,
        weights={**prior, **fitted} if fitted else prior,
        weights_origin="fitted" if fitted else "hand",
        relevant_at=float(about["thresholds"]["relevant"]),
        queue_at=float(about["thresholds"]["queue"]),
        profile=extras["profile.json"],
        content_hash=_hash(json.dumps([texts, extras], sort_keys=True)),
    )


def _context(row: Mapping[str, list[Any]]) -> Context:
    return Context(
        any=frozenset(row.get("any", ())),
        all=frozenset(row.get("all", ())),
        unless=frozenset(row.get("unless", ())),
        each=tuple(frozenset(group) for group in row.get("each", ())),
    )


def _neighbour(row: Mapping[str, Any]) -> Neighbour:
    return Neighbour(
        concept=row["concept"],
        before=frozenset(row["before"]),
        within=int(row["within"]),
        trap=row["trap"],
    )


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _json(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    loaded: dict[str, Any] = json.loads(_text(path))
    return loaded


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
