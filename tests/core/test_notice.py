"""People are told once that a feed is unwell, and once that it is over; never once a retry."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from monitor.stages.notice import follow
from store.watch import Trouble

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
AFTER = timedelta(hours=6)
QUARTER = timedelta(minutes=15)


def told(course: Iterable[bool], *, step: timedelta = QUARTER) -> list[tuple[str, timedelta]]:
    """What is told, and when, of a feed that is well (True) or unwell at each step."""
    open_: Trouble | None = None
    since = NOW
    found: list[tuple[str, timedelta]] = []
    before = True
    for number, well in enumerate(course):
        now = NOW + number * step
        since = now if before and not well else since
        before = well
        unwell = (
            None if well else Trouble(feed="a", since_at=since, condition="failing", reason=".")
        )
        followed = follow(open_, unwell, now, AFTER)
        open_ = followed.trouble
        if followed.tell:
            found.append((followed.tell, now - NOW))
    return found


def test_a_trouble_that_lasts_is_told_once_and_its_end_once() -> None:
    course = [False] * 100 + [True] * 50
    assert [what for what, _ in told(course)] == ["began", "over"]
    (_, began), (_, over) = told(course)
    assert began == AFTER
    assert timedelta(hours=25) < over <= timedelta(hours=25) + AFTER / 3 + QUARTER


def test_a_trouble_that_passes_in_time_is_not_told_at_all() -> None:
    assert told([False] * 20 + [True] * 60) == []


def test_a_feed_that_comes_and_goes_is_one_trouble() -> None:
    assert [what for what, _ in told([False, True] * 200)] == ["began"]
    assert [what for what, _ in told([False, False, True] * 200 + [True] * 40)] == ["began", "over"]


def test_a_single_failure_a_day_is_none() -> None:
    assert told(([False] + [True] * 95) * 10) == []


def test_what_is_wrong_may_change_without_being_told_again() -> None:
    first = Trouble(feed="a", since_at=NOW, condition="failing", reason="500.")
    began = follow(first, first, NOW + AFTER, AFTER).trouble
    second = Trouble(feed="a", since_at=NOW + 2 * AFTER, condition="silent", reason="Quiet.")
    later = follow(began, second, NOW + 3 * AFTER, AFTER)
    assert later.tell == ""
    assert later.trouble is not None
    assert (later.trouble.since_at, later.trouble.reason) == (NOW, "Quiet.")


@given(st.lists(st.booleans(), max_size=300))
def test_beginnings_and_ends_alternate_whatever_happens(course: list[bool]) -> None:
    words = [what for what, _ in told(course)]
    assert words == (["began", "over"] * len(words))[: len(words)]
    moments = [at for _, at in told(course)]
    assert all(b - a >= AFTER / 3 for a, b in pairwise(moments))
