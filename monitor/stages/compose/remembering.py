"""``differences``: what a story says now that is not what was told of it.

Held against what a digest TOLD, not against yesterday's texts: an outlet that comes late with a
figure told before says nothing new, and a change that found no room today is one tomorrow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from monitor.stages.compose.dividing import divided, said_once, standing
from monitor.stages.compose.editing import headlines_edited, much_added
from monitor.stages.compose.facts import (
    PEOPLE,
    ArticleNow,
    Said,
    StoryNow,
    order,
    same_speaker,
)
from monitor.stages.compose.wording import (
    against_words,
    called,
    in_words,
    size_of,
    stance_of,
    stance_words,
)
from monitor.stages.compose.words import plain
from monitor.told import ChangeKind, DigestChange
from store.messages import Told, ToldArticle, ToldFact

AGAIN = timedelta(hours=18)
"""After so long another quote of somebody who was quoted is another statement."""
_ALIKE = 0.3  # of the words of two quotes: the same statement, cut otherwise
_OPINION = frozenset({"op_ed", "analysis"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """What a story told before says otherwise (``changes``), and beside that (``added``).

    ``facts`` and ``articles`` are to be remembered where it is told: all that it says now.
    """

    changes: tuple[DigestChange, ...] = ()
    added: tuple[DigestChange, ...] = ()
    facts: tuple[ToldFact, ...] = ()
    articles: tuple[ToldArticle, ...] = ()


def differences(now: StoryNow, told: Told | None) -> Differences:
    """Return what to tell of a story and what to remember of it; nothing was told: only the latter.

    What an article said when it was told was told. Each difference is given once, with the sentence
    of the article that says it, in order of telling; the result does not depend on the order of the
    facts. What is remembered afterwards gives no difference.
    """
    facts = tuple(sorted(now.facts, key=order))
    remembered = tuple(sorted((_fact(one) for one in facts), key=_order))
    articles = _covered(now)
    if told is None:
        return Differences(facts=remembered, articles=articles)
    known = {one.article: one for one in told.articles}
    old = [one for one in facts if _was_told(one, known)]
    sides = {number: one.side for number, one in now.articles.items()}
    again = {one.claim for one in old}  # as it stands now: a person may have corrected it
    before = [fact for fact in told.facts if fact.claim is None or fact.claim not in again]
    memory = _Memory([*before, *(_fact(one) for one in old)], sides, facts)
    changes: list[DigestChange] = []
    added: list[DigestChange] = []
    for one in facts:
        if _was_told(one, known):
            continue
        found = memory.ask(one, now.articles[one.article])
        if found is not None and not _is_given(one, found[1], [*changes, *added]):
            kind, said = found
            (added if kind == "added" else changes).append(_change(kind, said, one, now.articles))
        memory.learn(_fact(one))
    changes, added = said_once(changes, added)
    changes += headlines_edited(now, known, changes)
    added += much_added(now, known, [*changes, *added])
    return Differences(
        changes=tuple(changes), added=tuple(added), facts=remembered, articles=articles
    )


def _is_given(one: Said, said: str, changes: Sequence[DigestChange]) -> bool:
    """Whether the same stands there already, or the sentence in which somebody speaks does."""
    return any(
        (change.told == said if one.kind != "speaker" else change.sentence == one.sentence)
        and change.article == one.article
        for change in changes
    )


def _was_told(one: Said, known: Mapping[int, ToldArticle]) -> bool:
    standing = known.get(one.article)
    return standing is not None and one.version <= standing.version


def _covered(now: StoryNow) -> tuple[ToldArticle, ...]:
    return tuple(
        ToldArticle(article=one.article, version=one.version, title=one.title)
        for _, one in sorted(now.articles.items())
    )


def _fact(one: Said) -> ToldFact:
    return ToldFact(
        key=one.key,
        value=one.value,
        place=one.place,
        sentence=one.sentence,
        article=one.article,
        outlet=one.outlet,
        side=one.side,
        at=one.at,
        claim=one.claim,
    )


def _order(fact: ToldFact) -> tuple[object, ...]:
    return (
        *(fact.at, fact.article, fact.key, fact.value, fact.sentence),
        *(fact.place, fact.side, fact.outlet, fact.claim or 0),
    )


def _change(
    kind: ChangeKind, said: str, one: Said, articles: Mapping[int, ArticleNow]
) -> DigestChange:
    article = articles[one.article]
    return DigestChange(
        kind=kind,
        told=said,
        sentence=one.sentence,
        article=one.article,
        outlet=plain(article.outlet),
        url=article.url,
        language=article.language,
    )


Found = tuple[ChangeKind, str] | None


class _Memory:
    """What was told of one story, by question."""

    def __init__(
        self, facts: Iterable[ToldFact], sides: Mapping[int, str], now: Sequence[Said] = ()
    ) -> None:
        self.now = now
        self.by_key: dict[str, list[ToldFact]] = {}
        self.sides = sides  # of the outlets, by article
        for fact in facts:
            self.learn(fact)

    def learn(self, fact: ToldFact) -> None:
        self.by_key.setdefault(fact.key, []).append(fact)

    def ask(self, one: Said, article: ArticleNow) -> Found:
        """Return what is new in an answer, in words; None where it is not."""
        if one.kind == "figure":
            return self._figure(one, article)
        if one.kind == "claimant":
            return self._claimant(one, article)
        return self._speaker(one, article)

    # --- figures ---

    def _figure(self, one: Said, article: ArticleNow) -> Found:
        population, group = one.key.split("|")
        beside = self._of_population(population)
        near = [fact for fact in beside if _same_place(fact.place, one.place)]
        if divided(one, near, [also for also in self.now if also.article == one.article]):
            return None
        own = [fact for fact in near if fact.key == one.key]
        last = max((fact.at for fact in own), default=None)
        if any(
            fact.key != one.key and _equal(fact.value, one) and (last is None or fact.at > last)
            for fact in near
        ):
            return None  # the same figure of the same people, called otherwise
        if not own and (against := self._other_side(near, one)):
            return "sides", f"{in_words(one)} according to {called(one)}, {against}"
        if not own and (generic := self._generic(near, group, one)):
            own = generic
        if not own:
            return self._unheard(one, article, beside=beside, near=near)
        own = sorted(own, key=lambda fact: (fact.at, fact.article))  # of edits the last one stands
        return self._against(one, own, article)

    def _against(self, one: Said, told: Sequence[ToldFact], article: ArticleNow) -> Found:
        """A figure counts where it comes later than the last one told, and is no laggard's."""
        if one.more:
            return _increment(one, told)
        if _is_sum(one, told):
            return None
        told = [fact for fact in told if not fact.value.startswith("+")] or told
        side = one.side or article.side
        sided = {fact: fact.side or self.sides.get(fact.article, "") for fact in told}
        pole = [fact for fact in told if (sided[fact] if one.side else fact.side or side) == side]
        current = standing(pole or told)
        if _is_no_other(one, current) or one.at < current.at:
            return None
        if any(_equal(fact.value, one) for fact in told) and not _turns_back(one, told, article):
            return None
        others = {named for named in sided.values() if named}
        if one.side and others and one.side not in others:
            return (
                "sides",
                f"{in_words(one)} according to {called(one)}, {against_words(current)}",
            )
        return "toll", f"{in_words(one)}, before {size_of(current)}"

    def _other_side(self, near: Sequence[ToldFact], one: Said) -> str:
        """What one side says of other people, where the other side counted militants."""
        sides = {fact.side or self.sides.get(fact.article, "") for fact in near} - {""}
        if not one.side or not sides or one.side in sides:
            return ""
        fact = max(near, key=_order)
        group = fact.key.split("|")[1]
        named = f" {group}" if group != "people" else ""
        return f"against {size_of(fact)}{named} told before"

    def _of_population(self, population: str) -> list[ToldFact]:
        return [
            fact
            for key, facts in self.by_key.items()
            if key.startswith(f"{population}|")
            for fact in facts
        ]

    def _generic(self, near: Sequence[ToldFact], group: str, one: Said) -> list[ToldFact]:
        """A higher figure of soldiers, where one of people was told, is the same toll."""
        others = [fact for fact in near if "people" in {group, fact.key.split("|")[1]}]
        size = one.size or 0.0
        return others if others and all(size > _size(fact.value) for fact in others) else []

    def _unheard(
        self, one: Said, article: ArticleNow, *, beside: Sequence[ToldFact],
        near: Sequence[ToldFact],
    ) -> Found:  # fmt: skip
        """A figure of people, or of a place, of whom none was told."""
        population = one.key.split("|")[0]
        if article.genre in _OPINION or population not in PEOPLE or one.loose == "vague":
            return None
        if near and not one.ahead:
            return None  # how a toll divides, deep in a text
        if beside and not near and not one.ahead:
            return None  # another place, named in passing
        return "added", in_words(one, place=bool(one.place and beside and not near))

    # --- who claims ---

    def _claimant(self, one: Said, article: ArticleNow) -> Found:
        told = sorted(self.by_key.get("responsibility", []), key=_order)
        stance, _, who = one.value.partition("|")
        if article.genre in _OPINION or (stance == "nobody" and told):
            return None
        if stance == "nobody":
            return "added", stance_of(one)
        own = [fact for fact in told if _same_party(fact, one)]
        if own and (own[-1].value.partition("|")[0] == stance or one.at < own[-1].at):
            return None
        if not who and any(fact.value.partition("|")[0] == stance for fact in told):
            return None
        before = f", before {stance_words(own[-1].value)}" if own else ""
        return "claim", stance_of(one) + before

    # --- who speaks ---

    def _speaker(self, one: Said, article: ArticleNow) -> Found:
        if article.genre in _OPINION:
            return None
        own = [
            fact
            for key, facts in self.by_key.items()
            if key.startswith("speaker|")
            for fact in facts
            if _one_speaker(fact, one)
        ]
        if not own:
            return self._newly(one)
        last = max(fact.at for fact in own)
        if not one.quoted or not one.ahead or one.at - last < AGAIN:
            return None
        if any(_overlap(fact.value, one.value) >= _ALIKE for fact in own):
            return None
        return "reaction", f"{_before_verb(one)} speaks again"

    def _newly(self, one: Said) -> Found:
        if not one.quoted and self._repeats_figures(one):
            return None
        if one.official and (one.quoted or one.ahead):
            return "reaction", f"{_before_verb(one)} is heard for the first time"
        if one.official or not one.ahead:
            return None
        return "added", f"{_before_verb(one)} is heard for the first time"

    def _repeats_figures(self, one: Said) -> bool:
        """Who is only said to confirm what was told says nothing new."""
        return any(
            fact.sentence == one.sentence
            for key, facts in self.by_key.items()
            if not key.startswith("speaker|")
            for fact in facts
        )


# --- a figure against those told ------------------------------------------------------------


def _is_no_other(one: Said, current: ToldFact) -> bool:
    """The same figure, or one so open or so round that the one told agrees with it."""
    if _equal(current.value, one):
        return True
    size, standing = one.size or 0.0, _size(current.value)
    if one.loose in {"vague", "most"}:
        return size <= standing or not one.ahead
    return one.loose == "least" and size <= standing and not one.revised


def _increment(one: Said, told: Sequence[ToldFact]) -> Found:
    if any(fact.value == one.value for fact in told):
        return None
    current = told[-1]
    if one.at < current.at or any(_size(fact.value) > _size(current.value) for fact in told):
        return None
    return "toll", f"{in_words(one)} more, before {size_of(current)}"


def _is_sum(one: Said, told: Sequence[ToldFact]) -> bool:
    """The total after "three more" is no news: six and three were told."""
    at = max((n for n, fact in enumerate(told) if not fact.value.startswith("+")), default=-1)
    more = {fact.value for fact in told[at + 1 :]}
    return at >= 0 and bool(more) and _size(told[at].value) + sum(map(_size, more)) == one.size


def _turns_back(one: Said, told: Sequence[ToldFact], article: ArticleNow) -> bool:
    """A figure told before counts again where its teller takes back what it told since.

    Anybody else who gives it is late, or quotes what was first said.
    """
    if article.genre in _OPINION and not one.revised:
        return False
    own = [fact for fact in told if fact.outlet == one.outlet]
    return one.revised or (bool(own) and not _equal(own[-1].value, one) and one.ahead)


def _size(value: str) -> float:
    try:
        return float(value.strip("+~-"))
    except ValueError:
        return 0.0


def _equal(value: str, one: Said) -> bool:
    """Say whether two figures are one: "at least 5" and "5" are, five and five more are not."""
    return value.startswith("+") == one.more and _size(value) == one.size


def _same_place(first: str, second: str) -> bool:
    if not first or not second:
        return True
    one, other = set(_place_words(first)), set(_place_words(second))
    return one <= other or other <= one


def _place_words(place: str) -> list[str]:
    idle = {"district", "city", "town", "area", "province", "tehsil", "agency", "region"}
    words = re.findall(r"[^\W_]+", place.casefold())
    return [word for word in words if word not in idle] or words


def _same_party(fact: ToldFact, one: Said) -> bool:
    who, other = fact.value.partition("|")[2], one.value.partition("|")[2]
    return who == other or bool(fact.side and fact.side == one.side and fact.side != "pakistan")


def _one_speaker(fact: ToldFact, one: Said) -> bool:
    if fact.side and one.side and fact.side != one.side:
        return False
    return same_speaker(fact.key, one.key)


def _before_verb(one: Said) -> str:
    """Who speaks, as before a verb: "Adil Sarwat, Interior Minister, is heard"."""
    return f"{called(one)}," if one.speaker and one.office else called(one)


def _overlap(first: str, second: str) -> float:
    one, other = set(first.split()), set(second.split())
    return len(one & other) / min(len(one), len(other)) if one and other else 0.0
