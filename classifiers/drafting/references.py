"""What a pack speaks of and does not have: a slip of the pen that would cost stories unseen.

A pack with such a slip judges all the same. What is asked for under a wrong name is never there, a
spelling under a key that nobody reads is never found, and no verdict shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

import yaml

from classifiers.facets import signs_of
from classifiers.lexicon import LANGUAGES, Lexicon
from classifiers.pack import TOPICS, Context, Pack, plain, spelled
from classifiers.template import KINDS_AWAY
from classifiers.words import WORD, fold_word, of_two_scripts

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_KEYS: Final = frozenset({"id", "kind", "pole", "strand", "role", "zone", "guard", "guarded"})
_STRAND_KEYS: Final = frozenset({"title", "says", "all", "none", "in", "out"})
_CONTEXT_KEYS: Final = frozenset({"any", "all", "unless", "each"})
_FILES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "topic.yaml": frozenset(
            {"title", "thresholds", "poles", "strands", "facets", "contexts", "neighbours"}
            | {"outlets", "features", "prior", "labels"}
        ),
        "lexicon.yaml": frozenset({"concepts"}),
        "definition.yaml": frozenset({"places", "strands"}),
    }
)
_MOST: Final = 20  # of one kind: a file in another language would be wrong in every line


def amiss(pack: Pack) -> Iterator[str]:
    """Yield every name in a pack that stands for nothing, and every spelling nobody can find."""
    signs = _signs(pack)
    for found in (_rows(pack), _asked(pack, signs), _defined(pack, signs)):
        yield from (sentence for sentence, _ in zip(found, range(_MOST), strict=False))


def _signs(pack: Pack) -> frozenset[str]:
    """All that a mention may stand for, and what stands for a pole without being mentioned."""
    concepts = Lexicon(pack).concepts.values()
    given = {sign for concept in concepts for sign in signs_of(concept)}
    given |= {f"{mark}:{strand}" for strand in pack.strands for mark in "ws"}
    for pole in pack.recipe.poles:
        given |= {pole, f"{pole}:actor", f"press:{pole}"}
    return frozenset(given | KINDS_AWAY)


# --- lexicon.yaml -----------------------------------------------------------------------------


def _rows(pack: Pack) -> Iterator[str]:
    served = {*pack.strands, *_strands_asked(pack)}
    for row in pack.lexicon:
        where = f"lexicon.yaml: {row['id']}"
        strange = [str(key) for key in row if key not in _KEYS and key not in LANGUAGES]
        if strange:
            listed = ", ".join(LANGUAGES)
            yield f"{where}: {', '.join(strange)} is not known; spellings stand under {listed}"
        strand = str(row.get("strand") or "")
        if strand and strand not in served:
            yield f"{where}: topic.yaml has no strand {strand!r}"
        yield from (f"{where}: {sentence}" for sentence in _spellings(row))


def _strands_asked(pack: Pack) -> Iterator[str]:
    """Strands that only contexts and figures speak of, as of words that tell of violence."""
    for need in (need for context in pack.contexts.values() for need in _needs(context)):
        sort, _, name = need.partition(":")
        if sort == "word":
            yield name
    for feature in pack.recipe.features:
        rows = (feature.of, *(signs for _, signs in (*feature.needs, *feature.without)))
        yield from (sign[2:] for signs in rows for sign in signs if sign[:2] in {"w:", "s:"})


def _spellings(row: Mapping[str, object]) -> Iterator[str]:
    every: set[str] = set()
    for language in LANGUAGES:
        value = row.get(language)
        listed = value if isinstance(value, list) else [] if value is None else [value]
        read = spelled(value)
        every |= set(read)
        if len(read) < len(listed):
            yield f"{language}: YAML reads yes, no, on and off as no text: put them in quotes"
        empty = [one for one in read if not any(map(fold_word, WORD.findall(one)))]
        if empty:
            yield f"{language}: {empty[0]!r} has no letters, and is never found"
        mixed = next(filter(None, map(of_two_scripts, read)), "")
        if mixed:
            yield f"{language}: {mixed!r} mixes letters of two scripts, and is hardly ever found"
    strange = sorted({*spelled(row.get("guarded"))} - every - {"all"})
    if strange:
        yield f"guarded: {strange[0]!r} is none of its spellings"


# --- topic.yaml and definition.yaml -----------------------------------------------------------


def _asked(pack: Pack, signs: frozenset[str]) -> Iterator[str]:
    for feature in pack.recipe.features:
        rows = (feature.of, *(named for _, named in (*feature.needs, *feature.without)))
        yield from _strange(f"topic.yaml: feature {feature.name}", rows, signs)
    for name, row in pack.facets.items():
        spoken = [_list((row or {}).get(key)) for key in ("of", "acts", "beside")]
        yield from _strange(f"topic.yaml: facets.{name}", spoken, signs)
    known = {f"id:{sign[3:]}" for sign in signs if sign.startswith("id:")}
    known |= {f"word:{sign[2:]}" for sign in signs if sign.startswith("w:")}
    poles = {"word", "trap", "away", "regional", *pack.recipe.poles}
    known |= {f"pole:{pole}" for pole in poles} | {f"side:{pole}" for pole in poles}
    for name, context in pack.contexts.items():
        yield from _strange(f"topic.yaml: contexts.{name}", [_needs(context)], known)
    for pole in dict.fromkeys(pack.outlets.values()):
        if pole not in pack.recipe.poles:
            yield f"topic.yaml: outlets: there is no pole {pole}"


def _needs(context: Context) -> list[str]:
    return sorted({*context.any, *context.all, *context.unless}.union(*context.each))


def _defined(pack: Pack, signs: frozenset[str]) -> Iterator[str]:
    known = signs | {f"@{name}" for name in pack.definition.get("places") or {}}
    for name, row in (pack.definition.get("strands") or {}).items():
        where = f"definition.yaml: strand {name}"
        yield from _unknown(where, row, _STRAND_KEYS)
        conditions = [*row["all"], *(row.get("none") or ())]
        yield from _strange(where, (_list(each.get("of")) for each in conditions), known)
        first = {one for each in conditions for one in _list(each.get("first"))}
        for strand in sorted(first - set(pack.strands)):
            yield f"{where}: topic.yaml has no strand {strand!r}"
    for name, listed in (pack.definition.get("places") or {}).items():
        yield from _strange(f"definition.yaml: places.{name}", [_list(listed)], signs)


def _strange(
    where: str, rows: Iterable[Iterable[str]], known: frozenset[str] | set[str]
) -> Iterator[str]:
    asked = dict.fromkeys(sign for row in rows for sign in row)
    yield from (f"{where}: nothing stands for {sign!r}" for sign in asked if sign not in known)


def _list(value: object) -> list[str]:
    return [value] if isinstance(value, str) else list(map(str, value or ()))  # type: ignore[call-overload] # checked when it was compiled


def _unknown(where: str, row: Mapping[object, object], known: frozenset[str]) -> Iterator[str]:
    strange = sorted(set(map(str, row)) - known)
    if strange:
        yield f"{where}: {', '.join(strange)} is not known"


# --- what of the files is not read ------------------------------------------------------------


def unread(topic: str) -> Iterator[str]:
    """Yield the keys of a pack's files that mean nothing, and those that stand twice in one place.

    Of the latter only the last is read.
    """
    for name, known in _FILES.items():
        path = TOPICS / topic / name
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        root = yaml.compose(text, Loader=_LOADER)
        if root is None:
            continue
        yield from _unknown(name, document := plain(text), known)
        for context, row in (document.get("contexts") or {}).items():
            yield from _unknown(f"{name}: contexts.{context}", row, _CONTEXT_KEYS)
        twice = zip(_twice(root), range(_MOST), strict=False)
        yield from (f"{name}: {sentence}" for sentence, _ in twice)


def _twice(root: yaml.Node) -> Iterator[str]:
    waiting, met = [root], {id(root)}
    while waiting:
        node = waiting.pop()
        inner: list[yaml.Node] = []
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                if isinstance(key, yaml.ScalarNode) and key.value in seen:
                    line = key.start_mark.line + 1
                    yield f"{key.value} is written twice in one place, line {line}"
                seen.add(str(key.value))
                inner.append(value)
        elif isinstance(node, yaml.SequenceNode):
            inner = list(node.value)
        fresh = [one for one in inner if id(one) not in met]  # an alias may lead in a circle
        met.update(map(id, fresh))
        waiting += fresh
