"""How the ways out do, and who is told that one takes nothing: those whom another way reaches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from monitor.config import shape
from monitor.config.loading import Settings
from monitor.delivery.ways import ways_of
from store import outbox, ways
from store.db import Db, write
from store.messages import Outgoing, WayState

_FOOT = (
    "\n\n`torkham channels list` says how every channel does; nothing more comes until it changes."
)

WEEKDAYS = {
    "mon": "Mondays", "tue": "Tuesdays", "wed": "Wednesdays", "thu": "Thursdays",
    "fri": "Fridays", "sat": "Saturdays", "sun": "Sundays",
}  # fmt: skip


class Watch(Protocol):
    """How the settings want people told of what is unwell."""

    @property
    def ways(self) -> tuple[str, ...]:
        """By which notices go."""

    @property
    def after(self) -> timedelta:
        """So long it must last first."""


def tell(
    db: Db, watch: Watch, channels: Mapping[str, Sequence[str]], now: datetime
) -> Mapping[str, int]:
    """Put one notice for the ways that fail for long, or refused for good, and one when over.

    ``channels`` are the ways in the settings, by channel. A way that fails itself carries no
    notice; while no other is left nothing is kept as told, so it is told later. What is in the
    settings no more is forgotten.
    """
    failing = ways.failing(db)
    known = {way for found in channels.values() for way in found}
    if gone := [one.way for one in failing if one.way not in known]:
        ways.forget(db, gone)
        failing = [one for one in failing if one.way in known]
    by = [way for way in watch.ways if way not in {one.way for one in failing}]
    if not by:
        return {}
    lasting = [one for one in failing if _is_to_tell(one, watch.after, now)]
    over = ways.recovered(db)
    if not lasting and not over:
        return {}
    messages = [*_messages(_began(lasting), by, now), *_messages(_over(over), by, now)]
    with write(db):
        ways.tell(db, [one.way for one in lasting], [one.way for one in over], now)
        put = outbox.put(db, messages)
    return {"notices": put} if put else {}


def _is_to_tell(one: WayState, after: timedelta, now: datetime) -> bool:
    lasts = one.failing_since is not None and now - one.failing_since >= after
    return one.told_at is None and (one.refused or lasts)


def _began(found: Sequence[WayState]) -> tuple[str, str, str] | None:
    if not found:
        return None
    names = ", ".join(one.way for one in found)
    subject = f"No message gets through: {names}"
    return f"{_key(found)}:fails", subject, "\n\n".join(map(said, found))


def _over(found: Sequence[WayState]) -> tuple[str, str, str] | None:
    if not found:
        return None
    names = ", ".join(one.way for one in found)
    lines = (
        f"{one.way} takes messages again since {moment(one.sent_at)}."
        for one in found
        if one.sent_at
    )
    return f"{_key(found)}:over", f"Messages get through again: {names}", "\n".join(lines)


def _key(found: Sequence[WayState]) -> str:
    first = found[0]
    since = first.failing_since or first.told_at
    return f"notice:way:{first.way}:{since.isoformat() if since else ''}"


def _messages(
    told: tuple[str, str, str] | None, by: Sequence[str], now: datetime
) -> list[Outgoing]:
    if told is None:
        return []
    key, subject, text = told
    return [
        Outgoing(
            key=f"{key}:{way}",
            kind="notice",
            channel=way,
            subject=subject[:200],
            text=text + _FOOT,
            html=None,
            created_at=now,
        )
        for way in by
    ]


# --- as people see them ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelLine:
    """One channel. ``unwell``: a sentence for each of its ways that takes nothing at the moment."""

    name: str
    kind: str
    ways: tuple[str, ...]
    readers: tuple[str, ...]
    quiet: str
    hourly: int | None
    sent_at: datetime | None
    unwell: tuple[str, ...]


def channel_lines(db: Db, settings: Settings) -> list[ChannelLine]:
    """Return a line for every channel of the settings, in their order; one query in all."""
    states = ways.states(db)
    return [_line(name, channel, settings, states) for name, channel in settings.channels.items()]


def said(one: WayState) -> str:
    """Return in a sentence how a way does that takes nothing."""
    times = "once" if one.failures == 1 else f"{one.failures} times"
    told = "refuses messages" if one.refused else f"failed {times}"
    went = f"the last message went on {moment(one.sent_at)}" if one.sent_at else "none ever went"
    since = f" since {moment(one.failing_since)}" if one.failing_since else ""
    return f"{one.way} {told}{since}; {went}. Reason: {one.error}"


def moment(at: datetime) -> str:
    """Return an instant as people read it."""
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


def quiet_words(quiet: shape.Quiet | None) -> str:
    """Return quiet hours in words; empty where there are none."""
    if quiet is None:
        return ""
    days = "" if len(quiet.days) == 7 else f", {', '.join(WEEKDAYS[day] for day in quiet.days)}"
    return f"{quiet.from_:%H:%M} to {quiet.until:%H:%M}{days}"


def _line(
    name: str, channel: shape.Channel, settings: Settings, states: Mapping[str, WayState]
) -> ChannelLine:
    found = [states[way] for way in ways_of(name, channel) if way in states]
    return ChannelLine(
        name=name,
        kind=channel.kind,
        ways=ways_of(name, channel),
        readers=tuple(who for who, one in settings.readers.items() if name in one.channels),
        quiet=quiet_words(channel.quiet),
        hourly=channel.hourly,
        sent_at=max((one.sent_at for one in found if one.sent_at), default=None),
        unwell=tuple(said(one) for one in found if one.failing_since),
    )
