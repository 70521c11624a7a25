"""What the API answers: the store's own names, instants in UTC, days plain."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from monitor.web.api.frame import Instant, Told
from store.lineage import ClaimAnswer
from store.types import Answer, Disposition

KEPT_BACK = "Told once somebody has decided; null until then."
_NEXT = "Give it as `next` for the page that follows; null: this is the last."


class Page(Told):
    """One page of a long list."""

    next: str | None = Field(description=_NEXT)


# --- articles -------------------------------------------------------------------------------


class Article(Told):
    """An article as it stands in lists."""

    article: int = Field(description="Its number; the desk shows it at /articles/NUMBER.")
    title: str
    url: str = Field(description="Where it stands.")
    outlet: str | None = Field(description="Who published it.")
    side: str | None = Field(description="pakistan, afghanistan, international, as configured.")
    feed: str = Field(description="The key of the feed that showed it first.")
    language: str | None
    kind: str = Field(description="report, op_ed, analysis, statement, unknown.")
    summary: str = Field(description="What the feed said of it.")
    published_at: Instant | None
    published_original: str | None = Field(description="The date as the source wrote it.")
    published_source: str | None = Field(
        description="Where the date comes from: feed, page, url, text, first_seen."
    )
    first_seen_at: Instant
    story: int | None
    copy_of: int | None = Field(description="The article it is a copy of.")
    copies: int = Field(description="How many articles are copies of it.")
    version: int = Field(description="The newest version of its text; 0: none was read.")
    text_from: str | None = Field(description="page, feed or headline.")
    disposition: Disposition = Field(description="What became of it.")
    reason: str | None = Field(description="Why, where it was refused or came second.")
    kept_back: bool = Field(
        description="True: score, route, topics, evidence and claims are told once decided."
    )
    score: float | None = Field(description=f"How likely it is ours, 0 to 1. {KEPT_BACK}")
    route: str | None = Field(description=f"queue, sample or reject. {KEPT_BACK}")
    topics: list[str] = Field(description="Its strands; none while kept back.")
    model: str | None = Field(description="Which judged it.")
    decision: Answer | None = Field(description="The standing answer.")
    decided_by: str | None
    decided_at: Instant | None
    tags: list[str]


class Articles(Page):
    """One page of articles, those seen last first."""

    articles: list[Article]


class Match(Told):
    """Where a term stands: ``start`` and ``end`` count characters of the part."""

    concept: str
    text: str
    part: str = Field(description="title or body.")
    start: int
    end: int


class Contribution(Told):
    """One term of the score, in log-odds: their sum is the score's."""

    label: str
    weight: float
    matches: list[Match]


class Nearest(Told):
    """The example most like it."""

    example: str
    title: str
    similarity: float = Field(description="A cosine, 0 to 1.")


class Evidence(Told):
    """Why it scored as it did."""

    contributions: list[Contribution]
    nearest: Nearest | None
    ignored: list[Match] = Field(description="Seen, and deliberately not counted.")


class Version(Told):
    """A version of the text, without the text."""

    version: int
    title: str
    author: str | None
    text_from: str
    extractor: str
    characters: int
    seen_at: Instant


class Line(Told):
    """A line of the history of decisions; an undo is one too."""

    line: int
    article: int
    answer: Answer | None = Field(description="null: it takes another line back.")
    undoes: int | None = Field(description="The line it takes back.")
    undone: bool = Field(description="A later line takes it back.")
    by: str
    at: Instant
    note: str
    reasons: list[str]
    version: int = Field(description="Of the text that was read.")
    score: float | None = Field(description=f"At the time. {KEPT_BACK}")
    model: str | None


class Sighting(Told):
    """An entry that a feed showed."""

    item: int
    feed: str
    outlet: str | None
    title: str
    url: str | None
    first_seen_at: Instant
    disposition: Disposition
    reason: str | None
    article: int | None


class Claim(Told):
    """A figure somebody gave, as it stands: as read, or as a person corrected it."""

    claim: int = Field(description="Its number; the desk shows it at /claims/NUMBER.")
    article: int | None = Field(description="null: it stands in an imported text.")
    imported: str | None
    story: int | None
    outlet: str
    side: str
    title: str
    told_at: Instant | None
    population: str
    who: str
    subject: str
    place: str
    least: float | None
    most: float | None
    unit: str
    text: str = Field(description="The figure as written.")
    as_of: str
    since_on: date | None
    until_on: date | None
    speaker: str
    office: str
    speaker_side: str
    sentence: str
    gone: bool = Field(description="The newest text says it no more.")
    answer: ClaimAnswer | None = Field(description="What a person said of it.")
    by: str
    answered_at: Instant | None


class Quote(Told):
    """Something somebody is quoted with."""

    quote: int
    article: int | None
    imported: str | None
    outlet: str
    side: str
    title: str
    told_at: Instant | None
    said_on: date | None
    speaker: str
    office: str
    speaker_side: str
    words: str
    sentence: str


class ArticleWhole(Article):
    """One article with its text and all that is known of it."""

    author: str | None
    text: str | None = Field(description="Of the version asked for; null: none was read.")
    text_version: int | None
    standing: int = Field(
        description="The newest line of its history; send it with a decision. 0: there is none."
    )
    evidence: Evidence | None = Field(description=KEPT_BACK)
    versions: list[Version]
    claims: list[Claim]
    history: list[Line]
    sightings: list[Sighting]


# --- stories, claims, quotes ----------------------------------------------------------------


class Story(Told):
    """The articles that tell one event."""

    story: int = Field(description="Its number; the desk shows it at /stories/NUMBER.")
    article: int | None = Field(description="Its first article that is no copy.")
    title: str
    language: str | None
    first_at: Instant
    last_at: Instant
    members: int
    copies: int
    outlets: list[str]
    sides: list[str]
    edited: bool = Field(description="A person split or merged it.")


class Member(Told):
    """An article of a story."""

    article: int
    title: str
    url: str
    outlet: str
    side: str
    language: str | None
    published_at: Instant | None
    first_seen_at: Instant
    copy_of: int | None
    decision: Answer | None


class StoryWhole(Story):
    """One story with its articles, in the order they told it, and what they claim."""

    articles: list[Member]
    claims: list[Claim]
    quotes: list[Quote]


class Stories(Page):
    """One page of stories, those that began last first."""

    stories: list[Story]


class Claims(Page):
    """One page of the register, claims noted last first."""

    claims: list[Claim]


class Quotes(Page):
    """One page of quotes, those noted last first."""

    quotes: list[Quote]


class Lines(Page):
    """One page of the history, the newest line first."""

    decisions: list[Line]


class Decided(Told):
    """How an article stands after a decision or an undo."""

    article: int
    line: int = Field(description="The newest line of its history; send it as `standing` next.")
    decision: Answer | None
    recorded: Literal["now", "before"] = Field(
        description="before: you had given this very answer already, and it stands."
    )
