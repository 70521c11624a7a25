"""Handing a message over: one POST to one address, judged as every fetch is, and no further.

The other side gets a few seconds and a few kilobytes of attention, whatever it answers; a redirect
is an answer like any, never followed: it would carry the message to where nobody sent it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Literal

import pycurl

from monitor.edge.clock import Clock
from monitor.edge.http.answers import OUT_OF_TIME, wait_asked
from monitor.edge.http.line import Guard, handle, pinned, system_bundle
from monitor.edge.http.response import SCRAP_BYTES, Response
from monitor.edge.http.target import NoTarget, Target, disallowed, target_of

HEADER_BYTES = 64_000
_NEVER_OUT = {  # https://curl.se/libcurl/c/libcurl-errors.html
    6: "its host name is not known",
    7: "it could not be connected to",
    OUT_OF_TIME: "it did not answer in time",
}
_TLS = frozenset({35, 51, 53, 54, 58, 59, 60, 64, 66, 77, 80, 82, 83, 90, 91, 98})
_VALUE = re.compile(r"[ -~]{1,1000}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """How a POST ended: with an answer's ``status``, or with words for why there was none.

    ``reached``: "not" where the other side never had the whole message, "maybe" where it may have
    it though it did not say so. ``detail`` never holds the address, which may be a secret.
    """

    status: int | None
    reached: Literal["not", "maybe", "answered"]
    detail: str
    retry_after: float | None = None  # seconds
    for_good: bool = False  # the address itself is refused; asking again helps nobody


class Poster:
    """Posts to the public internet within limits; may be used by several threads at once.

    Guarantees what ``Web`` does: every address judged before a socket opens, unless ``allow``
    names the exact host and port; no proxy, cookie, credential or redirect; time and bytes bounded.
    ``names`` answers host names without DNS; the addresses are judged like any.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        user_agent: str,
        allow: frozenset[tuple[str, int]] = frozenset(),
        ca_file: Path | None = None,
        names: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        self._clock = clock
        self._agent = user_agent
        self._allow = allow
        self._ca_file = str(ca_file) if ca_file else system_bundle()
        self._names = {name: ",".join(found) for name, found in (names or {}).items()}

    @property
    def now(self) -> datetime:
        """The clock's instant, for whoever signs what is posted."""
        return self._clock()

    def reaching(self, url: str) -> Poster:
        """Return one that may also reach the host and port of ``url``, wherever they lie.

        For an address that only the administrator can give, in the file of settings.
        """
        target = target_of(url)
        pair = frozenset({(target.host, target.port)} if isinstance(target, Target) else ())
        made = Poster(clock=self._clock, user_agent=self._agent, allow=self._allow | pair)
        made._ca_file, made._names = self._ca_file, self._names
        return made

    def post(self, url: str, body: bytes, headers: Mapping[str, str], *, deadline: float) -> Posted:
        """Post ``body`` within ``deadline`` seconds in all. Never raises for what the server does.

        Raises ValueError for a header value that is not plain ASCII on one line.
        """
        target = target_of(url)
        refused = target if isinstance(target, NoTarget) else disallowed(target, self._allow)
        if isinstance(target, NoTarget) or refused is not None:
            detail = refused.detail if refused else ""
            return Posted(status=None, reached="not", detail=detail, for_good=True)
        guard = Guard(self._allow)
        guard.aim(target)
        response = Response(body_cap=SCRAP_BYTES, header_cap=HEADER_BYTES, keep_start=True)
        curl = handle(guard, self._ca_file)
        try:
            for option, value in _posting(len(body), _lines(headers, self._agent), deadline):
                curl.setopt(option, value)
            content = BytesIO(body)
            curl.setopt(pycurl.READFUNCTION, content.read)
            curl.setopt(pycurl.URL, target.url)
            curl.setopt(pycurl.RESOLVE, pinned(target, self._names))
            curl.setopt(pycurl.HEADERFUNCTION, response.on_header)
            curl.setopt(pycurl.WRITEFUNCTION, response.on_body)
            error = _performed(curl)
            out = content.tell() > 0  # it is read for the wire, once there is a connection
        finally:
            curl.close()
        return self._ended(response, guard.blocked, error, out=out)

    def _ended(self, response: Response, blocked: str | None, error: int, *, out: bool) -> Posted:
        if blocked is not None:
            detail = f"The address was refused: {blocked}."
            return Posted(status=None, reached="not", detail=detail, for_good=True)
        if response.headers_ended and response.status >= 200:
            # The status stands; whatever became of the body, or was odd about it, is no matter.
            wait = wait_asked(response.headers.get("retry-after"), self._clock())
            detail = f"It answered {response.status}."
            return Posted(
                status=response.status, reached="answered", detail=detail, retry_after=wait
            )
        if out:
            why = "in time" if error == OUT_OF_TIME else "in a way that can be read"
            return Posted(status=None, reached="maybe", detail=f"It did not answer {why}.")
        other = "there was no secure connection" if error in _TLS else "it hung up"
        why = _NEVER_OUT.get(error, other)
        return Posted(status=None, reached="not", detail=f"It was not reached: {why}.")


def _posting(length: int, headers: list[str], deadline: float) -> tuple[tuple[int, object], ...]:
    return (
        (pycurl.POST, 1),
        (pycurl.POSTFIELDSIZE_LARGE, length),
        (pycurl.HTTPHEADER, headers),
        # A connection of its own: on one that was kept, libcurl may send a message twice.
        (pycurl.FRESH_CONNECT, 1),
        (pycurl.FORBID_REUSE, 1),
        (pycurl.TIMEOUT_MS, max(1, round(deadline * 1000))),
        (pycurl.CONNECTTIMEOUT_MS, max(1, round(min(deadline, 10.0) * 1000))),
    )


def _lines(headers: Mapping[str, str], agent: str) -> list[str]:
    for name, value in headers.items():
        if not _VALUE.fullmatch(value):
            raise ValueError(f"the header {name} holds what no header may hold")
    agent = agent if _VALUE.fullmatch(agent) else "Torkham"
    # Without the empty one libcurl asks first whether a long body is wanted, and waits a second.
    return [f"User-Agent: {agent}", "Expect:", *(f"{name}: {v}" for name, v in headers.items())]


def _performed(curl: pycurl.Curl) -> int:
    """Run the transfer in this thread; return libcurl's number for how it failed, else 0."""
    try:
        curl.perform()
    except pycurl.error as error:
        return int(error.args[0])
    return 0
