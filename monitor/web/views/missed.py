"""What are we missing, and when is it enough?"""

from __future__ import annotations

from starlette.responses import Response

from monitor import missing
from monitor.stages import audit as estimate
from monitor.web.desk import Visit
from monitor.web.routing import page
from store import audit, judged


def missed(visit: Visit) -> Response:
    """Show what was rejected by mistake, the threshold in use, and what reading on would find.

    The estimate since the start goes through every line of the audit, so it is made when asked for.
    """
    lately = missing.missed(visit.db, visit.now - missing.WINDOW)
    ever = missing.missed(visit.db, None) if visit.asked("since") == "start" else None
    plans = audit.plans(visit.db)
    scores = audit.waiting_scores(visit.db)
    return visit.page(
        "missed.html",
        lately=lately,
        said=estimate.sentence(lately, "in the last 28 days"),
        said_ever=estimate.sentence(ever, "since the start") if ever else "",
        by_model=estimate.by_model(lately),
        bands=missing.by_band(lately, plans[0] if plans else None),
        plans=plans[:14],
        left=estimate.left(scores),
        total=sum(scores),
        queued=len(scores),
        calibrated=audit.calibrated(visit.db),
        in_a_row=audit.not_relevant_in_a_row(visit.db),
        decided=sum(judged.answers(visit.db)),
        rule=estimate.IN_A_ROW,
    )


ROUTES = (page("/missed", missed),)
