"""The values and protocols of judgement.

Everything here is plain data: importing this module loads neither numpy nor any file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

Kind = Literal["full", "short"]
"""``short`` is a headline with at most a sentence or two; it is judged by its own yardstick."""

Part = Literal["title", "lead", "body"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """A stretch ``body[start:end]`` that stands in so many articles of the same outlet.

    None: in this page alone, where it is a box of other stories or a list of links.
    """

    start: int
    end: int
    articles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One text to judge. ``title`` and ``body`` are plain text, never markup."""

    title: str
    body: str
    outlet: str = ""
    language: str | None = None
    side: str | None = None  # "pakistan", "afghanistan", ...: whose outlet wrote it
    repeated: tuple[Repeat, ...] = ()  # the outlet's boilerplate, other stories: not counted

    @property
    def press(self) -> str:
        """Whose press it is: outlets in exile write as those at home. Empty where nobody knows."""
        return "afghanistan" if self.side == "exile" else self.side or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A place in the text that counted: ``part[start:end]`` in code points of that part."""

    concept: str
    text: str
    part: Part
    start: int
    end: int
    note: str = ""  # why it was set aside, where there is more to say than "a trap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Teacher:
    """An example that taught a weight. ``share`` is its part of all that was taught, -1 to 1.

    A share above nought raised the weight, one below lowered it.
    """

    example: str
    relevant: bool
    title: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """One term of the additive score, in log-odds: the score is the logistic of their sum."""

    feature: str
    label: str  # in a colleague's words, shown on the desk
    weight: float
    matches: tuple[Match, ...] = ()
    value: float | None = None  # of the figure: ``weight`` is so many times the model's weight
    taught_by: tuple[Teacher, ...] = ()  # the decisions that moved it most, strongest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """The example most like the text. ``similarity`` is a cosine in 0..1, shown, never a reason."""

    example: str
    title: str
    similarity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why a verdict is what it is; the contributions add up to the log-odds exactly."""

    contributions: tuple[Contribution, ...] = ()
    nearest: Nearest | None = None
    ignored: tuple[Match, ...] = ()  # traps: seen and deliberately not counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The judgement of one text by one model.

    ``score`` is in 0..1; ``calibrated`` says whether it may be read as a probability.
    ``topics`` are strands of the topic ("talks", "border", ...), strongest first.
    """

    score: float
    relevant: bool
    topics: tuple[str, ...]
    evidence: Evidence
    model: str
    lexicon: str
    kind: Kind
    calibrated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A text with a decision. ``origin`` is ``seed``, ``import`` or ``review``."""

    id: str
    text: Text
    relevant: bool
    origin: Literal["seed", "import", "review"] = "review"
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A trained model as data: JSON and arrays, never code. ``id`` is derived from the content."""

    id: str
    trainer: str
    params: dict[str, object] = field(default_factory=dict)


class Classifier(Protocol):
    """Judges texts. Same length, same order, and the result does not depend on the batching."""

    @property
    def model(self) -> str:
        """A stable identifier, stored with every verdict."""

    @property
    def lexicon(self) -> str:
        """The version of the lexicon in use."""

    def judge(self, texts: list[Text]) -> list[Verdict]:
        """Return one verdict a text, in order. Never raises for what a text contains."""


class Trainer(Protocol):
    """Makes a classifier from examples. Deterministic: the same examples give the same artifact."""

    name: str

    @property
    def pack(self) -> str:
        """A hash of the topic pack that it trains with; a model keeps it among its ``params``."""

    def train(self, examples: list[Example]) -> Artifact:
        """Return the trained model as data. Fewer than three decisions give the prior unchanged."""

    def load(self, artifact: Artifact | None) -> Classifier:
        """Return the classifier of ``artifact``; without one, the topic pack's cold start."""
