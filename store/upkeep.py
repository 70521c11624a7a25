"""Records of the service itself: its runs, what it noticed, what people set otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


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
