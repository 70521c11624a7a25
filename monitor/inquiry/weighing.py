"""What a change of the definition would move, before anybody saves it.

The stored texts are judged as things stand and as they would stand; nothing is written.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from classifiers import registry
from classifiers.artifact import loads
from classifiers.definition import Definition, Strand
from classifiers.lexicon import load_lexicon
from classifiers.pack import Team, load_pack
from classifiers.types import Classifier
from monitor.articles import repeats
from monitor.articles.records import verdicts_on
from store import articles, changes, corpus, verdicts
from store.db import Db
from store.types import Answer, Unjudged
from store.upkeep import Change
from store.verdicts import REJUDGE

DAYS = 28
MOST_TEXTS = 2000
SHOWN = 10
_BATCH = 100
_ROUTE = 1e-9  # smaller differences of a score are no move

Tick = Callable[[int], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One story whose score would change. ``decision`` is what people said of it, and it stands."""

    article: int
    title: str
    outlet: str
    language: str | None
    before: float
    after: float
    decision: Answer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What a switch would move among the stories of some days.

    ``enter`` and ``leave`` are undecided stories that cross the queue's ``threshold``; ``decided``
    are moved ones that people decided on, which stay as they are. ``older`` moved too, and keep
    their score: they were first seen before the days that are judged anew. ``cut``: there were
    more texts than are weighed, and the newest were taken.
    """

    strand: str
    before: str
    after: str
    days: int
    threshold: float
    texts: int
    cut: bool
    moved: int
    enter: int
    leave: int
    decided: int
    older: int
    moves: tuple[Move, ...]  # the largest, in log-odds


@dataclass(frozen=True, slots=True, kw_only=True)
class Judges:
    """The pack in force, what the team laid over it, and the model that judges."""

    topic: str
    team: Team
    threshold: float  # of the queue

    def strands(self) -> Mapping[str, Strand]:
        """Return the strands of the topic's definition."""
        pack = load_pack(self.topic, self.team)
        lexicon = load_lexicon(self.topic, self.team)
        return Definition(pack.definition, lexicon.concepts.values()).strands

    def standing(self, strand: str) -> str:
        """Return how a switch stands."""
        return dict(self.team.switches).get(strand, "open")

    def switched(self, strand: str, to: str) -> Team:
        """Return the team with one switch moved."""
        moved = {**dict(self.team.switches), strand: to}
        kept = sorted((name, at) for name, at in moved.items() if at != "open")
        return replace(self.team, switches=tuple(kept))

    def judge(self, db: Db, team: Team) -> Classifier:
        """Return the live model, or the cold start, as it judges for ``team``."""
        live = corpus.live_model(db)
        artifact = loads(live.artifact) if live else None
        return registry.load(artifact, topic=self.topic, team=team)


def weigh(
    db: Db,
    judges: Judges,
    strand: str,
    to: str,
    now: datetime,
    *,
    days: int = DAYS,
    most: int = MOST_TEXTS,
    tick: Tick = lambda _: None,
) -> Weighed:
    """Judge the newest texts of the last ``days`` twice and tell what ``strand`` ``to`` moves.

    ``tick`` is called with how many texts were done since it was last called.
    """
    items = verdicts.recent(db, now - timedelta(days=days), most + 1)
    cut, items = len(items) > most, items[:most]
    one, two = judges.judge(db, judges.team), judges.judge(db, judges.switched(strand, to))
    pairs = list(_both(db, items, one, two, now, judges, tick))
    moved = [(i, a, b) for i, a, b in pairs if abs(_odds(a) - _odds(b)) > _ROUTE]
    moved.sort(key=lambda row: (-abs(_odds(row[2]) - _odds(row[1])), -row[0].article))
    anew = max((i.first_seen_at for i in items), default=now) - REJUDGE
    rows = {item.article: articles.get(db, item.article) for item, _, _ in moved}
    decisions = {number: row.decision if row else None for number, row in rows.items()}
    undecided = [row for row in moved if not decisions[row[0].article]]
    open_now = [row for row in undecided if row[0].first_seen_at >= anew]
    # What waits as the audit's share is among the queue unmarked, and its score would mark it.
    unmarked = {n for n, row in rows.items() if row and row.route == "sample" and not row.decision}
    told = [row for row in moved if row[0].article not in unmarked]
    line = judges.threshold
    return Weighed(
        strand=strand,
        before=judges.standing(strand),
        after=to,
        days=days,
        threshold=line,
        texts=len(items),
        cut=cut,
        moved=len(moved),
        enter=sum(a < line <= b for _, a, b in open_now),
        leave=sum(b < line <= a for _, a, b in open_now),
        decided=sum(bool(found) for found in decisions.values()),
        older=len(undecided) - len(open_now),
        moves=tuple(_move(i, a, b, decisions[i.article]) for i, a, b in _shown(told, line)),
    )


_Row = tuple[Unjudged, float, float]


def _both(
    db: Db,
    items: list[Unjudged],
    one: Classifier,
    two: Classifier,
    now: datetime,
    judges: Judges,
    tick: Tick,
) -> Iterator[_Row]:
    lexicon = load_lexicon(judges.topic, judges.team)
    for start in range(0, len(items), _BATCH):
        batch = repeats.known(db, items[start : start + _BATCH], lexicon, now)
        for item, a, b in zip(batch, verdicts_on(batch, one), verdicts_on(batch, two), strict=True):
            if math.isfinite(a.score) and math.isfinite(b.score):
                yield item, a.score, b.score
        tick(len(batch))


def _shown(moved: list[_Row], line: float) -> list[_Row]:
    """The largest moves, those over the queue's threshold first."""
    across = [row for row in moved if (row[1] < line) != (row[2] < line)]
    rest = [row for row in moved if (row[1] < line) == (row[2] < line)]
    return [*across, *rest][:SHOWN]


def _move(item: Unjudged, before: float, after: float, decision: Answer | None) -> Move:
    return Move(
        article=item.article,
        title=item.title,
        outlet=item.outlet,
        language=item.language,
        before=before,
        after=after,
        decision=decision,
    )


def _odds(score: float) -> float:
    held = min(max(score, 1e-300), 1 - 1e-16)
    return math.log(held) - math.log1p(-held)


def save(db: Db, strand: str, to: str, by: str, now: datetime) -> None:
    """Record the switch; the next run judges the undecided anew. What stands already is no line."""
    changes.record(db, path(strand), json.dumps(to), by, now)


def path(strand: str) -> str:
    """Return where the switch of a strand stands among the desk's changes."""
    return f"definition.{strand}"


def history(db: Db) -> list[Change]:
    """Return every change of the definition, the newest first."""
    return [change for change in changes.history(db) if change.path.startswith("definition.")]
