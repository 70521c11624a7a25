"""The desk for programs: JSON under /api, by the same permissions, described in OpenAPI.

Each route is one declaration (``frame.Operation``) in ``articles``, ``telling`` or ``watching``;
what serves a request, /api/openapi.json and the page /api all read it.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Final

from starlette.responses import Response

from monitor.web.api import articles, telling, watching
from monitor.web.api.contract import description
from monitor.web.api.frame import Operation
from monitor.web.desk import Visit
from monitor.web.routing import page

OPERATIONS: Final[tuple[Operation, ...]] = (
    *articles.OPERATIONS,
    *telling.OPERATIONS,
    *watching.OPERATIONS,
)


def overview(visit: Visit) -> Response:
    """Show what can be asked, to people."""
    address = str(visit.request.base_url).rstrip("/")
    return visit.page("api.html", operations=OPERATIONS, address=address)


def openapi(visit: Visit) -> Response:
    """Describe the API to programs."""
    return Response(_described(visit.desk.version), media_type="application/json")


@cache
def _described(version: str) -> str:
    return json.dumps(description(OPERATIONS, version))


ROUTES = (
    page("/api", overview),
    page("/api/openapi.json", openapi),
    *(operation.entry() for operation in OPERATIONS),
)
