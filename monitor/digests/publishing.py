"""The digests that are due, made and kept: decided by rows, whatever the clock does.

An edition, its messages and what it told are one write under the unique key of its digest and day.
A crash before it leaves nothing, so the next tick makes it; after it, the key says that it is done.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import date, datetime, timedelta

from monitor.digests import gathering, summing
from monitor.digests.edition import Press
from monitor.edge.mail import Letter, Pictured
from monitor.told import Digest
from store import editions
from store.db import Db
from store.messages import Edition, Outgoing

log = logging.getLogger(__name__)
_GIVES_WAY = timedelta(days=1)  # then a day that cannot be made lets the next one tell of it


class DigestError(Exception):
    """Some digests could not be made; the others were. They are tried again at the next tick."""


def publish(db: Db, presses: Sequence[Press], *, catch_up_days: int, now: datetime) -> Counter[str]:
    """Make every edition that is due, those of one digest oldest first.

    Raises:
        DigestError: at the end, with what went wrong with which digest.
    """
    counts: Counter[str] = Counter()
    broken: list[str] = []
    for press in presses:
        try:
            _publish_one(db, press, catch_up_days, now, counts)
        except Exception as error:
            log.exception("the digest %s was not made", press.settings.name)
            broken.append(f"{press.settings.name}: {type(error).__name__}: {error}")
    if broken:
        raise DigestError("; ".join(broken))
    return counts


def _publish_one(
    db: Db, press: Press, catch_up_days: int, now: datetime, counts: Counter[str]
) -> None:
    name, today = press.settings.name, now.astimezone(press.zone).date()
    last_on = editions.last_on(db, name, until=today, now=now)
    looked_since = editions.first_seen_at(db)
    due = press.due(now, last_on, catch_up_days)
    for day in due:
        since, until = press.window(day, editions.covered_until(db, name, day, now=now))
        if last_on is None and (looked_since is None or looked_since >= until):
            continue
        try:
            counts["editions"] += make(db, press, day, since, until, now)
        except Exception:
            if day == due[-1] or now - until < _GIVES_WAY:
                raise
            log.exception("the digest %s of %s was not made; the next tells of it", name, day)


def make(db: Db, press: Press, day: date, since: datetime, until: datetime, now: datetime) -> bool:
    """Make one edition and keep it with its messages; False when its day was told before."""
    if editions.exists(db, press.settings.name, day):
        editions.made_ahead(db, press.settings.name, day, since, now)
        return False
    told = content(db, press, day, since, until)
    return keep(db, told, *press.printed(told, since, until, now))


def content(db: Db, press: Press, day: date, since: datetime, until: datetime) -> Digest:
    """Return what an edition says: the news of a day, or the summary of a week or a month."""
    if press.settings.every != "day":
        return summing.summary(db, press, day, since, until)
    return press.edition(db, day, since, until)


def keep(db: Db, told: Digest, printed: Edition, messages: Sequence[Outgoing]) -> bool:
    """Keep an edition, its messages and what it told in one write; False when told before."""
    # A summary tells what the daily ones told; it has no memory of its own.
    remembered = gathering.told_entries(told) if told.every == "day" else []
    return editions.put(db, printed, messages, remembered)


def pictured(open_store: Callable[[], Db], message: Outgoing) -> Letter:
    """Return the message with the picture of its edition, where it has one.

    The store is opened for an edition alone: most messages are alerts.
    """
    named = editions.of_message(message)
    if named is None:
        return message
    with closing(open_store()) as db:
        picture = editions.picture(db, *named)
    return Pictured(letter=message, picture=picture) if picture else message
