"""The figures on which the tellings of a story differ, side by side."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from monitor.stages.compose.facts import ArticleNow, Said, StoryNow, order
from monitor.stages.compose.wording import figure_words, question
from monitor.stages.compose.words import plain
from monitor.told import ClaimTold, DifferingClaim

MOST_QUESTIONS = 3
MOST_TOLD = 5


def differing(now: StoryNow, given: Collection[str] = ()) -> tuple[DifferingClaim, ...]:
    """Return the questions to which a story's articles give different figures now.

    A sentence that is ``given`` already, here or in a digest before, is not given again.

    The last word of each outlet and speaker counts; each figure is given once, by who gave it
    first, the earliest first. Round words and open ends that agree with a figure differ in nothing.
    """
    groups: dict[tuple[str, str], list[Said]] = {}
    for one in now.facts:
        if one.kind == "figure" and not one.more and one.loose in {"", "least"}:
            groups.setdefault((one.key, one.place.casefold()), []).append(one)
    found = [_question(group, now.articles, given) for _, group in sorted(groups.items())]
    return tuple(one for one in found if one is not None)[:MOST_QUESTIONS]


def _question(
    group: Sequence[Said], articles: Mapping[int, ArticleNow], given: Collection[str]
) -> DifferingClaim | None:
    last = _standing({(one.outlet, one.speaker): one for one in group})  # in order of telling
    exact = {one.size for one in last.values() if not one.loose}
    kept: dict[float | None, Said] = {}
    for one in last.values():
        agrees = one.loose and any((size or 0) >= (one.size or 0) for size in exact)
        if not agrees:
            kept.setdefault(one.size, one)
    if len(kept) < 2:
        return None
    said = tuple(
        _told(one, articles[one.article], given) for one in list(kept.values())[:MOST_TOLD]
    )
    return DifferingClaim(what=question(next(iter(kept.values()))), said=said)


_LATELY = timedelta(hours=12)


def _standing(last: Mapping[tuple[str, str], Said]) -> dict[tuple[str, str], Said]:
    """Without what a later figure left behind: what is old and no other side's is superseded."""
    newest = max(last.values(), key=lambda one: one.at)
    sides = {one.side: one for one in sorted(last.values(), key=order) if one.side}
    return {
        who: one
        for who, one in last.items()
        if newest.at - one.at <= _LATELY or (len(sides) > 1 and sides.get(one.side) == one)
    }


def _told(one: Said, article: ArticleNow, given: Collection[str]) -> ClaimTold:
    named = f"{one.speaker}, {one.office}" if one.office else one.speaker
    return ClaimTold(
        value=figure_words(one),
        speaker=named,
        outlet=plain(article.outlet),
        sentence="" if any(plain(one.sentence) in known for known in given) else one.sentence,
        article=one.article,
        url=article.url,
    )
