"""What a request says to the server: who asks, for what, and what is held already."""

from __future__ import annotations

import re
from functools import lru_cache

from monitor.model import FetchRequest

_ACCEPT = {
    "feed": b"Accept: application/rss+xml, application/atom+xml, application/feed+json, "
    b"application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5",
    "page": b"Accept: text/html, application/xhtml+xml, */*;q=0.5",
    "robots": b"Accept: text/plain, */*;q=0.5",
}
_CLEAN = re.compile(r"[ -~\x80-\xff]{1,1000}")
"""A header value in Latin-1 without control characters: nothing in it can end the header."""


def request_headers(request: FetchRequest, agent: str) -> tuple[bytes, ...]:
    """The request's own headers. A validator that is no clean header value is left out."""
    headers = [
        _agent_line(request.user_agent or agent),
        _ACCEPT[request.kind],
        b"Accept-Encoding: gzip",
    ]
    for name, value in (
        (b"If-None-Match: ", _value(request.etag)),
        (b"If-Modified-Since: ", _value(request.last_modified)),
    ):
        if value:
            headers.append(name + value)
    return tuple(headers)


@lru_cache(maxsize=256)  # one for all feeds, and a few that have their own
def _agent_line(agent: str) -> bytes:
    return b"User-Agent: " + (_value(agent) or b"Torkham")


def _value(text: str | None) -> bytes | None:
    return text.encode("latin-1") if text and _CLEAN.fullmatch(text) else None
