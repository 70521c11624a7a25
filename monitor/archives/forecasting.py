"""What a backfill of archives would bring: parts of one file are read, and nothing is kept."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import cycle

from classifiers.measuring.wilson import wilson
from monitor.archives.cutting import Source
from monitor.archives.engines import Engine
from monitor.archives.model import Recipe, Span
from monitor.archives.writing import Stop

_ROUNDS = 3
"""Spans for each reader: one while it starts, and two by which its speed is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What to expect of all archives, from a sample; ranges are of 95 %.

    ``counts`` are the sample's records by fate. ``found`` counts what would be queued or drawn for
    the audit, before those are taken off that are known already.
    """

    sampled: int
    counts: dict[str, int]
    titles: tuple[tuple[float, str], ...]
    bytes: int
    records: int
    found: int
    found_low: int
    found_high: int
    seconds: float


def forecast(
    sources: Sequence[Source], recipe: Recipe, *, engine: Engine, n: int, stopped: Stop
) -> Expected:
    """Read ``n`` records at least, spread over the first source, and say what all would bring.

    The time is this engine's when all of it is at work, by the bytes gone through; starting it is
    not in it. Whatever the time needs beyond ``n`` is in the sample as well; where the source is
    too short for that, it is read over again for the time alone.
    """
    first = sources[0]
    drawn = _drawn(first.spans)
    counts: Counter[str] = Counter()
    titles: list[tuple[float, str]] = []
    at_once = engine.at_once()
    clock = _Clock(warm=at_once)
    read = 0
    for at, worked in enumerate(engine.run(cycle(drawn), recipe, stopped=stopped), 1):
        share = _bytes(first, worked.span)
        clock.passed(share)
        if at <= len(drawn):
            counts.update(worked.counts)
            titles += [(one.score, one.reading.text.title) for one in worked.found]
            read += share
        if at >= _ROUNDS * at_once and (counts.total() >= n or at >= len(drawn)):
            break
    total, size = counts.total(), sum(one.size for one in sources)
    records = round(total * size / read) if read else 0
    hits = counts["queued"] + counts["sampled"]
    low, high = wilson(hits, total) if total else (0.0, 1.0)
    return Expected(
        sampled=total, counts=dict(sorted(counts.items())), titles=tuple(titles[:20]), bytes=size,
        records=records, found=round(records * hits / total) if total else 0,
        found_low=int(records * low), found_high=-int(-records * high // 1),
        seconds=clock.seconds_for(size),
    )  # fmt: skip


class _Clock:
    """How long bytes take: the first results, one of each reader, hold the time to start it."""

    def __init__(self, *, warm: int) -> None:
        self._warm = warm
        self._marks = [(time.monotonic(), 0)]

    def passed(self, size: int) -> None:
        """Note that a result is there, of so many bytes."""
        self._marks.append((time.monotonic(), self._marks[-1][1] + size))

    def seconds_for(self, size: int) -> float:
        """Return how long ``size`` bytes would take; from the start on where it was stopped."""
        began, before = self._marks[self._warm if len(self._marks) > self._warm + 1 else 0]
        ended, after = self._marks[-1]
        return (ended - began) * size / (after - before) if after > before else 0.0


def _drawn(spans: Sequence[Span]) -> list[Span]:
    """Spans in an order drawn by a hash: the beginning of an archive is not like the rest of it."""
    return sorted(spans, key=lambda s: sha256(f"{s.source}\0{s.number}".encode()).digest())


def _bytes(source: Source, span: Span) -> int:
    """How many bytes of the file a span stands for; streams and pages have other positions."""
    whole = sum(one.end - one.start for one in source.spans)
    return round(source.size * (span.end - span.start) / whole) if whole else 0
