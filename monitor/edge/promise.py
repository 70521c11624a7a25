"""Does a value keep what an annotation promises?

A child that a document has taken over can answer with anything. What it answers is looked at with
the annotations that mypy checks on our side, so that ``Future[R]`` does hold an ``R``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

Check = Callable[[Any], bool]
Kinds = Mapping[type, Check | None]  # the exact classes allowed, and what else must hold


class _Anything(dict[type, Check | None]):
    def get(self, _kind: object, _default: object = None) -> None:
        """Allow every class and ask nothing more."""


ANYTHING: Kinds = _Anything()
_PLAIN = {NoneType, bool, int, str, bytes, datetime, date, list, tuple, set, frozenset, dict}


@cache
def promised(function: Callable[..., object]) -> Kinds:
    """Return what ``function`` is annotated to return; ANYTHING where nothing is said."""
    try:
        return kinds_of(get_type_hints(function).get("return", Any))
    except (TypeError, NameError, AttributeError):  # builtins; names that exist for mypy alone
        return ANYTHING


def kinds_of(hint: Any) -> Kinds:
    """Return what ``hint`` allows, as far as it speaks of plain data; ANYTHING beyond that."""
    hint = getattr(hint, "__supertype__", hint)  # of a NewType
    origin, inner = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType}:
        options = [kinds_of(option) for option in inner]
        free = any(option is ANYTHING for option in options)
        return ANYTHING if free else {k: c for option in options for k, c in option.items()}
    if origin is Literal:
        return dict.fromkeys(map(type, inner), frozenset(inner).__contains__)
    if origin is tuple and inner[-1:] != (...,):
        return {tuple: _one_each([kinds_of(part) for part in inner])}
    if origin in {tuple, list, set, frozenset}:
        return {origin: _all(kinds_of(inner[0]))}
    if origin in {dict, Mapping}:
        keys, values = (_all(kinds_of(part)) for part in inner)
        return {dict: lambda items: keys(items) and values(items.values())}
    if hint is float:
        return {float: None, int: None}
    is_class = isinstance(hint, type) and (
        hint in _PLAIN or is_dataclass(hint) or issubclass(hint, Enum)
    )
    return {hint: None} if is_class else ANYTHING


def keeps(value: Any, kinds: Kinds) -> bool:
    """Return whether ``value`` is one of ``kinds``."""
    check = kinds.get(value.__class__, never)
    return check is None or check(value)


def never(_value: object) -> bool:
    """Say no: the check of a class that is not allowed."""
    return False


def _one_each(parts: list[Kinds]) -> Check:
    return lambda values: len(values) == len(parts) and all(map(keeps, values, parts))


def _all(kinds: Kinds) -> Callable[[Collection[Any]], bool]:
    if kinds is ANYTHING:
        return lambda _values: True
    if not any(kinds.values()):  # exact classes alone: one look at the set of them
        allowed = frozenset(kinds)
        return lambda values: allowed.issuperset(map(type, values))
    return lambda values: all(keeps(value, kinds) for value in values)
