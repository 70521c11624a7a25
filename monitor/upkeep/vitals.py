"""The service looks at itself: tells people once when it is unwell, and others that it lives.

Told is what lasts, once a cause and day, many causes in one message; and once when all of it is
over. What was told stands in rows, so that a restart repeats nothing. A message needs the store
and a way out: when the process, the disk or every way fails, only the heartbeat's silence tells.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

from monitor.edge.http import Posted, Poster
from monitor.inquiry.ailments import Ailment, length, moment
from store import ailments, outbox, ways
from store.db import Db, write
from store.messages import Outgoing
from store.upkeep import Ailing

log = logging.getLogger(__name__)

DAY = timedelta(days=1)
QUIET = timedelta(minutes=30)  # well for so long, it is over
BETWEEN = timedelta(hours=1)  # two messages that something is unwell
BEAT_SECONDS = 10.0


# --- one cause --------------------------------------------------------------------------------


def follow(before: Ailing | None, ailing: Ailment | None, now: datetime) -> Ailing | None:
    """Return how a cause stands now; None when it is over, or was never told and passed.

    What comes and goes within ``QUIET`` is one spell. What was told and is over is remembered for
    a day, so that a cause is told at most once a day.
    """
    if ailing is not None:
        if before is None:
            return Ailing(cause=ailing.cause, seen_at=now, sentence=ailing.sentence)
        again = before.over_at is not None and before.well_since_at is not None
        return replace(before, seen_at=now if again else before.seen_at, well_since_at=None)
    if before is None:
        return None
    well_since = before.well_since_at or now
    calm = _passed(well_since, QUIET, now)
    if calm and before.told_at is None:
        return None
    if calm and before.over_at and before.told_at and _passed(before.told_at, DAY, now):
        return None
    return replace(before, well_since_at=well_since)


def is_to_tell(one: Ailing, after: timedelta, now: datetime) -> bool:
    """Say whether people are to be told of a cause: it lasts, and was not told today."""
    if one.well_since_at is not None or not _passed(one.seen_at, after, now):
        return False
    if one.told_at is None:
        return True
    return one.over_at is not None and _passed(one.told_at, DAY, now)


def is_over(one: Ailing, now: datetime) -> bool:
    """Say whether a cause that people were told of has passed, and they do not know yet."""
    well = one.well_since_at is not None and _passed(one.well_since_at, QUIET, now)
    return _is_open(one) and well


def _is_open(one: Ailing) -> bool:
    return one.told_at is not None and one.over_at is None


def _passed(at: datetime, span: timedelta, now: datetime) -> bool:
    """Whether ``span`` has passed since ``at``; an instant that is yet to come was a wrong one."""
    return now - at >= span or at - now > BETWEEN


def lasting(
    db: Db, found: Iterable[Ailment], after: timedelta, now: datetime
) -> tuple[Ailment, ...]:
    """Return what has been unwell for long enough to be told, by the rows that ``tell`` keeps."""
    known = ailments.known(db)
    return tuple(
        one for one in found if one.cause in known and _passed(known[one.cause].seen_at, after, now)
    )


# --- what people are told ---------------------------------------------------------------------


def tell(
    db: Db, found: Iterable[Ailment], *, to: Sequence[str], after: timedelta, now: datetime
) -> Mapping[str, int]:
    """Follow every cause, and put the message that is due by each way in ``to``, if any is.

    A way that takes nothing itself carries none; while no other is left nothing counts as told.
    An idle tick writes nothing.
    """
    before = ailments.known(db)
    ailing = {one.cause: one for one in found}
    stand = {
        cause: one
        for cause in {*before, *ailing}
        if (one := follow(before.get(cause), ailing.get(cause), now))
    }
    by = _by(db, to)
    message, told = _due(stand, ailing, after, now) if by else (None, {})
    stand |= told
    changed = [one for cause, one in stand.items() if one != before.get(cause)]
    over = [cause for cause in before if cause not in stand]
    if not changed and not over:
        return {}
    with write(db):
        ailments.keep(db, changed, over)
        put = outbox.put(db, _messages(message, by, now)) if message else 0
    return {"notices": put} if put else {}


def _by(db: Db, to: Sequence[str]) -> list[str]:
    if not to:
        return []
    failing = {one.way for one in ways.failing(db)}
    return [way for way in to if way not in failing]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Message:
    what: str
    subject: str
    text: str


def _due(
    stand: Mapping[str, Ailing], ailing: Mapping[str, Ailment], after: timedelta, now: datetime
) -> tuple[_Message | None, dict[str, Ailing]]:
    """Return the message that is due, and the causes as they stand once it is put."""
    lately = any(one.told_at and not _passed(one.told_at, BETWEEN, now) for one in stand.values())
    began = [
        one
        for cause, one in stand.items()
        if is_to_tell(one, after, now) and not ailing[cause].told_by_others
    ]
    if began and not lately:
        order = list(ailing)
        began.sort(key=lambda one: order.index(one.cause))
        told = {one.cause: replace(one, told_at=now, over_at=None) for one in began}
        return _unwell([ailing[one.cause] for one in began]), told
    open_ = [one for one in stand.values() if _is_open(one)]
    if open_ and all(is_over(one, now) for one in open_):
        return _well(open_, now), {one.cause: replace(one, over_at=now) for one in open_}
    return None, {}


def _unwell(found: Sequence[Ailment]) -> _Message:
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    told = "\n\n".join(f"{one.sentence}\nWhat to do: {one.advice}" for one in found)
    return _Message(
        what="unwell",
        subject=f"Torkham is unwell: {found[0].about.rstrip('.')}{more}",
        text=f"{told}{_FOOT}",
    )


def _well(over: Sequence[Ailing], now: datetime) -> _Message:
    lines = "\n".join(
        f"Over: {one.sentence} (from {moment(one.seen_at)}, "
        f"for {length((one.well_since_at or now) - one.seen_at)})"
        for one in over
    )
    return _Message(what="well", subject="Torkham is well again", text=f"{lines}\n")


_FOOT = (
    "\n\n`torkham status` says how everything stands. Of the same cause you hear once a day at "
    "most, and once when all is well again.\n"
    "If the service itself ends, no message can come: a heartbeat notices that "
    "(docs/how-to/look-in.md).\n"
)


def _messages(message: _Message, by: Sequence[str], now: datetime) -> list[Outgoing]:
    return [
        Outgoing(
            key=f"notice:service:{now.isoformat()}:{message.what}:{way}",
            kind="notice",
            channel=way,
            subject=message.subject[:200],
            text=message.text,
            html=None,
            created_at=now,
        )
        for way in by
    ]


# --- the heartbeat ----------------------------------------------------------------------------


class Heart:
    """The sign of life that goes out every so often, and what became of the last ones.

    Never raises, never takes longer than ten seconds, and writes its address nowhere.
    """

    def __init__(self) -> None:
        """Begin without having beaten: the first tick sends."""
        self._beat_at: datetime | None = None
        self.failing_since: datetime | None = None
        self.says = ""

    def beat(
        self, poster: Poster, url: str, *, every: timedelta, found: Sequence[Ailment], now: datetime
    ) -> None:
        """Send one when it is due: a plain one when well, one to ``/fail`` when not."""
        if self._beat_at is not None and not _passed(self._beat_at, every - _LATE, now):
            return
        self._beat_at = now
        body = "\n".join(dict.fromkeys(one.about for one in found)) or "well"
        posted = poster.post(
            failing(url) if found else url,
            body.encode(),
            {"Content-Type": "text/plain; charset=utf-8"},
            deadline=BEAT_SECONDS,
        )
        self._note(posted, now)

    def _note(self, posted: Posted, now: datetime) -> None:
        if posted.status is not None and posted.status < 300:
            if self.failing_since:
                log.info("The heartbeat is taken again.")
            self.failing_since, self.says = None, ""
            return
        if self.failing_since is None:
            log.warning("The heartbeat is not taken. %s", posted.detail)
            self.failing_since = now
        self.says = posted.detail


_LATE = timedelta(seconds=30)  # ticks come every minute: five of them are five minutes, not six


def failing(url: str) -> str:
    """Return where to say that something is unwell: ``/fail``, or ``status=down`` where one says.

    As healthchecks.io, and Uptime Kuma whose push address carries ``status=up``, take it.
    """
    parts = urlsplit(url)
    if "status=up" in parts.query:
        query = parts.query.replace("status=up", "status=down")
        return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))
    path = parts.path.rstrip("/") + "/fail"
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))
