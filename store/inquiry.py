"""Records that answer questions about the judgement: what it said, and what people decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from store.types import Answer

NameAnswer = Literal["no_name", "later", "added", "open"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A verdict as it is kept, with all that is needed to come to it again.

    What older versions of the store did not record is None, or empty.
    """

    id: int
    article: int
    version: int
    topic: str
    model: str
    lexicon: str
    score: float
    relevant: bool
    topics: tuple[str, ...]
    evidence: str  # JSON
    route: str
    route_why: str
    judged_at: datetime
    stands: bool  # the article's verdict of today
    threshold: float | None = None
    calibrated: bool | None = None
    given: str = ""
    snapshot: str = ""  # of the corpus the model was trained on; empty for the cold start
    text_hash: str = ""  # of the text that was judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How an article or an imported text begins. ``article`` is None for imports."""

    id: str  # "article:12" or "import:<hash>"
    article: int | None
    title: str
    body: str  # its first few hundred code points
    outlet: str
    language: str | None
    url: str | None
    at: datetime | None  # published, or first seen
    decision: Answer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A score as it stood when a person decided, on a text that its model had not learnt from."""

    article: int
    score: float
    relevant: bool
    at: datetime
    calibrated: bool
    queued: bool  # shown because of its score; otherwise it was drawn for the audit


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """Seven days of judging, ``back`` whole weeks before now (0: the last seven days)."""

    back: int
    judged: int = 0  # articles by their first verdict
    queued: int = 0  # of those, sent to the queue by their score
    near: int = 0  # of those judged, within a factor of two in the odds of the threshold
    tried: tuple[tuple[float, bool], ...] = ()  # queued and decided: score, accepted
    names: float | None = None  # unknown ones a hundred wanted texts; None: no list was made


@dataclass(frozen=True, slots=True, kw_only=True)
class Teacher:
    """An example that a model learnt from, as people know it. ``article`` is None for imports."""

    id: str  # "article:12" or "import:<hash>"
    title: str
    outlet: str
    relevant: bool | None  # the answer that stands today; None: it was undone
    by: str
    at: datetime | None
    article: int | None = None
    url: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetLine:
    """A line of the history of an article's strands. ``topics`` None: back to the judgement's."""

    id: int
    article: int
    topics: tuple[str, ...] | None
    machine: tuple[str, ...]  # what the judgement said at the time
    model: str | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetTally:
    """How often people put a strand in, or took one out, over the articles they corrected."""

    articles: int
    added: Mapping[str, int] = field(default_factory=dict)
    removed: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditStratum:
    """The rejected that had the same chance of being drawn, and what became of the drawn."""

    band: int  # of the score, from the lowest
    chance: float
    rejected: int
    drawn: int
    decided: int  # of the drawn: relevant or not
    relevant: int
    unsure: int = 0  # looked at, and left open or skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditCounts:
    """What was rejected since a moment, as the estimate of the missed wants it."""

    strata: tuple[AuditStratum, ...]
    calibrated: int  # of the rejected that had a chance: those with calibrated scores,
    calibrated_sum: float  # and what these add up to
    unaudited: int  # rejected while nothing was drawn
    rescued: int  # rejected, and accepted by people since


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """The threshold and the audit of one day. ``rule`` is what it was made by, as text."""

    day_on: date
    rule: str
    made_at: datetime
    threshold: float
    why: str  # a sentence
    bands: tuple[tuple[float, float, float], ...]  # from, below, chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """It was settled on a corpus that a model judges, by training (``learn``) or by a person."""

    snapshot: str
    model: str | None  # None: the cold start
    by: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """A text to look for names in. ``wanted``: queued or accepted, and not rejected by people."""

    article: int
    story: int  # the article it is a copy of, or itself
    title: str
    body: str
    outlet: str
    language: str | None
    wanted: bool
    first_seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NameList:
    """The unknown names of a week, as JSON, found in ``read`` texts, ``wanted`` of them."""

    week_on: date  # the week's Monday, as the team lives it
    made_at: datetime
    since_at: datetime
    read: int
    wanted: int
    names: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NameLine:
    """What somebody said of a name, which then stood in ``texts`` stories of a week."""

    name: str
    answer: NameAnswer
    texts: int
    by: str
    at: datetime
