"""Records of the service itself: its runs, what it noticed, what people set otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from store.messages import WayState


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun:
    """The last run of a job: how it went and what it counted."""

    job: str
    started_at: datetime
    finished_at: datetime | None
    ok: bool | None
    detail: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something the service noticed of itself; ``job_missed`` is a run that did not happen."""

    at: datetime
    kind: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A setting people changed on the desk, laid over feeds.yaml. ``value`` is JSON."""

    id: int
    path: str  # "feeds.dawn-home.enabled", "thresholds.queue"
    value: str
    by: str
    at: datetime
    why: str = ""  # in their own words, where they gave any
    had: tuple[str, ...] = ()
    """Of a feed that moved: the addresses it had; what feeds.yaml says besides them stands."""


# --- what tells whether the service is well ---------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What a job has counted so far, over all its runs.

    ``what`` is ``runs``, ``failures``, ``seconds``, ``in_a_row`` (runs that broke since the last
    good one), or ``n:`` and the name of what it counted.
    """

    job: str
    what: str
    n: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """A job whose last run broke: since when, how often since it last went well, and on what."""

    job: str
    since_at: datetime
    times: int
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The message that waits longest among those of one lane that are due."""

    lane: str
    since_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ailing:
    """What people were told of one cause. ``seen_at``: since when it is seen, all spells together.

    ``told_at``: when people were told; ``well_since_at``: well again since, but maybe not for long;
    ``over_at``: when people were told that it is over.
    """

    cause: str
    seen_at: datetime
    sentence: str
    told_at: datetime | None = None
    well_since_at: datetime | None = None
    over_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What the store knows of how the service does, read at one moment.

    ``notes`` are those of the last day that the service wrote of itself. ``feeds`` counts those
    that are asked, ``feeds_failing`` those of them that could not be read for twenty minutes,
    ``feeds_failing_since`` when the last of these began. ``tried`` are the articles of the last
    day that were read or could not be, ``unread`` the latter. ``waiting_since``: how long the
    article waits that has been due the longest; ``unjudged_since`` the same of texts without a
    verdict.
    """

    runs: tuple[JobRun, ...] = ()
    failing: tuple[Failing, ...] = ()
    first_run_at: datetime | None = None
    notes: tuple[Note, ...] = ()
    feeds: int = 0
    feeds_failing: int = 0
    feeds_failing_since: datetime | None = None
    tried: int = 0
    unread: int = 0
    waiting_since: datetime | None = None
    unjudged_since: datetime | None = None
    ways: tuple[WayState, ...] = ()  # that take nothing at the moment
    held: tuple[Held, ...] = ()
    failed_messages: int = 0  # of the newest hundred, in the last day
    failed_message: str = ""  # why the newest of them failed
    in_doubt: int = 0  # of the newest thousand: messages that a restore left to people
    known: tuple[Ailing, ...] = ()  # causes that the service wrote down of itself
