"""Records of what goes out: messages, how their delivery stands, and editions of the digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

MessageKind = Literal["digest", "alert", "spike", "summary", "notice", "test"]
OutboxState = Literal["queued", "sending", "sent", "failed", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message for one channel. ``key`` is unique for ever: putting it twice changes nothing.

    ``reader`` is whose hours hold for it, where it was for a reader; ``follows`` the key of the
    first message of its thread.
    """

    key: str
    kind: MessageKind
    channel: str
    subject: str
    text: str
    html: str | None
    created_at: datetime
    article: int | None = None
    rule: str | None = None
    day_on: date | None = None
    reader: str | None = None
    story: int | None = None
    follows: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WayState:
    """How a way out does. ``failing_since``: no message was taken since the first that failed.

    ``refused``: the last one was refused for good. ``told_at``: when a notice told of it.
    """

    way: str
    sent_at: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0
    error: str = ""
    refused: bool = False
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """A message and how its delivery stands."""

    id: int
    message: Outgoing
    state: OutboxState
    attempts: int
    next_try_at: datetime | None
    sent_at: datetime | None
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One day's edition of a digest as it was made: its window, and all it said in every form."""

    day_on: date
    made_at: datetime
    since_at: datetime
    until_at: datetime
    title: str
    page: str  # a fragment of HTML
    name: str = "daily"
    text: str = ""
    markdown: str = ""
    picture: bytes | None = None  # PNG; None: none was drawn


# --- what was told ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldFact:
    """A fact as it was told: which question (``key``), the answer, who gave it and when.

    ``at`` is when the outlet told it, not the digest. ``claim`` is the claim it stands on, if any.
    """

    key: str
    value: str
    place: str
    sentence: str
    article: int
    outlet: str
    side: str
    at: datetime
    claim: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldArticle:
    """An article that a telling covered, as it stood then."""

    article: int
    version: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldEntry:
    """One story as a digest told it. ``part`` "left": there was no room, so it may come later.

    "met": it was told before and went on unchanged; what was told of its articles is one memory.
    """

    story: int | None
    article: int
    part: Literal["new", "changed", "developing", "audit", "left", "met"]
    facts: tuple[ToldFact, ...] = ()
    articles: tuple[ToldArticle, ...] = ()
    left: str = ""  # of "left": the part it would have stood in


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """All that one digest told of a story so far, however its articles are grouped now."""

    last_on: date
    article: int  # that told it last
    facts: tuple[ToldFact, ...]  # in the order in which they were told
    articles: tuple[ToldArticle, ...]
    refused: bool = False  # a person said since that it is not ours
