"""When to ask a feed again.

A feed is never given up: failures stretch the wait along a straight line, at most to a day, and a
feed that said 410 is still asked once a month. What a publisher asks for (Retry-After,
Cache-Control, Expires, ttl) is honoured within bounds: a mistake of theirs cannot silence a feed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from monitor.model import Fault, Reason
from store.types import FeedCondition, FeedState

_HOUR = 3_600.0
_DAY = 24 * _HOUR
_KEPT = frozenset({"paused", "disabled", "silent", "stale"})
_PATIENCE: dict[str, float] = {  # intervals added by each failure in a row; the rest are soft
    Fault.REFUSED: 1.0,
    Fault.BLOCKED_ADDRESS: 1.0,
    Fault.SCHEME: 1.0,
    Fault.BAD_URL: 1.0,
    Fault.ROBOTS: 1.0,
    Fault.CHALLENGE: 1.0,
    Fault.TOO_LARGE: 1.0,
    Reason.NOT_FEED: 1.0,
    Reason.PARSE_LIMIT: 1.0,
    Fault.BUSY: 0.25,
    Fault.DEADLINE: 0.25,
    Fault.CONNECT: 0.25,
    Fault.TRUNCATED: 0.25,
}
_SOFT = 0.5
_GONE = (1.0, 7.0, 30.0)  # days to wait after the first 410, the second, and all later ones


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of the wait, in seconds, and how far it may move around a feed's own interval."""

    floor: float = 300.0
    cap: float = _DAY
    fastest: float = 1 / 3  # of the configured interval
    slowest: float = 4.0
    jitter: float = 0.1  # share of the wait by which polls are spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """What one poll told. ``outcome``: "ok", "not_modified", "same_body", or why it failed."""

    outcome: str
    detail: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)  # lower-case names
    retry_after: float | None = None  # seconds
    ttl_minutes: int | None = None
    seen_share: float | None = None  # 0..1, of the entries listed; None when none were
    newest_at: datetime | None = None
    item_hashes: tuple[str, ...] | None = None  # None: the document was not read
    body_hash: str | None = None

    @property
    def succeeded(self) -> bool:
        """True when the feed answered as a feed should."""
        return self.outcome in {"ok", "not_modified", "same_body"}


def next_state(
    state: FeedState, poll: Poll, *, now: datetime, limits: Limits | None = None
) -> FeedState:
    """The state of a feed after a poll at ``now``.

    ``next_poll_at`` lies after ``now`` by at least a minute and at most ``limits.cap`` (thirty days
    for a feed that is gone). The same state, poll and instant give the same answer. A failed poll
    forgets nothing: validators, hashes and dates stay. The condition becomes "ok" or "failing";
    "silent" and "stale" are for ``coverage`` to give and take back, "paused" for people.
    """
    after = _succeeded if poll.succeeded else _failed
    return after(state, poll, now, limits or Limits())


def _succeeded(state: FeedState, poll: Poll, now: datetime, limits: Limits) -> FeedState:
    interval = _interval(state, poll, limits)
    wished = min(_wished(poll, now), _slowest(state, limits))
    wait = _spread(max(interval, wished), state, limits, around=True)
    recovered = state.condition not in _KEPT
    return replace(
        state,
        etag=_validator(poll, "etag", state.etag),
        last_modified=_validator(poll, "last-modified", state.last_modified),
        body_hash=poll.body_hash or state.body_hash,
        item_hashes=state.item_hashes if poll.item_hashes is None else poll.item_hashes,
        condition="ok" if recovered else state.condition,
        condition_since=_since(state, "ok", now) if recovered else state.condition_since,
        reason="" if recovered else state.reason,
        failures=0,
        polls=state.polls + 1,
        last_polled_at=now,
        last_ok_at=now,
        newest_entry_at=max(filter(None, (state.newest_entry_at, poll.newest_at)), default=None),
        next_poll_at=_after(now, wait, limits.cap),
        interval_seconds=interval,
    )


def _failed(state: FeedState, poll: Poll, now: datetime, limits: Limits) -> FeedState:
    failures = state.failures + 1
    base = _every(state, limits)
    cap = limits.cap
    if poll.outcome == Fault.GONE:
        wait = cap = _GONE[min(failures, len(_GONE)) - 1] * _DAY
    else:
        wait = base * (1 + _PATIENCE.get(poll.outcome, _SOFT) * failures)
        wait = _spread(min(wait, cap), state, limits, around=False)
    wait = max(wait, min(poll.retry_after or 0.0, _DAY))
    held = state.condition in {"paused", "disabled"}
    return replace(
        state,
        condition=state.condition if held else "failing",
        condition_since=state.condition_since if held else _since(state, "failing", now),
        reason=state.reason if held else _reason(poll, failures),
        failures=failures,
        polls=state.polls + 1,
        last_polled_at=now,
        next_poll_at=_after(now, wait, cap),
    )


def _interval(state: FeedState, poll: Poll, limits: Limits) -> float:
    """Faster when much of the document was new, slower when little was, else as it is."""
    every = _every(state, limits)
    interval = state.interval_seconds or every
    share = poll.seen_share if poll.outcome == "ok" else 1.0
    if share is not None and share < 1 / 3:
        interval /= 2
    elif share is not None and share >= 2 / 3:
        interval *= 1.25
    return min(max(interval, limits.floor, every * limits.fastest), _slowest(state, limits))


def _every(state: FeedState, limits: Limits) -> float:
    return min(max(state.spec.every_minutes * 60.0, limits.floor), limits.cap)


def _slowest(state: FeedState, limits: Limits) -> float:
    return min(_every(state, limits) * limits.slowest, limits.cap)


def _wished(poll: Poll, now: datetime) -> float:
    """How long the publisher asks to wait, in seconds; 0 when it does not say."""
    ttl = max(poll.ttl_minutes or 0, 0) * 60.0
    control = poll.headers.get("cache-control", "").lower()
    if (age := re.search(r"(?<![\w-])max-age\s*=\s*\"?(\d{1,9})", control)) is not None:
        return max(ttl, float(age[1]))
    if "no-cache" in control or "no-store" in control or "expires" not in poll.headers:
        return ttl
    try:
        expires = parsedate_to_datetime(poll.headers["expires"])
        return max(ttl, (expires.replace(tzinfo=expires.tzinfo or UTC) - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return ttl


def _spread(wait: float, state: FeedState, limits: Limits, *, around: bool) -> float:
    """Move a wait by up to a tenth, so that feeds set up together do not stay together.

    The draw is a hash of the feed and of its count of polls: no randomness, yet never in step.
    ``around`` moves either way; otherwise the wait only grows.
    """
    digest = hashlib.blake2b(f"{state.spec.key}\x1f{state.polls}".encode("utf-8", "replace"))
    draw = int.from_bytes(digest.digest()[:8], "big") / 2**64
    return wait * (1 + limits.jitter * (2 * draw - 1 if around else draw))


def _after(now: datetime, wait: float, cap: float) -> datetime:
    return now + timedelta(seconds=max(60.0, min(wait, cap)))


def _since(state: FeedState, condition: FeedCondition, now: datetime) -> datetime:
    same = state.condition == condition and state.condition_since is not None
    return (state.condition_since or now) if same else now


def _validator(poll: Poll, name: str, kept: str | None) -> str | None:
    """The validator to send next time: that of the document held, never an older one."""
    given = poll.headers.get(name, "").strip()
    if given and len(given) <= 1_000 and given.isprintable():
        return given
    return kept if poll.outcome == "not_modified" else None


def _reason(poll: Poll, failures: int) -> str:
    detail = " ".join(poll.detail.split())[:300] or f"The poll failed: {poll.outcome}."
    if poll.outcome == Fault.GONE:
        return f"{detail} The server says it is gone for good (410); it is asked now and then."
    return detail if failures == 1 else f"{detail.rstrip('.')}, {failures} polls in a row."
