"""What a backfill of archives would bring: parts of one file are read, and nothing is kept."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from classifiers.measuring.wilson import wilson
from monitor.archives.cutting import Source
from monitor.archives.engines import Engine
from monitor.archives.model import Recipe, Span
from monitor.archives.writing import Stop


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
    """Read about ``n`` records, spread over the first source, and say what all would bring.

    The time is this engine's, by the bytes gone through; starting it is not in it.
    """
    first = sources[0]
    counts: Counter[str] = Counter()
    titles: list[tuple[float, str]] = []
    read = 0
    began = time.monotonic()
    for worked in engine.run(_drawn(first.spans, n), recipe, stopped=stopped):
        counts.update(worked.counts)
        titles += [(one.score, one.reading.text.title) for one in worked.found]
        read += _bytes(first, worked.span)
        if counts.total() >= n:
            break
    spent = time.monotonic() - began
    total, size = counts.total(), sum(one.size for one in sources)
    records = round(total * size / read) if read else 0
    hits = counts["queued"] + counts["sampled"]
    low, high = wilson(hits, total) if total else (0.0, 1.0)
    return Expected(
        sampled=total, counts=dict(sorted(counts.items())), titles=tuple(titles[:20]), bytes=size,
        records=records, found=round(records * hits / total) if total else 0,
        found_low=int(records * low), found_high=-int(-records * high // 1),
        seconds=spent * size / read if read else 0.0,
    )  # fmt: skip


def _drawn(spans: Sequence[Span], n: int) -> list[Span]:
    """Spans in an order drawn by a hash: the beginning of an archive is not like the rest of it."""
    ranked = sorted(spans, key=lambda s: sha256(f"{s.source}\0{s.number}".encode()).digest())
    return ranked[: max(1, n)]


def _bytes(source: Source, span: Span) -> int:
    """How many bytes of the file a span stands for; streams and pages have other positions."""
    whole = sum(one.end - one.start for one in source.spans)
    return round(source.size * (span.end - span.start) / whole) if whole else 0
