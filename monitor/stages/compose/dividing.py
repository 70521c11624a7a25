"""One toll told as a whole and by groups, which of several stands, and what is said once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from monitor.stages.compose import cues
from monitor.stages.compose.facts import Said
from monitor.told import DigestChange
from store.messages import ToldFact

_GROUPS = frozenset({"people", "security forces"})


def divided(one: Said, told: Sequence[ToldFact], beside: Iterable[Said]) -> bool:
    """Whether a figure is the told toll summed up, or a part of it told by groups.

    "Seven people", where two soldiers and five civilians were told; "three civilians and two
    policemen", where five people were. ``beside`` are the figures of the same article.
    """
    population, group = one.key.split("|")
    if group not in _GROUPS or one.more or one.size is None:
        return False
    if group == "people" and one.size in _sums(told):
        return True
    own = {
        fact.key.split("|")[1]: fact.size or 0.0
        for fact in beside
        if fact.kind == "figure" and not fact.more and fact.key.split("|")[0] == population
    }
    parts = {named: size for named, size in own.items() if named in _GROUPS}
    whole = [_size(fact) for fact in told if fact.key == f"{population}|people"]
    return set(parts) == _GROUPS and sum(parts.values()) in whole


def _sums(told: Sequence[ToldFact]) -> set[float]:
    """What the groups of each told article add up to."""
    by_article: dict[int, dict[str, float]] = {}
    for fact in told:
        group = fact.key.split("|")[1]
        if group in _GROUPS and not fact.value.startswith("+"):
            by_article.setdefault(fact.article, {})[group] = _size(fact)
    return {sum(sizes.values()) for sizes in by_article.values() if set(sizes) == _GROUPS}


def _size(fact: ToldFact) -> float:
    try:
        return float(fact.value.strip("+~-"))
    except ValueError:
        return 0.0


def standing(told: Sequence[ToldFact]) -> ToldFact:
    """Return the figure that stands of those told, which are in order of telling.

    Not a laggard's, who gives one that was replaced, nor one so open that the one before agrees.
    """
    stands = told[0]
    for at, fact in enumerate(told[1:], 1):
        size = _size(fact)
        taken_back = cues.REVISED.search(fact.sentence) is not None
        if _is_open(fact) and size <= _size(stands) and not taken_back:
            continue
        replaced = size != _size(stands) and any(_size(one) == size for one in told[:at])
        own = [one for one in told[:at] if one.outlet == fact.outlet]
        if replaced and not taken_back and (not own or _size(own[-1]) == size):
            continue
        stands = fact
    return stands


def _is_open(fact: ToldFact) -> bool:
    return fact.value.endswith("+") or fact.value.startswith(("~", "-"))


def said_once(
    changes: Sequence[DigestChange], added: Sequence[DigestChange]
) -> tuple[list[DigestChange], list[DigestChange]]:
    """Return both so that each sentence of an article stands once, with all that it says.

    What it adds beside a change stands with the change.
    """
    kept: dict[tuple[int, str], DigestChange] = {}
    for one in changes:
        at = (one.article, one.sentence)
        known = kept.get(at)
        kept[at] = replace(known, told=f"{known.told}; {one.told}") if known else one
    extra: dict[tuple[int, str], DigestChange] = {}
    for one in added:
        at = (one.article, one.sentence)
        if at in kept:
            continue
        known = extra.get(at)
        extra[at] = replace(known, told=f"{known.told}; {one.told}") if known else one
    return list(kept.values()), list(extra.values())
