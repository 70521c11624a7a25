"""Reads one span in a limited child, and loses no more of it than the record that kills the child.

    a span ──▶ child ──▶ its result
                 └─ died ──▶ a span for each record ──▶ child
                                                          └─ died twice ──▶ booked as poisoned

The engines differ in who hands out spans. What happens to one of them is this, on every machine.
Results travel as bytes that ``monitor.edge.wire`` wrote; nobody in between need understand them.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from typing import ParamSpec, Protocol, Self, TypeVar, cast

from monitor.archives.model import Found, Recipe, Span, Worked
from monitor.edge.wire import packed, unpacked
from monitor.edge.worker import WorkerFault, Workers

WORKING = "monitor.archives.working"
AT_ONCE = 64
"""Found articles that are packed together: a message of the line holds 300,000 values at most."""
P = ParamSpec("P")
R = TypeVar("R")
STARTS = 3
"""Tries to start a child; what starts them may have been killed while it was asked."""
_TOO_LONG = frozenset({"time", "cpu"})
_NOT_THE_RECORD = ("OSError", "FileNotFoundError", "PermissionError", "ModuleNotFoundError",
                   "ImportError", "IsADirectoryError", "NotADirectoryError")  # fmt: skip
"""What a child says when the archive, or what reads it, is not there at all."""


class EngineError(Exception):
    """The work cannot go on, with a sentence for people. What was written stays; run again."""


class Craft(Protocol):
    """What a module of reading offers, by these names. Its functions are pure but for the file."""

    def work(self, span: Span, recipe: Recipe) -> Worked:
        """Read and judge a span."""
        ...

    def single(self, span: Span, recipe: Recipe, at: int) -> Worked:
        """Read and judge the one record that begins at ``at``."""
        ...

    def starts(self, span: Span) -> tuple[int, ...]:
        """Return where the records of a span begin, and then where the last one ends."""
        ...

    def joined(self, span: Span, worked: Sequence[Worked]) -> Worked:
        """Make the result of a span of those of its records."""
        ...

    def poisoned(self, span: Span, at: int, kind: str, detail: str) -> Worked:
        """Return what is booked of a record that killed what read it."""
        ...

    def lost(self, span: Span, kind: str, detail: str) -> Worked:
        """Return what is booked of a span whose records could not be told apart."""
        ...


def craft(module: str) -> Craft:
    """Return what ``module`` offers."""
    return cast(Craft, importlib.import_module(module))


# --- how a result travels -------------------------------------------------------------------


def sealed(worked: Worked) -> bytes:
    """Return a result as bytes, however much was found."""
    found = worked.found
    parts = [packed(found[at : at + AT_ONCE]) for at in range(0, len(found), AT_ONCE)]
    return packed((packed(replace(worked, found=())), parts))


def opened(data: bytes, span: Span) -> Worked:
    """Return the result of ``span`` that ``sealed`` made. Raises EngineError: it is none."""
    try:
        head, parts = unpacked(data)
        worked = unpacked(head)
        found = [one for part in parts for one in unpacked(part)]
    except (ValueError, TypeError) as problem:
        raise EngineError(f"{span.source}: a result cannot be taken: {problem}") from problem
    if not isinstance(worked, Worked) or not all(isinstance(one, Found) for one in found):
        raise EngineError(f"{span.source}: what came back is no result")
    return replace(worked, found=tuple(found))


# --- in the child ---------------------------------------------------------------------------


@lru_cache(maxsize=2)
def _recipe(sent: bytes) -> Recipe:
    recipe = unpacked(sent, importing=True)
    if not isinstance(recipe, Recipe):
        raise TypeError("this is no recipe")
    return recipe


def read_span(module: str, span: Span, recipe: bytes) -> bytes:
    """Read and judge a span. Runs in a child."""
    return sealed(craft(module).work(span, _recipe(recipe)))


def read_single(module: str, span: Span, recipe: bytes, at: int) -> bytes:
    """Read and judge the record that begins at ``at``. Runs in a child."""
    return sealed(craft(module).single(span, _recipe(recipe), at))


def read_starts(module: str, span: Span) -> tuple[int, ...]:
    """Tell where the records of a span begin. Runs in a child."""
    return tuple(craft(module).starts(span))


# --- beside it ------------------------------------------------------------------------------


class Isolated:
    """Reads spans in ``count`` children at a time; any thread may ask.

    A record is booked as poisoned when it killed two children in a row: one that was killed for
    another's sake, or by somebody, is read again. How it died is told in words that do not depend
    on how busy the machine was.
    """

    def __init__(self, module: str = WORKING, *, count: int = 1) -> None:
        self._module = module
        preload = ("trafilatura", module) if module == WORKING else (module,)
        self._spans = Workers(
            count=count, memory_bytes=1_500_000_000, cpu_seconds=120, wall_seconds=240.0,
            recycle_after=500, preload=preload,
        )  # fmt: skip
        self._records = Workers(
            count=count, memory_bytes=1_500_000_000, cpu_seconds=30, wall_seconds=90.0,
            recycle_after=500, preload=preload,
        )  # fmt: skip

    def run(self, span: Span, recipe: bytes) -> bytes:
        """Return what came of a span, as bytes. Raises EngineError: nothing can be read here."""
        for left in reversed(range(STARTS)):
            try:
                return self._spans.submit(read_span, self._module, span, recipe).result()
            except WorkerFault as fault:
                if fault.kind != "start":
                    _unless_ours(fault, span)
                    break
                if not left:
                    raise EngineError(f"nothing can be read: {fault.detail}") from fault
        return sealed(self._one_by_one(span, recipe))

    def pids(self) -> list[int]:
        """Return the process numbers of the children and of what starts them."""
        return [*self._spans.pids(), *self._records.pids()]

    def close(self) -> None:
        """End every child, whatever it is at."""
        self._spans.close()
        self._records.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _one_by_one(self, span: Span, recipe: bytes) -> Worked:
        how = craft(self._module)
        try:
            starts = self._twice(span, read_starts, self._module, span)
        except WorkerFault as fault:
            return how.lost(span, *_in_words(fault))
        return how.joined(
            span, [self._record(span, recipe, at, end) for at, end in pairwise(starts)]
        )

    def _record(self, span: Span, recipe: bytes, at: int, end: int) -> Worked:
        try:
            return opened(self._twice(span, read_single, self._module, span, recipe, at), span)
        except WorkerFault as fault:
            booked = craft(self._module).poisoned(span, at, *_in_words(fault))
            return replace(booked, ended=end)

    def _twice(self, span: Span, read: Callable[P, R], *args: P.args, **more: P.kwargs) -> R:
        try:
            return self._records.submit(read, *args, **more).result()
        except WorkerFault as fault:
            _unless_ours(fault, span)
        try:
            return self._records.submit(read, *args, **more).result()
        except WorkerFault as fault:
            _unless_ours(fault, span)
            raise


def _unless_ours(fault: WorkerFault, span: Span) -> None:
    """Raise EngineError where no record can be blamed for a fault."""
    if fault.kind in {"start", "closed"}:
        raise EngineError(f"nothing can be read: {fault.detail}") from fault
    if fault.kind == "error" and fault.detail.startswith(_NOT_THE_RECORD):
        raise EngineError(f"{span.source}: {fault.detail}") from fault


def _in_words(fault: WorkerFault) -> tuple[str, str]:
    if fault.kind in _TOO_LONG:
        return "time", "It took longer to read than a record may."
    if fault.kind == "memory":
        return "memory", "It wanted more memory than a record may have."
    return fault.kind, fault.detail
