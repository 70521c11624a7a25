"""Numbers as news writes them: digits, words, ranges, floors, lakh and crore, "dozens of"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from monitor.stages.claims.sentences import Token, listed
from monitor.stages.claims.spelled import begins, spelled
from monitor.stages.claims.values import Population, Unit, Who

_UNITS = {
    name: value
    for value, name in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
    if value
}
_TENS = {
    name: 10 * value
    for value, name in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
}
_TIMES = {
    "hundred": 100, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12,
    "lakh": 1e5, "lakhs": 1e5, "lac": 1e5, "crore": 1e7, "crores": 1e7, "dozen": 12, "mn": 1e6,
    "m": 1e6, "bn": 1e9, "tr": 1e12, "tn": 1e12, "k": 1e3, "score": 20,
}  # fmt: skip
_VAGUE = {"dozens": 24, "scores": 40, "hundreds": 200, "thousands": 2e3, "millions": 2e6}
_TENS_OF = {"tens": 20, "hundreds": 200}

FLOOR = ("at least", "more than", "over", "in excess of", "upwards of", "above", "well over",
         "no less than", "no fewer than", "not less than", "a minimum of", "کم از کم", "کم سے کم",
         "لږ تر لږه", "حداقل", "دست کم", "دستکم", "بیش از", "بیشتر از")  # fmt: skip
CEILING = ("up to", "upto", "less than", "fewer than", "under", "below", "at most", "no more than",
           "زیادہ سے زیادہ", "حداکثر", "کمتر از")  # fmt: skip
ABOUT = ("about", "around", "nearly", "almost", "some", "approximately", "roughly", "an estimated",
         "estimated", "close to", "as many as", "another", "additional", "a further",
         "an additional", "a total of", "total of", "just", "only", "at around")  # fmt: skip
BARE = ("the other", "all", "the", "these", "those", "his", "their", "its", "of the", "of", "other")
MORE = [said.split() for said in ("or more", "- plus", "سے زائد", "سے زیادہ", "سے اوپر", "څخه زیات",
                                  "نه زیات", "څخه ډېر", "نه ډېر")]  # fmt: skip
_OPENERS = {
    tuple(said.split()): kind
    for kind, group in (("floor", FLOOR), ("ceiling", CEILING), ("about", ABOUT), ("bare", BARE))
    for said in group
}
_LOUD = {"floor", "ceiling"}
_MONTHS = listed(
    "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec"
)
_LABELLED = listed(
    "section sections article articles rule rules no nos page pages chapter phase flight "
    "class grade route number sector corps clause resolution volume day part series top under "
    "aged age phase schedule sub-section point category resolution gate terminal bps scale "
    "order appeal petition kilometre km mile ward block house street room division brigade"
)
_DATE_BEFORE = listed("in since by of during until till year from early late before after")
_NOT_ONE = frozenset({"no", "any", "every", "each", "which", "this", "that", "the"})
_MANY = listed(
    "people persons militants terrorists refugees afghans families troops soldiers personnel "
    "trucks fighters others"
)  # fmt: skip


class Number(NamedTuple):
    """A number at tokens ``first`` up to ``last``; what stands before it is part of the words."""

    first: int
    last: int
    least: float | None
    most: float | None
    begin: int  # token at which "at least", "of the" and the like start
    said: int = 0  # as ``begin``, for those of them that say how sure the number is
    currency: Unit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A number with what it counts; places are tokens. ``last`` is after the counted noun."""

    number: Number
    population: Population | None
    who: Who = ""
    subject: str = ""
    unit: Unit = "persons"
    last: int = 0
    head: str = ""


class _Value(NamedTuple):
    value: float
    last: int
    vague: bool = False
    times: float = 1  # the multiplier said after the figure
    plain: bool = False  # a bare figure in digits, which may be a year or a day
    currency: Unit | None = None
    unread: bool = False  # words of which nobody can tell what number they make


def numbers(tokens: Sequence[Token]) -> list[Number]:
    """Return the numbers of a sentence that can be counts; dates and labels are none."""
    out: list[Number] = []
    at = 0
    while at < len(tokens):
        got = _number(tokens, at) if _may_begin(tokens[at]) else None
        if got is None:
            at += 1
            continue
        number, counts = got
        if counts:
            out.append(number)
        at = number.last
    return out


def _may_begin(token: Token) -> bool:
    """Whether a number can begin here, which few words can: asked before each is read as one."""
    if token.kind == "word":
        plain = token.low in _BEGINNING or token.low.partition("-")[0] in _TENS
        return plain or begins(token.low)
    return token.kind != "mark"


NUMBER_WORDS = frozenset({*_UNITS, *_TENS, *_VAGUE}) - {"one"}
_BEGINNING = frozenset({*_UNITS, *_VAGUE, "tens", "half", "a", "one"})


def _number(tokens: Sequence[Token], at: int) -> tuple[Number, bool] | None:
    first = _value(tokens, at)
    if first is None:
        return None
    second = _upper(tokens, at, first)
    if second and first.times == 1 < second.times and first.value * second.times < second.value:
        first = first._replace(value=first.value * second.times)  # "2 to 3 lakh"
    begin, said, kind = _opening(tokens, at)
    last = second.last if second else first.last
    dated = _is_date(tokens, at, last, first, kind)
    unread = first.unread or (second is not None and second.unread)
    if unread or (second is not None and not first.value < second.value):
        upper = second.value if second else first.value
        return Number(at, last, first.value, upper, at, at), False
    least: float | None = first.value
    most: float | None = second.value if second else first.value
    if first.vague or kind == "floor" or _more(tokens, last):
        most = None if second is None else most
    elif kind == "ceiling" and second is None:
        least = None
    currency = first.currency or (second.currency if second else None)
    return Number(at, last, least, most, begin, said, currency), not dated


def _more(tokens: Sequence[Token], at: int) -> bool:
    text = [token.low for token in tokens[at : at + 2]]
    return text in MORE or text[:1] in (["+"], ["plus"])


def _value(tokens: Sequence[Token], at: int) -> _Value | None:
    token = tokens[at]
    if token.kind in {"number", "word"} and (words := spelled(tokens, at)) is not None:
        unread = words.value is None
        return _Value(words.value or 0.0, words.last, words.vague, words.times, unread=unread)
    if token.kind in {"number", "money"}:
        digits = re.sub(r"[^\d.]", "", token.low.replace("٫", ".")).strip(".")  # of "Rs.63.9"
        value = float(digits[:15])
        plain = token.kind == "number" and token.low.isdigit()
        return _multiplied(tokens, at + 1, value, plain=plain, currency=_currency(token))
    if token.kind != "word":
        return None
    if [one.low for one in tokens[at : at + 3]] == ["half", "a", "dozen"]:
        return _Value(6, at + 3)
    if token.low in _VAGUE or token.low == "tens":
        return _vague(tokens, at)
    small = _small(token.low)
    if token.low == "one" and at and tokens[at - 1].low in _NOT_ONE:
        return None  # "no one was hurt"
    if small is not None:
        return _multiplied(tokens, at + 1, small)
    following = tokens[at + 1].low if at + 1 < len(tokens) else ""
    if token.low in {"a", "one"} and following in {
        "dozen",
        "hundred",
        "thousand",
        "million",
        "lakh",
    }:
        return _multiplied(tokens, at + 1, 1.0)
    return None


def _small(word: str) -> float | None:
    if word in _UNITS:
        return float(_UNITS[word])
    tens, _, unit = word.partition("-")
    if tens in _TENS and (not unit or unit in _UNITS):
        return float(_TENS[tens] + _UNITS.get(unit, 0))
    return None


def _multiplied(
    tokens: Sequence[Token],
    at: int,
    value: float,
    *,
    plain: bool = False,
    currency: Unit | None = None,
) -> _Value:
    total, used = 1.0, at
    while used < len(tokens) and (times := _TIMES.get(tokens[used].low)) and used - at < 3:
        # "19 m" is metres and "5 k" a race, unless money stands before.
        if len(tokens[used].low) == 1 and not currency:
            break
        total *= times
        used += 1
    return _Value(
        round(value * total, 2), used, times=total, plain=plain and used == at, currency=currency
    )


def _vague(tokens: Sequence[Token], at: int) -> _Value | None:
    word = tokens[at].low
    following = [token.low for token in tokens[at + 1 : at + 3]]
    if word in _TENS_OF and following[:1] == ["of"] and following[1:2] in (
        ["thousands"], ["millions"]
    ):  # fmt: skip
        times = 1e3 if following[1] == "thousands" else 1e6
        return _Value(_TENS_OF[word] * times, at + 3, vague=True)
    return _Value(_VAGUE[word], at + 1, vague=True) if word in _VAGUE else None


def _currency(token: Token) -> Unit | None:
    if token.kind != "money":
        return None
    signs: dict[str, Unit] = {
        "r": "PKR",
        "p": "PKR",
        "£": "GBP",
        "€": "EUR",
        "₹": "INR",
        "i": "INR",
        "a": "AFN",
    }
    return signs.get(token.low[0], "USD")


def _upper(tokens: Sequence[Token], at: int, first: _Value) -> _Value | None:
    """The upper end of a range: "6,000–6,500", "two or three", "between 30,000 and 40,000"."""
    if first.last + 1 >= len(tokens) or first.vague:
        return None
    joint = tokens[first.last].low
    before = tokens[at - 1].low if at else ""
    joined = joint in _JOINTS or (joint == "and" and before == "between")
    if not joined or (joint == "to" and before in {"from", "by"}):
        return None
    return _value(tokens, first.last + 1)


_JOINTS = frozenset({"-", "–", "—", "−", "to", "or", "سے", "تا", "تر", "الی"})


def _opening(tokens: Sequence[Token], at: int) -> tuple[int, int, str]:
    """Where the words before a number begin that belong to it, and what they say of it."""
    begin, sure, kind = at, at, ""
    for _ in range(3):
        for size in (3, 2, 1):
            said = tuple(token.low for token in tokens[max(0, begin - size) : begin])
            if len(said) == size and (found := _OPENERS.get(said)):
                if said == ("up", "to") and _climbs(tokens, begin - size):
                    return begin, sure, kind
                begin -= size
                kind = kind if kind in _LOUD else found
                sure = sure if found == "bare" else begin
                break
        else:
            break
    return begin, sure, kind


def _climbs(tokens: Sequence[Token], at: int) -> bool:
    """Whether "up to" says where a toll went: "has gone up to six"."""
    return bool(at) and tokens[at - 1].low in {"gone", "went", "goes", "going", "shot", "crept"}


def _is_date(tokens: Sequence[Token], at: int, last: int, first: _Value, kind: str) -> bool:
    if not first.plain:
        return False
    before = tokens[at - 1].low if at else ""
    after = tokens[last].low if last < len(tokens) else ""
    if before == "from" and after in {"to", "-", "–"}:
        return True  # "rose from 5 to 12": the older figure is not the claim
    if before in _LABELLED or before in _MONTHS or after in _MONTHS or before in {"#", "/", "^"}:
        return True
    # A year, unless those who can be counted follow at once: "2000 people", "the 2014 massacre".
    return (
        1900 <= first.value < 2100
        and kind in {"", "bare"}
        and (before in _DATE_BEFORE or after not in _MANY)
    )
