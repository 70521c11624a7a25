"""``decide``: who is told of which firing, when, and together with what.

One alert a rule and story for everybody; what is held back for quiet hours or an hourly cap waits
and is told once, together; a rule that fires like a storm is told of, not its stories.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from monitor.told import Recipient

HOUR = timedelta(hours=1)
STORM = 20
"""Stories on which a rule may fire within an hour and still be told of one by one. More than that
is a rule written too broad, or a feed that shows its archive."""
STORM_REST = timedelta(hours=24)  # while a storm lasts it is told of once a day

Kind = Literal["alert", "update", "storm"]
MessageKind = Literal["alert", "update", "summary", "storm"]
Why = Literal["quiet", "cap"]
"""Why something is held back; "" where it is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """A firing of which ``ways`` did not hear yet, and why it was held back from which of them."""

    firing: int
    rule: str
    article: int
    story: int
    at: datetime
    ways: frozenset[str]
    held: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A story that a way heard of: which message told it first, and for which rules.

    ``differs``: since then it says otherwise what was told. ``held``: why that was held back.
    """

    way: str
    story: int
    article: int
    key: str
    rules: frozenset[str]
    differs: bool = False
    held: str = ""
    at: datetime | None = None  # when what differs came; None: it does not differ


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A message that went to a way: alerts of every kind count against its hourly cap."""

    way: str
    kind: str
    at: datetime
    rule: str | None = None
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing to tell: a story and the rules that met it, what changed in it, or a storm."""

    kind: Kind
    rules: tuple[str, ...]
    firings: tuple[int, ...] = ()
    story: int = 0
    article: int = 0
    at: datetime
    follows: str | None = None  # the first message on the story
    differs: bool = False  # what was told of the story before says otherwise now
    stories: int = 1
    known: int | None = None  # the article by which the way knows the story
    held: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A message to put out now; of a summary several items, else one."""

    way: str
    kind: MessageKind
    items: tuple[Item, ...]
    why: str = ""  # of a summary: why these were held back, where it was the same for all


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a way is not told yet, why, and until when."""

    way: str
    item: Item
    why: Why
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A firing of which a way is not told by itself: its story, or the storm, was told before."""

    firing: int
    way: str
    state: Literal["same", "storm"]
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be done: every firing and change given is in exactly one of the three."""

    due: tuple[Due, ...] = ()
    held: tuple[Held, ...] = ()
    settled: tuple[Settled, ...] = ()


Until = Callable[[Recipient, datetime], datetime | None]


def decide(
    met: Sequence[Met],
    heard: Sequence[Heard],
    past: Sequence[Past],
    recipients: Iterable[Recipient],
    now: datetime,
    *,
    quiet: Until,
    stormy: Mapping[int, int] | None = None,
) -> Plan:
    """Decide what everybody is told at ``now``. The order of what is given changes nothing.

    ``quiet`` says until when a recipient is told nothing. ``stormy`` are the firings of storms, as
    ``storms`` finds them. A cap holds for any sixty minutes; a summary counts as one message.
    """
    plans = [
        _for_one(
            recipient,
            [one for one in met if recipient.way in one.ways],
            [one for one in heard if one.way == recipient.way],
            [one for one in past if one.way == recipient.way],
            now,
            quiet(recipient, now),
            stormy or {},
        )
        for recipient in sorted(recipients, key=lambda one: one.way)
    ]
    return Plan(
        due=tuple(due for plan in plans for due in plan.due),
        held=tuple(held for plan in plans for held in plan.held),
        settled=tuple(one for plan in plans for one in plan.settled),
    )


def storms(fired: Iterable[tuple[int, int, datetime]], *, most: int = STORM) -> dict[int, int]:
    """Return the firings of one rule that are part of a storm, each with the storm's stories.

    ``fired`` are (firing, story, when). A storm is any hour with more than ``most`` stories.
    """
    ordered = sorted(fired, key=lambda one: (one[2], one[0]))
    found: dict[int, int] = {}
    start = 0
    for end, (_, _, at) in enumerate(ordered):
        while at - ordered[start][2] >= HOUR:
            start += 1
        stories = len({story for _, story, _ in ordered[start : end + 1]})
        if stories > most:
            for firing, _, _ in ordered[start : end + 1]:
                found[firing] = max(stories, found.get(firing, 0))
    return found


# --- for one recipient ----------------------------------------------------------------------


def _for_one(
    recipient: Recipient,
    met: Sequence[Met],
    heard: Sequence[Heard],
    past: Sequence[Past],
    now: datetime,
    quiet_until: datetime | None,
    stormy: Mapping[int, int],
) -> Plan:
    way = recipient.way
    known = _known(heard)
    storm_items, settled = _storm_items(way, met, past, now, stormy)
    alone = [one for one in met if one.firing not in stormy]
    story_items, same = _story_items(way, alone, known)
    items = sorted([*storm_items, *story_items], key=_order)
    due, held = _timed(recipient, items, past, now, quiet_until)
    return Plan(due=due, held=held, settled=(*settled, *same))


def _order(item: Item) -> tuple[datetime, str, int, tuple[str, ...]]:
    return item.at, item.kind, item.article, item.rules


@dataclass(slots=True)
class _Known:
    key: str
    article: int
    rules: frozenset[str] = field(default=frozenset())
    differs: bool = False
    held: str = ""
    at: datetime | None = None


def _known(heard: Sequence[Heard]) -> dict[int, _Known]:
    """What the way heard of each story; of stories merged since, the first alert is the thread."""
    found: dict[int, _Known] = {}
    for one in sorted(heard, key=lambda one: (one.article, one.key)):
        standing = found.setdefault(one.story, _Known(key=one.key, article=one.article))
        standing.rules |= one.rules
        if one.differs:
            standing.differs, standing.held = True, standing.held or one.held
            standing.at = min(filter(None, (standing.at, one.at)), default=None)
    return found


def _storm_items(
    way: str, met: Sequence[Met], past: Sequence[Past], now: datetime, stormy: Mapping[int, int]
) -> tuple[list[Item], list[Settled]]:
    by_rule: dict[str, list[Met]] = {}
    for one in met:
        if one.firing in stormy:
            by_rule.setdefault(one.rule, []).append(one)
    items: list[Item] = []
    settled: list[Settled] = []
    for rule, fired in by_rule.items():
        told = [one for one in past if one.kind == "storm" and one.rule == rule]
        last = max(told, key=lambda one: one.at, default=None)
        if last is not None and abs(now - last.at) < STORM_REST:
            settled += [
                Settled(firing=one.firing, way=way, state="storm", key=last.key) for one in fired
            ]
            continue
        first = min(fired, key=lambda one: (one.at, one.firing))
        items.append(
            Item(
                kind="storm",
                rules=(rule,),
                firings=tuple(sorted(one.firing for one in fired)),
                article=first.article,
                at=first.at,
                stories=max(stormy[one.firing] for one in fired),
                held=_held_by(fired, way),
            )
        )
    return items, settled


def _held_by(fired: Sequence[Met], way: str) -> str:
    return next((one.held[way] for one in fired if one.held.get(way)), "")


def _story_items(
    way: str, met: Sequence[Met], known: Mapping[int, _Known]
) -> tuple[list[Item], list[Settled]]:
    items: list[Item] = []
    settled: list[Settled] = []
    by_story: dict[int, list[Met]] = {}
    for one in met:
        before = known.get(one.story)
        if before is not None and one.rule in before.rules:
            settled.append(Settled(firing=one.firing, way=way, state="same", key=before.key))
        else:
            by_story.setdefault(one.story, []).append(one)
    for story, fired in by_story.items():
        first = min(fired, key=lambda one: (one.at, one.article, one.rule))
        before = known.get(story)
        items.append(
            Item(
                kind="alert",
                rules=tuple(sorted({one.rule for one in fired})),
                firings=tuple(sorted(one.firing for one in fired)),
                story=story,
                article=first.article,
                at=first.at,
                follows=before.key if before else None,
                known=before.article if before else None,
                differs=before is not None and before.differs,
                held=_held_by(fired, way),
            )
        )
    items += [
        Item(
            kind="update",
            rules=tuple(sorted(one.rules)),
            story=story,
            article=one.article,
            at=one.at,
            follows=one.key,
            known=one.article,
            differs=True,
            held=one.held,
        )
        for story, one in known.items()
        if one.differs and one.at is not None and story not in by_story
    ]
    return items, settled


# --- now or later ---------------------------------------------------------------------------


def _timed(
    recipient: Recipient,
    items: Sequence[Item],
    past: Sequence[Past],
    now: datetime,
    quiet_until: datetime | None,
) -> tuple[tuple[Due, ...], tuple[Held, ...]]:
    way = recipient.way
    if quiet_until is not None:
        return (), tuple(Held(way=way, item=item, why="quiet", until=quiet_until) for item in items)
    waited = [item for item in items if item.held]
    fresh = [item for item in items if not item.held]
    room = _room(recipient.hourly, past, now)
    due: list[Due] = []
    if waited:
        if room < 1 or (recipient.hourly is not None and _summed(past, now)):
            fresh, waited = [], [*waited, *fresh]
        else:
            due.append(_together(way, waited))
            room, waited = room - 1, []
    for item in fresh:
        if room >= 1:
            due.append(Due(way=way, kind=item.kind, items=(item,)))
            room -= 1
        else:
            waited.append(item)
    until = _again_at(recipient.hourly, past, len(due), now) if waited else now
    return tuple(due), tuple(
        Held(way=way, item=replace(item, held="cap"), why="cap", until=until) for item in waited
    )


def _together(way: str, waited: Sequence[Item]) -> Due:
    """What was held back, as one message: a single item speaks for itself."""
    if len(waited) == 1:
        return Due(way=way, kind=waited[0].kind, items=(waited[0],))
    whys = {item.held for item in waited}
    return Due(
        way=way, kind="summary", items=tuple(waited), why=whys.pop() if len(whys) == 1 else ""
    )


def has_room(hourly: int | None, sent_at: Iterable[datetime], now: datetime) -> bool:
    """Whether a way may be told one more thing at ``now``, after what was sent."""
    return hourly is None or sum(abs(now - at) < HOUR for at in sent_at) < hourly


def _lately(past: Sequence[Past], now: datetime) -> list[datetime]:
    """Within an hour on either side: a clock that was put back forgets no message."""
    return sorted(one.at for one in past if abs(now - one.at) < HOUR)


def _room(hourly: int | None, past: Sequence[Past], now: datetime) -> float:
    return float("inf") if hourly is None else max(0, hourly - len(_lately(past, now)))


def _summed(past: Sequence[Past], now: datetime) -> bool:
    """Whether a summary went out within the hour: one an hour is enough."""
    return bool(_lately([one for one in past if one.kind == "summary"], now))


def _again_at(hourly: int | None, past: Sequence[Past], going: int, now: datetime) -> datetime:
    """When the hour is over that is full, after ``going`` more at ``now``."""
    times = [*_lately(past, now), *[now] * going]
    ends = [one.at + HOUR for one in past if one.kind == "summary" and abs(now - one.at) < HOUR]
    if hourly and len(times) >= hourly:
        ends.append(times[-hourly] + HOUR)
    return max(ends, default=now + HOUR)
