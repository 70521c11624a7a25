"""How hard the shipped weights hold: as hard as the decisions bear out.

Held hard, they shrug off wrong answers; held loosely, they follow a team that means something else
by the topic. Which of the two is needed shows in the decisions themselves.
"""

from __future__ import annotations

import math

import numpy as np

from classifiers.learning.linear import Floats, fit, left_out

CHOICES = (2.0, 1.0, 0.5, 0.25)
"""From the strictest, which holds until there is reason, to the loosest."""

FEWEST = 20
EACH = 5
LOOKED_AT = 300  # more change the choice no more, and by then it changes the ranking little
_DOUBT = 1.5  # standard errors by which a looser choice must explain the decisions better
_STEP = 1.0  # of log-likelihood that each step towards looser must be worth


def strictness(figures: Floats, others: Floats, offset: Floats, labels: Floats) -> float:
    """The strictness of the shipped weights for these decisions, between 0.25 and 2.

    Every choice says of each decision what it would have expected without it; a looser one gains
    weight as far as it was less surprised, less one and a half standard errors of that. The mean
    (of the logarithms) of the choices by that weight is returned, so one decision more never turns
    the model over. Fewer than twenty decisions, or than five of each answer, leave it at 2.

    Args:
        figures: (n, n) inner products of the examples' figures.
        others: (n, n) the rest of the kernel, which stays as it is.
        offset: (n,) log-odds of the prior.
        labels: (n,) 1.0 relevant, 0.0 not.
    """
    answers = int(labels.sum())
    if len(labels) < FEWEST or min(answers, len(labels) - answers) < EACH:
        return CHOICES[0]
    some = np.arange(0, len(labels), -(-len(labels) // LOOKED_AT))
    block = np.ix_(some, some)
    parts = (figures[block], others[block], offset[some], labels[some])
    surprise = [_surprise(choice, *parts) for choice in CHOICES]
    gains = [surprise[0] - each for each in surprise]
    worth = np.array([g.sum() - _DOUBT * g.std() * math.sqrt(len(some)) for g in gains])
    worth -= _STEP * np.arange(len(CHOICES))
    share = np.exp(worth - worth.max())
    return float(np.exp(share @ np.log(CHOICES) / share.sum()))


def _surprise(
    choice: float, figures: Floats, others: Floats, offset: Floats, labels: Floats
) -> Floats:
    """For each decision the logarithm of how unlikely it was to a model that had not seen it."""
    kernel, once = figures / choice + others, np.ones_like(labels)
    unseen = left_out(kernel, fit(kernel, offset, labels, once), labels, once)
    return np.asarray(np.logaddexp(0.0, unseen) - labels * unseen, dtype=np.float64)
