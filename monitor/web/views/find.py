"""Search and why: have we seen it?"""

from __future__ import annotations

from starlette.responses import Response

from monitor.stages import fill, urls
from monitor.web.desk import Visit, go
from monitor.web.routing import page
from store import articles
from store import search as index


def search(visit: Visit) -> Response:
    """Show what matches the words; an address leads to the page that says why."""
    query = visit.asked("q")[:500]
    if query.lower().startswith(("http://", "https://")):
        return go("/why", url=query)
    rows = index.search(visit.db, query, limit=50) if query else []
    return visit.page("search.html", query=query, rows=rows)


def why(visit: Visit) -> Response:
    """Show whether an address was seen, when, by which feed, and what became of it and why."""
    raw = visit.asked("url")
    canonical = visit.desk.canonical(raw) if raw else None
    known = articles.why(visit.db, canonical, raw, fill.day_in(raw)) if canonical else None
    unseen = known and not known.items
    return visit.page(
        "why.html",
        raw=raw,
        canonical=canonical,
        known=known,
        host=urls.host(raw),
        missing=fill.never_seen(known, urls.host(raw), visit.desk.zone) if known and unseen else "",
        gap=fill.told(known.hole, visit.desk.zone) if known and known.hole else "",
    )


ROUTES = (
    page("/search", search),
    page("/why", why),
)
