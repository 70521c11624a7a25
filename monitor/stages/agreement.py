"""How far two people who read the same articles, neither seeing the other's answer, agree.

Kappa here is Scott's: chance is what two answers drawn from all answers together would agree by
(W. A. Scott, Public Opinion Quarterly 19, 1955; J. L. Fleiss, Psychological Bulletin 76, 1971,
for two readings an article). Cohen's of 1960 gives each of two fixed readers an answering habit of
their own. Here readers change from article to article, and who came first is chance, so there is no
"first reader" to have one; where both answer alike often, the two figures are the same.

The interval is the large-sample one from each article's influence on kappa, after two invented
articles were spread evenly over the table of answers (as A. Agresti and B. Coull do for a share,
The American Statistician 52, 1998), with Student's quantile. Over made-up teams of 30 and more
articles it holds the true kappa in 93 to 97 of 100 cases, in up to 99 where 85 % of all answers are
the same and readers agree nearly always or never; without the two it held as few as 73
(tests/core/test_agreement.py counts).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

Read = tuple[tuple[str, str], tuple[str, str]]
"""Two readings of an article: (who, answer), twice, in any order."""
Reads = Mapping[Read, int]
"""How many articles were read so."""

ANSWERS: Final = ("relevant", "not_relevant", "unsure")
FEWEST: Final = 20
"""Articles read twice; below it nothing is told but the counts."""
_INVENTED: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What ``n`` articles read twice tell.

    ``kappa`` is 1 for full agreement and 0 for what chance brings; None below ``FEWEST``, and
    where all answers are the same, which leaves chance nothing to do. ``adjusted`` takes every
    answer to be as likely as any other (R. L. Brennan and D. J. Prediger, Educational and
    Psychological Measurement 41, 1981): it stands by where one answer is so frequent that kappa
    says little.
    """

    n: int
    agreed: int
    kappa: float | None
    interval: tuple[float, float] | None
    adjusted: float | None

    @property
    def measurable(self) -> bool:
        """Whether there are enough articles to tell."""
        return self.n >= FEWEST

    @property
    def share(self) -> float:
        """On how many of the articles both said the same; 0 where there are none."""
        return self.agreed / self.n if self.n else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OfAnswer:
    """One answer: how often it was given, and how often the other reader gave it too.

    ``same`` is the chance that the other reader said it of an article of which one did
    (D. V. Cicchetti and A. R. Feinstein, Journal of Clinical Epidemiology 43, 1990).
    """

    answer: str
    given: int
    same: float | None


def agreement(read: Reads) -> Agreement:
    """Return how far both readings of these articles agree; the order of readings is nothing."""
    cells: Counter[tuple[str, str]] = Counter()
    for (one, other), n in read.items():
        cells[one[1], other[1]] += n
    total = cells.total()
    agreed = sum(n for (one, other), n in cells.items() if one == other)
    kinds = sorted({answer for pair in cells for answer in pair})
    told = total >= FEWEST and len(kinds) > 1
    table = [[float(cells[one, other]) for other in kinds] for one in kinds]
    chance = 1 / len(ANSWERS)
    return Agreement(
        n=total,
        agreed=agreed,
        kappa=_kappa(table) if told else None,
        interval=_interval(table) if told else None,
        adjusted=(agreed / total - chance) / (1 - chance) if total >= FEWEST else None,
    )


def by_people(read: Reads) -> list[tuple[tuple[str, str], Agreement]]:
    """Return the agreement of each two people, the names in order, those with most first."""
    groups: dict[tuple[str, str], Counter[Read]] = {}
    for (one, other), n in read.items():
        first, second = sorted((one, other))
        groups.setdefault((first[0], second[0]), Counter())[first, second] += n
    found = [(names, agreement(group)) for names, group in groups.items()]
    return sorted(found, key=lambda one: (-one[1].n, one[0]))


def by_answer(read: Reads) -> list[OfAnswer]:
    """Return for each answer how often the other reader gave it too."""
    given: Counter[str] = Counter()
    both: Counter[str] = Counter()
    for (one, other), n in read.items():
        given.update({one[1]: n})
        given.update({other[1]: n})
        both.update({one[1]: n if one[1] == other[1] else 0})
    return [
        OfAnswer(answer=a, given=given[a], same=2 * both[a] / given[a] if given[a] else None)
        for a in ANSWERS
    ]


def told(found: Agreement) -> str:
    """Return the agreement in a sentence or two."""
    if not found.n:
        return "Not yet measurable: no article has been read twice."
    both = f"Two readers said the same of {found.agreed} of {found.n} articles"
    if not found.measurable:
        return f"Not yet measurable: it takes {FEWEST} articles read twice. {both} so far."
    if found.kappa is None or found.interval is None:
        return f"{both}; all answers are the same, so chance alone would bring that."
    low, high = found.interval
    return (
        f"{both} ({100 * found.share:.0f} %). Kappa is {found.kappa:.2f}, with 95 % confidence "
        f"between {low:.2f} and {high:.2f}: {_level(found.kappa, low, high)}"
    )


def _level(kappa: float, low: float, high: float) -> str:
    if high < 0:
        return "they agree less often than chance would."
    if low <= 0:
        return "no more than chance can be told from it."
    return f"of what chance would have left apart, they reached {100 * kappa:.0f} %."


# --- the formulas ---------------------------------------------------------------------------


_Table = Sequence[Sequence[float]]


def _parts(table: _Table) -> tuple[float, float, list[float], float]:
    """Return how many articles, the share agreed, each answer's share, and chance's."""
    size = range(len(table))
    n = sum(map(sum, table))
    shares = [(sum(table[k]) + sum(row[k] for row in table)) / (2 * n) for k in size]
    return n, sum(table[k][k] for k in size) / n, shares, sum(share * share for share in shares)


def _kappa(table: _Table) -> float:
    _, agreed, _, chance = _parts(table)
    return (agreed - chance) / (1 - chance)


def _interval(table: _Table) -> tuple[float, float]:
    size = range(len(table))
    little = _INVENTED / len(table) ** 2
    filled = [[cell + little for cell in row] for row in table]
    n, agreed, shares, chance = _parts(filled)
    kappa = (agreed - chance) / (1 - chance)
    # What one article of answers (i, j) moves: d kappa = (d agreed - (1 - kappa) d chance) / rest.
    moved = (
        filled[i][j] * ((i == j) - agreed - (1 - kappa) * (shares[i] + shares[j] - 2 * chance)) ** 2
        for i in size
        for j in size
    )
    error = math.sqrt(math.fsum(moved) / (n * (n - 1))) / (1 - chance)
    reach = _student(n - 1) * error
    # The two pull towards chance; what was seen itself is never left outside.
    low, high, seen = kappa - reach, kappa + reach, _kappa(table)
    return max(-1.0, min(low, seen)), min(1.0, max(high, seen))


def _student(freedom: float) -> float:
    """Return Student's 97.5 % quantile by its series about the normal's (from 19 on to 0.001)."""
    z = 1.959964
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
