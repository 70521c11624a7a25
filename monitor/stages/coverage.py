"""What a feed may have missed, and whether it still speaks.

A dead feed can answer 200 for months, so its health is judged by the date of its newest entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from store.types import FeedCondition, FeedSpec, FeedState

_DAILY = timedelta(hours=48)
_QUERY = timedelta(days=7)  # a search for a topic may rightly find nothing for days
_SLOW = timedelta(days=45)
_STALE = 4  # times the expected silence after which a feed is likely abandoned
_SLOW_WORDS = frozenset(
    {"research", "institute", "think-tank", "journal", "centre", "center", "foundation"}
    | {"council", "monthly", "quarterly"}
)


def overlap(previous_hashes: Sequence[str], current_hashes: Sequence[str]) -> bool:
    """True when nothing can have rolled out unseen between two polls.

    False is a possible gap: both documents list items, and they share none. The first poll of a
    feed and an empty document are no gap.
    """
    if not previous_hashes or not current_hashes:
        return True
    return not frozenset(previous_hashes).isdisjoint(current_hashes)


def expected_silence(spec: FeedSpec) -> timedelta:
    """How long a feed of this kind may be quiet before people are told."""
    words = f"{spec.side} {spec.section} {spec.outlet}".lower().split()
    if not _SLOW_WORDS.isdisjoint(words) or spec.every_minutes >= 6 * 60:
        return _SLOW
    return _QUERY if spec.kind == "google-news" else _DAILY


def condition(state: FeedState, now: datetime) -> tuple[FeedCondition, str]:
    """The condition of a feed at ``now`` and the sentence that explains it.

    Judges only feeds that answer: "failing", "paused", "disabled" and "new" are returned as they
    are. "silent": nothing newer than expected of such a feed; "stale": for four times as long, so
    that it is likely abandoned. A feed that dates nothing cannot be judged and stays "ok".
    """
    if state.condition in {"failing", "paused", "disabled", "new"}:
        return state.condition, state.reason
    newest = state.newest_entry_at
    if newest is None:
        return "ok", ""
    quiet, expected = now - newest, expected_silence(state.spec)
    if quiet <= expected:
        return "ok", ""
    name, span = state.spec.outlet or state.spec.key, _span(quiet)
    if quiet <= expected * _STALE:
        return "silent", f"{name} has been silent for {span}."
    day = f"{newest.day} {newest:%B %Y}"
    return "stale", f"{name} answers, but its newest entry is of {day}, {span} ago."


def judged(state: FeedState, now: datetime) -> FeedState:
    """The state with its condition, since when, and why, as ``condition`` sees them at ``now``."""
    kind, sentence = condition(state, now)
    since = state.condition_since if kind == state.condition else now
    return replace(state, condition=kind, condition_since=since or now, reason=sentence)


def _span(quiet: timedelta) -> str:
    hours = int(quiet.total_seconds() // 3600)
    return f"{hours // 24} days" if hours >= 72 else f"{hours} hours"
