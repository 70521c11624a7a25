"""How far two texts of one page say the same."""

from __future__ import annotations

from collections import Counter

RUN = 4  # words


def agreement(one: str, other: str) -> float:
    """Return the share of runs of four words that both have, of whichever has more; 0 to 1.

    Two empty texts agree.
    """
    if one == other:
        return 1.0
    ours, theirs = _runs(one), _runs(other)
    most = max(ours.total(), theirs.total())
    return (ours & theirs).total() / most if most else 1.0


def _runs(text: str) -> Counter[tuple[str, ...]]:
    words = text.split()
    if not words:
        return Counter()
    return Counter(zip(*(words[n:] for n in range(min(RUN, len(words)))), strict=False))
