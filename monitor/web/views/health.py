"""``/healthz``: is the service well? For whoever asks, signed in or not, so it names nothing.

``/metrics``: the figures, for programs that show a token.
"""

from __future__ import annotations

from contextlib import closing

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from monitor.inquiry.ailments import Ailment
from monitor.inquiry.figures import MEDIA_TYPE
from monitor.inquiry.wellness import unreadable
from monitor.web.desk import Desk
from monitor.web.problems import refusal
from monitor.web.routing import bare
from store import reviews
from store.faults import StoreError


def healthz(desk: Desk, request: Request) -> Response:
    """Answer 200 when the service is well, 503 when not, with each kind of ailment in words.

    ``?only=alive`` counts what stops the work alone: whoever restarts a service that answers 503
    mends nothing by it while the backup is old.
    """
    found = ailments(desk)
    if request.query_params.get("only") == "alive":
        found = tuple(one for one in found if one.stops)
    told: dict[str, object] = {"ok": not found, "version": desk.version}
    if found:
        kinds = {one.kind: one for one in reversed(found)}
        told["unwell"] = [
            {"cause": kind, "sentence": one.about, "since": _since(one)}
            for kind, one in reversed(kinds.items())
        ]
    return JSONResponse(told, status_code=503 if found else 200)


def metrics(desk: Desk, request: Request) -> Response:
    """Return the figures in the text format of Prometheus; they say so when the store is gone."""
    if desk.figures is None:
        return refusal(desk, request.url.path, 404, "This desk keeps no figures.")
    return Response(desk.figures(), headers={"content-type": MEDIA_TYPE})


def ailments(desk: Desk) -> tuple[Ailment, ...]:
    """Return what is not well; a desk that was given no judgement asks its store alone."""
    if desk.ailments is not None:
        return desk.ailments()
    try:
        with closing(desk.open_store()) as db:
            reviews.queue_size(db)
    except StoreError as error:
        return (unreadable(str(error)),)
    return ()


def _since(one: Ailment) -> str | None:
    return one.since_at.isoformat(timespec="seconds") if one.since_at else None


ROUTES = (
    bare("/healthz", healthz, role=None),
    bare("/metrics", metrics, role="reader"),
)
