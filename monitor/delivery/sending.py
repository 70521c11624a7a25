"""Outbox to the world: every channel a lane of its own, one message at a time in each.

At least once: a message is marked "sending" before it goes, so a crash puts one a channel in
doubt; the next start sends it again, under the same key.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.edge import notify
from monitor.edge.clock import Clock
from monitor.edge.lanes import Lanes
from monitor.stages import retry
from monitor.told import Delivery
from store import outbox, restores, ways
from store.db import Db
from store.failpoint import reached
from store.messages import OutboxRow, Outgoing

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)  # a message still "sending" after this is sent again
TICK = 0.25  # seconds; how late a stop, or a new message of another channel, may be noticed
PATIENCE = 2.0  # seconds; so long a stop waits for what is on the wire

TRIAL = 25.0  # seconds for all ways of a channel that somebody tries out

Deliver = Callable[[OutboxRow], Delivery]
Held = Callable[[Outgoing, datetime], datetime | None]


def trial(name: str, by: str, now: datetime) -> Outgoing:
    """Return the message by which people see whether a way out works."""
    said = f"{now.day} {now:%B %Y, %H:%M:%S} UTC"
    return Outgoing(
        key=f"test:{name}:{now.isoformat()}",
        kind="test",
        channel=name,
        subject="Torkham: a test of this channel",
        text=f"The channel {name} was tried by {by} on {said}.\n"
        "You have this message, so it works; nothing needs doing.\n",
        html=None,
        created_at=now,
    )


def try_out(
    db: Db,
    channel: Sequence[notify.Channel],
    *,
    by: str,
    clock: Clock,
    hidden: Callable[[str], str],
) -> dict[str, Delivery]:
    """Send a test message by each way of a channel now, for somebody who waits; say how it went.

    Within half a minute; ways left over then are not tried. ``hidden`` takes secrets out of what
    other programs say.
    """
    ends = time.monotonic() + TRIAL
    went: dict[str, Delivery] = {}
    for way in channel:
        left = ends - time.monotonic()
        if left <= 0:
            went[way.name] = Delivery(state="failed", detail="not tried: the others took too long")
            continue
        said = notify.deliver(trial(way.name, by, clock()), notify.within(way, left))
        went[way.name] = said = replace(said, detail=hidden(said.detail))
        ways.note(
            db, way.name, sent=said.state == "sent", error=said.detail,
            refused=said.permanent or said.closed, now=clock(),
        )  # fmt: skip
    return went


def never(_message: Outgoing, _now: datetime) -> datetime | None:
    """Hold nothing back."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What the send job works with. ``held`` says until when nobody may be told of a message."""

    db: Db
    deliver: Deliver
    held: Held
    clock: Clock


def send(
    db: Db, *, deliver: Deliver, clock: Clock, stopped: Callable[[], bool], held: Held = never
) -> Counter[str]:
    """Deliver what is due, the channels side by side; one write a message, before and after.

    What becomes due meanwhile waits for the next run, so that this one ends; but while a channel
    is slow, the others go on with what comes for them. ``deliver`` is called in threads.
    """
    post = Post(db=db, deliver=deliver, held=held, clock=clock)
    lanes: Lanes[OutboxRow, Delivery] = Lanes(lambda row: _delivered(deliver, row))
    began_at = clock()
    counts: Counter[str] = Counter()
    waited_for: set[str] = set()  # lanes at work on what was due when the run began
    while not stopped():
        waited_for |= _start(post, lanes, began_at)
        if waited_for:
            _start(post, lanes, clock())
        if not lanes.busy:
            return counts
        if ended := lanes.finished(TICK):
            lane, row, delivery = ended
            waited_for.discard(lane)
            counts[_settle(post, row, delivery)] += 1
    _last_words(post, lanes, counts)
    return counts


def take_up(db: Db, now: datetime) -> int:
    """Let what was in hand when the last process died be sent again; return how many it was.

    For whoever has just begun to hold the data folder: nobody else can be sending.
    """
    left = outbox.in_hand(db)
    outbox.put_back(db, [(row.id, retry.after_death_at(row, now)) for row in left])
    return len(left)


def _start(post: Post, lanes: Lanes[OutboxRow, Delivery], due_by: datetime) -> set[str]:
    """Start on the first due message of every free lane; return the lanes."""
    started = set()
    for row in outbox.claim(post.db, due_by, post.clock() + LEASE, busy=lanes.busy):
        until = post.held(row.message, post.clock())
        if until is not None:
            outbox.hold(post.db, row.id, until)
            continue
        lane = outbox.lane_of(row.message.channel)
        lanes.start(lane, _addressed(post.db, row))
        started.add(lane)
    return started


def _addressed(db: Db, row: OutboxRow) -> OutboxRow:
    """The row under what the world knows it by, and the first of its thread, of which ids are made.

    Read here: the threads that deliver have no store.
    """
    message = row.message
    first = outbox.by_keys(db, [message.follows]).get(message.follows) if message.follows else None
    began_at = first.message.created_at if first else message.created_at
    key = restores.known_as(db, message.key, message.created_at)
    follows = restores.known_as(db, message.follows, began_at) if message.follows else None
    return replace(row, message=replace(message, key=key, follows=follows))


def _settle(post: Post, row: OutboxRow, delivery: Delivery) -> str:
    now = post.clock()
    again = retry.message_again_at(row, delivery, now)
    if again is not None:
        again = post.held(row.message, again) or again
    outbox.settle(
        post.db, row.id, state=delivery.state, now=now, error=retry.told(row, delivery),
        next_try_at=again, refused=delivery.permanent or delivery.closed,
    )  # fmt: skip
    return delivery.state


def _last_words(post: Post, lanes: Lanes[OutboxRow, Delivery], counts: Counter[str]) -> None:
    """Settle what ends soon; the rest is in doubt, and sent again by the next start."""
    ends = time.monotonic() + PATIENCE
    while lanes.busy and (left := ends - time.monotonic()) > 0:
        if ended := lanes.finished(min(TICK, left)):
            _, row, delivery = ended
            counts[_settle(post, row, delivery)] += 1


def _delivered(deliver: Deliver, row: OutboxRow) -> Delivery:
    reached("before-send")
    try:
        delivery = deliver(row)
    except Exception as error:
        # Never its text, which may hold a secret; a message that always breaks ends on the list.
        log.exception("message %s could not be delivered", row.id)
        said = f"{type(error).__name__} in Torkham's own code; the log has it"
        return Delivery(state="failed", detail=said)
    reached("after-send")
    return delivery
