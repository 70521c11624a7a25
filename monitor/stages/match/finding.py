"""Rules ready to match, and where they met a text."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitor.stages.match.deciding import (
    Facts,
    Found,
    Guard,
    Leaf,
    Maker,
    Ready,
    Sight,
    Spelled,
    may,
)
from monitor.stages.match.passages import PASSAGE, passage, plain
from monitor.stages.match.patterns import Fold
from monitor.stages.match.places import Folded, Span
from monitor.stages.match.tree import Expression, Node, Not, all_of, any_of
from monitor.told import AlertHit, Rule

MOST_PATTERNS = 400  # a rule
MOST_HITS = 3  # passages shown of one part
_CLUSTER = PASSAGE * 3 // 5  # words that stand so close together are shown in one passage
_MOST_MARKS = 40  # on a letter; Arabic with all its signs has three
# A fold may drop apostrophes; then "TTP's" would be the word "ttps".
_POSSESSIVE = re.compile(r"['’‘ʼ`´](?=[sS](?!\w))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a rule is not in force. ``why`` is a sentence for the person who wrote it."""

    rule: str
    pattern: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledRule:
    """A rule with what it asks, ready to be decided."""

    rule: Rule
    asks: Ready
    outlets: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledRules:
    """Rules ready to match, and those that were refused: a refused rule never fires by halves."""

    rules: tuple[CompiledRule, ...]
    problems: tuple[Problem, ...] = ()


def compile_rules(rules: Sequence[Rule]) -> CompiledRules:
    """Compile ``rules`` of patterns; see ``compile_trees``."""
    short = [_short(rule) for rule in rules]
    made = compile_trees([one for one in short if not isinstance(one, Problem)])
    refused = tuple(one for one in short if isinstance(one, Problem))
    return CompiledRules(rules=made.rules, problems=(*refused, *made.problems))


def compile_trees(
    asked: Sequence[tuple[Rule, Node]], *, fold: Fold | None = None, spelled: Spelled | None = None
) -> CompiledRules:
    """Compile rules; one with a refused term is left out whole and named in ``problems``.

    Half a rule would be worse than none: without one of its terms it fires too often, or not.

    Raises:
        KeyError: a rule names a concept that ``spelled`` does not know.
    """
    ready: list[CompiledRule] = []
    problems: list[Problem] = []
    for rule, tree in asked:
        maker = Maker(fold, spelled, rule.parts)
        asks = maker.ready(tree)
        outlets = frozenset(outlet.casefold() for outlet in rule.outlets)
        problems += (Problem(rule=rule.name, pattern=p, why=why) for p, why in maker.problems)
        if not maker.problems:
            ready.append(CompiledRule(rule=rule, asks=asks, outlets=outlets))
    return CompiledRules(rules=tuple(ready), problems=tuple(problems))


def _short(rule: Rule) -> tuple[Rule, Node] | Problem:
    """A rule of patterns as a tree, or why it is none."""
    patterns = len(rule.any_of) + len(rule.all_of) + len(rule.none_of)
    if not rule.any_of and not rule.all_of:
        return Problem(rule=rule.name, pattern="", why="the rule names nothing to look for")
    if patterns > MOST_PATTERNS:
        why = f"the rule has {patterns} patterns; at most {MOST_PATTERNS} are taken"
        return Problem(rule=rule.name, pattern="", why=why)

    def terms(patterns: Sequence[str]) -> list[Node]:
        return [Expression(pattern=pattern, at=-1) for pattern in patterns]

    wanted = [any_of(terms(rule.any_of))] if rule.any_of else []
    return rule, all_of([*wanted, *terms(rule.all_of), *(Not(node=n) for n in terms(rule.none_of))])


# --- matching -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A part of a text: the original, its folded bytes, and the way back."""

    name: str
    original: str
    folded: bytes
    offsets: Sequence[int]


def find(
    compiled: CompiledRules,
    *,
    title: str,
    lead: str,
    body: str,
    outlet: str,
    score: float | None,
    fold: Fold,
    side: str = "",
    facts: Facts | None = None,
    guard: Guard | None = None,
) -> tuple[AlertHit, ...]:
    """Return where the rules met the text: for each rule the words that made it so, by part.

    Words that stand close together are one hit; a rule that asked for no words is shown with the
    title. Offsets are code points of the part named. Never raises for a text.

    Relevance plays no part unless a rule asks for it; then a text without a score, or below it,
    does not fire.
    """
    known = facts or Facts(outlet=outlet, side=side, score=score)
    parts = {
        name: _part(name, text, fold)
        for name, text in (("title", title), ("lead", lead), ("body", body))
    }
    sight = Sight(
        parts={name: Folded(part.folded) for name, part in parts.items()},
        facts=known,
        apart=_apart(parts, guard),
    )
    return tuple(hit for rule in compiled.rules for hit in _hits(rule, sight, parts))


def folded(text: str, fold: Callable[[str], str]) -> Folded:
    """Return a text as ``may_meet`` reads it; ``fold`` needs no way back, which costs most."""
    return Folded(fold(_POSSESSIVE.sub(" ", text)).encode("utf-8", "replace"))


def may_meet(compiled: CompiledRule, facts: Facts, whole: Callable[[], Folded] | None) -> bool:
    """Return whether a rule can meet an article whose text ``whole`` gives; False is certain.

    Asked before ``find`` where most texts hold none of the words. The text is asked for only where
    the facts do not settle it. ``whole`` None: only the facts are asked.
    """
    if not _applies(compiled, facts):
        return False

    def has(leaf: Leaf) -> bool | None:
        # What a person typed may begin or end where a part does, which the whole does not show.
        if whole is None or "word" not in leaf.pattern.groupindex:
            return None
        text = whole()
        return False if leaf.absent(text) or not text.met_by(leaf.pattern) else None

    return may(compiled.asks, facts, has) is not False


def _part(name: str, text: str, fold: Fold) -> _Part:
    folded, offsets = fold(_POSSESSIVE.sub(" ", text))
    # A lone surrogate cannot be encoded; "replace" puts one character for one.
    return _Part(
        name=name, original=text, folded=folded.encode("utf-8", "replace"), offsets=offsets
    )


def _applies(rule: CompiledRule, facts: Facts) -> bool:
    if rule.outlets and facts.outlet.casefold() not in rule.outlets:
        return False
    if rule.rule.sides and facts.side not in rule.rule.sides:
        return False
    least = rule.rule.minimum_score
    return least is None or (facts.score is not None and facts.score >= least)


def _apart(parts: Mapping[str, _Part], guard: Guard | None) -> Callable[[str, str], Sequence[Span]]:
    """Places that look like a concept and are not, in bytes of the folded part."""
    known: dict[str, list[tuple[str, int, int]]] = {}
    if guard is None:
        return lambda _concept, _part: ()

    def apart(concept: str, part: str) -> Sequence[Span]:
        if concept not in known:
            known[concept] = list(guard(concept))
        return [_forth(parts[part], a, b) for name, a, b in known[concept] if name == part]

    return apart


def _forth(part: _Part, start: int, end: int) -> Span:
    """A place in the original, in bytes of the folded text."""
    first, last = bisect_left(part.offsets, start), bisect_left(part.offsets, end)
    text = part.folded.decode("utf-8", "replace")
    before = len(text[:first].encode("utf-8", "replace"))
    return before, before + len(text[first:last].encode("utf-8", "replace"))


def _hits(rule: CompiledRule, sight: Sight, parts: Mapping[str, _Part]) -> Iterator[AlertHit]:
    if not _applies(rule, sight.facts):
        return
    met, places = sight.decide(rule.asks)
    if not met:
        return
    if not places:  # it asked for a score or a topic alone
        title = parts["title"].original
        yield AlertHit(
            rule=rule.rule.name, part="title", start=0, end=len(title), matched=plain(title),
            passage=passage(title, 0, len(title)),
        )  # fmt: skip
    for part in parts.values():
        yield from _shown(rule.rule.name, part, [p for p in places if p[0] == part.name])


def _shown(rule: str, part: _Part, places: Sequence[Found]) -> Iterator[AlertHit]:
    """The words of one part, those close together as one hit."""
    spans = sorted({_original(part, start, end) for _, start, end in places})
    clusters: list[list[Span]] = []
    for span in spans:
        if clusters and span[1] - clusters[-1][0][0] <= _CLUSTER:
            clusters[-1].append(span)
        else:
            clusters.append([span])
    for cluster in clusters[:MOST_HITS]:
        (start, end), whole = cluster[0], max(end for _, end in cluster)
        # An expression may meet a whole text; the passage shows no more of it either.
        cut = (part.original[a : min(b, a + PASSAGE)] for a, b in cluster)
        words = tuple(dict.fromkeys(map(plain, cut)))
        yield AlertHit(
            rule=rule,
            part=part.name,
            start=start,
            end=end,
            matched=words[0],
            passage=passage(part.original, start, whole),
            words=words,
        )


def _original(part: _Part, start: int, end: int) -> Span:
    """A place in bytes of the folded text, in the original: from its first character to its last.

    A character that folds into several is there whole, and so are the marks that follow.
    """
    first, last = (len(part.folded[:at].decode("utf-8", "replace")) for at in (start, end))
    size = len(part.original)
    offsets = part.offsets
    if not offsets or first >= len(offsets):
        return size, size
    begin = min(offsets[first], size)
    stop = min(offsets[min(last, len(offsets)) - 1] + 1, size)
    last_mark = min(size, stop + _MOST_MARKS)
    while stop < last_mark and unicodedata.combining(part.original[stop]):
        stop += 1
    return begin, max(begin, stop)
