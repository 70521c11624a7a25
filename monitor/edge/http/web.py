"""The wire: libcurl's multi interface driven by one epoll loop, in one thread.

One certificate store, reusable handles, and a callback before each socket, which is where the
address is judged (docs/decisions/0002-which-http-client.md).
"""

from __future__ import annotations

import select
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock, get_ident
from time import monotonic
from typing import Any, Self

import pycurl

from monitor.edge.clock import Clock
from monitor.edge.http.answers import OUT_OF_TIME, TOO_MUCH, UNKNOWN_NAME, Ending
from monitor.edge.http.asking import request_headers
from monitor.edge.http.errands import Errands, FetchLimits, Job
from monitor.edge.http.line import Guard, handle, pinned, system_bundle
from monitor.edge.http.names import Lookups
from monitor.edge.http.response import Held, Response
from monitor.edge.http.robots import Robots
from monitor.edge.http.sessions import Sessions
from monitor.edge.http.turn import in_turn
from monitor.model import FetchOutcome, FetchRequest

_IDLE_CONNECTIONS = 32
_WATCHED = {
    pycurl.POLL_NONE: 0,
    pycurl.POLL_IN: select.EPOLLIN,
    pycurl.POLL_OUT: select.EPOLLOUT,
    pycurl.POLL_INOUT: select.EPOLLIN | select.EPOLLOUT,
}
_ACCEPTED = 50
_TICK = 0.25
"""How late a deadline may be noticed at most, in seconds."""


class _Line:
    """One reusable easy handle with the job it carries and the answer so far."""

    __slots__ = (
        "curl", "expires", "guard", "headers", "job", "on_wire", "pinned", "response", "sessions",
        "slow", "started",
    )  # fmt: skip

    def __init__(self, ca_file: str | None, allow: frozenset[tuple[str, int]]) -> None:
        self.job: Job
        self.response: Response
        self.headers: tuple[bytes, ...] = ()
        self.pinned: list[str] = []
        self.sessions: Any = None
        self.started = self.expires = 0.0
        self.slow = False  # it holds no place any more
        self.on_wire = False  # else its name is looked up
        self.guard = Guard(allow)
        self.curl = handle(self.guard, ca_file)

    def carry(self, job: Job, response: Response, sessions: Any, now: float) -> None:
        """Make the handle ready for ``job``'s next hop."""
        self.job = job
        self.response = response
        self.guard.aim(job.target)
        self.started = now
        self.expires = now + job.left
        self.slow = False
        curl = self.curl
        if sessions is not self.sessions:
            curl.unsetopt(pycurl.SHARE)
            curl.setopt(pycurl.SHARE, sessions)
            self.sessions = sessions
        curl.setopt(pycurl.URL, job.target.url)
        curl.setopt(pycurl.HEADERFUNCTION, response.on_header)
        curl.setopt(pycurl.WRITEFUNCTION, response.on_body)


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
        self._slow_after = limits.slow_after_seconds
        self._most_slow = limits.most_slow
        self._slow = 0
        self._held = Held()
        self._most_held = limits.held_bytes
        self._tick = min(_TICK, max(limits.slow_after_seconds, 0.01))
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
        self._sessions = Sessions()
        self._lookups = Lookups()
        self._epoll = select.epoll()
        self._epoll.register(self._lookups, select.EPOLLIN)
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._on_socket)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._on_timer)
        self._multi.setopt(pycurl.M_MAXCONNECTS, _IDLE_CONNECTIONS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection; twice does no harm, but fetching afterwards does."""
        self._abandon()
        for line in self._idle:
            line.curl.close()
        self._idle.clear()
        self._multi.close()
        self._sessions.close()
        self._lookups.close()
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
        for outcome in self.arrivals(requests, stopped=stopped):
            if outcome is not None:
                yield outcome

    def arrivals(
        self, requests: Iterable[FetchRequest], *, stopped: Callable[[], bool] = lambda: False
    ) -> Iterator[FetchOutcome | None]:
        """Fetch as ``fetch_all`` does; yield None where a quarter of a second brought nothing.

        Who has something to finish meanwhile need not wait for servers that hang.
        """
        if self._owner == get_ident():
            raise RuntimeError("finish the running fetch_all before starting another fetch")
        with in_turn(self._lock):
            self._owner = get_ident()
            try:
                for number, request in enumerate(requests, 1):
                    self._errands.accept(request)
                    if not number % _ACCEPTED:  # the first are on their way before the last is read
                        self._turn(waits=False)
                done = self._errands.done
                pause_at = monotonic() + _TICK
                while (done or self._active or self._errands.waiting) and not stopped():
                    if not done or self._errands.held < self._most_held:
                        self._turn()
                    if done or monotonic() >= pause_at:
                        handed_at = monotonic()
                        yield self._errands.hand_over() if done else None
                        self._away += monotonic() - handed_at
                        pause_at = monotonic() + _TICK
            finally:
                self._abandon()
                self._owner = None

    # --- the wire ----------------------------------------------------------------------------

    def _turn(self, *, waits: bool = True) -> None:
        """Start what may start, wait for something to happen, and settle what ended."""
        now = monotonic()
        self._start_ready(now)
        for fd, events in self._epoll.poll(self._patience(now) if waits else 0.0):
            if fd == self._lookups.fileno():
                self._take_names(monotonic())
                continue
            self._multi.socket_action(fd, _curl_events(events))
            if self._held.total > self._most_held:
                self._settle(monotonic())
                self._relieve()
        now = monotonic()
        if self._timer_at is not None and self._timer_at <= now:
            self._timer_at = None
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        self._settle(now)
        if now >= self._next_check:
            self._next_check = now + self._tick
            self._expire(now)
            self._set_aside(now)

    def _patience(self, now: float) -> float:
        """How long nothing needs doing, in seconds; 0 when outcomes are waiting already."""
        if self._errands.done:
            return 0.0
        wait = self._tick
        if self._timer_at is not None:
            wait = min(wait, self._timer_at - now)
        free_at = self._errands.next_at()
        if free_at is not None and self._has_place:
            wait = min(wait, free_at - now)
        return max(wait, 0.0)

    @property
    def _has_place(self) -> bool:
        return len(self._active) - self._slow < self._concurrency

    def _start_ready(self, now: float) -> None:
        while self._has_place:
            job = self._errands.take(now)
            if job is None:
                return
            self._start(job, now)

    def _start(self, job: Job, now: float) -> None:
        line = self._idle.pop() if self._idle else _Line(self._ca_file, self._allow)
        response = self._errands.response_for(job, self._held)
        line.carry(job, response, self._sessions.of(job.target.host), now - self._away)
        headers = request_headers(job.request, self._agent)
        if headers != line.headers:
            line.curl.setopt(pycurl.HTTPHEADER, list(headers))
            line.headers = headers
        self._active[line.curl] = line
        known = pinned(job.target, self._names)
        if known or _is_address(job.target.host):
            self._send_out(line, known)
        else:
            self._lookups.ask((line, job, job.target), job.target.host, job.target.port)

    def _send_out(self, line: _Line, known: list[str]) -> None:
        if known != line.pinned:
            line.curl.setopt(pycurl.RESOLVE, known)
            line.pinned = known
        line.on_wire = True
        self._multi.add_handle(line.curl)

    def _take_names(self, now: float) -> None:
        """Send out what waited for the addresses of its name, if it still does."""
        self._lookups.heard()
        while self._lookups.found:
            asked, found = self._lookups.found.popleft()
            line, job, target = asked
            waits = line.curl in self._active and not line.on_wire
            if not waits or line.job is not job or job.target is not target:
                continue
            if found:
                self._send_out(line, [f"{target.host}:{target.port}:{found}"])
            else:
                self._end(line.curl, UNKNOWN_NAME, "", now)

    def _on_socket(self, what: int, fd: int, _multi: Any, _data: Any) -> None:
        if what == pycurl.POLL_REMOVE:
            self._watched.discard(fd)
            with suppress(OSError):  # closed already
                self._epoll.unregister(fd)
        elif fd in self._watched:
            self._epoll.modify(fd, _WATCHED[what])
        else:
            self._epoll.register(fd, _WATCHED[what])
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

    def _relieve(self) -> None:
        """Break off the largest answers until the rest is no more than may be held."""
        while self._active and self._held.total > self._most_held:
            largest = max(self._active.values(), key=lambda line: line.response.size)
            self._end(largest.curl, TOO_MUCH, "", monotonic())

    def _set_aside(self, now: float) -> None:
        """Let those that take long hold no place, so that what hangs delays nobody else."""
        late = now - self._away - self._slow_after
        for line in self._active.values():  # the oldest first
            if line.started > late or self._slow >= self._most_slow:
                return
            if not line.slow:
                line.slow = True
                self._slow += 1

    def _end(self, curl: Any, error: int, message: str, now: float) -> None:
        """Take the line off the wire and settle its job: the next hop, or an outcome."""
        line = self._active.pop(curl)
        self._slow -= line.slow
        if line.on_wire:
            self._multi.remove_handle(curl)
        line.on_wire = False
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
            if line.on_wire:
                self._multi.remove_handle(curl)
            line.on_wire = False
            line.response.drop_body()
            self._idle.append(line)
        self._active.clear()
        self._slow = 0
        self._errands.clear()


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


def _curl_events(events: int) -> int:
    """Translate what epoll saw; an error or hang-up is shown to libcurl as readable."""
    flags = pycurl.CSELECT_OUT if events & select.EPOLLOUT else 0
    if events & ~select.EPOLLOUT:
        flags |= pycurl.CSELECT_IN
    return int(flags)
