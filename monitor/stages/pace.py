"""When to ask a feed again.

The interval follows the share of entries already seen; within it the hours count by how much the
feed publishes in them, so that it is asked oftener when it writes and more rarely at night. A feed
is never given up: failures stretch the wait along a straight line, at most to a day, and a feed
that said 410 is still asked once a month. What a publisher asks for (Retry-After, Cache-Control,
Expires, ttl) is honoured within bounds: a mistake of theirs cannot silence a feed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from statistics import median

from monitor.model import Fault, Reason
from store.memory import FeedMemory
from store.polls import FeedCondition, FeedState
from store.watch import Rhythm

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
_WALL = "A page that checks for robots answered instead of the feed."
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
    memory: FeedMemory | None = None  # what the next document is held against; None: as it was
    gap: bool = False  # entries may have gone by unseen: the next poll comes soon

    @property
    def succeeded(self) -> bool:
        """True when the feed answered as a feed should."""
        return self.outcome in {"ok", "not_modified", "same_body"}


def next_state(
    state: FeedState,
    poll: Poll,
    *,
    now: datetime,
    limits: Limits | None = None,
    rhythm: Rhythm | None = None,
) -> FeedState:
    """The state of a feed after a poll at ``now``.

    ``next_poll_at`` lies after ``now`` by at least a minute and at most ``limits.cap``: thirty days
    for a feed that is gone, up to a day where the server asks for it by Retry-After. The same
    arguments give the same answer. A failed poll forgets nothing: validators, hashes and dates
    stay. The condition becomes "ok", "failing", or "paused" after a 410; "silent", "stale" and
    "thin" are for ``coverage`` to give and take back.
    """
    bounds = limits or Limits()
    if poll.succeeded:
        return _succeeded(state, poll, now, bounds, rhythm)
    return _failed(state, poll, now, bounds)


def _succeeded(
    state: FeedState, poll: Poll, now: datetime, limits: Limits, rhythm: Rhythm | None
) -> FeedState:
    interval = _interval(state, poll, limits)
    wait = _spread(_stretched(interval, state, now, limits, rhythm), state, limits, around=True)
    wished = min(_wished(poll, now), _slowest(state, limits))
    if wished > wait:
        wait = _spread(wished, state, limits, around=False)
    recovered = state.condition not in _KEPT or is_gone(state)
    return replace(
        state,
        etag=_validator(poll, "etag", state.etag),
        last_modified=_validator(poll, "last-modified", state.last_modified),
        body_hash=poll.body_hash or state.body_hash,
        item_hashes=poll.item_hashes or state.item_hashes,
        memory=poll.memory or state.memory,
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
    gone = poll.outcome == Fault.GONE
    if gone:
        wait = cap = _GONE[min(failures, len(_GONE)) - 1] * _DAY
    else:
        wait = base * (1 + _PATIENCE.get(poll.outcome, _SOFT) * failures)
        wait = _spread(min(wait, cap), state, limits, around=False)
    asked = min(poll.retry_after or 0.0, _DAY)  # theirs to say, whatever the team's own cap
    wait, cap = max(wait, asked), max(cap, asked)
    held = state.condition == "disabled" or (state.condition == "paused" and not is_gone(state))
    becomes: FeedCondition = "paused" if gone else "failing"
    return replace(
        state,
        condition=state.condition if held else becomes,
        condition_since=state.condition_since if held else _since(state, becomes, now),
        reason=state.reason if held else _reason(poll, failures),
        failures=failures,
        polls=state.polls + 1,
        last_polled_at=now,
        next_poll_at=_after(now, wait, cap),
    )


def is_gone(state: FeedState) -> bool:
    """True where the server paused a feed by a 410, not people: a pause of theirs is no failure."""
    return state.condition == "paused" and state.failures > 0


def _interval(state: FeedState, poll: Poll, limits: Limits) -> float:
    """Faster when much of the document was new, slower when little was, else as it is."""
    every = _every(state, limits)
    interval = state.interval_seconds or every
    share = poll.seen_share if poll.outcome == "ok" else 1.0
    if poll.gap:
        interval = 0.0  # as often as the bounds allow
    elif share is not None and share < 1 / 3:
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
    # What is in quotes names header fields: no-cache="set-cookie" does not mean the document.
    control = re.sub(r'"[^"]*[^"\d][^"]*"', "", poll.headers.get("cache-control", "").lower())
    if re.search(r"(?<![\w-])no-(?:cache|store)(?!\s*=)(?![\w-])", control):
        return ttl
    if (age := re.search(r"(?<![\w-])max-age\s*=\s*\"?(\d{1,9})", control)) is not None:
        return max(ttl, float(age[1]))
    if "expires" not in poll.headers:
        return ttl
    try:
        expires = parsedate_to_datetime(poll.headers["expires"])
        return max(ttl, (expires.replace(tzinfo=expires.tzinfo or UTC) - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return ttl


_LEAST_ENTRIES, _LEAST_HOURS, _LEAST_DAYS = 40, 20, 7  # of four weeks, to know the busy hours
_BUSIEST, _DEADEST = 3.0, 1 / 3  # how much faster and slower an hour may run than the mean
_STEP = 300.0


def _stretched(
    interval: float, state: FeedState, now: datetime, limits: Limits, rhythm: Rhythm | None
) -> float:
    """The wait until as much was likely published as in ``interval`` on average.

    Flat while too little is known. Bounded as the interval is, so that the news of a dead hour is
    late by no more than that of a slow feed.
    """
    pace = hourly(rhythm, now) if rhythm else None
    if pace is None:
        return interval
    wait, due = 0.0, interval
    most = _slowest(state, limits)
    while due > 0 and wait < most:
        hour = int((now.timestamp() + wait) // 3600)
        speed = pace[hour % 168]
        due -= _STEP * speed
        wait += _STEP + min(due, 0.0) / speed  # the last step is cut where it is due
    least = max(limits.floor, _every(state, limits) * limits.fastest)
    return min(max(wait, least), most)


def hourly(rhythm: Rhythm, now: datetime) -> tuple[float, ...] | None:
    """How busy each of the 168 hours of the week is, 1 being the mean of all.

    None where too little is known. Hours are counted from 1970 in UTC: the first is a Thursday's.
    Hour of the day and day of the week are weighed apart, or each of the 168 would rest on four
    observations.
    """
    latest = int(now.timestamp() // 3600)
    hours = [(hour, n) for hour, n in rhythm.hours if latest - 28 * 24 < hour <= latest]
    if len(hours) < _LEAST_HOURS or latest - hours[0][0] < _LEAST_DAYS * 24:
        return None
    # An archive taken in at once, or one burst, is not a rhythm.
    most = 4.0 * median(n for _, n in hours)
    counted = [(hour, min(float(n), most)) for hour, n in hours]
    if sum(n for _, n in counted) < _LEAST_ENTRIES:
        return None
    of_day = _shares([(hour % 24, n) for hour, n in counted], 24)
    of_week = _shares([(hour // 24 % 7, n) for hour, n in counted], 7)
    return tuple(
        min(max(of_day[hour % 24] * of_week[hour // 24 % 7], _DEADEST), _BUSIEST)
        for hour in range(168)
    )


def _shares(counted: list[tuple[int, float]], parts: int) -> list[float]:
    """Each part's share of the whole, 1 being an even one, drawn towards it by two entries."""
    sums = [0.0] * parts
    for part, n in counted:
        sums[part] += n
    mean = sum(sums) / parts
    return [(one + 2) / (mean + 2) for one in sums]


def _spread(wait: float, state: FeedState, limits: Limits, *, around: bool) -> float:
    """Move a wait by up to a tenth, so that feeds set up together do not stay together.

    The draw is a hash: no randomness, yet never in step. ``around`` moves either way, anew at each
    poll; otherwise the wait only grows, by the same share each time, so that a longer wait stays
    the longer one.
    """
    named = f"{state.spec.key}\x1f{state.polls}" if around else state.spec.key
    digest = hashlib.blake2b(named.encode("utf-8", "replace"))
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
        return "Gone (410): the server says for good. It is still asked, once a month in the end."
    if poll.outcome == Fault.CHALLENGE:
        detail = _WALL
    return detail if failures == 1 else f"{detail.rstrip('.')}, {failures} polls in a row."
