"""A folded text, the places of a pattern in it, and which of two stand next to each other."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import re2

from monitor.stages.match.patterns import is_open, rest_of

Span = tuple[int, int]
"""From .. to, in bytes."""


_FEW = 32  # to find each word of an article once takes as long as to seek so many pieces in it


@dataclass(slots=True)
class Folded:
    """A folded text in bytes; what was asked of it for one rule is known for the others."""

    text: bytes
    _sought: bytes = b""
    _held: dict[bytes, bool] = field(default_factory=dict)
    _met: dict[int, bool] = field(default_factory=dict)

    def holds(self, piece: bytes) -> bool:
        """Return whether a piece, which has no white space, stands anywhere.

        It takes about 0.6 ms a megabyte where it does not; of many pieces, the later ones are
        sought where each word of the text stands once.
        """
        if piece not in self._held:
            if len(self._held) == _FEW:
                self._sought = b" ".join(set(self.text.split()))
            self._held[piece] = piece in (self._sought or self.text)
        return self._held[piece]

    def met_by(self, pattern: Any) -> bool:
        """Return whether a pattern, which the caller keeps alive, is met anywhere."""
        if id(pattern) not in self._met:
            self._met[id(pattern)] = pattern.search(self.text) is not None
        return self._met[id(pattern)]


def spans(pattern: Any, text: bytes, most: int | None = None) -> Iterator[Span]:
    """Yield every place in turn; the edges that a pattern of words takes in are left out.

    ``most``: the bytes that are read, all where it is None.
    """
    group = pattern.groupindex.get("word", 0)
    goes_on = is_open(pattern.pattern)
    stop = len(text) if most is None else _edge(text, most)
    at = 0
    while (found := pattern.search(text, at, stop)) is not None:
        start, end = found.span(group)
        end = rest_of(text, end) if goes_on else end
        at = max(end, at + 1)
        if end > start:
            yield start, end
        if at >= stop:
            return


def _edge(text: bytes, most: int) -> int:
    """The end of the last whole character within ``most`` bytes."""
    while 0 < most < len(text) and text[most] & 0xC0 == 0x80:
        most -= 1
    return min(most, len(text))


_ENDS = re2.compile(r"[.!?؟۔।…]+[\"'”’»)\]]*\s|\n")
_GOES_ON = re2.compile(
    r"(?:\A|[^\p{L}\p{M}\p{N}])(?:(?:\p{L}|mrs?|ms|dr|prof|gen|lt|col|maj|brig|capt|sgt|adm|cmdr"
    r"|gov|sen|rep|st|vs)\.)+"
)


def sentence_ends(text: bytes) -> list[int]:
    """Return where sentences of a folded text end; after "Lt. Gen." and initials none does."""
    goes_on = {found.end() + 1 for found in _GOES_ON.finditer(text)}  # with the blank behind it
    return [found.end() for found in _ENDS.finditer(text) if found.end() not in goes_on]


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
