"""What an alert rule would have caught, before anybody is woken by it.

The stored texts of the last days meet the very rulebook the service uses; nothing is written. The
full-text index only leaves out what cannot match (``store.rules.sieve``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

from classifiers.lexicon import Lexicon
from classifiers.measuring.wilson import wilson
from classifiers.words import fold
from monitor import repeats
from monitor.config.kinds import Term
from monitor.config.shape import Alert
from monitor.rulebook import Rulebook
from monitor.stages import match
from monitor.told import AlertHit
from store import rules, verdicts
from store.db import Db
from store.rules import Candidate
from store.types import Answer, Unjudged

DAYS = 30
MOST_TEXTS = 3_000
MOST_CANDIDATES = 50_000
SECONDS = 1.4
SHOWN = 20
LEAST_DECIDED = 10  # below it nobody is told that a rule is mostly noise
_BATCH = 50


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
            f"{self.relevant} of {self.decided} decided {were} relevant: a precision between "
            f"{low:.0%} and {high:.0%}."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Caught:
    """One article the rule meets, with the first place in each part."""

    item: Unjudged
    hits: tuple[AlertHit, ...]
    decision: Answer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What a rule would have caught in [since, until]; a story is counted once, as it alerts once.

    ``since`` is later than asked for where nothing older was ever read, and where ``cut``: there
    was more to try than time for it.
    ``looked``: texts the rule really met; ``passed``: what the index could not leave out.
    """

    days: int
    since: datetime
    until: datetime
    cut: bool
    passed: int
    looked: int
    caught: int
    newest: tuple[Caught, ...]
    per_day: tuple[tuple[date, int], ...]
    share: Share
    seconds: float
    problems: tuple[str, ...] = ()

    @property
    def undecided(self) -> int:
        """How many of them nobody decided, or only as unsure."""
        return self.caught - self.share.decided

    @property
    def a_day(self) -> float:
        """How many alerts a day that is, on average."""
        return self.caught / max((self.until - self.since) / timedelta(days=1), 1 / 24)


def try_rule(
    db: Db,
    rule: Alert,
    book: Rulebook,
    now: datetime,
    *,
    days: int = DAYS,
    seconds: float = SECONDS,
    spent: Callable[[], float] = monotonic,
) -> Tried:
    """Try ``rule`` on the last ``days``, the newest first, within about ``seconds``.

    ``book`` holds ``rule`` and no other, enabled, made by the service's own ``make_rulebook``.
    """
    began = spent()
    since = now - timedelta(days=days)
    problems = tuple(problem.why for problem in book.rules.problems)
    asked = _asked(rule, book.lexicon)
    found = [] if problems else rules.candidates(db, asked, since, MOST_CANDIDATES)
    since = max(since, rules.first_seen(db) or since)
    wanted = [one for one in found if one.first_seen_at >= since and _may(rule, one)]
    looked = 0
    met: list[tuple[Candidate, Caught]] = []
    for batch in _batches(wanted[:MOST_TEXTS]):
        met += _met(db, rule, batch, book, now)
        looked += len(batch)
        if spent() - began > seconds:
            break
    cut = looked < len(wanted) or len(found) == MOST_CANDIDATES
    back_to = wanted[looked - 1].first_seen_at if cut and looked else since
    return _tried(
        met, book, now, spent() - began, days=days, since=max(since, back_to), cut=cut,
        passed=len(wanted), looked=looked, problems=problems,
    )  # fmt: skip


def _asked(rule: Alert, lexicon: Lexicon) -> str:
    """What the index is asked: one of ``any``, and each of ``all``."""
    groups = [[term] for term in rule.all_of]
    if rule.any_of:
        groups.append(list(rule.any_of))
    only = rule.parts == ("title",)
    return rules.sieve([_spellings(group, lexicon) for group in groups], titles=only)


def _spellings(terms: Sequence[Term], lexicon: Lexicon) -> list[str]:
    found: list[str] = []
    for term in terms:
        found += lexicon.aliases(term.text) if term.concept else (term.text,)
    return found


def _may(rule: Alert, one: Candidate) -> bool:
    """What the matcher will ask of the article itself, asked before its text is read."""
    outlets = {outlet.casefold() for outlet in rule.outlets}
    if outlets and one.outlet.casefold() not in outlets:
        return False
    if rule.sides and one.side not in rule.sides:
        return False
    least = rule.minimum_score
    return least is None or (one.score is not None and one.score >= least)


def _batches(wanted: Sequence[Candidate]) -> Iterator[Sequence[Candidate]]:
    for start in range(0, len(wanted), _BATCH):
        yield wanted[start : start + _BATCH]


def _met(
    db: Db, rule: Alert, batch: Sequence[Candidate], book: Rulebook, now: datetime
) -> list[tuple[Candidate, Caught]]:
    by_id = {one.article: one for one in batch}
    found: dict[int, Caught] = {}
    doubtful: list[Unjudged] = []
    for item in verdicts.texts_of(db, list(by_id)):
        one = by_id[item.article]
        if not _may_meet(rule, book, item):
            continue
        hits = book.hits(item, one.score)
        if _is_certain(rule, hits):
            found[item.article] = Caught(item=item, hits=tuple(hits), decision=one.decision)
        elif hits or rule.none_of:
            doubtful.append(item)
    for item in repeats.known(db, doubtful, book.lexicon, now):
        one = by_id[item.article]
        hits = book.hits(item, one.score)
        if hits:
            found[item.article] = Caught(item=item, hits=tuple(hits), decision=one.decision)
    return [(by_id[number], found[number]) for number in sorted(found, reverse=True)]


def _may_meet(rule: Alert, book: Rulebook, item: Unjudged) -> bool:
    if not rule.any_of and not rule.all_of:
        return True  # a pattern alone: only the whole matcher can say
    (compiled,) = book.rules.rules
    text = f"{item.title}\n{item.body}"
    return match.may_meet(compiled, text, _folded, len(rule.all_of))


def _is_certain(rule: Alert, hits: Sequence[AlertHit]) -> bool:
    """Whether what an outlet repeats below its articles can change nothing of these hits.

    It stands in the body alone; there it may hold words that had to occur, or must not.
    """
    alone = not (rule.none_of or rule.all_of or rule.pattern)
    return alone and any(hit.part != "body" for hit in hits)


class _Folding(dict[int, str]):
    """The lexicon's fold, letter by letter as they come: ``str.translate`` then runs in C."""

    def __missing__(self, code: int) -> str:
        self[code] = fold(chr(code))
        return self[code]


_FOLDING = _Folding()


def _folded(text: str) -> str:
    return text.translate(_FOLDING)


def _tried(
    met: Sequence[tuple[Candidate, Caught]], book: Rulebook, now: datetime, seconds: float,
    *, days: int, since: datetime, cut: bool, passed: int, looked: int, problems: tuple[str, ...],
) -> Tried:  # fmt: skip
    stories: dict[int, tuple[Candidate, Caught]] = {}
    for one, caught in met:  # the newest first, so that the original, the oldest, stays
        if one.story not in stories or one.article == one.story:
            stories[one.story] = (one, caught)
    counted = list(stories.values())
    answers = Counter(one.decision for one, _ in counted)
    relevant, not_relevant = answers["relevant"], answers["not_relevant"]
    return Tried(
        days=days,
        since=since,
        until=now,
        cut=cut,
        passed=passed,
        looked=looked,
        caught=len(counted),
        newest=tuple(caught for _, caught in counted[:SHOWN]),
        per_day=_per_day([one for one, _ in counted], since, now, ZoneInfo(book.time_zone)),
        share=Share(relevant=relevant, decided=relevant + not_relevant),
        seconds=seconds,
        problems=problems,
    )


def _per_day(
    found: Sequence[Candidate], since: datetime, now: datetime, zone: ZoneInfo
) -> tuple[tuple[date, int], ...]:
    """The number of each day of the team, the newest first; a day without any is a zero."""
    counts = Counter(one.first_seen_at.astimezone(zone).date() for one in found)
    first, last = since.astimezone(zone).date(), now.astimezone(zone).date()
    days = [last - timedelta(days=back) for back in range((last - first).days + 1)]
    return tuple((day, counts[day]) for day in days)


def drafted(entry: Mapping[str, Any]) -> Alert:
    """Return a rule as feeds.yaml would have it, switched on. Raises ValueError when unsound."""
    return Alert.model_validate({**entry, "enabled": True})
