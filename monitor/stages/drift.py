"""Whether the news or the definition has moved: the last two weeks beside the eight before.

Shares of decisions are compared by an interval for the difference of two shares (Newcombe's, from
Wilson's), surprise by a normal interval whose spread the scores themselves foretell, and what comes
in by the spread between the earlier weeks, because news comes in bursts that no binomial knows.
All at 99 %, since several things are watched every week. Too few give silence, with the number.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from classifiers.measuring.wilson import Z_99, wilson
from store.inquiry import Week

RECENT, BEFORE = 2, 8  # weeks
FEWEST_RECENT, FEWEST_BEFORE = 20, 40  # decisions
FEWEST_WEEKS = 6  # of those before, with something judged in them
FEWEST_JUDGED = 50  # a week, or its share says nothing

_CHANCE = "no more than chance allows"
_T = {5: 4.03, 6: 3.71, 7: 3.50}  # Student's t at 99 %, by degrees of freedom
_CERTAIN = 1e-3  # no score is trusted to be surer than this
_LEAST_SHARE = 0.1  # a smaller move of a share of decisions is no news to anybody
_STRONG_SHARE = 0.2
_LEAST_LOSS, _STRONG_LOSS = 0.1, 0.25  # nats a decision
_LEAST_TIMES, _STRONG_TIMES = 1.5, 3.0

What = Literal["accepted", "disagreement", "unsure", "volume", "names"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One thing that is watched. ``recent`` and ``before`` are None where there were too few.

    ``low`` to ``high`` is the 99 % interval of their difference; it moved when that leaves out
    nought and the move is large enough to matter. ``n`` are how many each rests on.
    """

    what: What
    sentence: str
    recent: float | None = None
    before: float | None = None
    low: float | None = None
    high: float | None = None
    n: tuple[int, int] = (0, 0)
    moved: bool = False
    strong: bool = False


def drift(weeks: Sequence[Week]) -> tuple[Drift, ...]:
    """Compare the last two weeks with the eight before, in words; a missing week is empty."""
    known = {week.back: week for week in weeks}
    recent = [known.get(back, Week(back=back)) for back in range(RECENT)]
    before = [known.get(back, Week(back=back)) for back in range(RECENT, RECENT + BEFORE)]
    now, then = _answers(recent), _answers(before)
    return (
        _accepted(now, then),
        _disagreement(now, then),
        _unsure(recent, before),
        _volume(recent, before),
        _names(recent, before),
    )


def moved(found: Sequence[Drift], *, strong: bool = False) -> tuple[str, ...]:
    """Return the sentences of what moved, or only of what moved much."""
    return tuple(one.sentence for one in found if (one.strong if strong else one.moved))


Answers = list[tuple[float, bool]]


def _answers(weeks: Sequence[Week]) -> Answers:
    return [
        (min(1.0 - _CERTAIN, max(_CERTAIN, score)), yes)
        for week in weeks
        for score, yes in week.tried
        if math.isfinite(score)
    ]


def _compared(
    what: What, told: str, verdict: str, now: float, then: float, low: float, high: float, *,
    n: tuple[int, int], moved: bool, large: bool,
) -> Drift:  # fmt: skip
    """Two spans set beside each other; only what moved can be strong."""
    return Drift(
        what=what, sentence=f"{told}: {verdict}.", recent=now, before=then, low=low, high=high,
        n=n, moved=moved, strong=moved and large,
    )  # fmt: skip


def _few(recent: int, before: int) -> str:
    """Why nothing can be said yet, or nothing."""
    if recent >= FEWEST_RECENT and before >= FEWEST_BEFORE:
        return ""
    return (
        f"too few decisions to tell ({recent} in the last two weeks, {before} in the eight before; "
        f"{FEWEST_RECENT} and {FEWEST_BEFORE} are needed)"
    )


# --- what people say ------------------------------------------------------------------------


def _accepted(recent: Answers, before: Answers) -> Drift:
    n = len(recent), len(before)
    few = _few(*n)
    if few:
        return Drift(what="accepted", n=n, sentence=f"What of the queue is accepted: {few}.")
    hits = sum(yes for _, yes in recent), sum(yes for _, yes in before)
    now, then = hits[0] / n[0], hits[1] / n[1]
    low, high = _difference(hits, n)
    shifted = (low > 0 or high < 0) and abs(now - then) >= _LEAST_SHARE
    told = (
        f"Of what the queue offered, {now:.0%} was accepted in the last two weeks, {then:.0%} in "
        f"the eight before (n = {n[0]}, {n[1]})"
    )
    return _compared(
        "accepted", told, "the news or the definition has moved" if shifted else _CHANCE,
        now, then, low, high, n=n, moved=shifted, large=abs(now - then) >= _STRONG_SHARE,
    )  # fmt: skip


def _difference(hits: tuple[int, int], n: tuple[int, int]) -> tuple[float, float]:
    """Newcombe's interval for the difference of two shares (his method 10)."""
    one, two = hits[0] / n[0], hits[1] / n[1]
    low_one, high_one = wilson(hits[0], n[0], z=Z_99)
    low_two, high_two = wilson(hits[1], n[1], z=Z_99)
    gap = one - two
    return (
        gap - math.hypot(one - low_one, high_two - two),
        gap + math.hypot(high_one - one, two - low_two),
    )


def _disagreement(recent: Answers, before: Answers) -> Drift:
    """Whether decisions surprise the scores more than they used to, beyond what they expect."""
    n = len(recent), len(before)
    few = _few(*n)
    if few:
        return Drift(what="disagreement", n=n, sentence=f"Decisions against scores: {few}.")
    now, spread_now = _surprise(recent)
    then, spread_then = _surprise(before)
    reach = Z_99 * math.hypot(spread_now, spread_then)
    low, high = now - then - reach, now - then + reach
    shifted = low > 0 and now - then >= _LEAST_LOSS
    told = (
        f"Decisions went against the score in {_against(recent)} in the last two weeks and in "
        f"{_against(before)} in the eight before (n = {n[0]}, {n[1]})"
    )
    return _compared(
        "disagreement", told, "people and model have grown apart" if shifted else _CHANCE,
        now, then, low, high, n=n, moved=shifted, large=now - then >= _STRONG_LOSS,
    )  # fmt: skip


def _surprise(answers: Answers) -> tuple[float, float]:
    """Mean log-loss beyond what the scores expect of themselves, and its standard error."""
    excess = spread = 0.0
    for score, yes in answers:
        odds = math.log(score / (1.0 - score))
        expected = -score * math.log(score) - (1.0 - score) * math.log(1.0 - score)
        excess += -math.log(score if yes else 1.0 - score) - expected
        spread += score * (1.0 - score) * odds * odds
    # Where scores are wrong their own spread is too small; the answers' is taken when larger.
    losses = [-math.log(score if yes else 1.0 - score) for score, yes in answers]
    own = max(spread / len(answers), statistics.pvariance(losses))
    return excess / len(answers), math.sqrt(own / len(answers))


def _against(answers: Answers) -> str:
    share = sum((score >= 0.5) != yes for score, yes in answers) / len(answers)
    expected = sum(min(score, 1.0 - score) for score, _ in answers) / len(answers)
    return f"{share:.0%} where {expected:.0%} was to be expected"


# --- what comes in --------------------------------------------------------------------------


def _unsure(recent: Sequence[Week], before: Sequence[Week]) -> Drift:
    """Whether more stories than usual come near the line where people are asked."""
    shares = [[w.near / w.judged for w in part if w.judged >= FEWEST_JUDGED]
              for part in (recent, before)]  # fmt: skip
    n = sum(w.judged for w in recent), sum(w.judged for w in before)
    return _weekly(
        "unsure", shares[0], shares[1], n=n, floor=0.01,
        chance=lambda share: math.sqrt(share * (1 - share) / (n[1] / len(shares[1]))),
        told="Of what was judged, {now:.1%} came near the threshold in the last two weeks, "
        "{then:.1%} in the eight before (n = {n[0]}, {n[1]})",
        meaning="more stories than usual are hard to tell",
        silence="How many stories come near the threshold",
    )  # fmt: skip


def _volume(recent: Sequence[Week], before: Sequence[Week]) -> Drift:
    """Whether the queue grew or fell beyond the spread of the weeks before."""
    counts = [[float(w.queued) for w in part if w.judged >= FEWEST_JUDGED]
              for part in (recent, before)]  # fmt: skip
    n = sum(w.queued for w in recent), sum(w.queued for w in before)
    return _weekly(
        "volume", counts[0], counts[1], n=n, floor=3.0, chance=math.sqrt,
        told="{now:.0f} stories a week were queued in the last two weeks, {then:.0f} in the eight "
        "before (n = {n[0]}, {n[1]})",
        meaning="the news, the feeds or the model have changed",
        silence="How many stories are queued",
    )  # fmt: skip


def _names(recent: Sequence[Week], before: Sequence[Week]) -> Drift:
    """Whether more names than usual are in no list yet."""
    found = [[w.names for w in part if w.names is not None] for part in (recent, before)]
    return _weekly(
        "names", found[0], found[1], n=(len(found[0]), len(found[1])), floor=2.0,
        chance=lambda mean: math.sqrt(max(mean, 1.0)),
        told="A hundred wanted texts held {now:.0f} unknown names in the last two weeks, {then:.0f}"
        " in the eight before (lists: {n[0]}, {n[1]})",
        meaning="people or places have come into the news that the lexicon does not know",
        silence="How many names are unknown",
    )  # fmt: skip


def _weekly(
    what: What, recent: list[float], before: list[float], *, n: tuple[int, int], floor: float,
    chance: Callable[[float], float], told: str, meaning: str, silence: str,
) -> Drift:  # fmt: skip
    """Compare two means of weeks by the spread between weeks; ``floor`` is too little to matter.

    ``chance`` is the least a week spreads around such a mean, however even the weeks were.
    """
    if len(recent) < RECENT or len(before) < FEWEST_WEEKS:
        weeks = len(recent) + len(before)
        why = f"too few full weeks to tell ({weeks} of {RECENT + BEFORE} yet)"
        return Drift(what=what, n=n, sentence=f"{silence}: {why}.")
    now, then = statistics.fmean(recent), statistics.fmean(before)
    spread = max(statistics.stdev(before), chance(then))
    reach = _T[min(7, len(before) - 1)] * spread * math.sqrt(1 / len(recent) + 1 / len(before))
    low, high = now - then - reach, now - then + reach
    more, less = max(now, then), min(now, then)
    times = more / less if less > 0 else math.inf
    beyond = low > 0 or (high < 0 and what == "volume")  # fewer doubts are no news
    shifted = beyond and times >= _LEAST_TIMES and more - less >= floor
    return _compared(
        what, told.format(now=now, then=then, n=n),
        meaning if shifted else "no more than weeks differ",
        now, then, low, high, n=n, moved=shifted, large=times >= _STRONG_TIMES,
    )  # fmt: skip
