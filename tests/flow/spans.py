"""A reading of archives that costs nothing, to try the engines on: a file of numbered lines.

A line may ask for its reader's death, as a document can: ``crash``, ``loop``, ``eat``, ``raise``.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from monitor.archives.engines import Engine
from monitor.archives.model import Poisoned, Recipe, Span, Worked
from monitor.model import Thresholds

RECIPE = Recipe(
    id="of the tests", version="1", topic="none", switches=(), names=(), model="",
    thresholds=Thresholds(queue=0.5), terms=(), wrappers={}, outlets={},
    now=datetime(2026, 4, 1, tzinfo=UTC),
)  # fmt: skip


def archive(path: Path, lines: Sequence[str]) -> str:
    """Write an archive of these records."""
    path.write_text("".join(f"{line}\n" for line in lines))
    return str(path)


def cut(source: str, each: int) -> list[Span]:
    """Return its spans of so many records."""
    ends = [0]
    with Path(source).open("rb") as file:
        ends.extend(file.tell() for _line in iter(file.readline, b""))
    bounds = [*ends[:-1:each], ends[-1]]
    return [
        Span(source=source, kind="warc", number=n, start=a, end=b, exact=True)
        for n, (a, b) in enumerate(pairwise(bounds))
    ]


def starts(span: Span) -> tuple[int, ...]:
    """Return where the records begin, and where the last one ends."""
    found, at = [span.start], span.start
    with Path(span.source).open("rb") as file:
        file.seek(at)
        while at < span.end:
            at += len(file.readline())
            found.append(at)
    return tuple(found)


def work(span: Span, recipe: Recipe) -> Worked:
    """Read a span."""
    return joined(span, [single(span, recipe, at) for at in starts(span)[:-1]])


def single(span: Span, recipe: Recipe, at: int) -> Worked:
    """Read one record."""
    assert recipe == RECIPE
    with Path(span.source).open("rb") as file:
        file.seek(at)
        line = file.readline().decode().strip()
    _suffer(line)
    time.sleep(0.002)
    fate = "queued" if line.endswith("7") else "rejected"
    return Worked(span=span, records=1, counts={fate: 1}, began=at, ended=at + len(line) + 1)


def _suffer(line: str) -> None:
    if line == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if line == "loop":
        os.kill(os.getpid(), signal.SIGXCPU)  # what the kernel sends to one that never ends
    if line == "eat":
        bytearray(8_000_000_000)
    if line == "raise":
        raise ValueError("no such thing")


def joined(span: Span, parts: Sequence[Worked]) -> Worked:
    """Make one result of several."""
    counts: Counter[str] = Counter()
    for part in parts:
        counts.update(part.counts)
    return Worked(
        span=span, records=sum(part.records for part in parts), counts=dict(counts),
        faults=tuple(fault for part in parts for fault in part.faults),
        began=parts[0].began if parts else None, ended=parts[-1].ended if parts else None,
    )  # fmt: skip


def poisoned(span: Span, at: int, kind: str, detail: str) -> Worked:
    """Book a record that killed its reader."""
    fault = Poisoned(offset=at, reason=kind, detail=detail)
    return Worked(span=span, records=1, counts={f"failed:{kind}": 1}, faults=(fault,), began=at)


def lost(span: Span, kind: str, detail: str) -> Worked:
    """Book a span whose records could not be told apart."""
    return poisoned(span, span.start, kind, detail)


# --- as the tests ask -----------------------------------------------------------------------

MODULE = "tests.flow.spans"
LINES = [f"record {n}" for n in range(300)]


def never() -> bool:
    return False


def run(one: Engine, source: str, each: int = 20) -> list[Worked]:
    return list(one.run(cut(source, each), RECIPE, stopped=never))


def undisturbed(source: str, each: int = 20) -> list[Worked]:
    """Return the results as one process makes them, without any engine."""
    return [work(span, RECIPE) for span in cut(source, each)]
