"""How the corpus grows into a model: what is learnt from, what is held out, who is promoted."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from hashlib import sha256

from store.learned import Label

HELD_OUT_SHARE = 0.1
LEAST_TO_COMPARE = 6  # held-out decisions; below, a difference is an anecdote
LEAST_TO_RANK = 5  # held-out decisions of each answer, for a ranking to be compared
DOUBT = 1.645  # standard errors: one worse candidate in twenty gets by, and one good one is held up
TOLERANCE = 0.01  # of average precision; less is nothing anybody would notice
SLIGHT = 0.005  # of log loss, likewise
_TELLING_TITLE = 4  # words; shorter titles ("Morning brief") head many different texts


def select(labels: Sequence[Label]) -> tuple[tuple[Label, ...], tuple[Label, ...]]:
    """Split ``labels`` into those to learn from and those held out, about one in ten.

    The title alone decides (with the text where it is short), so a label stays on its side for
    ever and copies of a text, edited ones too, are never on both. Seeds and imports, and copies of
    them, are always learnt from: they were given to teach. Both keep their order.
    """
    given = {_key(label) for label in labels if label.origin != "review"}
    train: list[Label] = []
    held_out: list[Label] = []
    for label in labels:
        key = _key(label)
        (train if key in given or not _is_held_out(key) else held_out).append(label)
    return tuple(train), tuple(held_out)


def _key(label: Label) -> str:
    words = label.title.casefold().split()
    if len(words) < _TELLING_TITLE:
        words += label.body.casefold().split()
    return sha256(" ".join(words).encode("utf-8", "surrogatepass")).hexdigest()


def _is_held_out(key: str) -> bool:
    return int(key[:12], 16) / 16**12 < HELD_OUT_SHARE


def promotes(figures: Mapping[str, float]) -> tuple[bool, str]:
    """Say whether the candidate may become live, and why, in a sentence.

    ``figures`` compare it with the live model on the same held-out decisions, which neither
    learnt from: ``surprise_change`` is how much more each decision surprises the candidate (mean
    log loss) and ``average_precision_change`` how much better it ranks, each with its ``_error``,
    the standard error of that difference, decision by decision; ``held_out_relevant`` and
    ``held_out_not_relevant`` say how many there were.

    The candidate is refused where it is worse beyond doubt (1.645 standard errors), in its
    ranking also by more than a hundredth. So few decisions can refuse a candidate that is far
    worse, and none is refused for what one decision did. Below six it is taken: it holds the prior
    and every decision so far. A figure that is no number refuses it.
    """
    relevant, other = figures["held_out_relevant"], figures["held_out_not_relevant"]
    if relevant + other < LEAST_TO_COMPARE:
        return True, (
            f"not yet measurable: {relevant:.0f} relevant and {other:.0f} other decisions held "
            f"out, {LEAST_TO_COMPARE} are needed"
        )
    worse, loss = figures.get("surprise_change", math.nan), figures.get("log_loss", math.nan)
    if not worse - DOUBT * figures.get("surprise_change_error", math.nan) <= SLIGHT:
        return False, (
            f"it would be more surprised by the {relevant + other:.0f} held-out decisions: log "
            f"loss {loss - worse:.3f} would become {loss:.3f}"
        )
    told = f"log loss {worse:+.3f} on {relevant + other:.0f} held-out decisions"
    if min(relevant, other) < LEAST_TO_RANK:
        return True, f"not worse: {told}; too few of each answer to compare rankings"
    change = figures.get("average_precision_change", math.nan)
    error = figures.get("average_precision_change_error", math.nan)
    if not (change >= -TOLERANCE or change + DOUBT * error >= 0):
        ranking = figures["average_precision"]
        return False, (
            f"average precision would go from {ranking - change:.3f} to {ranking:.3f} on the "
            "held-out decisions"
        )
    return True, f"not worse: {told}, average precision {change:+.3f}"
