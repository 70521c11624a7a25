"""What left the house: digests and alerts."""

from __future__ import annotations

from datetime import date

from markupsafe import Markup
from starlette.responses import Response

from monitor.web.desk import Visit, day_of, not_found
from monitor.web.routing import page
from store import editions, outbox
from store.messages import OutboxRow

SHOWN = 60


def digests(visit: Visit) -> Response:
    """Show the digests, newest first, each with how its delivery stands."""
    rows = _sent(visit)
    of_day = [(day, [row for row in rows if row.message.day_on == day]) for day in _days(visit)]
    return visit.page("digests.html", days=of_day)


def digest(visit: Visit) -> Response:
    """Show a day's digest: the very content that was mailed, inside the desk's own frame."""
    day = day_of(visit.request.path_params["day"]) or not_found("That is no day.")
    html = visit.desk.digest_html(day) or not_found("There is no digest of that day.")
    days = _days(visit)
    return visit.page(
        "digest.html",
        day=day,
        # Made by our own templates, which escape what outlets wrote; the page's policy would
        # refuse a script or a style in it all the same.
        fragment=Markup(html),  # noqa: S704
        edition=editions.get(visit.db, day),
        rows=[row for row in _sent(visit) if row.message.day_on == day],
        before=max((other for other in days if other < day), default=None),
        after=min((other for other in days if other > day), default=None),
    )


def _days(visit: Visit) -> list[date]:
    """Return the days that have a digest, newest first."""
    told = {edition.day_on for edition in editions.recent(visit.db, limit=SHOWN)}
    mailed = {row.message.day_on for row in _sent(visit) if row.message.day_on}
    return sorted(told | mailed, reverse=True)


def _sent(visit: Visit) -> list[OutboxRow]:
    return outbox.recent(visit.db, kind="digest", limit=SHOWN)


def alerts(visit: Visit) -> Response:
    """Show the alerts that were sent or are about to be."""
    return visit.page("alerts.html", rows=outbox.recent(visit.db, kind="alert", limit=100))


ROUTES = (
    page("/digests", digests),
    page("/digests/{day}", digest),
    page("/alerts", alerts),
)
