"""Two columns that a page stores row by row, found by where its pieces of text begin.

Most programs store a column after the other, and then the stored order is the best there is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

_LEAST_ROWS = 6  # rows with text on both sides: fewer are no columns
_SAME = 2.0  # points; what stands no further apart begins at the same edge, or on the same line
_APART = 100.0  # points; a narrower column is an indent, or a table

Place = tuple[float, float]
"""Where a piece of text begins: points from the left, points from the bottom."""


def second_column(places: Sequence[Place]) -> float | None:
    """Return where the second column begins on a page that is stored row by row.

    ``places`` are in the order of the page. None: the page's own order serves.
    """
    starts = Counter(round(x / _SAME) * _SAME for x, _ in places)
    often = [x for x, times in starts.items() if times >= _LEAST_ROWS]
    left = min(often, default=0.0)
    edge = min((x for x in often if x >= left + _APART), default=None)
    if edge is None:
        return None
    edge -= _SAME
    right = sum(x >= edge for x, _ in places)
    across = sum(
        one[0] < edge <= two[0] and abs(one[1] - two[1]) <= _SAME for one, two in pairwise(places)
    )
    return edge if across >= _LEAST_ROWS and across * 2 > right else None
