"""Today: what needs me now?"""

from __future__ import annotations

from datetime import timedelta

from starlette.responses import Response

from monitor.web.desk import Visit
from monitor.web.routing import page
from monitor.web.views import books, queue
from monitor.web.views.moving import is_gone
from monitor.web.words import UNWELL, counted
from store import articles, editions, feeds, health, holes, outbox, spikes
from store.messages import OutboxRow

LOOKED_AT = 40  # messages, the newest
MOST = 8
"""Feeds, and gaps, that are named one by one; the rest are counted, or they would be the page."""


def today(visit: Visit) -> Response:
    """Show the sentence of the day, what ran, who is unwell and what was sent."""
    since = visit.now - timedelta(days=1)
    states = feeds.states(visit.db)
    unwell = [state for state in states if state.condition in UNWELL or is_gone(state)]
    gaps = holes.told_since(visit.db, since)
    sent = outbox.listed(visit.db, kind="digest", limit=LOOKED_AT)
    digests = [row for row in sent if _is_daily(row)]
    messages = outbox.listed(visit.db, limit=LOOKED_AT)
    ailments = visit.desk.ailments() if visit.desk.ailments else ()
    unfilled = sum(gap.state != "filled" for gap in gaps)
    return visit.page(
        "today.html",
        sentence=needs_me(visit.stories_waiting(), len(unwell), unfilled, len(ailments)),
        ailments=ailments,
        unwell=unwell,
        most=MOST,
        names={state.spec.key: state.spec.outlet for state in states},
        gaps=books.sentences(visit, gaps),
        runs=health.last_runs(visit.db),
        digest=digests[0] if digests else None,
        books=articles.ledger(visit.db, since=since),
        first=queue.first_lines(visit, 5),
        asked=feeds.polled_since(visit.db, since),
        missed=health.missed_since(visit.db, since),
        looked_at=len(messages),
        undelivered=sum(is_undelivered(row) for row in messages),
        spikes=spikes.open_spikes(visit.db),
    )


def _is_daily(row: OutboxRow) -> bool:
    named = editions.of_message(row.message)
    return named is None or named[0] == editions.DAILY


def is_undelivered(row: OutboxRow) -> bool:
    """Say whether a message failed, may have failed, or has been tried in vain so far."""
    return row.state in {"failed", "unknown"} or (row.state == "queued" and row.attempts > 0)


def needs_me(waiting: int, unwell: int, gaps: int, ailments: int) -> str:
    """Return the day's sentence: "23 stories wait, 2 feeds are unwell, 1 possible gap".

    What ails the service itself comes first: the rest may be wrong because of it.
    """
    parts = [f"{counted(waiting, 'story', 'stories')} {'waits' if waiting == 1 else 'wait'}"]
    if unwell:
        parts.append(f"{counted(unwell, 'feed')} {'is' if unwell == 1 else 'are'} unwell")
    if gaps:
        parts.append(counted(gaps, "possible gap"))
    if not waiting:
        parts[0] = "Nothing waits"
    ill = f"The service is unwell ({counted(ailments, 'thing')}). " if ailments else ""
    return ill + ", ".join(parts) + "."


ROUTES = (page("/", today),)
