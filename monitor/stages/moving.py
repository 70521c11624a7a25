"""Whether a feed has moved for good.

An address is given up only when it said so three times, on two days, and what stands at the new one
is the same feed: a redirect to a page under maintenance, or to another outlet that bought the name,
is told by an entry both list.
"""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from monitor.stages.urls import host
from store.watch import Redirect

ANSWERS, DAYS = 3, 2
_LONGEST = 2_000  # characters, as feeds.yaml takes them
_PRIVATE_ENDS = (".local", ".localhost", ".internal", ".lan", ".home", ".intranet", ".onion")
_NUMBERS = {1: "once", 2: "twice"}


def answered(
    before: Redirect | None, *, feed: str, url: str, target: str, shares: bool, now: datetime
) -> Redirect:
    """The redirect after one more answer that led for good from ``url`` to ``target``.

    ``shares``: the document there lists an entry known before, or nothing was known. Another
    target, or another address of the feed, begins anew.
    """
    if before is None or (before.from_url, before.to_url) != (url, target):
        return Redirect(
            feed=feed, from_url=url, to_url=target, first_at=now, last_at=now, shared=shares
        )
    another_day = before.last_at.astimezone(UTC).date() != now.astimezone(UTC).date()
    return replace(
        before,
        last_at=max(now, before.last_at),
        answers=before.answers + 1,
        days=before.days + another_day,
        shared=before.shared or shares,
    )


def objection(redirect: Redirect, *, taken: bool = False, refused: bool = False) -> str:
    """A sentence that says why the address is kept; empty when the new one is to be taken over.

    ``taken``: another feed asks the new address. ``refused``: a person took this move back before.
    """
    unsafe = _unsafe(redirect)
    if unsafe:
        return unsafe
    if refused:
        return "A person took this move back, so the address stays."
    if taken:
        return "Another feed asks the new address already."
    if not redirect.shared:
        return "What stands at the new address lists nothing that is known of this feed."
    if redirect.answers < ANSWERS or redirect.days < DAYS:
        said = _NUMBERS.get(redirect.answers, f"{redirect.answers} times")
        days = "on one day" if redirect.days == 1 else f"on {redirect.days} days"
        return f"It said so {said}, {days}; it is believed after three times on two days."
    return ""


def why(redirect: Redirect) -> str:
    """The sentence kept with a move."""
    first, last = redirect.first_at, redirect.last_at
    return (
        f"It answered {redirect.answers} times, from {first.day} {first:%B} to "
        f"{last.day} {last:%B %Y}, that it has moved for good; the new address is a feed and "
        "lists what this one listed."
    )


def _unsafe(redirect: Redirect) -> str:
    old, new = urlsplit_or_none(redirect.from_url), urlsplit_or_none(redirect.to_url)
    name = host(redirect.to_url)
    if new is None or not name or new[0] not in {"http", "https"}:
        return "The new address is no web address."
    if len(redirect.to_url) > _LONGEST or "@" in new[1]:
        return "The new address is too long or carries a user name."
    if old is not None and old[0] == "https" and new[0] == "http":
        return "The new address would give up the secure connection."
    if _is_private(name) and name != host(redirect.from_url):
        return "The new address lies in a private network."
    return ""


def urlsplit_or_none(url: str) -> tuple[str, str] | None:
    """The scheme and the authority of an address; None where it cannot be read."""
    try:
        split = urlsplit(url)
    except ValueError:
        return None
    return split.scheme, split.netloc


def _is_private(name: str) -> bool:
    try:
        address = ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return "." not in name or name.endswith(_PRIVATE_ENDS)
    return not address.is_global or address.is_multicast
