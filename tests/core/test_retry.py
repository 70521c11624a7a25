"""When to try again: bounded, never at once, and never what cannot help."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Fault, FetchFailed
from monitor.stages import retry
from monitor.told import Delivery
from store.messages import OutboxRow, Outgoing
from store.types import Pending

NOW = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)


def page(attempts: int) -> Pending:
    return Pending(
        article=1, url="https://lantern.example/1", feed="f", outlet="L", side="world",
        language=None, body="page", title="t", summary="", content_html=None, author=None,
        published_at=None, published_original=None, first_seen_at=NOW, attempts=attempts, version=0,
    )  # fmt: skip


def failure(fault: Fault, retry_after: float | None = None) -> FetchFailed:
    return FetchFailed(
        key="1", url="https://lantern.example/1", fault=fault, detail="", fetched_at=NOW,
        retry_after=retry_after,
    )  # fmt: skip


def row(attempts: int, error: str = "") -> OutboxRow:
    message = Outgoing(
        key="k", kind="digest", channel="office", subject="", text="", html=None, created_at=NOW
    )
    return OutboxRow(
        id=1, message=message, state="sending", attempts=attempts, next_try_at=None, sent_at=None,
        error=error,
    )  # fmt: skip


@pytest.mark.parametrize("fault", [Fault.NOT_FOUND, Fault.GONE, Fault.BLOCKED_ADDRESS])
def test_a_page_that_will_never_come_is_not_asked_for_again(fault: Fault) -> None:
    assert retry.page_again_at(page(0), failure(fault), NOW) is None


@given(st.integers(0, 50), st.none() | st.floats(0, 86_400))
def test_a_page_is_tried_a_few_times_later_each_time(attempts: int, asked: float | None) -> None:
    """Never before the server allows it, and only as often as there are waits."""
    again = retry.page_again_at(page(attempts), failure(Fault.SERVER, asked), NOW)
    assert (again is None) == (attempts >= len(retry.PAGE_AFTER))
    if again is not None:
        assert again - NOW >= max(timedelta(minutes=5), timedelta(seconds=asked or 0))


def test_a_failed_message_is_tried_every_day_for_a_week_and_then_shown_as_failed() -> None:
    waits = []
    failed = Delivery(state="failed")
    for attempts in range(1, 20):
        again = retry.message_again_at(row(attempts), failed, NOW)
        if again is None:
            break
        waits.append(again - NOW)
    assert waits == sorted(waits)
    assert max(waits) <= timedelta(hours=24)
    assert sum(waits, timedelta()) > timedelta(days=7)
    assert len(waits) < 15


def test_what_was_sent_or_refused_for_good_is_not_sent_again() -> None:
    assert retry.message_again_at(row(1), Delivery(state="sent"), NOW) is None
    assert retry.message_again_at(row(1), Delivery(state="failed", permanent=True), NOW) is None


def test_what_may_have_arrived_is_repeated_once_even_with_a_failure_in_between() -> None:
    unknown, failed = Delivery(state="unknown", detail="died after DATA"), Delivery(state="failed")
    first = row(1)
    assert retry.message_again_at(first, unknown, NOW) is not None
    then = row(2, retry.told(first, unknown))
    assert retry.message_again_at(then, failed, NOW) is not None
    last = row(3, retry.told(then, failed))
    assert retry.message_again_at(last, unknown, NOW) is None


def test_what_was_in_hand_at_a_death_goes_at_once_and_then_as_late_as_what_failed() -> None:
    """A message that the service dies of each time is no storm, and is never given up."""
    waits = [retry.after_death_at(row(attempts), NOW) - NOW for attempts in range(1, 41)]
    assert waits[0] == timedelta(0)
    assert waits[1:] == sorted(waits[1:])
    assert waits[1] >= timedelta(minutes=5)
    assert waits[-1] <= timedelta(days=1)
    assert sum(wait < timedelta(hours=1) for wait in waits) <= 3
