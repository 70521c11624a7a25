"""Two models on the same decisions: how much better one is, and how far that may be chance.

Paired, because both find the same texts easy: the difference decision by decision varies far less
than either model's figure, so a few dozen decisions can tell.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from classifiers.measuring import metrics

_SURE = 1e-6  # no score is taken for more certain than this
_GROUPS = 200  # of decisions left out in turn


def paired(
    candidate: Sequence[float], live: Sequence[float], truth: Sequence[bool]
) -> dict[str, float]:
    """The figures of ``candidate``, and by how much each differs from that of ``live``.

    ``log_loss`` (mean surprise, lower is better) with ``surprise_change``; ``average_precision``
    with ``average_precision_change``, left out where no decision is relevant. Each change has its
    standard error beside it in ``..._error``: of the mean, and by the jackknife.
    """
    if not truth:
        return {}
    new, old = _surprises(candidate, truth), _surprises(live, truth)
    apart = [a - b for a, b in zip(new, old, strict=True)]
    mean = math.fsum(apart) / len(apart)
    spread = math.fsum((each - mean) ** 2 for each in apart) / max(len(apart) - 1, 1)
    out = {
        "log_loss": math.fsum(new) / len(new),
        "surprise_change": mean,
        "surprise_change_error": math.sqrt(spread / len(apart)),
    }
    precision = metrics.average_precision(metrics.cuts(candidate, truth))
    if precision is not None:
        change, error = _ranking(candidate, live, truth)
        out["average_precision"] = precision
        out["average_precision_change"] = change
        out["average_precision_change_error"] = error
    return out


def _surprises(scores: Sequence[float], truth: Sequence[bool]) -> list[float]:
    chances = (s if y else 1.0 - s for s, y in zip(scores, truth, strict=True))
    return [-math.log(min(max(chance, _SURE), 1.0)) for chance in chances]


def _ranking(
    candidate: Sequence[float], live: Sequence[float], truth: Sequence[bool]
) -> tuple[float, float]:
    """How much better the candidate ranks, and the jackknife's standard error of that."""
    groups = min(len(truth), _GROUPS)
    kept = [[n for n in range(len(truth)) if n % groups != group] for group in range(groups)]
    changes = [_change(candidate, live, truth, rows) for rows in kept]
    known = [change for change in changes if change is not None]
    mean = math.fsum(known) / max(len(known), 1)
    spread = math.fsum((each - mean) ** 2 for each in known)
    whole = _change(candidate, live, truth, range(len(truth))) or 0.0
    return whole, math.sqrt(spread * (len(known) - 1) / max(len(known), 1))


def _change(
    candidate: Sequence[float], live: Sequence[float], truth: Sequence[bool], rows: Sequence[int]
) -> float | None:
    labels = [truth[n] for n in rows]
    new, old = (
        metrics.average_precision(metrics.cuts([scores[n] for n in rows], labels))
        for scores in (candidate, live)
    )
    return None if new is None or old is None else new - old
