"""Where a feed moved, what its address says of itself, and taking a move back."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from monitor.stages import coverage, pace, window
from monitor.web.desk import Visit, go, not_found, whole
from monitor.web.routing import act
from store import hours, moves
from store.polls import FeedState


def is_gone(state: FeedState) -> bool:
    """Tell whether the server itself paused the feed, by a 410; people did not."""
    return state.spec.enabled and pace.is_gone(state)


def of_feed(visit: Visit, state: FeedState) -> dict[str, Any]:
    """Return what a feed's page says of its address and its rhythm."""
    key = state.spec.key
    rhythm = hours.rhythms(visit.db, [key], visit.now)[key]
    expected = coverage.expected_silence(state.spec, rhythm)
    return {
        "moves": moves.moves(visit.db, key),
        "redirect": moves.redirect(visit.db, key),
        "usually": coverage.usually(rhythm),
        "patience": coverage.span(expected),
        "blind": window.NEVER_REPEATS if window.never_repeats(state.memory) else "",
    }


def undo(visit: Visit) -> Response:
    """Take a move back: the feed asks its old address again and does not follow it once more."""
    number = whole(visit.request.path_params["id"]) or 0
    feed = next((move.feed for move in moves.moves(visit.db) if move.id == number), "")
    why_not = moves.undo(visit.db, number, by=visit.session.by, now=visit.now)
    if why_not:
        not_found(why_not)
    return go(f"/coverage/{quote(feed)}")


ROUTES = (act("/moves/{id}/undo", undo, role="administrator"),)
