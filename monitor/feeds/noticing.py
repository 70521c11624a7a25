"""Who is told that a feed is unwell: one notice when it lasts, one when it is over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.stages import notice
from store import feeds, outbox, troubles
from store.db import Db, write
from store.messages import Outgoing
from store.watch import Trouble

BUNDLED = 5  # feeds; of so many at once people get one message
BETWEEN_NOTICES = timedelta(minutes=30)  # a line that is down takes its feeds one after the other


def tell(db: Db, *, ways: tuple[str, ...], after: timedelta, now: datetime) -> Mapping[str, int]:
    """Put a notice for each feed that has been unwell for long enough, and for each that recovered.

    ``ways`` are where notices go; without any, nobody is told and nothing is kept. Many at once
    make one message; within half an hour of the last nothing is told, so that a line that goes
    down makes two messages and not fifty. Of a feed that is switched off or left out of the
    settings nothing more is said.
    """
    if not ways:
        return {}
    last = troubles.last_told_at(db)
    quiet = last is not None and timedelta(0) <= now - last < BETWEEN_NOTICES
    open_, unwell = troubles.troubles(db), troubles.unwell(db)
    followed = {
        feed: notice.follow(open_.get(feed), unwell.get(feed), now, after)
        for feed in {*open_, *unwell}
    }
    # Nobody asks them any more, so nobody knows whether they are well again.
    followed |= dict.fromkeys(troubles.left_out(db) if open_ else (), notice.Followed(trouble=None))
    if quiet:
        followed = {feed: one for feed, one in followed.items() if not one.tell}
    changed = {f: one.trouble for f, one in followed.items() if one.trouble != open_.get(f)}
    if not changed:
        return {}
    began = [one.trouble for one in followed.values() if one.trouble and one.tell == "began"]
    over = [open_[feed] for feed, one in followed.items() if one.tell == "over"]
    names = {state.spec.key: state.spec.outlet or state.spec.key for state in feeds.states(db)}
    messages = [
        *_notices([_began(trouble, names) for trouble in began], "unwell", ways, now),
        *_notices([_over(trouble, names, now) for trouble in over], "well again", ways, now),
    ]
    with write(db):
        troubles.keep(
            db,
            [one for one in changed.values() if one],
            [f for f, one in changed.items() if not one],
        )
        put = outbox.put(db, messages)
    return {"notices": put} if put else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Notice:
    key: str
    subject: str
    text: str


def _began(trouble: Trouble, names: Mapping[str, str]) -> _Notice:
    name = names.get(trouble.feed, trouble.feed)
    return _Notice(
        key=f"notice:{trouble.feed}:{trouble.since_at.isoformat()}",
        subject=f"{name}: {_CONDITIONS.get(trouble.condition, trouble.condition)}",
        text=f"{trouble.reason}\n"
        f"{name} ({trouble.feed}) is unwell since {_moment(trouble.since_at)}.",
    )


def _over(trouble: Trouble, names: Mapping[str, str], now: datetime) -> _Notice:
    name = names.get(trouble.feed, trouble.feed)
    since = trouble.well_since_at or now
    return _Notice(
        key=f"notice:{trouble.feed}:{trouble.since_at.isoformat()}:recovered",
        subject=f"{name}: well again",
        text=f"{name} ({trouble.feed}) has been well again since {_moment(since)}; "
        f"it was unwell since {_moment(trouble.since_at)}.",
    )


_CONDITIONS = {
    "failing": "cannot be read",
    "silent": "silent",
    "stale": "silent for long",
    "thin": "far less than usual",
    "paused": "gone (410)",
}
_FOOT = (
    "\n\n`torkham feeds health` says how every feed does; nothing more is sent until it changes."
)


def _notices(
    found: list[_Notice], what: str, ways: tuple[str, ...], now: datetime
) -> list[Outgoing]:
    if len(found) >= BUNDLED:
        lines = sorted(one.text for one in found)
        together = _Notice(
            key=f"notice:many:{now.isoformat()}:{what.replace(' ', '-')}",
            subject=f"{len(found)} feeds are {what}",
            text="\n\n".join(lines),
        )
        found = [together]
    return [
        Outgoing(
            key=f"{one.key}:{way}",
            kind="notice",
            channel=way,
            subject=one.subject[:200],
            text=one.text + _FOOT,
            html=None,
            created_at=now,
        )
        for one in found
        for way in ways
    ]


def _moment(at: datetime) -> str:
    return f"{at.day} {at:%B %Y, %H:%M} UTC"
