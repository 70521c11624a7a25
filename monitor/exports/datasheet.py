"""What a paper must say of a snapshot, as facts: what, from where, with which gaps, how drawn.

After T. Gebru and others, "Datasheets for Datasets" (Communications of the ACM 64, 2021).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from monitor.exports.splits import Splits, told_at
from monitor.stages.agreement import agreement
from store import audit, backfills, corpus, counts, feeds, holes, pairs, snapshots
from store.db import Db
from store.learned import Fixed, Member
from store.records import FORMAT, canonical, record_of

MOST_GAPS: Final = 1000
_YOUNG: Final = timedelta(days=7)  # a feed that came later than this after the first was added


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the settings say of the team and its ways; it stands in the datasheet."""

    topic: str
    title: str  # of the topic, for people
    team: str = ""
    contact: str = ""
    obey_robots: bool = True
    retention: str = ""  # a sentence
    version: str = ""  # of the program


def facts(
    db: Db, members: Sequence[Member], splits: Splits, about: About, *, now: datetime
) -> dict[str, Any]:
    """Return the datasheet of a snapshot about to be kept, as JSON values."""
    return {
        "format": FORMAT,
        "topic": {"id": about.topic.rsplit("/", 1)[-1], "title": about.title},
        "team": {"name": about.team, "contact": about.contact},
        "program": {"name": "Torkham", "version": about.version},
        "period": _period(members),
        "counts": _counts(members),
        "people": _people(members),
        "agreement": _agreement(db),
        "sources": _sources(db, members),
        "backfills": _backfills(db),
        "gaps": _gaps(db, members, now),
        "sampling": _sampling(db, members),
        "splits": _splits(members, splits),
        "rights": {
            "obey_robots": about.obey_robots,
            "licences": _tally(members, lambda m: m.licence or "not stated"),
        },
        "retention": {
            "rule": about.retention,
            "texts_removed": sum(m.body is None for m in members),
        },
        "judge": _judge(db),
        "changes": _changes(db, members),
    }


def _period(members: Sequence[Member]) -> dict[str, Any]:
    told = sorted(at for m in members if (at := told_at(m)) is not None)
    decided = sorted(m.at for m in members)
    return {
        "first_told_at": _iso(told[0]) if told else None,
        "last_told_at": _iso(told[-1]) if told else None,
        "undated": len(members) - len(told),
        "first_decided_at": _iso(decided[0]) if decided else None,
        "last_decided_at": _iso(decided[-1]) if decided else None,
    }


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _tally(members: Sequence[Member], of: Callable[[Member], str]) -> dict[str, list[int]]:
    """How many, and how many of them relevant, by what ``of`` says; the most first."""
    every, relevant = Counter(map(of, members)), Counter(of(m) for m in members if m.relevant)
    ranked = sorted(every.items(), key=lambda pair: (-pair[1], pair[0]))
    return {name: [n, relevant[name]] for name, n in ranked}


def _month(member: Member) -> str:
    at = told_at(member)
    return f"{at.astimezone(UTC):%Y-%m}" if at else "undated"


def _counts(members: Sequence[Member]) -> dict[str, Any]:
    strands = Counter(topic for m in members for topic in m.topics)
    return {
        "texts": len(members),
        "relevant": sum(m.relevant for m in members),
        "not_relevant": sum(not m.relevant for m in members),
        "stories": len({m.group for m in members}),
        "by_outlet": _tally(members, lambda m: m.outlet or "unknown"),
        "by_side": _tally(members, lambda m: m.side or "unknown"),
        "by_language": _tally(members, lambda m: m.language or "unknown"),
        "by_kind": _tally(members, lambda m: m.genre or "unknown"),
        "by_origin": _tally(members, lambda m: m.origin),
        "by_month": dict(sorted(_tally(members, _month).items())),
        "by_topic": dict(sorted(strands.items(), key=lambda pair: (-pair[1], pair[0]))),
    }


def _people(members: Sequence[Member]) -> dict[str, Any]:
    lines = [line for m in members for line in m.history if line.answer and not line.echo]
    undone = sum(line.undoes is not None for m in members for line in m.history)
    by = Counter(line.by for line in lines)
    return {"answers": dict(sorted(by.items())), "taken_back": undone}


def _agreement(db: Db) -> dict[str, Any]:
    found = agreement(pairs.compared(db))
    return {
        "read_twice": found.n,
        "agreed": found.agreed,
        "kappa": None if found.kappa is None else round(found.kappa, 4),
        "interval": [round(v, 4) for v in found.interval] if found.interval else None,
        "disputed": pairs.counts(db).get("disputed", 0),
    }


def _sources(db: Db, members: Sequence[Member]) -> list[dict[str, Any]]:
    """Every feed that was ever watched; those that came a week after the first were added."""
    held = Counter(m.outlet for m in members)
    urls = {state.spec.key: state.spec.url for state in feeds.states(db)}
    watched = [s for s in counts.sources(db) if s.is_feed]
    begun = [s.begun_on for s in watched if s.begun_on]
    first = min(begun, default=None)
    return [
        {
            "feed": s.feed,
            "outlet": s.outlet,
            "side": s.side,
            "url": urls.get(s.feed, ""),
            "since_on": _day(s.begun_on),
            "added": bool(s.begun_on and first and s.begun_on - first > _YOUNG),
            "lost_on": _day(s.off_since_on),
            "texts_of_outlet": held[s.outlet],
        }
        for s in watched
    ]


def _backfills(db: Db) -> list[dict[str, Any]]:
    """The lists of addresses from before that the team gave, and what was read of each."""
    return [
        {
            "name": one.name,
            "began_at": _iso(one.began_at),
            "since_on": _day(one.since_on),
            "until_on": _day(one.until_on),
            "addresses": one.addresses,
            "entered": one.entered,
            "queued": one.books.queued,
        }
        for one in reversed(backfills.every(db))
    ]


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _gaps(db: Db, members: Sequence[Member], now: datetime) -> dict[str, Any]:
    """The spans of which a feed may have shown nothing, where they touch the period."""
    told = [at for m in members if (at := told_at(m)) is not None]
    if not told:
        return {"listed": [], "more": False}
    found = holes.between(db, min(told), max(*told, now), limit=MOST_GAPS + 1)
    listed = [
        {
            "feed": hole.feed,
            "outlet": hole.outlet,
            "since_at": _iso(hole.since_at),
            "until_at": _iso(hole.until_at),
            "why": hole.why,
            "state": hole.state,
            "found_since": hole.found,
            "usual": hole.usual,
        }
        for hole in sorted(found[:MOST_GAPS], key=lambda h: (h.since_at, h.feed, h.id))
    ]
    return {"listed": listed, "more": len(found) > MOST_GAPS}


def _sampling(db: Db, members: Sequence[Member]) -> dict[str, Any]:
    """By which way the texts came before people, and how likely each was to come."""
    reviewed = [m for m in members if m.origin == "review"]
    shown = Counter(m.shown or "by hand" for m in reviewed)
    chances = Counter(
        f"{m.chance:.4g}" for m in reviewed if m.shown == "sample" and m.chance is not None
    )
    plan = audit.last_plan(db)
    drawn = audit.counts(db)
    return {
        "brought": len(members) - len(reviewed),
        "shown": dict(sorted(shown.items())),
        "chances_of_audited": dict(sorted(chances.items())),
        "threshold": None if plan is None else plan.threshold,
        "threshold_why": "" if plan is None else plan.why,
        "strata": [asdict(one) for one in drawn.strata],
        "rejected_without_chance": drawn.unaudited,
    }


def _splits(members: Sequence[Member], splits: Splits) -> dict[str, Any]:
    sides = Counter((splits.time[m.id], m.relevant) for m in members)
    return {
        "time": {
            side: [sides[side, True] + sides[side, False], sides[side, True]]
            for side in ("train", "dev", "test")
        },
        "dev_from": _iso(splits.dev_from) if splits.dev_from else None,
        "test_from": _iso(splits.test_from) if splits.test_from else None,
        "folds": [
            {
                "fold": fold.number,
                "outlets": list(fold.outlets),
                "test": len(fold.test),
                "train": len(fold.train),
                "left_out": len(fold.left_out),
            }
            for fold in splits.folds
        ],
    }


def _judge(db: Db) -> dict[str, Any]:
    """Which model judges the queue at this moment; that is not the model of the snapshot."""
    live = corpus.live_model(db)
    return {"live": live.id if live else "cold start", "why": live.why if live else ""}


def _changes(db: Db, members: Sequence[Member]) -> dict[str, Any] | None:
    before = snapshots.newest(db)
    if before is None:
        return None
    told = differences(snapshots.held_by(db, before.id, texts=False), members)
    return {"since": before.id} | {name: len(found) for name, found in told.items()}


def differences(before: Sequence[Member], now: Sequence[Member]) -> dict[str, list[str]]:
    """Return what came, went and changed from one snapshot to another, by the ids of members."""
    old, new = {m.id: m for m in before}, {m.id: m for m in now}
    both = [(old[name], new[name]) for name in sorted(old.keys() & new.keys())]
    return {
        "added": sorted(new.keys() - old.keys()),
        "gone": sorted(old.keys() - new.keys()),
        "answer_changed": [a.id for a, b in both if a.relevant != b.relevant],
        "text_changed": [a.id for a, b in both if (a.title, a.sha256) != (b.title, b.sha256)],
        "record_changed": [
            a.id for a, b in both if canonical(record_of(a)) != canonical(record_of(b))
        ],
    }


def of(fixed: Fixed) -> Mapping[str, Any]:
    """Return the facts that were kept with a snapshot."""
    found = json.loads(fixed.facts)
    return found if isinstance(found, dict) else {}
