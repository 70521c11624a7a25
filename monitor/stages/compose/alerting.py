"""The content of an alert."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from monitor.model import When
from monitor.stages.compose.words import headline, plain
from monitor.told import Alert, AlertHit


class Alerted(Protocol):
    """What an alert needs to know of an article: a row of a list, or a text not judged yet."""

    @property
    def article(self) -> int:
        """Its number."""

    @property
    def title(self) -> str:
        """Its title."""

    @property
    def outlet(self) -> str:
        """Who published it."""

    @property
    def url(self) -> str:
        """Where it is."""

    @property
    def language(self) -> str | None:
        """Its language, when known."""

    @property
    def published_at(self) -> datetime | None:
        """When, if the source said."""

    @property
    def first_seen_at(self) -> datetime:
        """When it was first seen here."""


def alert(
    hits: Sequence[AlertHit],
    row: Alerted,
    *,
    created_at: datetime,
    time_zone: str,
    score: float | None = None,
) -> Alert:
    """Compose the alert of one rule on one article from its ``hits`` (one at least).

    The key is the same for the same rule and article, for ever: an article alerts once a rule.
    """
    rule = hits[0].rule
    dated = row.published_at is not None
    return Alert(
        key=f"alert:{rule}:{row.article}",
        rule=rule,
        article=row.article,
        title=headline(row.title),
        outlet=plain(row.outlet),
        url=row.url,
        published=When(
            at=row.published_at or row.first_seen_at,
            original="",
            source="feed" if dated else "first_seen",
        ),
        time_zone=time_zone,
        hits=tuple(hits),
        score=score,
        language=row.language,
        created_at=created_at,
    )
