"""The corpus and the judgement: what do we hold, how well does it judge?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from classifiers.measuring.reliability import Band
from monitor.inquiry import naming
from monitor.inquiry.watching import standing
from monitor.web.desk import Forgotten, Visit, day_of, go, not_found, whole
from monitor.web.routing import act, page
from store import corpus, reviews

SIDE = 300  # of the curve's picture


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
    """Show which model judges, what its scores promised and kept, and whether anything moved."""
    relevant, not_relevant = _answers(corpus.stats(visit.db))
    found = standing(visit.db, visit.now)
    return visit.page(
        "judgement.html",
        live=found.live,
        models=corpus.models(visit.db),
        relevant=relevant,
        not_relevant=not_relevant,
        recent=reviews.recent(visit.db, limit=30),
        found=found,
        curve=[_point(band) for band in found.bands] if found.measurable else [],
        deciders=reviews.deciders(visit.db),
        taken_back=whole(visit.asked("taken_back")) or 0,
        none_of=visit.asked("none_of")[:100],
        names_waiting=naming.waiting(visit.db),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A band of scores on the curve's picture, in its own units; ``up`` counts from the top."""

    band: Band
    across: float
    up: float
    top: float
    bottom: float


def _point(band: Band) -> Point:
    low, high = band.interval
    return Point(
        band=band,
        across=round(SIDE * band.promised, 1),
        up=round(SIDE * (1 - band.kept), 1),
        top=round(SIDE * (1 - high), 1),
        bottom=round(SIDE * (1 - low), 1),
    )


def forget(visit: Visit) -> Response:
    """Take back all that a person decided on some days, and learn anew; lines are only added."""
    person = visit.form.get("person", "")
    first, last = day_of(visit.form.get("from", "")), day_of(visit.form.get("to", ""))
    take_back = visit.desk.forget
    if take_back is None or not person or first is None or last is None or last < first:
        refused: Response = not_found("A person, a first and a last day are needed.")
        return refused
    since, until = visit.window(first)[0], visit.window(last)[1]
    asked = Forgotten(person=person, since=since, until=until, by=visit.session.by)
    undone = take_back(visit.db, asked)["undone"]
    return go("/judgement", taken_back=int(str(undone)) or None, none_of="" if undone else person)


ROUTES = (
    page("/corpus", holdings),
    page("/judgement", judgement),
    act("/judgement/forget", forget, role="administrator"),
)
