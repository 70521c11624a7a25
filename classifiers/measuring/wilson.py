"""The interval of a share, for few and for many. Needs no library, so that stages may use it."""

from __future__ import annotations

import math

Z_95, Z_99 = 1.959964, 2.5758  # how many standard deviations hold 95 and 99 in a hundred


def wilson(hits: int, of: int, *, z: float = Z_95) -> tuple[float, float]:
    """Between what bounds a share lies (Wilson 1927), within 0..1; all of it when ``of`` is 0."""
    if of <= 0:
        return 0.0, 1.0
    share, square = hits / of, z * z
    middle = share + square / (2 * of)
    reach = z * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    low, high = (middle - reach) / (1 + square / of), (middle + reach) / (1 + square / of)
    return max(0.0, low), min(1.0, high)
