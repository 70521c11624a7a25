"""Where a verdict sends an article, and in which order people meet the queue."""

from __future__ import annotations

import math
from collections.abc import Sequence
from hashlib import sha256
from typing import Protocol, TypeVar

from monitor.model import Route, Thresholds

PER_DAY = 30


class Routed(Protocol):
    """What ordering needs to know of a row."""

    @property
    def score(self) -> float | None:
        """The verdict, in 0..1; None: not judged."""

    @property
    def topics(self) -> tuple[str, ...]:
        """The strands, strongest first."""


Row = TypeVar("Row", bound=Routed)


def draw_for(url_or_hash: str, salt: str) -> float:
    """Return a number in [0, 1) that looks random and is the same for ever for the same text."""
    digest = sha256(f"{salt}\0{url_or_hash}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def decide(verdict_score: float, *, thresholds: Thresholds, draw: float) -> Route:
    """Queue what scores at or above the threshold; of the rest draw a share for audit.

    ``probability`` is the chance the article had of being shown: 1 when queued, else the share
    of the audit, whether drawn or not, so that what was missed can be estimated. A score that is
    no number goes to people.
    """
    if not math.isfinite(verdict_score):
        return Route(to="queue", why="the score is no number, so a person looks")
    share = min(1.0, max(0.0, thresholds.sample_share))
    if verdict_score >= thresholds.queue:
        why = f"score {verdict_score:.3f} is at or above {thresholds.queue:.3f}"
        return Route(to="queue", why=why)
    below = f"score {verdict_score:.3f} is below {thresholds.queue:.3f}"
    if draw < share:
        why = f"{below}; drawn for the audit of {share:.1%}"
        return Route(to="sample", why=why, probability=share)
    return Route(to="reject", why=below, probability=share)


def balance(rows: Sequence[Row], *, per_day: int = PER_DAY) -> list[Row]:
    """Return ``rows`` reordered so that no strand of the topic drowns another.

    A permutation. The first ``per_day`` are shared out among the strands (the first topic of each
    row) by the method of highest averages, as seats are among parties: a strand's next row counts
    its score divided by the rows already taken from it. Every strand is among them, or the best
    ``per_day`` strands where there are more. The rest follows by score. Ties keep their order.
    """
    ranked = sorted(range(len(rows)), key=lambda at: (-_weight(rows[at]), at))
    strands: dict[str, list[int]] = {}
    for at in ranked:
        strands.setdefault(_strand(rows[at]), []).append(at)
    first = _shared_out(rows, list(strands.values()), per_day)
    taken = set(first)
    return [rows[at] for at in (*first, *(at for at in ranked if at not in taken))]


def _shared_out(rows: Sequence[Routed], strands: list[list[int]], per_day: int) -> list[int]:
    """Choose ``per_day`` rows, one of every strand at least, in the order of their averages."""
    averages = sorted(
        (-_weight(rows[at]) / (place + 1), place, at)
        for strand in strands
        for place, at in enumerate(strand)
    )
    heads = [entry for entry in averages if entry[1] == 0][: max(0, per_day)]
    others = [entry for entry in averages if entry[1] > 0][: max(0, per_day - len(heads))]
    return [at for _, _, at in sorted(heads + others)]


def _strand(row: Routed) -> str:
    return row.topics[0] if row.topics else ""


def _weight(row: Routed) -> float:
    score = row.score
    return score if score is not None and math.isfinite(score) else 0.0
