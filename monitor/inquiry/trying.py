"""What an alert rule would have caught, before anybody is woken by it.

The rulebook of the service meets the very things the rules were shown (``store.looks``): each text
once, with the score, the topics and the boilerplate as they were known then. So a rule fires here
exactly where it would have fired, had it stood. The full-text index only leaves out what cannot
match (``store.rules.sieve``); nothing is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

from classifiers.lexicon import Lexicon
from classifiers.measuring.wilson import wilson
from monitor.alerts.rulebook import Rulebook, tree_of
from monitor.config.shape import Alert
from monitor.stages import match
from monitor.told import AlertHit
from store import looks, rules
from store.db import Db
from store.looks import Look, TookTooLong
from store.types import Answer, Unjudged

DAYS = 30
CHOICES = (7, 30, 90)
MOST_LOOKS = 50_000  # a preview that somebody waits for
SECONDS = 1.4
SHOWN = 20
LEAST_DECIDED = 10  # below it nobody is told that a rule is mostly noise
_BATCH = 50
_SIEVING = 0.6  # of the time; then the newest texts are tried one by one
_UNSIEVED = 3_000
_EVERYTHING = 2**31


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """So many of so many decided were relevant."""

    relevant: int
    decided: int

    @property
    def bounds(self) -> tuple[float, float]:
        """Between what shares the rule's precision lies (Wilson's interval, 95%)."""
        return wilson(self.relevant, self.decided)

    @property
    def mostly_noise(self) -> bool:
        """True when even the upper end lies under one half, with ten decided at least."""
        return self.decided >= LEAST_DECIDED and self.bounds[1] < 0.5

    @property
    def sentence(self) -> str:
        """The share in words, with how sure it is."""
        if not self.decided:
            return "None of them has been decided yet, so nothing can be said of its precision."
        low, high = self.bounds
        were = "was" if self.relevant == 1 else "were"
        return (
            f"{self.relevant} of {self.decided} decided {were} relevant: a precision of "
            f"{self.relevant / self.decided:.0%}, between {low:.0%} and {high:.0%}."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Caught:
    """One article the rule meets, in the first text of it that met, with the places."""

    item: Unjudged
    hits: tuple[AlertHit, ...]
    decision: Answer | None
    at: datetime
    score: float | None
    story: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What a rule would have caught in [since, until].

    ``caught``: every article on which it would have fired, the newest first; ``stories``: one of
    each story, as a story alerts once.

    ``since`` is later than asked for where the rules were shown nothing older, and where ``cut``:
    there was more to try than time for it. ``looked``: texts the rule really met; ``passed``: what
    the index could not leave out; ``gone``: texts that are no longer kept.
    """

    days: int
    since: datetime
    until: datetime
    cut: bool
    passed: int
    looked: int
    gone: int
    caught: tuple[Caught, ...]
    stories: tuple[Caught, ...]
    per_day: tuple[tuple[date, int], ...]
    share: Share
    seconds: float
    shown: int  # articles the rules were shown in that time
    problems: tuple[str, ...] = ()

    @property
    def newest(self) -> tuple[Caught, ...]:
        """What is shown of it: the newest stories."""
        return self.stories[:SHOWN]

    @property
    def undecided(self) -> int:
        """How many of the stories nobody decided, or only as unsure."""
        return len(self.stories) - self.share.decided

    @property
    def a_day(self) -> float:
        """How many alerts a day that is, on average; less than a day is counted as one."""
        return len(self.stories) / max((self.until - self.since) / timedelta(days=1), 1)


def try_rule(
    db: Db,
    rule: Alert,
    book: Rulebook,
    now: datetime,
    *,
    days: int = DAYS,
    seconds: float | None = SECONDS,
    spent: Callable[[], float] = monotonic,
) -> Tried:
    """Try ``rule`` on the last ``days``, the newest first, within about ``seconds``; None: wholly.

    ``book`` holds ``rule`` and no other, enabled, made by the service's own ``make_rulebook``.
    """
    since = now - timedelta(days=days)
    run = _Run(db=db, rule=rule, book=book, seconds=seconds, spent=spent, began=spent())
    if book.rules.rules:
        run.look(since)
    first = looks.first_at(db)
    return run.told(max(since, first or since), now, days)


@dataclass(slots=True, kw_only=True)
class _Run:
    """One trial, as far as it has come."""

    db: Db
    rule: Alert
    book: Rulebook
    seconds: float | None
    spent: Callable[[], float]
    began: float
    passed: int = 0
    looked: int = 0
    gone: int = 0
    back_to: datetime | None = None  # where it was cut
    met: dict[int, tuple[Look, Caught]] = field(default_factory=dict)

    def _over(self, share: float = 1.0) -> bool:
        return self.seconds is not None and self.spent() - self.began > share * self.seconds

    def look(self, since: datetime) -> None:
        """Meet what the rules were shown since then, the newest first, while there is time."""
        found, whole = self._candidates(since)
        wanted = [one for one in found if self._may(one)]
        self.passed = len(wanted)
        for batch in _batches(wanted):
            for look, caught in self._meets(batch):
                self.met[look.article] = (look, caught)  # an older text of it fired first
            self.looked += len(batch)
            if self._over() and self.looked < len(wanted):
                self.back_to = batch[-1].at
                return
        if not whole and found:
            self.back_to = found[-1].at
        self._forget_fired(since)

    def _candidates(self, since: datetime) -> tuple[list[Look], bool]:
        """What may concern the rule, and whether that is all of it."""
        asked = _asked(self.rule, self.book.lexicon)
        if self.seconds is None:
            return looks.candidates(self.db, asked, since, _EVERYTHING), True
        try:
            found = looks.candidates(
                self.db, asked, since, MOST_LOOKS, lambda: self._over(_SIEVING)
            )
        except TookTooLong:
            found = looks.candidates(self.db, "", since, _UNSIEVED)
            return found, len(found) < _UNSIEVED
        return found, len(found) < MOST_LOOKS

    def _may(self, look: Look) -> bool:
        """What the rulebook will ask of the article itself, asked before its text is read."""
        judged = look.score is not None
        facts = match.Facts(
            outlet=look.outlet, side=look.side, language=look.language,
            kind=look.kind if judged else None, score=look.score,
            # Of which strands of the definition it is shows only when the text is read.
            topics=look.topics if judged and self.book.edges is None else None,
        )  # fmt: skip
        return match.may_meet(self.book.rules.rules[0], facts, None)

    def _meets(self, batch: Sequence[Look]) -> Iterator[tuple[Look, Caught]]:
        for look, item in looks.texts(self.db, batch):
            if item is None:
                self.gone += 1
                continue
            for _rule, hits in self.book.met(item, look.score, look.topics):
                yield look, Caught(
                    item=item, hits=hits, decision=look.decision, at=look.at, score=look.score,
                    story=look.story,
                )  # fmt: skip

    def _forget_fired(self, since: datetime) -> None:
        """Leave out what had fired before: an article raises a rule once."""
        before = looks.earlier(self.db, list(self.met), since)
        for batch in _batches(before):
            for look, _ in self._meets(batch):
                self.met.pop(look.article, None)

    def told(self, since: datetime, now: datetime, days: int) -> Tried:
        """Return what came of it."""
        order = sorted(self.met.values(), key=lambda one: (one[0].at, one[0].article))[::-1]
        caught = tuple(one for _, one in order)
        stories, answers = _by_story(caught)
        since = max(since, self.back_to or since)
        counts = Counter(answers)
        relevant, not_relevant = counts["relevant"], counts["not_relevant"]
        return Tried(
            days=days,
            since=since,
            until=now,
            cut=self.back_to is not None,
            passed=self.passed,
            looked=self.looked,
            gone=self.gone,
            caught=caught,
            stories=stories,
            per_day=_per_day(stories, since, now, ZoneInfo(self.book.time_zone)),
            share=Share(relevant=relevant, decided=relevant + not_relevant),
            seconds=self.spent() - self.began,
            shown=looks.shown(self.db, since),
            problems=tuple(problem.why for problem in self.book.rules.problems),
        )


def _by_story(caught: Sequence[Caught]) -> tuple[tuple[Caught, ...], list[Answer | None]]:
    """The first article of each story, the newest story first, and how the story was decided."""
    first: dict[str, Caught] = {}
    answers: dict[str, Answer | None] = {}
    for one in reversed(caught):
        first.setdefault(one.story, one)
        if answers.get(one.story) != "relevant":
            answers[one.story] = one.decision or answers.get(one.story)
    return tuple(first.values())[::-1], list(answers.values())


def _batches(wanted: Sequence[Look]) -> Iterator[Sequence[Look]]:
    for start in range(0, len(wanted), _BATCH):
        yield wanted[start : start + _BATCH]


# --- what the index is asked -----------------------------------------------------------------


def _asked(rule: Alert, lexicon: Lexicon) -> str:
    tree = tree_of(rule)
    groups = _needed(tree, lexicon)
    return rules.sieve(groups, titles=_titles(tree, rule.parts))


def _needed(node: match.Node, lexicon: Lexicon) -> list[list[str]]:
    """Groups of spellings of which a text that meets the tree holds one each."""
    match node:
        case match.Word():
            return [[node.text]]
        case match.Concept():
            return [list(lexicon.aliases(node.name))]
        case match.And() | match.Near() | match.Within():
            return [group for one in match.below(node) for group in _needed(one, lexicon)]
        case match.Or():
            choices = [_needed(one, lexicon) for one in node.of]
            if not all(choices):
                return []
            return [[word for groups in choices for word in min(groups, key=len)]]
        case _:
            return []


def _titles(node: match.Node, parts: Sequence[str]) -> bool:
    """Whether all words are looked for in titles alone."""
    if isinstance(node, match.Within):
        return node.part == "title"
    inner = match.below(node)
    if inner:
        return all(_titles(one, parts) for one in inner)
    return tuple(parts) == ("title",) or isinstance(node, match.Is | match.Score)


def _per_day(
    found: Sequence[Caught], since: datetime, now: datetime, zone: ZoneInfo
) -> tuple[tuple[date, int], ...]:
    """The number of each day of the team, the newest first; a day without any is a zero."""
    counts = Counter(one.at.astimezone(zone).date() for one in found)
    first, last = since.astimezone(zone).date(), now.astimezone(zone).date()
    days = [last - timedelta(days=back) for back in range((last - first).days + 1)]
    return tuple((day, counts[day]) for day in days)


def drafted(entry: Mapping[str, Any]) -> Alert:
    """Return a rule as feeds.yaml would have it, switched on. Raises ValueError when unsound."""
    return Alert.model_validate({**entry, "enabled": True})
