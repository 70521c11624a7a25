"""The errands behind ``Web``: who waits for which host, where redirects lead, what came of it.

No transport here: the wire takes a job, carries one hop of it, and reports how that ended.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from time import monotonic

from monitor.edge.clock import Clock
from monitor.edge.http.answers import Ending, outcome_of
from monitor.edge.http.manners import HostQueue
from monitor.edge.http.response import Held, Response
from monitor.edge.http.robots import ROBOTS_BYTES, Robots
from monitor.edge.http.target import (
    NoTarget,
    Target,
    disallowed,
    follow,
    target_of,
    without_user,
)
from monitor.model import Fault, Fetched, FetchFailed, FetchOutcome, FetchRequest

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_ROBOTS_DEADLINE = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """What one fetch may cost, and how polite we are. Seconds and bytes.

    ``deadline_seconds`` covers a request with all its redirects, counted while it is on the wire:
    waiting for a polite gap does not count. Bytes are counted after decompression.
    ``concurrency`` is how many are on the wire at once; one that takes longer than
    ``slow_after_seconds`` gives its place to another and stays beside, ``most_slow`` at most:
    else the servers that hang decide when the others are asked. ``held_bytes``: what all answers
    on the wire may hold together; beyond it the largest is broken off, as a fault that passes.
    ``host_pause_cap_seconds``: how long a host's own Retry-After (429, 503) keeps the rest of
    its requests from being sent at all; 0 turns that off.
    """

    deadline_seconds: float = 30.0
    feed_bytes: int = 20_000_000
    page_bytes: int = 10_000_000
    header_bytes: int = 256_000
    held_bytes: int = 100_000_000
    redirects: int = 5
    concurrency: int = 200
    slow_after_seconds: float = 1.0
    most_slow: int = 128
    per_host: int = 2
    host_gap_seconds: float = 1.0
    host_pause_cap_seconds: float = 86_400.0
    robots_ttl_seconds: float = 86_400.0
    robots_retry_seconds: float = 600.0


class Job:
    """One request on its way, over all its redirects."""

    __slots__ = ("hops", "left", "permanent", "request", "robots_for", "target")

    def __init__(
        self, request: FetchRequest, target: Target, left: float, robots_for: str | None = None
    ) -> None:
        self.request = request
        self.target = target
        self.left = left  # seconds on the wire
        self.hops = 0
        self.permanent = True
        self.robots_for = robots_for


class Errands:
    """All jobs of one ``Web``. ``done`` holds the outcomes not yet handed over, oldest first.

    Times are ``time.monotonic`` seconds.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        limits: FetchLimits,
        allow: frozenset[tuple[str, int]],
        robots: Robots | None,
    ) -> None:
        self._clock = clock
        self._limits = limits
        self._allow = allow
        self._robots = robots
        self._queue: HostQueue[Job] = HostQueue(
            per_host=limits.per_host, gap=limits.host_gap_seconds
        )
        self._await_robots: dict[str, list[Job]] = {}
        self._quiet_until: dict[str, float] = {}
        self.done: deque[FetchOutcome] = deque()
        self.held = 0
        """Bytes of the documents in ``done``."""

    def hand_over(self) -> FetchOutcome:
        """Take the oldest outcome."""
        outcome = self.done.popleft()
        if isinstance(outcome, Fetched):
            self.held -= len(outcome.body)
        return outcome

    @property
    def waiting(self) -> bool:
        """Whether a job waits for its host."""
        return bool(self._queue)

    def accept(self, request: FetchRequest) -> None:
        """Take on ``request``: it waits for its host, or is refused at once."""
        target = target_of(request.url)
        if isinstance(target, Target):
            self._admit(Job(request, target, self._limits.deadline_seconds))
        else:
            self.done.append(self._failed(request, target.fault, target.detail))

    def take(self, now: float) -> Job | None:
        """Take a job whose next hop may start; ``settle`` must be called for it."""
        return self._queue.take(now)

    def next_at(self) -> float | None:
        """Say when the next waiting host is free; None when only running jobs free one."""
        return self._queue.next_at()

    def response_for(self, job: Job, held: Held) -> Response:
        """Make the empty answer that ``job``'s next hop fills, with the caps that hold for it."""
        robots = job.robots_for is not None
        cap = self._limits.page_bytes if job.request.kind == "page" else self._limits.feed_bytes
        return Response(
            body_cap=min(cap, ROBOTS_BYTES) if robots else cap,
            header_cap=self._limits.header_bytes,
            keep_start=robots,
            held=held,
        )

    def settle(self, job: Job, response: Response, ending: Ending, now: float) -> None:
        """Take back a job whose hop ended: it goes on to the next, or has its outcome."""
        self._queue.release(job.target.host, now)
        whole = response.headers_ended and response.fault is None and ending.blocked is None
        if whole and response.status in _REDIRECTS and "location" in response.headers:
            self._follow(job, response)
            return
        outcome = outcome_of(job.request, response, ending)
        self._heed(job.target, outcome, now)
        self._finish(job, outcome)

    def clear(self) -> None:
        """Forget all jobs and outcomes; keep what hosts said of robots and quiet."""
        self._queue.clear()
        self._await_robots.clear()
        self.done.clear()
        self.held = 0

    def _admit(self, job: Job) -> None:
        """Let the job's next hop wait for its host, unless something speaks against it."""
        refused = disallowed(job.target, self._allow)
        if refused is not None:
            self._finish(job, self._failed(job.request, refused.fault, refused.detail))
            return
        if self._robots is not None and job.request.kind == "page":
            if not self._robots.knows(job.target.origin, monotonic()):
                self._ask_robots(job)
                return
            if not self._unobjected(job, self._robots):
                return
        if not self._kept_quiet(job):
            self._queue.add(job.target.host, job, first=job.hops > 0)

    def _unobjected(self, job: Job, robots: Robots) -> bool:
        objection = robots.objection(job.target.origin, job.target.url)
        if objection is None:
            return True
        fault, detail, wait = objection
        self._finish(job, self._failed(job.request, fault, detail, retry_after=wait))
        return False

    def _ask_robots(self, job: Job) -> None:
        origin = job.target.origin
        waiting = self._await_robots.setdefault(origin, [])
        waiting.append(job)
        if len(waiting) > 1:
            return
        url = f"{origin}/robots.txt"
        request = FetchRequest(key=url, url=url, kind="robots", user_agent=job.request.user_agent)
        left = min(_ROBOTS_DEADLINE, self._limits.deadline_seconds)
        target = replace(job.target, url=url)
        self._admit(Job(request, target, left, robots_for=origin))

    def _finish(self, job: Job, outcome: FetchOutcome) -> None:
        if job.robots_for is None or self._robots is None:
            self.done.append(outcome)
            if isinstance(outcome, Fetched):
                self.held += len(outcome.body)
            return
        self._robots.learn(job.robots_for, outcome, monotonic())
        for page in self._await_robots.pop(job.robots_for, ()):
            if self._unobjected(page, self._robots) and not self._kept_quiet(page):
                self._queue.add(page.target.host, page, first=page.hops > 0)

    def _kept_quiet(self, job: Job) -> bool:
        """Refuse to ask a host that asked for quiet, as long as it asked for it."""
        left = self._quiet_until.get(job.target.origin, 0.0) - monotonic()
        if left <= 0:
            return False
        detail = "The host asked for quiet; it was not contacted."
        self._finish(job, self._failed(job.request, Fault.BUSY, detail, retry_after=left))
        return True

    def _heed(self, target: Target, outcome: FetchOutcome, now: float) -> None:
        """Withdraw what waits for a host that just asked for quiet."""
        if not isinstance(outcome, FetchFailed) or outcome.status not in {429, 503}:
            return
        wait = min(outcome.retry_after or 0.0, self._limits.host_pause_cap_seconds)
        if wait <= 0:
            return
        self._quiet_until = {o: at for o, at in self._quiet_until.items() if at > now}
        self._quiet_until[target.origin] = now + wait
        for job in self._queue.withdraw(target.host):
            if job.target.origin != target.origin or not self._kept_quiet(job):
                self._queue.add(job.target.host, job)

    def _failed(
        self, request: FetchRequest, fault: Fault, detail: str, *, retry_after: float | None = None
    ) -> FetchFailed:
        return FetchFailed(
            key=request.key,
            url=without_user(request.url),
            fault=fault,
            detail=detail,
            fetched_at=self._clock(),
            retry_after=retry_after,
        )

    def _follow(self, job: Job, response: Response) -> None:
        """Go where a redirect points; its headers suffice, whatever became of its body."""
        target = follow(job.target, _as_sent(response.headers["location"]))
        job.hops += 1
        job.permanent = job.permanent and response.status in _PERMANENT
        refused: tuple[Fault, str] | None = None
        if isinstance(target, NoTarget):
            refused = target.fault, target.detail
        elif job.hops > self._limits.redirects:
            refused = Fault.TOO_MANY_REDIRECTS, f"More than {self._limits.redirects} redirects."
        elif job.left <= 0:
            refused = Fault.DEADLINE, "The redirects did not end in time."
        else:
            job.target = target
            self._admit(job)
        if refused is not None:
            self._finish(job, self._failed(job.request, *refused))


def _as_sent(location: str) -> str:
    """Read a Location as UTF-8, which is what servers send that put bare letters there."""
    try:
        return location.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return location
