"""What a rule asks, as a tree; and the tree as people write it.

``show`` and ``reading.read`` are each other's inverse: what is shown is read as the same tree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

Part = Literal["title", "lead", "body"]
PARTS: tuple[Part, ...] = ("title", "lead", "body")
Fact = Literal["outlet", "side", "language", "topic", "kind"]
FACTS: tuple[Fact, ...] = ("outlet", "side", "language", "topic", "kind")
Comparison = Literal[">=", "<=", ">", "<", "="]
OPERATORS = frozenset({"and", "or", "not"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word or a phrase; ``start``: the last is only the start of a word."""

    text: str
    start: bool = False
    at: int = field(default=0, compare=False)  # the column in which it was written, from 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """A name of the lexicon, in every spelling and script."""

    name: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A regular expression of RE2 over folded text."""

    pattern: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Is:
    """What is known of the article beside its text."""

    fact: Fact
    value: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What the judgement gave the article."""

    comparison: Comparison
    bound: float
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """Two terms with at most so many words between them; None: both in one sentence."""

    left: Node
    right: Node
    words: int | None
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """Looked for in one part of the article alone."""

    part: Part
    node: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """True where the other is not."""

    node: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class And:
    """All of two or more; none of them is an ``And``."""

    of: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Or:
    """Any of two or more; none of them is an ``Or``."""

    of: tuple[Node, ...]


Node = Word | Concept | Expression | Is | Score | Near | Within | Not | And | Or
Term = Word | Concept | Expression


def all_of(nodes: Sequence[Node]) -> Node:
    """Return what is true when all of ``nodes`` are; one node is itself."""
    flat = [one for node in nodes for one in (node.of if isinstance(node, And) else (node,))]
    return flat[0] if len(flat) == 1 else And(of=tuple(flat))


def any_of(nodes: Sequence[Node]) -> Node:
    """Return what is true when any of ``nodes`` is; one node is itself."""
    flat = [one for node in nodes for one in (node.of if isinstance(node, Or) else (node,))]
    return flat[0] if len(flat) == 1 else Or(of=tuple(flat))


def below(node: Node) -> tuple[Node, ...]:
    """Return what ``node`` is made of; a leaf of nothing."""
    if isinstance(node, And | Or):
        return node.of
    if isinstance(node, Near):
        return node.left, node.right
    return (node.node,) if isinstance(node, Not | Within) else ()


def leaves(node: Node) -> Iterator[Node]:
    """Yield every word, name, fact and score, from left to right."""
    found = below(node)
    if not found:
        yield node
    for one in found:
        yield from leaves(one)


def every(node: Node) -> list[Node]:
    """Return ``node`` and all it is made of."""
    return [node, *(inner for one in below(node) for inner in every(one))]


def is_term(node: Node) -> bool:
    """Return whether ``node`` is something to look for in a text, or a choice of such."""
    nodes = node.of if isinstance(node, Or) else (node,)
    return all(isinstance(one, Word | Concept | Expression) for one in nodes)


def asks(node: Node) -> bool:
    """Return whether every way to be true takes a word, a topic, a kind or a least score.

    Without it a rule would be met by all that some outlet writes, or by all but a few articles.
    """
    if isinstance(node, Or):
        return all(map(asks, node.of))
    if isinstance(node, And):
        return any(map(asks, node.of))
    if isinstance(node, Within):
        return asks(node.node)
    if isinstance(node, Is):
        return node.fact in {"topic", "kind"}
    if isinstance(node, Score):
        return node.comparison in {">=", ">", "="} and node.bound > 0
    return not isinstance(node, Not)


# --- as people write it ---------------------------------------------------------------------

_PLAIN = re.compile(r"[^\W_][^\s\"()|&,*:/<>=≥≤@“”„‟«»＂]*")


def show(node: Node) -> str:
    """Return the tree as it is written, with the brackets that make its meaning plain."""
    match node:
        case And():
            return " AND ".join(_inner(one, Or | And) for one in node.of)
        case Or():
            return " OR ".join(_inner(one, And | Or) for one in node.of)
        case Not():
            return f"NOT {_inner(node.node, And | Or)}"
        case Within():
            return f"{node.part}:{_inner(node.node, And | Or | Not | Within | Is | Score)}"
        case Near():
            most = "sentence" if node.words is None else node.words
            return f"NEAR({show(node.left)}, {show(node.right)}, {most})"
        case _:
            return _leaf(node)


def _inner(node: Node, bracketed: object) -> str:
    shown = show(node)
    return f"({shown})" if isinstance(node, bracketed) else shown  # type: ignore[arg-type]


def _leaf(node: Node) -> str:
    match node:
        case Word():
            return _quoted(node.text) + ("*" if node.start else "")
        case Concept():
            return f"concept:{_quoted(node.name)}"
        case Expression():
            pieces = re.findall(r"\\.|[^\\]|\\\Z", node.pattern, re.DOTALL)
            return f"/{''.join(chr(92) + '/' if piece == '/' else piece for piece in pieces)}/"
        case Is():
            return f"{node.fact}:{_quoted(node.value)}"
        case Score():
            return f"score{node.comparison}{node.bound:g}"
    raise AssertionError(node)


def _quoted(text: str) -> str:
    signs = text == "NEAR" or text.casefold() in OPERATORS | {"score"}
    plain = _PLAIN.fullmatch(text) and not signs
    return text if plain else '"' + text.replace('"', " ") + '"'


def valued(name: str, value: str, at: int) -> Node:
    """Return what ``name:value`` asks; an outlet's name is kept as it is written."""
    if name == "concept":
        return Concept(name=value, at=at)
    made = Is(fact=name, value=value, at=at)  # type: ignore[arg-type]
    return made if name == "outlet" else replace(made, value=value.casefold())
