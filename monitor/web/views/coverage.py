"""The feeds: how they do, what they may have missed, and pausing one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from monitor.web.desk import Visit, go, not_found
from monitor.web.overlay import record
from monitor.web.routing import act, page
from monitor.web.views import books, moving
from monitor.web.views.moving import is_gone
from monitor.web.words import UNWELL
from store import articles, changes, feeds, holes
from store.polls import FeedState
from store.rescues import BY_HAND
from store.upkeep import Change

_ORDER = (
    "failing", "gone", "silent", "stale", "thin", "paused", "new", "ok", "disabled",
)  # fmt: skip


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
        if self.paused:
            return "paused"
        return "gone" if is_gone(self.state) else self.state.condition


def _path(key: str) -> str:
    return f"feeds.{key}.enabled"


def lines(visit: Visit) -> list[FeedLine]:
    """Return every feed with what people changed about its being asked, the unwell first.

    What people enter by hand comes from no feed: nobody asks it, and it cannot be unwell.
    """
    return [line for line in everything(visit) if line.state.spec.key != BY_HAND]


def everything(visit: Visit) -> list[FeedLine]:
    """Return every source that items can be of: the feeds, and what was entered by hand."""
    changed = {change.path: change for change in changes.changes(visit.db)}
    found = [
        FeedLine(state=state, change=changed.get(_path(state.spec.key)))
        for state in feeds.states(visit.db)
    ]
    return sorted(
        found,
        key=lambda line: (_ORDER.index(line.condition), line.state.spec.outlet.casefold()),
    )


def coverage(visit: Visit) -> Response:
    """Show every feed's condition in words, the unwell first, and the possible gaps of a week."""
    listed = lines(visit)
    return visit.page(
        "coverage.html",
        lines=listed,
        names={line.state.spec.key: line.state.spec.outlet for line in listed},
        unwell=sum(line.condition in UNWELL for line in listed),
        gaps=books.sentences(visit, holes.told_since(visit.db, visit.now - timedelta(days=7))),
        asked=feeds.polled_since(visit.db, visit.now - timedelta(days=1)),
        books=articles.ledger(visit.db, since=visit.now - timedelta(days=1)),
    )


def _feed(visit: Visit) -> FeedLine:
    key = visit.request.path_params["key"]
    found = [line for line in everything(visit) if line.state.spec.key == key]
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
        **moving.of_feed(visit, line.state),
    )


def switch(visit: Visit) -> Response:
    """Pause or resume a feed, as a change that keeps who and when."""
    line = _feed(visit)
    wanted = {"pause": False, "resume": True}.get(visit.form.get("do", ""))
    if wanted is None:
        not_found("A feed can be paused or resumed.")
    if wanted == line.paused:
        record(visit, _path(line.state.spec.key), wanted)
    if visit.form.get("back") == "settings":
        return go("/settings/feeds", done=visit.form.get("do"))
    return go("/coverage")


ROUTES = (
    page("/coverage", coverage),
    page("/coverage/{key:path}", feed),
    act("/coverage/{key:path}", switch, role="administrator"),
)
