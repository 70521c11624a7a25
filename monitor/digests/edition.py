"""One edition of the digest: what the store knows of a day, composed and rendered.

The mail and the desk show the same edition: both faces are rendered from one ``Digest``, at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from monitor import missing
from monitor.config.shape import Digest as DigestSettings
from monitor.config.shape import FurtherDigest
from monitor.digests import gathering, printing
from monitor.digests.gathering import told_entries
from monitor.stages import compose, fill, route
from monitor.told import Digest, Ledger
from store import backfills, feeds, health, holes, ledger, reviews
from store.db import Db
from store.messages import Edition, Outgoing
from store.polls import FeedState
from store.types import LedgerCounts
from store.watch import Hole

__all__ = ["Press", "books", "told_entries"]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """How editions are made: the team's settings and what judges at the moment."""

    settings: DigestSettings | FurtherDigest
    zone: ZoneInfo
    to: tuple[str, ...]  # the ways out it goes by, under which messages wait in the outbox
    model: str
    threshold: float
    desk_url: str | None = None
    threshold_why: str = ""
    strands: Mapping[str, str] = field(default_factory=dict)  # id -> what its section is called
    called: Mapping[str, str] = field(default_factory=dict)  # concepts, by their English names
    draws: bool = True  # the small picture; nobody who only tries needs it

    @property
    def rhythm(self) -> compose.Rhythm:
        """When this digest goes out."""
        return compose.Rhythm(
            at=self.settings.at,
            weekdays=frozenset(WEEKDAYS.index(day) for day in self.settings.on_weekdays),
            month_day=self.settings.on_day,
            every=self.settings.every,
        )

    def due(self, now: datetime, last_on: date | None, catch_up_days: int) -> tuple[date, ...]:
        """Return the local days whose digest is due, oldest first."""
        if not self.settings.enabled:
            return ()
        return compose.due_days(
            now, last_on=last_on, rhythm=self.rhythm, zone=self.zone, catch_up_days=catch_up_days
        )

    def window(self, day: date, covered_until: datetime | None) -> tuple[datetime, datetime]:
        """Return the window in UTC that the edition of ``day`` tells of."""
        return compose.digest_window(day, covered_until, self.rhythm, self.zone)

    def edition(self, db: Db, day: date, since: datetime, until: datetime) -> Digest:
        """Return the content of the edition that tells of ``since`` to ``until``."""
        asked = self.settings
        wanted = gathering.Wanted(topics=asked.topics, sides=asked.sides, languages=asked.languages)
        found = gathering.gathered(db, asked.name, since, until, wanted)
        return compose.digest(
            found.rows,
            groups=found.groups,
            known=replace(found.known, called=self.called),
            day_on=day,
            time_zone=str(self.zone),
            facts=self._facts(db, since, until),
            since_at=since,
            until_at=until,
            topic_titles={name: said[:1].upper() + said[1:] for name, said in self.strands.items()},
            balance=lambda best: route.balance(best, per_day=asked.stories),
            limit=asked.stories,
            name=asked.name,
            days=gathering.days_told(db, until, self.zone),
        )

    def _facts(self, db: Db, since: datetime, until: datetime) -> compose.DayFacts:
        asked = feeds.polled_since(db, since, until)
        unwell = {"silent", "stale", "thin", "failing"}
        quiet = [state for state in feeds.states(db) if state.condition in unwell]
        return compose.DayFacts(
            ledger=replace(
                books(ledger.ledger(db, since, until)),
                listed=backfills.found_between(db, since, until),
            ),
            feeds_asked=asked.asked,
            feeds_answered=asked.answered,
            feeds_silent=tuple(_silence(state) for state in quiet),
            gaps=tuple(_gap(hole, self.zone) for hole in holes.told_since(db, since, until)),
            waiting_for_review=reviews.queue_size(db),
            model=self.model,
            threshold=self.threshold,
            threshold_why=self.threshold_why,
            missed=missing.in_a_line(db, until),
            missed_runs=health.missed_since(db, since, until),
        )

    def printed(
        self, digest: Digest, since: datetime, until: datetime, now: datetime
    ) -> tuple[Edition, list[Outgoing]]:
        """Return the edition as it is kept, and a message a way out under the edition's own key."""
        ink = printing.Ink(desk_url=self.desk_url, draws=self.draws)
        digest = replace(digest, name=self.settings.name, every=self.settings.every)
        return printing.printed(digest, since, until, now, to=self.to, ink=ink)


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
