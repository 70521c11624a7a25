"""Shares and sums: figures that count nobody."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.stages.claims.befalling import low_at
from monitor.stages.claims.numbers import Count, Number
from monitor.stages.claims.sentences import Token
from monitor.stages.claims.values import Population
from monitor.stages.claims.vocabulary import (
    ACTS,
    ALONE,
    COUNTED,
    CURRENCIES,
    FALLING,
    HEADS,
    MONEY_OF,
    RISING,
    STOPPING,
    STRONG,
    who,
)

_LEAST_MONEY = 10_000


def share_of(words: Sequence[Token], number: Number, topical: frozenset[int]) -> Count | None:
    """Return what a percentage is a share of, or what rose or fell by it; None where in doubt."""
    at = number.last + (2 if words[number.last].low == "per" else 1)
    if low_at(words, at) == "of":
        return _part(words, number, at + 1, topical)
    around = [word.low for word in words[max(0, number.begin - 9) : at + 9]]
    thing = next((word for word in around if word in ACTS or word in COUNTED), "")
    near = [
        word.low for word in (*words[max(0, number.begin - 6) : number.begin], *words[at : at + 3])
    ]
    rising, falling = RISING.intersection(near), FALLING.intersection(near)
    if not thing or bool(rising) == bool(falling):
        return None
    population: Population = "rise" if rising else "fall"
    return Count(number=number, population=population, subject=thing, unit="per cent", last=at)


def _ends_at(words: Sequence[Token], at: int, topical: frozenset[int]) -> bool:
    """Whether the noun is over: "all attacks | involve", but "Afghan fresh fruits"."""
    return (
        _counted(words[at - 1])
        and words[at].low.islower()
        and not _counted(words[at])
        and at not in topical
    )


def _counted(word: Token) -> bool:
    return word.low in HEADS or word.low in ACTS


def _part(
    words: Sequence[Token], number: Number, first: int, topical: frozenset[int]
) -> Count | None:
    last = first
    while last < len(words) and last - first < 6 and words[last].kind in {"word", "number"}:
        if words[last].low in STOPPING - {"and"} or (
            last > first and _ends_at(words, last, topical)
        ):
            break
        last += 1
    told = any(
        words[at].low in HEADS or words[at].low in ACTS or at in topical
        for at in range(first, last)
    )
    if not told:
        return None
    subject = " ".join(word.text for word in words[first:last])[:120]
    group = who(words[last - 1].low, frozenset(word.low for word in words[first:last]))
    return Count(
        number=number, population="share", who=group, subject=subject, unit="per cent", last=last
    )


def sum_of(words: Sequence[Token], number: Number, *, named: bool) -> Count | None:
    """Return what a sum of money is of; small sums and prices are none, nor any without a cue."""
    largest = number.most if number.most is not None else number.least
    unit = number.currency or CURRENCIES[words[number.last].low]
    if largest is None or largest < _LEAST_MONEY:
        return None
    last = number.last + (0 if number.currency else 1)
    window = range(max(0, number.begin - 14), min(len(words), last + 7))
    near = sorted(
        (words[at].low not in STRONG, abs(at - number.last), at)
        for at in window
        if words[at].low in (MONEY_OF if named else ALONE)
    )
    if not near:
        return None
    cue = near[0][-1]
    return Count(number=number, population="money", subject=words[cue].text, unit=unit, last=last)
