"""What left the house: digests and alerts."""

from __future__ import annotations

from starlette.responses import HTMLResponse, Response

from monitor.web.desk import Visit, day_of, not_found
from monitor.web.security import DIGEST_POLICY
from store import editions, outbox


def digests(visit: Visit) -> Response:
    """Show the digests, newest first, each with how its delivery stands."""
    rows = outbox.recent(visit.db, kind="digest", limit=60)
    told = {edition.day_on for edition in editions.recent(visit.db, limit=60)}
    days = told | {row.message.day_on for row in rows if row.message.day_on}
    of_day = [
        (day, [row for row in rows if row.message.day_on == day])
        for day in sorted(days, reverse=True)
    ]
    return visit.page("digests.html", days=of_day)


def digest(visit: Visit) -> Response:
    """Show a day's digest exactly as it is mailed: the same bytes, under a policy of its own."""
    day = day_of(visit.request.path_params["day"]) or not_found("That is no day.")
    html = visit.desk.digest_html(day) or not_found("There is no digest of that day.")
    return HTMLResponse(html, headers={"content-security-policy": DIGEST_POLICY})


def alerts(visit: Visit) -> Response:
    """Show the alerts that were sent or are about to be."""
    return visit.page("alerts.html", rows=outbox.recent(visit.db, kind="alert", limit=100))
