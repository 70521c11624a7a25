"""What left the house: digests, in each of their forms."""

from __future__ import annotations

from datetime import date

from markupsafe import Markup
from starlette.responses import Response

from monitor.edge.render import pdf
from monitor.web.desk import Visit, not_found
from monitor.web.routing import page
from monitor.web.words import day_of
from store import editions, outbox
from store.messages import Edition, OutboxRow

SHOWN = 60


def digests(visit: Visit) -> Response:
    """Show the digests of one name, newest first, each with how its delivery stands."""
    known = _names(visit)
    name = visit.asked("name") or editions.DAILY
    if name not in known:
        not_found("There is no such digest.")
    rows = _sent(visit)
    days = _days(visit, name)
    of_day = [(day, [row for row in rows if _carries(row, name, day)]) for day in days]
    return visit.page("digests.html", days=of_day, name=name, names=known, above=_above(name))


def digest(visit: Visit) -> Response:
    """Show an edition: the very content that was mailed, inside the desk's own frame."""
    name, day = _asked(visit)
    edition = editions.get(visit.db, day, name)
    html = edition.page if edition else visit.desk.digest_html(day) if name == _DAILY else None
    html = html or not_found("There is no digest of that day.")
    days = _days(visit, name)
    return visit.page(
        "digest.html",
        day=day,
        name=name,
        above=_above(name),
        # Made by our own templates, which escape what outlets wrote; the page's policy would
        # refuse a script or a style in it all the same.
        fragment=Markup(html),  # noqa: S704
        edition=edition,
        pdf=edition is not None and pdf.installed(),
        rows=[row for row in _sent(visit) if _carries(row, name, day)],
        before=max((other for other in days if other < day), default=None),
        after=min((other for other in days if other > day), default=None),
    )


_DAILY = editions.DAILY


def _above(name: str) -> str:
    """Return where the editions of a digest are, before their day."""
    return "/digests" if name == _DAILY else f"/digests/{name}"


def _asked(visit: Visit) -> tuple[str, date]:
    params = visit.request.path_params
    name = str(params.get("name", _DAILY))[:60]
    return name, day_of(str(params["day"])) or not_found("That is no day.")


def _edition(visit: Visit) -> Edition:
    name, day = _asked(visit)
    absent = "There is no digest of that day."
    return editions.get(visit.db, day, name) or not_found(absent)


def picture(visit: Visit) -> Response:
    """Give the small picture of an edition: the bytes that were mailed."""
    found = editions.picture(visit.db, *_asked(visit)) or not_found("No picture was drawn.")
    return Response(found, media_type="image/png", headers={"cache-control": _KEPT})


def as_pdf(visit: Visit) -> Response:
    """Give an edition as PDF."""
    edition = _edition(visit)
    try:
        made = pdf.digest_pdf(edition)
    except pdf.NoPdfError as error:
        not_found(f"No PDF can be made here: {error}.")
    return Response(made, media_type="application/pdf", headers=_named(edition, "pdf"))


def as_markdown(visit: Visit) -> Response:
    """Give an edition as Markdown."""
    edition = _edition(visit)
    told = edition.markdown or not_found("This digest was made before there was Markdown.")
    return Response(told, media_type="text/markdown; charset=utf-8", headers=_named(edition, "md"))


def as_text(visit: Visit) -> Response:
    """Give an edition as the plain text that was mailed."""
    edition = _edition(visit)
    told = edition.text or not_found("This digest was made before its text was kept.")
    return Response(told, media_type="text/plain; charset=utf-8", headers=_named(edition, "txt"))


_KEPT = "private, max-age=604800"


def _named(edition: Edition, ending: str) -> dict[str, str]:
    name = f"torkham-{edition.name}-{edition.day_on}.{ending}"
    return {"content-disposition": f'inline; filename="{name}"'}


def _names(visit: Visit) -> list[str]:
    return list(dict.fromkeys((_DAILY, *editions.names(visit.db))))


def _days(visit: Visit, name: str) -> list[date]:
    """Return the days that have a digest of a name, newest first."""
    told = set(editions.days(visit.db, name, limit=SHOWN))
    mailed = {
        row.message.day_on
        for row in _sent(visit)
        if row.message.day_on and _carries(row, name, row.message.day_on)
    }
    return sorted(told | mailed, reverse=True)


def _carries(row: OutboxRow, name: str, day: date) -> bool:
    return editions.of_message(row.message) == (name, day)


def _sent(visit: Visit) -> list[OutboxRow]:
    return outbox.listed(visit.db, kind="digest", limit=SHOWN * 4)


ROUTES = (
    page("/digests", digests),
    page("/digests/{day}", digest),
    page("/digests/{name}/{day}", digest),
    page("/digests/{name}/{day}/picture.png", picture),
    page("/digests/{name}/{day}/digest.pdf", as_pdf),
    page("/digests/{name}/{day}/digest.md", as_markdown),
    page("/digests/{name}/{day}/digest.txt", as_text),
)
