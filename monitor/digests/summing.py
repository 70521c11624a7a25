"""The summary of a week or a month: what the store counted of it and of the time before."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta

from monitor.digests.edition import Press
from monitor.stages.compose import summing
from monitor.stages.compose.summing import Period, Tally
from monitor.told import Digest
from store import claims, counts, feeds
from store.db import Db
from store.desk import Counted

MOST_CLAIMS = 2_000  # noted last; a month of a busy team has some hundreds


def summary(db: Db, press: Press, day: date, since: datetime, until: datetime) -> Digest:
    """Return the summary of [since, until): its stories by weight, counts, tolls, the footer.

    It remembers nothing and forgets nothing: every story of the period may be in it, whatever a
    daily digest told.
    """
    asked = press.settings
    if asked.every == "day":
        raise ValueError(f"the digest {asked.name} is no summary")
    length = max(until - since, timedelta(days=1))
    now, before = period(db, since, until), period(db, since - length, since)
    told = press.edition(db, day, since, until)
    labels = {name: said[:1].upper() + said[1:] for name, said in press.strands.items()}
    tolls = summing.tolls(claims.listed(db, claims.Wanted(), limit=MOST_CLAIMS), since, until)
    tables = [*summing.counted(now, before, labels), *([tolls] if tolls else [])]
    return summing.summed(told, every=asked.every, tables=tables)


def period(db: Db, since: datetime, until: datetime) -> Period:
    """Return the figures of a period in whole days of UTC; the day of its end is not in it."""
    first = since.astimezone(UTC).date()
    last = max(first, until.astimezone(UTC).date() - timedelta(days=1))
    of = {state.spec.key: state.spec for state in feeds.states(db)}
    asked = [row for row in counts.answered(db, "day", first, last) if row.feed in of]
    seen = {row.period for row in asked}
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]

    def side(feed: str) -> str:
        return of[feed].side if feed in of else "other"

    found = _by(counts.items(db, "day", first, last), side)
    ours = _by(counts.articles(db, "day", first, last), side)
    return Period(
        first_on=first,
        last_on=last,
        sides={
            name: Tally(
                found=found.get(name, (0, 0))[0],
                queued=ours.get(name, (0, 0))[0],
                accepted=ours.get(name, (0, 0))[1],
            )
            for name in {*found, *ours}
        },
        topics={
            name: Tally(queued=n, accepted=accepted)
            for name, (n, accepted) in _by(counts.topics(db, "day", first, last), str).items()
        },
        unseen=tuple(day for day in days if day.isoformat() not in seen),
        feeds=frozenset(of[row.feed].outlet for row in asked),
    )


def _by(rows: Iterable[Counted], named: Callable[[str], str]) -> dict[str, tuple[int, int]]:
    """Sum what was counted, and of it accepted, by the name each feed gets."""
    sums: dict[str, tuple[int, int]] = {}
    for row in rows:
        n, accepted = sums.get(named(row.feed), (0, 0))
        sums[named(row.feed)] = (n + row.n, accepted + row.accepted)
    return sums
