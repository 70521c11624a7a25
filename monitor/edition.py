"""One edition of the digest: what the store knows of a day, composed and rendered.

The mail and the desk show the same edition: both faces are rendered from one ``Digest``, at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from monitor import missing
from monitor.config.shape import Digest as DigestSettings
from monitor.edge.render import digest_body_html, render_digest
from monitor.stages import compose, fill, route
from monitor.told import Digest, Ledger
from store import articles, feeds, health, holes, ledger, reviews, stories
from store.db import Db
from store.messages import Edition, Outgoing
from store.polls import FeedState
from store.types import ArticleRow, LedgerCounts
from store.watch import Hole

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """How editions are made: the team's settings and what judges at the moment."""

    settings: DigestSettings
    zone: ZoneInfo
    ways: Mapping[str, tuple[str, ...]]  # of each channel, by name
    model: str
    threshold: float
    desk_url: str | None = None
    threshold_why: str = ""
    strands: Mapping[str, str] = field(default_factory=dict)  # id -> what its section is called

    def due(self, now: datetime, last_on: date | None, catch_up_days: int) -> tuple[date, ...]:
        """Return the local days whose digest is due, oldest first."""
        if not self.settings.enabled:
            return ()
        return compose.due_days(
            now,
            last_on=last_on,
            at=self.settings.at,
            weekdays=frozenset(WEEKDAYS.index(day) for day in self.settings.weekdays),
            zone=self.zone,
            catch_up_days=catch_up_days,
        )

    def window(self, day: date, previous: date | None) -> tuple[datetime, datetime]:
        """Return the window in UTC that the edition of ``day`` tells of."""
        return compose.digest_window(day, previous, self.settings.at, self.zone)

    def edition(self, db: Db, day: date, since: datetime, until: datetime) -> Digest:
        """Return the content of the edition that tells of ``since`` to ``until``."""
        rows = reviews.digest_candidates(db, since, until)
        texts = {row.article: articles.text(db, row.article) for row in rows}
        return compose.digest(
            rows,
            texts={article: text.own for article, text in texts.items() if text},
            groups=_groups(rows),
            retold=_retold(db, rows),
            day_on=day,
            time_zone=str(self.zone),
            facts=self._facts(db, since, until),
            since_at=since,
            until_at=until,
            topic_titles={name: said[:1].upper() + said[1:] for name, said in self.strands.items()},
            balance=lambda best: route.balance(best, per_day=self.settings.stories),
            limit=self.settings.stories,
        )

    def _facts(self, db: Db, since: datetime, until: datetime) -> compose.DayFacts:
        asked = feeds.polled_since(db, since)
        unwell = {"silent", "stale", "thin", "failing"}
        quiet = [state for state in feeds.states(db) if state.condition in unwell]
        return compose.DayFacts(
            ledger=books(ledger.ledger(db, since, until)),
            feeds_asked=asked.asked,
            feeds_answered=asked.answered,
            feeds_silent=tuple(_silence(state) for state in quiet),
            gaps=tuple(_gap(hole, self.zone) for hole in holes.told_since(db, since)),
            waiting_for_review=reviews.queue_size(db),
            model=self.model,
            threshold=self.threshold,
            threshold_why=self.threshold_why,
            missed=missing.in_a_line(db, until),
            missed_runs=health.missed_since(db, since),
        )

    def printed(
        self, digest: Digest, since: datetime, until: datetime, now: datetime
    ) -> tuple[Edition, list[Outgoing]]:
        """Return the edition as it is kept, and a message a channel under the day's own key."""
        rendered = render_digest(digest, desk_url=self.desk_url)
        edition = Edition(
            day_on=digest.day_on,
            made_at=now,
            since_at=since,
            until_at=until,
            title=digest.title,
            page=digest_body_html(digest, desk_url=self.desk_url),
        )
        messages = [
            Outgoing(
                key=f"digest:{digest.day_on}:{channel}",
                kind="digest",
                channel=channel,
                subject=rendered.subject,
                text=rendered.text,
                html=rendered.html,
                created_at=now,
                day_on=digest.day_on,
            )
            for name in self.settings.channels
            for channel in self.ways.get(name, ())
        ]
        return edition, messages


def _groups(rows: Sequence[ArticleRow]) -> list[list[int]]:
    """Return the articles by the story they stand in; one without a story stands alone."""
    told: dict[int, list[int]] = {}
    for row in rows:
        told.setdefault(-row.article if row.story is None else row.story, []).append(row.article)
    return list(told.values())


def _retold(db: Db, rows: Sequence[ArticleRow]) -> dict[int, list[tuple[str, str]]]:
    """Return, for each article, who else tells its story, first told first, with an address each.

    Those that were not worth an entry of their own too; not those a person said are not ours.
    """
    told = stories.members(db, [row.story for row in rows if row.story is not None])
    others = {
        number: [(m.outlet, m.url) for m in members if m.decision != "not_relevant"]
        for number, members in told.items()
    }
    return {row.article: others.get(row.story or 0, []) for row in rows}


def books(counts: LedgerCounts) -> Ledger:
    """Return the store's counts as the ledger everybody shows."""
    return Ledger(
        found=counts.found,
        waiting=counts.waiting,
        queued=counts.queued,
        rejected=counts.rejected,
        duplicate=counts.duplicate,
        dropped=counts.dropped,
        failed=counts.failed,
    )


def _silence(state: FeedState) -> str:
    """A sentence that names the outlet, whatever noted the reason."""
    said = state.reason.strip() or f"it is {state.condition}"
    named = said if said.startswith(state.spec.outlet) else f"{state.spec.outlet}: {said}"
    return named if named.endswith(".") else f"{named}."


def _gap(hole: Hole, zone: ZoneInfo) -> str:
    """What a feed may have missed, and who was asked for it, in a few sentences."""
    said = fill.told(hole, zone)
    return f"{hole.outlet}: {said[:1].lower()}{said[1:]}"
