"""How the corpus grows into a model: what is learnt from, what is held out, who is promoted."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from hashlib import sha256

from store.types import Label

HELD_OUT_SHARE = 0.1
LEAST_TO_MEASURE = 3  # held-out decisions of each answer; below, a figure is an anecdote
TOLERANCE = 0.01  # a hundredth is within what one decision moves on a small held-out set

_HIGHER_IS_BETTER = {"average_precision": "average precision", "recall": "recall"}
_LOWER_IS_BETTER = {"brier": "Brier score"}


def select(labels: Sequence[Label]) -> tuple[tuple[Label, ...], tuple[Label, ...]]:
    """Split ``labels`` into those to learn from and those held out, about one in ten.

    The text alone decides, so a label stays on its side for ever and copies of a text are never
    on both. Seeds, and copies of seeds, are always learnt from. Both keep their order.
    """
    seeds = {_text_key(label) for label in labels if label.origin == "seed"}
    train: list[Label] = []
    held_out: list[Label] = []
    for label in labels:
        key = _text_key(label)
        (train if key in seeds or not _is_held_out(key) else held_out).append(label)
    return tuple(train), tuple(held_out)


def _text_key(label: Label) -> str:
    words = " ".join(f"{label.title} {label.body}".casefold().split())
    return sha256(words.encode("utf-8", "surrogatepass")).hexdigest()


def _is_held_out(key: str) -> bool:
    return int(key[:12], 16) / 16**12 < HELD_OUT_SHARE


def promotes(
    candidate_figures: Mapping[str, float], live_figures: Mapping[str, float] | None
) -> tuple[bool, str]:
    """Say whether the candidate may become live, and why, in a sentence.

    Both were measured on the same held-out decisions. Known keys: ``average_precision`` and
    ``recall`` (higher is better), ``brier`` (lower is better), ``held_out_relevant`` and
    ``held_out_not_relevant`` (how many there were). Where there are too few to measure, the
    candidate is taken: it holds the prior and every decision so far. A figure that is missing or
    no number refuses it, and so does one worse by more than a hundredth.
    """
    too_few = _too_few(candidate_figures)
    if too_few:
        return True, too_few
    if live_figures is None:
        return True, "no model was live"
    known = {**_HIGHER_IS_BETTER, **_LOWER_IS_BETTER}
    shared = [key for key in known if key in live_figures]
    if not shared:
        return False, "the live model has no figure to compare with"
    for key in shared:
        candidate = candidate_figures.get(key, math.nan)
        worse = _worse_by(key, candidate, live_figures[key])
        if not worse <= TOLERANCE:
            return False, f"{known[key]} would go from {live_figures[key]:.3f} to {candidate:.3f}"
    told = ", ".join(f"{known[key]} {candidate_figures[key]:.3f}" for key in shared)
    return True, f"not worse on the held-out decisions: {told}"


def _too_few(figures: Mapping[str, float]) -> str | None:
    relevant = figures.get("held_out_relevant")
    other = figures.get("held_out_not_relevant")
    if relevant is None or other is None or min(relevant, other) >= LEAST_TO_MEASURE:
        return None
    return (
        f"not yet measurable: {relevant:.0f} relevant and {other:.0f} other decisions held out, "
        f"{LEAST_TO_MEASURE} of each are needed"
    )


def _worse_by(key: str, candidate: float, live: float) -> float:
    if not math.isfinite(live):
        return 0.0 if math.isfinite(candidate) else math.nan
    return candidate - live if key in _LOWER_IS_BETTER else live - candidate
