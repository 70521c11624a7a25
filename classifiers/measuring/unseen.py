"""Judging rows that the weights never saw: the pack's weights fitted on the other folds.

The hand-set prior meets some groups of near copies and judges the others, so that no figure rests
on a text (or its copy) that taught it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from classifiers.learning.linear import Floats
from classifiers.measuring.sheet import Mask, Sheet
from classifiers.pack import Pack
from classifiers.prior import learn
from classifiers.two_pole import prior_params

Places = NDArray[np.int64]


def folds_of(sheet: Sheet, folds: int, *, seed: int = 0) -> Places:
    """The fold of each row: groups stay whole, and every fold has its share of each label and kind.

    Deterministic for a seed; a change of one text moves only its own group's neighbours.
    """
    draw = np.random.default_rng(seed)
    _, group = np.unique(sheet.groups, return_inverse=True)
    size = int(group.max(initial=-1)) + 1
    relevant = np.bincount(group, weights=sheet.relevant, minlength=size) > 0
    unsure = np.bincount(group, weights=sheet.unsure, minlength=size) > 0
    strata: dict[tuple[bool, bool, str], list[int]] = {}
    for number, place in enumerate(np.unique(group, return_index=True)[1]):
        key = (bool(relevant[number]), bool(unsure[number]), sheet.kinds[place])
        strata.setdefault(key, []).append(number)
    fold = np.zeros(size, dtype=np.int64)
    dealt = 0
    for key in sorted(strata):
        for number in draw.permutation(strata[key]):
            fold[number] = dealt % folds
            dealt += 1
    return fold[group]


def fitted_on(sheet: Sheet, taught: Mask, pack: Pack) -> Pack:
    """The pack with the weights that its hand-set prior takes on these rows; unsure ones aside."""
    rows = taught & ~sheet.unsure
    prior = np.array([pack.prior[name] for name in sheet.names])
    weights, intercept = learn(
        sheet.values[rows],
        sheet.relevant[rows].astype(np.float64),
        prior,
        pack.prior["intercept"],
    )
    named = {name: float(w) for name, w in zip(sheet.names, weights, strict=True)}
    return replace(pack, weights={**named, "intercept": intercept}, weights_origin="fitted")


def hand_set(pack: Pack) -> Pack:
    """The pack as it was before its weights met any labelled text."""
    return replace(pack, weights=pack.prior, weights_origin="hand")


def by_fold(sheet: Sheet, folds: int, *, seed: int = 0) -> Iterator[tuple[Mask, Pack]]:
    """Yield each fold's rows with the pack that was fitted on all other folds."""
    fold = folds_of(sheet, folds, seed=seed)
    for number in range(folds):
        yield fold == number, fitted_on(sheet, fold != number, sheet.pack)


def cross_validated(sheet: Sheet, folds: int, *, seed: int = 0) -> Floats:
    """The log-odds of every row by weights that saw nothing of its group."""
    out = np.zeros(len(sheet))
    for held, pack in by_fold(sheet, folds, seed=seed):
        out[held] = sheet.logits(prior_params(pack))[held]
    return out
