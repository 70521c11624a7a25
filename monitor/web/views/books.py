"""The books: what was seen on which day by which feed, what became of it, and what may be missing.

Days here are of UTC, as the rows are that keep the books for ever; every page says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any, get_args
from urllib.parse import urlencode

from starlette.responses import Response

from monitor.inquiry.calendar import DAYS, MARKS, Calendar, calendar
from monitor.stages import fill
from monitor.web import plates
from monitor.web.desk import Visit, go, not_found, whole
from monitor.web.routing import act, page
from monitor.web.words import day_of
from store import articles, days, feeds, holes
from store.types import Disposition, LedgerCounts
from store.watch import FeedDay, Hole

LEDGER_DAYS = 14
GAPS = 30  # on a page, each with all that was asked and answered: a night's outage has dozens
MANY_FEEDS = (
    16  # beyond it a page of four weeks passes 60 KB, so twelve days are shown unless asked
)
PER_PAGE = 100


def window(day: date) -> tuple[datetime, datetime]:
    """Return a day of UTC as [since, until)."""
    since = datetime.combine(day, time(), UTC)
    return since, since + timedelta(days=1)


# --- the calendar ---------------------------------------------------------------------------


def shown(visit: Visit) -> Response:
    """Show days by outlets, what each day brought, and where something may be missing."""
    many = len(feeds.states(visit.db)) > MANY_FEEDS
    asked = whole(visit.asked("days")) or (12 if many else DAYS)
    made = calendar(visit.db, visit.now, until_on=day_of(visit.asked("until")), days=asked)
    return visit.page(
        "calendar.html",
        calendar=made,
        marks=MARKS,
        told=sentences(visit, made.holes[:60]),
        shown=plates.shown(
            "calendar",
            plates.of_calendar(made),
            until=str(made.days[0]),
            days=str(len(made.days)),
        ),
        **_paging(visit, made),
    )


def _paging(visit: Visit, made: Calendar) -> dict[str, Any]:
    length = timedelta(days=len(made.days))
    newest, oldest = made.days[0], made.days[-1]
    today = visit.now.astimezone(UTC).date()
    earlier = made.first_on is not None and made.first_on < oldest
    return {
        "older": oldest - timedelta(days=1) if earlier else None,
        "newer": min(newest + length, today) if newest < today else None,
    }


def sentences(visit: Visit, found: Sequence[Hole]) -> list[tuple[Hole, str]]:
    """Return holes, each with what is known of it in words, in the team's time."""
    return [(hole, fill.told(hole, visit.desk.zone)) for hole in found]


# --- the books ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """One day's books, or all of them (``day`` None)."""

    day: date | None
    counts: LedgerCounts
    balanced: bool
    known: bool = True  # False: the day lies before anything that is remembered


def ledger(visit: Visit) -> Response:
    """Show what became of every item, by day, and whether the books balance."""
    today = visit.now.astimezone(UTC).date()
    last = min(day_of(visit.asked("until")) or today, today)
    first = last - timedelta(days=LEDGER_DAYS - 1)
    held = days.day_books(visit.db, first, last)
    span = [last - timedelta(days=back) for back in range(LEDGER_DAYS)]
    began = days.first_on(visit.db)
    rows = [
        Books(
            day=day,
            counts=held[day].counts if day in held else days.together(()),
            balanced=day not in held or held[day].balanced,
            known=began is not None and began <= day,
        )
        for day in span
    ]
    counts, as_many = days.whole(visit.db)
    return visit.page(
        "ledger.html",
        rows=rows,
        whole=Books(day=None, counts=counts, balanced=as_many),
        older=first - timedelta(days=1) if began and began < first else None,
        newer=min(last + timedelta(days=LEDGER_DAYS), today) if last < today else None,
    )


def day(visit: Visit) -> Response:
    """Show one day, of one feed, one outlet or all: its books, its polls and its gaps."""
    on = day_of(visit.asked("day")) or not_found("Which day? Choose one in the calendar.")
    names = {s.spec.key: s.spec for s in feeds.states(visit.db)}
    key, outlet = visit.asked("feed"), visit.asked("outlet")
    rows = [
        row
        for row in days.feed_days(visit.db, on, on, feed=key or None)
        if not outlet or (row.feed in names and names[row.feed].outlet == outlet)
    ]
    gaps = [
        hole
        for hole in holes.between(visit.db, *window(on), feed=key or None)
        if not outlet or hole.outlet == outlet
    ]
    return visit.page(
        "day.html",
        day=on,
        feed=names.get(key),
        outlet=outlet,
        names=names,
        rows=sorted(rows, key=_by_number),
        sum=days.together(row.counts for row in rows),
        balanced=on not in days.unbalanced(visit.db, on, on),
        told=sentences(visit, gaps),
    )


def _by_number(row: FeedDay) -> tuple[int, str]:
    return -row.counts.found, row.feed


def items(visit: Visit) -> Response:
    """Show the items behind one number of the books."""
    on = day_of(visit.asked("day"))
    since, until = window(on) if on else (None, None)
    asked = visit.asked("disposition")
    disposition: Disposition | None = next((d for d in get_args(Disposition) if d == asked), None)
    key, before = visit.asked("feed") or None, whole(visit.asked("before"))
    found = articles.items(
        visit.db,
        since=since,
        until=until,
        disposition=disposition,
        reason=visit.asked("reason") or None,
        feed=key,
        limit=PER_PAGE + 1,
        before=before,
    )
    rows = found[:PER_PAGE]
    outlets = {s.spec.key: s.spec.outlet for s in feeds.states(visit.db)}
    return visit.page(
        "items.html",
        rows=[(on, list(group)) for on, group in groupby(rows, lambda r: r.first_seen_at.date())],
        shown=len(rows),
        day=on,
        disposition=disposition,
        reason_code=visit.asked("reason"),
        feed=key,
        outlet=outlets.get(key or "", key),
        before=before,
        more=_before(visit, rows[-1].item) if len(found) > PER_PAGE else None,
    )


def _before(visit: Visit, item: int) -> str:
    """Return the address of the page after this one."""
    asked = {key: visit.asked(key) for key in ("day", "feed", "disposition", "reason")}
    given = {key: value for key, value in asked.items() if value}
    return f"/ledger/items?{urlencode({**given, 'before': item})}"


# --- gaps -----------------------------------------------------------------------------------


def gaps(visit: Visit) -> Response:
    """Show the holes, how each stands, and what each source said: the newest, or from one on."""
    beginning = whole(visit.asked("from"))
    found = holes.newest(visit.db, GAPS + 1, beginning=beginning)
    return visit.page(
        "gaps.html",
        gaps=sentences(visit, found[:GAPS]),
        open=holes.still_asked(visit.db),
        beginning=beginning,
        older=found[GAPS].id if len(found) > GAPS else None,
        said=visit.asked("said"),
    )


def ask(visit: Visit) -> Response:
    """Have a hole asked about again with the next poll job."""
    number = whole(str(visit.request.path_params["id"])) or 0
    if not holes.ask_again(visit.db, number):
        not_found("There is no such gap.")
    return go(f"/gaps?from={number}&said=asked#gap-{number}")


ROUTES = (
    page("/calendar", shown),
    page("/gaps", gaps),
    page("/ledger", ledger),
    page("/ledger/day", day),
    page("/ledger/items", items),
    act("/gaps/{id}/ask", ask, role="administrator"),
)
