"""The wire: libcurl's multi interface driven by one epoll loop, in one thread.

One certificate store, reusable handles, and a callback before each socket, which is where the
address is judged (docs/decisions/0002-which-http-client.md).
"""

from __future__ import annotations

import select
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock, get_ident
from time import monotonic
from types import TracebackType
from typing import Any, Self

import pycurl

from monitor.edge.clock import Clock
from monitor.edge.http.answers import OUT_OF_TIME, Ending
from monitor.edge.http.asking import request_headers
from monitor.edge.http.errands import Errands, FetchLimits, Job
from monitor.edge.http.line import Guard, handle, pinned, system_bundle
from monitor.edge.http.response import Response
from monitor.edge.http.robots import Robots
from monitor.model import FetchOutcome, FetchRequest

_IDLE_CONNECTIONS = 32
_SESSION_CACHES = 32
_TICK = 0.25
"""How late a deadline may be noticed, in seconds."""


class _Line:
    """One reusable easy handle with the job it carries and the answer so far."""

    __slots__ = ("curl", "expires", "guard", "headers", "job", "response", "started")

    def __init__(self, ca_file: str | None, allow: frozenset[tuple[str, int]]) -> None:
        self.job: Job
        self.response: Response
        self.headers: tuple[bytes, ...] = ()
        self.started = self.expires = 0.0
        self.guard = Guard(allow)
        self.curl = handle(self.guard, ca_file)

    def carry(self, job: Job, response: Response, sessions: Any, now: float) -> None:
        """Make the handle ready for ``job``'s next hop."""
        self.job = job
        self.response = response
        self.guard.aim(job.target)
        self.started = now
        self.expires = now + job.left
        curl = self.curl
        curl.unsetopt(pycurl.SHARE)
        curl.setopt(pycurl.SHARE, sessions)
        curl.setopt(pycurl.URL, job.target.url)
        curl.setopt(pycurl.HEADERFUNCTION, response.on_header)
        curl.setopt(pycurl.WRITEFUNCTION, response.on_body)


class _Sessions:
    """TLS sessions of some 800 hosts, resumed when a host is asked again: no certificate to check.

    libcurl keeps the sessions of 25 hosts in a cache and cannot be told to keep more, so a round
    over more feeds would throw each away before its host is asked again: hosts are spread over
    several caches. It resumes only what was checked by the same rules.
    """

    def __init__(self) -> None:
        self._caches: dict[int, Any] = {}

    def of(self, host: str) -> Any:
        """Return the cache that a handle on its way to ``host`` is to share."""
        number = zlib.crc32(host.encode()) % _SESSION_CACHES
        if number not in self._caches:
            self._caches[number] = cache = pycurl.CurlShare()
            cache.setopt(pycurl.SH_SHARE, pycurl.LOCK_DATA_SSL_SESSION)
        return self._caches[number]

    def close(self) -> None:
        """Forget them; every handle must be closed before."""
        for cache in self._caches.values():
            cache.close()
        self._caches.clear()


class Web:
    """Fetches from the public internet, within limits, and says what came of it.

    Guarantees, for every request: exactly one outcome; no exception for anything a server does;
    no connection to an address that is not public, unless ``allow`` names the exact host and
    port of the URL; no proxy, no cookie, no credential; total time and bytes bounded by
    ``limits``; a ``Fetched`` is a whole document.

    ``user_agent`` should begin with our product token, by which outlets address us in
    robots.txt; rules are kept for pages only, and only with ``obey_robots``. ``ca_file`` is a
    bundle of PEM certificates instead of the system's. ``names`` answers host names without DNS
    (``"*"`` for all others); the addresses are judged like any.

    One thread at a time: a second one waits; starting a fetch inside an unfinished ``fetch_all``
    of the same thread raises ``RuntimeError``.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        user_agent: str,
        limits: FetchLimits | None = None,
        allow: frozenset[tuple[str, int]] = frozenset(),
        ca_file: Path | None = None,
        obey_robots: bool = False,
        names: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        limits = limits or FetchLimits()
        robots = Robots(
            token=user_agent.partition("/")[0].strip() or "torkham",
            ttl=limits.robots_ttl_seconds,
            retry=limits.robots_retry_seconds,
        )
        self._errands = Errands(
            clock=clock, limits=limits, allow=allow, robots=robots if obey_robots else None
        )
        self._clock = clock
        self._agent = user_agent
        self._concurrency = limits.concurrency
        self._allow = allow
        self._ca_file = str(ca_file) if ca_file else system_bundle()
        self._names = {name: ",".join(found) for name, found in (names or {}).items()}
        self._lock = Lock()
        self._owner: int | None = None
        self._active: dict[Any, _Line] = {}
        self._idle: list[_Line] = []
        self._away = 0.0  # seconds the caller held on to outcomes; no deadline counts them
        self._next_check = 0.0
        self._timer_at: float | None = None
        self._watched: set[int] = set()
        self._sessions = _Sessions()
        self._epoll = select.epoll()
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._on_socket)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._on_timer)
        self._multi.setopt(pycurl.M_MAXCONNECTS, _IDLE_CONNECTIONS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection; twice does no harm, but fetching afterwards does.

        While a name server is silent this waits for the resolver to give up, some ten seconds.
        """
        self._abandon()
        for line in self._idle:
            line.curl.close()
        self._idle.clear()
        self._multi.close()
        self._sessions.close()
        self._epoll.close()

    def fetch(self, request: FetchRequest) -> FetchOutcome:
        """Fetch one document; see the class for what is guaranteed."""
        (outcome,) = self.fetch_all((request,))
        return outcome

    def fetch_all(
        self, requests: Iterable[FetchRequest], *, stopped: Callable[[], bool] = lambda: False
    ) -> Iterator[FetchOutcome]:
        """Fetch all of ``requests`` side by side; yield each outcome as it is known.

        A generator: transfers move on while it is asked for more, and stop when it is dropped.
        Once ``stopped`` says so it ends within half a second, the rest without an outcome.
        """
        if self._owner == get_ident():
            raise RuntimeError("finish the running fetch_all before starting another fetch")
        with self._lock:
            self._owner = get_ident()
            try:
                for request in requests:
                    self._errands.accept(request)
                done = self._errands.done
                while (done or self._active or self._errands.waiting) and not stopped():
                    self._turn()
                    if done:
                        outcome = done.popleft()
                        handed_at = monotonic()
                        yield outcome
                        self._away += monotonic() - handed_at
            finally:
                self._abandon()
                self._owner = None

    # --- the wire ----------------------------------------------------------------------------

    def _turn(self) -> None:
        """Start what may start, wait for something to happen, and settle what ended."""
        now = monotonic()
        self._start_ready(now)
        for fd, events in self._epoll.poll(self._patience(now)):
            self._multi.socket_action(fd, _curl_events(events))
        now = monotonic()
        if self._timer_at is not None and self._timer_at <= now:
            self._timer_at = None
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        self._settle(now)
        if now >= self._next_check:
            self._next_check = now + _TICK
            self._expire(now)

    def _patience(self, now: float) -> float:
        """How long nothing needs doing, in seconds; 0 when outcomes are waiting already."""
        if self._errands.done:
            return 0.0
        wait = _TICK
        if self._timer_at is not None:
            wait = min(wait, self._timer_at - now)
        free_at = self._errands.next_at()
        if free_at is not None and len(self._active) < self._concurrency:
            wait = min(wait, free_at - now)
        return max(wait, 0.0)

    def _start_ready(self, now: float) -> None:
        while len(self._active) < self._concurrency:
            job = self._errands.take(now)
            if job is None:
                return
            self._start(job, now)

    def _start(self, job: Job, now: float) -> None:
        line = self._idle.pop() if self._idle else _Line(self._ca_file, self._allow)
        response = self._errands.response_for(job)
        line.carry(job, response, self._sessions.of(job.target.host), now - self._away)
        headers = request_headers(job.request, self._agent)
        if headers != line.headers:
            line.curl.setopt(pycurl.HTTPHEADER, list(headers))
            line.headers = headers
        if self._names:
            line.curl.setopt(pycurl.RESOLVE, pinned(job.target, self._names))
        self._active[line.curl] = line
        self._multi.add_handle(line.curl)

    def _on_socket(self, what: int, fd: int, _multi: Any, _data: Any) -> None:
        if what == pycurl.POLL_REMOVE:
            self._watched.discard(fd)
            with suppress(OSError):  # closed already
                self._epoll.unregister(fd)
            return
        mask = (select.EPOLLIN if what & pycurl.POLL_IN else 0) | (
            select.EPOLLOUT if what & pycurl.POLL_OUT else 0
        )
        if fd in self._watched:
            self._epoll.modify(fd, mask)
        else:
            self._epoll.register(fd, mask)
            self._watched.add(fd)

    def _on_timer(self, milliseconds: int) -> None:
        self._timer_at = None if milliseconds < 0 else monotonic() + milliseconds / 1000

    def _settle(self, now: float) -> None:
        more = True
        while more:
            more, ended, broken = self._multi.info_read()
            for curl in ended:
                self._end(curl, 0, "", now)
            for curl, error, message in broken:
                self._end(curl, error, message, now)

    def _expire(self, now: float) -> None:
        on_wire = now - self._away
        for line in [line for line in self._active.values() if line.expires <= on_wire]:
            self._end(line.curl, OUT_OF_TIME, "", now)

    def _end(self, curl: Any, error: int, message: str, now: float) -> None:
        """Take the line off the wire and settle its job: the next hop, or an outcome."""
        line = self._active.pop(curl)
        self._multi.remove_handle(curl)
        self._idle.append(line)
        job, response = line.job, line.response
        job.left -= now - self._away - line.started
        ending = Ending(
            error=error,
            message=message,
            blocked=line.guard.blocked,
            final_url=job.target.url,
            permanent=job.hops > 0 and job.permanent,
            at=self._clock(),
        )
        self._errands.settle(job, response, ending, now)
        response.drop_body()

    def _abandon(self) -> None:
        """Drop all that is unfinished; nothing of it shows in a later call."""
        for curl, line in self._active.items():
            self._multi.remove_handle(curl)
            line.response.drop_body()
            self._idle.append(line)
        self._active.clear()
        self._errands.clear()


def _curl_events(events: int) -> int:
    """Translate what epoll saw; an error or hang-up is shown to libcurl as readable."""
    flags = pycurl.CSELECT_OUT if events & select.EPOLLOUT else 0
    if events & ~select.EPOLLOUT:
        flags |= pycurl.CSELECT_IN
    return int(flags)
