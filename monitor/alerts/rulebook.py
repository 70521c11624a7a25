"""The alert rules of this tick: words of feeds.yaml and names of the lexicon, ready to match."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeGuard, overload

import numpy as np
from numpy.typing import NDArray

from classifiers.lexicon import Lexicon
from classifiers.types import Match, Repeat, Text
from classifiers.words import fold
from monitor.config.kinds import Term
from monitor.config.shape import Alert
from monitor.stages import match
from monitor.told import AlertHit, Rule
from store.types import Unjudged

Met = tuple[str, tuple[AlertHit, ...]]
"""A rule by its name, and where it met the text."""
Edges = Callable[[Text, Sequence[str]], tuple[str, ...]]
"""Given a text and its topics, the strands of the definition it is of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """Rules ready to match.

    A spelling of a concept that means other things too (TTP is a blood disease as well) counts
    only where the lexicon's guards let it.
    """

    rules: match.CompiledRules
    channels: Mapping[str, tuple[str, ...]]
    lexicon: Lexicon
    time_zone: str
    desk_url: str | None
    edges: Edges | None = None
    """Of which strands of the definition a text is; None where no rule asks for one."""

    def met(self, item: Unjudged, score: float | None, topics: Sequence[str] = ()) -> list[Met]:
        """Return every rule that meets the text as it is known now, with where it does.

        ``score`` None: it was not judged yet, and nobody knows its topics either. The outlet's
        boilerplate and other stories on the page are not read. The same arguments give the same
        answer, whenever they are given: what a rule would have caught is asked here as well.
        """
        if self.edges is not None and score is not None:
            topics = (*topics, *self.edges(_text_of(item), topics))
        facts = facts_of(item, score, topics)
        whole = cache(lambda: match.folded(f"{item.title}\n{item.body}", folded))
        ready = tuple(rule for rule in self.rules.rules if match.may_meet(rule, facts, whole))
        if not ready:
            return []
        lead, body = parts_of(item)
        found = match.find(
            match.CompiledRules(rules=ready), title=item.title, lead=lead, body=body,
            outlet=item.outlet, score=score, fold=folded_with_map, facts=facts,
            guard=self._guard(item, lead, body),
        )  # fmt: skip
        by_rule: dict[str, list[AlertHit]] = {}
        for hit in found:
            by_rule.setdefault(hit.rule, []).append(hit)
        return [(rule, tuple(hits)) for rule, hits in by_rule.items()]

    def _guard(self, item: Unjudged, lead: str, body: str) -> match.Guard:
        """What the lexicon sets aside in a text, read once and only when it is asked for."""
        read: list[tuple[list[Match], list[Match]]] = []

        def apart(concept: str) -> Iterable[tuple[str, int, int]]:
            if not read:
                parts: dict[Any, str] = {"title": item.title, "lead": lead, "body": body}
                read.append(self.lexicon.find(parts, side=item.side))
            counted, ignored = read[0]
            if any(found.concept == concept for found in counted):
                return ()
            return [(trap.part, trap.start, trap.end) for trap in ignored]

        return apart


def facts_of(item: Unjudged, score: float | None, topics: Sequence[str]) -> match.Facts:
    """Return what a rule may know of an article beside its text."""
    judged = score is not None
    return match.Facts(
        outlet=item.outlet,
        side=item.side,
        language=item.language,
        kind=item.genre if judged else None,
        score=score,
        topics=tuple(topics) if judged else None,
    )


def parts_of(item: Unjudged) -> tuple[str, str]:
    """Return the lead and the rest, blank where other stories stand; places stay their places."""
    said = _blanked(item.body, [(a, b) for a, b, articles in item.repeated if not articles])
    lead, _ = match.split_lead(said)
    rest = _blanked(said, [(a, b) for a, b, _ in item.repeated])
    return lead, rest[len(lead) :]


class _Folding(dict[int, str]):
    """The lexicon's fold, letter by letter as they come: ``str.translate`` then runs in C."""

    def __init__(self) -> None:
        self._more: dict[str, int] = {}  # by letters that fold into more or none: how many more
        self._odd = re.compile("(?!)")
        self._odd_are = 0

    def __missing__(self, code: int) -> str:
        self[code] = said = fold(chr(code))
        if len(said) != 1:
            self._more[chr(code)] = len(said) - 1
        return said

    def length(self, text: str) -> int:
        """Return how long a text is folded, all letters of which were folded before."""
        return len(text) + sum(map(self._more.__getitem__, self._odd_ones().findall(text)))

    def place(self, text: str, at: int) -> int:
        """Return which letter of such a text gives the one at ``at`` of the folded text."""
        for odd in self._odd_ones().finditer(text):
            more = self._more[odd[0]]
            if odd.start() > at or odd.start() + more >= at:
                return min(odd.start(), at)
            at -= more  # from here on, places are as if this letter had folded into one
        return at

    def _odd_ones(self) -> re.Pattern[str]:
        if self._odd_are != len(self._more):
            self._odd_are = len(self._more)
            self._odd = re.compile(f"[{''.join(map(re.escape, sorted(self._more)))}]")
        return self._odd


_FOLDING = _Folding()


def folded(text: str) -> str:
    """Return the text as rules compare it, without the way back to the original.

    ``str.translate`` is quick with ASCII and takes 20 to 60 ms a million signs as soon as one
    stands among them that is not, as in nearly every article; what is longer than a headline is
    folded by a table instead, in a quarter of that.
    """
    long = len(text) > _LONG and not text.isascii()
    return _folded_by_table(text) if long else text.translate(_FOLDING)


_LONG = 400  # characters; for fewer the table takes as long
_UNKNOWN, _NONE, _SEVERAL = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD  # no letters have these numbers


@cache
def _table() -> NDArray[np.uint32]:
    """What each letter folds into, by its number; filled in as letters come."""
    return np.full(0x110000, _UNKNOWN, dtype=np.uint32)


def _folded_by_table(text: str) -> str:
    table = _table()
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    said = table[codes]
    unknown = codes[said == _UNKNOWN]
    if len(unknown):
        _learn(table, unknown)
        said = table[codes]
    several = codes[said == _SEVERAL]
    if len(several):
        said = np.where(said == _SEVERAL, codes, said)
    result: str = said[said != _NONE].tobytes().decode("utf-32-le", "surrogatepass")
    left = {chr(code) for code in np.unique(several).tolist()} if len(several) else set()
    if len(left) > 20:
        return text.translate(_FOLDING)
    for char in left:
        result = result.replace(char, _FOLDING[ord(char)])
    return result


def _learn(table: NDArray[np.uint32], codes: NDArray[np.uint32]) -> None:
    new = np.zeros(len(table), dtype=np.bool_)  # to sort a million signs would take longer
    new[codes] = True
    for code in np.flatnonzero(new).tolist():
        one = _FOLDING[code]
        table[code] = (ord(one) if len(one) == 1 else _SEVERAL) if one else _NONE


def folded_with_map(text: str) -> tuple[str, Sequence[int]]:
    """Return what ``classifiers.words.fold_with_map`` returns; the way back costs when it is gone.

    Most texts meet no rule, and of one that does a few places are asked for.
    """
    said = folded(text)
    # No ASCII character folds into several: of equal length, each has stayed in its place.
    plain = text.isascii() and len(said) == len(text)
    return said, range(len(text) + 1) if plain else _Way(text, said)


_BLOCK = 1_000  # characters


class _Way(Sequence[int]):
    """For each folded character its place in the original, worked out block by block as asked."""

    def __init__(self, text: str, said: str) -> None:
        self._text, self._length = text, len(said)
        self._begins = [0]  # in the folded text, of each block and of the one behind the last known

    def __len__(self) -> int:
        return self._length + 1

    @overload
    def __getitem__(self, at: int) -> int: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[int]: ...
    def __getitem__(self, at: int | slice) -> int | Sequence[int]:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        at = at + len(self) if at < 0 else at
        if not 0 <= at <= self._length:
            raise IndexError(at)
        return len(self._text) if at == self._length else self._place(at)

    def _place(self, at: int) -> int:
        begins = self._begins
        while begins[-1] <= at:
            here = (len(begins) - 1) * _BLOCK
            begins.append(begins[-1] + _FOLDING.length(self._text[here : here + _BLOCK]))
        block = bisect_right(begins, at) - 1
        here = block * _BLOCK
        return here + _FOLDING.place(self._text[here : here + _BLOCK], at - begins[block])


def _blanked(body: str, stretches: Sequence[tuple[int, int]]) -> str:
    """The body with blanks for these stretches, so that every place stays its place."""
    for start, end in stretches:
        body = f"{body[:start]}{' ' * (end - start)}{body[end:]}"
    return body


def make_rulebook(
    rules: Sequence[Alert],
    lexicon: Lexicon,
    *,
    ways: Mapping[str, tuple[str, ...]],
    time_zone: str,
    desk_url: str | None,
    edges: tuple[Collection[str], Edges] | None = None,
) -> Rulebook:
    """Return the enabled rules, ready. A rule that cannot be matched was refused by the settings.

    ``edges``: the strands of the definition, and what tells of which a text is; it is asked only
    where a rule names one, since it reads the text anew.

    Raises:
        KeyError: a rule names a concept the lexicon does not have.
    """
    live = [rule for rule in rules if rule.enabled]
    trees = [(_rule(rule), tree_of(rule)) for rule in live]
    asked = {leaf.value for _, tree in trees for leaf in match.leaves(tree) if _is_topic(leaf)}
    return Rulebook(
        rules=match.compile_trees(
            trees,
            fold=folded_with_map,
            spelled=spelled_by(lexicon),
        ),
        channels={
            rule.name: tuple(way for name in rule.channels for way in ways.get(name, ()))
            for rule in live
        },
        lexicon=lexicon,
        time_zone=time_zone,
        desk_url=desk_url,
        edges=edges[1] if edges and not asked.isdisjoint(edges[0]) else None,
    )


def _is_topic(leaf: match.Node) -> TypeGuard[match.Is]:
    return isinstance(leaf, match.Is) and leaf.fact == "topic"


def _text_of(item: Unjudged) -> Text:
    return Text(
        title=item.title, body=item.body, outlet=item.outlet, language=item.language,
        side=item.side,
        repeated=tuple(Repeat(start=a, end=b, articles=n) for a, b, n in item.repeated),
    )  # fmt: skip


def spelled_by(lexicon: Lexicon) -> Callable[[str], tuple[str, Sequence[str]]]:
    """Return what gives the id of a concept and its spellings. It raises KeyError for others."""
    return lambda name: (lexicon.id_of(name), lexicon.aliases(name))


def _rule(rule: Alert) -> Rule:
    return Rule(
        name=rule.name,
        parts=rule.parts,
        outlets=rule.outlets,
        minimum_score=rule.minimum_score,
        channels=rule.channels,
        sides=rule.sides,
    )


def tree_of(rule: Alert) -> match.Node:
    """Return what a rule asks of the text as one tree: ``when``, or its lists of words."""
    if rule.when:
        return match.read(rule.when)
    wanted = [match.any_of([_term(term) for term in rule.any_of])] if rule.any_of else []
    typed = [match.Expression(pattern=rule.pattern)] if rule.pattern else []
    none_of = [match.Not(node=_term(term)) for term in rule.none_of]
    return match.all_of([*wanted, *map(_term, rule.all_of), *typed, *none_of])


def _term(term: Term) -> match.Node:
    return match.Concept(name=term.text) if term.concept else match.Word(text=term.text)
