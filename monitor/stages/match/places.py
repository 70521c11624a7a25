"""A folded text, the places of a pattern in it, and which of two stand next to each other."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

Span = tuple[int, int]
"""From .. to, in bytes."""


@dataclass(slots=True)
class Folded:
    """A folded text in bytes; what was asked of it for one rule is known for the others."""

    text: bytes
    _words: bytes | None = None
    _met: dict[int, bool] = field(default_factory=dict)

    @property
    def words(self) -> bytes:
        """What stands between white space, each once: whatever has none is sought here sooner."""
        if self._words is None:
            self._words = b" ".join(set(self.text.split()))
        return self._words

    def met_by(self, pattern: Any) -> bool:
        """Return whether a pattern, which the caller keeps alive, is met anywhere."""
        if id(pattern) not in self._met:
            self._met[id(pattern)] = pattern.search(self.text) is not None
        return self._met[id(pattern)]


def spans(pattern: Any, text: bytes) -> Iterator[Span]:
    """Yield every place in turn; the edges that a pattern of words takes in are left out."""
    group = pattern.groupindex.get("word", 0)
    at = 0
    while (found := pattern.search(text, at)) is not None:
        start, end = found.span(group)
        at = max(end, at + 1)
        if end > start:
            yield start, end
        if at >= len(text):
            return


def neighbours(before: Sequence[Span], after: Sequence[Span]) -> Iterator[tuple[Span, Span]]:
    """Yield each place with the next one of the other sort behind it, nothing nearer between.

    Of any two that are near enough, these are at least as near; they never overlap.
    """
    by_end = sorted(before, key=lambda span: span[1])
    ends = [span[1] for span in by_end]
    starts = [span[0] for span in after]
    last = None
    for span in by_end:
        at = bisect_left(starts, span[1])
        if at == len(after) or at == last:
            continue
        last = at
        yield by_end[bisect_right(ends, starts[at]) - 1], after[at]
