"""The books by feed and day, read from small rows that are kept for ever; a day is one of UTC.

Triggers keep the rows; ``counted`` goes through the items themselves, so that the two can differ.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from store.faults import StoreError
from store.sql import Db, Row, fetch, one, run, write
from store.types import LedgerCounts
from store.watch import FeedDay

_CELLS = """
SELECT feed, day_on, disposition, reason, n FROM ledger_days
WHERE day_on >= :since AND day_on <= :until AND n <> 0 AND (:feed IS NULL OR feed = :feed)
"""
_POLLED = """
SELECT feed, day_on, asked, answered FROM poll_days
WHERE day_on >= :since AND day_on <= :until AND (:feed IS NULL OR feed = :feed)
"""


def feed_days(db: Db, since_on: date, until_on: date, *, feed: str | None = None) -> list[FeedDay]:
    """Return the books of every feed and day that has any, both days included, by feed and day."""
    span = {"since": str(since_on), "until": str(until_on), "feed": feed}
    cells: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in fetch(db, _CELLS, span):
        cells[row["feed"], row["day_on"]].append(row)
    polled = {(row["feed"], row["day_on"]): row for row in fetch(db, _POLLED, span)}
    return [
        FeedDay(
            feed=key,
            day_on=date.fromisoformat(day),
            counts=summed(cells.get((key, day), ())),
            asked=polled[key, day]["asked"] if (key, day) in polled else None,
            answered=polled[key, day]["answered"] if (key, day) in polled else 0,
        )
        for key, day in sorted({*cells, *polled})
    ]


def summed(rows: Iterable[Row]) -> LedgerCounts:
    """Return rows of (disposition, reason, n) as books; ``found`` is their sum."""
    parts: dict[str, int] = defaultdict(int)
    reasons: dict[str, dict[str, int]] = {"dropped": {}, "failed": {}}
    for row in rows:
        parts[row["disposition"]] += row["n"]
        if row["disposition"] in reasons:
            of = reasons[row["disposition"]]
            of[row["reason"] or "other"] = of.get(row["reason"] or "other", 0) + row["n"]
    return LedgerCounts(
        found=sum(parts.values()),
        waiting=parts["waiting"],
        queued=parts["queued"],
        rejected=parts["rejected"],
        duplicate=parts["duplicate"],
        dropped=reasons["dropped"],
        failed=reasons["failed"],
    )


def together(books: Iterable[LedgerCounts]) -> LedgerCounts:
    """Return the sum of books."""
    held = list(books)

    def by_reason(which: str) -> Mapping[str, int]:
        total: dict[str, int] = {}
        for one_of in held:
            for reason, n in getattr(one_of, which).items():
                total[reason] = total.get(reason, 0) + n
        return total

    return LedgerCounts(
        found=sum(counts.found for counts in held),
        waiting=sum(counts.waiting for counts in held),
        queued=sum(counts.queued for counts in held),
        rejected=sum(counts.rejected for counts in held),
        duplicate=sum(counts.duplicate for counts in held),
        dropped=by_reason("dropped"),
        failed=by_reason("failed"),
    )


_WHOLE = "SELECT disposition, reason, n FROM ledger_sums"
_SUM = "SELECT n FROM grand_sums WHERE what = ?"


def whole(db: Db) -> tuple[LedgerCounts, bool]:
    """Return the books of all time and whether they balance.

    They do when there are as many items, and ``recount`` agreed last night. Both are running sums;
    the items' is no sum of the books' and follows every row that is lost.
    """
    counts = summed(fetch(db, _WHOLE))
    as_many = counts.found == int(one(db, _SUM, ("items",)))
    return counts, as_many and not one(db, _SUM, ("miscounted",))


_EVER = """
SELECT disposition, coalesce(reason, '') AS reason, count(*) AS n FROM items GROUP BY 1, 2
"""


def recount(db: Db) -> None:
    """Count all items one by one, and hold the books of all time against them; it is remembered.

    Raises:
        StoreError: they differ; it says in what. That is a fault of the program: tell of it.
    """
    with write(db):
        held, counted = ({_cell(row) for row in fetch(db, sql)} for sql in (_WHOLE, _EVER))
        wrong = {cell for cell in held ^ counted if cell[2]}
        fates = sorted({reason or disposition for disposition, reason, _ in wrong})
        run(db, "UPDATE grand_sums SET n = ? WHERE what = 'miscounted'", (len(fates),))
    if fates:
        raise StoreError(
            "The books of all time say otherwise than the items, counted one by one: "
            + ", ".join(fates)
        )


_COUNTED = """
SELECT substr(first_seen_at, 1, 10) AS day_on, disposition, coalesce(reason, '') AS reason,
    count(*) AS n
FROM items WHERE first_seen_at >= :since AND first_seen_at < :until GROUP BY 1, 2, 3
"""
_HELD = """
SELECT day_on, disposition, reason, sum(n) AS n FROM ledger_days
WHERE day_on >= :since AND day_on < :until GROUP BY 1, 2, 3 HAVING sum(n) <> 0
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayBooks:
    """The books of a day, all feeds together, and whether the items say so, counted one by one."""

    counts: LedgerCounts
    balanced: bool


def day_books(db: Db, since_on: date, until_on: date) -> dict[date, DayBooks]:
    """Return the books of the days that have any, both days included."""
    span = {"since": str(since_on), "until": f"{until_on}~"}  # "~" sorts after any time of day
    held, counted = (_by_day(fetch(db, sql, span)) for sql in (_HELD, _COUNTED))
    return {
        date.fromisoformat(day): DayBooks(
            counts=summed(held.get(day, ())),
            balanced=set(map(_cell, held.get(day, ()))) == set(map(_cell, counted.get(day, ()))),
        )
        for day in sorted({*held, *counted})
    }


def _by_day(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["day_on"]].append(row)
    return found


def unbalanced(db: Db, since_on: date, until_on: date) -> list[date]:
    """Return the days whose small rows say otherwise than the items, counted one by one.

    Both days included. A day in this list is a fault of the program: tell of it.
    """
    return [day for day, books in day_books(db, since_on, until_on).items() if not books.balanced]


def _cell(row: Row) -> tuple[str, str, int]:
    return row["disposition"], row["reason"], row["n"]


def first_on(db: Db) -> date | None:
    """Return the first day of which there are books or polls; None for an empty store."""
    days = [one(db, f"SELECT min(day_on) FROM {table}") for table in ("ledger_days", "poll_days")]  # noqa: S608
    return min((date.fromisoformat(day) for day in days if day), default=None)


def begun(db: Db) -> dict[str, date]:
    """Return the first day of each feed that has an item or was asked."""
    rows = fetch(db, _BEGUN)
    return {row["key"]: date.fromisoformat(row["first"]) for row in rows if row["first"] != "~"}


_BEGUN = """
SELECT key, min(
    coalesce((SELECT min(day_on) FROM ledger_days WHERE feed = key), '~'),
    coalesce((SELECT min(day_on) FROM poll_days WHERE feed = key), '~')) AS first
FROM feeds
"""
