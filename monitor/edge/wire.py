"""What travels to and from a child: plain data spelled out, never code.

msgpack carries strings, bytes, numbers, lists and dicts. The rest is spelled so:

    array whose first element is a mark    tuple, set, frozenset, or a dataclass's fields in order
    extension                              an instant, a day, a member of an enum

Reading is as strict as writing: a class comes from the modules of plain data alone, and its fields
are of the kinds that its annotations promise. Anything else is a ``ValueError``.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgpack

MODULES = ("monitor.model", "store.types", "classifiers.types")  # of plain data; and these:
STAGES = "monitor.stages."
MAX_LENGTH = 100_000  # of one array or dict; the longest of ours are the hashes of a feed
MAX_VALUES = 300_000  # in one message: an empty list is one byte here and 64 in memory
MAX_EXTENSION = 300  # bytes; an instant, or a class and the value of its member
_TUPLE, _SET, _FROZENSET, _CLASS, _INSTANT, _DAY, _MEMBER = range(1, 8)


def packed(value: object) -> bytes:
    """Return ``value`` as bytes; ValueError for anything but plain data.

    Plain are None, bool, int (64 bits), float, str, bytes, list, tuple, set, frozenset, mappings
    (they arrive as dicts), aware datetimes (with their offset), dates, and the StrEnums and frozen
    dataclasses of the modules of plain data. Keys, and members of sets, are str or bytes: their
    hashes are salted, so nobody can choose ones that collide.
    """
    try:
        return bytes(msgpack.packb(value, default=_spelled, strict_types=True))
    except (TypeError, ValueError, OverflowError) as problem:
        raise ValueError(str(problem)) from problem


def unpacked(data: bytes, *, importing: bool = False) -> Any:
    """Return the value of ``data``; ValueError for what ``packed`` would not have written.

    Imports nothing, unless ``importing``: that is for the child, which trusts who sends to it.
    """
    reading = _Reading(importing=importing)
    try:
        value = msgpack.unpackb(
            data,
            list_hook=reading.array,
            object_hook=reading.mapping,
            ext_hook=reading.extension,
            max_array_len=MAX_LENGTH,
            max_map_len=MAX_LENGTH,
            max_ext_len=MAX_EXTENSION,
        )
    except Exception as problem:
        raise ValueError(f"{type(problem).__name__}: {problem}"[:300]) from problem
    if reading.marks:
        raise ValueError("a mark stands where a value should")
    return value


# --- callables ------------------------------------------------------------------------------


def named(function: Callable[..., object]) -> str:
    """Return the name by which a child finds ``function``; ValueError where it cannot."""
    module, name = (str(getattr(function, key, "")) for key in ("__module__", "__qualname__"))
    if module == "__main__" or getattr(sys.modules.get(module), name, None) is not function:
        raise ValueError(f"{function!r} cannot be imported by its name")
    return f"{module}:{name}"


def found(name: str) -> Callable[..., Any]:
    """Import and return the callable of that name. For the child alone, which trusts its parent."""
    module, _, function = name.partition(":")
    got: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return got


# --- writing --------------------------------------------------------------------------------


def _spelled(value: Any) -> object:
    """Spell what msgpack does not know."""
    kind = type(value)
    if kind is tuple:
        return [_written(_TUPLE), *value]
    if is_dataclass(kind):
        plan = _plan(kind)
        return [plan.mark, *[getattr(value, name) for name in plan.names]]
    if isinstance(value, StrEnum):
        return msgpack.ExtType(_MEMBER, _name(kind) + b"=" + value.value.encode())
    if kind is datetime and value.tzinfo is not None:
        return msgpack.ExtType(_INSTANT, value.isoformat().encode())
    if kind is date:
        return msgpack.ExtType(_DAY, value.isoformat().encode())
    if kind in {frozenset, set}:
        return [_written(_FROZENSET if kind is frozenset else _SET), *_salted(value)]
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{kind.__module__}.{kind.__qualname__} is not plain data")


@cache
def _written(code: int) -> msgpack.ExtType:
    return msgpack.ExtType(code, b"")


def _salted(members: Collection[Any]) -> Collection[Any]:
    if {str, bytes}.issuperset(map(type, members)):
        return members
    raise ValueError("members of a set are str or bytes")


def _name(kind: type) -> bytes:
    """Return the name of a class of plain data; TypeError for any other."""
    name = f"{kind.__module__}.{kind.__qualname__}".encode()
    if _class(name, importing=False) is not kind:
        raise TypeError(f"{kind!r} is not plain data")
    return name


# --- reading --------------------------------------------------------------------------------


class _Mark:
    """Stands first in an array and says what the rest becomes."""

    def __init__(self, make: Callable[[list[Any]], Any]) -> None:
        self.make = make


_PLAIN_MARKS = {
    _TUPLE: _Mark(tuple),
    _SET: _Mark(lambda members: set(_salted(members))),
    _FROZENSET: _Mark(lambda members: frozenset(_salted(members))),
}


class _Reading:
    """The hooks for one message, and what they count."""

    def __init__(self, *, importing: bool) -> None:
        self._importing = importing
        self._room = MAX_VALUES
        self.marks = 0  # met, and not yet used up at the head of an array

    def array(self, items: list[Any]) -> Any:
        self._count(items)
        if not items or items[0].__class__ is not _Mark:
            return items
        self.marks -= 1
        return items[0].make(items[1:])

    def mapping(self, items: dict[Any, Any]) -> dict[Any, Any]:
        self._count(items)
        return items

    def _count(self, items: Collection[Any]) -> None:
        self._room -= len(items) + 1
        if self._room < 0:
            raise ValueError(f"more than {MAX_VALUES:,} values")

    def extension(self, code: int, data: bytes) -> Any:
        if code in _PLAIN_MARKS:
            self.marks += 1
            return _PLAIN_MARKS[code]
        if code == _CLASS:
            self.marks += 1
            return _plan(_class(data, importing=self._importing))
        if code == _MEMBER:
            return _member(data, importing=self._importing)
        at = datetime.fromisoformat(data.decode()) if code == _INSTANT else None
        if at is not None and at.tzinfo is not None:
            return at
        if code == _DAY:
            return date.fromisoformat(data.decode())
        raise ValueError(f"extension {code} holds nothing known")


@cache  # a refusal is raised, not returned: no reply can fill this
def _class(name: bytes, *, importing: bool) -> type:
    """Return the class of plain data of that name; TypeError where there is none."""
    module, _, own = name.decode().rpartition(".")
    if module in MODULES or module.startswith(STAGES):
        home = importlib.import_module(module) if importing else sys.modules.get(module)
        kind = getattr(home, own, None)
        if isinstance(kind, type) and kind.__module__ == module and _is_plain(kind):
            return kind
    raise TypeError(f"{name.decode()} is not plain data")


def _is_plain(kind: type) -> bool:
    if is_dataclass(kind):
        frozen: bool = kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
        return frozen and all(field.init for field in fields(kind))
    return issubclass(kind, StrEnum)


@cache
def _member(data: bytes, *, importing: bool) -> StrEnum:
    name, _, value = data.partition(b"=")
    kind = _class(name, importing=importing)
    if not issubclass(kind, StrEnum):
        raise TypeError(f"{name.decode()} is no enum")
    return kind(value.decode())


class _Plan(_Mark):
    """How the values of one dataclass are written and read."""

    def __init__(self, kind: type) -> None:
        self.kind = kind
        self.mark = msgpack.ExtType(_CLASS, _name(kind))
        hints = get_type_hints(kind)
        self.names = [field.name for field in fields(kind)]
        self._kinds = [_kinds(hints[name]) for name in self.names]
        super().__init__(self._made)

    def _made(self, values: list[Any]) -> Any:
        for name, kinds, value in zip(self.names, self._kinds, values, strict=True):
            if not _is_one(value, kinds):
                raise TypeError(f"{self.kind.__name__}.{name} cannot be {type(value).__name__}")
        return self.kind(**dict(zip(self.names, values, strict=True)))


@cache
def _plan(kind: type) -> _Plan:
    return _Plan(kind)


# --- what annotations promise ---------------------------------------------------------------

Check = Callable[[Any], bool]
Kinds = Mapping[type, Check | None]  # the classes a value may have, and what to look at further
ANYTHING: Kinds = {}


def promised(function: Callable[..., object]) -> Kinds:
    """Return the kinds of value that ``function`` is annotated to return."""
    try:
        return _kinds(get_type_hints(function).get("return", Any))
    except (TypeError, NameError, AttributeError):
        return ANYTHING


def kept(value: object, kinds: Kinds) -> bool:
    """Return whether ``value`` is what was promised."""
    return _is_one(value, kinds)


def _is_one(value: Any, kinds: Kinds) -> bool:
    if kinds is ANYTHING:
        return True
    check = kinds.get(value.__class__, _never)
    return check is None or check(value)


def _never(_value: object) -> bool:
    return False


def _kinds(hint: Any) -> Kinds:
    """Return what ``hint`` allows; ANYTHING where it is too general to say."""
    hint = getattr(hint, "__supertype__", hint)
    origin, inner = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType}:
        options = [_kinds(option) for option in inner]
        return ANYTHING if ANYTHING in options else {k: c for o in options for k, c in o.items()}
    if origin is Literal:
        return dict.fromkeys(map(type, inner), frozenset(inner).__contains__)
    if origin is tuple and inner[-1:] != (...,):
        return {tuple: _one_each([_kinds(part) for part in inner])}
    if origin in {tuple, list, set, frozenset}:
        return {origin: _all(_kinds(inner[0]))}
    if origin in {dict, Mapping}:
        keys, values = (_all(_kinds(part)) for part in inner)
        return {dict: lambda items: keys(items) and values(items.values())}
    if hint is float:
        return {float: None, int: None}
    return {hint: None} if isinstance(hint, type) and hint is not object else ANYTHING
