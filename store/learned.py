"""Records of learning: labelled texts, the corpus at a moment, and the models made of it.

``Member`` is a text as a snapshot holds it, with all that was decided; ``Label`` is what learning
needs of it.
"""

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
class Answered:
    """A line of the history of a text: who said what, when and why, and what the machine said.

    ``undoes`` is the place in the same history of the line it takes back, counted from 0; then
    ``answer`` is None. ``model`` and ``score`` are of the moment of the decision, ``route`` is why
    the text was shown then ("queue", "sample", "reject"), above or below which ``threshold``.
    """

    answer: str | None
    by: str
    at: datetime
    undoes: int | None = None
    note: str = ""
    reasons: tuple[str, ...] = ()
    reading: str | None = None  # "first", "second", ... of an article that two people read
    echo: bool = False  # the answer came with that on a copy
    model: str | None = None
    score: float | None = None
    threshold: float | None = None
    route: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A labelled text of a snapshot; nothing in it depends on the numbers of a store's rows.

    ``id`` is the canonical address, or "import:<hash>"; ``sha256`` is of the text in UTF-8, and
    ``body`` None where the text was removed since. ``group`` names the story: the least id of the
    members that tell it. ``chance`` is how likely a text was to be shown at all: 1 for the queue.
    """

    id: str
    title: str
    body: str | None
    sha256: str
    outlet: str
    side: str | None
    language: str | None
    url: str | None
    author: str | None
    published_at: datetime | None
    published_source: str | None
    first_seen_at: datetime | None
    genre: str | None
    topics: tuple[str, ...]
    tags: tuple[str, ...]
    relevant: bool
    origin: Literal["seed", "import", "review"]
    by: str
    at: datetime
    history: tuple[Answered, ...]
    group: str
    shown: str | None = None  # the first route that people met it by: "queue", "sample", ...
    chance: float | None = None
    licence: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """A snapshot that a paper can cite: its hash, what was told of it then, and its model.

    ``facts`` is the datasheet as JSON; ``model`` the model's id, None where too little was decided.
    """

    id: str  # SHA-256, 64 hexadecimal digits
    created_at: datetime
    relevant: int
    not_relevant: int
    origins: Mapping[str, int]
    note: str = ""
    facts: str = "{}"
    model: str | None = None
    artifact: str = ""  # JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The labels one training saw: their hash, and how many of each answer."""

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
