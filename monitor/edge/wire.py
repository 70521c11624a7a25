"""What travels to and from a child: plain data spelled out, never code.

msgpack carries strings, bytes, numbers, lists and dicts. The rest is spelled so:

    array whose first element is a mark    tuple, set, frozenset, or a dataclass's fields in order
    extension                              an instant, a day, a member of an enum

Reading is as strict as writing: a class comes from the modules of plain data alone, and its fields
are what its annotations promise. Anything else is a ``ValueError``.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache, cached_property
from typing import Any, get_type_hints

import msgpack

from monitor.edge.promise import Kinds, kinds_of, never

MODULES = (
    "monitor.model",
    "store.types",
    "store.memory",
    "classifiers.types",
    "monitor.archives.model",
)  # of plain data; and these:
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
    hashes are salted, so nobody can choose ones that collide. A dict with other keys is refused
    only where it is read.
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
            timestamp=1,  # msgpack's own instants, which we do not write, are but numbers
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
    """Spell what msgpack does not know; TypeError for what is not plain data."""
    kind = type(value)
    if kind is tuple:
        return [_MARKS[_TUPLE].sign, *value]
    plan = _WRITTEN.get(kind) or (_plan(kind) if is_dataclass(kind) else None)
    if plan is not None:
        return plan.spelled(value)
    if isinstance(value, StrEnum):
        return msgpack.ExtType(_MEMBER, _name(kind) + b"=" + value.value.encode())
    if kind is datetime and value.tzinfo is not None:
        return msgpack.ExtType(_INSTANT, value.isoformat().encode())
    if kind is date:
        return msgpack.ExtType(_DAY, value.isoformat().encode())
    if kind in {set, frozenset}:
        return [_MARKS[_SET if kind is set else _FROZENSET].sign, *_salted(value)]
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{kind.__module__}.{kind.__qualname__} is not plain data")


def _salted(members: Collection[Any]) -> Collection[Any]:
    if not {str, bytes}.issuperset(map(type, members)):
        raise TypeError("members of a set are str or bytes")
    return members


def _name(kind: type) -> bytes:
    """Return the name of a class of plain data; TypeError for any other."""
    name = f"{kind.__module__}.{kind.__qualname__}".encode()
    if _class(name, importing=False) is not kind:
        raise TypeError(f"{kind!r} is not plain data")
    return name


# --- reading --------------------------------------------------------------------------------


class _Mark:
    """Stands first in an array and says what the rest becomes; ``sign`` is how it is written."""

    def __init__(self, code: int, name: bytes, make: Callable[[list[Any]], Any]) -> None:
        self.sign = msgpack.ExtType(code, name)
        self.make = make


_MARKS = {
    _TUPLE: _Mark(_TUPLE, b"", tuple),
    _SET: _Mark(_SET, b"", lambda members: set(_salted(members))),
    _FROZENSET: _Mark(_FROZENSET, b"", lambda members: frozenset(_salted(members))),
}


class _Plan(_Mark):
    """The mark of one dataclass: its fields in order, and what they may be."""

    def __init__(self, kind: type) -> None:
        super().__init__(_CLASS, _name(kind), self._made)
        self.names = [field.name for field in fields(kind)]
        self._kind = kind

    def spelled(self, value: Any) -> list[Any]:
        """Return how an instance is written."""
        return [self.sign, *[getattr(value, name) for name in self.names]]

    @cached_property
    def _promises(self) -> list[Kinds]:  # for reading alone: 0.1 ms a class, once a process
        hints = get_type_hints(self._kind)
        return [kinds_of(hints[name]) for name in self.names]

    def _made(self, values: list[Any]) -> Any:
        for value, kinds in zip(values, self._promises, strict=True):
            check = kinds.get(value.__class__, never)  # as `keeps` does, without a call a field
            if check is not None and not check(value):
                raise TypeError(f"a field of {self._kind.__name__} is not what it may be")
        return self._kind(**dict(zip(self.names, values, strict=True)))


class _Reading:
    """The hooks for one message, and what they count."""

    def __init__(self, *, importing: bool) -> None:
        self._importing = importing
        self._room = MAX_VALUES
        self.marks = 0  # met, and not yet used up at the head of an array

    def array(self, items: list[Any]) -> Any:
        self._count(items)
        if not items or not isinstance(items[0], _Mark):
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
        if code in _MARKS or code == _CLASS:
            self.marks += 1
            return _MARKS.get(code) or _plan(_class(data, importing=self._importing))
        if code == _INSTANT:
            return _instant(data.decode())
        if code == _DAY:
            return date.fromisoformat(data.decode())
        if code == _MEMBER:
            return _member(data, importing=self._importing)
        raise ValueError(f"extension {code} means nothing")


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant without its zone")
    return at


# These remember what they found. A refusal is raised, not returned, so no reply can fill them.


@cache
def _class(name: bytes, *, importing: bool) -> type:
    """Return the class of plain data of that name; TypeError where there is none."""
    module, _, own = name.decode().rpartition(".")
    if module in MODULES or module.startswith(STAGES):
        home = importlib.import_module(module) if importing else sys.modules.get(module)
        kind = getattr(home, own, None)
        if isinstance(kind, type) and kind.__module__ == module and _is_plain(kind):
            return kind
    raise TypeError(f"{name!r} is not plain data")


def _is_plain(kind: type) -> bool:
    if is_dataclass(kind):
        frozen: bool = kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
        return frozen and all(field.init for field in fields(kind))
    return issubclass(kind, StrEnum)


_WRITTEN: dict[type, _Plan] = {}
"""The plans of the classes met: whether a class is one of plain data is asked once."""


@cache
def _plan(kind: type) -> _Plan:
    if not is_dataclass(kind):
        raise TypeError(f"{kind!r} has no fields")
    _WRITTEN[kind] = plan = _Plan(kind)
    return plan


@cache
def _member(data: bytes, *, importing: bool) -> StrEnum:
    name, _, value = data.partition(b"=")
    kind = _class(name, importing=importing)
    if not issubclass(kind, StrEnum):
        raise TypeError(f"{name!r} is no enum")
    return kind(value.decode())
