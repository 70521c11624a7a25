"""How many articles of ours each topic and place had, day by day, and the spikes among them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal

from store.rows import ids_json, instant, instant_or_none, stamp
from store.sql import Db, Row, add_row, each, fetch, one, run, run_many, write

SeriesKind = Literal["topic", "place"]
OLD_NEWS = timedelta(days=3)
"""What was published so long before it was first seen is from an archive, and no news."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tallied:
    """One article of ours, no copy: when it was told, its strands and the places it names."""

    article: int
    at: datetime
    feed: str
    topics: tuple[str, ...]
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """How a topic or place stood when it was last looked at."""

    kind: SeriesKind
    name: str
    looked_at: datetime
    n: int
    habit: float
    most: int
    days: int
    needed: int
    state: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spike:
    """A spike from when it was seen until it is over. ``n`` as it was told, ``highest`` since."""

    id: int
    kind: SeriesKind
    name: str
    began_at: datetime
    seen_at: datetime
    over_at: datetime | None
    n: int
    highest: int
    habit: float
    most: int
    days: int


# Numbers of articles grow with time, so the first of the window leaves all before it unread.
_FIRST = "SELECT id FROM articles WHERE first_seen_at >= ? ORDER BY first_seen_at LIMIT 1"
OURS = """
SELECT n.article, n.feed, n.topics, a.first_seen_at, a.published_at
FROM counted_articles n JOIN articles a ON a.id = n.article
WHERE n.article >= :first AND a.first_seen_at >= :since
"""
PLACES = """
SELECT DISTINCT c.article, c.place FROM claims c
WHERE c.article >= ? AND c.article IS NOT NULL AND c.gone = 0 AND c.place <> ''
    AND c.answer IS NOT 'discard'
"""


def tallied(db: Db, since: datetime) -> list[Tallied]:
    """Return the articles of ours told since then, as when they were published.

    Not what came from an archive, nor what was looked up in the past.
    """
    first = one(db, _FIRST, (stamp(since),))
    if first is None:
        return []
    places: dict[int, list[str]] = {}
    for article, place in each(db, PLACES, (first,)):
        places.setdefault(article, []).append(place)
    rows = each(db, OURS, {"first": first, "since": stamp(since)})
    found = (_tallied(*row, places=places.get(row[0], [])) for row in rows)
    return [one for one in found if one is not None]


def _tallied(
    article: int, feed: str, topics: str, first_seen_at: str, published_at: str | None,
    *, places: Sequence[str],
) -> Tallied | None:  # fmt: skip
    seen, published = instant(first_seen_at), instant_or_none(published_at)
    if feed.startswith("backfill:"):
        return None
    if published is not None and seen - published > OLD_NEWS:
        return None
    return Tallied(
        article=article,
        at=min(seen, published or seen),
        feed=feed,
        topics=_topics(topics),
        places=tuple(sorted(places)),
    )


@lru_cache(maxsize=1_000)  # tens of thousands of articles share a few dozen
def _topics(text: str) -> tuple[str, ...]:
    return tuple(str(one) for one in json.loads(text))


# --- looking now and then -------------------------------------------------------------------


def looked_at(db: Db) -> int:
    """Return when the series were last looked at, in seconds since 1970."""
    return int(one(db, "SELECT mark FROM alert_marks WHERE what = 'spikes'") or 0)


def standing(db: Db) -> list[Series]:
    """Return how every watched series stood, the most unusual first."""
    sql = """SELECT * FROM spike_series
        ORDER BY state = 'spike' DESC, n / (habit + 1.0) DESC, kind, name"""
    return [Series(**{**row, "looked_at": instant(row["looked_at"])}) for row in fetch(db, sql)]


def open_spikes(db: Db) -> list[Spike]:
    """Return the spikes that are not over."""
    return [_spike(row) for row in fetch(db, "SELECT * FROM spikes WHERE over_at IS NULL")]


def since(db: Db, at: datetime) -> list[Spike]:
    """Return the spikes that began since then, and those that go on, the newest first."""
    sql = "SELECT * FROM spikes WHERE began_at >= ? OR over_at IS NULL ORDER BY began_at DESC, id"
    return [_spike(row) for row in fetch(db, sql, (stamp(at),))]


def keep(
    db: Db, series: Sequence[Series], began: Iterable[Series], over: Iterable[int], now: datetime
) -> None:
    """Keep one look: how each series stands, the spikes that began, and those that are over."""
    with write(db):
        run(db, "DELETE FROM spike_series")
        run_many(db, _SERIES, [_cells(one) for one in series])
        for one_began in began:
            add_row(db, "spikes", _begun(one_began))
        at = stamp(now)
        run(db, _OVER, (at, ids_json(sorted(over))))
        run_many(db, _HIGHER, [(at, s.n, s.kind, s.name) for s in series])
        run(db, "UPDATE alert_marks SET mark = ? WHERE what = 'spikes'", (int(now.timestamp()),))


_SERIES = """
INSERT INTO spike_series (kind, name, looked_at, n, habit, most, days, needed, state, why)
VALUES (:kind, :name, :looked_at, :n, :habit, :most, :days, :needed, :state, :why)
"""
_OVER = "UPDATE spikes SET over_at = ? WHERE id IN (SELECT value FROM json_each(?))"
_HIGHER = """
UPDATE spikes SET seen_at = ?, highest = max(highest, ?)
WHERE kind = ? AND name = ? AND over_at IS NULL
"""


def _cells(series: Series) -> Row:
    return {
        "kind": series.kind,
        "name": series.name,
        "looked_at": stamp(series.looked_at),
        "n": series.n,
        "habit": series.habit,
        "most": series.most,
        "days": series.days,
        "needed": series.needed,
        "state": series.state,
        "why": series.why,
    }


def _begun(series: Series) -> Row:
    at = stamp(series.looked_at)
    return {
        "kind": series.kind, "name": series.name, "began_at": at, "seen_at": at, "n": series.n,
        "highest": series.n, "habit": series.habit, "most": series.most, "days": series.days,
    }  # fmt: skip


def _spike(row: Row) -> Spike:
    return Spike(
        id=row["id"],
        kind=row["kind"],
        name=row["name"],
        began_at=instant(row["began_at"]),
        seen_at=instant(row["seen_at"]),
        over_at=instant_or_none(row["over_at"]),
        n=row["n"],
        highest=row["highest"],
        habit=row["habit"],
        most=row["most"],
        days=row["days"],
    )
