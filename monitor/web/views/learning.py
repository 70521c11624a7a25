"""The corpus and the judgement: what do we hold, how well does it judge?"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from monitor.web.desk import Visit
from store import corpus, reviews

MEASURABLE = 30  # decisions of each kind; below it a share of them says nothing


def _answers(stats: Mapping[str, object]) -> tuple[int, int]:
    """Return how many decided articles stand as relevant, and as not relevant."""
    decided = stats.get("decided")
    found = decided if isinstance(decided, Mapping) else {}
    return int(found.get("relevant", 0)), int(found.get("not_relevant", 0))


def holdings(visit: Visit) -> Response:
    """Show what the corpus holds, and its snapshots."""
    stats = corpus.stats(visit.db)
    relevant, not_relevant = _answers(stats)
    return visit.page(
        "corpus.html",
        stats=sorted(stats.items()),
        relevant=relevant,
        not_relevant=not_relevant,
        snapshots=corpus.snapshots(visit.db),
    )


def judgement(visit: Visit) -> Response:
    """Show which model judges, by which threshold, and whether anything can be measured yet."""
    relevant, not_relevant = _answers(corpus.stats(visit.db))
    return visit.page(
        "judgement.html",
        live=corpus.live_model(visit.db),
        models=corpus.models(visit.db),
        relevant=relevant,
        not_relevant=not_relevant,
        measurable=min(relevant, not_relevant) >= MEASURABLE,
        needed=MEASURABLE,
        recent=reviews.recent(visit.db, limit=30),
    )
