"""What a number in a sentence counts. A number whose counted thing is in doubt is left alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from monitor.stages.claims import scripts
from monitor.stages.claims.befalling import (
    QUOTES,
    befell_after,
    befell_before,
    befell_those,
    found_dead,
    low_at,
    toll_of,
    tolled,
    turned_up,
)
from monitor.stages.claims.measuring import share_of, sum_of
from monitor.stages.claims.numbers import NUMBER_WORDS, Count, Number, numbers
from monitor.stages.claims.sentences import Token, listed
from monitor.stages.claims.values import Population, Who
from monitor.stages.claims.vocabulary import (
    ACTS,
    AFTER,
    COUNTED,
    CURRENCIES,
    DISTRICTS,
    HEADS,
    MEASURES,
    NEEDS_LIVES,
    PER_CENT,
    STOPPING,
    VEHICLES,
    VERBS,
    who,
)

_LINKS = frozenset({"and", ",", "as", "well", "or", "&", "plus", "besides", "along", "with"})
_DOING = listed(
    "killed killing wounded wounding injured injuring arrested martyred deported detained expelled"
    " repatriated evicted"
)
_OBJECT_ENDS = frozenset({",", ".", ";", "and", "in", "on", "before", "near", "through", "via"})
_MAY_RETURN = frozenset({"people", "persons", "families", "individuals", "nationals", "afghans"})
_STATES: dict[str, Population] = {
    "dead": "killed", "wounded": "injured", "injured": "injured", "displaced": "displaced",
}  # fmt: skip
_NO_DEATHS = listed("penalty penalties sentence sentences row threat threats warrant warrants")
_NO_STOCK = 20  # "five fighters" act; "500 fighters" are a strength


def counts(words: Sequence[Token], topical: frozenset[int] = frozenset()) -> list[Count]:
    """Return what is counted in a sentence, in order. Only sure readings are given.

    ``topical`` are the words that belong to a name of the topic: money and shares are news of every
    kind, so they count only beside one.
    """
    said = numbers(words)
    wholes = {right for left, right in pairwise(said) if left.last == right.begin}
    found = [
        _scripted(words, number) or _read(words, number, topical)
        for number in said
        if number not in wholes or low_at(words, number.begin) != "of"  # "three of the eight"
    ]
    joined = _shared(words, [one for one in found if one is not None])
    listed_with = {
        at + side
        for at in range(len(joined) - 1)
        if _linked(words, joined[at], joined[at + 1])
        for side in (0, 1)
    }
    settled = [_settled(one, alone=at not in listed_with) for at, one in enumerate(joined)]
    return [one for one in settled if one is not None]


def _read(words: Sequence[Token], number: Number, topical: frozenset[int]) -> Count | None:
    after = words[number.last].low if number.last < len(words) else ""
    if after in PER_CENT or (after == "per" and low_at(words, number.last + 1) == "cent"):
        return share_of(words, number, topical)
    if number.currency or after in CURRENCIES:
        return sum_of(words, number, named=bool(topical))
    if number.least == 1122 and low_at(words, number.begin - 1) == "rescue":
        return None  # the name of a service
    if number.least == number.most == 1 and after == "of":
        return None  # "one of the deadliest attacks"
    if low_at(words, number.begin) == "of" and low_at(words, number.begin - 1) in _KIN:
        return None  # "a father of three was killed"
    first, head_at, last = _noun(words, number.last + _whose(words, number))
    head = words[head_at].low if head_at >= 0 else ""
    if head in {"death", "deaths"} and low_at(words, last) in _NO_DEATHS:
        return None
    subject = " ".join(w.text for w in words[first:last] if w.text not in QUOTES)
    base = Count(number=number, population=None, last=last, subject=subject[:120], head=head)
    toll = toll_of(words, number)
    if toll is not None and (not head or head in HEADS) and not _told_itself(words, last, head):
        if toll == "vehicles":
            return replace(base, population=toll, unit="vehicles")
        group = _who(words, first, last, head or tolled(words, number)) or "people"
        return replace(base, population=toll, who=group)
    if head in ACTS:
        if number.most == 1:
            return None  # "in one incident" tells a story, not a figure
        return replace(base, population=ACTS[head], unit="events")
    if head in DISTRICTS:
        return replace(base, population="districts", unit="places")
    if head in VEHICLES:
        return replace(base, population="vehicles", unit="vehicles")
    if head:
        return _persons(words, replace(base, who=_who(words, first, last, head)))
    return _bare(words, base)


def _scripted(words: Sequence[Token], number: Number) -> Count | None:
    """What is counted where the sentence is Urdu, Pashto or Dari."""
    got = scripts.counted(words, number.begin, number.last)
    if got is None:
        return None
    population, group, subject, last = got
    return Count(number=number, population=population, who=group, subject=subject, last=last)


def _whose(words: Sequence[Token], number: Number) -> int:
    """Over the verb of "of whom 220 were Afghan nationals"."""
    before = low_at(words, number.begin - 1)
    return int(before in {"whom", "them"} and low_at(words, number.last) in {"were", "are"})


def _noun(words: Sequence[Token], at: int) -> tuple[int, int, int]:
    """The noun phrase after a number: where it starts, its head, and the token after it."""
    if low_at(words, at) == "of":
        at += 1
        if low_at(words, at) in {"the", "them", "these", "those"}:
            at += 1
    first, head, last = at, -1, at
    while at < len(words) and at - first < 7:
        low = words[at].low
        if words[at].text in QUOTES or (low == "-" and at > first):
            at += 1
            continue
        other = low in MEASURES or (at > first and low in NUMBER_WORDS)  # "three days ago five …"
        if words[at].kind != "word" or other or low in STOPPING | VERBS:
            break
        if (low,) in AFTER and head >= 0:
            break
        if (
            (low in {"people", "persons"} and head < 0)
            or low in HEADS
            or low in ACTS
            or low in DISTRICTS | VEHICLES
        ):
            if (low,) in AFTER and low not in HEADS:
                break
            head, last = at, at + 1
        elif ((low,) in AFTER and at == first and not _is_epithet(words, at)) or (
            head >= 0 and at - head >= 2
        ):
            break
        at += 1
    return first, head, last


def _is_epithet(words: Sequence[Token], at: int) -> bool:
    """As in "90 of the detained Afghans"."""
    return low_at(words, at - 1) in {"the", "these"} and low_at(words, at + 1) in HEADS


def _who(words: Sequence[Token], first: int, last: int, head: str) -> Who:
    return who(head, frozenset(word.low for word in words[first:last]))


def _persons(words: Sequence[Token], base: Count) -> Count:
    head = base.head
    population = COUNTED.get(head)
    if head == "lives":  # claimed or lost; others are saved
        after = [low_at(words, base.last), low_at(words, base.last + 1)]
        lost = after[1:] if after[0] in {"were", "was", "have", "had"} else []
        taken = {low_at(words, base.number.begin - 1), after[0], *lost} & NEEDS_LIVES
        return replace(base, population="killed" if taken else None)
    if population is None:
        population = _befell(words, base)
        if population == "returned" and base.who != "refugees" and head not in _MAY_RETURN:
            population = None
    return replace(base, population=population or _STATES.get(head))


def _befell(words: Sequence[Token], base: Count) -> Population | None:
    begin, head = base.number.begin, base.head
    if turned_up(words, base.last):
        return None
    if head == "bodies":
        return "killed" if found_dead(words, begin, base.last) else None
    if low_at(words, begin) == "of" and low_at(words, begin - 1) in _LED:
        # "the man accused in the killing of 12 people was arrested"
        return befell_before(words, begin + 1, head) or befell_after(words, base.last)
    return befell_after(words, base.last) or befell_before(words, begin, head)


_KIN = listed(
    "father mother parent parents dad mum mom grandfather grandmother wife husband widow brother"
    " sister son daughter killer killers murderer murderers assassin assassins abductor abductors"
    " kidnapper kidnappers captor captors attacker attackers leader commander boss employer"
)
_LED = listed("bodies killing killings deaths death arrest release abduction deportation return")


def _bare(words: Sequence[Token], base: Count) -> Count | None:
    """A number without a noun: "and 30 injured", "left 12 dead", "strength of 6,000"."""
    those = befell_those(words, base.number.last)
    if those is not None:
        return replace(base, population=those, who="people", last=base.number.last + 2)
    population = befell_after(words, base.number.last, bare=True)
    if population in {"returned", "released", "displaced"}:
        return None
    if population is None:
        return _object(words, base)
    first, head, last = _noun(words, base.number.last + 1)
    if head >= 0 and (low_at(words, base.number.last),) in AFTER and head - first <= 1:
        subject = " ".join(word.text for word in words[first:last])  # "five kidnapped workers"
        group = _who(words, first, last, words[head].low)
        return replace(base, population=population, who=group, subject=subject, last=last)
    return replace(base, population=population, who="people", last=base.number.last)


def _object(words: Sequence[Token], base: Count) -> Count | None:
    """The number alone is what the verb acts upon: "killed six and wounded 12"."""
    following = words[base.number.last] if base.number.last < len(words) else None
    done = low_at(words, base.number.begin - 1) in _DOING
    ends = following is None or following.low in _OBJECT_ENDS
    population = befell_before(words, base.number.begin, "people") if done and ends else None
    if population is None:
        return None
    return replace(base, population=population, who="people", last=base.number.last)


def _follows(words: Sequence[Token], at: int) -> bool:
    return befell_after(words, at) is not None


def _told_itself(words: Sequence[Token], at: int, head: str) -> bool:
    """Whether a number has a verb of its own, so that no "toll rose to" before it tells of it."""
    return _follows(words, at) if head else (low_at(words, at),) in AFTER


# --- what several numbers share -------------------------------------------------------------


def _shared(words: Sequence[Token], found: list[Count]) -> list[Count]:
    """What befell the last befell all: "Eight militants and two soldiers were killed"."""
    out = list(found)
    befell: set[int] = set()  # those whose verb stands behind the end of their list
    for at in range(len(out) - 2, -1, -1):
        this, following = out[at], out[at + 1]
        open_ended = this.population is None and this.head and following.unit == "persons"
        follows = at + 1 in befell or _follows(words, following.last)
        if open_ended and _linked(words, this, following) and follows:
            out[at] = replace(this, population=following.population)
            befell.add(at)
    for at in range(1, len(out)):
        before, this = out[at - 1], out[at]
        if this.population is None and this.head and before.population and before.unit == "persons":
            done = (
                befell_before(words, before.number.begin, before.head) or before.head == this.head
            )
            if _linked(words, before, this) and done:
                out[at] = replace(this, population=before.population)
            elif _of_whom(words, this):
                out[at] = replace(this, population=before.population, who=before.who)
    return out


def _linked(words: Sequence[Token], left: Count, right: Count) -> bool:
    between = words[left.last : right.number.begin]
    return (
        len(between) <= 5
        and bool(between)
        and all(word.low in _LINKS or word.text in QUOTES for word in between)
    )


def _of_whom(words: Sequence[Token], one: Count) -> bool:
    before = [word.low for word in words[max(0, one.number.begin - 2) : one.number.begin]]
    return before[-2:] in (["of", "whom"], ["of", "them"]) or before[-1:] == ["whom"]


_STOCKS: dict[str, Population] = {
    "militants": "fighters",
    "refugees": "refugees",
    "security forces": "troops",
}


def _settled(one: Count, *, alone: bool) -> Count | None:
    """A count with its population; without one only a large stock of fighters or refugees stays.

    One of a list is a part of something said elsewhere: "172 deaths: 57 soldiers, 65 militants".
    """
    if one.population is not None:
        return one
    size = one.number.least if one.number.least is not None else one.number.most
    if not alone or size is None or size < _NO_STOCK or one.who not in _STOCKS:
        return None
    if (one.who == "refugees" and size < 100) or (
        one.who == "security forces"
        and (size < 100 or one.head not in {"troops", "soldiers", "personnel"})
    ):
        return None
    return replace(one, population=_STOCKS[one.who])
