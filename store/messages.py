"""Records of what goes out: messages, how their delivery stands, and editions of the digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

OutboxState = Literal["queued", "sending", "sent", "failed", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message for one channel. ``key`` is unique for ever: putting it twice changes nothing."""

    key: str
    kind: Literal["digest", "alert", "notice"]
    channel: str
    subject: str
    text: str
    html: str | None
    created_at: datetime
    article: int | None = None
    rule: str | None = None
    day_on: date | None = None


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
    """One day's digest as it was made: its window and, as a fragment of HTML, all it said."""

    day_on: date
    made_at: datetime
    since_at: datetime
    until_at: datetime
    title: str
    page: str
