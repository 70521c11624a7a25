"""The content of alerts: of one story, of what changed in it, and of several things at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from urllib.parse import quote

from monitor.model import When
from monitor.stages.compose.words import headline, plain, subject
from monitor.told import Alert, AlertHit, AlertLine, AlertList, DigestChange

LINES = 20  # of a summary
FIRST = 5  # stories of a storm that are named
_STORM = (
    "Nothing more is sent of it today while it goes on like this. Either its words are too broad,"
    " or a feed shows its archive."
)
_NAMED = 3  # rules that a subject names; the rest are counted


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
    rules: Sequence[str] = (),
    changes: Sequence[DigestChange] = (),
    update: bool = False,
) -> Alert:
    """Compose the alert of ``rules`` (else those of its ``hits``) on one article.

    The key is the same for the same rules and article, for ever: a story alerts once a rule.
    """
    named = tuple(sorted(rules)) or tuple(dict.fromkeys(hit.rule for hit in hits))
    dated = row.published_at is not None
    return Alert(
        key=f"alert:{'+'.join(named)}:{row.article}",
        rule=_named(named),
        rules=named,
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
        hits=_apart(hits),
        score=score,
        language=row.language,
        created_at=created_at,
        changes=tuple(changes),
        update=update,
    )


def _apart(hits: Sequence[AlertHit]) -> tuple[AlertHit, ...]:
    """Each passage once: two rules that met the same words need not show them twice."""
    return tuple({(hit.part, hit.passage): hit for hit in reversed(hits)}.values())[::-1]


def _named(rules: Sequence[str]) -> str:
    if len(rules) <= _NAMED:
        return ", ".join(rules)
    return f"{', '.join(rules[:_NAMED])} and {len(rules) - _NAMED} more rules"


def summary(lines: Sequence[AlertLine], *, key: str, why: str, created_at: datetime) -> AlertList:
    """Compose what was held back, as one message. ``why``: a clause, "in your quiet hours"."""
    lead = f"{len(lines)} alerts were held back {why}."
    return AlertList(
        key=key,
        subject=subject(f"{len(lines)} alerts {why}: {plain(lines[0].title) if lines else ''}"),
        lead=lead,
        lines=tuple(lines[:LINES]),
        more=max(0, len(lines) - LINES),
        page="/alerts",
        created_at=created_at,
    )


def storm(
    rule: str, lines: Sequence[AlertLine], stories: int, *, key: str, created_at: datetime
) -> AlertList:
    """Compose what is told of a rule that fired on so many stories within an hour."""
    said = f"The rule “{rule}” fired on {stories:,} stories within an hour"
    shown = min(FIRST, len(lines))
    told = f"{shown} of them" if len(lines) < stories else f"The first {shown}"  # some were told
    return AlertList(
        key=key,
        subject=subject(f"{rule}: fired on {stories:,} stories within an hour"),
        lead=f"{said}. {told} {'stands' if shown == 1 else 'stand'} here.",
        lines=tuple(lines[:FIRST]),
        more=max(0, stories - shown),
        page=f"/alerts?rule={quote(rule, safe='')}",  # from where it can be paused
        created_at=created_at,
        notes=(_STORM,),
    )


def spike(
    said: str, lines: Sequence[AlertLine], *, more: int, key: str, created_at: datetime
) -> AlertList:
    """Compose what is told of a spike; ``said`` is its sentence, with the figures."""
    return AlertList(
        key=key,
        subject=subject(f"Spike: {said.partition(';')[0]}"),
        lead=said,
        lines=tuple(lines),
        more=more,
        page="/alerts#spikes",
        created_at=created_at,
        notes=("Nothing more is sent of it until it is over.",),
    )
