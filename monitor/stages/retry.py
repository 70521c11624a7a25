"""When to try again: a page that could not be had, a message that could not be delivered."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.model import Fault, FetchFailed
from monitor.told import Delivery
from store.messages import OutboxRow
from store.types import Pending

PAGE_AFTER = (timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=3), timedelta(hours=12))
MESSAGE_AFTER = (*PAGE_AFTER, *[timedelta(hours=24)] * 7)  # a server may be down for a week
IN_DOUBT = "it may have arrived before; "
"""Begins what is kept of a delivery once one ended unknown: it is repeated once, not for ever."""
FINAL_FAULTS = frozenset(
    {
        Fault.GONE,
        Fault.NOT_FOUND,
        Fault.SCHEME,
        Fault.BAD_URL,
        Fault.BLOCKED_ADDRESS,
        Fault.TOO_LARGE,
        Fault.TOO_MANY_REDIRECTS,
    }
)


def page_again_at(item: Pending, failure: FetchFailed, now: datetime) -> datetime | None:
    """Return when to ask for a page again, Retry-After honoured; None when there is no hope."""
    if failure.fault in FINAL_FAULTS or item.attempts >= len(PAGE_AFTER):
        return None
    asked = timedelta(seconds=failure.retry_after or 0)
    return now + max(PAGE_AFTER[item.attempts], asked)


def message_again_at(row: OutboxRow, delivery: Delivery, now: datetime) -> datetime | None:
    """Return when to send again, soon at first, then rarely; None for what was sent or refused.

    What may have arrived is repeated once; a second doubt ends it, or a server that dies at every
    mail would be sent the same one for days.
    """
    if delivery.state == "sent" or delivery.permanent or row.attempts > len(MESSAGE_AFTER):
        return None
    if delivery.state == "unknown" and row.error.startswith(IN_DOUBT):
        return None
    asked = timedelta(seconds=delivery.retry_after or 0)
    return now + max(asked, MESSAGE_AFTER[row.attempts - 1])


def after_death_at(row: OutboxRow, now: datetime) -> datetime:
    """Return when to send a message again that was in hand when the process died.

    At once the first time. A message that the process dies of, time after time, would otherwise
    arrive as often as the service is started: then it waits as one that failed does.
    """
    if row.attempts <= 1:
        return now
    return now + MESSAGE_AFTER[min(row.attempts - 2, len(MESSAGE_AFTER) - 1)]


def told(row: OutboxRow, delivery: Delivery) -> str:
    """Return what is kept of a delivery: that an earlier one may have arrived is not forgotten."""
    doubt = delivery.state == "unknown" or row.error.startswith(IN_DOUBT)
    return IN_DOUBT + delivery.detail if doubt else delivery.detail
