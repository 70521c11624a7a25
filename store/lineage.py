"""Records of what is told: stories and their members, claims, quotes, and what changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryFacts:
    """What an article is known by when its story is looked for: its own terms, before rarity.

    ``at`` is when it was published, else first seen. ``headline`` are the folded words of the
    headline. ``norm`` is the length of the terms with their rarity at the time they were kept.
    """

    article: int
    at: datetime
    terms: Mapping[str, float]
    headline: tuple[str, ...]
    outlet: str = ""
    script: Literal["latin", "arabic"] = "latin"
    norm: float = 1.0
    sketch: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """Why an article stands in its story.

    ``why``: "new" (it began it), "copy", "alike", "across" (told in another script), "split" or
    "merge" (a person put it there). ``near`` is the member it was most like; ``shared`` the words
    both have, as its own text writes them.
    """

    why: str
    likeness: float = 0.0
    near: int | None = None
    shared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryRow:
    """A story in a list. ``became`` names the story its articles went to, where it has none left.

    ``article`` is the first that is no copy; ``sides`` and ``outlets`` in the order they told it.
    """

    story: int
    article: int | None
    title: str
    language: str | None
    first_at: datetime
    last_at: datetime
    members: int
    copies: int
    outlets: tuple[str, ...]
    sides: tuple[str, ...]
    edited: bool
    became: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryMember:
    """An article of a story, as its timeline shows it.

    ``headlines`` are the different headlines of its versions, the first one first.
    """

    article: int
    story: int
    title: str
    url: str
    outlet: str
    side: str
    feed: str
    language: str | None
    first_seen_at: datetime
    published_at: datetime | None
    published_original: str | None
    published_source: str | None
    copy_of: int | None
    version: int
    route: str | None
    decision: str | None
    disposition: str
    wires: tuple[str, ...]
    headlines: tuple[tuple[str, datetime], ...]
    joined: Joined


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryEdit:
    """What a person did to a story. An undo is a line of its own that names what it undoes."""

    id: int
    kind: Literal["split", "merge", "undo"]
    story: int  # split: taken from it; merge: it took the other in
    other: int  # split: the new one; merge: the one taken in
    articles: tuple[int, ...]  # that moved
    by: str
    at: datetime
    note: str
    undoes: int | None = None
    undone: bool = False


# --- claims and quotes ----------------------------------------------------------------------

ClaimAnswer = Literal["confirm", "correct", "discard", "open"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFacts:
    """What an article or an imported text claims, and where it says so.

    ``least`` and ``most`` are the ends of the figure, None an open one. ``mark`` is what is said,
    the same in every version that says it. The sentence stands at ``start`` of ``part``, the
    figure at ``figure`` .. ``figure_end``. ``told_at`` is None where nobody knows.
    """

    mark: str
    population: str
    who: str
    subject: str
    unit: str
    least: float | None
    most: float | None
    text: str
    place: str
    as_of: str
    since_on: date | None
    until_on: date | None
    speaker: str
    office: str
    speaker_side: str
    part: str
    sentence: str
    start: int
    figure: int
    figure_end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRow:
    """A claim of the register, as it stands: as read, or as a person corrected it.

    ``article`` is None where the text was imported. ``gone``: the newest text says it no more.
    ``answer`` and ``by`` tell who confirmed, corrected or discarded it.
    """

    id: int
    facts: ClaimFacts
    article: int | None
    imported: str | None
    version: int
    outlet: str
    side: str
    title: str
    told_at: datetime | None
    gone: bool
    story: int | None = None
    answer: ClaimAnswer | None = None
    by: str = ""
    answered_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimLine:
    """A line of the history of a claim; it is never changed. ``given`` are the values put in."""

    id: int
    claim: int
    answer: ClaimAnswer
    given: Mapping[str, str | float | None]
    by: str
    at: datetime
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteFacts:
    """What somebody is quoted with, and the sentence around it, at ``start`` of the body."""

    mark: str
    speaker: str
    office: str
    speaker_side: str
    words: str
    sentence: str
    start: int
    said_on: date | None
    resolved: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRow:
    """A quote as it was kept, with its article or imported text."""

    id: int
    facts: QuoteFacts
    article: int | None
    imported: str | None
    outlet: str
    side: str
    title: str
    told_at: datetime | None
    gone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenFacts:
    """Somebody who has an office, or a body that speaks for one, says something in a sentence.

    In its own words or the outlet's. ``person`` False: an institution, or an office without a name.
    """

    mark: str
    speaker: str
    office: str
    speaker_side: str
    person: bool
    sentence: str
    start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenRow:
    """The same as it was kept, with its article; ``version`` said it first."""

    facts: SpokenFacts
    article: int
    version: int
    told_at: datetime | None
    gone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A text not yet read for claims. ``told_at`` None: an imported text without a date.

    ``original`` is the article it is a near copy of, whose claims it need not repeat.
    """

    article: int | None
    imported: str | None
    version: int
    read: str  # what is to be noted as read: this version, this text
    title: str
    body: str
    aside: tuple[tuple[int, int], ...]
    outlet: str
    side: str
    told_at: datetime | None
    seen_at: datetime
    original: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleRow:
    """The headline of one version of an article of a story."""

    article: int
    version: int
    outlet: str
    side: str
    at: datetime
    title: str
