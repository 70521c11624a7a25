"""Headlines edited in place, and reports of which half is new."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from monitor.stages.compose.excerpt import sentences
from monitor.stages.compose.facts import StoryNow, stems
from monitor.stages.compose.words import headline, plain
from monitor.told import DigestChange
from store.messages import ToldArticle

_OPINION = frozenset({"op_ed", "analysis"})

# --- headlines edited in place --------------------------------------------------------------


def headlines_edited(
    now: StoryNow, known: Mapping[int, ToldArticle], changes: Sequence[DigestChange]
) -> list[DigestChange]:
    """Headlines of told articles that say another thing now; not where a change says it already."""
    said = {change.sentence for change in changes}
    counted = {change.article for change in changes if change.kind in {"toll", "sides"}}
    out: list[DigestChange] = []
    for number, one in sorted(now.articles.items()):
        before = known.get(number)
        title = plain(one.title)
        if before is None or one.copy or title in said or one.version <= before.version:
            continue
        if _is_other(before.title, title, counted=number in counted):
            out.append(
                DigestChange(
                    kind="headline", told=f"headline edited; before: “{headline(before.title)}”",
                    sentence=headline(one.title), article=number, outlet=plain(one.outlet),
                    url=one.url, language=one.language,
                )
            )  # fmt: skip
    return out


_FILLING = frozenset(
    (
        *("the", "a", "an", "of", "in", "on", "at", "to", "for", "and", "by", "as", "with", "from"),
        *("live", "updated", "update", "breaking", "watch", "video", "is", "are", "was", "were"),
    )
)


_NUMBERS = frozenset(
    (
        *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
        *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
        *("nineteen", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty"),
        *("ninety", "dozen", "dozens", "hundred"),
    )
)


def _is_other(before: str, after: str, *, counted: bool) -> bool:
    """Whether a headline says another thing; ``counted``: its figures are told as a change."""
    one, other = _telling(before, counted=counted), _telling(after, counted=counted)
    return bool(other) and one != other


def _telling(title: str, *, counted: bool) -> frozenset[str]:
    """The words of a headline that say something, folded; their order and marks say nothing."""
    words = re.findall(r"[^\W_]+", plain(title).casefold())
    figures = _NUMBERS if counted else frozenset()
    return frozenset(
        word
        for word in words
        if word not in _FILLING | figures and not (counted and word.isdigit())
    )


# --- a substantial share of new content -----------------------------------------------------

_LEAST_FRESH = 4
_FRESH_SHARE = 0.5
_KNOWN_SHARE = 0.35
_NAME_OR_NUMBER = re.compile(r"(?<=[\w,;] )[A-Z][\w'’\-]+|\b\d[\d,.]*\b")


def much_added(
    now: StoryNow, known: Mapping[int, ToldArticle], told: Sequence[DigestChange]
) -> list[DigestChange]:
    """Reports of which half the sentences tell of names or numbers that no told text has.

    A rewrite has the same names and numbers in other words, so it never counts.
    """
    before = " ".join(one.body for number, one in now.articles.items() if number in known)
    if not before:
        return []
    words = stems(before)
    names = {found.group().casefold() for found in _NAME_OR_NUMBER.finditer(before)}
    spoken_for = {change.article for change in told}
    out: list[DigestChange] = []
    for number, one in sorted(now.articles.items()):
        if number in known or one.copy or one.genre in _OPINION or number in spoken_for:
            continue
        whole = list(sentences(one.body[:20_000]))
        fresh = [sentence for sentence in whole if _is_fresh(sentence, words, names)]
        if len(fresh) >= max(_LEAST_FRESH, _FRESH_SHARE * len(whole)):
            out.append(
                DigestChange(
                    kind="added", told=f"{plain(one.outlet)} tells more of it", sentence=fresh[0],
                    article=number, outlet=plain(one.outlet), url=one.url, language=one.language,
                )
            )  # fmt: skip
            words, names = words | stems(one.body), names | _names(one.body)
    return out


def _names(text: str) -> set[str]:
    return {found.group().casefold() for found in _NAME_OR_NUMBER.finditer(text)}


def _is_fresh(sentence: str, words: frozenset[str], names: set[str]) -> bool:
    own = stems(sentence)
    new = _names(sentence) - names
    return bool(new) and bool(own) and len(own & words) <= _KNOWN_SHARE * len(own)
