"""What is said to have befallen those who are counted: killed, arrested, sent back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from monitor.stages.claims.numbers import Number
from monitor.stages.claims.sentences import Token, listed, negates
from monitor.stages.claims.values import Population
from monitor.stages.claims.vocabulary import AFTER, AUXILIARY, BEFORE, HEADS, NEEDS_LIVES

QUOTES = frozenset("'‘’“”\"`*")


_WEAK = frozenset({"left", "back", "held", "return", "returned", "crossed"})


def low_at(words: Sequence[Token], at: int) -> str:
    """Return the folded word at a place; empty beyond either end."""
    return words[at].low if 0 <= at < len(words) else ""


def befell_after(words: Sequence[Token], at: int, *, bare: bool = False) -> Population | None:
    """Return what is said to have befallen those before ``at``; ``bare``: a number alone."""
    aided = False
    begin = at
    while at < len(words) and at - begin < 22:
        low = words[at].low
        cue = _cue(AFTER, words, at)
        later = _beyond_clause(words, at + cue[1]) if cue and not aided else None
        if later is not None:
            return befell_after(words, later, bare=bare)
        if cue is not None:
            return _checked(words, at, *cue, aided=aided, bare=bare)
        known = low == "to" and low_at(words, at - 1) == "known"  # "are known to have died"
        if low in AUXILIARY or known or words[at].text in QUOTES:
            aided = aided or low in _AIDING
            at += 1
            continue
        skipped = at
        if low == "and" and not bare:
            skipped = _beyond(words, at)
        elif low in _ASIDE or (low in _APPOSED and not bare):
            skipped = _skip(words, at)
        if skipped <= at:
            return None
        at = skipped
    return None


def _beyond_clause(words: Sequence[Token], at: int) -> int | None:
    """Where the verb stands of "those (wounded in the attack) have died"; None without another."""
    if low_at(words, at) not in _PLACED:
        return None
    for ahead in range(at + 1, min(len(words), at + 10)):
        low = words[ahead].low
        if words[ahead].kind not in {"word", "number"} or low in {"who", "which", "that", "when"}:
            return None
        if low in _TURNING and _cue(AFTER, words, _past_aids(words, ahead)) is not None:
            return ahead
    return None


def befell_those(words: Sequence[Token], at: int) -> Population | None:
    """Return what befell "of those held in Karachi were set free", from "of" on."""
    if low_at(words, at) != "of" or low_at(words, at + 1) not in {"those", "them"}:
        return None
    cue = _cue(AFTER, words, at + 2)
    later = _beyond_clause(words, at + 2 + cue[1]) if cue else None
    return befell_after(words, later, bare=True) if later is not None else None


def _past_aids(words: Sequence[Token], at: int) -> int:
    while at < len(words) and words[at].low in AUXILIARY:
        at += 1
    return at


_PLACED = listed("in at near from by during on since over outside")
_TURNING = listed("was were have has had died succumbed later")
_AIDING = listed("was were been being have has had are be")
_ASIDE = listed("belonging travelling identified in from inside on at")
_APPOSED = frozenset({"including", "among", "of", ","})


def _beyond(words: Sequence[Token], at: int) -> int:
    """Over "and affiliated terrorists", "and their leadership": they share what befell."""
    if low_at(words, at + 1) in {"their", "its", "his"}:
        return at + 3
    for ahead in range(at + 1, min(len(words), at + 5)):
        if words[ahead].kind != "word" or (words[ahead].low,) in AFTER:
            return at
        if words[ahead].low in HEADS:
            return ahead + 1
    return at


def _skip(words: Sequence[Token], at: int) -> int:
    """Over "including three women and a child," or "in the area" to where the verb may stand."""
    led = words[at].low
    if led == "," and low_at(words, at + 1) not in _PARTS:
        return at
    reach = 14 if led in {",", "including", "among"} else 6
    for ahead in range(at + 1, min(len(words), at + 1 + reach)):
        low = words[ahead].low
        if low in {";", ":", ".", "who", "which", "that"}:
            return at
        if low in {"was", "were", "have", "had", "has"} or (
            (low,) in AFTER
            and low not in _WEAK
            and (low not in HEADS or low in {"injured", "wounded"})
        ):
            return ahead
        if (
            low == ","
            and led in {",", "including", "among"}
            and low_at(words, ahead + 1) in AUXILIARY
        ):
            return ahead + 1
        if led not in {",", "including", "among"} and (low == "," or words[ahead].kind == "number"):
            return at
    return at


_PARTS = listed("including among mostly all most some not")
_LEFT_WHAT = listed("the a an behind dead injured stranded hostage without")
_OBJECTS = listed("a the an at two three four five six several some")


def _checked(
    words: Sequence[Token], at: int, population: Population, size: int, *, aided: bool, bare: bool
) -> Population | None:
    following = low_at(words, at + size)
    nexts = words[at + size] if at + size < len(words) else None
    active = nexts is not None and (
        (nexts.kind in {"number", "money"} and not _own_cue(words, at + size + 1))
        or (
            following in _OBJECTS
            and not (following == "at" and low_at(words, at + size + 1) != "least")
            and not (following == "the" and low_at(words, at + size + 1) in {"same", "day"})
        )
    )
    if not aided and active and size == 1 and population != "returned":
        return None  # "two soldiers killed five militants"
    if size == 1 and words[at].low in {"left", "back", "return", "crossed", "held", "returned"}:
        if bare or following in _LEFT_WHAT:
            return None
        if population == "arrested" and not aided:
            return None
    if words[at].low == "held" and aided and following in {"in", "at", "on", "talks"}:
        return None
    return population


def _own_cue(words: Sequence[Token], at: int) -> bool:
    """Whether the next number has its own verb, as in headlines: "30 killed 8 hurt in raid"."""
    return any(_cue(AFTER, words, ahead) for ahead in range(at, min(len(words), at + 3)))


def _cue(
    table: Mapping[tuple[str, ...], Population], words: Sequence[Token], at: int
) -> tuple[Population, int] | None:
    for size in (4, 3, 2, 1):
        said = tuple(word.low for word in words[at : at + size])
        if len(said) == size and (population := table.get(said)):
            return population, size
    return None


def befell_before(words: Sequence[Token], at: int, head: str) -> Population | None:
    """Return what was done to those who stand from ``at`` on: "killing", "the arrest of"."""
    skipped = 0
    while (
        at
        and skipped < 3
        and (words[at - 1].text in QUOTES or words[at - 1].low in {"nearly", "also"})
    ):
        at, skipped = at - 1, skipped + 1
    for size in (3, 2, 1):
        if at - size < 0:
            continue
        said = tuple(word.low for word in words[at - size : at])
        population = BEFORE.get(said)
        if population is not None:
            passive = low_at(words, at - size - 1) in {"were", "was", "been"}
            unfit = _unfit(said, head, passive=passive) or _is_meant(words, at - size)
            return None if unfit else population
    return None


def _unfit(said: tuple[str, ...], head: str, *, passive: bool) -> bool:
    """Whether the verb does nothing to those who follow: "claimed 12 attacks", "were killed 12"."""
    verb = said[0]
    if verb in NEEDS_LIVES:
        return head != "lives" and (head not in _LOST or verb not in {"lost", "losing", "claiming"})
    return passive and len(said) == 1


_MODAL = listed("could would might may should will can must cannot")
_MANAGED = listed("managed able on succeeded helped helping used continued")


def _is_meant(words: Sequence[Token], verb: int) -> bool:
    """Whether the verb is no deed: "plotted to kill", "would have killed", "did not kill"."""
    led = low_at(words, verb - 1)
    if led == "have":
        led = low_at(words, verb - 2)
        return led in _MODAL or negates(led)
    if led == "to":
        return low_at(words, verb - 2) not in _MANAGED
    return led in _MODAL or negates(led)


_LOST = listed("soldiers people troops men personnel civilians students children")
_REACHING = listed(
    "to at toll reached reaches hits hit is was stands crosses crossed of surpasses passes"
    " exceeded : now hit climbed rose"
)
_TOLLS: Mapping[str, Population] = {
    "casualties": "casualties",
    **dict.fromkeys(("deaths", "death", "dead", "fatalities", "killed", "martyrs"), "killed"),
    **dict.fromkeys(("injured", "wounded", "injuries"), "injured"),
    **dict.fromkeys(("deported", "expelled", "deportations"), "deported"),
    **dict.fromkeys(("arrested", "arrests"), "arrested"),
    **dict.fromkeys(("detained", "held", "detentions", "apprehended"), "arrested"),
    **dict.fromkeys(("returned", "returns", "repatriated", "repatriations"), "returned"),
    **dict.fromkeys(("abducted", "kidnapped"), "abducted"),
    **dict.fromkeys(("released", "freed"), "released"),
    **dict.fromkeys(("trucks", "lorries", "containers", "vehicles"), "vehicles"),
    "expulsions": "deported",
    "missing": "missing",
    "displaced": "displaced",
}
_FORMER = listed("earlier previous initial former first")
_SUMS = (
    *("number", "tally", "count", "total", "fatalities", "casualties", "deaths", "arrests"),
    *("deportations", "expulsions", "returns", "repatriations", "detentions"),
)
_NEAR = 18  # words between "the number of" and the figure


def toll_of(words: Sequence[Token], number: Number) -> Population | None:
    """Return what a number counts that ends "the death toll has risen to"; None for others."""
    near = [word.low for word in words[max(0, number.begin - _NEAR) : number.begin]]
    if not near or near[-1] not in _REACHING:
        return None
    if "toll" in near:
        before = near[near.index("toll") - 1] if near.index("toll") else ""
        if before in _FORMER:
            return None
        return "injured" if before in {"injury", "injured"} else "killed"
    if "strength" in near[-4:-1] and near[-1] in {"of", "to", "at"}:
        return "fighters"
    if near[-3:-2] == ["the"] and near[-1] in {"to", "at"}:  # "bringing the dead to eight"
        return _NAMELESS.get(near[-2])
    tail = _summed(near)
    if "sent" in tail and "back" in tail:
        return "deported"
    return next((_TOLLS[word] for word in tail if word in _TOLLS), None)


_NAMELESS: Mapping[str, Population] = {
    **dict.fromkeys(("dead", "deaths"), "killed"), "injured": "injured", "wounded": "injured",
}  # fmt: skip


def tolled(words: Sequence[Token], number: Number) -> str:
    """Return the word for those whom "the number of soldiers killed in … rose to" counts, or ""."""
    tail = _summed([word.low for word in words[max(0, number.begin - _NEAR) : number.begin]])
    said = tail[tail.index("of") + 1 :] if "of" in tail else []
    ends = next((at for at, word in enumerate(said) if word in _PLACING), len(said))
    return next((word for word in said[:ends] if word in HEADS), "")


_PLACING = listed("in at near from to rose climbed reached stood")


def _summed(near: Sequence[str]) -> Sequence[str]:
    """The words from "number" on, and the one before it: "death count"; none without such."""
    named = next((word for word in _SUMS if word in near), None)
    return near[max(0, near.index(named) - 1) :] if named else ()


def is_added(subject: str, population: str | None) -> bool:
    """Whether a figure is a part that comes on top: "two more soldiers", "three of the wounded"."""
    first = subject.split(maxsplit=1)[0].casefold() if subject else ""
    return first in _ON_TOP or (population == "killed" and first in {"wounded", "injured"})


_ON_TOP = listed("more further additional")
_FOUND = listed("recovered found pulled retrieved dug brought received exhumed recover retrieved")


def found_dead(words: Sequence[Token], first: int, last: int) -> bool:
    """Whether bodies between two places were found: "three more bodies were pulled from …"."""
    near = [*words[max(0, first - 4) : first], *words[last : last + 5]]
    return any(word.low in _FOUND for word in near)


def turned_up(words: Sequence[Token], at: int) -> bool:
    """Whether those before ``at`` live after all: "two of the six dead were found alive"."""
    return any(word.low in {"alive", "unhurt", "unharmed"} for word in words[at : at + 7])
