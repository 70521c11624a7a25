"""How fast a desk would teach the model: reviews simulated batch by batch on a labelled pool.

Part of the pool is reviewed, another part measures; near copies are never on both sides. A batch
is the desk's own mix: mostly the likeliest, some nearest to even, some at random for the audit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from classifiers.learning.linear import Floats, sigmoid
from classifiers.learning.train import FEWEST, params_of
from classifiers.measuring import metrics
from classifiers.measuring.evaluate import figures
from classifiers.measuring.sheet import Mask, Sheet, Tick, silent
from classifiers.measuring.unseen import fitted_on, folds_of
from classifiers.pack import Pack
from classifiers.two_pole import prior_params
from classifiers.types import Example

Places = NDArray[np.int64]

MIX = (6, 3, 1)
"""Likeliest, nearest to even, at random: parts of a batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is simulated. ``wrong`` is the share of reviews that give the wrong answer."""

    reviews: int
    batch: int = 10
    seed: int = 0
    splits: int = 4
    wrong: float = 0.0
    widen: bool = False  # the reviewers accept what the pool calls unsure
    unseen: bool = True  # the prior is fitted on rows that are neither reviewed nor measured
    mix: tuple[int, int, int] = MIX
    threshold: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Which rows taught the prior (none: the shipped one), are reviewed, and measure."""

    prior: Mask
    reviewed: Mask
    measured: Mask
    seed: int


class Learner(Protocol):
    """What learns from reviews."""

    def scores(self, reviewed: Sequence[int], answers: Sequence[bool]) -> Floats:
        """Log-odds for every row of the pool, after these reviews; 0 is even."""


Make = Callable[[Sheet, Split], Learner]


class TwoPoleLearner:
    """The product's own trainer, from weights that saw only the split's prior rows."""

    def __init__(self, sheet: Sheet, pack: Pack) -> None:
        self._sheet = sheet
        self._pack = pack

    def scores(self, reviewed: Sequence[int], answers: Sequence[bool]) -> Floats:
        """As ``TwoPoleTrainer`` would train and its classifier judge."""
        sheet = self._sheet
        if len(reviewed) < FEWEST:
            return sheet.logits(prior_params(self._pack))
        order = sorted(range(len(reviewed)), key=lambda n: sheet.rows[reviewed[n]].id)
        examples = [
            Example(
                id=sheet.rows[reviewed[n]].id,
                text=sheet.rows[reviewed[n]].text,
                relevant=answers[n],
            )
            for n in order
        ]
        lessons = [sheet.lessons[reviewed[n]] for n in order]
        return sheet.logits(params_of(examples, lessons, self._pack))


def two_pole(sheet: Sheet, split: Split) -> Learner:
    """The product's learner for a split."""
    pack = fitted_on(sheet, split.prior, sheet.pack) if split.prior.any() else sheet.pack
    return TwoPoleLearner(sheet, pack)


def splits_of(sheet: Sheet, plan: Plan) -> list[Split]:
    """The splits of a plan: quarters in turn where the prior must be fitted, else halves."""
    parts = 4 if plan.unseen else 2
    asked = np.ones(len(sheet), dtype=np.bool_) if plan.widen else ~sheet.unsure
    out = []
    for number in range(plan.splits):
        seed = plan.seed + number // parts
        fold = (folds_of(sheet, parts, seed=seed) + number) % parts
        out.append(
            Split(
                prior=(fold >= 2) & ~sheet.unsure,
                reviewed=(fold == 1) & asked,
                measured=(fold == 0) & asked,
                seed=1000 * plan.seed + number,
            )
        )
    return out


def curve(
    sheet: Sheet, plan: Plan, make: Make = two_pole, *, tick: Tick = silent
) -> list[dict[str, Any]]:
    """The learning curve, averaged over the splits of the plan.

    One entry a batch: ``reviews``, ``found`` (relevant among them), the figures on the measured
    part, ``expected_over_relevant`` (the sum of the scores over the truth), and ``range`` with the
    lowest and highest average precision and ratio of the splits.
    """
    runs = [_run(sheet, split, plan, make(sheet, split), tick) for split in splits_of(sheet, plan)]
    shortest = min(map(len, runs), default=0)
    return [_averaged([run[point] for run in runs]) for point in range(shortest)]


def _run(
    sheet: Sheet, split: Split, plan: Plan, learner: Learner, tick: Tick
) -> list[dict[str, Any]]:
    truth = sheet.relevant | sheet.unsure if plan.widen else sheet.relevant
    draw = np.random.default_rng(split.seed)
    answers = truth ^ (draw.random(len(sheet)) < plan.wrong)
    waiting = np.flatnonzero(split.reviewed)
    reviewed: list[int] = []
    out: list[dict[str, Any]] = []
    while True:
        logits = learner.scores(reviewed, [bool(answers[place]) for place in reviewed])
        found = int(truth[reviewed].sum()) if reviewed else 0
        figures = measured(sheet, logits, truth, split.measured, plan.threshold)
        out.append({"reviews": len(reviewed), "found": found, **figures})
        tick(1)
        size = min(plan.batch, plan.reviews - len(reviewed), len(waiting))
        if size <= 0:
            return out
        chosen = next_batch(sheet, waiting, logits, size, plan.mix, draw)
        reviewed += chosen
        waiting = waiting[~np.isin(waiting, chosen)]


def measured(
    sheet: Sheet, logits: Floats, truth: Mask, rows: Mask, threshold: float
) -> dict[str, Any]:
    """The figures of one moment on the measured rows, together and by kind."""
    scores, labels = sigmoid(logits[rows]).tolist(), truth[rows].tolist()
    kinds = [kind for kind, held in zip(sheet.kinds, rows, strict=True) if held]
    by_kind = {}
    for kind in sorted(set(kinds)):
        own = [place for place, name in enumerate(kinds) if name == kind]
        cut = metrics.cuts([scores[n] for n in own], [labels[n] for n in own])
        by_kind[kind] = metrics.average_precision(cut)
    told = figures(scores, labels, threshold)
    recall = told.pop("at_threshold")["recall"]
    return {**told, "recall": recall, "average_precision_by_kind": by_kind}


def next_batch(
    sheet: Sheet,
    waiting: Places,
    logits: Floats,
    size: int,
    mix: tuple[int, int, int],
    draw: np.random.Generator,
) -> list[int]:
    """The next rows to review, best first; ties by id, so that the order of the pool is nothing."""
    best, even, _ = shares(size, mix)
    ids = [sheet.rows[place].id for place in waiting]
    ranked = sorted(range(len(waiting)), key=lambda n: (-logits[waiting[n]], ids[n]))
    chosen, left = ranked[:best], ranked[best:]
    doubtful = sorted(left, key=lambda n: (abs(logits[waiting[n]]), ids[n]))[:even]
    left = sorted(set(left) - set(doubtful))
    some = draw.choice(len(left), size=size - len(chosen) - len(doubtful), replace=False)
    return [int(waiting[n]) for n in (*chosen, *doubtful, *(left[m] for m in some))]


def shares(size: int, mix: tuple[int, int, int]) -> tuple[int, int, int]:
    """``size`` in the parts of ``mix``, by largest remainders; the likeliest win ties."""
    whole = [size * part // sum(mix) for part in mix]
    rest = [size * part % sum(mix) for part in mix]
    for n in sorted(range(3), key=lambda n: (-rest[n], n))[: size - sum(whole)]:
        whole[n] += 1
    return whole[0], whole[1], whole[2]


def _averaged(points: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    ranged = ("average_precision", "expected_over_relevant")
    spread = {name: _range([point[name] for point in points]) for name in ranged}
    out: dict[str, Any] = {}
    for name, value in points[0].items():
        if isinstance(value, Mapping):
            keys = sorted({key for point in points for key in point[name]})
            out[name] = {key: _mean([point[name].get(key) for point in points]) for key in keys}
        else:
            out[name] = _mean([point[name] for point in points])
    out["reviews"] = points[0]["reviews"]
    return {**out, "splits": len(points), "range": spread}


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(math.fsum(known) / len(known), 4) if known else None


def _range(values: Sequence[float | None]) -> list[float] | None:
    known = [value for value in values if value is not None]
    return [round(min(known), 4), round(max(known), 4)] if known else None
