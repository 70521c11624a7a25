"""What the expression of a rule names: outlets, concepts, strands and sides that there must be."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import get_args

from monitor.config.problems import Problem, suggestion
from monitor.config.shape import Side
from monitor.stages import match

_FEW = 12  # names that are all told, where none is like the one written


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Names from elsewhere that a file may use; None where nobody can say."""

    concepts: Collection[str] | None = None
    topics: Collection[str] | None = None
    strands: Collection[str] | None = None
    subjects: Collection[str] | None = None
    """The topics that a verdict names; strands of the definition are topics to a rule as well."""
    named: Callable[[str], bool] | None = None
    """Whether a concept has this name or one of its spellings."""
    unfit: str = ""
    """Why the topic pack cannot judge; empty where it can."""


def problems(path: str, when: object, outlets: Collection[str], known: Known) -> Iterable[Problem]:
    """Yield every name in an expression that means nothing here, with its column.

    What cannot be read was told of before, and yields nothing.
    """
    try:
        tree = match.read(when) if isinstance(when, str) else None
    except match.UnreadableRuleError:
        return
    for leaf in match.leaves(tree) if tree else ():
        wrong = _wrong(leaf, outlets, known)
        if wrong:
            yield Problem(path=path, message=wrong)


def _wrong(leaf: match.Node, outlets: Collection[str], known: Known) -> str:
    if isinstance(leaf, match.Concept):
        if known.named is not None and known.named(leaf.name):
            return ""
        return _strange(leaf.at, leaf.name, known.concepts, "concept of the topic's lexicon")
    if not isinstance(leaf, match.Is):
        return ""
    there: dict[str, tuple[Collection[str] | None, str]] = {
        "outlet": (outlets, "outlet of the feeds"),
        "side": (get_args(Side), "side"),
        "topic": (_topics(known), "topic"),
    }
    names, what = there.get(leaf.fact, (None, ""))
    return _strange(leaf.at, leaf.value, names, what)


def _topics(known: Known) -> Collection[str] | None:
    if known.subjects is None:
        return None
    return frozenset((*known.subjects, *(known.strands or ())))


def _strange(column: int, name: str, names: Collection[str] | None, what: str) -> str:
    if names is None or name.casefold() in {one.casefold() for one in names}:
        return ""
    few = f" There are {', '.join(sorted(names))}." if len(names) <= _FEW else ""
    hint = suggestion(name, names) or few
    return f"column {column}: {name!r} is no {what}.{hint}"
