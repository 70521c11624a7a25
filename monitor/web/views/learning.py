"""The judgement: how well does it judge, and does it know?"""

from __future__ import annotations

from starlette.responses import Response

from monitor.inquiry import naming
from monitor.pictures.curves import LEAST_HELD_OUT, LEAST_READ
from monitor.web import plates
from monitor.web.desk import Forgotten, Visit, go, not_found, whole
from monitor.web.routing import act, page
from monitor.web.words import day_of
from store import corpus, reviews


def judgement(visit: Visit) -> Response:
    """Show which model judges, what its scores promised and kept, and whether anything moved."""
    found = plates.standing_of(visit)
    relevant, not_relevant = found.answers
    models = corpus.models(visit.db, artifacts=False)
    return visit.page(
        "judgement.html",
        live=found.live,
        models=models,
        relevant=relevant,
        not_relevant=not_relevant,
        recent=reviews.recent(visit.db, limit=30),
        found=found,
        promise=plates.shown("promise", plates.promise(found)),
        reading=plates.shown("reading", plates.reading(visit)),
        learning=plates.shown("learning", plates.learned(models)),
        least_read=LEAST_READ,
        least_held_out=LEAST_HELD_OUT,
        deciders=reviews.deciders(visit.db),
        taken_back=whole(visit.asked("taken_back")) or 0,
        none_of=visit.asked("none_of")[:100],
        names_waiting=naming.waiting(visit.db),
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
    page("/judgement", judgement),
    act("/judgement/forget", forget, role="administrator"),
)
