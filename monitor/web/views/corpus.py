"""The corpus: what do we hold, how does it change over time, which snapshots stand?"""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from monitor.exports import bundle, datasheet, folders, sheet
from monitor.exports.citing import citation
from monitor.exports.forms import FORMS
from monitor.exports.needs import NeedsError
from monitor.exports.taking import NothingHeldError
from monitor.inquiry import seen
from monitor.web import plates, trending
from monitor.web.desk import Visit, go, not_found, sentence_page
from monitor.web.routing import act, page
from store import counts, judged, snapshots
from store.learned import Fixed

SHOWN: Final = 200
"""Texts of each kind that a comparison lists; the export has them all."""


def holdings(visit: Visit) -> Response:
    """Show what the corpus holds, by month and outlet."""
    relevant, not_relevant = judged.answers(visit.db)
    return visit.page(
        "corpus.html",
        relevant=relevant,
        not_relevant=not_relevant,
        totals=counts.totals(visit.db),
        imports=counts.imports(visit.db),
        shown=plates.shown("corpus", plates.holdings(visit)),
        newest=next(iter(snapshots.listed(visit.db, 1)), None),
    )


# --- trends ---------------------------------------------------------------------------------


def over_time(visit: Visit) -> Response:
    """Show the corpus by outlet, side, strand or kind over time, and words over the same time."""
    asked, words = trending.asked(visit), trending.words(visit)
    found, since_on = trending.found(visit)
    return visit.page(
        "trends.html",
        asked=asked,
        words=words,
        spans=seen.SPANS,
        groups=seen.OURS,
        since_on=since_on,
        trend=plates.shown("trend", found, q=words, span=asked.span),
        spelled=trending.read(visit).spelled,
        shown=plates.shown("corpus", plates.holdings(visit), by=asked.by, span=asked.span),
    )


# --- snapshots ------------------------------------------------------------------------------


def listed(visit: Visit, *, problem: str = "", status: int = 200) -> Response:
    """Show the snapshots that a paper can cite."""
    return visit.page(
        "snapshots.html", status=status, snapshots=snapshots.listed(visit.db), problem=problem
    )


def take(visit: Visit) -> Response:
    """Take a snapshot of the corpus as it stands; the same corpus leads to the same one."""
    taking = visit.desk.snapshot or not_found("Here `torkham corpus snapshot` takes snapshots.")
    note = " ".join(visit.form.get("note", "").split())[:500]
    try:
        taken = taking(visit.db, note)
    except NothingHeldError as error:
        return listed(visit, problem=f"{str(error).capitalize()}.", status=409)
    return go(f"/corpus/snapshots/{taken.id}")


def _fixed(visit: Visit, name: str) -> Fixed:
    found = snapshots.find(visit.db, name)
    if found is not None:
        return found
    refused: Fixed = not_found("There is no such snapshot, or several whose hash begins so.")
    return refused


def shown(visit: Visit) -> Response:
    """Show a snapshot: its datasheet, how to cite it, what it differs in from another."""
    fixed = _fixed(visit, str(visit.request.path_params["id"]))
    facts = datasheet.of(fixed)
    before = snapshots.before(visit.db, fixed)
    asked = visit.asked("against")
    other = _fixed(visit, asked) if asked else None
    return visit.page(
        "snapshot.html",
        fixed=fixed,
        facts=facts,
        citation=citation(fixed, facts),
        biases=sheet.biases(facts),
        SIDES=plates.SIDES,
        forms=tuple(FORMS),
        before=before,
        other=other,
        differs=_differing(visit, other, fixed) if other else (),
        most=SHOWN,
    )


_DIFFERS: Final = {
    "added": "Added",
    "gone": "Gone",
    "answer_changed": "With another answer",
    "text_changed": "With another text",
}


def _differing(
    visit: Visit, other: Fixed, fixed: Fixed
) -> list[tuple[str, int, list[tuple[str, str, str | None]]]]:
    """Each kind of difference: its name, how many texts, and of the first their titles."""
    old = {m.id: m for m in snapshots.held_by(visit.db, other.id, texts=False)}
    new = {m.id: m for m in snapshots.held_by(visit.db, fixed.id, texts=False)}
    found = datasheet.differences(list(old.values()), list(new.values()))
    told = []
    for name, heading in _DIFFERS.items():
        members = [new.get(i) or old[i] for i in found[name][:SHOWN]]
        rows = [(m.title or "(no title)", m.outlet, m.language) for m in members]
        told.append((heading, len(found[name]), rows))
    return told


def download(visit: Visit) -> Response:
    """Give a snapshot as one zip, or its texts in one form."""
    fixed = _fixed(visit, str(visit.request.path_params["id"]))
    name, form = bundle.name_of(fixed), visit.asked("form")
    if form and form not in FORMS:
        not_found("There is no such form.")
    try:
        if form:
            found = FORMS[form]
            made, media, ending = (
                found.made(bundle.lines(visit.db, fixed)),
                found.media,
                found.ending,
            )
        else:
            made = folders.zipped(bundle.files(visit.db, fixed), name)
            media, ending = "application/zip", ".zip"
    except NeedsError as error:
        return sentence_page(visit.desk, 501, f"{error}.", visit.session)
    told = f'attachment; filename="{name}{f"-{form}" if form else ""}{ending}"'
    return Response(made, media_type=media, headers={"content-disposition": told})


ROUTES = (
    page("/corpus", holdings),
    page("/corpus/trends", over_time),
    page("/corpus/snapshots", listed),
    act("/corpus/snapshots", take),
    page("/corpus/snapshots/{id}", shown),
    page("/corpus/snapshots/{id}/download", download, role="reviewer"),
)
