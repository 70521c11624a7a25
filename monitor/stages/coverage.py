"""Whether a feed still speaks, by the rhythm it has shown itself.

A dead feed can answer 200 for months, so its health is judged by its newest entry. The usual of its
kind counts only until its own rhythm is known.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from store.polls import FeedCondition, FeedSpec, FeedState
from store.watch import Rhythm

_DAILY = timedelta(hours=48)
_QUERY = timedelta(days=7)  # a search for a topic may rightly find nothing for days
_SLOW = timedelta(days=45)
_STALE = 4  # times the expected silence after which a feed is likely abandoned
_SLOW_WORDS = frozenset(
    {"research", "institute", "think-tank", "journal", "centre", "center", "foundation"}
    | {"council", "monthly", "quarterly"}
)
_RARE = 0.98  # of the pauses of a feed are shorter than the one taken for its longest
_PATIENCE = 2.0  # times that pause
_SHORTEST, _LONGEST = timedelta(hours=24), timedelta(days=120)
_LEAST_HOURS, _LEAST_DAYS = 8, 7  # with entries, and from the first to the last, to know a rhythm
_WEEK = 168  # hours
_EMPTY = timedelta(hours=6)


def expected_silence(spec: FeedSpec, rhythm: Rhythm | None = None) -> timedelta:
    """How long a feed may be quiet before people are told.

    Twice the longest pause it usually makes; while that is not known, the usual of its kind.
    """
    hours = [hour for hour, _ in rhythm.hours] if rhythm else []
    if len(hours) >= _LEAST_HOURS and hours[-1] - hours[0] >= _LEAST_DAYS * 24:
        recent = [hour for hour in hours if hour > hours[-1] - 4 * _WEEK]
        pauses = sorted(b - a for a, b in pairwise(recent if len(recent) > 2 * 7 else hours))
        longest = pauses[min(int(_RARE * len(pauses)), len(pauses) - 1 - (len(pauses) >= 10))]
        return min(max(timedelta(hours=longest) * _PATIENCE, _SHORTEST), _LONGEST)
    words = f"{spec.side} {spec.section} {spec.outlet}".lower().split()
    if not _SLOW_WORDS.isdisjoint(words) or spec.every_minutes >= 6 * 60:
        return _SLOW
    return _QUERY if spec.kind == "google-news" else _DAILY


def condition(
    state: FeedState, now: datetime, rhythm: Rhythm | None = None
) -> tuple[FeedCondition, str]:
    """The condition of a feed at ``now`` and the sentence that explains it.

    Judges only feeds that answer: "failing", "paused", "disabled" and "new" are returned as they
    are. "silent": nothing newer than its rhythm leads to expect, or it lists nothing any more;
    "stale": for four times as long, so that it is likely abandoned; "thin": far fewer entries in 24
    hours than on that weekday of the four weeks before. A feed that dates nothing is judged by when
    its entries were first seen.
    """
    if state.condition in {"failing", "paused", "disabled", "new"}:
        return state.condition, state.reason
    name = state.spec.outlet or state.spec.key
    newest = newest_of(state)
    if newest is None:
        return "ok", ""
    quiet, expected = now - newest, expected_silence(state.spec, rhythm)
    if quiet > expected:
        return _silence(state, name, quiet, now, rhythm, stale=quiet > expected * _STALE)
    empty = state.memory.empty_since_at
    if empty is not None and now - empty >= _EMPTY and state.spec.kind == "rss":
        listed = len(state.memory.listed)
        return "silent", f"{name} answers, but has listed nothing for {span(now - empty)}" + (
            f"; before, it listed {_counted(listed)}." if listed else "."
        )
    return _thin(state, name, now, rhythm)


def newest_of(state: FeedState) -> datetime | None:
    """The date of a feed's newest entry, or when it was first seen where it has none."""
    # An entry counts once, when it is first listed: feeds that date all anew prove nothing by it.
    return state.memory.fresh_at or state.newest_entry_at


def judged(state: FeedState, now: datetime, rhythm: Rhythm | None = None) -> FeedState:
    """The state with its condition, since when, and why, as ``condition`` sees them at ``now``."""
    kind, sentence = condition(state, now, rhythm)
    since = state.condition_since if kind == state.condition else now
    return replace(state, condition=kind, condition_since=since or now, reason=sentence)


def _silence(
    state: FeedState, name: str, quiet: timedelta, now: datetime, rhythm: Rhythm | None, *,
    stale: bool,
) -> tuple[FeedCondition, str]:  # fmt: skip
    usual = usually(rhythm) if rhythm else ""
    also = f"; it usually publishes {usual}." if usual else "."
    changed = state.memory.changed_at
    if stale:
        newest = now - quiet
        day = f"{newest.day} {newest:%B %Y}"
        return (
            "stale",
            f"{name} answers, but its newest entry is of {day}, {span(quiet)} ago{also}",
        )
    if changed is not None and state.newest_entry_at is None:
        return "silent", f"{name} has sent the same document for {span(now - changed)}{also}"
    return "silent", f"{name} has been silent for {span(quiet)}{also}"


def usually(rhythm: Rhythm) -> str:
    """How much a feed publishes, in words: "20 items a day"; empty where too little is known."""
    hours = [(hour, n) for hour, n in rhythm.hours if hour > rhythm.hours[-1][0] - 4 * _WEEK]
    if len(hours) < _LEAST_HOURS:
        hours = list(rhythm.hours)
    if len(hours) < _LEAST_HOURS or hours[-1][0] - hours[0][0] < (_LEAST_DAYS - 1) * 24:
        return ""
    each = sum(n for _, n in hours) / (hours[-1][0] // 24 - hours[0][0] // 24 + 1)
    for often, name in ((each, "day"), (each * 7, "week")):
        if often >= 1:
            return f"{_counted(round(often))} a {name}"
    return f"{_counted(max(1, round(each * 30)))} a month"


# --- volume ---------------------------------------------------------------------------------

_LEAST_EXPECTED = 12  # entries in 24 hours; of fewer, chance alone explains a day with next to none
_THIN, _THICK = 0.2, 0.4  # share of the expected below which it begins, above which it ends


def _thin(
    state: FeedState, name: str, now: datetime, rhythm: Rhythm | None
) -> tuple[FeedCondition, str]:
    """Hold the last 24 hours against the same hours of the weeks before; a missing day is a zero.

    After a gap what was lost is our miss, not the outlet's, so the day then counts for nothing.
    """
    gap, known = state.memory.gap_at, rhythm.known_since if rhythm else None
    if rhythm is None or known is None or (gap is not None and now - gap < timedelta(days=2)):
        return "ok", ""
    weeks = min(4, int((now - known) / timedelta(weeks=1)))
    if weeks < 2:
        return "ok", ""
    last, *earlier = _days(dict(rhythm.hours), int(now.timestamp() // 3600), weeks)
    expected = sum(earlier) / weeks
    share = _THICK if state.condition == "thin" else _THIN
    if expected < _LEAST_EXPECTED or last > expected * share or last >= min(earlier):
        return "ok", ""
    return "thin", (
        f"{name} has published {_counted(last)} in 24 hours; "
        f"on this day of the week it is usually {_counted(round(expected))}."
    )


def _days(hours: Mapping[int, int], now: int, weeks: int) -> list[int]:
    """Entries of the 24 hours until ``now``, and of the same ones of each week before."""
    ends: Collection[int] = [now - week * _WEEK for week in range(weeks + 1)]
    return [sum(hours.get(hour, 0) for hour in range(end - 23, end + 1)) for end in ends]


# --- words ----------------------------------------------------------------------------------


def _counted(n: int) -> str:
    return f"{n} item" if n == 1 else f"{n} items"


def span(quiet: timedelta) -> str:
    """A stretch of time in words: hours up to three days, then days."""
    hours = int(quiet.total_seconds() // 3600)
    return f"{hours // 24} days" if hours >= 72 else f"{hours} hours"
