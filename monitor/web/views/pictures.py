"""Coverage over time, and every picture of the desk as a file: SVG, PNG, and its table as CSV.

A picture's address carries the key of what it shows, so a browser may keep it: other facts have
another address. Everything else of the desk is never kept.
"""

from __future__ import annotations

import csv
import io
from typing import Final

from starlette.responses import Response

from monitor.edge import plot
from monitor.inquiry import seen
from monitor.pictures.plate import NARROW, WIDE, Plate
from monitor.web import plates
from monitor.web.desk import Visit, not_found
from monitor.web.routing import page
from monitor.web.words import inert

KEPT: Final = "private, max-age=604800, immutable"


def coverage(visit: Visit) -> Response:
    """Show coverage over time by outlet, side or strand."""
    asked = plates.coverage_asked(visit)
    plate = plates.coverage(visit)
    return visit.page(
        "pictures.html",
        asked=asked,
        spans=seen.SPANS,
        strips=seen.STRIPS,
        shown=plates.shown("coverage", plate, by=asked.by, span=asked.span),
    )


def picture(visit: Visit) -> Response:
    """Give a picture as SVG, in light or dark, for a wide page or a narrow one."""
    plate = _plate(visit)
    if not plot.available():
        not_found("No picture can be drawn here: matplotlib is not installed.")
    width = NARROW if visit.asked("w") == "narrow" else WIDE
    image = plot.svg(plate.draw(width), dark=visit.asked("dark") == "1")
    kept = KEPT if visit.asked("v") == plate.key else "no-store"
    return Response(image, media_type="image/svg+xml", headers={"cache-control": kept})


def still(visit: Visit) -> Response:
    """Give a picture as PNG, to be taken along into a text."""
    plate = _plate(visit)
    if not plot.available():
        not_found("No picture can be drawn here: matplotlib is not installed.")
    width = NARROW if visit.asked("w") == "narrow" else WIDE
    return Response(plot.png(plate.draw(width)), media_type="image/png")


def table(visit: Visit) -> Response:
    """Give the table behind a picture as CSV."""
    plate = _plate(visit)
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(plate.head)
    lines.writerows([[inert(cell) for cell in row] for row in plate.rows])
    name = str(visit.request.path_params["name"])
    headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
    return Response(out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _plate(visit: Visit) -> Plate:
    make = plates.makers().get(str(visit.request.path_params["name"]))
    plate = make(visit) if make else None
    return plate or not_found("There is no such picture, or nothing yet to draw in it.")


ROUTES = (
    page("/pictures", coverage),
    page("/pictures/{name}.svg", picture),
    page("/pictures/{name}.png", still),
    page("/pictures/{name}.csv", table),
)
