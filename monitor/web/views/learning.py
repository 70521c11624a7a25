"""The corpus and the judgement: what do we hold, how well does it judge?"""

from __future__ import annotations

from starlette.responses import Response

from monitor.web.desk import Visit
from store import corpus, reviews

MEASURABLE = 30  # decisions of each kind; below it a share of them says nothing


def holdings(visit: Visit) -> Response:
    """Show what the corpus holds, and its snapshots."""
    return visit.page(
        "corpus.html",
        stats=sorted(corpus.stats(visit.db).items()),
        labels=corpus.labels(visit.db),
        snapshots=corpus.snapshots(visit.db),
    )


def judgement(visit: Visit) -> Response:
    """Show which model judges, by which threshold, and whether anything can be measured yet."""
    labels = [label for label in corpus.labels(visit.db) if label.origin == "review"]
    relevant = sum(label.relevant for label in labels)
    return visit.page(
        "judgement.html",
        live=corpus.live_model(visit.db),
        models=corpus.models(visit.db),
        relevant=relevant,
        not_relevant=len(labels) - relevant,
        measurable=min(relevant, len(labels) - relevant) >= MEASURABLE,
        needed=MEASURABLE,
        recent=reviews.recent(visit.db, limit=30),
    )
