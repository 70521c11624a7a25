"""What is known of the missed, in figures and in words; and what reading on would find."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from monitor.stages.audit.bounds import estimate, interval
from store.inquiry import AuditStratum

LEAST_DECIDED = 20
"""Below it nothing is estimated: with 20 decisions and no find, 14 in 100 may still be relevant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """How many relevant items were rejected, as far as it can be said.

    ``estimate``, ``low`` and ``high`` come from the audit's draw alone and are None while it has
    fewer than ``needed`` decisions; ``by_model`` is what calibrated scores add up to, None while
    they are not calibrated. ``unaudited`` items were rejected while nothing was drawn; they are
    not among the ``rejected``. ``rescued`` of the rejected have been accepted since.
    """

    rejected: int
    drawn: int
    decided: int
    found: int  # relevant among the decided
    needed: int
    strata: tuple[AuditStratum, ...] = ()
    estimate: float | None = None
    low: int | None = None
    high: int | None = None
    by_model: float | None = None
    unaudited: int = 0
    rescued: int = 0

    @property
    def measurable(self) -> bool:
        """True when an estimate with its interval can be given."""
        return self.estimate is not None


def missed(
    strata: Sequence[AuditStratum],
    *,
    calibrated_sum: float = 0.0,
    calibrated: int = 0,
    unaudited: int = 0,
    rescued: int = 0,
) -> Missed:
    """Return how many relevant items were rejected, as far as the decisions allow to say.

    ``calibrated_sum`` adds up the probabilities of the ``calibrated`` items among the rejected;
    it is reported, scaled to all, once nine in ten of them have one.
    """
    rejected = sum(s.rejected for s in strata)
    decided = sum(s.decided for s in strata)
    enough = calibrated > 0 and calibrated >= 0.9 * rejected
    made = Missed(
        rejected=rejected,
        drawn=sum(s.drawn for s in strata),
        decided=decided,
        found=sum(s.relevant for s in strata),
        needed=LEAST_DECIDED,
        strata=tuple(strata),
        by_model=calibrated_sum * rejected / calibrated if enough else None,
        unaudited=unaudited,
        rescued=rescued,
    )
    if decided < LEAST_DECIDED:
        return made
    low, high = interval(strata)
    return replace(made, estimate=min(float(high), estimate(strata)), low=low, high=high)


# --- when to stop ---------------------------------------------------------------------------

IN_A_ROW = 50
"""The usual rule of thumb: stop after so many in a row that are not relevant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Having read so many of what waits: how many relevant that finds, and leaves unread."""

    read: int
    found: float
    left: float


def left(scores: Sequence[float], at: Sequence[int] = (0, 10, 25, 50, 100, 200)) -> list[Left]:
    """Return what reading on is likely to bring, from the scores of what waits, the best first.

    The scores are taken for probabilities, which they are once they are calibrated.
    """
    total = math.fsum(scores)
    places = [n for n in at if n < len(scores)]
    found = [(n, math.fsum(scores[:n])) for n in places]
    return [Left(read=n, found=f, left=max(0.0, total - f)) for n, f in found]


# --- in words -------------------------------------------------------------------------------


def sentence(found: Missed, window: str) -> str:
    """Return what is known of the missed, for people; ``window`` is "in the last 28 days"."""
    if not found.rejected and found.unaudited:
        return f"What was missed {window} cannot be told: the audit is off."
    if not found.rejected:
        return f"Nothing was rejected {window}, so nothing was missed there."
    if not found.measurable:
        return (
            f"Not yet measurable: what was missed {window}. {_decisions(found)}; "
            f"it takes {found.needed} decisions."
        )
    return (
        f"Of {found.rejected:,} rejected {window} about {_count(found.estimate)} were relevant, "
        f"with 90 % confidence between {found.low:,} and {found.high:,} ({_decisions(found)})."
    )


def by_model(found: Missed) -> str:
    """Return what the scores say of the missed, for people."""
    if found.by_model is None:
        return (
            "By the scores: not yet, since most of them are prior estimates and no probabilities."
        )
    return (
        f"By the scores, as calibrated on your decisions: about {_count(found.by_model)}. "
        "This trusts the model where it has seen least."
    )


def _decisions(found: Missed) -> str:
    drawn = f"{found.drawn:,} {'was' if found.drawn == 1 else 'were'} drawn"
    return f"{drawn}, {found.decided:,} decided, {found.found:,} relevant"


def _count(number: float | None) -> str:
    value = number or 0.0
    return f"{value:,.1f}" if 0 < value < 9.95 else f"{value:,.0f}"
