"""Firings into messages: who is told of which story, once, and what changed in it since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import itemgetter

from monitor.alerts import recalling, writing
from monitor.alerts.writing import Changes
from monitor.stages import heeding, quiet
from monitor.told import AlertHit, Recipient
from store import firings, heard
from store.db import Db
from store.firings import Fired, Firing, Hit
from store.heard import Outcome, Sent, Telling, ToldStory
from store.messages import Outgoing
from store.types import Unjudged

CLAIMS_WAIT = timedelta(minutes=2)
"""So long a firing waits for its article's claims to be read, that later ones can be compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """Whom each rule tells, and how messages look. A rule that is gone or off tells nobody anew.

    What was held back for somebody when it went, or got another name, is told in the end.
    """

    recipients: Mapping[str, tuple[Recipient, ...]]
    off: frozenset[str] = frozenset()  # rules that are there still: what they held back goes
    everybody: tuple[Recipient, ...] = ()  # whoever can be told at all
    zone: str = "UTC"
    desk_url: str | None = None
    english: Callable[[str], str] = lambda _words: ""  # what a name in another script means


def firing(
    item: Unjudged, rule: str, hits: Sequence[AlertHit], *, at: datetime,
    score: float | None = None,
) -> Firing:  # fmt: skip
    """Return what is kept of a rule that met a text."""
    return Firing(
        rule=rule,
        article=item.article,
        version=item.version,
        score=score,
        at=at,
        hits=tuple(
            Hit(
                part=hit.part, start=hit.start, end=hit.end, matched=hit.matched,
                passage=hit.passage, words=hit.words,
            )
            for hit in hits
        ),
    )  # fmt: skip


def tell(db: Db, teller: Teller, now: datetime) -> Mapping[str, int]:
    """Tell what is due at ``now``: one write for everybody who is told, then one for the rest.

    Nothing is told twice, whenever this was cut short: who heard of what stands in the very write
    that puts the message out.
    """
    heard.note_added(db, now - timedelta(days=heard.WATCHED_DAYS), now)
    seen = look(db, teller, now)
    if not seen.open and not seen.told:
        return {}
    counts: Counter[str] = Counter()
    for outcome in outcomes(db, seen, teller, now):
        counts["alerts"] += heard.keep(db, outcome)
    heard.settle(db, _done(seen))
    counts["held"] += len(seen.plan.held)
    return {name: n for name, n in counts.items() if n}


def outcomes(db: Db, seen: Look, teller: Teller, now: datetime) -> Iterator[Outcome]:
    """Yield what each way is told, to be kept before the next is asked for."""
    for way in seen.recipients:
        outcome = _outcome(db, seen, way, teller, now)
        if outcome != Outcome():
            yield outcome


# --- what there is to tell ------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """All that is known at one moment of what may have to be told, and what is to be done."""

    open: Mapping[int, Fired]
    before: Mapping[tuple[int, str], Telling]
    told: tuple[ToldStory, ...]
    changes: Mapping[tuple[str, int], Changes]
    recipients: Mapping[str, Recipient]
    plan: heeding.Plan


def look(db: Db, teller: Teller, now: datetime) -> Look:
    """Return what there is to tell at ``now``, read and decided; nothing is written."""
    found = firings.waiting(db)
    waits = {f.id for f in found if f.unread and abs(now - f.firing.at) < CLAIMS_WAIT}
    ready = [one for one in found if one.id not in waits]
    before = heard.tellings(db, [one.id for one in found])
    stale = [one for one in heard.stale(db) if _still_for(one, teller)]
    told = {(o.way, o.article): o for o in [*stale, *heard.of_stories(db, _stories(ready))]}
    whom = {one.id: _whom(one, before, teller) for one in ready}
    rules = [(one.firing.rule, whom[one.id]) for one in ready]
    rules += [(rule, teller.recipients.get(rule, ())) for one in stale for rule in one.rules]
    recipients = _recipients(rules)
    fired = set(_stories(ready))
    changed = [
        one
        for one in told.values()
        if one.stale_at is not None and (one.story in fired or not _rests(one, recipients, now))
    ]
    changes = _changes(db, changed)
    past = heard.sent_since(db, recipients, now - heeding.STORM_REST)
    plan = heeding.decide(
        list(_met(ready, before, whom)),
        [_heard(one, changes.get((one.way, one.article))) for one in told.values()],
        [heeding.Past(way=s.way, kind=s.kind, at=s.at, rule=s.rule, key=s.key) for s in past],
        recipients.values(),
        now,
        quiet=quiet.held_until,
        stormy=_stormy(db, ready),
    )
    return Look(
        open={one.id: one for one in ready}, before=before, told=tuple(told.values()),
        changes=changes, recipients=recipients, plan=plan,
    )  # fmt: skip


def _changes(db: Db, changed: Sequence[ToldStory]) -> dict[tuple[str, int], Changes]:
    """What each told story says otherwise now than the way was told, of it or of one within it."""
    threads: dict[tuple[str, int], list[ToldStory]] = {}
    for one in heard.of_stories(db, {one.story for one in changed}):
        threads.setdefault((one.way, one.story), []).append(one)
    return {
        (one.way, one.article): recalling.differing(
            db, one, [also for also in threads[one.way, one.story] if also.article != one.article]
        )
        for one in changed
    }


def _whom(
    fired: Fired, before: Mapping[tuple[int, str], Telling], teller: Teller
) -> tuple[Recipient, ...]:
    """Whom a firing is for; where its rule is gone, for whom it was held back until then."""
    rule = fired.firing.rule
    if rule in teller.recipients or rule in teller.off:
        return teller.recipients.get(rule, ())
    known = ((one, before.get((fired.id, one.way))) for one in teller.everybody)
    return tuple(one for one, was in known if was is not None and was.state == "held")


def _recipients(rules: Iterable[tuple[str, tuple[Recipient, ...]]]) -> dict[str, Recipient]:
    """Everybody these rules tell; a reader's way keeps that reader's hours for every rule."""
    found: dict[str, Recipient] = {}
    for _, those in sorted(rules, key=itemgetter(0)):
        for recipient in those:
            if recipient.way not in found or found[recipient.way].reader is None:
                found[recipient.way] = recipient
    return found


def _rests(told: ToldStory, recipients: Mapping[str, Recipient], now: datetime) -> bool:
    """Whether what changed is known to be held back still: all night, nothing need be read."""
    recipient = recipients.get(told.way)
    if told.held != "quiet" or recipient is None:
        return False
    return quiet.held_until(recipient, now) is not None


def _stories(found: Iterable[Fired]) -> list[int]:
    return [one.story for one in found]


def _still_for(told: ToldStory, teller: Teller) -> bool:
    """Whether the way is still one of a rule that told it of the story."""
    return any(
        recipient.way == told.way
        for rule in told.rules
        for recipient in teller.recipients.get(rule, ())
    )


def _met(
    found: Iterable[Fired],
    before: Mapping[tuple[int, str], Telling],
    whom: Mapping[int, tuple[Recipient, ...]],
) -> Iterator[heeding.Met]:
    for one in found:
        ways = {recipient.way for recipient in whom[one.id]}
        known = {way: before[one.id, way] for way in ways if (one.id, way) in before}
        yield heeding.Met(
            firing=one.id,
            rule=one.firing.rule,
            article=one.firing.article,
            story=one.story,
            at=one.firing.at,
            ways=frozenset(ways - {way for way, was in known.items() if was.state != "held"}),
            held={way: was.why for way, was in known.items() if was.state == "held"},
        )


def _heard(told: ToldStory, changes: Changes | None) -> heeding.Heard:
    return heeding.Heard(
        way=told.way,
        story=told.story,
        article=told.article,
        key=told.key,
        rules=frozenset(told.rules),
        differs=bool(changes and changes[0]),
        held=told.held,
        at=told.stale_at,
    )


def _stormy(db: Db, found: Sequence[Fired]) -> dict[int, int]:
    stormy: dict[int, int] = {}
    first: dict[str, datetime] = {}
    for one in found:
        first[one.firing.rule] = min(one.firing.at, first.get(one.firing.rule, one.firing.at))
    for rule, at in first.items():
        stormy |= heeding.storms(firings.of_rule_since(db, rule, at - heeding.HOUR))
    return stormy


def _done(seen: Look) -> list[int]:
    """The firings of which nobody is to hear any more."""
    held = {number for one in seen.plan.held for number in one.item.firings}
    return [number for number in seen.open if number not in held]


# --- what one way is told -------------------------------------------------------------------


def _outcome(db: Db, seen: Look, way: str, teller: Teller, now: datetime) -> Outcome:
    due = [one for one in seen.plan.due if one.way == way]
    held = [one for one in seen.plan.held if one.way == way]
    desk = writing.Desk(
        db=db, open=seen.open, changes=seen.changes, told=seen.told, recipient=seen.recipients[way],
        zone=teller.zone, english=teller.english, url=teller.desk_url, now=now,
    )  # fmt: skip
    made = [(one, writing.message(desk, one)) for one in due]
    settled = [
        Telling(firing=one.firing, way=way, state=one.state, key=one.key, at=now)
        for one in seen.plan.settled
        if one.way == way
    ]
    return Outcome(
        messages=tuple(message for _, message in made),
        sent=tuple(
            Sent(key=message.key, way=way, kind=one.kind, rule=_storm_of(one), at=now)
            for one, message in made
        ),
        tellings=(*_told(made, now), *settled, *_newly_held(seen, held, now)),
        stories=tuple(_stories_told(db, seen, made, now)),
        looked=tuple(_looked(seen, way)),
        held=tuple(_changes_held(seen, held)),
    )


def _storm_of(due: heeding.Due) -> str | None:
    return due.items[0].rules[0] if due.kind == "storm" else None


_Made = Sequence[tuple[heeding.Due, Outgoing]]


def _told(made: _Made, now: datetime) -> Iterator[Telling]:
    for due, message in made:
        for item in due.items:
            for number in item.firings:
                yield Telling(
                    firing=number, way=due.way, state="storm" if item.kind == "storm" else "told",
                    key=message.key, at=now,
                )  # fmt: skip


def _newly_held(seen: Look, held: Iterable[heeding.Held], now: datetime) -> Iterator[Telling]:
    """What is held back anew, or for another reason: an idle tick writes nothing."""
    for one in held:
        for number in one.item.firings:
            was = seen.before.get((number, one.way))
            if was is None or (was.why, was.until) != (one.why, one.until):
                yield Telling(
                    firing=number, way=one.way, state="held", why=one.why, until=one.until, at=now
                )


def _stories_told(db: Db, seen: Look, made: _Made, now: datetime) -> Iterator[ToldStory]:
    """Who knows which story now, and with which facts: each thread of a merged story too."""
    for due, message in made:
        for item in due.items:
            if item.kind == "storm":
                continue
            threads = [t for t in seen.told if (t.way, t.story) == (due.way, item.story)]
            for told in threads:
                rules = {*told.rules, *(item.rules if told.article == item.known else ())}
                _, facts = seen.changes.get((told.way, told.article), ((), told.facts))
                yield replace(told, rules=tuple(sorted(rules)), facts=facts, last_at=now)
            if item.known is None:
                yield ToldStory(
                    way=due.way, article=item.article, key=message.key, rules=item.rules,
                    facts=recalling.now_said(db, item.story), told_at=now, last_at=now,
                )  # fmt: skip


def _looked(seen: Look, way: str) -> Iterator[tuple[str, str, int]]:
    """The stories to which something was added that changes nothing."""
    for (of, article), (changes, facts) in seen.changes.items():
        if of == way and not changes:
            yield facts, of, article


def _changes_held(
    seen: Look, held: Iterable[heeding.Held]
) -> Iterator[tuple[str, int, str, datetime]]:
    known = {(told.way, told.article): told for told in seen.told}
    for one in held:
        if one.item.known is not None and one.item.differs:
            told = known[one.way, one.item.known]
            if (told.held, told.until) != (one.why, one.until):
                yield one.way, told.article, one.why, one.until
