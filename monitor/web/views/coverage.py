"""Coverage and the books: what did we see, what may we have missed?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import get_args

from starlette.responses import Response

from monitor import model
from monitor.web.desk import Visit, day_of, go, not_found
from monitor.web.words import UNWELL
from store import articles, changes, feeds
from store.types import Change, Disposition, FeedState, LedgerCounts

DAYS = 14
_ORDER = {"failing": 0, "silent": 1, "stale": 2, "paused": 3, "new": 4, "ok": 5, "disabled": 6}


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLine:
    """A feed as listed; ``change`` is what people changed about its being asked."""

    state: FeedState
    change: Change | None

    @property
    def paused(self) -> bool:
        """True when people paused it on the desk."""
        return self.change is not None and self.change.value == "false"

    @property
    def condition(self) -> str:
        """Its condition, a pause first: it holds at once, before the next tick writes it down."""
        return "paused" if self.paused else self.state.condition


def _path(key: str) -> str:
    return f"feeds.{key}.enabled"


def _lines(visit: Visit) -> list[FeedLine]:
    changed = {change.path: change for change in changes.changes(visit.db)}
    lines = [
        FeedLine(state=state, change=changed.get(_path(state.spec.key)))
        for state in feeds.states(visit.db)
    ]
    return sorted(
        lines,
        key=lambda line: (_ORDER.get(line.condition, 9), line.state.spec.outlet.casefold()),
    )


def coverage(visit: Visit) -> Response:
    """Show every feed's condition in words, the unwell first, and the possible gaps of a week."""
    lines = _lines(visit)
    return visit.page(
        "coverage.html",
        lines=lines,
        names={line.state.spec.key: line.state.spec.outlet for line in lines},
        unwell=sum(line.condition in UNWELL for line in lines),
        gaps=feeds.gaps_since(visit.db, visit.now - timedelta(days=7)),
        asked=feeds.polled_since(visit.db, visit.now - timedelta(days=1)),
        books=articles.ledger(visit.db, since=visit.now - timedelta(days=1)),
    )


def _feed(visit: Visit) -> FeedLine:
    key = visit.request.path_params["key"]
    found = [line for line in _lines(visit) if line.state.spec.key == key]
    return found[0] if found else not_found("There is no feed of that name.")


def feed(visit: Visit) -> Response:
    """Show one feed: its state, its last polls, and who paused it when."""
    line = _feed(visit)
    key = line.state.spec.key
    return visit.page(
        "feed.html",
        line=line,
        polls=feeds.history(visit.db, key, limit=50),
        changed=[c for c in changes.history(visit.db) if c.path == _path(key)],
        items=articles.items(visit.db, feed=key, limit=20),
    )


def switch(visit: Visit) -> Response:
    """Pause or resume a feed, as a change that keeps who and when."""
    line = _feed(visit)
    wanted = {"pause": False, "resume": True}.get(visit.form.get("do", ""))
    if wanted is None:
        not_found("A feed can be paused or resumed.")
    if wanted == line.paused:
        path = _path(line.state.spec.key)
        changes.record(visit.db, path, json.dumps(wanted), visit.session.by, visit.now)
    return go("/coverage")


# --- the books ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """One day's books, or all of them (``day`` None)."""

    day: date | None
    counts: LedgerCounts
    balanced: bool


def _books(visit: Visit, day: date | None) -> Books:
    since, until = visit.window(day) if day else (None, None)
    counts = articles.ledger(visit.db, since=since, until=until)
    return Books(day=day, counts=counts, balanced=_ledger(counts).balanced)


def _ledger(counts: LedgerCounts) -> model.Ledger:
    return model.Ledger(
        found=counts.found,
        waiting=counts.waiting,
        queued=counts.queued,
        rejected=counts.rejected,
        duplicate=counts.duplicate,
        dropped=counts.dropped,
        failed=counts.failed,
    )


def ledger(visit: Visit) -> Response:
    """Show what became of every item, by day, and whether the books balance."""
    days = [visit.today() - timedelta(days=back) for back in range(DAYS)]
    rows = [_books(visit, day) for day in days]
    return visit.page("ledger.html", rows=rows, whole=_books(visit, None))


def items(visit: Visit) -> Response:
    """Show the items behind one number of the books."""
    day = day_of(visit.asked("day"))
    since, until = visit.window(day) if day else (None, None)
    asked = visit.asked("disposition")
    disposition: Disposition | None = next((d for d in get_args(Disposition) if d == asked), None)
    rows = articles.items(
        visit.db,
        since=since,
        until=until,
        disposition=disposition,
        reason=visit.asked("reason") or None,
        limit=200,
    )
    return visit.page(
        "items.html",
        rows=[(on, list(group)) for on, group in groupby(rows, lambda r: r.first_seen_at.date())],
        shown=len(rows),
        day=day,
        disposition=disposition,
        reason_code=visit.asked("reason"),
    )
