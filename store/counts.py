"""Counts by day and month that pictures are drawn from; triggers keep them, no page counts rows.

A day is one of UTC. An article counts as ours while it is queued or accepted and no copy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from store import days
from store.backfills import is_backfill
from store.desk import Counted
from store.ledger import BY_HAND
from store.rows import as_json, day_or_none
from store.sql import Db, Row, fetch, tuples

Unit = Literal["day", "week", "month"]

# Weeks are seven days that begin with :since, so that the last of them is a whole one.
_PERIODS: Final[Mapping[Unit, str]] = {
    "day": "period",
    "month": "period",
    "week": "date(:since, '+' || (CAST(julianday(period) - julianday(:since) AS INTEGER) / 7 * 7)"
    " || ' days')",
}
_SPAN: Final = "unit = :unit AND period >= :since AND period <= :until"
_ITEMS = f"""
SELECT {{period}} AS period, feed, sum(n) AS n, 0 AS accepted FROM item_counts
WHERE {_SPAN} GROUP BY 1, 2
"""  # noqa: S608  # our own fragment
# Each period is looked up: between two of them stand the rows of all strands. Of a day or a month
# a feed has one row: nothing is to be summed.
_OURS: Final = "unit = :unit AND topic = '' AND period IN (SELECT value FROM json_each(:periods))"
_ARTICLES = f"""
SELECT period, feed, n, accepted FROM article_counts
WHERE {_OURS} AND (n <> 0 OR accepted <> 0) ORDER BY period, feed
"""  # noqa: S608
_WEEKLY = f"""
SELECT {_PERIODS["week"]} AS period, feed, sum(n) AS n, sum(accepted) AS accepted
FROM article_counts WHERE {_OURS} GROUP BY 1, 2 HAVING sum(n) <> 0 OR sum(accepted) <> 0
"""  # noqa: S608
_TOPICS = f"""
SELECT {{period}} AS period, topic AS feed, sum(n) AS n, sum(accepted) AS accepted
FROM article_counts WHERE {_SPAN} AND topic <> ''
GROUP BY 1, 2 HAVING sum(n) <> 0 OR sum(accepted) <> 0
"""  # noqa: S608


def _span(unit: Unit, since_on: date, until_on: date) -> Row:
    cut = 7 if unit == "month" else 10
    kept = "month" if unit == "month" else "day"
    return {"unit": kept, "since": str(since_on)[:cut], "until": str(until_on)[:cut]}


def items(db: Db, unit: Unit, since_on: date, until_on: date) -> list[Counted]:
    """Return how many items each feed showed first, both days included, zeros left out."""
    return _counted(db, _ITEMS.format(period=_PERIODS[unit]), _span(unit, since_on, until_on))


def articles(db: Db, unit: Unit, since_on: date, until_on: date) -> list[Counted]:
    """Return how many articles of each feed are ours, and how many of these were accepted."""
    span = _span(unit, since_on, until_on)
    periods = as_json(_periods_in(unit, since_on, until_on))
    return _counted(db, _WEEKLY if unit == "week" else _ARTICLES, {**span, "periods": periods})


def _periods_in(unit: Unit, since_on: date, until_on: date) -> list[str]:
    """Return the days, or the months, both ends included."""
    days = (since_on.toordinal(), until_on.toordinal() + 1)
    if unit != "month":
        return [str(date.fromordinal(day)) for day in range(*days)]
    months = range(since_on.year * 12 + since_on.month - 1, until_on.year * 12 + until_on.month)
    return [f"{n // 12:04}-{n % 12 + 1:02}" for n in months]


def topics(db: Db, unit: Unit, since_on: date, until_on: date) -> list[Counted]:
    """Return how many of ours stand under each strand, in ``feed``; one may stand under several."""
    sql = _TOPICS.format(period=_PERIODS[unit])
    return _counted(db, sql, _span(unit, since_on, until_on))


def _counted(db: Db, sql: str, span: Row | None = None) -> list[Counted]:
    return [
        Counted(period=period, feed=feed, n=n, accepted=accepted)
        for period, feed, n, accepted in tuples(db, sql, span or {})
    ]


_KINDS = """
SELECT {period} AS period, kind AS feed, sum(n) AS n, sum(accepted) AS accepted FROM kind_counts
WHERE unit = :unit AND period >= :since AND period <= :until
GROUP BY 1, 2 HAVING sum(n) <> 0 OR sum(accepted) <> 0
"""


def kinds(db: Db, unit: Unit, since_on: date, until_on: date) -> list[Counted]:
    """Return how many of ours are of each kind of text, in ``feed``."""
    sql = _KINDS.format(period=_PERIODS[unit])
    return _counted(db, sql, _span(unit, since_on, until_on))


_MONTHS = """
SELECT month AS period, feed, asked, answered AS n FROM poll_months
WHERE month >= :since AND month <= :until AND asked > 0
"""
_ASKED = """
SELECT {period} AS period, feed, count(*) AS asked, sum(answered > 0) AS n FROM (
    SELECT day_on AS period, day_on, feed, answered FROM poll_days
    WHERE day_on >= :since AND day_on <= :until AND asked > 0
) GROUP BY 1, 2
"""


def answered(db: Db, unit: Unit, since_on: date, until_on: date) -> list[Counted]:
    """Return on how many days of each period a feed answered (``n``), and was asked (``accepted``).

    Both days included. A period in which it was not asked is left out.
    """
    if unit == "month" and since_on.day == 1 and until_on == last_of("month", str(until_on)):
        rows = fetch(db, _MONTHS, _span(unit, since_on, until_on))
    else:
        period = "substr(day_on, 1, 7)" if unit == "month" else _PERIODS[unit]
        span = {"since": str(since_on), "until": str(until_on)}
        rows = fetch(db, _ASKED.format(period=period), span)
    return [
        Counted(period=row["period"], feed=row["feed"], n=row["n"], accepted=row["asked"])
        for row in rows
    ]


def imports(db: Db) -> list[Counted]:
    """Return the imported texts by month and outlet (``feed``); '' is the month of no date."""
    sql = """SELECT substr(coalesce(published_at, ''), 1, 7) AS period, outlet AS feed,
        count(*) AS n, sum(relevant) AS accepted FROM imports GROUP BY 1, 2 ORDER BY 1, 2"""
    return _counted(db, sql)


def first_on(db: Db) -> date | None:
    """Return the first day of which an item is counted."""
    rows = fetch(db, "SELECT min(period) AS day FROM item_counts WHERE unit = 'day'")
    return date.fromisoformat(rows[0]["day"]) if rows[0]["day"] else None


# --- read so far against found --------------------------------------------------------------

_BY_DAY = """
SELECT day_on AS period, answered AS n, relevant AS found FROM answered_days
WHERE articles > 0 ORDER BY day_on
"""
_BY_MINUTE = """
SELECT substr(decided_at, 1, 16) AS period, sum(decision IN ('relevant', 'not_relevant')) AS n,
    sum(decision = 'relevant') AS found
FROM articles INDEXED BY articles_answered
WHERE decision IS NOT NULL AND copy_of IS NULL GROUP BY 1 ORDER BY 1
"""
_FEW_DAYS = 14


def read_and_found(db: Db) -> list[tuple[str, int, int]]:
    """Return (day, read so far, of these relevant) after each day on which anybody decided.

    Copies count once, with their original; "unsure" and "skip" do not count. Of few days each
    minute is told apart, so that a first afternoon is a curve as well.
    """
    rows = tuples(db, _BY_DAY)
    if len(rows) <= _FEW_DAYS:
        rows = tuples(db, _BY_MINUTE)
    told: list[tuple[str, int, int]] = []
    read = found = 0
    for period, n, relevant in rows:
        read, found = read + n, found + relevant
        told.append((period, read, found))
    return told


def last_of(unit: Unit, period: str) -> date:
    """Return the last day of a period."""
    if unit == "month":
        year, month = int(period[:4]), int(period[5:7])
        return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return date.fromisoformat(period) + timedelta(days=6 if unit == "week" else 0)


# --- who is counted -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A feed as pictures name it: from its first day on, and until it went or was switched off."""

    feed: str
    outlet: str
    side: str
    section: str
    begun_on: date | None  # None: nothing is known of it yet
    off_since_on: date | None = None

    @property
    def is_feed(self) -> bool:
        """Whether it was watched; what people bring or list stands under keys of its own."""
        return self.feed != BY_HAND and not is_backfill(self.feed)


def sources(db: Db) -> list[Source]:
    """Return every feed that was ever watched, by outlet."""
    begun = days.begun(db)
    sql = """SELECT key, outlet, side, section, off_since_at,
        enabled = 1 AND configured = 1 AS live FROM feeds ORDER BY outlet COLLATE NOCASE, key"""
    return [
        Source(
            feed=row["key"],
            outlet=row["outlet"],
            side=row["side"],
            section=row["section"],
            begun_on=begun.get(row["key"]),
            off_since_on=None if row["live"] else day_or_none((row["off_since_at"] or "")[:10]),
        )
        for row in fetch(db, sql)
    ]


def totals(db: Db) -> Counted:
    """Return how many items were ever seen, in ``n``, and how many articles accepted stand."""
    n = {row["what"]: row["n"] for row in fetch(db, "SELECT what, n FROM grand_sums")}
    return Counted(period="", feed="", n=n["items"], accepted=n["accepted"])
