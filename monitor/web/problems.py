"""What a program is told when it is refused: problem details of RFC 9457, each with a sentence.

People's pages say the same in HTML; ``refusal`` gives to each path what its readers can use.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from starlette.responses import Response

from monitor.web.desk import Desk, sentence_page
from monitor.web.session import Session

FIGURES: Final = "/metrics"
MEDIA_TYPE: Final = "application/problem+json"


def for_programs(path: str) -> bool:
    """Say whether programs read ``path``: the JSON under /api/, the Atom feeds, the figures."""
    return path.startswith("/api/") or path.endswith(".atom") or path == FIGURES


def problem(status: int, sentence: str, **more: str) -> Response:
    """Return a refusal as problem details. ``parameter`` in ``more`` names what was wrong.

    A 401 carries the challenge that RFC 9110 asks for. Never put what a visitor sent in
    ``sentence`` except through ``repr``-like quoting by the caller; JSON escapes the rest.
    """
    told = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": sentence,
        **more,
    }
    headers = {"www-authenticate": 'Bearer realm="torkham"'} if status == 401 else {}
    return Response(json.dumps(told), status_code=status, media_type=MEDIA_TYPE, headers=headers)


def refusal(
    desk: Desk,
    path: str,
    status: int,
    sentence: str,
    session: Session | None = None,
    *,
    wrote: Sequence[str] = (),
) -> Response:
    """Return a refusal as the readers of ``path`` want it: problem details, or a plain page.

    ``wrote`` are texts that were sent in vain, for the page to give back.
    """
    if for_programs(path):
        return problem(status, sentence)
    return sentence_page(desk, status, sentence, session, wrote=wrote)
