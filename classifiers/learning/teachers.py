"""Which decisions taught what: of every weight that examples moved, the three that moved it most.

Exact, since a learnt weight is a sum over the examples: each adds its pull times its own share of
the term. What is kept of it is bounded: three examples a weight, and none for weights too small to
be seen in an explanation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from classifiers.learning.lessons import Places
from classifiers.learning.linear import Floats
from classifiers.types import Example, Teacher

MOST = 3
SEEN_FROM = 0.05  # of a weight, in log-odds
_TITLE = 120
_LEAST = 0.005  # a smaller share is written as nought


class Teachers:
    """Names the examples behind weights by their place, and keeps who was named."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self._examples = examples
        self._named: set[int] = set()

    def of_columns(
        self, rows: Places, columns: Places, parts: Floats, weights: Floats
    ) -> dict[int, list[float]]:
        """Place and signed share of the strongest examples, by column: ``[12, 0.6, 3, -0.2]``.

        ``parts[i]`` is what row ``rows[i]`` adds to the weight of column ``columns[i]``; the share
        is of the sum of all parts regardless of their sign.
        """
        whole = np.bincount(columns, weights=np.abs(parts), minlength=len(weights))
        held = np.asarray(np.abs(weights) >= SEEN_FROM)[columns]
        rows, columns, parts = rows[held], columns[held], parts[held]
        order = np.lexsort((rows, -np.abs(parts), columns))
        rows, columns, parts = rows[order], columns[order], parts[order]
        starts = np.flatnonzero(np.diff(columns, prepend=-1))
        rank = np.arange(len(columns)) - np.repeat(starts, np.diff(starts, append=len(columns)))
        top = rank < MOST
        return self._listed(rows[top], columns[top], parts[top] / whole[columns[top]])

    def of_figures(self, parts: Floats) -> dict[int, list[float]]:
        """The same for a full table: ``parts[i, j]`` is what example i adds to weight j."""
        rows, columns = np.divmod(np.arange(parts.size), parts.shape[1])
        return self.of_columns(rows, columns, parts.ravel(), parts.sum(axis=0))

    def _listed(self, rows: Places, columns: Places, shares: Floats) -> dict[int, list[float]]:
        out: dict[int, list[float]] = {}
        for row, column, share in zip(rows.tolist(), columns.tolist(), shares, strict=True):
            if abs(share) >= _LEAST:
                out.setdefault(column, []).extend((float(row), round(float(share), 2)))
                self._named.add(row)
        return out

    def rows(self) -> dict[str, list[object]]:
        """Who was named: id, answer and title by place."""
        chosen = [(place, self._examples[place]) for place in sorted(self._named)]
        return {str(place): [e.id, int(e.relevant), e.text.title[:_TITLE]] for place, e in chosen}


def teachers_of(
    listed: Sequence[float], known: Mapping[str, Sequence[object]]
) -> tuple[Teacher, ...]:
    """The examples of a list made by ``Teachers``, strongest first."""
    pairs = zip(listed[::2], listed[1::2], strict=True)
    named = ((known[str(int(place))], share) for place, share in pairs)
    return tuple(
        Teacher(example=str(row[0]), relevant=bool(row[1]), title=str(row[2]), share=float(share))
        for row, share in named
    )
