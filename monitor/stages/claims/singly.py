"""People told one by one, without a number: "a seventh victim died", "the body of an engineer"."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.stages.claims.befalling import befell_after, found_dead, low_at
from monitor.stages.claims.numbers import Count, Number
from monitor.stages.claims.sentences import Token, listed
from monitor.stages.claims.vocabulary import CIVILIANS, FORCES, MILITANTS, PEOPLE, who

_ORDINALS = {
    said: value
    for value, said in enumerate(
        (
            *("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"),
            *("tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth"),
            *("sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth"),
        ),
        start=2,
    )
}
_LED = listed("a an the another one as")
_HURT = listed("wounded injured hurt critically seriously fatally")
_DEATHS = listed("death fatality")
_ONE_MORE = listed("victim person man woman patient boy girl child")
_ONES = (MILITANTS | FORCES | CIVILIANS | PEOPLE | _ONE_MORE) - listed("lives dead bodies")


def singly(words: Sequence[Token]) -> list[Count]:
    """Return deaths that are told without a number.

    "A seventh victim died" says that seven are dead; "another of the wounded died" and "a wounded
    soldier died" say one more, and have a subject that begins "more".
    """
    out: list[Count] = []
    for at, word in enumerate(words):
        found = None
        if word.low in _ORDINALS or _digits(word):
            found = _nth(words, at)
        elif word.low in {"another", "a", "an", "one"}:
            found = _one_more(words, at)
        elif word.low == "body":
            found = _body(words, at)
        if found is not None:
            out.append(found)
    return out


def _digits(word: Token) -> int:
    low = word.low
    return int(low[:-2]) if low[-2:] in {"st", "nd", "rd", "th"} and low[:-2].isdecimal() else 0


def _nth(words: Sequence[Token], at: int) -> Count | None:
    size = _ORDINALS.get(words[at].low) or _digits(words[at])
    if at and low_at(words, at - 1) not in _LED:
        return None
    head = at + 1
    while head < min(len(words), at + 4) and words[head].low not in _ONES | _DEATHS:
        head += 1
    low = low_at(words, head)
    if low in _DEATHS or (low in _ONES and _died(words, head + 1)):
        return _count(words, at, head, float(size))
    return None


def _one_more(words: Sequence[Token], at: int) -> Count | None:
    """One more of those who were hurt; "a soldier died" alone may be the first of all."""
    hurt, head = words[at].low == "another", at + 1
    if low_at(words, head) == "of" and low_at(words, head + 1) in {"the", "those", "its", "their"}:
        head += 2
    while low_at(words, head) in _HURT and low_at(words, head + 1) in _ONES | _HURT:
        hurt, head = True, head + 1
    if low_at(words, head) in _HURT and head - at >= 2:  # "one of the wounded"
        hurt = True
    elif low_at(words, head) not in _ONES or words[at].low == "one":
        return None
    if not hurt or not _died(words, head + 1):
        return None
    return _count(words, at, head, 1.0, more=True)


def _died(words: Sequence[Token], at: int) -> bool:
    if befell_after(words, at) == "killed":
        return True
    for word in words[at : at + 12]:  # "a tenth victim of the bomb in the bazaar of Kohat died"
        if word.low in _DYING:
            return True
        if word.kind not in {"word", "number"} or word.low in _ELSE:
            return False
    return False


_DYING = listed("died dies succumbed perished")
_ELSE = listed("who that which after when as said says was were is are had has have and but")


def _body(words: Sequence[Token], at: int) -> Count | None:
    """One who is found dead: "the body of one of the engineers was found"."""
    if low_at(words, at + 1) != "of" or not found_dead(words, at, at + 7):
        return None
    ahead = range(at + 2, min(len(words), at + 9))
    head = next((here for here in ahead if words[here].low in _ONES), None)
    return _count(words, at, head, 1.0, more=True) if head is not None else None


def _count(words: Sequence[Token], at: int, head: int, size: float, *, more: bool = False) -> Count:
    low = words[head].low
    said = " ".join(word.text for word in words[at + 1 : head + 1])
    number = Number(first=at, last=at + 1, least=size, most=size, begin=at, said=at)
    return Count(
        number=number, population="killed", last=head + 1, head=low,
        who=who(_PLURAL.get(low, low), frozenset()) or "people",
        subject=f"more {said}" if more else said,
    )  # fmt: skip


_PLURAL = {"victim": "victims", "patient": "people", "person": "people"}
