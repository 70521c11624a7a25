"""What counts: the strands of the definition, and what moving a switch would change."""

from __future__ import annotations

import threading
from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from classifiers.definition import SWITCHES, Strand
from monitor.inquiry import weighing
from monitor.inquiry.weighing import Judges
from monitor.web.desk import Visit, go, not_found
from monitor.web.routing import act, page
from store import facets

_ONE: Final = threading.Lock()  # weighing judges some thousand texts: one at a time is enough
_PATIENCE: Final = 20.0  # seconds

LABELS: Final = {
    "open": "as the model judges",
    "in": "we count it",
    "out": "we do not count it",
}


def definition(visit: Visit) -> Response:
    """Show what counts, how each switch stands, and who moved it."""
    judges = visit.desk.judges(visit.db)
    lines = weighing.history(visit.db)
    strands = list(judges.strands().values()) if judges else []
    return visit.page(
        "definition.html",
        strands=strands,
        stands={s.id: judges.standing(s.id) for s in strands} if judges else {},
        moved={s.id: next((c for c in lines if c.path == weighing.path(s.id)), None)
               for s in strands},
        lines=lines[:30],
        titles={weighing.path(s.id): s.title for s in strands},
        labels=LABELS,
        corrected=facets.tally(visit.db),
        done=visit.asked("done"),
    )  # fmt: skip


def weighed(visit: Visit, *, conflict: str = "") -> Response:
    """Show what moving a switch would change, and ask whether to keep it."""
    judges, strand = _strand(visit)
    to = _switch(visit.asked("to") or visit.form.get("to", ""))
    if not _ONE.acquire(timeout=_PATIENCE):
        raise HTTPException(503, "Another change is being weighed. Try again in a moment.")
    try:
        found = weighing.weigh(visit.db, judges, strand.id, to, visit.now)
    finally:
        _ONE.release()
    return visit.page(
        "weighed.html",
        status=409 if conflict else 200,
        strand=strand,
        found=found,
        labels=LABELS,
        conflict=conflict,
    )


def switch(visit: Visit) -> Response:
    """Record the switch, unless somebody moved it since the page was made."""
    judges, strand = _strand(visit)
    to = _switch(visit.form.get("to", ""))
    if visit.form.get("before") != judges.standing(strand.id):
        return weighed(visit, conflict="Somebody moved this switch meanwhile; nothing was changed.")
    weighing.save(visit.db, strand.id, to, visit.session.by, visit.now)
    return go("/definition", done=strand.id)


def _strand(visit: Visit) -> tuple[Judges, Strand]:
    judges = visit.desk.judges(visit.db)
    strands = judges.strands() if judges else {}
    found = strands.get(str(visit.request.path_params["strand"]))
    if judges is None or found is None:
        not_found("There is no such strand in the definition.")
        raise AssertionError
    return judges, found


def _switch(text: str) -> str:
    return text if text in SWITCHES else str(not_found("That is no switch."))


ROUTES = (
    page("/definition", definition),
    page("/definition/{strand}", weighed),
    act("/definition/{strand}", switch, role="administrator"),
)
