"""Where a verdict sends an article, and in which order people meet the queue."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from hashlib import sha256
from operator import neg
from typing import Literal, Protocol, TypeVar

from monitor.model import Band, Route, Thresholds
from store.types import Draw

PER_DAY = 30
MIX = (6, 3, 1)
"""Of ten places in the queue: the likeliest, the nearest to even, the audit's."""
LEAST_DAYS = 7


class Routed(Protocol):
    """What ordering needs to know of a row."""

    @property
    def score(self) -> float | None:
        """The verdict, in 0..1; None: not judged."""

    @property
    def topics(self) -> tuple[str, ...]:
        """The strands, strongest first."""


class Queued(Routed, Protocol):
    """What mixing needs to know of a row beside."""

    @property
    def article(self) -> int:
        """Its number."""

    @property
    def route(self) -> str | None:
        """``sample`` when it was drawn for the audit."""


Row = TypeVar("Row", bound=Routed)
QueueRow = TypeVar("QueueRow", bound=Queued)


def draw_for(url_or_hash: str, salt: str) -> float:
    """Return a number in [0, 1) that looks random and is the same for ever for the same text."""
    digest = sha256(f"{salt}\0{url_or_hash}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def lasting(canonical_url: str) -> str:
    """Return what stays the same of an address, to draw by: no scheme, and no port.

    The canonical address outlives edits of the text and new redirections, so an article has one
    number for life, whatever is judged beside it and in which order.
    """
    host, slash, rest = canonical_url.partition("://")[2].partition("/")
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host) + slash + rest


def decide(
    verdict_score: float, *, thresholds: Thresholds, draw: float, earlier: Draw | None = None
) -> Route:
    """Queue what scores at or above the threshold; of the rest draw some for audit.

    ``probability`` is the chance the article had of being shown: 1 when queued, else that of its
    band, whether drawn or not, so that what was missed can be estimated. There is one draw an
    article: one rejected before, by another model or in an earlier version, keeps its ``earlier``
    draw. A score that is no number goes to people.
    """
    if not math.isfinite(verdict_score):
        return Route(to="queue", why="the score is no number, so a person looks")
    if verdict_score >= thresholds.queue:
        why = f"score {verdict_score:.3f} is at or above {thresholds.queue:.3f}"
        return Route(to="queue", why=why)
    found = earlier or _drawn(verdict_score, thresholds, draw)
    why = f"score {verdict_score:.3f} is below {thresholds.queue:.3f}"
    if found.drawn:
        why = f"{why}; drawn for the audit, with a chance of {found.chance:.2%}"
    to: Literal["sample", "reject"] = "sample" if found.drawn else "reject"
    return Route(to=to, why=why, probability=found.chance, band=found.band)


def _drawn(score: float, thresholds: Thresholds, draw: float) -> Draw:
    share = min(1.0, max(0.0, thresholds.sample_share))
    bands = thresholds.bands or (Band(least=0.0, below=thresholds.queue, chance=share),)
    at = max((n for n, band in enumerate(bands) if score >= band.least), default=0)
    return Draw(chance=bands[at].chance, band=at, drawn=draw < bands[at].chance)


# --- the threshold by what a team means -----------------------------------------------------


def reading_threshold(days: Sequence[Sequence[float]], a_day: float) -> float | None:
    """Return the score that would have let through ``a_day`` articles a day, on average.

    ``days`` are the scores of full days, each article once. None while there are fewer than seven.
    0 where a team reads more than there is. Equal scores pass together or not at all, whichever
    comes nearer to what was asked: all headlines that name no side score the same, and where the
    last place falls among them hundreds would pass. Something always passes.
    """
    if len(days) < LEAST_DAYS:
        return None
    ranked = sorted((score for day in days for score in day), reverse=True)
    places = math.floor(a_day * len(days))
    if not 0 < places <= len(ranked):
        return 0.0 if places else 1.0
    line = ranked[places - 1]
    above, through = bisect_left(ranked, -line, key=neg), bisect_right(ranked, -line, key=neg)
    too_many = above > 0 and through - places > places - above
    return ranked[above - 1] if too_many else line


def accepted_needed(miss_at_most: float) -> int:
    """Return how many accepted articles it takes before a share so small can be promised."""
    return math.ceil(1 / miss_at_most - 1 - 1e-9)


def missing_threshold(accepted: Sequence[tuple[float, float]], miss_at_most: float) -> float | None:
    """Return the score below which at most this share of what is accepted should lie.

    ``accepted`` are scores of accepted articles with the number of articles each stands for. The
    quantile of conformal prediction: with n scores, that of rank floor(share · (n + 1)), so that
    the next accepted one falls below it with at most that chance, if it is like those before. None
    while there are fewer than ``accepted_needed``, or while the lowest alone stands for more than
    the share.
    """
    if len(accepted) < accepted_needed(miss_at_most):
        return None
    room = miss_at_most * (math.fsum(weight for _, weight in accepted) + 1) + 1e-9
    below, line = 0.0, None
    for score, weight in sorted(accepted):
        below += weight
        if below > room:
            break
        line = score
    return line


# --- the order of the queue -----------------------------------------------------------------


def mixed(rows: Sequence[QueueRow], *, mix: Sequence[int] = MIX) -> list[QueueRow]:
    """Return ``rows`` in the order people meet them: a permutation.

    Of every ``sum(mix)`` places the first share goes to the likeliest (the strands balanced), the
    second to those nearest to even, the third to what the audit drew, newest first. The audit's
    places are spread by the articles' own numbers, so that no place tells. Where one kind runs
    out the others follow; a share of 0 puts its kind behind everything else. The order hardly
    changes when one is taken out.
    """
    audit = sorted((r for r in rows if r.route == "sample"), key=lambda r: -r.article)
    scored = [r for r in rows if r.route != "sample"]
    likeliest = balance(scored)
    even = sorted(scored, key=lambda r: (abs(_weight(r) - 0.5), -r.article))
    slots = sorted(
        [(_turn(at, 0.5, mix[0]), 0) for at in range(len(scored))]
        + [(_turn(at, 0.6, mix[1]), 1) for at in range(len(scored))]
        + [(_turn(at, _jitter(row), mix[2]), 2) for at, row in enumerate(audit)]
    )
    pools = (iter(likeliest), iter(even), iter(audit))
    taken: set[int] = set()
    order: list[QueueRow] = []
    for _, pool in slots:
        row = next((r for r in pools[pool] if r.article not in taken), None)
        if row is not None:
            taken.add(row.article)
            order.append(row)
    return order


def _turn(at: int, offset: float, share: int) -> float:
    """Return when the next of a kind is due: ``share`` of them in each round of length one."""
    return (at + offset) / share if share > 0 else 1e9 + at


def _jitter(row: Queued) -> float:
    return draw_for(str(row.article), "place")


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
