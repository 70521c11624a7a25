"""Records of learning: labelled texts, the corpus at a moment, and the models made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A labelled text of the corpus, whatever brought it."""

    id: str  # "article:12" or "import:<hash>"
    title: str
    body: str
    outlet: str
    language: str | None
    side: str | None
    relevant: bool
    origin: Literal["seed", "import", "review"]
    by: str
    at: datetime
    url: str | None = None
    published_at: datetime | None = None
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The corpus at one moment: its hash, and how many of each answer."""

    id: str
    created_at: datetime
    relevant: int
    not_relevant: int
    origins: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """A trained model. At most one is live; none live means the cold start judges."""

    id: str
    trainer: str
    snapshot: str
    created_at: datetime
    live: bool
    why: str
    figures: Mapping[str, float]
    artifact: str  # JSON
