"""What a finished answer means: a document, nothing new, or which fault."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from monitor.edge.http.response import Response
from monitor.edge.http.target import without_user
from monitor.model import Fault, Fetched, FetchFailed, FetchOutcome, FetchRequest, NotModified

LONGEST_WAIT = 86_400.0
"""A server may ask for a day of quiet; ten years are a mistake or an attack."""

_SECONDS = re.compile(r"[0-9]{1,12}(?:\.[0-9]{0,6})?", re.ASCII)
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]+")
_WALLED = frozenset({403, 405, 429, 503})
_WALL = re.compile(
    rb"cf-chl-|cf_chl_|/cdn-cgi/challenge-platform/|<title>\s*just a moment|"
    rb"attention required! \| cloudflare|_incapsula_resource|incapsula incident id|"
    rb"sucuri_cloudproxy_js|captcha-delivery\.com|px-captcha|ddos-guard|awswafintegration|"
    rb"verify(?:ing)? (?:that )?you are (?:a )?human",
    re.IGNORECASE,
)
_BY_STATUS = {
    401: Fault.REFUSED,
    403: Fault.REFUSED,
    451: Fault.REFUSED,
    404: Fault.NOT_FOUND,
    410: Fault.GONE,
    429: Fault.BUSY,
    503: Fault.BUSY,
}
OUT_OF_TIME = 28
"""libcurl's number for it; ours too, when we end a transfer ourselves."""

UNKNOWN_NAME = 6
TOO_MUCH = -1
"""Our own number, beside libcurl's: a transfer ended because all together held too much."""

_TLS_ERRORS = frozenset({35, 51, 53, 54, 58, 59, 60, 64, 66, 77, 80, 82, 83, 90, 91, 98})
_CUT_OFF = frozenset({18, 52, 55, 56}) | _TLS_ERRORS  # once a document had begun
_BY_ERROR = {
    TOO_MUCH: (Fault.OTHER, "Too much arrived at once, and most of it here: it was broken off."),
    # https://curl.se/libcurl/c/libcurl-errors.html
    1: (Fault.PROTOCOL, "What came back is not HTTP."),
    3: (Fault.BAD_URL, "The URL cannot be read."),
    UNKNOWN_NAME: (Fault.DNS, "The host name is not known."),
    7: (Fault.CONNECT, "The connection was refused or could not be made."),
    8: (Fault.PROTOCOL, "What came back is not HTTP."),
    18: (Fault.TRUNCATED, "The connection ended in the middle of the document."),
    OUT_OF_TIME: (Fault.DEADLINE, "The document was not complete in time."),
    52: (Fault.CONNECT, "The server hung up without an answer."),
    55: (Fault.CONNECT, "The connection was lost."),
    56: (Fault.CONNECT, "The connection was lost."),
    61: (Fault.ENCODING, "A transfer encoding we did not ask for."),
    100: (Fault.TOO_LARGE, "The headers are larger than any honest answer's."),
}
_CERTIFICATES = (  # what libcurl and OpenSSL say, and what it means to whoever keeps the feeds
    ("expired", "The server's certificate has expired."),
    ("not yet valid", "The server's certificate is not valid yet, or the clock here is wrong."),
    ("self-signed", "The server's certificate is its own word: no authority vouches for it."),
    ("self signed", "The server's certificate is its own word: no authority vouches for it."),
    ("local issuer", "No authority that is known here vouches for the server's certificate."),
    ("subject name", "The server's certificate is that of another host."),
    ("revoked", "The server's certificate was revoked."),
)
_NO_DOCUMENT = frozenset({204, 205, 206})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a transfer ended. ``error`` in libcurl's numbers, 0 for a whole answer."""

    error: int
    message: str = ""
    blocked: str | None = None  # why an address was refused, if one was
    final_url: str
    permanent: bool = False  # every redirect so far was a 301 or 308, and there was one
    at: datetime


def outcome_of(request: FetchRequest, response: Response, ending: Ending) -> FetchOutcome:
    """Say what came of ``request``. Total: every ending has an outcome."""
    fault, detail = _fault(request, response, ending)
    if fault is not None:
        wait = response.headers.get("retry-after") if response.status >= 400 else None
        return FetchFailed(
            key=request.key,
            url=without_user(request.url),
            fault=fault,
            detail=detail,
            fetched_at=ending.at,
            status=response.status or None,
            retry_after=wait_asked(wait, ending.at),
        )
    if response.status == 304:
        return NotModified(
            key=request.key, url=request.url, headers=response.headers, fetched_at=ending.at
        )
    return Fetched(
        key=request.key,
        url=request.url,
        final_url=ending.final_url,
        status=response.status,
        headers=response.headers,
        body=response.body,
        fetched_at=ending.at,
        permanent_url=ending.final_url if ending.permanent else None,
    )


def _fault(request: FetchRequest, response: Response, ending: Ending) -> tuple[Fault | None, str]:
    if ending.blocked is not None:
        return Fault.BLOCKED_ADDRESS, f"The address was refused: {ending.blocked}."
    if response.fault is not None:
        return response.fault, response.detail
    told = response.headers_ended and response.status >= 300  # needs no body to be understood
    if ending.error and not response.enough and not told:
        return _transport_fault(response, ending)
    if response.status == 304 and (request.etag or request.last_modified):
        return None, ""
    fault = fault_of(response.status, response.headers, response.body if told else b"")
    if fault is None and response.cut_short and not response.enough:
        return Fault.TRUNCATED, "The compressed document ends in the middle."
    return fault, f"The server answered {response.status}."


def _transport_fault(response: Response, ending: Ending) -> tuple[Fault, str]:
    if response.headers_ended and ending.error in _CUT_OFF:
        return Fault.TRUNCATED, "The connection ended in the middle of the document."
    if ending.error in _TLS_ERRORS:
        return Fault.TLS, _insecure(ending.message)
    other = (Fault.OTHER, one_line(ending.message) or f"Transfer error {ending.error}.")
    return _BY_ERROR.get(ending.error, other)


def _insecure(message: str) -> str:
    known = (words for mark, words in _CERTIFICATES if mark in message.lower())
    return next(known, f"No secure connection: {one_line(message)}")


def fault_of(status: int, headers: Mapping[str, str], body: bytes) -> Fault | None:
    """Name what a final status says; None when the body is the document asked for.

    ``body`` needs to be no more than the start of it. 304 and redirects are the caller's.
    """
    if _is_wall(status, headers, body):
        return Fault.CHALLENGE
    if 200 <= status < 300 and status not in _NO_DOCUMENT:
        return None
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return Fault.SERVER if 500 <= status < 600 else Fault.STATUS


def wait_asked(value: str | None, now: datetime) -> float | None:
    """Read Retry-After as seconds from ``now``, within [0, one day]; None for nonsense."""
    if not value:
        return None
    if _SECONDS.fullmatch(value):
        return min(float(value), LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(value[:64])
        aware = at if at.tzinfo else at.replace(tzinfo=UTC)
        seconds = (aware - now).total_seconds()
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT) if math.isfinite(seconds) else None


def one_line(text: str, limit: int = 200) -> str:
    """Make a foreign sentence safe to show: one line, no control or direction marks."""
    return _UNSEEN.sub(" ", text).strip()[:limit]


def _is_wall(status: int, headers: Mapping[str, str], body: bytes) -> bool:
    if headers.get("cf-mitigated", "").lower() in {"challenge", "block"}:
        return True
    if headers.get("x-amzn-waf-action", "").lower() in {"challenge", "captcha"}:
        return True
    return status in _WALLED and _WALL.search(body) is not None
